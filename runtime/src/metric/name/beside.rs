//! The names of metrics that a site records beside the one that was named. It checks nothing: the name has been.

use super::{Name, TIMED, ends_with};

impl Name {
    /// The name of the counter of polls beside this name of a histogram: `x_polls_total`.
    #[must_use]
    pub const fn polls(self) -> Self {
        Self { stem: self.without_unit(), suffix: "_polls_total" }
    }

    /// The name of the histogram of time in polls beside this name of a histogram: `x_poll_duration_seconds`.
    #[must_use]
    pub const fn poll_duration(self) -> Self {
        Self { stem: self.without_unit(), suffix: "_poll_duration_seconds" }
    }

    /// The name of the counter of items beside this name of a histogram or a counter: `x_items_total`.
    #[must_use]
    pub const fn items(self) -> Self {
        Self { stem: self.without_total(), suffix: "_items_total" }
    }

    /// The name of the histogram of times to a first item beside this name of a histogram: `x_first_item_seconds`.
    #[must_use]
    pub const fn first_item(self) -> Self {
        Self { stem: self.without_unit(), suffix: "_first_item_seconds" }
    }

    const fn without_total(self) -> &'static str {
        let total = "_total";
        if self.suffix.is_empty() && ends_with(self.stem, total) {
            return self.stem.split_at(self.stem.len() - total.len()).0;
        }
        self.without_unit()
    }

    const fn without_unit(self) -> &'static str {
        let mut i = 0;
        while i < TIMED.len() {
            if self.suffix.is_empty() && ends_with(self.stem, TIMED[i]) {
                return self.stem.split_at(self.stem.len() - TIMED[i].len()).0;
            }
            i += 1;
        }
        self.stem
    }
}
