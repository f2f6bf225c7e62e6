//! The labels that stand on every series: which names they may have, and which of two sources wins.

use crate::{
    error::{Error, Kind},
    metric::label,
};

/// Label names that belong to something else, with what that is.
const RESERVED: [(&str, &str); 2] = [("le", "histogram buckets"), ("quantile", "summaries")];

/// Labels of several sources, weakest first.
#[derive(Debug, Default)]
pub(super) struct Labels(Vec<(String, String)>);

impl Labels {
    /// Adds the labels of a stronger source: one of a name that is there already takes its place.
    pub(super) fn add(&mut self, source: &str, labels: &[(String, String)]) -> Result<(), Error> {
        for (name, value) in labels {
            check(source, name)?;
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

fn check(source: &str, name: &str) -> Result<(), Error> {
    let reason = if !label::is_valid(name) {
        "does not match [a-zA-Z_][a-zA-Z0-9_]*".to_owned()
    } else if name.starts_with("__") {
        "starts with `__`, which Prometheus keeps for itself".to_owned()
    } else if let Some((_, owner)) = RESERVED.iter().find(|(reserved, _)| *reserved == name) {
        format!("is reserved for {owner}")
    } else {
        return Ok(());
    };
    Err(Error::new(Kind::Setting, format!("{source}: label name `{name}` {reason}; rename it")))
}
