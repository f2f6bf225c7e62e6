//! A Redis of a test's own.

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{free_port, until};

/// A server of a test's own, gone when the test ends.
pub(crate) struct Server {
    pub(crate) port: u16,
    folder: TempDir,
    child: Child,
}

impl Server {
    pub(crate) fn start(options: &[&str]) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().expect("there is room"));
        let child = Self::run(port, &folder, options);
        let server = Self { port, folder, child };
        until("the server answers", || {
            server.cli(&["PING"]).contains("PONG") || server.cli(&["PING"]).contains("NOAUTH")
        });
        server
    }

    fn run(port: u16, folder: &TempDir, options: &[&str]) -> Child {
        Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(folder.path())
            .args(options)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed")
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
    }

    pub(crate) fn restart(&mut self) {
        self.child = Self::run(self.port, &self.folder, &[]);
        until("the server answers", || self.cli(&["PING"]).contains("PONG"));
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("it is a pid")).expect("it is one");
        kill_process(pid, signal).expect("it runs");
    }

    /// What the server's own client prints.
    pub(crate) fn cli(&self, arguments: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(arguments).output();
        let output = output.expect("redis-cli is installed");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that is stopped is killed all the same.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
