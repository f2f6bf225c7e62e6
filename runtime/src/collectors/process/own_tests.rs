//! What is read of `/proc/self`, from folders made for it and from the machine's own.

use proptest::prelude::*;

use super::{
    super::fixture::{Found, Machine, garbage},
    *,
};
use crate::collectors::descriptor::table;

const STAT: &str = "42 (a (strange) name) S 1 42 42 0 -1 4194304 1500 0 7 0 250 50 0 0 20 0 9 0 1000 123456789 2000 \
                    18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
const STATUS: &str = "Name:\ta\nVmHWM:\t   12000 kB\nRssAnon:\t 3000 kB\nRssFile:\t 4000 kB\nRssShmem:\t  10 kB\n\
                      VmSwap:\t 0 kB\nThreads:\t9\n";
const LIMITS: &str = "\
Limit                     Soft Limit           Hard Limit           Units     
Max open files            1024                 1048576              files     
Max address space         unlimited            unlimited            bytes     
";
const IO: &str = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n";

const NETSTAT: &str = "TcpExt: SyncookiesSent InOctets\nTcpExt: 1 2\n\
                       IpExt: InNoRoutes InOctets OutOctets InMcastOctets\nIpExt: 0 1000 2000 7\n";

fn machine() -> Machine {
    Machine::with(&[
        ("proc/self/stat", STAT),
        ("proc/self/status", STATUS),
        ("proc/self/limits", LIMITS),
        ("proc/self/io", IO),
        ("proc/self/fd/0", ""),
        ("proc/self/fd/1", ""),
        ("proc/stat", "cpu  1 2 3 4\nbtime 1700000000\n"),
        ("proc/uptime", "20.00 35.00\n"),
        ("proc/self/net/netstat", NETSTAT),
        ("proc/self/net/snmp6", "Ip6InReceives      \t8\nIp6InOctets        \t30\nIp6OutOctets \t40\n"),
    ])
}

#[test]
fn the_table_is_current() {
    table::assert_current("process/own.md", &METRICS);
}

#[test]
fn each_value_comes_from_its_field() {
    let machine = machine();
    let found = Found::by(&mut Process::under(machine.root()));
    assert_eq!(found.complaints, [""; 0]);
    let expected = [
        ("process_cpu_seconds_total", 3.0),
        ("process_io_read_bytes_total", 1.0),
        ("process_io_read_syscalls_total", 3.0),
        ("process_io_storage_read_bytes_total", 5.0),
        ("process_io_storage_written_bytes_total", 6.0),
        ("process_io_write_syscalls_total", 4.0),
        ("process_io_written_bytes_total", 2.0),
        ("process_major_pagefaults_total", 7.0),
        ("process_max_fds", 1024.0),
        ("process_minor_pagefaults_total", 1500.0),
        ("process_network_receive_bytes_total", 1030.0),
        ("process_network_transmit_bytes_total", 2040.0),
        ("process_open_fds", 2.0),
        ("process_resident_memory_anon_bytes", 3000.0 * 1024.0),
        ("process_resident_memory_bytes", 2000.0 * page_size() as f64),
        ("process_resident_memory_file_bytes", 4000.0 * 1024.0),
        ("process_resident_memory_peak_bytes", 12000.0 * 1024.0),
        ("process_resident_memory_shared_bytes", 10.0 * 1024.0),
        ("process_start_time_seconds", 1_700_000_010.0),
        ("process_swap_bytes", 0.0),
        ("process_threads", 9.0),
        ("process_virtual_memory_bytes", 123_456_789.0),
    ];
    // No `process_virtual_memory_max_bytes`: there is no limit.
    let values: Vec<_> = found.values.iter().map(|(series, value)| (series.as_str(), *value)).collect();
    assert_eq!(values, expected);
}

#[test]
fn the_share_of_a_processor_is_that_since_the_last_look() {
    let machine = machine();
    let mut process = Process::under(machine.root()).cpu_percent();
    // 3 s in the 10 s that the process is old.
    assert_eq!(Found::by(&mut process).value("cpu_percent"), 30.0);
    machine.write("proc/uptime", b"24.00 0");
    machine.write("proc/self/stat", STAT.replace(" 250 50 ", " 950 150 ").as_bytes());
    assert_eq!(Found::by(&mut process).value("cpu_percent"), 200.0);
    assert!(!Found::by(&mut process).has("cpu_percent"), "no time has passed");
    machine.write("proc/uptime", b"25.00 0");
    assert_eq!(Found::by(&mut process).value("cpu_percent"), 0.0);
}

#[test]
fn a_container_that_is_younger_than_its_process_is_no_trouble() {
    let machine = machine();
    machine.write("proc/uptime", b"5.00 0");
    let mut process = Process::under(machine.root()).cpu_percent();
    assert!(!Found::by(&mut process).has("cpu_percent"));
    machine.write("proc/uptime", b"6.00 0");
    assert_eq!(Found::by(&mut process).value("cpu_percent"), 0.0);
}

#[test]
fn the_start_does_not_move_with_the_boot() {
    let machine = machine();
    let mut process = Process::under(machine.root());
    let started = Found::by(&mut process).value("process_start_time_seconds");
    machine.write("proc/stat", b"btime 1700000001\n");
    assert_eq!(Found::by(&mut process).value("process_start_time_seconds"), started);
}

