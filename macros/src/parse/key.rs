//! The keys an attribute may hold: the only table of them.

use std::str::FromStr;

/// A key between the parentheses of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Name,
    Function,
    Help,
    Labels,
    Result,
    OkIf,
    ErrorIf,
    ErrorKind,
    Buckets,
    Poll,
    Slo,
    AsIs,
    Zero,
    Crate,
}

impl Key {
    pub(crate) const ALL: [Self; 14] = [
        Self::Name,
        Self::Function,
        Self::Help,
        Self::Labels,
        Self::Result,
        Self::OkIf,
        Self::ErrorIf,
        Self::ErrorKind,
        Self::Buckets,
        Self::Poll,
        Self::Slo,
        Self::AsIs,
        Self::Zero,
        Self::Crate,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Function => "function",
            Self::Help => "help",
            Self::Labels => "labels",
            Self::Result => "result",
            Self::OkIf => "ok_if",
            Self::ErrorIf => "error_if",
            Self::ErrorKind => "error_kind",
            Self::Buckets => "buckets",
            Self::Poll => "poll",
            Self::Slo => "slo",
            Self::AsIs => "as_is",
            Self::Zero => "zero",
            Self::Crate => "crate",
        }
    }

    /// What the key takes, and how it is written: the middle and the end of an error message.
    pub(crate) fn usage(self) -> &'static str {
        match self {
            Self::Name => "takes a string literal or the path of a constant; write `name = \"..\"`",
            Self::Function => "takes a string literal; write `function = \"..\"`",
            Self::Help => "takes a string literal; write `help = \"..\"`",
            Self::Labels => "takes a list; write `labels(key = value)`",
            Self::Result => "is a flag and takes no value; write `result`",
            Self::OkIf => "takes a function of the returned value; write `ok_if = path` or `ok_if = |value| ..`",
            Self::ErrorIf => {
                "takes a function of the returned value; write `error_if = path` or `error_if = |value| ..`"
            }
            Self::ErrorKind => "is a flag and takes no value; write `error_kind`",
            Self::Buckets => {
                "takes an array of seconds, the path of a constant, or `native`; write `buckets = [0.1, 1.0]`"
            }
            Self::Poll => "is a flag and takes no value; write `poll`",
            Self::Slo => "takes a constant of the type `Slo`; write `slo = CHECKOUT`",
            Self::AsIs => "is a flag and takes no value; write `as_is`",
            Self::Zero => "takes `true` or `false`; write `zero = false`",
            Self::Crate => "takes a path; write `crate = path::to::tachometer`",
        }
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|key| key.as_str() == name).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn each_key_is_found_by_its_name_and_shown_in_its_usage() {
        for key in Key::ALL {
            assert_eq!(key.as_str().parse(), Ok(key));
            assert!(key.usage().contains(&format!("`{}", key.as_str())), "{key:?}");
        }
        assert_eq!("Name".parse::<Key>(), Err(()));
    }
}
