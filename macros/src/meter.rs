//! The attributes by name: what each records and how its metrics are called. Knows nothing of syntax trees.

use std::str::FromStr;

/// One of the attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meter {
    Counted,
    Timed,
    InFlight,
    Measured,
}

/// One metric that an attribute records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instrument {
    Counter,
    Timer,
    Gauge,
}

impl Meter {
    pub(crate) const ALL: [Self; 4] = [Self::Counted, Self::Timed, Self::InFlight, Self::Measured];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Timed => "timed",
            Self::InFlight => "in_flight",
            Self::Measured => "measured",
        }
    }

    pub(crate) fn instruments(self) -> &'static [Instrument] {
        match self {
            Self::Counted => &[Instrument::Counter],
            Self::Timed => &[Instrument::Timer],
            Self::InFlight => &[Instrument::Gauge],
            Self::Measured => &[Instrument::Counter, Instrument::Timer, Instrument::Gauge],
        }
    }

    pub(crate) fn records(self, instrument: Instrument) -> bool {
        self.instruments().contains(&instrument)
    }

    /// What a name of this attribute's looks like if it is made of the function's.
    pub(crate) fn proposed_name(self, function: &str) -> String {
        match self {
            Self::Counted => format!("{function}_total"),
            Self::Timed => format!("{function}_seconds"),
            Self::InFlight => format!("{function}_in_flight"),
            Self::Measured => function.to_owned(),
        }
    }
}

impl FromStr for Meter {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|meter| meter.as_str() == name).ok_or(())
    }
}

impl Instrument {
    /// In the order in which the runtime takes them.
    pub(crate) const ALL: [Self; 3] = [Self::Counter, Self::Timer, Self::Gauge];

    /// The metric that functions without a name of their own share.
    pub(crate) fn shared_name(self) -> &'static str {
        match self {
            Self::Counter => "function_calls_total",
            Self::Timer => "function_calls_duration_seconds",
            Self::Gauge => "function_calls_concurrent",
        }
    }

    /// What is added to the stem in `#[measured(name = "stem")]`.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Counter => "_total",
            Self::Timer => "_duration_seconds",
            Self::Gauge => "_in_flight",
        }
    }
}
