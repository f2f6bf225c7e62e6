//! What a program says of a layer before it measures: names, buckets, patterns and labels of its own.

use std::{borrow::Cow, fmt, panic::Location, sync::Arc};

use hyper::http::{Extensions, request, response};

use super::{names::Side, pattern::Pattern};
use crate::{
    LabelValue,
    call::value::text,
    metric::{bounds::Buckets, label, name},
};

/// The settings of a layer.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) side: &'static Side,
    pub(super) prefix: String,
    pub(super) buckets: Buckets,
    pub(super) sizes: bool,
    /// Takes a route from extensions.
    pub(super) route_by: Option<fn(&Extensions) -> Option<&str>>,
    /// What a client talks to where its requests do not say it.
    pub(super) peer: Option<(String, String)>,
    pub(super) rules: Vec<Rule>,
    pub(super) request_labels: Vec<OwnLabel<request::Parts>>,
    pub(super) response_labels: Vec<OwnLabel<response::Parts>>,
    /// Where the layer is made.
    pub(super) source: &'static Location<'static>,
}

/// What becomes of requests whose path or route a pattern covers.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    /// The route that they count under; `None` if they do not count.
    pub(super) route: Option<Arc<str>>,
}

/// A label of the program's own, from the head of a request or a response.
pub(super) struct OwnLabel<H> {
    pub(super) name: String,
    pub(super) value: Arc<dyn Fn(&H) -> String + Send + Sync>,
}

/// How many labels the store gives to one series.
const MOST_LABELS: usize = 32;

impl Settings {
    #[track_caller]
    pub(super) fn new(side: &'static Side) -> Self {
        Self {
            side,
            prefix: String::new(),
            buckets: Buckets::Bounds(super::BUCKETS.to_vec()),
            sizes: false,
            route_by: None,
            peer: None,
            rules: Vec::new(),
            request_labels: Vec::new(),
            response_labels: Vec::new(),
            source: Location::caller(),
        }
    }

    /// A metric's name, with the prefix.
    pub(super) fn name(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}_{name}", self.prefix) }
    }

    #[track_caller]
    pub(super) fn set_prefix(&mut self, prefix: &str) {
        let refused = |why: &str| panic!("prefix `{prefix}` {why}");
        if prefix.is_empty() {
            refused("is empty; leave it out");
        }
        if !name::is_valid(prefix) || prefix.starts_with("__") {
            refused("does not match [a-zA-Z_:][a-zA-Z0-9_:]*, or begins with `__`; rename it");
        }
        if prefix.ends_with('_') {
            refused("ends in `_`, which is put between it and the names; drop the `_`");
        }
        prefix.clone_into(&mut self.prefix);
    }

    #[track_caller]
    pub(super) fn set_buckets(&mut self, buckets: Buckets) {
        if let Some(mistake) = buckets.mistake() {
            panic!("{}", mistake.as_str());
        }
        self.buckets = buckets;
    }

    #[track_caller]
    pub(super) fn add_rule(&mut self, pattern: &str, route: Option<&str>) {
        if route.is_some_and(str::is_empty) {
            panic!("the route of pattern `{pattern}` is empty; name it, for example like the pattern");
        }
        let pattern = Pattern::parse(pattern).unwrap_or_else(|mistake| panic!("{mistake}"));
        self.rules.push(Rule { pattern, route: route.map(Arc::from) });
    }

    #[track_caller]
    pub(super) fn add_request_label<V: LabelValue>(
        &mut self,
        name: &str,
        value: impl Fn(&request::Parts) -> V + Send + Sync + 'static,
    ) {
        self.check_label(name);
        self.request_labels.push(OwnLabel::new(name, value));
    }

    #[track_caller]
    pub(super) fn add_response_label<V: LabelValue>(
        &mut self,
        name: &str,
        value: impl Fn(&response::Parts) -> V + Send + Sync + 'static,
    ) {
        self.check_label(name);
        self.response_labels.push(OwnLabel::new(name, value));
    }

    /// The names of all labels of a whole exchange, in their order.
    pub(super) fn labels(&self) -> impl Iterator<Item = Cow<'static, str>> {
        let own = self.own_labels().map(|name| Cow::Owned(name.to_owned()));
        self.side.labels().map(Cow::Borrowed).chain(own)
    }

    fn own_labels(&self) -> impl Iterator<Item = &str> {
        let of_requests = self.request_labels.iter().map(|label| label.name.as_str());
        of_requests.chain(self.response_labels.iter().map(|label| label.name.as_str()))
    }

    #[track_caller]
    fn check_label(&self, name: &str) {
        if let Some(mistake) = label::mistake(name) {
            panic!("{}", mistake.as_str());
        }
        let exported = label::sanitize(name);
        if self.side.labels().any(|own| own == exported) {
            panic!("label `{name}` is one that the layer has already; rename it");
        }
        if self.own_labels().any(|own| label::sanitize(own) == exported) {
            panic!("label `{name}` is given twice; drop one");
        }
        if self.labels().count() == MOST_LABELS {
            panic!("label `{name}` is one too many; a series has at most {MOST_LABELS} labels, and the layer's count");
        }
    }
}

impl<H> OwnLabel<H> {
    fn new<V: LabelValue>(name: &str, value: impl Fn(&H) -> V + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), value: Arc::new(move |head| text(&value(head))) }
    }
}

impl<H> Clone for OwnLabel<H> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), value: Arc::clone(&self.value) }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("prefix", &self.prefix)
            .field("rules", &self.rules)
            .field("labels", &self.labels().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
