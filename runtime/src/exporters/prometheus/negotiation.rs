//! Which format a scraper gets, from the text of its `Accept` headers. It knows nothing of HTTP besides, and nothing of
//! how the formats are written.
//!
//! The rules are those of RFC 9110: the most specific clause that fits a format decides its weight, a weight of 0 rules
//! it out, and the greatest weight wins. Nothing of a header is repeated in an answer.

mod accept;

use self::accept::Clause;
pub(crate) use self::accept::Weight;

/// How names are written that are not classic ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Escaping {
    /// Each character that does not fit is an underscore.
    Underscores,
    /// In quotes, as they are.
    AllowUtf8,
}

/// What the metrics are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    /// Prometheus' text format, version 0.0.4.
    Text,
    /// The same, version 1.0.0, which knows of names that are not classic.
    Text1(Escaping),
    /// OpenMetrics 0.0.1, which is written as version 1.0.0 is.
    OpenMetrics0,
    /// OpenMetrics 1.0.0.
    OpenMetrics1(Escaping),
    /// Protocol buffers, one message a family, each with its length before it.
    Protobuf(Escaping),
}

/// The message of which [`Format::Protobuf`] is a list.
const MESSAGE: &str = "io.prometheus.client.MetricFamily";

/// How these messages are told apart; the other ways that there are, `text` and `compact-text`, are for people.
const ENCODING: &str = "delimited";

/// Clauses that are read of a header; whoever sends more has not meant them.
const CLAUSES: usize = 256;

/// A format that a clause fits.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Match {
    specificity: u8,
    weight: Weight,
    /// The clause's position.
    at: usize,
}

impl Format {
    /// All formats; of those that a client likes equally well, the first one is taken.
    pub(crate) const ALL: [Self; 8] = [
        Self::Text,
        Self::OpenMetrics1(Escaping::Underscores),
        Self::OpenMetrics1(Escaping::AllowUtf8),
        Self::Text1(Escaping::Underscores),
        Self::Text1(Escaping::AllowUtf8),
        Self::OpenMetrics0,
        Self::Protobuf(Escaping::Underscores),
        Self::Protobuf(Escaping::AllowUtf8),
    ];

    /// Those of them that are text.
    pub(crate) const TEXTS: &[Self] = Self::ALL.split_at(6).0;

