//! What ends the series of an instance of a struct with it, if the struct asks for that. It knows no store.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use metrics::Label;

use crate::{
    gate,
    handle::{backend, local, metric::Metric},
};

/// One instance: its handles share it, and with the last of them its series end.
pub(crate) struct Owner {
    labels: Vec<Label>,
    metrics: Mutex<Vec<Arc<Metric>>>,
}

impl Owner {
    pub(crate) fn new(labels: Vec<Label>) -> Arc<Self> {
        Arc::new(Self { labels, metrics: Mutex::default() })
    }

    /// The instance has series of this metric, which have its labels.
    pub(crate) fn takes(self: &Arc<Self>, metric: &Arc<Metric>) -> Arc<Self> {
        backend::own(metric, &self.labels);
        let metric = Arc::clone(metric);
        gate::within(|| self.metrics.lock().unwrap_or_else(PoisonError::into_inner).push(metric));
        Arc::clone(self)
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("labels", &self.labels).finish_non_exhaustive()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let (labels, metrics) = (&self.labels, self.metrics.get_mut().unwrap_or_else(PoisonError::into_inner));
        let stays = |own: &[(&str, &str)]| !labels.iter().all(|label| own.contains(&(label.key(), label.value())));
        for metric in metrics.iter() {
            if backend::disown(metric, labels) {
                local::retain(metric, stays);
            }
        }
        backend::let_go();
    }
}
