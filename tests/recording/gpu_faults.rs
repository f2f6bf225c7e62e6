//! What the collector of GPUs does when the driver's library is missing, broken, older, or stuck.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use tachometer::{
    Snapshot,
    collectors::{gpu::Gpu, tokio::LoopLag},
    families::Value,
};

use super::gpu::{errors, gpus, install, is_in, until};
use crate::fake_nvml::FakeNvml;

/// The longest that the program may take to end beside a driver that hangs.
const AT_MOST: Duration = Duration::from_secs(30);

/// Whether a GPU can be read; none if there is no such GPU.
fn is_up(snapshot: &Snapshot, gpu: &str) -> Option<bool> {
    let family = snapshot.family("gpu_up")?;
    let mut series = family.series().filter(|series| series.label("gpu").is_some_and(|number| number == gpu));
    series.next().map(|series| series.value() == Value::Gauge(1.0))
}

/// The numbers of the GPUs that have power, which stands for all that is read of a GPU.
fn read(snapshot: &Snapshot) -> Vec<String> {
    let Some(family) = snapshot.family("gpu_power_watts") else { return Vec::new() };
    family.series().filter_map(|series| series.label("gpu").map(Into::into)).collect()
}

/// Names of the families of GPUs.
fn names(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.families().map(|family| family.name()).filter(|name| name.starts_with("gpu_")).collect()
}

#[test]
fn without_a_library_there_is_a_state_and_nothing_else() {
    let fake = FakeNvml::absent("");
    let telemetry = install(gpus(&fake).aliases());
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "no_library"));
    assert_eq!(names(&snapshot), ["gpu_collector_state"]);
    assert_eq!(snapshot.family("gpu_collector_state").map(|family| family.series().len()), Some(6));
    // A driver may be installed later.
    fake.appear();
    until(&telemetry, |snapshot| is_in(snapshot, "ok") && read(snapshot).len() == 2);
}

#[test]
fn a_file_that_is_no_library_is_none() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let path = folder.path().join("nvml.so");
    fs::write(&path, "not an ELF").expect("the folder can be written");
    let telemetry = install(Gpu::new().library(path));
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "no_library"));
    assert_eq!(names(&snapshot), ["gpu_collector_state"]);
}

#[test]
fn a_library_that_is_not_nvml_is_none() {
    for functions in [["nvmlInit_v2"], ["nvmlShutdown"]] {
        let fake = FakeNvml::lacking(&functions, "");
        let telemetry = install(gpus(&fake));
        let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "no_library"));
        assert_eq!(names(&snapshot), ["gpu_collector_state"], "without {functions:?}");
        telemetry.shutdown(AT_MOST).expect("nothing hangs");
    }
}

#[test]
fn a_driver_that_does_not_begin_is_tried_again() {
    for (code, state, error) in [(18, "version_mismatch", "version_mismatch"), (9, "no_driver", "driver_not_loaded")] {
        let fake = FakeNvml::with(&format!("call nvmlInit_v2 * return {code}\n"));
        let telemetry = install(gpus(&fake));
        let snapshot = until(&telemetry, |snapshot| is_in(snapshot, state));
        assert!(errors(&snapshot, "nvmlInit_v2", error) > 0 && read(&snapshot).is_empty());
        fake.say("");
        until(&telemetry, |snapshot| is_in(snapshot, "ok") && read(snapshot).len() == 2);
        telemetry.shutdown(AT_MOST).expect("nothing hangs");
    }
}

#[test]
fn a_machine_may_have_no_gpu_and_get_some() {
    let fake = FakeNvml::with("gpus 0\n");
    let telemetry = install(gpus(&fake));
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "no_device"));
    assert!(snapshot.family("gpu_up").is_none() && snapshot.family("gpu_collect_duration_seconds").is_some());
    fake.say("gpus 1\nxid 0 13\n");
    until(&telemetry, |snapshot| is_in(snapshot, "ok") && snapshot.family("gpu_xid_last_timestamp_seconds").is_some());
}

