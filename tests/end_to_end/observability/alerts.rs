//! When each alert fires, and when it does not, by promtool.

use super::Try;

const OF: &str = "job=\"quickstart\",instance=\"a\"";

/// How many of the quickstart's alerts fire.
#[track_caller]
fn assert_firing(alert: &str, matchers: &str, series: &[(&str, &str)], at: &[(&str, u32)]) {
    Try { example: "quickstart", alert, matchers, every: "1m", series }.assert_firing(at);
}

/// An alert for a gauge or a counter with these labels and values: whether it fires in the end.
#[track_caller]
fn assert_fires(alert: &str, minutes: u32, series: &[(&str, &str, &str)], fires: bool) {
    let named: Vec<(String, &str)> =
        series.iter().map(|(name, labels, values)| (format!("{name}{{{OF}{labels}}}"), *values)).collect();
    let named: Vec<(&str, &str)> = named.iter().map(|(name, values)| (name.as_str(), *values)).collect();
    assert_firing(alert, "", &named, &[(&format!("{minutes}m"), u32::from(fires))]);
}

/// The calls that succeed and those that do not, a minute. Long windows are of many samples, so that rules are evaluated
/// less often.
#[track_caller]
fn calls(ok: &str, error: &str, at: &[(&str, u32)], matchers: &str) {
    let name = |result: &str| {
        format!(
            "function_calls_total{{{OF},function=\"browse\",module=\"m\",result=\"{result}\",objective_name=\"browsing\",\
             objective_percentile=\"99\"}}"
        )
    };
    let (good, bad) = (name("ok"), name("error"));
    let (matchers, series) =
        (format!(",objective=\"success\"{matchers}"), [(good.as_str(), ok), (bad.as_str(), error)]);
    Try { example: "quickstart", alert: "SloBudgetBurn", matchers: &matchers, every: "5m", series: &series }
        .assert_firing(at);
}

#[test]
fn a_burnt_budget_is_told_by_each_window() {
    // 20 % of all calls: more than 14.4 times 1 %, after two minutes of it.
    calls("0+80x100", "0+20x100", &[("1m", 0), ("90m", 1)], ",window=\"1h\"");
    // A little below, and a little above.
    calls("0+860x100", "0+140x100", &[("90m", 0)], ",window=\"1h\"");
    calls("0+850x100", "0+150x100", &[("90m", 1)], ",window=\"1h\"");
    calls("0+945x500", "0+55x500", &[("480m", 0)], ",window=\"6h\"");
    calls("0+935x500", "0+65x500", &[("480m", 1)], ",window=\"6h\"");
    calls("0+975x1800", "0+25x1800", &[("29h", 0)], ",window=\"1d\"");
    calls("0+965x1800", "0+35x1800", &[("29h", 1)], ",window=\"1d\"");
    calls("0+991x4700", "0+9x4700", &[("77h", 0)], ",window=\"3d\"");
    calls("0+989x4700", "0+11x4700", &[("77h", 1)], ",window=\"3d\"");
}

/// Calls of which all have failed, as the group of rules counts them: whether the alert of an hour fires in the end.
#[track_caller]
fn few(error: &str, fires: u32) {
    let series = format!(
        "function_calls_total{{{OF},function=\"browse\",module=\"m\",result=\"error\",objective_name=\"browsing\",\
         objective_percentile=\"99\"}}"
    );
    let (matchers, series) = (",objective=\"success\",window=\"1h\"", [(series.as_str(), error)]);
    let time = if fires > 0 { "71m" } else { "90m" };
    let all = Try { example: "quickstart", alert: "SloBudgetBurn", matchers, every: "30s", series: &series };
    all.assert_firing(&[(time, fires)]);
}

#[test]
fn no_calls_and_few_calls_burn_nothing() {
    calls("0x200", "0x200", &[("90m", 0), ("180m", 0)], "");
    // All calls fail, and there are few of them. Rates of five minutes count a quarter more, of minutes that begin so.
    few("0x60 1 2 3 3x100", 0);
    few("0x60 1 2 3 4 5 6 7 8 9 9x100", 1);
    // What is over is over, but for five minutes.
    calls("0+80x60 4800+100x100", "0+20x60 1200x100", &[("60m", 1), ("75m", 0)], ",window=\"1h\"");
}

#[test]
fn slow_calls_are_found_in_both_spellings_of_a_bucket() {
    let of = "function=\"browse\",module=\"m\",objective_name=\"browsing\",objective_percentile=\"99\",\
              objective_latency_threshold=\"1\"";
    for le in ["1", "1.0"] {
        for (quick, fires) in [("0+80x100", 1), ("0+99x100", 0)] {
            let bucket = format!("function_calls_duration_seconds_bucket{{{OF},{of},le=\"{le}\"}}");
            let count = format!("function_calls_duration_seconds_count{{{OF},{of}}}");
            let series = [(bucket.as_str(), quick), (count.as_str(), "0+100x100")];
            assert_firing("SloBudgetBurn", ",objective=\"latency\",window=\"1h\"", &series, &[("90m", fires)]);
        }
    }
}

