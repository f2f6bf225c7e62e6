//! Label names: which ones a declaration may use, and how any other text becomes one.

use std::borrow::Cow;

use crate::metric::{message::Message, name};

/// Label names that a declaration cannot use, with the reason.
const RESERVED: [(&str, &str); 2] = [("le", "histogram buckets"), ("quantile", "summaries")];

/// What Prometheus' own labels begin with. A page on which a series says it itself is refused whole: `__name__` would
/// stand on it twice.
const RESERVED_BEGINNING: &str = "__";

/// A declared label name, checked.
///
/// # Panics
/// While the constant is evaluated, if the name breaks the rules or is reserved.
#[track_caller]
#[must_use]
pub const fn checked(name: &'static str) -> &'static str {
    match mistake(name) {
        Some(mistake) => mistake.panic(),
        None => name,
    }
}

/// A declared label name that is taken as it is written; only what Prometheus would refuse is refused.
///
/// # Panics
/// While the constant is evaluated, if the name is none to Prometheus, or starts with `__`.
#[track_caller]
#[must_use]
pub const fn as_written(name: &'static str) -> &'static str {
    match syntax_mistake(name) {
        Some(mistake) => mistake.panic(),
        None => name,
    }
}

/// Why a program cannot declare a label of this name, if it cannot. Any text will do that is not for others: where a
/// format has no room for it, it is exported [sanitized](sanitize).
pub(crate) const fn mistake(name: &str) -> Option<Message> {
    if let Some(mistake) = syntax_mistake(name) {
        return Some(mistake);
    }
    match owner(name) {
        Some(owner) => Some(refusal(name, "is reserved for ", owner)),
        None => None,
    }
}

/// The same for a label that every Prometheus shall show by this very name.
pub(crate) const fn classic_mistake(name: &str) -> Option<Message> {
    if !name.is_empty() && !name::is_word(name, false) {
        return Some(refusal(name, "does not match [a-zA-Z_][a-zA-Z0-9_]*", ""));
    }
    mistake(name)
}

const fn syntax_mistake(name: &str) -> Option<Message> {
    if name.is_empty() {
        Some(Message::new("label name is empty; give it a name"))
    } else if name::starts_with(name, RESERVED_BEGINNING) {
        Some(refusal(name, "starts with `__`, which Prometheus keeps for itself", ""))
    } else if holds_control(name) {
        Some(Message::new("label name holds a control character; rename it"))
    } else {
        None
    }
}

const fn holds_control(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i].is_ascii_control() {
            return true;
        }
        i += 1;
    }
    false
}

const fn refusal(name: &str, problem: &str, owner: &str) -> Message {
    Message::new("label name `").text(name).text("` ").text(problem).text(owner).text("; rename it")
}

/// Who uses a reserved name.
const fn owner(name: &str) -> Option<&'static str> {
    let mut i = 0;
    while i < RESERVED.len() {
        let (reserved, owner) = RESERVED[i];
        if name.len() == reserved.len() && name::ends_with(name, reserved) {
            return Some(owner);
        }
        i += 1;
    }
    None
}

/// Whether every Prometheus accepts `name`: it matches `[a-zA-Z_][a-zA-Z0-9_]*` and does not begin with `__`.
#[must_use]
pub const fn is_valid(name: &str) -> bool {
    name::is_word(name, false) && !name::starts_with(name, RESERVED_BEGINNING)
}

/// `name` with each character that Prometheus' classic label names cannot hold replaced by `_`.
///
/// A leading digit gets a `_` in front; an empty name becomes `_`. Of several `_` at the beginning one stays.
///
/// ```
/// assert_eq!(tachometer::metric::label::sanitize("mcp.tool"), "mcp_tool");
/// assert_eq!(tachometer::metric::label::sanitize("__name__"), "_name__");
/// ```
#[must_use]
pub fn sanitize(name: &str) -> Cow<'_, str> {
    let mut word = name::to_word(name, false);
    while name::starts_with(&word, RESERVED_BEGINNING) {
        word = match word {
            Cow::Borrowed(word) => Cow::Borrowed(&word[1..]),
            Cow::Owned(mut word) => {
                word.remove(0);
                Cow::Owned(word)
            }
        };
    }
    word
}

/// Whether no format can hold `name`, in quotes or not: Prometheus refuses empty names and what begins with `__`.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.is_empty() || name::starts_with(name, RESERVED_BEGINNING)
}
