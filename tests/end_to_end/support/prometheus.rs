//! A real Prometheus with a configuration and data of its own, which dies with the test.

use std::{
    fs::{self, File},
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    process::{self, Child, Command, Output, Stdio},
    time::UNIX_EPOCH,
};

use tempfile::TempDir;

use super::{
    deadline::eventually,
    http,
    sample::{self, Sample},
};

/// A Prometheus that scrapes one program every second.
pub(crate) struct Prometheus {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Prometheus {
    /// Starts it and waits until it can be asked.
    #[track_caller]
    pub(crate) fn scraping(target: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("temporary folders can be made");
        let config = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s }}\n\
             scrape_configs: [{{ job_name: quickstart, static_configs: [{{ targets: ['{target}'] }}] }}]\n"
        );
        let path = folder.path().join("prometheus.yml");
        fs::write(&path, config).expect("the folder can be written");

        let address = SocketAddr::from((own_loopback(), 9090));
        let log = File::create(folder.path().join("log")).expect("the folder can be written");
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", path.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--enable-feature=exemplar-storage")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus: {error}; ./scripts/setup installs it"));
        let prometheus = Self { child, address, folder };
        eventually(|| match http::request(address, "GET", "/-/ready", "") {
            Ok(response) if response.status == 200 => Ok(()),
            _ => Err(format!("prometheus is not ready: {}", prometheus.log())),
        });
        prometheus
    }

    /// The latest value of every series of the program, Prometheus' own ones about the scrape among them.
    #[track_caller]
    pub(crate) fn samples(&self) -> Vec<Sample> {
        // The query is `{job="quickstart"}`.
        sample::of_answer(&http::get_json(self.address, "/api/v1/query?query=%7Bjob%3D%22quickstart%22%7D"))
    }

    /// The latest exemplars of a metric: their labels and values.
    #[track_caller]
    pub(crate) fn exemplars(&self, metric: &str) -> Vec<Sample> {
        // Of the last hour; it answers nothing for a time that is too long for it.
        let now = UNIX_EPOCH.elapsed().expect("it is later than 1970").as_secs();
        let path = format!("/api/v1/query_exemplars?query={metric}&start={}&end={}", now - 3600, now + 3600);
        sample::of_exemplars(metric, &http::get_json(self.address, &path))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `promtool check metrics` with a page on its standard input.
#[track_caller]
pub(crate) fn promtool(page: &str) -> Output {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("promtool: {error}; ./scripts/setup installs it"));
    let mut input = promtool.stdin.take().expect("its input is piped");
    input.write_all(page.as_bytes()).expect("promtool reads its input");
    drop(input);
    promtool.wait_with_output().expect("promtool ends")
}

/// A loopback address that no other test process uses: every port on it is free.
pub(crate) fn own_loopback() -> Ipv4Addr {
    let [_, high, middle, low] = process::id().to_be_bytes();
    // Process ids have 22 bits, so that this is never 127.0.0.1 or another address in use.
    Ipv4Addr::new(127, 128 | high, middle, low)
}
