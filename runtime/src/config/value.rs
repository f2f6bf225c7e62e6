//! What a setting may hold, read from the text of a variable or from TOML, and written as TOML. It knows no setting.

use std::{ops::Range, path::PathBuf, time::Duration};

use toml::{Spanned, de::DeValue};

use crate::credentials::Secret;

/// A value of a file, with the place where it stands.
pub(super) type Node<'a> = Spanned<DeValue<'a>>;

/// Why a value is none of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mistake {
    /// It is not what the setting allows.
    Malformed,
    /// This is wrong with it, and this the remedy.
    Because(String),
}

/// A mistake, and the bytes of the file that make it.
#[derive(Debug)]
pub(super) struct Misplaced {
    pub(super) span: Range<usize>,
    pub(super) mistake: Mistake,
}

/// The type of a setting.
pub(super) trait Value: Clone + PartialEq + Send + Sync + 'static {
    /// Reads a variable's text, which is trimmed and not empty.
    fn of_text(text: &str) -> Result<Self, Mistake>;

    /// Reads a value of a file.
    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced>;

    /// Writes it as TOML on one line.
    fn to_toml(&self) -> String;

    /// Whether nobody may see it in a message. Then `to_toml` does not show it either.
    const IS_SECRET: bool = false;

    /// Whether values of several sources make one together, rather than the strongest alone.
    const JOINS: bool = false;

    /// The value of two sources together.
    fn joined(self, stronger: Self) -> Self {
        stronger
    }
}

/// The path of a page of the endpoint; none for a page that is turned off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route(pub(crate) Option<String>);

pub(super) fn malformed(node: &Node<'_>) -> Misplaced {
    Misplaced { span: node.span(), mistake: Mistake::Malformed }
}

pub(super) fn because(node: &Node<'_>, reason: impl Into<String>) -> Misplaced {
    Misplaced { span: node.span(), mistake: Mistake::Because(reason.into()) }
}

/// A text as TOML, in quotes.
pub(super) fn quoted(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    // JSON leaves this one control character as it is.
    quoted.replace('\u{7f}', "\\u007f")
}

/// A number as TOML.
pub(super) fn number(value: f64) -> String {
    value.to_string()
}

pub(super) fn float(node: &Node<'_>) -> Option<f64> {
    match node.get_ref() {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|integer| integer as f64)
        }
        _ => None,
    }
}

pub(super) fn integer(node: &Node<'_>) -> Option<i64> {
    let integer = node.get_ref().as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// Words for yes and no, as people write them into variables.
fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

impl Value for bool {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        flag(text).ok_or(Mistake::Malformed)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        node.get_ref().as_bool().ok_or_else(|| malformed(node))
    }

    fn to_toml(&self) -> String {
        self.to_string()
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn of_text(text: &str) -> Result<Self, Mistake> {
                // A sign is no part of a port or a count, though it may be of a number.
                let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
                text.parse().ok().filter(|_| is_number).ok_or(Mistake::Malformed)
            }

            fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
                integer(node).and_then(|integer| integer.try_into().ok()).ok_or_else(|| malformed(node))
            }

            fn to_toml(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

numbers!(u16, usize);

/// In seconds.
impl Value for Duration {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        text.parse().ok().and_then(|seconds| Self::try_from_secs_f64(seconds).ok()).ok_or(Mistake::Malformed)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        float(node).and_then(|seconds| Self::try_from_secs_f64(seconds).ok()).ok_or_else(|| malformed(node))
    }

    fn to_toml(&self) -> String {
        number(self.as_secs_f64())
    }
}

impl Value for String {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        Ok(text.to_owned())
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        node.get_ref().as_str().map(str::to_owned).ok_or_else(|| malformed(node))
    }

    fn to_toml(&self) -> String {
        quoted(self)
    }
}

impl Value for PathBuf {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        Ok(text.into())
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        String::of_toml(node).map(Self::from)
    }

    fn to_toml(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

impl Value for Secret {
    const IS_SECRET: bool = true;

    fn of_text(text: &str) -> Result<Self, Mistake> {
        Ok(Self::new(text))
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        String::of_toml(node).map(Self::new)
    }

    fn to_toml(&self) -> String {
        quoted("***")
    }
}

impl Value for Route {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        match flag(text) {
            Some(false) => Ok(Self(None)),
            Some(true) => Err(Mistake::Malformed),
            None => Ok(Self(Some(text.to_owned()))),
        }
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        match node.get_ref() {
            DeValue::Boolean(false) => Ok(Self(None)),
            DeValue::String(path) => Ok(Self(Some(path.to_string()))),
            _ => Err(malformed(node)),
        }
    }

    fn to_toml(&self) -> String {
        self.0.as_deref().map_or_else(|| "false".to_owned(), quoted)
    }
}

impl Route {
    /// Whether clients can ask for exactly this path.
    pub(super) fn is_path(&self) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        self.0.as_ref().is_none_or(|path| path.starts_with('/') && path.bytes().all(is_plain))
    }
}
