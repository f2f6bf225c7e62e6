//! How a body may be packed, from the text of a request's `Accept-Encoding` headers. It knows nothing of bodies.

use crate::exporters::prometheus::negotiation::Weight;

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Not at all.
    Identity,
    /// By gzip.
    Gzip,
}

impl Coding {
    /// Gzip where it is named, or all codings are, and nothing else is liked better.
    pub(super) fn negotiate<'h>(headers: impl Iterator<Item = &'h str>) -> Self {
        let (mut gzip, mut identity, mut any) = (None, None, None);
        for clause in headers.flat_map(|header| header.split(',')) {
            let (name, parameter) = clause.split_once(';').unwrap_or((clause, "q=1"));
            let weight = parameter.trim().split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("q"));
            let Some(weight) = weight.and_then(|(_, weight)| Weight::parse(weight)) else { continue };
            let name = name.trim();
            let slot = if ["gzip", "x-gzip"].iter().any(|gzip| name.eq_ignore_ascii_case(gzip)) {
                &mut gzip
            } else if name.eq_ignore_ascii_case("identity") {
                &mut identity
            } else if name == "*" {
                &mut any
            } else {
                continue;
            };
            *slot = (*slot).max(Some(weight));
        }
        let gzip = gzip.or(any).unwrap_or(Weight::NEVER);
        // Without a word on it, everybody takes what is not packed, but only if there is nothing else.
        let is_liked = gzip > Weight::NEVER && identity.is_none_or(|identity| gzip >= identity);
        if is_liked { Self::Gzip } else { Self::Identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_want_it() {
        for (header, coding) in [
            ("gzip", Coding::Gzip),
            ("GZIP;Q=0.5", Coding::Gzip),
            ("deflate, gzip, br", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("*", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("gzip;q=0,*", Coding::Identity),
            ("gzip;q=0.5,identity", Coding::Identity),
            ("gzip,identity;q=0.5", Coding::Gzip),
            ("identity", Coding::Identity),
            ("br", Coding::Identity),
            ("gzip;q=nonsense", Coding::Identity),
            ("", Coding::Identity),
        ] {
            assert_eq!(Coding::negotiate([header].into_iter()), coding, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_answered(header in "[a-z*;,= q.01-]{0,60}", wild: String) {
            for header in [&header, &wild] {
                let _ = Coding::negotiate([header.as_str()].into_iter());
            }
        }
    }
}
