//! A layer that has begun to measure: its settings and its metrics, shared by all services that it is put around.

use std::sync::{Arc, OnceLock};

use metrics::SharedString;

use super::{
    grpc::Methods,
    named::{Named, Naming},
    names::Text,
    settings::Settings,
};
use crate::{Gauge, Histogram, gate, metric::bounds::Buckets};

/// A layer's settings, and its metrics once it is put around a service.
pub(super) struct Plan {
    pub(super) settings: Settings,
    /// The name of the histogram of durations.
    pub(super) name: Arc<str>,
    metrics: OnceLock<Arc<Metrics>>,
}

pub(super) struct Metrics {
    pub(super) duration: Named<Histogram>,
    pub(super) active: Named<Gauge>,
    pub(super) sizes: Option<Sizes>,
    pub(super) methods: Methods,
}

/// The sizes of bodies.
pub(super) struct Sizes {
    pub(super) request: Named<Histogram>,
    pub(super) response: Named<Histogram>,
}

impl Plan {
    pub(super) fn new(settings: Settings) -> Arc<Self> {
        let name = settings.name(settings.side.duration.name).into();
        Arc::new(Self { settings, name, metrics: OnceLock::new() })
    }

    /// The metrics, which are declared when they are first asked for.
    pub(super) fn metrics(&self) -> &Metrics {
        match self.metrics.get() {
            Some(metrics) => metrics,
            None => {
                let metrics = Arc::new(Metrics::new(&self.settings));
                gate::within(|| self.metrics.get_or_init(|| metrics))
            }
        }
    }
}

impl Metrics {
    fn new(settings: &Settings) -> Self {
        let side = settings.side;
        let labels: Vec<SharedString> = settings.labels().map(SharedString::from).collect();
        let naming = |text: &Text, labels: Vec<SharedString>, buckets: Option<Buckets>| Naming {
            name: settings.name(text.name),
            help: text.help,
            labels,
            buckets,
            source: settings.source,
        };
        let active = side.active_labels.iter().map(|label| SharedString::const_str(label)).collect();
        let sizes = settings.sizes.then(|| Sizes {
            request: Named::new(naming(&side.request_size, labels.clone(), None)),
            response: Named::new(naming(&side.response_size, labels.clone(), None)),
        });
        Self {
            duration: Named::new(naming(&side.duration, labels, Some(settings.buckets.clone()))),
            active: Named::new(naming(&side.active, active, None)),
            sizes,
            methods: Methods::new(),
        }
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Plan").field(&self.settings).finish()
    }
}
