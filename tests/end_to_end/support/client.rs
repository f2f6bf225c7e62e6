//! Clients that people have, as processes: curl and openssl.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Output, Stdio},
};

/// The status that curl gets with these arguments, and the body; 0 if there is no answer.
#[track_caller]
pub(crate) fn curl(arguments: &[&str]) -> (u16, String) {
    let output = output(
        Command::new("curl").args(["--silent", "--max-time", "30", "--write-out", "\n%{http_code}"]).args(arguments),
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap_or_else(|| panic!("curl {arguments:?}: {output:?}"));
    (status.parse().expect("curl prints a status"), body.to_owned())
}

/// Whether openssl and a server agree, with these arguments of `s_client`.
#[track_caller]
pub(crate) fn handshakes(server: SocketAddr, arguments: &[&str]) -> bool {
    let server = server.to_string();
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &server, "-verify_return_error", "-servername", "localhost"]).args(arguments);
    output(&mut command).status.success()
}

/// A certificate for `localhost` that signs itself, as `server.pem` and `server.key` in a folder.
#[track_caller]
pub(crate) fn certificate(folder: &Path) {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args([
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
    ]);
    command.args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    let output = output(command.args(["-keyout", "server.key", "-out", "server.pem"]));
    assert!(output.status.success(), "openssl req: {}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap_or_else(|error| {
        panic!("{}: {error}; ./scripts/setup installs it", command.get_program().to_string_lossy())
    })
}
