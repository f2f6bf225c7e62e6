//! The labels that stand on every series: which names they may have, and which of two sources wins.

use crate::{
    error::{Error, Kind},
    metric::label,
};

/// Labels of several sources, weakest first.
#[derive(Debug, Default)]
pub(super) struct Labels(Vec<(String, String)>);

impl Labels {
    /// Adds the labels of a stronger source: one of a name that is there already takes its place.
    pub(super) fn add(&mut self, source: &str, labels: &[(String, String)]) -> Result<(), Error> {
        for (name, value) in labels {
            if let Some(mistake) = label::mistake(name) {
                return Err(Error::new(Kind::Setting, format!("{source}: {}", mistake.as_str())));
            }
            match self.0.iter_mut().find(|(taken, _)| taken == name) {
                Some((_, weaker)) => weaker.clone_from(value),
                None => self.0.push((name.clone(), value.clone())),
            }
        }
        Ok(())
    }

    pub(super) fn into_inner(self) -> Vec<(String, String)> {
        self.0
    }
}
