//! What kind of error a call has failed with.

use crate::call::verdict::Verdict;

/// An error that is of one of a few kinds; derived for enums, and known for [`std::io::Error`].
///
/// ```
/// use tachometer::ErrorKind;
///
/// #[derive(ErrorKind)]
/// enum PayError {
///     Declined,
///     #[error_kind(rename = "timeout")]
///     NoAnswer { after: std::time::Duration },
/// }
///
/// assert_eq!(PayError::KINDS, ["declined", "timeout"]);
/// assert_eq!(PayError::Declined.kind(), "declined");
/// ```
///
/// For a type that is not your own, which may be anything, `error_kind` takes a function of the error. What that returns is
/// an error kind too:
///
/// ```
/// use std::{error::Error, io};
///
/// use tachometer::{ErrorKind, counted};
///
/// #[derive(ErrorKind)]
/// enum Kind {
///     #[error_kind(nested)]
///     Io(io::ErrorKind),
///     Unknown,
/// }
///
/// fn kind(error: &Box<dyn Error>) -> Kind {
///     error.downcast_ref::<io::Error>().map_or(Kind::Unknown, |error| Kind::Io(error.kind()))
/// }
///
/// #[counted(name = "loads_total", error_kind = kind)]
/// fn load(page: &str) -> Result<u32, Box<dyn Error>> {
///     Ok(std::fs::read_to_string(page)?.parse()?)
/// }
///
/// # #[cfg(feature = "runtime")] {
/// let telemetry = tachometer::builder().no_listener().install()?;
/// let _ = load("/no/such/file");
/// let page = telemetry.render();
/// assert!(page.contains(r#"loads_total{result="error",error="not_found"} 1"#));
/// assert!(page.contains(r#"loads_total{result="error",error="unknown"} 0"#));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell of which kind it is",
    label = "`error_kind` needs an error that implements `tachometer::ErrorKind`",
    note = "derive `ErrorKind` for it; for a type that is not your own, write `error_kind = path` with a function of the \
            error that returns one, or a `&'static str`",
    note = "or use `result` instead of `error_kind`"
)]
pub trait ErrorKind {
    /// The kinds of all that is a failure, each once.
    const KINDS: &'static [&'static str];

    /// The kind of this one: one of [`KINDS`](Self::KINDS) if it is a failure.
    fn kind(&self) -> &'static str;

    /// Whether this is no failure of the call, though it is returned as an error.
    fn is_ok(&self) -> bool {
        false
    }
}

/// What a function that is given as `error_kind = path` may return: an [`ErrorKind`], or a `&'static str`, whose values
/// are not known before they come.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no kind of an error",
    label = "`error_kind` needs a function of the error that returns a `tachometer::ErrorKind` or a `&'static str`",
    note = "derive `ErrorKind` for an enum and return that: its kinds are at 0 from the start"
)]
pub trait Kind {
    const KINDS: &'static [&'static str];

    fn verdict(self) -> Verdict;
}

impl<K: ErrorKind> Kind for K {
    const KINDS: &'static [&'static str] = K::KINDS;

    #[inline]
    fn verdict(self) -> Verdict {
        if self.is_ok() { Verdict::Ok } else { Verdict::Kind(self.kind()) }
    }
}

impl Kind for &'static str {
    const KINDS: &'static [&'static str] = &[];

    #[inline]
    fn verdict(self) -> Verdict {
        Verdict::Kind(self)
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {
        $(impl<E: ErrorKind + ?Sized> ErrorKind for $pointer {
            const KINDS: &'static [&'static str] = E::KINDS;

            fn kind(&self) -> &'static str {
                (**self).kind()
            }

            fn is_ok(&self) -> bool {
                (**self).is_ok()
            }
        })*
    };
}

pointers!(&E, Box<E>, std::rc::Rc<E>, std::sync::Arc<E>);

/// How many kinds an error with errors inside can have.
const CAPACITY: usize = 128;

/// The kinds of an error and of those inside of it, each once; what a derive makes a constant of.
#[derive(Debug)]
pub struct KindList {
    names: [&'static str; CAPACITY],
    len: usize,
}

impl KindList {
    /// The names of all these lists.
    ///
    /// # Panics
    /// While the constant is evaluated, if there are too many.
    #[must_use]
    pub const fn of(lists: &[&[&'static str]]) -> Self {
        let mut kinds = Self { names: [""; CAPACITY], len: 0 };
        let mut list = 0;
        while list < lists.len() {
            let mut name = 0;
            while name < lists[list].len() {
                kinds = kinds.with(lists[list][name]);
                name += 1;
            }
            list += 1;
        }
        kinds
    }

    /// The names, in the order of their first mention.
    #[must_use]
    pub const fn as_slice(&self) -> &[&'static str] {
        self.names.split_at(self.len).0
    }

    const fn with(mut self, name: &'static str) -> Self {
        let mut known = 0;
        while known < self.len {
            if same(self.names[known], name) {
                return self;
            }
            known += 1;
        }
        assert!(self.len < CAPACITY, "an error has more than 128 kinds; nest fewer, or implement `ErrorKind` by hand");
        self.names[self.len] = name;
        self.len += 1;
        self
    }
}

const fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && crate::metric::name::ends_with(a, b)
}

#[cfg(test)]
mod tests {
    use super::KindList;

    #[test]
    fn each_kind_is_listed_once() {
        const KINDS: &[&str] = const { &KindList::of(&[&["a", "b"], &[], &["b", "c", "a"]]) }.as_slice();
        assert_eq!(KINDS, ["a", "b", "c"]);
    }
}