    /// The format that the `Accept` headers of a request ask for; text 0.0.4 where they fit none.
    ///
    /// Of formats with the same weight the one is taken that is asked for most specifically, then the one that is asked
    /// for first.
    pub(crate) fn negotiate<'h>(accept: impl Iterator<Item = &'h str>) -> Self {
        Self::choose(&Self::ALL, accept)
    }

    /// The same where there are only formats that are text.
    pub(crate) fn negotiate_text(accept: &str) -> Self {
        Self::choose(Self::TEXTS, std::iter::once(accept))
    }

    /// The same where only these formats are offered.
    pub(crate) fn choose<'h>(offered: &[Self], accept: impl Iterator<Item = &'h str>) -> Self {
        let clauses: Vec<Clause<'h>> = accept::clauses(accept).take(CLAUSES).collect();
        let mut best: Option<(Match, Self)> = None;
        for &format in offered {
            let Some(found) = format.found_in(&clauses).filter(|found| found.weight > Weight::NEVER) else { continue };
            if best.is_none_or(|(so_far, _)| found.is_liked_better_than(so_far)) {
                best = Some((found, format));
            }
        }
        best.map_or(Self::Text, |(_, format)| format)
    }

    /// The media type with all its parameters, as an answer states it.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::Text1(Escaping::Underscores) => "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
            Self::Text1(Escaping::AllowUtf8) => "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            Self::OpenMetrics0 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Self::OpenMetrics1(Escaping::Underscores) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
            Self::OpenMetrics1(Escaping::AllowUtf8) => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            }
            Self::Protobuf(Escaping::Underscores) => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; \
                 escaping=underscores"
            }
            Self::Protobuf(Escaping::AllowUtf8) => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; \
                 escaping=allow-utf-8"
            }
        }
    }

    /// How names are written.
    pub(crate) const fn escaping(self) -> Escaping {
        match self {
            Self::Text | Self::OpenMetrics0 => Escaping::Underscores,
            Self::Text1(escaping) | Self::OpenMetrics1(escaping) | Self::Protobuf(escaping) => escaping,
        }
    }

    /// The clause that decides the weight of this format: the most specific one, of equals the one that wants it most.
    fn found_in(self, clauses: &[Clause<'_>]) -> Option<Match> {
        let mut best: Option<Match> = None;
        for (at, clause) in clauses.iter().enumerate() {
            let Some(specificity) = self.fits(clause) else { continue };
            let found = Match { specificity, weight: clause.weight, at };
            if best.is_none_or(|best| (specificity, found.weight) > (best.specificity, best.weight)) {
                best = Some(found);
            }
        }
        best
    }

    /// How specifically a clause asks for this format; `None` if it asks for something else.
    fn fits(self, clause: &Clause<'_>) -> Option<u8> {
        let (main, sub) = self.media_type();
        let mut specificity = match (clause.main, clause.sub) {
            ("*", "*") => 0,
            (wanted, "*") if wanted.eq_ignore_ascii_case(main) => 10,
            (wanted, it) if wanted.eq_ignore_ascii_case(main) && it.eq_ignore_ascii_case(sub) => 20,
            _ => return None,
        };
        let mut wanted = Escaping::Underscores;
        for (name, value) in clause.parameters() {
            if let Some(it) = self.parameter(name) {
                if value != it {
                    return None;
                }
                specificity += 1;
            } else if name.eq_ignore_ascii_case("charset") {
                if !value.eq_ignore_ascii_case("utf-8") {
                    return None;
                }
                specificity += 1;
            } else if name.eq_ignore_ascii_case("escaping") {
                // A scheme that we do not have is as if none was named: the answer says which one it has.
                if value.eq_ignore_ascii_case("allow-utf-8") {
                    wanted = Escaping::AllowUtf8;
                }
                specificity += u8::from(self.has_escaping());
            } else {
                return None;
            }
        }
        (!self.has_escaping() || self.escaping() == wanted).then_some(specificity)
    }

    fn media_type(self) -> (&'static str, &'static str) {
        match self {
            Self::Text | Self::Text1(_) => ("text", "plain"),
            Self::OpenMetrics0 | Self::OpenMetrics1(_) => ("application", "openmetrics-text"),
            Self::Protobuf(_) => ("application", "vnd.google.protobuf"),
        }
    }

    /// The value of a parameter that tells this format from others of its media type; none if it is not that parameter.
    fn parameter(self, name: &str) -> Option<&'static str> {
        let parameters: &[(&str, &'static str)] = match self {
            Self::Text => &[("version", "0.0.4")],
            Self::OpenMetrics0 => &[("version", "0.0.1")],
            Self::Text1(_) | Self::OpenMetrics1(_) => &[("version", "1.0.0")],
            Self::Protobuf(_) => &[("proto", MESSAGE), ("encoding", ENCODING)],
        };
        parameters.iter().find(|(this, _)| name.eq_ignore_ascii_case(this)).map(|(_, value)| *value)
    }

    /// Whether a scheme can be chosen.
    fn has_escaping(self) -> bool {
        matches!(self, Self::Text1(_) | Self::OpenMetrics1(_) | Self::Protobuf(_))
    }
}

impl Match {
    fn is_liked_better_than(self, other: Self) -> bool {
        (self.weight, self.specificity) > (other.weight, other.specificity)
            || (self.weight, self.specificity) == (other.weight, other.specificity) && self.at < other.at
    }
}

#[cfg(test)]
mod tests;
