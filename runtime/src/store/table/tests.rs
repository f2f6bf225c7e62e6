//! What a table of series holds when some of them end and come back.

use proptest::prelude::*;

use super::*;
use crate::store::cells::CellRef;

#[test]
fn a_series_that_comes_back_begins_anew() {
    let mut table = Table::default();
    let pairs = Pairs::Texts(&[("kind", "a")]);
    let place = |generation| Place::Cell(CellRef { index: 0, generation });
    let mut add = |generation, now| {
        let labels = table.labels_of(pairs);
        let found = table
            .insert(&labels, pairs, New { place: place(generation), standing: Standing::Counted, now })
            .expect("there is room");
        let mut batch = Batch::default();
        table.copy(0, 9, &mut batch);
        let started: Vec<_> = batch.iter().map(|(record, _)| record.started()).collect();
        table.remove(found.at as usize).expect("it is there");
        (found.at, started)
    };
    assert_eq!(add(1, 7), (0, vec![7]));
    assert_eq!(add(3, 90), (0, vec![90]), "in the record of the one that has ended");
}

/// Labels whose block is so long that a few hundred of them fill several chunks of the arena.
fn value(n: usize) -> String {
    format!("{n:0>width$}", width = 1 + n * 37 % 700)
}

fn add(table: &mut Table, n: usize) -> u32 {
    let value = value(n);
    let texts = [("kind", value.as_str())];
    let pairs = Pairs::Texts(&texts[..if n == 0 { 0 } else { 1 }]);
    let place = Place::Cell(CellRef { index: n as u32, generation: 1 });
    let labels = table.labels_of(pairs);
    let new = New { place, standing: Standing::Counted, now: 0 };
    table.insert(&labels, pairs, new).expect("there is room").at
}

/// The series that a reader sees, by the indices of their cells, with their values.
fn seen(table: &Table, most: usize) -> Vec<(u32, String)> {
    let (mut batch, mut from, mut all) = (Batch::default(), 0, Vec::new());
    loop {
        table.copy(from, most, &mut batch);
        if batch.is_empty() {
            return all;
        }
        for (record, labels) in batch.iter() {
            let Some(Place::Cell(cell)) = record.place() else { continue };
            all.push((cell.index, labels.iter().map(|(_, value)| value.into_owned()).collect()));
        }
        from += batch.len();
    }
}

#[test]
fn many_series_that_end_at_once_leave_the_others_readable() {
    let mut table = Table::default();
    let all: Vec<u32> = (1..900).map(|n| add(&mut table, n)).collect();
    all[..898].iter().for_each(|at| assert!(table.remove(*at as usize).is_some()));
    table.compact();
    assert_eq!(seen(&table, 512), [(899, value(899))]);
}

proptest! {
    #[test]
    fn a_reader_sees_what_is_there_whatever_came_and_went(
        steps in proptest::collection::vec((0..600_usize, 0..4_u8), 0..800),
        most in 1..600_usize,
    ) {
        let (mut table, mut there) = (Table::default(), std::collections::BTreeMap::new());
        for (n, what) in steps {
            match (what, there.get(&n).copied()) {
                (0, _) => table.compact(),
                (1, Some(at)) => {
                    prop_assert!(table.remove(at as usize).is_some());
                    there.remove(&n);
                }
                (_, None) => {
                    there.insert(n, add(&mut table, n));
                }
                _ => {}
            }
        }
        let mut seen = seen(&table, most);
        seen.sort_unstable();
        let expected: Vec<_> = there.keys().map(|n| (*n as u32, if *n == 0 { String::new() } else { value(*n) })).collect();
        prop_assert_eq!(seen, expected);
    }
}
