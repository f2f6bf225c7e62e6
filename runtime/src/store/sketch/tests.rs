//! Sketches by a clock of the test: what they tell, what they forget, and that they lose nothing.

use proptest::prelude::*;

use super::{
    side::{GROWTH, SMALLEST},
    *,
};

const NOW: u64 = 1_000;

fn sketches() -> Sketches {
    let sketches = Sketches::new();
    sketches.begin(0);
    sketches
}

fn observe_many(sketches: &Sketches, slice: u64, value: f64, count: u64) {
    sketches.bin(0, slice, value, || false).expect("it lives").word().fetch_add(count, Ordering::SeqCst);
}

fn observe(sketches: &Sketches, slice: u64, values: impl IntoIterator<Item = f64>) {
    values.into_iter().for_each(|value| observe_many(sketches, slice, value, 1));
}

fn median(sketches: &Sketches, slice: u64) -> f64 {
    sketches.read(0, slice, &mut Vec::new()).0[0]
}

fn is_near(estimate: f64, value: f64) -> bool {
    (estimate - value).abs() <= value.abs() * 0.010_000_1
}

#[test]
fn quantiles_are_within_one_percent() {
    let sketches = sketches();
    observe(&sketches, NOW, (1..=1_000).map(|n| f64::from(n) / 1_000.0));
    let (quantiles, count) = sketches.read(0, NOW, &mut Vec::new());
    assert!(quantiles.iter().zip([0.5, 0.9, 0.99]).all(|(found, value)| is_near(*found, value)), "{quantiles:?}");
    assert_eq!(count, 1_000);
}

#[test]
fn what_is_older_than_six_slices_is_forgotten_but_stays_counted() {
    let sketches = sketches();
    let read = |slice| sketches.read(0, slice, &mut Vec::new());
    assert!(read(NOW).0.iter().all(|quantile| quantile.is_nan()));
    observe(&sketches, NOW, [1.0; 3]);
    observe(&sketches, NOW + 5, [100.0]);
    assert!(is_near(read(NOW + 5).0[0], 1.0));
    assert!(is_near(read(NOW + 6).0[0], 100.0));
    assert!(is_near(read(NOW + 10).0[0], 100.0));
    assert!(read(NOW + 11).0.iter().all(|quantile| quantile.is_nan()));
    assert_eq!(read(NOW + 1_000_000).1, 4);
    observe(&sketches, NOW + 7, [2.0; 2]);
    assert!(is_near(read(NOW + 7).0[0], 2.0), "beside one of 100");
    observe(&sketches, NOW + 1_000_000, [3.0]);
    assert!(is_near(read(NOW + 1_000_000).0[2], 3.0));
}

#[test]
fn more_than_a_counter_holds_stops_no_reader() {
    let sketches = sketches();
    observe_many(&sketches, NOW, 1.0, u64::MAX);
    observe_many(&sketches, NOW, 9.0, u64::MAX / 2);
    let (quantiles, _) = sketches.read(0, NOW, &mut Vec::new());
    assert!(is_near(quantiles[0], 1.0) && is_near(quantiles[2], 9.0), "{quantiles:?}");
}

#[test]
fn reading_changes_nothing() {
    let sketches = sketches();
    observe(&sketches, NOW, [1.0, 2.0, 3.0]);
    let first = sketches.read(0, NOW, &mut Vec::new());
    for ahead in 0..100 {
        sketches.read(0, NOW + ahead, &mut Vec::new());
    }
    assert_eq!(sketches.read(0, NOW, &mut Vec::new()), first);
}

#[test]
fn a_thread_whose_clock_is_behind_is_not_lost() {
    let sketches = sketches();
    observe(&sketches, NOW, [1.0]);
    observe(&sketches, NOW - 1, [1.0]);
    let (quantiles, count) = sketches.read(0, NOW - 1, &mut Vec::new());
    assert!(is_near(quantiles[0], 1.0));
    assert_eq!(count, 2);
}

#[test]
fn both_sides_of_zero_have_their_order() {
    let sketches = sketches();
    observe(&sketches, NOW, [f64::MAX, -2.0, 0.0, f64::MIN, 5.0, -300.0, 1e-10]);
    let find = |rank: usize| {
        let sketch = sketches.get(0).expect("it was made");
        let mut counts = Vec::new();
        sketch.read(&sketches.hold(), NOW, &mut counts, &mut Vec::new());
        let side = |at: usize| {
            let mut all: Vec<_> = sketch.taken().map(|(side, _)| side).collect();
            all.sort_unstable();
            all[at / BINS].value(at % BINS)
        };
        at_quantile(rank as f64 / 6.0, &counts, side)
    };
    assert!(is_near(find(0), f64::MIN));
    assert!(is_near(find(1), -300.0));
    assert!(is_near(find(2), -2.0));
    assert_eq!([find(3), find(4)], [0.0, 0.0]);
    assert!(is_near(find(5), 5.0));
    assert!(is_near(find(6), f64::MAX));
    assert!(is_near(median(&sketches, NOW) + 1.0, 1.0));
}

