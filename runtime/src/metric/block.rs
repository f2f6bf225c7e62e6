//! Label blocks: the text that the labels of a series become, and back. Knows nothing of what it stands in.

use std::borrow::Cow;

use crate::metric::label::is_valid;

/// The labels of one series as text, `route="/",code="200"`: ready to be printed between braces.
///
/// Values are escaped (`\\`, `\"`, `\n`). A name that is no classic label name stands in quotes, escaped likewise,
/// which is how Prometheus 3 writes it; [`is_classic`](Self::is_classic) is false then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LabelBlock<'a> {
    text: &'a str,
    classic: bool,
}

impl<'a> LabelBlock<'a> {
    /// A series without labels.
    pub const EMPTY: Self = Self { text: "", classic: true };

    pub(crate) fn new(text: &'a str, classic: bool) -> Self {
        Self { text, classic }
    }

    /// The text between the braces.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// Whether there are no labels.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// Whether every name can be printed without quotes.
    #[must_use]
    pub fn is_classic(self) -> bool {
        self.classic
    }

    /// The labels one by one, names and values as they were given, in the order of the first registration.
    pub fn iter(self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        Labels { rest: self.text }
    }
}

/// The labels of a block, read back.
struct Labels<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Labels<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
        let (name, rest) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (name, rest) = split_quoted(quoted);
                (unescape(name), rest.strip_prefix('=')?)
            }
            None => {
                let (name, rest) = rest.split_once('=')?;
                (Cow::Borrowed(name), rest)
            }
        };
        let (value, rest) = split_quoted(rest.strip_prefix('"')?);
        self.rest = rest;
        Some((name, unescape(value)))
    }
}

/// Splits at the quote that ends the text, both without it.
fn split_quoted(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => '\n',
                Some(other) => other,
                None => '\\',
            },
            (c, false) => c,
        });
    }
    Cow::Owned(plain)
}

/// The block of these labels, and whether all its names are classic.
pub(crate) fn of<'l>(labels: impl Iterator<Item = (&'l str, &'l str)>) -> (String, bool) {
    let mut text = String::new();
    let mut classic = true;
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        if is_valid(name) {
            text.push_str(name);
        } else {
            classic = false;
            text.push_str(&quoted(name));
        }
        text.push_str("=\"");
        escape_into(value, &mut text);
        text.push('"');
    }
    (text, classic)
}

/// A name in quotes, which is how one that is not classic is written.
pub(crate) fn quoted(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    text.push('"');
    escape_into(name, &mut text);
    text.push('"');
    text
}

/// Appends `text` as it stands between quotes in the exposition format.
fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match escape(c) {
            Some(escaped) => out.push_str(escaped),
            None => out.push(c),
        }
    }
}

/// What follows in `block` after `text`, if `block` begins with it, escaped.
pub(crate) fn strip_escaped<'b>(block: &'b [u8], text: &str) -> Option<&'b [u8]> {
    if !text.contains(['\\', '"', '\n']) {
        return block.strip_prefix(text.as_bytes());
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    escape_into(text, &mut escaped);
    block.strip_prefix(escaped.as_bytes())
}

fn escape(c: char) -> Option<&'static str> {
    match c {
        '\\' => Some("\\\\"),
        '"' => Some("\\\""),
        '\n' => Some("\\n"),
        _ => None,
    }
}
