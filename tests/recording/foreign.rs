//! Attributes of another crate's that are called as ours are: each belongs to its owner.

use std::cell::RefCell;

use tachometer::{counted, in_flight, timed};

use super::{counter, gauge, histogram, installed};

thread_local!(static RAN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

/// What the foreign attributes call.
fn ran(attribute: &'static str) {
    RAN.with_borrow_mut(|ran| ran.push(attribute));
}

/// Which of them have run since this was asked for last.
fn have_run() -> Vec<&'static str> {
    RAN.take()
}

mod theirs {
    use tachometer::{counted, in_flight, measured};
    use tachometer_foreign::{dispatched, skip, timed};

    use super::ran;

    pub(super) struct Hall;

    #[measured(name = "foreign_hall")]
    impl Hall {
        #[timed]
        pub(super) fn clap(&self) {}

        #[timed(every = 3, level("debug"))]
        pub(super) async fn cheer(&self) {}

        #[skip]
        pub(super) fn boo(&self) {}

        #[skip(fields(a, b), level = "debug")]
        #[inline]
        pub(super) fn hiss(&self) -> Result<u8, u8> {
            Err(1)
        }

        #[tachometer_foreign::timed]
        pub(super) fn sing(&self) {}

        #[tachometer::skip]
        pub(super) fn leave(&self) {}

        pub(super) fn bow(&self) {}
    }

    pub(super) struct Desk;

    // What stands on its functions is for the attribute below, which takes it away.
    #[measured(name = "foreign_desk")]
    #[dispatched]
    impl Desk {
        #[skip]
        pub(super) fn ask(&self) {}

        #[skip(this)]
        pub(super) fn tell(&self) {}
    }

    #[measured(name = "foreign_yard")]
    pub(super) mod yard {
        use super::{ran, skip, timed};

        pub(in super::super) struct Dog;

        #[skip]
        impl Dog {
            pub(in super::super) fn bark(&self) {}
        }

        #[timed]
        pub(in super::super) fn walk() {}
    }

    #[timed]
    #[counted(name = "foreign_above_total")]
    pub(super) fn above() {}

    #[counted(name = "foreign_below_total")]
    #[timed]
    pub(super) fn below() {}

    #[counted(name = "foreign_between_total", labels(who))]
    #[timed(name = 3)]
    #[in_flight(name = "foreign_between_in_flight", labels(who))]
    pub(super) fn between(who: &str) -> bool {
        who.is_empty()
    }
}

#[test]
fn a_foreign_attribute_in_a_block_runs_and_the_block_measures() {
    let telemetry = installed();
    let hall = theirs::Hall;
    hall.clap();
    futures::executor::block_on(hall.cheer());
    hall.boo();
    assert_eq!(hall.hiss(), Err(1));
    hall.sing();
    assert_eq!(have_run(), ["timed", "timed", "skip", "skip", "timed"]);
    hall.leave();
    hall.bow();
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "foreign_hall_total", &[]), 6);
    assert_eq!(histogram(&snapshot, "foreign_hall_duration_seconds", &[]).0, 6);
}

#[test]
fn what_another_attribute_takes_away_was_never_ours() {
    let telemetry = installed();
    theirs::Desk.ask();
    theirs::Desk.tell();
    assert!(have_run().is_empty());
    assert_eq!(counter(&telemetry.snapshot(), "foreign_desk_total", &[]), 2);
}

#[test]
fn a_block_in_a_module_may_have_one_as_well() {
    let telemetry = installed();
    theirs::yard::Dog.bark();
    theirs::yard::walk();
    assert_eq!(have_run(), ["timed"]);
    assert_eq!(counter(&telemetry.snapshot(), "foreign_yard_total", &[]), 2);
}

#[test]
fn on_a_function_it_runs_above_ours_below_and_between() {
    let telemetry = installed();
    theirs::above();
    theirs::below();
    assert!(!theirs::between("b"));
    assert_eq!(have_run(), ["timed", "timed", "timed"]);
    let snapshot = telemetry.snapshot();
    for (metric, labels) in
        [("foreign_above_total", &[][..]), ("foreign_below_total", &[]), ("foreign_between_total", &[("who", "b")])]
    {
        assert_eq!(counter(&snapshot, metric, labels), 1, "{metric}");
    }
    assert_eq!(gauge(&snapshot, "foreign_between_in_flight", &[("who", "b")]), 0.0);
}

mod ours {
    use tachometer::{counted, measured, skip, timed};

    pub(super) struct Hall<T>(pub(super) T);

    #[measured(name = "own_hall")]
    impl<T> Hall<T> {
        #[timed]
        pub(super) fn clap(&self) {}

        #[timed(name = "own_cheer_seconds")]
        #[counted(name = "own_cheer_total", labels(function))]
        pub(super) fn cheer(&self) {}

        #[skip]
        pub(super) fn leave(&self) {}

        #[skip]
        #[inline]
        pub(super) const fn of(&self) -> &T {
            &self.0
        }

        pub(super) fn bow(&self) {}
    }

    #[measured(name = "own_yard")]
    pub(super) mod yard {
        use super::{counted, skip};

        pub(in super::super) struct Dog;

        #[skip]
        impl Dog {
            pub(in super::super) fn bark(&self) {}
        }

        pub(in super::super) struct Cat;

        #[counted(name = "own_cat_total")]
        impl Cat {
            pub(in super::super) fn purr(&self) {}
        }

        pub(in super::super) fn walk() {}
    }
}

#[test]
fn the_same_words_are_ours_where_they_mean_ours() {
    let telemetry = installed();
    let hall = ours::Hall(7_u8);
    hall.clap();
    hall.cheer();
    hall.leave();
    assert_eq!(hall.of(), &7);
    hall.bow();
    ours::yard::Dog.bark();
    ours::yard::Cat.purr();
    ours::yard::walk();
    let snapshot = telemetry.snapshot();
    let once = |metric: &str, labels: &[(&str, &str)]| assert_eq!(counter(&snapshot, metric, labels), 1, "{metric}");
    once("own_hall_total", &[]);
    let clap = [("function", "Hall::clap"), ("module", OURS)];
    assert_eq!(histogram(&snapshot, "function_calls_duration_seconds", &clap).0, 1);
    once("own_cheer_total", &[("function", "Hall::cheer")]);
    assert_eq!(histogram(&snapshot, "own_cheer_seconds", &[]).0, 1);
    once("own_yard_total", &[]);
    once("own_cat_total", &[]);
}

const OURS: &str = concat!(module_path!(), "::ours");

/// The labels of all that stand on one function are read once: they are one call.
#[counted(name = "words_total", labels(n = next()))]
#[in_flight(name = "words_in_flight", labels(n = next()))]
#[timed(name = "words_seconds", labels(n = next()))]
fn words() {}

fn next() -> u8 {
    ran("label");
    7
}

#[test]
fn attributes_by_one_word_are_one_call() {
    let telemetry = installed();
    words();
    assert_eq!(have_run(), ["label"]);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "words_total", &[("n", "7")]), 1);
    assert_eq!(gauge(&snapshot, "words_in_flight", &[("n", "7")]), 0.0);
    assert_eq!(histogram(&snapshot, "words_seconds", &[("n", "7")]).0, 1);
}
