//! What the parent counts of its fleet, shown among what children tell. The guard leaves it alone.

use super::{
    exact::Exact,
    family::{About, Shape},
    value::Total,
    whole::Whole,
};
use crate::{fleet::parent::roster::Health, metric::kind::Kind};

impl Whole {
    /// Adds to one of the fleet's own counters.
    pub(crate) fn count_health(&mut self, health: &Health, labels: &[(&str, &str)], amount: f64) {
        let Some(total) = self.health(health, labels) else { return };
        match total {
            Total::Counter(count) if amount.fract() == 0.0 && !health.name.contains("seconds") => {
                *count = count.wrapping_add(amount as u64);
            }
            Total::Counter(count) => *total = Total::Float(Exact::new(*count as f64 + amount)),
            Total::Float(sum) => sum.add(amount),
            _ => {}
        }
    }

    /// Sets one of the fleet's own gauges, as one of some that have it; none takes it away.
    pub(crate) fn set_health(
        &mut self,
        health: &Health,
        labels: &[(&str, impl AsRef<str>)],
        of: u32,
        value: Option<f64>,
    ) {
        let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        let stamp = self.next_stamp();
        let Some(Total::Gauge(total)) = self.health(health, &labels) else { return };
        match value {
            Some(value) => total.set((of, 0), value, stamp),
            None => total.end((of, 0)),
        }
    }

    fn health(&mut self, health: &Health, labels: &[(&str, &str)]) -> Option<&mut Total> {
        let kind = if health.is_counter { Kind::Counter } else { Kind::Gauge };
        let about = About { name: health.name, kind, help: health.help, unit: None };
        // A label that is empty is none.
        let labels: Vec<_> = labels.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        let family = self.family(about, usize::MAX).ok()?;
        let at = self.families[family].place(&labels, &Shape::Plain, true).ok()?.at;
        Some(&mut self.families[family].series[at].total)
    }
}