#[test]
fn a_lost_gpu_takes_no_other_one_with_it() {
    let fake = FakeNvml::with("");
    let telemetry = install(gpus(&fake).aliases());
    until(&telemetry, |snapshot| is_up(snapshot, "1") == Some(true));
    fake.say("call * 1 return 15\n");
    let snapshot = until(&telemetry, |snapshot| is_up(snapshot, "1") == Some(false));
    assert_eq!(read(&snapshot), ["0"]);
    assert!(is_in(&snapshot, "ok"), "the driver answers");
    assert_eq!(snapshot.get("gpu_utilization_pct", &[]), Some(Value::Gauge(40.0)), "of those that can be read");
    let up = snapshot.family("gpu_up").expect("it is there");
    let uuids = up.series().filter(|series| series.label("uuid").is_some_and(|uuid| !uuid.is_empty()));
    assert_eq!(uuids.count(), 2, "it is known who is lost");
    assert_eq!(super::gauge(&snapshot, "gpu_expected_devices", &[]), 2.0);
    fake.say("");
    until(&telemetry, |snapshot| is_up(snapshot, "1") == Some(true) && read(snapshot).len() == 2);
}

/// How many GPUs have which `gpu_up`, by the number in their UUIDs.
fn ups(snapshot: &Snapshot) -> Vec<(String, f64)> {
    let family = snapshot.family("gpu_up").expect("there are GPUs");
    let up = |value| if let Value::Gauge(up) = value { up } else { panic!("{value:?}") };
    let short = |uuid: &str| uuid.trim_start_matches("GPU-fa4e0000-0000-0000-0000-0000000000").to_owned();
    let mut ups: Vec<_> =
        family.series().map(|it| (short(&it.label("uuid").expect("it has one")), up(it.value()))).collect();
    ups.sort_by(|one, other| one.partial_cmp(other).expect("they are numbers"));
    ups
}

fn all(ups: &[(&str, f64)]) -> Vec<(String, f64)> {
    ups.iter().map(|(uuid, up)| ((*uuid).to_owned(), *up)).collect()
}

#[test]
fn a_gpu_that_the_driver_forgets_stays_lost() {
    let fake = FakeNvml::with("gpus 4\n");
    let telemetry = install(gpus(&fake));
    until(&telemetry, |snapshot| is_up(snapshot, "3") == Some(true));
    fake.say("gpus 4\ncall * 3 return 15\n");
    until(&telemetry, |snapshot| is_up(snapshot, "3") == Some(false));
    // It is no longer counted, and another one has moved to its place.
    fake.say("gpus 3\nuuids 0 2 3\n");
    let expected = all(&[("00", 1.0), ("01", 0.0), ("02", 1.0), ("03", 1.0)]);
    let snapshot = until(&telemetry, |snapshot| ups(snapshot) == expected);
    assert_eq!(super::gauge(&snapshot, "gpu_expected_devices", &[]), 4.0);
    assert!(is_in(&snapshot, "ok"));
    fake.say("gpus 0\n");
    until(&telemetry, |snapshot| is_in(snapshot, "no_device") && ups(snapshot).iter().all(|(_, up)| *up == 0.0));
    fake.say("gpus 4\n");
    until(&telemetry, |snapshot| ups(snapshot).len() == 4 && ups(snapshot).iter().all(|(_, up)| *up == 1.0));
}

#[test]
fn gpus_that_change_places_keep_what_they_are_called() {
    let fake = FakeNvml::with("gpus 8\n");
    let telemetry = install(gpus(&fake));
    let eight: Vec<_> = (0..8).map(|number| (format!("{number:02}"), 1.0)).collect();
    until(&telemetry, |snapshot| ups(snapshot) == eight);
    fake.say("gpus 8\nuuids 0 5 2 3 1 4 6 7\n");
    let moved = [("gpu", "1"), ("uuid", "GPU-fa4e0000-0000-0000-0000-000000000005")];
    let snapshot = until(&telemetry, |snapshot| snapshot.get("gpu_up", &moved) == Some(Value::Gauge(1.0)));
    assert_eq!(ups(&snapshot), eight, "each once, and none is lost");
}

