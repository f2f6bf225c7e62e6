//! The families that a query asks for by name. It knows nothing of formats.

use std::{collections::HashSet, sync::Arc};

use super::current::Current;
use crate::{
    config::shown::Lists,
    exporters::shown::Shown,
    families::{Details, Families, Family, Value, Visitor},
    metric::{block::LabelBlock, kind::Kind, matcher::Matcher},
};

/// The families that a query asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Chosen {
    /// Those of these names; all without one.
    names: HashSet<String>,
    /// But none of these.
    excluded: Vec<Matcher>,
}

impl Chosen {
    /// What a query says, `name[]=x&name[]=y&exclude[]=z_*`; `None` where it says nothing.
    pub(super) fn of(query: &str) -> Option<Self> {
        let mut chosen = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "name[]" => drop(chosen.names.insert(value.into_owned())),
                // What is no pattern is a name.
                "exclude[]" => {
                    chosen.excluded.push(value.parse().unwrap_or_else(|_| Matcher::Full(value.into_owned())));
                }
                _ => {}
            }
        }
        (chosen != Self::default()).then_some(chosen)
    }
}

/// Those of some families that a query asks for.
pub(super) struct Named {
    pub(super) families: Arc<dyn Families + Send + Sync>,
    pub(super) chosen: Chosen,
}

impl Families for Named {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.families.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.families.visit(&mut Picky { wants: &|family| self.wants(family), visitor, is_wanted: false });
    }
}

/// Those of some families that settings let be shown.
struct Listed {
    families: Arc<dyn Families + Send + Sync>,
    current: Current,
}

impl Families for Listed {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.families.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        let lists = self.current.lists();
        if *lists == Lists::default() {
            return self.families.visit(visitor);
        }
        let wants = |family: &Family<'_>| shows(&lists, family.name);
        self.families.visit(&mut Picky { wants: &wants, visitor, is_wanted: false });
    }
}

impl Shown {
    /// What of it settings let be shown, whatever they say later. A text is all or nothing.
    pub(super) fn listed(self, current: &Current) -> Self {
        match self {
            Self::Families(families) => Self::Families(Arc::new(Listed { families, current: current.clone() })),
            text @ Self::Text(_) => text,
        }
    }
}

/// Whether settings let a metric of this name be shown: what is denied is not, whatever is allowed.
fn shows(lists: &Lists, name: &str) -> bool {
    let is_in = |list: &[Matcher]| list.iter().any(|matcher| matcher.matches(name));
    (lists.allow.is_empty() || is_in(&lists.allow)) && !is_in(&lists.deny)
}

/// Shows another visitor what is wanted.
struct Picky<'v> {
    wants: &'v dyn Fn(&Family<'_>) -> bool,
    visitor: &'v mut dyn Visitor,
    is_wanted: bool,
}

impl Named {
    /// A family is wanted by its name, as it is printed or as the program wrote it, or by that of any of its samples.
    fn wants(&self, family: &Family<'_>) -> bool {
        let suffixes: &[&str] = match family.kind {
            Kind::Counter | Kind::Gauge => &[""],
            Kind::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
            Kind::Summary => &["", "_sum", "_count", "_created"],
        };
        let Chosen { names, excluded } = &self.chosen;
        if excluded.iter().any(|matcher| matcher.matches(family.name)) {
            return false;
        }
        let created = family.name.strip_suffix("_total").filter(|_| family.kind == Kind::Counter);
        names.is_empty()
            || [family.name, family.original_name]
                .iter()
                .any(|name| suffixes.iter().any(|suffix| names.contains([*name, *suffix].concat().as_str())))
            || created.is_some_and(|base| names.contains(&[base, "_created"].concat()))
    }
}

impl Visitor for Picky<'_> {
    fn family(&mut self, family: &Family<'_>) {
        self.is_wanted = (self.wants)(family);
        if self.is_wanted {
            self.visitor.family(family);
        }
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        if self.is_wanted {
            self.visitor.series(labels, value, details);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::exporters::{fake::Fake, prometheus::text::Text};

    fn wanted(query: &str) -> Vec<String> {
        let fake = Fake::new()
            .counter("jobs_total", "J.", &[(&[], 1)])
            .counter("http.requests", "R.", &[(&[], 1)])
            .gauge("load", "L.", &[(&[], 1.0)])
            .histogram("wait", "W.", &[1.0], &[(&[], &[0, 0], 0.0)])
            .summary("delay", "D.", &[(&[], [1.0; 3], 1.0, 1)]);
        let chosen = Chosen::of(query).expect("the query says something");
        let text = Text::encode_to_string(&Named { families: Arc::new(fake), chosen });
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        types.filter_map(|line| Some(line.split_once(' ')?.0.to_owned())).collect()
    }

    #[test]
    fn families_are_found_by_all_their_names() {
        for name in ["wait", "wait_bucket", "wait_sum", "wait_count", "wait_created"] {
            assert_eq!(wanted(&format!("name[]={name}")), ["wait"], "{name}");
        }
        for name in ["delay", "delay_sum", "delay_count", "delay_created"] {
            assert_eq!(wanted(&format!("name[]={name}")), ["delay"], "{name}");
        }
        for name in ["jobs_total", "jobs_created"] {
            assert_eq!(wanted(&format!("name[]={name}")), ["jobs_total"], "{name}");
        }
        for name in ["http_requests", "http.requests", "http%2Erequests"] {
            assert_eq!(wanted(&format!("name%5B%5D={name}")), ["http_requests"], "{name}");
        }
        assert_eq!(wanted("x=1&name[]=load&name[]=wait&name[]=nothing"), ["load", "wait"]);
        for name in ["", "jobs", "wait_total", "loa", "load_sum", "delay_bucket"] {
            assert!(wanted(&format!("name[]={name}")).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_query_may_leave_families_out() {
        assert_eq!(wanted("exclude[]=*_total&exclude[]=http_*"), ["load", "wait", "delay"]);
        assert_eq!(wanted("exclude[]=load&name[]=load&name[]=wait"), ["wait"], "what is left out is not there");
        assert_eq!(wanted("exclude%5B%5D=delay&exclude[]=&exclude[]=a*b").len(), 4);
    }

    #[test]
    fn what_is_denied_is_not_shown_whatever_is_allowed() {
        let matchers = |names: &[&str]| names.iter().map(|name| name.parse().expect("a matcher")).collect();
        let lists = Lists { allow: matchers(&["http_*", "jobs_total"]), deny: matchers(&["*_bytes"]) };
        let names = ["http_requests_total", "http_body_bytes", "jobs_total", "jobs", "load"];
        assert_eq!(names.map(|name| shows(&lists, name)), [true, false, true, false, false]);
        assert!(shows(&Lists::default(), "anything"));
    }

    #[test]
    fn a_query_without_names_wants_all() {
        for query in ["", "x=1", "name=load", "name[=load", "exclude=load", "&&", "%"] {
            assert_eq!(Chosen::of(query), None, "{query}");
        }
    }
}
