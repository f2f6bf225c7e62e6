//! Families, and the rolling windows of the program beside them.

use std::time::Duration;

use crate::{
    Report, Rolling,
    families::{Families, RollingValues, Visitor, WindowValues},
    metric::{block::LabelBlock, kind::Kind},
};

/// Families that know of rolling windows, too.
pub(super) struct Watching<F>(pub(super) F);

impl<F: Families> Families for Watching<F> {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.0.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.0.visit(visitor);
    }

    fn kind_of(&self, name: &str) -> Option<Kind> {
        self.0.kind_of(name)
    }

    fn rolling(&self) -> Vec<RollingValues> {
        let values = |(name, rolling): (String, std::sync::Arc<Rolling>)| {
            let windows = rolling.windows().iter().map(|window| within(&rolling, *window)).collect();
            RollingValues { name, current: rolling.current(), windows }
        };
        Rolling::all_named().into_iter().map(values).collect()
    }

    fn cardinality(&self) -> Option<Report> {
        self.0.cardinality()
    }
}

fn within(rolling: &Rolling, window: Duration) -> WindowValues {
    WindowValues {
        length: window,
        count: rolling.count(window),
        average: rolling.average(window),
        min: rolling.min(window),
        max: rolling.max(window),
        rate: rolling.rate(window),
        p50: rolling.quantile(window, 0.5),
        p99: rolling.quantile(window, 0.99),
    }
}
