//! Label names: which ones a declaration may use, and how any other text becomes one.

use std::borrow::Cow;

use crate::metric::message::Message;

/// Label names that a declaration cannot use, with the reason.
const RESERVED: [(&str, &str); 2] = [("le", "histogram buckets"), ("quantile", "summaries")];

/// A declared label name, checked.
///
/// # Panics
/// While the constant is evaluated, if the name breaks the rules or is reserved.
#[track_caller]
#[must_use]
pub const fn checked(name: &'static str) -> &'static str {
    if !is_valid(name) {
        Message::new("label name `").text(name).text("` does not match [a-zA-Z_][a-zA-Z0-9_]*; rename it").panic();
    }
    let bytes = name.as_bytes();
    if bytes.len() >= 2 && bytes[0] == b'_' && bytes[1] == b'_' {
        Message::new("label name `")
            .text(name)
            .text("` starts with `__`, which Prometheus keeps for itself; rename it")
            .panic();
    }
    let mut i = 0;
    while i < RESERVED.len() {
        let (reserved, owner) = RESERVED[i];
        if same(name, reserved) {
            Message::new("label name `").text(name).text("` is reserved for ").text(owner).text("; rename it").panic();
        }
        i += 1;
    }
    name
}

/// Whether `name` is made of the characters that every Prometheus accepts, `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub const fn is_valid(name: &str) -> bool {
    let name = name.as_bytes();
    if name.is_empty() || name[0].is_ascii_digit() {
        return false;
    }
    let mut i = 0;
    while i < name.len() {
        if !(name[i].is_ascii_alphanumeric() || name[i] == b'_') {
            return false;
        }
        i += 1;
    }
    true
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// `name` with each character that Prometheus' classic label names cannot hold replaced by `_`.
#[must_use]
pub fn sanitize(name: &str) -> Cow<'_, str> {
    if is_valid(name) {
        return Cow::Borrowed(name);
    }
    let mut clean = String::with_capacity(name.len() + 1);
    if name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
        clean.push('_');
    }
    clean.extend(name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }));
    Cow::Owned(clean)
}