#[test]
fn memory_is_bounded_and_nothing_is_lost_beyond_it() {
    let sketches = sketches();
    let values = (-300..300).map(|exponent| 10_f64.powi(exponent));
    observe(&sketches, NOW, values.clone().chain(values.map(|value| -value)));
    observe(&sketches, NOW, [f64::MAX, f64::MIN, f64::MIN_POSITIVE]);
    let sketch = sketches.get(0).expect("it was made");
    assert_eq!(sketch.all().count(), CHUNKS + 1);
    let (quantiles, count) = sketches.read(0, NOW, &mut Vec::new());
    assert_eq!(count, 1_203);
    assert!(quantiles.iter().all(|quantile| quantile.is_finite()));
}

#[test]
fn the_next_life_begins_with_nothing_in_the_same_memory() {
    let sketches = sketches();
    observe(&sketches, NOW, [1.0, -7.0, 0.0]);
    let late = sketches.bin(0, NOW, 1.0, || false).expect("it lives");
    assert_eq!(sketches.begin(0), 3, "this is left of the first");
    let read = |slice| sketches.read(0, slice, &mut Vec::new());
    assert_eq!((read(NOW).1, sketches.counted(0)), (0, 0));
    assert!(read(NOW).0[0].is_nan());
    let held = sketches.bytes();
    observe(&sketches, NOW, [1.1; 3]);
    assert_eq!(sketches.bytes(), held, "there is a place from before");
    assert!(is_near(read(NOW).0[0], 1.1));
    // Who comes too late takes back what was none of this life's.
    late.word().fetch_add(9, Ordering::SeqCst);
    late.base().fetch_add(9, Ordering::SeqCst);
    assert!(read(NOW).1 == 3 && is_near(read(NOW).0[0], 1.1) && is_near(read(NOW).0[2], 1.1));
    observe(&sketches, NOW + 6, [2.0]);
    assert!(is_near(read(NOW + 6).0[0], 2.0) && read(NOW + 6).1 == 4);
}

#[test]
fn a_reset_leaves_an_empty_sketch() {
    let sketches = sketches();
    observe(&sketches, NOW, [1.0, 2.0]);
    sketches.reset();
    let (quantiles, count) = sketches.read(0, NOW, &mut Vec::new());
    assert!(quantiles[0].is_nan());
    assert_eq!(count, 0);
    observe(&sketches, NOW, [4.0]);
    assert!(is_near(median(&sketches, NOW), 4.0));
}

#[test]
fn threads_that_begin_a_slice_together_lose_nothing() {
    let sketches = sketches();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let sketches = &sketches;
            scope.spawn(move || {
                for n in 0..20_000_u64 {
                    observe_many(sketches, NOW + n / 100, f64::from(thread) + 1.0, 1);
                }
            });
        }
        let mut last = 0;
        while last < 80_000 {
            let (_, count) = sketches.read(0, NOW, &mut Vec::new());
            assert!(count >= last);
            last = count;
        }
    });
    let mut counts = Vec::new();
    assert_eq!(sketches.read(0, NOW + 199, &mut counts).1, 80_000);
    assert!(counts.iter().sum::<u64>() >= 4 * 600, "the last six slices of each, and what was late for one");
    assert_eq!(sketches.read(0, NOW + 205, &mut counts).1, 80_000);
    assert_eq!(counts.iter().sum::<u64>(), 0);
}

#[test]
fn the_bins_grow_as_they_should() {
    // The logarithm of 1.01 / 0.99 without the rounding of the fraction.
    assert!((GROWTH - 2.0 * 0.01_f64.atanh()).abs() < 1e-17);
}

/// Any number that has a bin of its own.
fn number() -> impl Strategy<Value = f64> {
    (-9.0..300.0, any::<bool>()).prop_map(|(exponent, is_negative): (f64, bool)| {
        let size = 10_f64.powf(exponent).max(SMALLEST);
        if is_negative { -size } else { size }
    })
}

proptest! {
    #[test]
    fn a_bin_is_within_one_percent_of_each_of_its_values(value in number()) {
        let (side, bin) = place(value);
        prop_assert!(is_near(side.value(bin), value), "{value} is shown as {}", side.value(bin));
    }

    #[test]
    fn places_are_in_the_order_of_their_values(a in number(), b in number()) {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        prop_assert!(place(low) <= place(high));
    }
}
