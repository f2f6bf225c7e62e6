//! What keeps a series from ending, while it is about to end, under every interleaving.

use std::time::Duration;

use loom::thread;

use super::{counter, series, total};
use crate::{
    cardinality::{policy::Policy, rules::Rules},
    store::family::{Family, admission::Wanted},
    store::pairs::Pairs,
};

/// A metric whose series may end, and one of these that has been idle for long enough.
fn idle() -> (&'static Family, crate::store::value::Place) {
    let family = counter(0);
    family.set_rules(Rules::of(&Policy::default().expire_after(Duration::from_secs(1)), "calls_total"));
    let place = series(family, "a");
    family.sweep(0);
    (family, place)
}

/// A call that begins while its series ends holds it, or finds it gone; it never holds one that ends.
#[test]
fn loom_a_call_holds_its_series_or_finds_it_gone() {
    loom::model(|| {
        let (family, place) = idle();
        let caller = thread::spawn(move || {
            let is_held = family.hold_for_call(place);
            if is_held {
                assert!(family.is_alive(place));
                family.count(place, 1);
                assert_eq!(total(family, place), 1, "it has not ended meanwhile");
                family.release_call(place);
            }
            is_held
        });
        let ended = family.sweep(5);
        let is_held = caller.join().expect("it does not panic");
        let exported = if ended == 0 { total(family, place) } else { 0 };
        assert_eq!(exported + family.retired().1, u64::from(is_held));
    });
}

/// The same for a handle, which is obtained by a look-up.
#[test]
fn loom_a_handle_keeps_its_series_or_gets_another() {
    loom::model(|| {
        let (family, place) = idle();
        let owner = thread::spawn(move || {
            let wanted = Wanted { noted: false, pinned: true };
            let found = family.look_up(Pairs::Texts(&[("kind", "a")]), wanted).expect("there is room").place;
            family.count(found, 1);
            found
        });
        let ended = family.sweep(5);
        let found = owner.join().expect("it does not panic");
        assert_eq!(found == place, ended == 0);
        assert_eq!(family.sweep(9), 0, "it is pinned");
        assert_eq!(total(family, found), 1);
    });
}
