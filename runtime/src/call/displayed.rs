//! A label's value by the way it is displayed. It knows no site.
//!
//! Memory is asked for once: the text of one call is used again by the thread's next one.

use std::{
    cell::Cell,
    fmt::{self, Write as _},
    mem,
};

use crate::call::value::{LabelBuffer, LabelValue};

/// How many texts a thread keeps: more than most calls have labels of this kind.
const KEPT: usize = 4;

/// Bytes of the longest text that is kept. No label is that long.
const LONGEST: usize = 4096;

thread_local! {
    /// Texts that nobody uses at the moment.
    static SPARE: Cell<Vec<String>> = const { Cell::new(Vec::new()) };
}

/// A label's value by the way it is displayed, for what is no [`LabelValue`] itself.
///
/// In a [`Family`](crate::Family) it is a label type; a label that is a `String` takes it as well. Attributes have `%value`
/// for it, and derives `#[label(display)]`.
///
/// ```
/// use std::net::{IpAddr, Ipv4Addr};
/// use tachometer::{Counter, Displayed, Family};
///
/// static DIALLED: Family<Counter, (Displayed<IpAddr>, String)> = Family::new("dialled_total", &["host", "port"]);
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// let host = IpAddr::from(Ipv4Addr::LOCALHOST);
/// DIALLED.with(Displayed(host), Displayed(443)).increment(1);
/// let labels = [("host", "127.0.0.1"), ("port", "443")];
/// assert_eq!(telemetry.snapshot().get("dialled_total", &labels), Some(Value::Counter(1)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Displayed<T>(pub T);

impl<T: fmt::Display> LabelValue for Displayed<T> {
    fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
        buffer.display(&self.0)
    }
}

/// What a value has displayed.
#[derive(Debug)]
pub struct Shown(String);

impl Shown {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The value of a label that is written with `%`. What fails to display itself is as much as it has written.
#[doc(hidden)]
#[must_use]
pub fn displayed<T: fmt::Display + ?Sized>(value: &T) -> Shown {
    let mut text = with_spare(Vec::pop).flatten().unwrap_or_default();
    let _ = write!(text, "{value}");
    Shown(text)
}

impl LabelValue for Shown {
    fn text<'b>(&'b self, _: &'b mut LabelBuffer) -> &'b str {
        &self.0
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let mut text = mem::take(&mut self.0);
        text.clear();
        with_spare(|spare| {
            if spare.len() < KEPT && text.capacity() <= LONGEST {
                spare.push(text);
            }
        });
    }
}

/// Looks at the thread's spare texts; not while it ends. They are taken out meanwhile: what is displayed may record.
fn with_spare<T>(look: impl FnOnce(&mut Vec<String>) -> T) -> Option<T> {
    let looked = SPARE.try_with(|spare| {
        let mut texts = spare.take();
        let found = look(&mut texts);
        spare.set(texts);
        found
    });
    looked.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Shown) -> &str {
        &value.0
    }

    #[test]
    fn texts_that_are_used_again_are_empty_and_never_shared() {
        let (one, two) = (displayed(&1.5), displayed("two"));
        assert_eq!((text(&one), text(&two)), ("1.5", "two"));
        let first = one.0.as_ptr();
        drop(one);
        let again = displayed(&'x');
        assert_eq!((text(&again), text(&two), again.0.as_ptr()), ("x", "two", first));
    }

    #[test]
    fn no_more_is_kept_than_a_label_needs() {
        drop(displayed(&"x".repeat(100_000)));
        let many: Vec<_> = (0..20).map(|n| displayed(&n)).collect();
        drop(many);
        let kept: Vec<usize> = with_spare(|spare| spare.iter().map(String::capacity).collect()).unwrap_or_default();
        assert_eq!(kept.len(), KEPT);
        assert!(kept.iter().all(|bytes| *bytes <= LONGEST), "{kept:?}");
    }
}
