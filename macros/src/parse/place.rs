//! Where keys can stand, and what follows from it. Knows no key.

use crate::meter::{Instrument, Meter};

/// The parentheses that hold keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Those of an attribute on a function or a block.
    Attribute(Meter),
    /// `#[metrics(..)]` on a struct of metrics.
    Metrics,
    /// `#[metrics(..)]` on a field that is another struct of metrics.
    Group,
    /// `#[metric(..)]` on a field.
    Metric,
    /// `#[label(..)]` on a type whose values are those of a label.
    LabelType,
    /// `#[label(..)]` on a variant.
    LabelVariant,
    /// `#[label(..)]` on the only field of such a type.
    LabelNewtype,
    /// `#[label(..)]` on a struct of labels.
    Labels,
    /// `#[label(..)]` on a field of one.
    LabelField,
    /// `#[error_kind(..)]` on an enum.
    ErrorKind,
    /// `#[error_kind(..)]` on a variant.
    ErrorVariant,
    /// `#[result(..)]` on a variant.
    ResultVariant,
}

/// In which places a key stands, and where it means nothing all the same.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    places: u16,
    pub(super) needs: Needs,
    refused: &'static [(Meter, &'static str)],
}

/// What a key of an attribute asks of the other keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// The metrics that all functions share have fixed labels, help and buckets.
    Name,
    /// The shared counter has the label that the key speaks of, the shared histogram has not.
    NameOrCounter,
}

impl Place {
    /// What stands in front of the parentheses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Attribute(meter) => meter.as_str(),
            Self::Metrics | Self::Group => "metrics",
            Self::Metric => "metric",
            Self::LabelType | Self::LabelVariant | Self::LabelNewtype | Self::Labels | Self::LabelField => "label",
            Self::ErrorKind | Self::ErrorVariant => "error_kind",
            Self::ResultVariant => "result",
        }
    }

    /// All attributes are one place: what only some of them refuse has a reason.
    const fn bit(self) -> u16 {
        1 << match self {
            Self::Attribute(_) => 0,
            Self::Metrics => 1,
            Self::Group => 2,
            Self::Metric => 3,
            Self::LabelType => 4,
            Self::LabelVariant => 5,
            Self::Labels => 6,
            Self::LabelField => 7,
            Self::ErrorKind => 8,
            Self::ErrorVariant => 9,
            Self::ResultVariant => 10,
            Self::LabelNewtype => 11,
        }
    }
}

impl Scope {
    pub(super) const fn of(place: Place) -> Self {
        Self { places: place.bit(), needs: Needs::Nothing, refused: &[] }
    }

    pub(super) const fn and(mut self, place: Place) -> Self {
        self.places |= place.bit();
        self
    }

    pub(super) const fn needs(mut self, needs: Needs) -> Self {
        self.needs = needs;
        self
    }

    /// Without a meaning for these attributes, and why: the end of an error message.
    pub(super) const fn except(mut self, refused: &'static [(Meter, &'static str)]) -> Self {
        self.refused = refused;
        self
    }

    pub(super) fn holds(self, place: Place) -> bool {
        self.places & place.bit() != 0
    }

    pub(super) fn refusal(self, meter: Meter) -> Option<&'static str> {
        self.refused.iter().find(|(refused, _)| *refused == meter).map(|(_, reason)| *reason)
    }
}

impl Needs {
    /// Whether an attribute without a `name` lacks it.
    pub(crate) fn name(self, meter: Meter) -> bool {
        match self {
            Self::Nothing => false,
            Self::Name => true,
            Self::NameOrCounter => !meter.records(Instrument::Counter),
        }
    }
}
