//! Native buckets against counts by a search, whatever the values are.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::metric::bounds::buckets::{COARSEST, MOST_BUCKETS};

/// One series.
struct Series {
    natives: Natives,
    zeros: u64,
}

/// What was read: the schema, and the counts by side and index.
type Read = (i32, BTreeMap<(bool, i32), u64>);

impl Series {
    fn new(native: Native) -> Self {
        let natives = Natives::new(native);
        assert_eq!(natives.begin(0, 0), 0);
        Self { natives, zeros: 0 }
    }

    fn observe(&mut self, value: f64) {
        match Position::of(value) {
            None => self.zeros += 1,
            Some(position) => {
                let bin = self.natives.bin(0, position, || false).expect("the series lives");
                bin.word().fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn read(&self) -> Read {
        let mut bins = Bins::default();
        let read = read(&self.natives, 0, self.zeros, &mut bins);
        let total = self.natives.counted(0) + self.zeros;
        assert_eq!(read.count(), total, "the count is the sum of the buckets");
        for side in [read.positive, read.negative] {
            assert!(side.is_sorted_by(|a, b| a.0 < b.0), "indices rise: {side:?}");
            assert!(side.iter().all(|(_, count)| *count > 0), "empty buckets are left out: {side:?}");
        }
        let side = |is_negative, bins: &[(i32, u64)]| {
            bins.iter().map(move |(index, count)| ((is_negative, *index), *count)).collect::<Vec<_>>()
        };
        let all = side(false, read.positive).into_iter().chain(side(true, read.negative));
        (read.schema, all.collect())
    }
}

fn read<'a>(natives: &Natives, index: u32, zeros: u64, bins: &'a mut Bins) -> Exponential<'a> {
    let resolution = natives.copy(index, bins);
    natives.shown(resolution, zeros, 0.0, bins)
}

/// How many values there are in each bucket of a schema.
fn counted(values: &[f64], schema: i32) -> BTreeMap<(bool, i32), u64> {
    let mut counts = BTreeMap::new();
    for position in values.iter().copied().filter_map(Position::of) {
        let index = position.coarser_by((FINEST - schema) as u32) + 1;
        *counts.entry((position.is_negative, index)).or_default() += 1;
    }
    counts
}

#[test]
fn few_values_keep_the_resolution() {
    let mut series = Series::new(Native::new());
    assert_eq!(series.read(), (3, BTreeMap::new()));
    let values = [0.001, 0.0011, 0.25, 0.25, 1.0, -3.0, 0.0];
    values.into_iter().for_each(|value| series.observe(value));
    assert_eq!(series.read(), (3, counted(&values, 3)));
    assert_eq!(series.zeros, 1);
}

#[test]
fn a_range_that_needs_more_buckets_gets_wider_ones() {
    let mut series = Series::new(Native::new().schema(5).max_buckets(20));
    let mut values = Vec::new();
    let mut last = 5;
    for n in 1..400 {
        let value = 1.07_f64.powi(n);
        values.push(value);
        series.observe(value);
        let (schema, buckets) = series.read();
        assert!(schema <= last && buckets.len() <= 20, "{buckets:?} at {schema}");
        assert_eq!(buckets, counted(&values, schema));
        last = schema;
    }
    // 39 powers of two: more than 20 buckets of one each, and 20 of two.
    assert_eq!(last, -1);
}

#[test]
fn memory_is_bounded() {
    for native in [Native::new(), Native::new().schema(8).max_buckets(1), Native::new().schema(8).max_buckets(1024)] {
        let mut series = Series::new(native);
        // Up and down in steps of any size, so that all levels are filled as far as they can be.
        for step in [1_u64 << 40, 1 << 47, 1 << 50, 1 << 53, 1 << 56] {
            let from = ZERO_THRESHOLD.to_bits() + 1;
            let sizes = (0..).map(|n| from.saturating_add(n * step)).take_while(|bits| *bits <= f64::MAX.to_bits());
            for bits in sizes.take(2_000) {
                series.observe(f64::from_bits(bits));
                series.observe(-f64::from_bits(bits));
            }
        }
        series.observe(f64::INFINITY);
        series.observe(f64::MAX);
        let grid = series.natives.get(0).expect("it is there");
        let levels = (FINEST - COARSEST + 1) as usize;
        assert!(grid.slots().count() <= levels * places(native.max_buckets, 0) + ALL_COARSEST);
        assert!(places(MOST_BUCKETS, 0) * BINS <= 3 * MOST_BUCKETS && places(20, 0) * BINS <= 60);
        let (schema, buckets) = series.read();
        assert!(buckets.len() <= native.max_buckets.max(146), "{}", buckets.len());
        assert!(buckets.len() <= native.max_buckets || schema == COARSEST);
    }
}

#[test]
fn the_coarsest_level_has_room_for_all() {
    let mut series = Series::new(Native::new().schema(-4).max_buckets(1));
    let all: Vec<f64> =
        (-127..1024).flat_map(|n| [2.0_f64.powi(n), -2.0_f64.powi(n)]).chain([1.5 / 2.0_f64.powi(128)]).collect();
    all.iter().for_each(|value| series.observe(*value));
    series.observe(f64::INFINITY);
    series.observe(f64::NEG_INFINITY);
    let (schema, buckets) = series.read();
    assert_eq!((schema, buckets.len()), (-4, 146));
}

#[test]
fn the_next_life_begins_with_nothing_at_the_first_resolution() {
    let mut series = Series::new(Native::new().schema(8).max_buckets(8));
    (0..100).for_each(|n| series.observe(1.5_f64.powi(n)));
    assert!(series.read().0 < 8);
    assert_eq!(series.natives.begin(0, 0), 100);
    assert_eq!(series.read(), (8, BTreeMap::new()));
    series.observe(1.5);
    series.observe(1e9);
    assert_eq!(series.read(), (8, counted(&[1.5, 1e9], 8)));
    assert_eq!(series.natives.begin(0, 0), 2);
    let position = Position::of(7e77).expect("it does not count as 0");
    assert!(series.natives.bin(0, position, || true).is_none(), "nobody makes room for a life that is over");
    series.natives.reset();
    assert_eq!((series.natives.counted(0), series.read()), (0, (8, BTreeMap::new())));
}

#[test]
fn series_do_not_mix() {
    let natives = Natives::new(Native::new());
    let positions: Vec<_> = (1..=20_u32).filter_map(|n| Position::of(f64::from(n))).collect();
    for (index, position) in (0..).zip(&positions) {
        natives.begin(index, 0);
        natives.bin(index, *position, || false).expect("it lives").word().fetch_add(1, Ordering::Relaxed);
    }
    for (index, position) in (0..).zip(&positions) {
        let mut bins = Bins::default();
        let read = read(&natives, index, 0, &mut bins);
        assert_eq!(read.positive, [(position.coarser_by(5) + 1, 1)]);
    }
    assert_eq!(read(&natives, 20, 0, &mut Bins::default()).count(), 0, "nobody has begun it");
}

#[test]
fn threads_lose_nothing_while_levels_change() {
    let natives = Natives::new(Native::new().schema(6).max_buckets(16));
    natives.begin(0, 0);
    let seen = std::thread::scope(|scope| {
        for thread in 1..=4_i32 {
            let natives = &natives;
            scope.spawn(move || {
                for n in 0..20_000 {
                    let value = 1.001_f64.powi(n) * f64::from(thread);
                    let position = Position::of(value).expect("it does not count as 0");
                    natives.bin(0, position, || false).expect("it lives").word().fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut last = (0, 6);
        while last.0 < 80_000 {
            let mut bins = Bins::default();
            let read = read(&natives, 0, 0, &mut bins);
            assert!(read.count() >= last.0 && read.schema <= last.1, "{} after {last:?}", read.count());
            last = (read.count(), read.schema);
        }
        last
    });
    assert_eq!(seen.0, 80_000);
}

proptest! {
    #[test]
    fn each_bucket_has_the_values_that_are_in_it(
        values in proptest::collection::vec(any::<u64>(), 1..200),
        exponents in 0..11_u32,
        schema in COARSEST..=FINEST,
        max_buckets in 1..300_usize,
    ) {
        // With fewer bits of the exponent, values are closer together.
        let near_one = |bits: u64| {
            let exponent = 1023 + (bits >> 52 & 0x7ff) % (1 << exponents);
            f64::from_bits(bits & (1 << 63 | ((1 << 52) - 1)) | exponent.min(0x7fe) << 52)
        };
        let values: Vec<f64> = values.into_iter().map(near_one).collect();
        let mut series = Series::new(Native::new().schema(schema).max_buckets(max_buckets));
        for (n, value) in (1..).zip(&values) {
            series.observe(*value);
            if n % 50 == 0 {
                let (shown, buckets) = series.read();
                prop_assert_eq!(buckets, counted(&values[..n], shown));
            }
        }
        let (shown, buckets) = series.read();
        prop_assert_eq!(&buckets, &counted(&values, shown));
        prop_assert!(shown <= schema);
        prop_assert!(buckets.len() <= max_buckets || shown == COARSEST);
        // A series has as fine a resolution as half of its buckets allow.
        let is_needless = shown < schema && counted(&values, shown + 1).len() * 16 <= max_buckets;
        prop_assert!(!is_needless, "{} buckets at {}, {} allowed", buckets.len(), shown, max_buckets);
    }
}
