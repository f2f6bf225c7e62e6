//! Control groups as containers and hosts have them.

use proptest::prelude::*;

use super::{
    super::fixture::{Found, Machine, garbage},
    *,
};
use crate::collectors::descriptor::table;

const MOUNT_2: &str = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

/// A container under version 2, which sees its own group as the outermost one.
fn container() -> Machine {
    Machine::with(&[
        ("proc/self/cgroup", "0::/\n"),
        ("proc/self/mountinfo", MOUNT_2),
        ("sys/fs/cgroup/memory.max", "1073741824\n"),
        ("sys/fs/cgroup/memory.high", "max\n"),
        ("sys/fs/cgroup/memory.current", "500000000\n"),
        ("sys/fs/cgroup/memory.stat", "anon 1\nfile 2\nslab 5\ninactive_anon 3\ninactive_file 100000000\n"),
        ("sys/fs/cgroup/memory.peak", "700000000\n"),
        ("sys/fs/cgroup/memory.swap.current", "4096\n"),
        ("sys/fs/cgroup/memory.events", "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"),
        ("sys/fs/cgroup/cpu.max", "150000 100000\n"),
        (
            "sys/fs/cgroup/cpu.stat",
            "usage_usec 2500000\nuser_usec 1\nsystem_usec 1\nnr_periods 100\nnr_throttled 25\nthrottled_usec 1250000\n",
        ),
        ("sys/fs/cgroup/pids.current", "7\n"),
        ("sys/fs/cgroup/pids.max", "max\n"),
        ("sys/fs/cgroup/cpu.pressure", "some avg10=0 avg60=0 avg300=0 total=500000\nfull avg10=0 total=250000\n"),
    ])
}

fn found(machine: &Machine) -> Found {
    Found::by(&mut Cgroup::under(machine.root()))
}

fn assert_values(found: &Found, expected: &[(&str, f64)]) {
    let values: Vec<_> = found.values.iter().map(|(series, value)| (series.as_str(), *value)).collect();
    assert_eq!(values, expected, "{found:#?}");
    assert_eq!(found.complaints, [""; 0]);
}

#[test]
fn the_table_is_current() {
    table::assert_current("process/cgroup.md", &METRICS);
}

#[test]
fn version_2() {
    let expected = [
        ("process_cgroup_cpu_limit_cores", 1.5),
        ("process_cgroup_cpu_periods_total", 100.0),
        ("process_cgroup_cpu_throttled_periods_total", 25.0),
        ("process_cgroup_cpu_throttled_seconds_total", 1.25),
        ("process_cgroup_cpu_usage_seconds_total", 2.5),
        ("process_cgroup_info{resource=\"cpu\",group=\"/\"}", 1.0),
        ("process_cgroup_info{resource=\"memory\",group=\"/\"}", 1.0),
        ("process_cgroup_info{resource=\"pids\",group=\"/\"}", 1.0),
        ("process_cgroup_memory_anon_bytes", 1.0),
        ("process_cgroup_memory_file_bytes", 2.0),
        ("process_cgroup_memory_limit_bytes", 1_073_741_824.0),
        ("process_cgroup_memory_peak_bytes", 7e8),
        ("process_cgroup_memory_slab_bytes", 5.0),
        ("process_cgroup_memory_usage_bytes", 5e8),
        ("process_cgroup_memory_working_set_bytes", 4e8),
        ("process_cgroup_oom_kills_total", 2.0),
        ("process_cgroup_pids", 7.0),
        ("process_cgroup_pressure_seconds_total{resource=\"cpu\",kind=\"full\"}", 0.25),
        ("process_cgroup_pressure_seconds_total{resource=\"cpu\",kind=\"some\"}", 0.5),
        ("process_cgroup_swap_bytes", 4096.0),
    ];
    assert_values(&found(&container()), &expected);
}

