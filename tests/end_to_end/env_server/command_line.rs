//! Flags, the configuration file, and what is wrong with them.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
};

use rustix::process::Signal;
use tempfile::NamedTempFile;

use super::{
    deadline::eventually,
    program::{End, Program},
    prometheus::own_loopback,
    server::Server,
};

fn config(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("temporary files can be made");
    fs::write(&file, text).expect("a temporary file can be written");
    file
}

fn name(file: &NamedTempFile) -> &str {
    file.path().to_str().expect("its name is a text")
}

#[track_caller]
fn run(arguments: &[&str]) -> End {
    Program::run("env-server", arguments, &[])
}

#[test]
fn help_names_every_flag_and_variable() {
    let end = run(&["--help"]);
    assert_eq!((end.code, end.errors.as_str()), (Some(0), ""));
    for word in [
        "--env-id",
        "--workers",
        "--metrics-port",
        "--metrics-host",
        "--config",
        "--stats-log-interval",
        "--no-load",
        "--help",
        "METRICS_ENABLED",
        "METRICS_LABELS",
        "METRICS_CONFIG",
        "METRICS_HOST",
        "METRICS_PORT",
    ] {
        assert!(end.output.contains(word), "{word} is missing:\n{}", end.output);
    }
}

#[test]
fn without_a_port_nothing_listens() {
    let ignored = [("METRICS_PORT", "9464"), ("METRICS_HOST", "127.0.0.1")];
    let mut program = Program::start("env-server", &["--stats-log-interval", "0.05"], &ignored);
    assert_eq!(program.line(), "metrics are off");
    let has_logged = |program: &Program| program.errors().contains("active_tasks=");
    eventually(|| if has_logged(&program) { Ok(()) } else { Err("no line in the log".to_owned()) });
    let open = fs::read_dir(format!("/proc/{}/fd", program.id())).expect("it runs");
    let open = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    let sockets: Vec<_> = open.filter(|file| file.to_string_lossy().starts_with("socket:")).collect();
    assert!(sockets.is_empty(), "{sockets:?}");
}

#[test]
fn switched_off_there_are_no_metrics_whatever_the_flags_say() {
    let mut program = Program::start("env-server", &["--metrics-port", "0"], &[("METRICS_ENABLED", "false")]);
    assert_eq!(program.line(), "metrics are off");
    assert_eq!(program.stop(Signal::TERM).code, Some(0));
}

#[test]
fn the_log_has_the_same_figures() {
    let server = Server::start(&["--stats-log-interval", "0.05", "--workers", "2"]);
    let (total, active) = eventually(|| {
        let errors = server.program.errors();
        let line = errors.lines().rfind(|line| line.contains(" active_tasks=") && line.contains("worker_1_lag=(p50="));
        let line = line.ok_or_else(|| errors.clone())?;
        let of = |key: &str| line.split(' ').find_map(|word| word.strip_prefix(key)).map(str::to_owned);
        of("active_tasks=")
            .zip(of("worker_active_tasks="))
            .filter(|(total, _)| total != "0")
            .ok_or_else(|| errors.clone())
    });
    let active: Vec<u64> = active.split(',').map(|active| active.parse().expect("a number")).collect();
    assert_eq!((active.len(), active.iter().sum::<u64>().to_string()), (2, total));
}

#[test]
fn the_port_comes_from_the_file_unless_a_flag_says_otherwise() {
    let file = config("metrics_port = 9471\nworkers = 2\n");
    let host = own_loopback().to_string();
    let arguments = ["--config", name(&file), "--metrics-host", &host];
    let server = Server::start_at(&arguments, &[]);
    assert_eq!(server.address, SocketAddr::from((own_loopback(), 9471)));
    assert_eq!(server.page().active().len(), 2);
    drop(server);
    // Which of them comes first is all the same.
    for flags in
        [[&["--metrics-port=9472"][..], &arguments].concat(), [&arguments[..], &["--metrics-port", "9472"]].concat()]
    {
        let server = Server::start_at(&flags, &[]);
        assert_eq!(server.address, SocketAddr::from((own_loopback(), 9472)));
    }
}

#[test]
fn a_busy_port_is_an_error_that_names_the_address() {
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = busy.local_addr().expect("it is bound");
    let end = run(&["--metrics-port", &address.port().to_string()]);
    assert_eq!((end.code, end.output.as_str()), (Some(1), ""), "{}", end.errors);
    let begin =
        format!("env-server: cannot listen on {address}; stop what listens there, or choose another --metrics-port");
    assert!(end.errors.contains(&begin), "{}", end.errors);
}

#[test]
fn what_is_not_understood_is_an_error() {
    for (arguments, problem) in [
        (&["--load"][..], "unknown argument `--load`"),
        (&["--no-load=yes"], "unknown argument `--no-load=yes`"),
        (&["--workers"], "--workers needs a number"),
        (&["--workers", "many"], "--workers many is not a number"),
        (&["--workers", "0"], "there cannot be 0 workers; choose 1 to 1024"),
        (&["--metrics-port", "65536"], "--metrics-port 65536 is not a number from 0 to 65535"),
        (&["--stats-log-interval", "-1"], "the log cannot have a line every -1 s; choose 0 to 86400"),
        (&["--stats-log-interval=NaN"], "the log cannot have a line every NaN s; choose 0 to 86400"),
        (&["--env-id="], "the id of the environment is empty; name it"),
        (
            &["--metrics-port=0", "--metrics-host=no such host"],
            "the host of the metrics, `no such host`, is neither an address nor a name that has one",
        ),
    ] {
        let end = run(arguments);
        assert_eq!((end.code, end.output.as_str()), (Some(2), ""));
        assert_eq!(end.errors, format!("env-server: {problem}; try --help\n"));
    }
}

#[test]
fn mistakes_of_the_file_are_told_with_their_place() {
    for (text, problems) in [
        ("metric_port = 9471", &["line 1", "metric_port", "metrics_port"][..]),
        ("\nmetrics_port = 70000", &["line 2", "70000"]),
        ("metrics_port = \"9471\"", &["line 1", "string"]),
        ("workers = [", &["line 1"]),
    ] {
        let file = config(text);
        let end = run(&["--config", name(&file)]);
        assert_eq!((end.code, end.output.as_str()), (Some(2), ""));
        let is_told = |problem: &&str| end.errors.contains(*problem);
        assert!(end.errors.contains(name(&file)) && problems.iter().all(is_told), "{}", end.errors);
    }
    let end = run(&["--config", "no/such/file.toml"]);
    assert!(end.code == Some(2) && end.errors.contains("no/such/file.toml cannot be read"), "{}", end.errors);
}