#[test]
fn what_the_process_may_not_ask_is_said_once() {
    let fake = FakeNvml::with("call nvmlDeviceGetComputeRunningProcesses_v3 * return 4\n");
    let telemetry = install(gpus(&fake));
    let rounds = |snapshot: &Snapshot| super::gauge(snapshot, "gpu_collect_last_success_timestamp_seconds", &[]);
    let mut snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    for _ in 0..5 {
        let last = rounds(&snapshot);
        snapshot = until(&telemetry, |snapshot| rounds(snapshot) != last);
        assert_eq!(errors(&snapshot, "nvmlDeviceGetComputeRunningProcesses", "no_permission"), 1);
        let reading = [("collector", "gpu"), ("reason", "reading")];
        assert_eq!(super::counter(&snapshot, "tachometer_collector_errors_total", &reading), 2, "once for each GPU");
    }
    assert!(snapshot.get("gpu_processes", &[]).is_none() && is_up(&snapshot, "0") == Some(true));
}

#[test]
fn the_call_that_failed_is_named() {
    let fake = FakeNvml::with("call nvmlDeviceGetUUID 1 return 999\n");
    let telemetry = install(gpus(&fake));
    let snapshot = until(&telemetry, |snapshot| errors(snapshot, "nvmlDeviceGetUUID", "unknown") > 0);
    assert_eq!(errors(&snapshot, "nvmlDeviceGetHandleByIndex_v2", "unknown"), 0);
    assert_eq!((is_up(&snapshot, "0"), is_up(&snapshot, "1")), (Some(true), Some(false)));
}

#[test]
fn a_gpu_that_is_lost_between_two_readings_shows_none_of_them() {
    let fake = FakeNvml::with("call nvmlDeviceGetFanSpeed_v2 1 return 15\n");
    let telemetry = install(gpus(&fake));
    let snapshot = until(&telemetry, |snapshot| is_up(snapshot, "1") == Some(false));
    assert_eq!(read(&snapshot), ["0"], "its power was read before");
    assert!(errors(&snapshot, "nvmlDeviceGetFanSpeed_v2", "gpu_lost") > 0);
}

#[test]
fn another_driver_is_noticed() {
    let fake = FakeNvml::with("driver 570.1\n");
    let telemetry = install(gpus(&fake));
    let is_of = |snapshot: &Snapshot, driver: &str| {
        let info = snapshot.family("gpu_info");
        let is_it = |version: Option<_>| version.is_some_and(|version: std::borrow::Cow<'_, str>| version == driver);
        info.is_some_and(|info| info.series().len() == 2 && info.series().all(|gpu| is_it(gpu.label("driver_version"))))
    };
    until(&telemetry, |snapshot| is_of(snapshot, "570.1"));
    fake.say("driver 580.2\n");
    until(&telemetry, |snapshot| is_of(snapshot, "580.2"));
    // The library knows that it is of the past.
    fake.say("driver 580.2\ncall nvmlDeviceGetCount_v2 * return 18\n");
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "version_mismatch"));
    assert!(read(&snapshot).is_empty() && snapshot.family("gpu_up").is_none());
    fake.say("driver 590.3\n");
    until(&telemetry, |snapshot| is_of(snapshot, "590.3"));
}

#[test]
fn an_older_driver_lacks_functions() {
    let fake = FakeNvml::lacking(&["nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetPowerUsage"], "");
    let telemetry = install(gpus(&fake));
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    let memory = snapshot.family("gpu_memory_used_bytes").expect("an older function tells it");
    assert_eq!(memory.series().next().map(|series| series.value()), Some(Value::Gauge((21_u64 << 30) as f64)));
    assert!(snapshot.family("gpu_memory_reserved_bytes").is_none() && read(&snapshot).is_empty());
    assert_eq!(is_up(&snapshot, "0"), Some(true));
    // Once, however often it is missed.
    let rounds = |snapshot: &Snapshot| super::gauge(snapshot, "gpu_collect_last_success_timestamp_seconds", &[]);
    let later = until(&telemetry, |later| rounds(later) != rounds(&snapshot));
    assert_eq!(errors(&later, "nvmlDeviceGetPowerUsage", "function_not_found"), 1);
}

#[test]
fn without_sets_of_events_there_are_no_xids() {
    let fake = FakeNvml::lacking(&["nvmlEventSetFree"], "xid 0 79\n");
    let telemetry = install(gpus(&fake));
    until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    // The library is given up, and what would be a set of events with it.
    fake.say("xid 0 79\ngpus 1\ndriver 999.1\n");
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok") && read(snapshot).len() == 1);
    assert!(snapshot.family("gpu_xid_errors_total").is_none());
    let error = [("collector", "gpu"), ("reason", "error")];
    assert_eq!(super::counter(&snapshot, "tachometer_collector_errors_total", &error), 0);
}