/// A container's own boot, and a start that is told since the machine's.
#[test]
fn a_start_in_the_future_is_none() {
    let machine = machine();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
    machine.write("proc/stat", format!("btime {}\n", now - 100).as_bytes());
    for (start, is_told) in [(" 99995000 ", false), (" 11000 ", false), (" 9000 ", true)] {
        machine.write("proc/self/stat", STAT.replace(" 1000 123456789 ", &format!("{start}123456789 ")).as_bytes());
        let found = Found::by(&mut Process::under(machine.root()));
        assert_eq!(found.has("process_start_time_seconds"), is_told, "{start}");
        assert_eq!(found.complaints, [""; 0]);
    }
}

#[test]
fn a_network_without_the_newer_ip_has_the_older_ones_bytes() {
    let machine = machine();
    std::fs::remove_file(machine.root().join("proc/self/net/snmp6")).expect("it is there");
    assert_eq!(Found::by(&mut Process::under(machine.root())).value("process_network_receive_bytes_total"), 1000.0);
}

/// Of the kernel's files these are for writing alone, for the superuser too.
#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_read_is_said_once() {
    let machine = machine();
    for path in ["proc/self/io", "proc/self/status"] {
        let path = machine.root().join(path);
        std::fs::remove_file(&path).expect("it is there");
        std::os::unix::fs::symlink("/sys/bus/platform/uevent", path).expect("the folder can be written");
    }
    let mut process = Process::under(machine.root());
    let found = Found::by(&mut process);
    assert_eq!(found.complaints.len(), 2, "{found:#?}");
    assert!(found.complaints.iter().all(|it| it.contains("ermission denied")), "{found:#?}");
    for _ in 0..5 {
        let found = Found::by(&mut process);
        assert_eq!(found.complaints, [""; 0]);
        assert!(!found.has("process_io_read_bytes_total") && !found.has("process_swap_bytes"));
        assert!(found.has("process_cpu_seconds_total"));
    }
}

/// How many there are is never asked more urgently.
#[cfg(target_os = "linux")]
#[test]
fn a_process_without_descriptors_is_read_all_the_same() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let mut process = Process::new();
    assert_eq!(Found::by(&mut process).complaints, [""; 0]);
    let few = Rlimit { current: Some(100), maximum: getrlimit(Resource::Nofile).maximum };
    setrlimit(Resource::Nofile, few).expect("it may be lowered");
    let mut all = Vec::new();
    loop {
        match std::fs::File::open("/dev/null") {
            Ok(file) => all.push(file),
            Err(error) if error.raw_os_error() == Some(24) => break,
            Err(error) => panic!("{error}"),
        }
    }
    for _ in 0..3 {
        let found = Found::by(&mut process);
        assert_eq!(found.complaints, [""; 0]);
        assert_eq!(found.value("process_max_fds"), 100.0);
        // Those that it was started with may have higher numbers.
        assert!(found.value("process_open_fds") >= 100.0, "{found:#?}");
    }
    drop(all);
}

#[test]
fn one_garbled_file_takes_no_other_with_it() {
    let machine = machine();
    machine.write("proc/self/stat", b"42 (a) S 1 x");
    let found = Found::by(&mut Process::under(machine.root()));
    assert!(found.has("process_max_fds") && found.has("process_open_fds"));
    assert!(!found.has("process_cpu_seconds_total") && !found.has("process_resident_memory_bytes"));
    assert!(found.complaints.iter().any(|it| it == "/proc/self/stat: utime is no number"), "{found:#?}");
}

#[test]
fn a_machine_without_proc_has_no_values_and_says_so() {
    let machine = Machine::with(&[]);
    let found = Found::by(&mut Process::under(machine.root()).cpu_percent());
    assert!(found.values.is_empty(), "{found:#?}");
    assert_eq!(found.complaints.len(), 4, "{found:#?}");
}

#[test]
fn an_endless_file_is_read_to_a_limit() {
    let machine = machine();
    machine.write("proc/self/status", &vec![b'x'; 3 << 20]);
    assert!(Found::by(&mut Process::under(machine.root())).has("process_threads"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_machines_own_files_are_understood() {
    let found = Found::by(&mut Process::new().cpu_percent());
    assert_eq!(found.complaints, [""; 0]);
    assert!(found.value("process_open_fds") >= 3.0 && found.value("process_open_fds") < 1000.0);
    assert!(found.value("process_resident_memory_bytes") > 1e5);
    assert!(found.value("process_start_time_seconds") > 1.6e9);
    assert!(found.value("process_threads") >= 1.0);
    let descriptors = std::fs::read_dir("/proc/self/fd").expect("there is one").count() - 1;
    assert_eq!(found.value("process_open_fds"), descriptors as f64);
}

proptest! {
    // Each case writes a folder.
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn garbage_is_no_value_and_no_panic(files in prop::collection::vec(garbage(), 7)) {
        let machine = machine();
        let paths = ["stat", "self/stat", "self/status", "self/limits", "self/io", "uptime"];
        paths.iter().zip(&files).for_each(|(path, bytes)| machine.write(&format!("proc/{path}"), bytes));
        let found = Found::by(&mut Process::under(machine.root()).cpu_percent());
        prop_assert!(found.values.values().all(|value| value.is_finite()));
    }
}
