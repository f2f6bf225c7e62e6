//! Headers of preferences, taken apart. What the clauses mean is not known here.

use std::borrow::Cow;

/// How much a client likes something, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weight(u16);

impl Weight {
    /// What a client does not want at all.
    pub(crate) const NEVER: Self = Self(0);
    const FULL: Self = Self(1000);

    /// At most one digit before the point and three behind it, none of them making it more than 1.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let fraction = format!("{fraction:0<3}").parse().ok()?;
        match whole {
            "0" => Some(Self(fraction)),
            "1" if fraction == 0 => Some(Self::FULL),
            _ => None,
        }
    }
}

/// One clause of an `Accept` header, `text/plain;version=0.0.4;q=0.5`.
#[derive(Debug)]
pub(super) struct Clause<'h> {
    pub(super) main: &'h str,
    pub(super) sub: &'h str,
    pub(super) weight: Weight,
    parameters: Vec<Parameter<'h>>,
}

/// Parameters that a clause may have; whoever sends more has not meant them.
const PARAMETERS: usize = 16;

/// A name and a value.
type Parameter<'h> = (&'h str, Cow<'h, str>);

impl<'h> Clause<'h> {
    /// `None` if the text is not a clause.
    fn parse(text: &'h str) -> Option<Self> {
        let Item { name, weight, parameters } = Item::parse(text)?;
        let (main, sub) = name.split_once('/')?;
        let is_range = is_token(main) && is_token(sub) && (main != "*" || sub == "*");
        is_range.then_some(Self { main, sub, weight, parameters })
    }

    /// All parameters but the weight.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (*name, &**value))
    }
}

/// The clauses of all `Accept` headers of a request, which are one list. What is malformed is left out.
pub(super) fn clauses<'h>(headers: impl Iterator<Item = &'h str>) -> impl Iterator<Item = Clause<'h>> {
    headers.flat_map(|header| split(header, ',')).filter_map(Clause::parse)
}

/// A part of a list of preferences.
struct Item<'h> {
    name: &'h str,
    weight: Weight,
    /// All of them but the weight.
    parameters: Vec<Parameter<'h>>,
}

impl<'h> Item<'h> {
    fn parse(text: &'h str) -> Option<Self> {
        let mut parts = split(text, ';');
        let name = parts.next()?.trim_matches(BLANK);
        let (mut weight, mut parameters) = (None, Vec::new());
        for part in parts.map(|part| part.trim_matches(BLANK)).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            let is_again = parameters.iter().any(|(before, _): &Parameter<'_>| name.eq_ignore_ascii_case(before));
            if !is_token(name) || is_again || parameters.len() == PARAMETERS {
                return None;
            }
            if !name.eq_ignore_ascii_case("q") {
                parameters.push((name, unquoted(value)?));
            } else if weight.replace(Weight::parse(value)?).is_some() {
                return None;
            }
        }
        (!name.is_empty()).then(|| Self { name, weight: weight.unwrap_or(Weight::FULL), parameters })
    }
}

/// Blanks that may stand around the parts of a header.
const BLANK: [char; 2] = [' ', '\t'];

/// The parts of a text between separators that stand outside of quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.find(|c: char| {
            let is_end = c == separator && !quoted;
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => {}
            }
            is_end
        });
        rest = end.map(|end| &text[end + separator.len_utf8()..]);
        Some(end.map_or(text, |end| &text[..end]))
    })
}

/// The value of a parameter, which is a token or stands in quotes.
fn unquoted(value: &str) -> Option<Cow<'_, str>> {
    let Some(inner) = value.strip_prefix('"') else { return is_token(value).then_some(Cow::Borrowed(value)) };
    let inner = inner.strip_suffix('"')?;
    let (mut plain, mut chars) = (String::with_capacity(inner.len()), inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => plain.push(chars.next()?),
            c => plain.push(c),
        }
    }
    Some(Cow::Owned(plain))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