#[test]
fn a_driver_that_takes_its_time_delays_no_loop() {
    let fake = FakeNvml::with("call nvmlDeviceGetPowerUsage * sleep 300\n");
    let lag = loop_beside(gpus(&fake), |snapshot| is_in(snapshot, "ok") && read(snapshot).len() == 2);
    assert!(lag < Some(A_CALL), "{lag:?}");
}

#[test]
fn a_driver_that_hangs_delays_neither_loops_nor_scrapes() {
    let fake = FakeNvml::with("");
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let gpus = gpus(&fake).patience(Duration::from_millis(100));
    let builder = tachometer::builder().listen(address).no_default_collectors().collect(gpus);
    let telemetry = builder.install().expect("it is the only one of its process");
    until(&telemetry, |snapshot| is_in(snapshot, "ok") && read(snapshot).len() == 2);

    fake.say("call nvmlDeviceGetPowerUsage 1 hang\n");
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "wedged"));
    assert!(snapshot.family("gpu_up").is_none() && read(&snapshot).is_empty(), "{}", telemetry.render());
    let timed_out = [("collector", "gpu"), ("reason", "timed_out")];
    assert_eq!(super::counter(&snapshot, "tachometer_collector_errors_total", &timed_out), 0, "it is not stuck itself");
    let page = scrape(telemetry.local_addr().expect("it listens"));
    assert!(page.contains("gpu_collector_state{state=\"wedged\"} 1"), "{page}");
    assert!(page.contains("gpu_collect_last_success_timestamp_seconds"), "it is known since when");

    fake.say("");
    until(&telemetry, |snapshot| is_in(snapshot, "ok") && read(snapshot).len() == 2);
    fake.say("call nvmlEventSetWait_v2 * hang\ncall * * hang\n");
    until(&telemetry, |snapshot| is_in(snapshot, "wedged"));
    telemetry.shutdown(AT_MOST).expect("a driver that hangs is left to itself");
}

#[test]
fn an_answer_that_comes_late_is_thrown_away() {
    let fake = FakeNvml::with("");
    // An interval in which a snapshot is taken for sure.
    let gpus = gpus(&fake).interval(Duration::from_millis(300)).patience(Duration::from_millis(50));
    let telemetry = install(gpus);
    // The first GPU is read before the second one hangs.
    fake.say("call nvmlDeviceGetPowerUsage 0 return 3\ncall nvmlDeviceGetPowerUsage 1 hang\n");
    until(&telemetry, |snapshot| is_in(snapshot, "wedged"));
    fake.say("");
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    assert_eq!(read(&snapshot), ["0", "1"], "the first GPU had no power when the second one hung");
}

#[test]
fn a_driver_that_hangs_from_the_start_delays_no_loop() {
    let fake = FakeNvml::with("call * * hang\n");
    let gpus = gpus(&fake).patience(Duration::from_millis(50));
    let lag = loop_beside(gpus, |snapshot| is_in(snapshot, "wedged"));
    assert!(lag < Some(A_CALL), "{lag:?}");
}

/// What the loop would lag by if it waited for one call of a slow driver.
const A_CALL: Duration = Duration::from_millis(300);

/// The lag of a loop, at the 95th percentile, in which these GPUs are installed, until it is so and a second longer.
fn loop_beside(gpus: Gpu, is_so: impl Fn(&Snapshot) -> bool) -> Option<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("there is room for one");
    runtime.block_on(async {
        // An installation waits for first values, for a moment.
        let telemetry = install(gpus);
        let lag = LoopLag::spawn(runtime.handle()).expect("there is a thread left");
        let mut turns = 0;
        while turns < 200 || !is_so(&telemetry.snapshot()) {
            turns += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let p95 = lag.p95();
        assert!(p95.is_some(), "the loop has run");
        p95
    })
}

/// `GET /metrics`
fn scrape(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(AT_MOST)).expect("that is a time");
    write!(stream, "GET /metrics HTTP/1.0\r\n\r\n").expect("it reads");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("it answers in time");
    page
}
