//! What kind of error a call has failed with.

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
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell of which kind it is",
    label = "`error_kind` needs an error that implements `tachometer::ErrorKind`",
    note = "derive `ErrorKind` for it, or use `result` instead of `error_kind`"
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
