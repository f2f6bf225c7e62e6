//! Gauges of many children as one: a value of each living child, and what becomes of several.

use std::collections::BTreeMap;

use super::Contributor;

/// What is shown of the values that several processes have for one gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum GaugeMode {
    /// Their sum.
    #[default]
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The one that was reported last.
    Last,
    /// Each by itself, with the labels `role` and `worker` (the slot) beside its own. A metric of any kind may be shown so,
    /// and its totals then outlive the child for the next one in its slot.
    PerChild,
}

/// The values of the living.
#[derive(Debug, Clone, Default)]
pub(crate) struct Total {
    values: BTreeMap<Contributor, (f64, u64)>,
}

impl Total {
    /// Sets a child's value; `stamp` is above all earlier ones.
    pub(crate) fn set(&mut self, of: Contributor, value: f64, stamp: u64) {
        // What has not changed is not later than what has.
        let entry = self.values.entry(of).or_insert((value, stamp));
        if entry.0.to_bits() != value.to_bits() {
            *entry = (value, stamp);
        }
    }

    pub(crate) fn end(&mut self, of: Contributor) {
        self.values.remove(&of);
    }

    /// What there is to show, with a value of the parent's own.
    pub(crate) fn shown(&self, own: Option<f64>, mode: GaugeMode) -> Option<f64> {
        let values = self.values.values().map(|(value, _)| *value).chain(own);
        match mode {
            GaugeMode::Sum => values.reduce(|sum, value| sum + value),
            GaugeMode::Max => values.reduce(f64::max),
            GaugeMode::Min => values.reduce(f64::min),
            GaugeMode::Last | GaugeMode::PerChild => {
                let last = self.values.values().max_by_key(|(_, stamp)| *stamp).map(|(value, _)| *value);
                last.or(own)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_shows_its_part_and_nothing_of_the_dead() {
        let mut total = Total::default();
        total.set((1, 1), 4.0, 1);
        total.set((2, 1), -1.0, 2);
        total.set((3, 1), 2.0, 3);
        total.set((1, 1), 4.0, 4);
        let shown = |total: &Total, own| {
            [GaugeMode::Sum, GaugeMode::Max, GaugeMode::Min, GaugeMode::Last].map(|mode| total.shown(own, mode))
        };
        assert_eq!(shown(&total, None), [Some(5.0), Some(4.0), Some(-1.0), Some(2.0)]);
        assert_eq!(shown(&total, Some(9.0)), [Some(14.0), Some(9.0), Some(-1.0), Some(2.0)]);
        total.end((3, 1));
        total.end((1, 1));
        assert_eq!(shown(&total, None), [Some(-1.0); 4]);
        total.end((2, 1));
        assert_eq!(shown(&total, None), [None; 4]);
        assert_eq!(shown(&total, Some(9.0)), [Some(9.0); 4]);
    }
}
