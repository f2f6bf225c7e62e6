//! Targets for a fuzzer: whatever goes in, a header gets a format that there is, and families read back as what they were.
//! They know nothing of fuzzers.

use arbitrary::{Arbitrary, Result, Unstructured};

use super::{
    negotiation::{Escaping, Format},
    plan::{Drawn, Plan, Row},
};

/// What headers are made of, beside chance.
const WORDS: [&str; 29] = [
    "application/openmetrics-text",
    "application/vnd.google.protobuf",
    "proto=io.prometheus.client.MetricFamily",
    "encoding=delimited",
    "encoding=text",
    "text/plain",
    "text/*",
    "application/*",
    "*/*",
    "image/png",
    "version=0.0.1",
    "version=0.0.4",
    "version=1.0.0",
    "charset=utf-8",
    "escaping=allow-utf-8",
    "escaping=underscores",
    "q=0",
    "q=1",
    "q=0.5",
    "q=0.123",
    "q=",
    ";",
    ";",
    ",",
    "=",
    "\"",
    "\\",
    " ",
    "\t",
];

/// What names are made of, beside chance.
const NAMES: [&str; 12] =
    ["a", "a_total", "a_seconds", "a_bytes_total", "aa", "b", "b_total", "a.b", "a-b", "é", "\"\\\n", "le"];

/// Negotiates by a header, as it comes and as words.
pub(crate) fn accept(data: &[u8]) {
    let as_it_comes = String::from_utf8_lossy(data);
    let mut bytes = Unstructured::new(data);
    let words = list(&mut bytes, 64, |bytes| often_of(bytes, &WORDS)).unwrap_or_default().concat();
    for header in [&*as_it_comes, &words] {
        let format = Format::negotiate([header].into_iter());
        assert!(Format::ALL.contains(&format), "{header}");
        assert!(Format::TEXTS.contains(&Format::negotiate_text(header)), "{header}");
        // What nobody has changes nothing, unless it is one clause too many.
        let more = Format::negotiate(["image/avif;q=0.9", header].into_iter());
        assert!(more == format || header.matches(',').count() > 200, "{header}");
    }
}

/// Writes families as text and reads them back.
pub(crate) fn text(data: &[u8]) {
    check(data, &[Format::Text, Format::Text1(Escaping::Underscores), Format::Text1(Escaping::AllowUtf8)]);
}

/// The same as OpenMetrics.
pub(crate) fn openmetrics(data: &[u8]) {
    let formats = [Escaping::Underscores, Escaping::AllowUtf8].map(Format::OpenMetrics1);
    check(data, &[Format::OpenMetrics0, formats[0], formats[1]]);
}

/// The same as protobuf.
pub(crate) fn protobuf(data: &[u8]) {
    check(data, &[Escaping::Underscores, Escaping::AllowUtf8].map(Format::Protobuf));
}

fn check(data: &[u8], formats: &[Format]) {
    let Ok(families) = list(&mut Unstructured::new(data), 6, family) else { return };
    let plan = Plan::of(families);
    formats.iter().for_each(|format| plan.check(*format));
}

fn family(bytes: &mut Unstructured<'_>) -> Result<Drawn> {
    let rows = list(bytes, 4, row)?;
    Ok((often_of(bytes, &NAMES)?, bytes.arbitrary()?, bytes.arbitrary()?, rows))
}

fn row(bytes: &mut Unstructured<'_>) -> Result<Row> {
    let labels = list(bytes, 3, |bytes| Ok((often_of(bytes, &NAMES)?, bytes.arbitrary()?)))?;
    // So large that no few of them are too much.
    let counts = <[u64; 3]>::arbitrary(bytes)?.map(|count| count >> 16);
    Ok((labels, bytes.arbitrary()?, bytes.arbitrary()?, counts))
}

/// One of these, or anything.
fn often_of(bytes: &mut Unstructured<'_>, known: &[&str]) -> Result<String> {
    if bytes.ratio(7, 8)? { Ok((*bytes.choose(known)?).to_owned()) } else { bytes.arbitrary() }
}

/// At most so many, and fewer where the bytes end.
fn list<T>(
    bytes: &mut Unstructured<'_>,
    most: u32,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut list = Vec::new();
    bytes.arbitrary_loop(None, Some(most), |bytes| {
        list.push(one(bytes)?);
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(list)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn targets_hold_for_a_while(data in vec(any::<u8>(), 0..2_000)) {
            super::accept(&data);
            super::text(&data);
            super::openmetrics(&data);
            super::protobuf(&data);
        }
    }
}
