//! The total of one series over all children that ever were, and what one child has told of it last. A value that a child
//! tells takes the place of the one before, so that the same one twice changes nothing, and a total stays when its children end.

use std::{sync::Arc, time::Duration};

use super::{Contributor, exact::Exact, gauge, native, window};
use crate::{
    families::{Distribution, Value},
    fleet::{
        merge::gauge::GaugeMode,
        wire::entry::{Bin, Sent},
    },
};

/// All children together.
#[derive(Debug, Clone)]
pub(crate) enum Total {
    Counter(u64),
    Float(Exact),
    Gauge(gauge::Total),
    Histogram {
        bounds: Arc<[f64]>,
        counts: Box<[u64]>,
        sum: Exact,
    },
    /// None before the first value.
    Native(Option<Box<native::Total>>),
    Summary(Box<window::Total>),
}

/// What one child has told last.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Last {
    #[default]
    Nothing,
    Counter(u64),
    Float(f64),
    Histogram(Box<[u64]>, f64),
    Native(Box<native::Native>),
    Summary(u64, f64),
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Added,
    /// It was less than the one before: it has begun anew, and all of it was added.
    WentBack,
    /// It is no value of this metric.
    Mismatch,
}

/// Who tells a value, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) by: Contributor,
    /// Above all earlier ones.
    pub(crate) stamp: u64,
    /// A value of the past, that was added in it: it is where later ones begin.
    pub(crate) is_counted: bool,
}

impl Total {
    /// Takes over a value in the place of the last one.
    pub(crate) fn take(&mut self, told: Told, last: &mut Last, sent: &Sent<'_>) -> Taken {
        // What was counted before is the difference to itself.
        match (&mut *self, *sent) {
            (Self::Counter(total), Sent::Counter(now)) => {
                let before = if told.is_counted { now } else { last.whole() };
                *total = total.wrapping_add(now).wrapping_sub(if now < before { 0 } else { before });
                *last = Last::Counter(now);
                Taken::of(now < before)
            }
            (Self::Counter(total), Sent::Float(_)) => {
                *self = Self::Float(Exact::new(*total as f64));
                self.take(told, last, sent)
            }
            (Self::Float(_), Sent::Counter(now)) => self.take(told, last, &Sent::Float(now as f64)),
            (Self::Float(total), Sent::Float(now)) if now >= 0.0 && now.is_finite() => {
                let before = if told.is_counted { now } else { last.fraction() };
                total.advance(if now < before { 0.0 } else { before }, now);
                *last = Last::Float(now);
                Taken::of(now < before)
            }
            (Self::Gauge(total), Sent::Gauge(now)) => {
                total.set(told.by, now, told.stamp);
                Taken::Added
            }
            (Self::Histogram { counts, sum, .. }, Sent::Histogram { counts: now, sum: now_sum })
                if now.len() == counts.len() =>
            {
                let now = (now.iter().collect(), if now_sum.is_finite() { now_sum } else { 0.0 });
                take_histogram(counts, sum, last, now, told.is_counted)
            }
            (Self::Native(total), Sent::Native(now)) => take_native(total, last, &now, told.is_counted),
            (Self::Summary(total), Sent::Summary { count, sum, window }) => {
                let sum = if sum.is_finite() { sum } else { 0.0 };
                let before = match *last {
                    _ if told.is_counted => (count, sum),
                    Last::Summary(before, before_sum) if before <= count => (before, before_sum),
                    _ => (0, 0.0),
                };
                let fell = matches!(*last, Last::Summary(before, _) if before > count) && !told.is_counted;
                total.count = total.count.wrapping_add(count).wrapping_sub(before.0);
                total.sum.advance(before.1, sum);
                total.set_window(told.by, window.iter());
                *last = Last::Summary(count, sum);
                Taken::of(fell)
            }
            _ => Taken::Mismatch,
        }
    }

    /// A child is no more there, or its series is not: what it had at the moment goes, what it had in all stays.
    pub(crate) fn end(&mut self, of: Contributor, now: Duration) {
        match self {
            Self::Gauge(total) => total.end(of),
            Self::Summary(total) => total.end(of, now),
            _ => {}
        }
    }

