//! What is read of the machine, from folders made for it and from the machine's own.

use proptest::prelude::*;

use super::{
    super::fixture::{Found, Machine, garbage},
    *,
};
use crate::collectors::descriptor::table;

const STAT: &str =
    "cpu  100 200 300 400 500 600 700 800 900 1000\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nctxt 5\nbtime 1700000000\n";
const MEMINFO: &str = "MemTotal:        1000 kB\nMemFree:          200 kB\nMemAvailable:     300 kB\nBuffers:  1 kB\n\
                       Cached:           400 kB\nSwapCached:         9 kB\nSwapTotal:        500 kB\nSwapFree:  0 kB\n";

fn machine() -> Machine {
    Machine::with(&[
        ("proc/stat", STAT),
        ("proc/meminfo", MEMINFO),
        ("proc/loadavg", "0.50 1.25 2.00 1/200 4242\n"),
        // New kernels write a `full` that they do not measure.
        (
            "proc/pressure/cpu",
            "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
        ),
        ("proc/pressure/irq", "full avg10=0.00 avg60=0.00 avg300=0.00 total=125000\n"),
        ("proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\nfull avg10=0.00 total=250000\n"),
    ])
}

#[test]
fn the_table_is_current() {
    table::assert_current("process/system.md", &METRICS);
}

#[test]
fn each_value_comes_from_its_place() {
    let machine = machine();
    let found = Found::by(&mut System::under(machine.root()));
    assert_eq!(found.complaints, [""; 0]);
    for (at, mode) in MODES.iter().enumerate() {
        assert_eq!(found.value(&format!("system_cpu_seconds_total{{mode=\"{mode}\"}}")), (at + 1) as f64);
    }
    for (series, value) in [
        ("system_cpus", 2.0),
        ("system_boot_time_seconds", 1.7e9),
        ("system_load_average{minutes=\"5\"}", 1.25),
        ("system_memory_bytes", 1000.0 * 1024.0),
        ("system_memory_available_bytes", 300.0 * 1024.0),
        ("system_memory_cached_bytes", 400.0 * 1024.0),
        ("system_swap_free_bytes", 0.0),
        ("system_pressure_seconds_total{resource=\"cpu\",kind=\"some\"}", 1.5),
        ("system_pressure_seconds_total{resource=\"io\",kind=\"full\"}", 0.25),
        ("system_pressure_seconds_total{resource=\"irq\",kind=\"full\"}", 0.125),
    ] {
        assert_eq!(found.value(series), value, "{series}");
    }
    assert!(!found.has("system_pressure_seconds_total{resource=\"cpu\",kind=\"full\"}"), "it is not measured");
}

#[test]
fn idle_time_does_not_go_back() {
    let machine = machine();
    let mut system = System::under(machine.root());
    Found::by(&mut system);
    machine.write("proc/stat", STAT.replace(" 400 500 ", " 410 490 ").as_bytes());
    let found = Found::by(&mut system);
    assert_eq!(found.value("system_cpu_seconds_total{mode=\"idle\"}"), 4.1);
    assert_eq!(found.value("system_cpu_seconds_total{mode=\"iowait\"}"), 5.0);
}

#[test]
fn a_kernel_without_pressure_has_none_and_no_complaint() {
    let machine = Machine::with(&[("proc/stat", STAT), ("proc/meminfo", MEMINFO), ("proc/loadavg", "0 0 0")]);
    let found = Found::by(&mut System::under(machine.root()));
    assert!(found.complaints.is_empty() && !found.values.keys().any(|series| series.contains("pressure")));
}

#[cfg(target_os = "linux")]
#[test]
fn the_machines_own_files_are_understood() {
    let found = Found::by(&mut System::new());
    assert_eq!(found.complaints, [""; 0]);
    assert!(found.value("system_memory_bytes") > 1e7 && found.value("system_cpus") >= 1.0);
}

proptest! {
    // Each case writes a folder.
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn garbage_is_no_value_and_no_panic(files in prop::collection::vec(garbage(), 4)) {
        let machine = machine();
        let paths = ["stat", "meminfo", "loadavg", "pressure/io"];
        paths.iter().zip(&files).for_each(|(path, bytes)| machine.write(&format!("proc/{path}"), bytes));
        Found::by(&mut System::under(machine.root()));
    }
}
