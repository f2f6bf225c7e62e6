//! A child that is forked without `exec` starts from zero, and the parent goes on.
#![cfg(unix)]

use std::{net::TcpListener, time::Duration};

use tachometer::{Telemetry, counted, in_flight};

use super::{counter, gauge};

#[counted(name = "splits_total")]
fn split() {}

/// Forks; the child runs `body` and says by its exit code whether it has returned true.
pub(super) fn in_child(body: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child runs on the one thread that has forked, and ends by `_exit`, so that neither the test harness
    // nor any destructor runs twice.
    match unsafe { libc::fork() } {
        -1 => panic!("{}", std::io::Error::last_os_error()),
        0 => {
            let passed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)).unwrap_or(false);
            // SAFETY: it ends the process at once and does nothing else.
            unsafe { libc::_exit(if passed { 0 } else { 1 }) }
        }
        child => {
            let mut status = 0;
            // SAFETY: the status is a place of our own, and the child is ours.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            waited == child && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
        }
    }
}

fn splits(telemetry: &Telemetry) -> u64 {
    counter(&telemetry.snapshot(), "splits_total", &[])
}

#[test]
fn a_child_counts_its_own_calls_only() {
    let telemetry = tachometer::builder().listen(([127, 0, 0, 1], 0).into()).install().expect("any port will do");
    let address = telemetry.local_addr().expect("it listens");
    let shared = metrics::counter!("shared_by_fork_total");
    let level = metrics::gauge!("level_at_fork");
    (0..5).for_each(|_| split());
    std::thread::spawn(split).join().expect("it does not panic");
    shared.increment(5);
    level.set(3.0);
    assert!(
        in_child(|| {
            split();
            shared.increment(1);
            let snapshot = telemetry.snapshot();
            splits(&telemetry) == 1
                && counter(&snapshot, "shared_by_fork_total", &[]) == 1
                && gauge(&snapshot, "level_at_fork", &[]) == 3.0
        }),
        "the child does not start from zero"
    );
    split();
    assert_eq!(splits(&telemetry), 7, "the parent has all of its own and none of the child's");
    assert!(TcpListener::bind(address).is_err(), "the parent still listens");
}

#[in_flight(name = "forking_in_flight")]
fn fork_inside(telemetry: &Telemetry) -> bool {
    let level = || gauge(&telemetry.snapshot(), "forking_in_flight", &[]);
    #[in_flight(name = "after_fork_in_flight")]
    fn inside(level: &dyn Fn() -> f64) -> f64 {
        level()
    }
    let parent = level() == 1.0;
    parent
        && in_child(|| level() == 0.0 && inside(&|| gauge(&telemetry.snapshot(), "after_fork_in_flight", &[])) == 1.0)
}

#[test]
fn a_call_is_in_flight_where_it_began() {
    let telemetry = super::installed();
    assert!(fork_inside(&telemetry));
    assert_eq!(gauge(&telemetry.snapshot(), "forking_in_flight", &[]), 0.0);
    assert!(in_child(|| {
        struct Inherited<'a>(&'a Telemetry);
        impl Inherited<'_> {
            #[in_flight(name = "inherited_in_flight")]
            fn fork_and_return(&self) -> bool {
                // SAFETY: the child goes on on the one thread that has forked, and its parent waits for it.
                let child = unsafe { libc::fork() };
                if child != 0 {
                    let mut status = 0;
                    // SAFETY: the status is a place of our own, and the child is ours.
                    unsafe { libc::waitpid(child, &raw mut status, 0) };
                    // SAFETY: it ends the process at once, with what its child has found.
                    unsafe { libc::_exit(libc::WEXITSTATUS(status)) };
                }
                true
            }

            #[in_flight(name = "inherited_in_flight")]
            fn level(&self) -> f64 {
                gauge(&self.0.snapshot(), "inherited_in_flight", &[])
            }
        }
        let inherited = Inherited(&telemetry);
        inherited.fork_and_return() && inherited.level() == 1.0
    }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_does_not_show_what_was_collected_for_its_parent() {
    let telemetry = super::installed();
    let is_shown = || telemetry.snapshot().family("process_start_time_seconds").is_some();
    assert!(is_shown());
    assert!(in_child(|| !is_shown()), "nobody collects in the child, and what the parent had is the parent's");
}

#[test]
fn a_child_can_end_what_it_inherits_and_install_its_own() {
    let telemetry = tachometer::builder().listen(([127, 0, 0, 1], 0).into()).install().expect("any port will do");
    let inherited = std::cell::Cell::new(Some(telemetry));
    assert!(
        in_child(|| {
            let telemetry = inherited.take().expect("it is there");
            telemetry.shutdown(Duration::from_secs(1)).expect("there is nothing to end here");
            let own = tachometer::builder().listen(([127, 0, 0, 1], 0).into()).install();
            let own = own.expect("the child has none");
            split();
            splits(&own) == 1
        }),
        "the child could not start an installation of its own"
    );
}

#[test]
fn a_child_forked_while_others_register_and_read_does_not_hang() {
    let telemetry = super::installed();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let stop = &stop;
            scope.spawn(move || {
                for n in 0.. {
                    if stop.load(std::sync::atomic::Ordering::Relaxed) {
                        break;
                    }
                    metrics::counter!("churn_total", "n" => format!("{thread}-{}", n % 5_000)).increment(1);
                }
            });
        }
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                drop(telemetry.render());
            }
        });
        let passed = (0..50).all(|fork| {
            in_child(|| {
                split();
                metrics::counter!("children_total", "n" => fork.to_string()).increment(1);
                splits(&telemetry) == 1
            })
        });
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(passed, "a child has failed");
    });
}

#[in_flight(name = "labelled_in_flight", labels(way))]
fn fork_inside_of(way: &str, telemetry: &Telemetry) -> bool {
    let level = || gauge(&telemetry.snapshot(), "labelled_in_flight", &[("way", way)]);
    level() == 1.0 && in_child(|| level() == 0.0)
}

#[test]
fn a_child_has_none_of_the_calls_that_are_in_flight_by_their_labels() {
    let telemetry = super::installed();
    assert!(fork_inside_of("out", &telemetry), "the child keeps what its parent has in flight");
    assert_eq!(gauge(&telemetry.snapshot(), "labelled_in_flight", &[("way", "out")]), 0.0);
}

#[test]
fn a_child_does_not_say_again_what_its_parent_has_folded() {
    let policy = tachometer::Policy::default().values(1);
    let telemetry = tachometer::builder().no_listener().guard(policy).install().expect("nothing stands in the way");
    let visit = |peer: u32| metrics::counter!("visits_total", "peer" => peer.to_string()).increment(1);
    (0..9).for_each(visit);
    let folded = || {
        telemetry.snapshot().family("tachometer_guard_folded_total").map_or(0, |family| {
            let count = |value| if let tachometer::families::Value::Counter(count) = value { count } else { 0 };
            family.series().map(|series| count(series.value())).sum::<u64>()
        })
    };
    assert_eq!(folded(), 8);
    assert!(in_child(|| {
        let before = folded();
        visit(10);
        (before, folded()) == (0, 1)
            && telemetry.cardinality().metric("visits_total").is_some_and(|it| it.labels[0].offenders.len() == 1)
    }));
    assert_eq!(folded(), 8);
}