    /// What there is to show, with the parent's own value of the same series, if there is one; none if the two cannot be
    /// one value.
    pub(crate) fn shown<'a>(&self, own: Option<Own<'a>>, look: Look, scratch: &'a mut Scratch) -> Option<Value<'a>> {
        let own_value = own.as_ref().map(|own| own.value);
        match (self, own_value) {
            (Self::Counter(total), None) => Some(Value::Counter(*total)),
            (Self::Counter(total), Some(Value::Counter(own))) => Some(Value::Counter(total.wrapping_add(own))),
            (Self::Counter(total), Some(Value::FloatCounter(own))) => Some(Value::FloatCounter(*total as f64 + own)),
            (Self::Float(total), None) => Some(Value::FloatCounter(total.value())),
            (Self::Float(total), Some(Value::FloatCounter(own))) => Some(Value::FloatCounter(total.value() + own)),
            (Self::Float(total), Some(Value::Counter(own))) => Some(Value::FloatCounter(total.value() + own as f64)),
            (Self::Gauge(total), None) => total.shown(None, look.mode).map(Value::Gauge),
            (Self::Gauge(total), Some(Value::Gauge(own))) => total.shown(Some(own), look.mode).map(Value::Gauge),
            (Self::Histogram { bounds, counts, sum }, own) => {
                let (mut all, mut sum) = (counts.clone(), *sum);
                match own {
                    None => {}
                    Some(Value::Histogram(own)) if *own.bounds == **bounds => {
                        all.iter_mut().zip(own.counts).for_each(|(all, own)| *all = all.wrapping_add(*own));
                        sum.add(own.sum);
                    }
                    Some(_) => return None,
                }
                (scratch.bounds, scratch.counts) = (Some(Arc::clone(bounds)), all);
                let bounds = scratch.bounds.as_deref().unwrap_or_default();
                Some(Value::Histogram(Distribution::new(bounds, &scratch.counts, sum.value())))
            }
            (Self::Native(None), own) => own,
            (Self::Native(Some(total)), None) => Some(Value::NativeHistogram(total.shown(None, &mut scratch.lists))),
            (Self::Native(Some(total)), Some(Value::NativeHistogram(own))) => {
                Some(Value::NativeHistogram(total.shown(Some(&own), &mut scratch.lists)))
            }
            (Self::Summary(total), None) => Some(Value::Summary(total.shown(None, look.now))),
            (Self::Summary(total), Some(Value::Summary(quantiles))) => {
                let window = own.map_or(&[][..], |own| own.window);
                Some(Value::Summary(total.shown(Some((&quantiles, window)), look.now)))
            }
            _ => None,
        }
    }
}

/// A value of the parent's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own<'a> {
    pub(crate) value: Value<'a>,
    /// The bins of a summary.
    pub(crate) window: &'a [Bin],
}

/// How values are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) mode: GaugeMode,
    pub(crate) now: Duration,
}

/// Where buckets to be shown are written.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    bounds: Option<Arc<[f64]>>,
    counts: Box<[u64]>,
    lists: native::Lists,
}

impl Last {
    fn whole(&self) -> u64 {
        if let Self::Counter(count) = self { *count } else { 0 }
    }

    fn fraction(&self) -> f64 {
        match self {
            Self::Float(count) => *count,
            Self::Counter(count) => *count as f64,
            _ => 0.0,
        }
    }
}

impl Taken {
    fn of(went_back: bool) -> Self {
        if went_back { Self::WentBack } else { Self::Added }
    }
}

fn take_histogram(
    counts: &mut [u64],
    sum: &mut Exact,
    last: &mut Last,
    (now, now_sum): (Box<[u64]>, f64),
    is_counted: bool,
) -> Taken {
    let mut fell = false;
    if !is_counted {
        if let Last::Histogram(before, before_sum) = last {
            fell = now.len() != before.len() || now.iter().zip(&**before).any(|(now, before)| now < before);
            if !fell {
                counts.iter_mut().zip(&**before).for_each(|(count, before)| *count = count.wrapping_sub(*before));
                sum.add(-*before_sum);
            }
        }
        counts.iter_mut().zip(&*now).for_each(|(count, now)| *count = count.wrapping_add(*now));
        sum.add(now_sum);
    }
    *last = Last::Histogram(now, now_sum);
    Taken::of(fell)
}

fn take_native(
    total: &mut Option<Box<native::Total>>,
    last: &mut Last,
    now: &crate::fleet::wire::entry::Native<'_>,
    is_counted: bool,
) -> Taken {
    let Some(now) = native::Native::of(now) else { return Taken::Mismatch };
    let total = total.get_or_insert_with(|| Box::new(native::Total::like(&now)));
    let before = match last {
        _ if is_counted => Some(&now),
        Last::Native(before) => Some(&**before),
        _ => None,
    };
    match total.advance(before, &now) {
        Ok(fell) => {
            *last = Last::Native(Box::new(now));
            Taken::of(fell)
        }
        Err(native::Mismatch) => Taken::Mismatch,
    }
}