#[test]
fn a_metric_that_is_gone_is_told_once_for_each_objective() {
    assert_firing("SloMetricAbsent", "", &[("other", "0x60")], &[("10m", 0), ("20m", 2)]);
}

#[test]
fn limits_are_told_when_they_are_passed() {
    for (alert, minutes, series, fires) in [
        ("TargetDown", 10, [("up", "", "0x20")].as_slice(), true),
        ("TargetDown", 10, &[("up", "", "1x20")], false),
        ("TargetDown", 4, &[("up", "", "0x20")], false),
        (
            "CpuThrottled",
            20,
            &[
                ("process_cgroup_cpu_throttled_periods_total", "", "0+30x30"),
                ("process_cgroup_cpu_periods_total", "", "0+100x30"),
            ],
            true,
        ),
        (
            "CpuThrottled",
            20,
            &[
                ("process_cgroup_cpu_throttled_periods_total", "", "0+25x30"),
                ("process_cgroup_cpu_periods_total", "", "0+100x30"),
            ],
            false,
        ),
        (
            "CpuThrottled",
            20,
            &[
                ("process_cgroup_cpu_throttled_periods_total", "", "0x30"),
                ("process_cgroup_cpu_periods_total", "", "0x30"),
            ],
            false,
        ),
        (
            "MemoryNearLimit",
            10,
            &[
                ("process_cgroup_memory_working_set_bytes", "", "91x30"),
                ("process_cgroup_memory_limit_bytes", "", "100x30"),
            ],
            true,
        ),
        (
            "MemoryNearLimit",
            10,
            &[
                ("process_cgroup_memory_working_set_bytes", "", "90x30"),
                ("process_cgroup_memory_limit_bytes", "", "100x30"),
            ],
            false,
        ),
        ("OomKill", 6, &[("process_cgroup_oom_kills_total", "", "0x4 1x30")], true),
        ("OomKill", 30, &[("process_cgroup_oom_kills_total", "", "0x4 1x30")], false),
        ("FdsNearlyExhausted", 10, &[("process_open_fds", "", "81x30"), ("process_max_fds", "", "100x30")], true),
        ("FdsNearlyExhausted", 10, &[("process_open_fds", "", "80x30"), ("process_max_fds", "", "100x30")], false),
    ] {
        assert_fires(alert, minutes, series, fires);
    }
}

#[test]
fn a_loop_that_lags_is_told_after_five_minutes() {
    let lag = |quick: &str, all: &str, minutes, fires| {
        let runtime = ",runtime=\"main\"";
        let of = |le: &str| format!("{runtime},le=\"{le}\"");
        let (low, high, top) = (of("0.1"), of("0.25"), of("+Inf"));
        let name = "tokio_loop_lag_seconds_bucket";
        let series = [(name, low.as_str(), quick), (name, high.as_str(), all), (name, top.as_str(), all)];
        assert_fires("LoopLag", minutes, &series, fires);
    };
    lag("0+98x30", "0+100x30", 20, true);
    lag("0+100x30", "0+100x30", 20, false);
    lag("0+98x30", "0+100x30", 3, false);
}

#[test]
fn collectors_and_outlets_that_are_stuck_are_told() {
    let stamp = "tachometer_collector_last_success_timestamp_seconds";
    let of = ",collector=\"process\"";
    assert_fires("CollectorStale", 3, &[(stamp, of, "0x30")], true);
    assert_fires("CollectorStale", 2, &[(stamp, of, "0x30")], false);
    assert_fires("CollectorStale", 20, &[(stamp, of, "0+60x30")], false);
    let errors = "tachometer_collector_errors_total";
    let of = ",collector=\"process\",reason=\"error\"";
    assert_fires("CollectorErrors", 25, &[(errors, of, "0+1x60")], true);
    assert_fires("CollectorErrors", 25, &[(errors, of, "0x5 1x60")], false);
    assert_fires("CollectorErrors", 25, &[(errors, of, "0x60")], false);
}

