//! A program with two versions of the crate: one is installed, the other one adopts its recorder, as the argument says.
//! The test that runs it has made the other version by itself.

use std::error::Error;

mod ours {
    use tachometer::{counted, measured};

    #[measured(name = "ours", result)]
    pub fn call(fails: bool) -> Result<(), ()> {
        if fails { Err(()) } else { Ok(()) }
    }

    #[counted(name = "ours_idle_total")]
    #[expect(dead_code, reason = "its zero is all that is looked at")]
    fn idle() {}
}

mod theirs {
    use tachometer_other::{counted, measured};

    #[measured(name = "theirs", result, crate = ::tachometer_other)]
    pub fn call(fails: bool) -> Result<(), ()> {
        if fails { Err(()) } else { Ok(()) }
    }

    #[counted(name = "theirs_idle_total", crate = ::tachometer_other)]
    #[expect(dead_code, reason = "its zero is all that is looked at")]
    fn idle() {}
}

/// Installs the one version and lets the other one join; `$mine` and `$other` are what their metrics begin with.
macro_rules! install {
    ($first:ident as $mine:literal, $second:ident as $other:literal) => {{
        let telemetry = $first::builder().no_listener().install()?;
        has(&telemetry.render(), &[(concat!($mine, "_idle_total"), 0), (concat!($mine, "_total{result=\"ok\"}"), 0)]);
        assert!(!telemetry.render().contains($other), "it sees the sites of the other version");

        // Nobody has told the other version whom it records to; it is recorded nevertheless.
        call();
        let totals = |n| [$mine, $other].map(|name| (format!("{name}_total{{result=\"ok\"}}"), n));
        has(&telemetry.render(), &totals(1));
        assert!(!telemetry.render().contains(concat!($other, "_idle")), "nor is it told of them by their calls");

        let error = $second::builder().no_listener().install().expect_err("there is a recorder");
        assert!(error.is_recorder_taken(), "{error}");
        $second::adopt_global()?;
        has(&telemetry.render(), &[(concat!($other, "_idle_total"), 0)]);
        call();
        has(&telemetry.render(), &totals(2));
        has(&telemetry.render(), &[(concat!($other, "_total{result=\"error\"}"), 2)]);
        has(&telemetry.render(), &[(concat!($other, "_duration_seconds_count"), 4), (concat!($other, "_in_flight"), 0)]);
    }};
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("ours") => install!(tachometer as "ours", tachometer_other as "theirs"),
        Some("theirs") => install!(tachometer_other as "theirs", tachometer as "ours"),
        other => return Err(format!("whose recorder is it, `ours` or `theirs`? not {other:?}").into()),
    }
    Ok(())
}

/// One call of each version that ends well, and one that does not.
fn call() {
    for fails in [false, true] {
        assert_eq!((ours::call(fails).is_err(), theirs::call(fails).is_err()), (fails, fails));
    }
}

/// Panics unless the text has these samples.
fn has(text: &str, samples: &[(impl AsRef<str>, u64)]) {
    for (series, value) in samples {
        let sample = format!("{} {value}", series.as_ref());
        assert!(text.lines().any(|line| line == sample), "no `{sample}` in\n{text}");
    }
}
