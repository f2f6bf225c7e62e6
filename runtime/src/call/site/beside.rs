//! The sites of what is recorded beside the calls of another one: polls of futures, items of streams.

use super::{Counted, Declaration, Named, Site, Timed};

impl Declaration {
    /// The site for the polls of the futures that are calls of this site, which is timed.
    #[doc(hidden)]
    #[must_use]
    pub const fn polls_of(site: &'static Site) -> Self {
        let Some(Timed { name, help, buckets, .. }) = site.declaration.timer else {
            panic!("only what is timed has timed polls")
        };
        let (polls, duration, help) = match name {
            Named::Own(name) => (Named::Own(name.polls()), Named::Own(name.poll_duration()), [help; 2]),
            Named::Shared(_) => (
                Named::Shared("function_calls_polls_total"),
                Named::Shared("function_calls_poll_duration_seconds"),
                ["Polls of calls that are futures.", "How long the polls of one call took together."],
            ),
        };
        let counter = Counted { name: polls, help: help[0], result: false, error: false, slo: None, rolled: None };
        let timer =
            Timed { name: duration, help: help[1], result: false, error: false, buckets, slo: None, rolled: None };
        Self::beside(site).counter(counter).timer(timer)
    }

    /// The site for the items of the streams that are calls of this site.
    #[doc(hidden)]
    #[must_use]
    pub const fn items_of(site: &'static Site) -> Self {
        let ((Some(Counted { name, help, .. }), _) | (None, Some(Timed { name, help, .. }))) =
            (site.declaration.counter, site.declaration.timer)
        else {
            panic!("only what is counted or timed has items")
        };
        let (name, help) = match name {
            Named::Own(name) => (Named::Own(name.items()), help),
            Named::Shared(_) => (Named::Shared("function_calls_items_total"), "Items of calls that are streams."),
        };
        Self::beside(site).counter(Counted { name, help, result: false, error: false, slo: None, rolled: None })
    }

    /// The site for the time that passes before the first of them; this site is timed.
    #[doc(hidden)]
    #[must_use]
    pub const fn first_item_of(site: &'static Site) -> Self {
        let Some(Timed { name, help, buckets, .. }) = site.declaration.timer else {
            panic!("only what is timed has a first item")
        };
        let (name, help) = match name {
            Named::Own(name) => (Named::Own(name.first_item()), help),
            Named::Shared(_) => (
                Named::Shared("function_calls_first_item_seconds"),
                "How long calls that are streams took to their first item.",
            ),
        };
        Self::beside(site).timer(Timed { name, help, result: false, error: false, buckets, slo: None, rolled: None })
    }

    /// A site with the labels of another one.
    const fn beside(site: &'static Site) -> Self {
        let Self { function, labels, values, known, zero, more, .. } = *site.declaration;
        Self { function, zero, known, more, ..Self::new().labels(labels).values(values) }
    }
}