#[test]
fn outlets_that_are_stuck_are_told() {
    let of = "job=\"block\",instance=\"a\",outlet=\"redis\"";
    let try_it = |alert: &str, metric: &str, values: &str, at: &[(&str, u32)]| {
        let series = format!("{metric}{{{of}}}");
        let series = [(series.as_str(), values)];
        Try { example: "block", alert, matchers: "", every: "1m", series: &series }.assert_firing(at);
    };
    let pushed = "tachometer_outlet_last_success_timestamp_seconds";
    try_it("OutletStuck", pushed, "0x30", &[("10m", 0), ("11m", 1)]);
    try_it("OutletStuck", pushed, "0+60x30", &[("20m", 0)]);
    let dropped = "tachometer_outlet_dropped_total";
    try_it("OutletDrops", dropped, "0x5 1x30", &[("5m", 0), ("8m", 1), ("25m", 0)]);
}

#[test]
fn labels_that_are_folded_are_told_from_the_first_burst_on() {
    let (name, of) = ("tachometer_guard_folded_total", ",metric=\"m\",label=\"v\",reason=\"label_limit\"");
    // A counter that its first burst brings, one that was at 0, and one that stays there.
    assert_fires("LabelsFolded", 5, &[(name, of, "_ _ _ _ 395x60")], true);
    assert_fires("LabelsFolded", 30, &[(name, of, "_ _ _ _ 395x60")], false);
    assert_fires("LabelsFolded", 6, &[(name, of, "0x4 395x60")], true);
    assert_fires("LabelsFolded", 30, &[(name, of, "0x60")], false);
    let reason = ",reason=\"limit\"";
    for (alert, name, minutes) in [
        ("SeriesRefused", "tachometer_refused_series_total", 10),
        ("RecordsDropped", "tachometer_dropped_records_total", 25),
        ("MetricsContradict", "tachometer_conflicts_total", 10),
    ] {
        assert_fires(alert, minutes, &[(name, reason, "0x2 3+1x60")], true);
        assert_fires(alert, minutes, &[(name, reason, "0x60")], false);
    }
}

#[test]
fn gpus_that_fail_are_told() {
    let gpu = ",gpu=\"0\",uuid=\"u\"";
    let xid = |number: &str| format!("{gpu},xid=\"{number}\"");
    let reason = |reason: &str| format!("{gpu},reason=\"{reason}\"");
    let ecc = |error: &str| format!("{gpu},error=\"{error}\",lifetime=\"volatile\"");
    let name = "gpu_xid_last_timestamp_seconds";
    for (alert, metric, labels, values, minutes, fires) in [
        ("GpuLost", "gpu_up", gpu.to_owned(), "1x3 0x30", 6, true),
        ("GpuLost", "gpu_up", gpu.to_owned(), "1x30", 6, false),
        ("GpuXidCritical", name, xid("79"), "_ _ 120x30", 5, true),
        ("GpuXidCritical", name, xid("79"), "_ _ 120x30", 12, false),
        ("GpuXidCritical", name, xid("13"), "_ _ 120x30", 5, false),
        ("GpuXidWarning", name, xid("94"), "_ _ 120x30", 5, true),
        ("GpuXidWarning", name, xid("79"), "_ _ 120x30", 5, false),
        ("GpuEccUncorrected", "gpu_ecc_errors_total", ecc("uncorrected"), "1x30", 5, true),
        ("GpuEccUncorrected", "gpu_ecc_errors_total", ecc("corrected"), "1x30", 5, false),
        ("GpuEccUncorrected", "gpu_ecc_errors_total", ecc("uncorrected"), "0x30", 5, false),
        ("GpuRemapFailed", "gpu_remap_failed", gpu.to_owned(), "1x30", 5, true),
        ("GpuRemapFailed", "gpu_remap_failed", gpu.to_owned(), "0x30", 5, false),
        ("GpuRemapPending", "gpu_remap_pending", gpu.to_owned(), "1x30", 5, true),
        ("GpuRemapPending", "gpu_remap_pending", gpu.to_owned(), "0x30", 5, false),
        ("GpuRecoveryAction", "gpu_recovery_action", gpu.to_owned(), "2x30", 5, true),
        ("GpuRecoveryAction", "gpu_recovery_action", gpu.to_owned(), "0x30", 5, false),
        ("GpuThermalThrottle", "gpu_throttle_seconds_total", reason("hw_thermal"), "0+18x30", 15, true),
        ("GpuThermalThrottle", "gpu_throttle_seconds_total", reason("hw_thermal"), "0+15x30", 15, false),
        ("GpuThermalThrottle", "gpu_throttle_seconds_total", reason("power"), "0+60x30", 15, false),
    ] {
        assert_fires(alert, minutes, &[(metric, &labels, values)], fires);
    }
    let missing = |up: &str, fires| {
        let series =
            [("gpu_expected_devices", "", "2x30"), ("gpu_up", gpu, "1x30"), ("gpu_up", ",gpu=\"1\",uuid=\"v\"", up)];
        assert_fires("GpuMissing", 10, &series, fires);
    };
    missing("1x30", false);
    missing("0x30", true);
}
