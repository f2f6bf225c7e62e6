//! What a label's value may be, and the text that it becomes. Knows no site.

use std::{borrow::Cow, fmt, num::NonZero, rc::Rc, sync::Arc};

use crate::call::displayed::{self, Shown};

/// A value that can stand in a label.
///
/// Texts, `bool`, `char` and integers are, an [`Option`] of these, whose `None` is the empty text, what
/// [`#[derive(Label)]`](derive@crate::Label) is on, and by [`Displayed`](crate::Displayed) what displays itself. It can
/// be implemented for any other type; there should be few values, since each is a series of its own.
///
/// ```
/// use tachometer::{Counter, Family, LabelBuffer, LabelValue};
///
/// struct Status(u16);
///
/// impl LabelValue for Status {
///     fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
///         match self.0 {
///             200 => "200",
///             code => buffer.display(format_args!("{}xx", code / 100)),
///         }
///     }
/// }
///
/// static ANSWERS: Family<Counter, (Status,)> = Family::new("answers_total", &["status"]);
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// ANSWERS.with(Status(503)).increment(1);
/// assert_eq!(telemetry.snapshot().get("answers_total", &[("status", "5xx")]), Some(Value::Counter(1)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a label's value",
    label = "not a label value",
    note = "label values are texts, `bool`, `char`, integers, an `Option` of these, and types with \
            `#[derive(tachometer::Label)]`",
    note = "what displays itself is written `%value` in `labels(..)`, has `#[label(display)]` in a derive, and is \
            `tachometer::Displayed` in a `Family`",
    note = "for any other type with few values implement `tachometer::LabelValue`"
)]
pub trait LabelValue {
    /// The value as text: a part of it, or put together in `buffer`.
    fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str;

    /// All values of the type, where they are known, so that their series can be shown at 0.
    ///
    /// For a [`FiniteLabel`] that is `Some(Self::VALUES.into())`.
    fn values() -> Option<Cow<'static, [&'static str]>>
    where
        Self: Sized,
    {
        None
    }
}

/// All values of a label, where they are known.
pub type KnownValues = Option<Cow<'static, [&'static str]>>;

/// Where a label's value that is not a text becomes one; see [`LabelValue`].
pub struct LabelBuffer {
    digits: itoa::Buffer,
    character: [u8; 4],
    shown: Option<Shown>,
}

impl LabelBuffer {
    /// An empty one, for who asks a value for its text.
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self { digits: itoa::Buffer::new(), character: [0; 4], shown: None }
    }

    /// A value as it is displayed. What fails to display itself is as much as it has written.
    ///
    /// Memory is that of the thread's earlier labels.
    pub fn display(&mut self, value: impl fmt::Display) -> &str {
        self.shown.insert(displayed::displayed(&value)).as_str()
    }
}

impl Default for LabelBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LabelBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelBuffer").finish_non_exhaustive()
    }
}

/// A label type all of whose values are known: `bool`, enums with [`#[derive(Label)]`](derive@crate::Label), and an
/// [`Option`] of one.
pub trait FiniteLabel: LabelValue {
    /// The values, as they stand in the label.
    const VALUES: &'static [&'static str];
}

/// A value's text, to keep.
pub(crate) fn text(value: &dyn LabelValue) -> String {
    value.text(&mut LabelBuffer::new()).to_owned()
}

impl FiniteLabel for bool {
    const VALUES: &'static [&'static str] = &["false", "true"];
}

impl LabelValue for str {
    #[inline]
    fn text<'a>(&'a self, _: &'a mut LabelBuffer) -> &'a str {
        self
    }
}

impl LabelValue for String {
    #[inline]
    fn text<'a>(&'a self, _: &'a mut LabelBuffer) -> &'a str {
        self
    }
}

impl LabelValue for char {
    #[inline]
    fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
        self.encode_utf8(&mut buffer.character)
    }
}

impl LabelValue for bool {
    #[inline]
    fn text<'a>(&'a self, _: &'a mut LabelBuffer) -> &'a str {
        if *self { "true" } else { "false" }
    }

    fn values() -> Option<Cow<'static, [&'static str]>> {
        Some(Self::VALUES.into())
    }
}

impl<T: LabelValue + ToOwned + ?Sized> LabelValue for Cow<'_, T> {
    #[inline]
    fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
        (**self).text(buffer)
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {
        $(impl<T: LabelValue + ?Sized> LabelValue for $pointer {
            #[inline]
            fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
                (**self).text(buffer)
            }
        })*
    };
}

pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

macro_rules! integers {
    ($($integer:ty),*) => {
        $(
            impl LabelValue for $integer {
                #[inline]
                fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
                    buffer.digits.format(*self)
                }
            }

            impl LabelValue for NonZero<$integer> {
                #[inline]
                fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
                    buffer.digits.format(self.get())
                }
            }
        )*
    };
}

integers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

/// `None` is the empty text, which is no label to Prometheus.
impl<T: LabelValue> LabelValue for Option<T> {
    #[inline]
    fn text<'a>(&'a self, buffer: &'a mut LabelBuffer) -> &'a str {
        self.as_ref().map_or("", |value| value.text(buffer))
    }

    fn values() -> Option<Cow<'static, [&'static str]>> {
        let mut values = T::values()?;
        if !values.contains(&"") {
            values.to_mut().push("");
        }
        Some(values)
    }
}

/// The values of `T`, and the empty text.
impl<T: FiniteLabel> FiniteLabel for Option<T> {
    const VALUES: &'static [&'static str] = const { &WithEmpty::of(T::VALUES) }.as_slice();
}

/// How many values an optional label may have and show at 0, with its empty one.
const CAPACITY: usize = 512;

/// Values, and the empty one.
struct WithEmpty {
    values: [&'static str; CAPACITY],
    len: usize,
}

impl WithEmpty {
    /// # Panics
    /// While the constant is evaluated, if there are too many values.
    const fn of(values: &[&'static str]) -> Self {
        assert!(values.len() < CAPACITY, "an optional label has at most 511 known values; make it a text");
        let mut all = Self { values: [""; CAPACITY], len: values.len() + 1 };
        let mut i = 0;
        while i < values.len() {
            all.values[i] = values[i];
            if values[i].is_empty() {
                all.len = values.len();
            }
            i += 1;
        }
        all
    }

    const fn as_slice(&self) -> &[&'static str] {
        self.values.split_at(self.len).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_has_one_value_more_and_no_twice() {
        assert_eq!(Option::<bool>::VALUES, ["false", "true", ""]);
        assert_eq!(Option::<Option<bool>>::VALUES, ["false", "true", ""]);
        assert_eq!(Option::<Option<bool>>::values().as_deref(), Some(&["false", "true", ""][..]));
        assert_eq!(Option::<u8>::values(), None);
    }

    #[test]
    fn values_are_their_texts() {
        let name = String::from("name");
        let values: [(&dyn LabelValue, &str); 10] = [
            (&Some("a"), "a"),
            (&None::<Arc<str>>, ""),
            (&Some(Arc::<str>::from("b")), "b"),
            (&Some(&name), "name"),
            (&Some(7_u8), "7"),
            (&Some(Some('x')), "x"),
            (&Some(None::<bool>), ""),
            (&NonZero::<u16>::MAX, "65535"),
            (&NonZero::<i8>::MIN, "-128"),
            (&Cow::Borrowed("c"), "c"),
        ];
        for (value, expected) in values {
            assert_eq!(text(value), expected);
        }
    }
}
