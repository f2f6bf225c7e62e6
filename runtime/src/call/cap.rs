//! A limit on how many values of one label a site brings forth.

use std::{
    fmt,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::OnceLock,
};

use crate::{
    call::{
        local,
        value::{LabelBuffer, LabelValue},
    },
    gate,
    metric::message::Message,
};

/// What stands for all values beyond the limit. As a value of its own it is always admitted.
const OTHER: &str = "other";

/// The values that have been admitted: the first ones that came.
///
/// Nobody waits for anybody else here: each value has a slot, and the first to write it wins.
pub struct Cap {
    pub(crate) most: usize,
    slots: OnceLock<Box<[Slot]>>,
}

type Slot = OnceLock<Box<str>>;

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

    pub(crate) fn admits(&self, value: &str) -> bool {
        if value == OTHER {
            return true;
        }
        let slots = once(&self.slots, || (0..self.most).map(|_| Slot::new()).collect());
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let first = (hasher.finish() % self.most as u64) as usize;
        let (before, from) = slots.split_at(first);
        from.iter().chain(before).any(|slot| **once(slot, || value.into()) == *value)
    }
}

/// What is in a cell, or what is made for it, unless another thread is quicker.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    cell.get().unwrap_or_else(|| {
        let made = make();
        gate::within(|| cell.get_or_init(|| made))
    })
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
    text: for<'b> fn(&'b T, &'b mut LabelBuffer) -> &'b str,
}

/// The value of a label with a limit.
#[doc(hidden)]
#[inline]
pub fn capped<'a, T: LabelValue + ?Sized>(cap: &'static Cap, value: &'a T) -> Capped<'a, T> {
    Capped { cap, value, text: T::text }
}

impl<T: ?Sized> LabelValue for Capped<'_, T> {
    fn text<'b>(&'b self, buffer: &'b mut LabelBuffer) -> &'b str {
        let text = (self.text)(self.value, buffer);
        if local::admits(self.cap, text) { text } else { OTHER }
    }
}

impl<T: ?Sized> fmt::Debug for Capped<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capped").field("cap", self.cap).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cap, capped};
    use crate::call::{
        displayed::displayed,
        value::{LabelBuffer, LabelValue},
    };

    fn admitted(value: &impl LabelValue) -> String {
        value.text(&mut LabelBuffer::new()).to_owned()
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
