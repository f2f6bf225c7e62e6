//! A function of each form, with more than one way through it.

use std::{future::Future, pin::Pin};

#[cfg(not(feature = "plain"))]
use tachometer::measured;

/// A body that may fail.
///
/// # Errors
/// For a small number.
#[cfg_attr(not(feature = "plain"), measured(name = "sync", result))]
pub fn sync(number: u8) -> Result<u8, String> {
    if number > 3 {
        let less = number - 1;
        Ok(less)
    } else {
        let small = "small".to_owned();
        Err(small)
    }
}

/// A body that may not.
#[cfg_attr(not(feature = "plain"), measured)]
pub fn plain(text: &str, number: u8) -> usize {
    let more = number + 1;
    if more > 3 {
        return text.len();
    }
    1
}

/// A future.
#[cfg_attr(not(feature = "plain"), measured(name = "later"))]
pub async fn later(number: u8) -> u8 {
    if number > 3 {
        let less = number - 1;
        less * 2
    } else {
        let none = 0;
        none + number
    }
}

/// A future in a box, which may be another one.
#[cfg_attr(not(feature = "plain"), measured)]
pub fn boxed(number: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    if number > 10 {
        return Box::pin(std::future::ready(1));
    }
    Box::pin(async move {
        if number > 3 {
            let less = number - 1;
            return less;
        }
        0
    })
}

/// A future without a name.
#[cfg_attr(not(feature = "plain"), measured(name = "opaque", result))]
pub fn opaque(text: String) -> impl Future<Output = Option<usize>> {
    let length = text.len();
    async move {
        if length > 3 {
            return Some(text.len());
        }
        None
    }
}

/// Something with methods.
#[derive(Debug)]
pub struct Counter(u8);

impl Counter {
    /// A method that owns what it changes.
    ///
    /// # Errors
    /// If it counts too far.
    #[cfg_attr(not(feature = "plain"), measured)]
    pub fn count(mut self, text: String) -> Result<u8, String> {
        self.0 += 1;
        for _ in 0..3 {
            if self.0 > 4 {
                return Err(text);
            }
        }
        Ok(self.0)
    }

    /// The same as a future.
    ///
    /// # Errors
    /// If it counts too far.
    #[cfg_attr(not(feature = "plain"), measured)]
    pub async fn count_later(self, text: String) -> Result<u8, String> {
        let one = async { 1 };
        let count = self.0 + one.await;
        if count > 4 {
            return Err(text);
        }
        Ok(count)
    }
}
