//! What a table of series holds when one of them comes back.

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
