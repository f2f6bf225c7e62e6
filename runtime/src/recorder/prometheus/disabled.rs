//! A build without the feature `prometheus-recorder`: nobody can ask for that recorder.

use std::{collections::HashMap, sync::Arc};

use metrics::Label;

use crate::{
    Error,
    config::{Reload, Settings},
};

/// Somebody's wish for it; there can be none.
#[derive(Debug)]
pub(crate) enum Wanted {}

/// The recorder; there can be none.
#[derive(Debug)]
pub(crate) enum Prometheus {}

/// What keeps it up; there can be none.
#[derive(Debug)]
pub(crate) enum Upkeep {}

impl Wanted {
    pub(crate) fn build(self, _: &Settings, _: &HashMap<String, Vec<f64>>) -> Result<Arc<Prometheus>, Error> {
        match self {}
    }
}

impl Prometheus {
    pub(crate) fn is_installed() -> bool {
        false
    }

    pub(crate) fn install(self: &Arc<Self>) -> Result<(), Error> {
        match **self {}
    }

    pub(crate) fn keep_up(&self) -> Result<Upkeep, Error> {
        match *self {}
    }

    pub(crate) fn reload(&self, _: &Settings) -> Box<dyn Reload> {
        match *self {}
    }

    pub(crate) fn describe(&self, _: &'static str, _: &'static str) {
        match *self {}
    }

    pub(crate) fn count(&self, _: &'static str, _: Vec<Label>, _: u64) {
        match *self {}
    }

    pub(crate) fn set(&self, _: &'static str, _: Vec<Label>, _: f64) {
        match *self {}
    }

    pub(crate) fn render(&self) -> String {
        match *self {}
    }
}
