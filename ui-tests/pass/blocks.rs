//! Blocks in every place, without a warning.

#![deny(warnings)]
#![deny(clippy::all, clippy::pedantic)]

use tachometer::{counted, in_flight, measured, skip, timed};

struct Index<T>(T);

#[measured]
#[tachometer::timed(name = "index_seconds")]
#[in_flight(name = "index_in_flight")]
impl<T: Copy> Index<T> {
    const fn new(value: T) -> Self {
        Self(value)
    }

    fn get(&self) -> T {
        self.0
    }

    #[skip]
    fn skipped(&mut self) -> &mut T {
        &mut self.0
    }

    #[timed]
    #[counted]
    fn own(&self) -> Result<T, ()> {
        Ok(self.0)
    }

    #[cfg_attr(any(), skip)]
    #[cfg_attr(all(), must_use)]
    fn never_skipped(&self) -> T {
        self.0
    }
}

#[counted]
#[timed]
mod inner {
    use super::Index;

    #[tachometer::counted]
    impl Clone for Index<u8> {
        fn clone(&self) -> Self {
            Self(self.get())
        }
    }

    pub fn function() -> u8 {
        struct Local;
        #[tachometer::counted]
        impl Local {
            fn function(&self) -> usize {
                size_of_val(self)
            }
        }
        u8::from(Local.function() == 0)
    }

    #[unsafe(naked)]
    pub extern "C" fn assembly() {
        core::arch::naked_asm!("ret")
    }

    pub mod deeper {
        pub fn function() {}
    }
}

macro_rules! block {
    ($(#[$meta:meta])* $ty:ty, $name:literal, { $($body:tt)* }) => {
        $(#[$meta])*
        #[measured(name = $name)]
        impl $ty { $($body)* }
    };
}

block!(
    /// Made by a macro.
    Index<u16>, "by_macro", {
        fn by_macro(&self) -> u16 {
            self.get()
        }
    }
);

fn main() {
    let mut index = Index::new(inner::function());
    assert_eq!((*index.skipped(), index.get(), index.own(), index.never_skipped()), (1, 1, Ok(1), 1));
    assert_eq!((index.clone().get(), Index::new(2_u16).by_macro()), (1, 2));
    inner::deeper::function();
    inner::assembly();
}
