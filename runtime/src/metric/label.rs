//! Label names: which ones a declaration may use, and how any other text becomes one.

use std::borrow::Cow;

use crate::metric::{message::Message, name};

/// Label names that a declaration cannot use, with the reason.
const RESERVED: [(&str, &str); 2] = [("le", "histogram buckets"), ("quantile", "summaries")];

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

/// Why a program cannot declare a label of this name, if it cannot.
pub(crate) const fn mistake(name: &str) -> Option<Message> {
    if let Some(mistake) = syntax_mistake(name) {
        return Some(mistake);
    }
    match owner(name) {
        Some(owner) => Some(refusal(name, "is reserved for ", owner)),
        None => None,
    }
}

const fn syntax_mistake(name: &str) -> Option<Message> {
    let problem = if !is_valid(name) {
        "does not match [a-zA-Z_][a-zA-Z0-9_]*"
    } else if name::starts_with(name, "__") {
        "starts with `__`, which Prometheus keeps for itself"
    } else {
        return None;
    };
    Some(refusal(name, problem, ""))
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

/// Whether `name` is made of the characters that every Prometheus accepts, `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub const fn is_valid(name: &str) -> bool {
    name::is_word(name, false)
}

/// `name` with each character that Prometheus' classic label names cannot hold replaced by `_`.
///
/// A leading digit gets a `_` in front; an empty name becomes `_`.
#[must_use]
pub fn sanitize(name: &str) -> Cow<'_, str> {
    name::to_word(name, false)
}
