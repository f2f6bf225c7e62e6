//! Sums and counts that are read together, under every interleaving.

use loom::{sync::Arc, thread};

use super::{WORD, leaked, series};
use crate::{
    families::Value,
    metric::{bounds::Ladder, kind::Kind},
    store::{
        family::{About, Family, reading::Scratch},
        ground::Ground,
        slab::{Slabs, Sums},
        value::Layout,
    },
};

/// A reader sees a histogram's sum with its count, apart by the one record that a thread may be at, wherever that is added.
fn sums_and_counts_belong_together(slabs: Slabs, claims: bool) {
    let (slabs, layout) = (Arc::new(slabs), Layout::new(0));
    slabs.reserve(WORD);
    let writer = {
        let slabs = slabs.clone();
        thread::spawn(move || {
            let slab = if claims { slabs.claim().expect("nobody else wants it") } else { slabs.shared() };
            (0..2).for_each(|_| slab.observe(WORD, 0, layout.nanos(), 1));
        })
    };
    let (mut sums, mut part) = (Sums::default(), Vec::new());
    slabs.sum_histogram(WORD, layout, &mut sums, &mut part);
    let [count, sum] = [sums.counts[0], sums.nanos as u64];
    assert!(sum <= count && count <= sum + 1, "{count} of {sum}");
    writer.join().expect("it does not panic");
    slabs.sum_histogram(WORD, layout, &mut sums, &mut part);
    assert_eq!((sums.counts[0], sums.nanos), (2, 2));
}

#[test]
fn loom_sums_and_counts_of_a_slab_belong_together() {
    loom::model(|| sums_and_counts_belong_together(Slabs::new(1), true));
}

#[test]
fn loom_sums_and_counts_of_the_shared_slab_belong_together() {
    loom::model(|| sums_and_counts_belong_together(Slabs::new(0), false));
}

/// The same for a series in a cell.
#[test]
fn loom_sums_and_counts_of_a_cell_belong_together() {
    let mut model = loom::model::Builder::new();
    // All orders would take hours: threads are switched at most three times where neither of them waits.
    model.preemption_bound = Some(3);
    model.check(|| {
        let ground: &'static Ground = leaked(Ground::new(0, || 0));
        let family: &'static Family =
            leaked(Family::new(ground, "calls_seconds", Kind::Histogram, Ladder::Bounds(&[]), About::default()));
        let place = series(family, "a");
        let writer = thread::spawn(move || (0..2).for_each(|_| family.observe_nanos(place, 1_000_000_000)));
        let read = || match family.read(place, &mut Scratch::default()) {
            Some(Value::Histogram(distribution)) => (distribution.count(), distribution.sum),
            other => panic!("a histogram reads as {other:?}"),
        };
        let (count, sum) = read();
        assert!((sum - count as f64).abs() <= 1.0, "{count} of {sum}");
        writer.join().expect("it does not panic");
        assert_eq!(read(), (2, 2.0));
    });
}
