//! A limit on how many values of one label a site brings forth.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    call::{
        local,
        value::{LabelBuffer, LabelValue},
    },
    gate,
    known::Known,
    metric::message::Message,
};

/// What stands for all values beyond the limit. As a value of its own it is always admitted.
const OTHER: &str = "other";

/// Values that there is room for at once; more of them get more room.
const FIRST: usize = 1024;

/// The values that have been admitted: the first ones that came.
///
/// A value that was admitted, and one that comes when there is no room any more, is found out without a lock.
pub struct Cap {
    pub(crate) most: usize,
    admitted: OnceLock<Admitted>,
}

/// The values, by hashes that no client can foresee.
struct Admitted {
    hasher: RandomState,
    known: Known<Box<str>>,
    full: AtomicBool,
    /// How many there are; also what keeps two from being admitted at once.
    count: Mutex<usize>,
}

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
        Self { most, admitted: OnceLock::new() }
    }

    pub(crate) fn admits(&self, value: &str) -> bool {
        if value == OTHER {
            return true;
        }
        let admitted = match self.admitted.get() {
            Some(admitted) => admitted,
            None => self.begin(),
        };
        let hash = admitted.hasher.hash_one(value);
        let is_known = || admitted.known.find(hash, |known| **known == *value).is_some();
        is_known() || (!admitted.full.load(Ordering::Acquire) && self.admit(admitted, hash, value))
    }

    /// Two threads may each make one, of which the first is kept.
    #[cold]
    fn begin(&self) -> &Admitted {
        let admitted = Admitted {
            hasher: RandomState::new(),
            known: Known::new((2 * self.most).next_power_of_two().min(FIRST)),
            full: AtomicBool::new(false),
            count: Mutex::new(0),
        };
        gate::fill(&self.admitted, admitted)
    }

    #[cold]
    fn admit(&self, admitted: &Admitted, hash: u64, value: &str) -> bool {
        let owned: Box<str> = value.into();
        gate::within(|| {
            // A user's allocator may panic under this lock, and leaves nothing half-done.
            let mut count = admitted.count.lock().unwrap_or_else(PoisonError::into_inner);
            if admitted.known.find(hash, |known| **known == *value).is_some() {
                return true;
            }
            if *count == self.most {
                return false;
            }
            admitted.known.insert(hash, owned);
            *count += 1;
            if *count == self.most {
                admitted.full.store(true, Ordering::Release);
            }
            true
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