#[test]
fn version_1() {
    let machine = Machine::with(&[
        ("proc/self/cgroup", "5:memory:/docker/a b\n4:cpu,cpuacct:/docker/a b\n3:pids:/docker/a b\n1:name=systemd:/\n"),
        (
            "proc/self/mountinfo",
            "40 39 0:30 /docker/a\\040b /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
             41 39 0:31 /docker/a\\040b /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
             42 39 0:32 / /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n\
             43 39 0:33 / /data rw - ext4 /dev/sda rw\n",
        ),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000\n"),
        (
            "sys/fs/cgroup/memory/memory.stat",
            "rss 1\ninactive_file 5\ntotal_inactive_file 400\ntotal_rss 300\ntotal_cache 650\ntotal_swap 50\n",
        ),
        ("sys/fs/cgroup/memory/memory.max_usage_in_bytes", "2000\n"),
        ("sys/fs/cgroup/memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.stat", "nr_periods 4\nnr_throttled 2\nthrottled_time 1500000000\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "2500000000\n"),
        ("sys/fs/cgroup/pids/docker/a b/pids.current", "3\n"),
        ("sys/fs/cgroup/pids/docker/a b/pids.max", "100\n"),
    ]);
    let expected = [
        ("process_cgroup_cpu_limit_cores", 0.5),
        ("process_cgroup_cpu_periods_total", 4.0),
        ("process_cgroup_cpu_throttled_periods_total", 2.0),
        ("process_cgroup_cpu_throttled_seconds_total", 1.5),
        ("process_cgroup_cpu_usage_seconds_total", 2.5),
        ("process_cgroup_info{resource=\"cpu\",group=\"/docker/a b\"}", 1.0),
        ("process_cgroup_info{resource=\"memory\",group=\"/docker/a b\"}", 1.0),
        ("process_cgroup_info{resource=\"pids\",group=\"/docker/a b\"}", 1.0),
        ("process_cgroup_memory_anon_bytes", 300.0),
        ("process_cgroup_memory_file_bytes", 650.0),
        ("process_cgroup_memory_peak_bytes", 2000.0),
        ("process_cgroup_memory_usage_bytes", 1000.0),
        ("process_cgroup_memory_working_set_bytes", 600.0),
        ("process_cgroup_oom_kills_total", 1.0),
        ("process_cgroup_pids", 3.0),
        ("process_cgroup_pids_limit", 100.0),
        ("process_cgroup_swap_bytes", 50.0),
    ];
    assert_values(&found(&machine), &expected);
}

/// Version 1 has the controllers; version 2 is mounted beside it and has the pressure.
#[test]
fn both_versions_side_by_side() {
    let machine = Machine::with(&[
        ("proc/self/cgroup", "4:memory:/jobs/7\n1:cpu:/\n0::/\n"),
        (
            "proc/self/mountinfo",
            "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n\
             35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
             41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        ),
        ("sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes", "9223372036854771712\n"),
        ("sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "4096\n"),
        ("sys/fs/cgroup/memory/jobs/7/memory.usage_in_bytes", "100\n"),
        ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"),
        ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
        ("sys/fs/cgroup/cpu/cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n"),
        ("sys/fs/cgroup/unified/cpu.stat", "usage_usec 1000000\n"),
        ("sys/fs/cgroup/unified/io.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=2000000\n"),
        // The group of all processes: its `full` of the processor is not measured.
        ("sys/fs/cgroup/unified/cpu.pressure", "some total=3000000\nfull total=0\n"),
        ("sys/fs/cgroup/memory/jobs/memory.usage_in_bytes", "4000\n"),
    ]);
    // No throttling: there is no limit that it could come from.
    let expected = [
        ("process_cgroup_cpu_usage_seconds_total", 1.0),
        ("process_cgroup_info{resource=\"cpu\",group=\"/\"}", 1.0),
        ("process_cgroup_info{resource=\"memory\",group=\"/jobs\"}", 1.0),
        ("process_cgroup_info{resource=\"pids\",group=\"/\"}", 1.0),
        ("process_cgroup_memory_limit_bytes", 4096.0),
        ("process_cgroup_memory_usage_bytes", 4000.0),
        ("process_cgroup_pressure_seconds_total{resource=\"cpu\",kind=\"some\"}", 3.0),
        ("process_cgroup_pressure_seconds_total{resource=\"io\",kind=\"some\"}", 2.0),
    ];
    assert_values(&found(&machine), &expected);
}

#[test]
fn the_tightest_group_counts() {
    let machine = Machine::with(&[
        ("proc/self/cgroup", "0::/kube/pod/main\n"),
        ("proc/self/mountinfo", MOUNT_2),
        ("sys/fs/cgroup/kube/memory.max", "3000\n"),
        ("sys/fs/cgroup/kube/pod/memory.max", "1000\n"),
        ("sys/fs/cgroup/kube/pod/main/memory.max", "max\n"),
        ("sys/fs/cgroup/kube/cpu.max", "200000 100000\n"),
        ("sys/fs/cgroup/kube/pod/cpu.max", "max 100000\n"),
        ("sys/fs/cgroup/kube/pod/main/cpu.max", "400000 100000\n"),
    ]);
    let expected = [
        ("process_cgroup_cpu_limit_cores", 2.0),
        ("process_cgroup_info{resource=\"cpu\",group=\"/kube\"}", 1.0),
        ("process_cgroup_info{resource=\"memory\",group=\"/kube/pod\"}", 1.0),
        ("process_cgroup_info{resource=\"pids\",group=\"/kube/pod/main\"}", 1.0),
        ("process_cgroup_memory_limit_bytes", 1000.0),
    ];
    assert_values(&found(&machine), &expected);
}

/// What is throttled by a limit, and what uses it up, is of the group that has the limit.
#[test]
fn limits_usage_and_throttling_are_of_one_group() {
    let stat = |periods, throttled, micros| {
        format!("usage_usec {micros}\nnr_periods {periods}\nnr_throttled {throttled}\nthrottled_usec {micros}\n")
    };
    let machine = Machine::with(&[
        ("proc/self/cgroup", "0::/app.slice/web.service\n"),
        ("proc/self/mountinfo", MOUNT_2),
        ("sys/fs/cgroup/app.slice/cpu.max", "50000 100000\n"),
        ("sys/fs/cgroup/app.slice/cpu.stat", &stat(1000, 700, 5_000_000)),
        ("sys/fs/cgroup/app.slice/memory.max", "1000000\n"),
        ("sys/fs/cgroup/app.slice/memory.current", "990000\n"),
        ("sys/fs/cgroup/app.slice/pids.max", "10\n"),
        ("sys/fs/cgroup/app.slice/pids.current", "9\n"),
        ("sys/fs/cgroup/app.slice/web.service/cpu.max", "max 100000\n"),
        ("sys/fs/cgroup/app.slice/web.service/cpu.stat", &stat(0, 0, 0)),
        ("sys/fs/cgroup/app.slice/web.service/memory.max", "max\n"),
        ("sys/fs/cgroup/app.slice/web.service/memory.current", "100000\n"),
        ("sys/fs/cgroup/app.slice/web.service/pids.max", "max\n"),
        ("sys/fs/cgroup/app.slice/web.service/pids.current", "1\n"),
    ]);
    let of_slice = |resource| format!("process_cgroup_info{{resource=\"{resource}\",group=\"/app.slice\"}}");
    let (cpu, memory, pids) = (of_slice("cpu"), of_slice("memory"), of_slice("pids"));
    let expected = [
        ("process_cgroup_cpu_limit_cores", 0.5),
        ("process_cgroup_cpu_periods_total", 1000.0),
        ("process_cgroup_cpu_throttled_periods_total", 700.0),
        ("process_cgroup_cpu_throttled_seconds_total", 5.0),
        ("process_cgroup_cpu_usage_seconds_total", 5.0),
        (&*cpu, 1.0),
        (&*memory, 1.0),
        (&*pids, 1.0),
        ("process_cgroup_memory_limit_bytes", 1e6),
        ("process_cgroup_memory_usage_bytes", 990_000.0),
        ("process_cgroup_pids", 9.0),
        ("process_cgroup_pids_limit", 10.0),
    ];
    assert_values(&found(&machine), &expected);
}

/// Another group is shown when the limit moves, whose counters are lower; that is no error.
#[test]
fn a_limit_that_moves_to_another_group_is_no_fall() {
    let machine = container();
    machine.write("proc/self/cgroup", b"0::/inner\n");
    machine.write("sys/fs/cgroup/inner/cpu.max", b"max 100000\n");
    machine.write("sys/fs/cgroup/inner/cpu.stat", b"usage_usec 5\nnr_periods 1\nnr_throttled 1\nthrottled_usec 1\n");
    let mut cgroup = Cgroup::under(machine.root());
    let mut last = Batch::new(METRICS.as_slice().into());
    cgroup.collect(&mut last).expect("it fails by reading");
    machine.write("sys/fs/cgroup/inner/cpu.max", b"1000 100000\n");
    let mut batch = Batch::new(METRICS.as_slice().into());
    cgroup.collect(&mut batch).expect("it fails by reading");
    batch.hide_fallen(&last);
    assert_eq!(batch.take_faults(), []);
}

/// A container that sees the host's groups beside its own, in whichever order.
#[test]
fn the_mount_that_has_the_group_is_read() {
    let mounts = [
        ("25 20 0:22 /../../.. /hostfs/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n", "/"),
        ("25 20 0:22 /pods/other /hostfs/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n", "/"),
        ("25 20 0:22 /pods/other /hostfs/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n", "/docker/abc"),
        ("25 20 0:22 / /hostfs/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n", "/docker/abc"),
        ("25 20 0:22 /docker/a /hostfs/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n", "/docker/abc"),
    ];
    for (other, path) in mounts {
        let own = format!("26 20 0:22 {path} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
        for mounts in [[other, &own].concat(), [&own, other].concat()] {
            let machine = Machine::with(&[
                ("proc/self/cgroup", &format!("4:memory:{path}\n")),
                ("proc/self/mountinfo", &mounts),
                ("hostfs/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("hostfs/sys/fs/cgroup/memory/memory.usage_in_bytes", "64000000000\n"),
                ("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n"),
                ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n"),
            ]);
            let found = found(&machine);
            assert_eq!(found.value("process_cgroup_memory_limit_bytes"), 536_870_912.0, "{mounts}");
            assert_eq!(found.value("process_cgroup_memory_usage_bytes"), 1e6, "{mounts}");
        }
    }
}

/// Version 2 has one hierarchy, and may be mounted as often.
#[test]
fn the_mount_of_version_2_that_has_the_group_is_read() {
    for host in ["/../..", "/pods/other"] {
        let machine = container();
        let mounts = format!("29 23 0:26 {host} /host rw - cgroup2 cgroup2 rw\n{MOUNT_2}");
        machine.write("proc/self/mountinfo", mounts.as_bytes());
        machine.write("host/memory.max", b"max\n");
        machine.write("host/memory.current", b"64000000000\n");
        assert_eq!(found(&machine), found(&container()), "{host}");
    }
}

/// A group may be in two mounts; the one that shows more around it knows of more limits.
#[test]
fn of_two_mounts_that_have_the_group_the_wider_one_is_read() {
    let wide = "25 20 0:22 / /wide rw - cgroup2 cgroup2 rw\n";
    let narrow = "26 20 0:22 /pod /narrow rw - cgroup2 cgroup2 rw\n";
    for mounts in [[wide, narrow], [narrow, wide]] {
        let machine = Machine::with(&[
            ("proc/self/cgroup", "0::/pod/main\n"),
            ("proc/self/mountinfo", &mounts.concat()),
            ("wide/memory.max", "5\n"),
            ("wide/pod/main/memory.max", "7\n"),
            ("narrow/main/memory.max", "7\n"),
        ]);
        assert_eq!(found(&machine).value("process_cgroup_memory_limit_bytes"), 5.0);
    }
}

#[test]
fn a_group_that_no_mount_has_is_absent() {
    let machine = container();
    machine.write("proc/self/mountinfo", MOUNT_2.replace("0:26 / ", "0:26 /pods/other ").as_bytes());
    assert_values(&found(&machine), &[]);
}

/// The group is named from outside of the container, or has been moved out of what the process sees.
#[test]
fn a_group_that_cannot_be_seen_is_the_outermost_one() {
    for path in ["0::/../../elsewhere\n", "0::/kubepods/pod/main\n"] {
        let machine = container();
        machine.write("proc/self/cgroup", path.as_bytes());
        assert_eq!(found(&machine).value("process_cgroup_memory_limit_bytes"), 1_073_741_824.0, "{path}");
    }
}

#[test]
fn without_control_groups_there_is_nothing_and_no_complaint() {
    assert_values(&found(&Machine::with(&[])), &[]);
}

#[test]
fn garbled_files_are_absent_and_counted() {
    let machine = container();
    machine.write("sys/fs/cgroup/memory.current", b"lots");
    machine.write("sys/fs/cgroup/cpu.max", b"150000\n");
    let found = found(&machine);
    assert!(!found.has("process_cgroup_memory_usage_bytes") && !found.has("process_cgroup_memory_working_set_bytes"));
    assert!(!found.has("process_cgroup_cpu_limit_cores") && found.has("process_cgroup_memory_limit_bytes"));
    assert_eq!(
        found.complaints,
        [
            "/sys/fs/cgroup/memory.current: what it holds is no number",
            "/sys/fs/cgroup/cpu.max: the period is no number"
        ]
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_machines_own_files_are_understood() {
    assert_eq!(Found::by(&mut Cgroup::new()).complaints, [""; 0]);
}

proptest! {
    // Each case writes a folder.
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn garbage_is_no_value_and_no_panic(files in prop::collection::vec(garbage(), 12), group in any::<bool>()) {
        let machine = container();
        let paths = [
            "memory.max", "memory.high", "memory.current", "memory.stat", "memory.events", "cpu.max", "cpu.stat",
            "pids.current", "pids.max", "cpu.pressure",
        ];
        paths.iter().zip(&files).for_each(|(path, bytes)| machine.write(&format!("sys/fs/cgroup/{path}"), bytes));
        if group {
            machine.write("proc/self/cgroup", &files[10]);
            machine.write("proc/self/mountinfo", &files[11]);
        }
        found(&machine);
    }
}
