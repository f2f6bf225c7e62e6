//! A limit on how many values of one label a site brings forth.

use std::{
    fmt,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::Write as _,
    sync::OnceLock,
};

use crate::{
    call::labels::{LabelValue, Text},
    metric::message::Message,
};

/// What stands for all values beyond the limit. As a value of its own it is always admitted.
const OTHER: &[u8] = b"other";

/// The values that have been admitted: the first ones that came.
///
/// Nobody waits for anybody else here: each value has a slot, and the first to write it wins.
pub struct Cap {
    most: usize,
    slots: OnceLock<Box<[Slot]>>,
}

type Slot = OnceLock<Box<[u8]>>;

impl Cap {
    /// A limit of so many values.
    ///
    /// # Panics
    /// While the constant is evaluated, if there is no value or more than a million.
    #[doc(hidden)]
    #[track_caller]
    #[must_use]
    pub const fn new(most: usize) -> Self {
        if most == 0 || most > 1_000_000 {
            Message::new("a label with ").number(most).text(" values; write a number from 1 to 1000000").panic();
        }
        Self { most, slots: OnceLock::new() }
    }

    fn admits(&self, value: &[u8]) -> bool {
        if value == OTHER {
            return true;
        }
        let slots = self.slots.get_or_init(|| (0..self.most).map(|_| Slot::new()).collect());
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let first = (hasher.finish() % self.most as u64) as usize;
        let (before, from) = slots.split_at(first);
        from.iter().chain(before).any(|slot| {
            // Looked at first, so that a value which is there already costs no allocation.
            let holder = slot.get().unwrap_or_else(|| slot.get_or_init(|| value.into()));
            **holder == *value
        })
    }
}

impl fmt::Debug for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cap").field("most", &self.most).finish_non_exhaustive()
    }
}

/// A label's value that the site may have to count as another one.
///
/// It is one whatever its type is, so that a value which cannot be a label is one error and not two.
pub struct Capped<'a, T: ?Sized> {
    cap: &'static Cap,
    value: &'a T,
    append: fn(&T, &mut Text),
}

/// The value of a label with a limit.
#[doc(hidden)]
#[inline]
pub fn capped<'a, T: LabelValue + ?Sized>(cap: &'static Cap, value: &'a T) -> Capped<'a, T> {
    Capped { cap, value, append: T::append_to }
}

impl<T: ?Sized> LabelValue for Capped<'_, T> {
    #[inline]
    fn append_to(&self, text: &mut Text) {
        (self.append)(self.value, text);
    }

    fn append_admitted_to(&self, text: &mut Text) {
        let begin = text.len();
        self.append_to(text);
        let is_admitted = text.get(begin..).is_some_and(|value| self.cap.admits(value));
        if !is_admitted {
            text.truncate(begin);
            text.extend_from_slice(OTHER);
        }
    }
}

impl<T: ?Sized> fmt::Debug for Capped<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capped").field("cap", self.cap).finish_non_exhaustive()
    }
}

/// A label's value by the way it is displayed; one whatever its type is, as [`Capped`] is.
pub struct Displayed<'a, T: ?Sized> {
    value: &'a T,
    append: fn(&T, &mut Text),
}

/// The value of a label that is written with `%`.
#[doc(hidden)]
#[inline]
pub fn displayed<T: fmt::Display + ?Sized>(value: &T) -> Displayed<'_, T> {
    // Writing to a vector does not fail, and what fails to display itself is as much as it has written.
    let append = |value: &T, text: &mut Text| drop(write!(text, "{value}"));
    Displayed { value, append }
}

impl<T: ?Sized> LabelValue for Displayed<'_, T> {
    #[inline]
    fn append_to(&self, text: &mut Text) {
        (self.append)(self.value, text);
    }
}

impl<T: ?Sized> fmt::Debug for Displayed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Displayed").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cap, capped, displayed};
    use crate::call::labels::LabelValue;

    fn admitted(value: &impl LabelValue) -> String {
        let mut text = b"before ".to_vec();
        value.append_admitted_to(&mut text);
        String::from_utf8(text).expect("values are text").split_off("before ".len())
    }

    #[test]
    fn the_first_values_are_admitted_and_stay_so() {
        static CAP: Cap = Cap::new(2);
        let values = ["a", "b", "c", "a", "other", "b", "", "c"].map(|value| admitted(&capped(&CAP, value)));
        assert_eq!(values, ["a", "b", "other", "a", "other", "b", "other", "other"]);
        assert_eq!(admitted(&capped(&CAP, &displayed(&format_args!("{}{}", 'a', "")))), "a");
    }

    #[test]
    fn threads_agree_on_who_was_first() {
        static CAP: Cap = Cap::new(10);
        let values = || -> Vec<String> { (0..100).map(|n: u32| admitted(&capped(&CAP, &n))).collect() };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(values)).collect();
        for thread in threads {
            let mut own: Vec<String> = thread.join().expect("it does not panic");
            own.retain(|value| value != "other");
            assert!(own.len() <= 10);
        }
        let mut last = values();
        last.retain(|value| value != "other");
        assert_eq!(last.len(), 10);
    }
}
