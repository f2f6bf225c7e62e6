//! What functions declare that have no name of their own, each set of metrics once: a site refers to it, so that the compiler
//! has no more to do for it than that: a constant that is a borrow is not searched for cells.

use super::Declaration;

macro_rules! sets {
    ($($name:ident $asynchronous:ident $metrics:expr;)*) => {
        $(#[doc(hidden)]
        pub const $name: &Declaration = {
            static SET: Declaration = Declaration::shared($metrics);
            &SET
        };

        #[doc(hidden)]
        pub const $asynchronous: &Declaration = {
            static SET: Declaration = Declaration::shared($metrics).asynchronous();
            &SET
        };)*
    };
}

sets! {
    COUNTED ASYNC_COUNTED [true, false, false];
    TIMED ASYNC_TIMED [false, true, false];
    IN_FLIGHT ASYNC_IN_FLIGHT [false, false, true];
    COUNTED_TIMED ASYNC_COUNTED_TIMED [true, true, false];
    COUNTED_IN_FLIGHT ASYNC_COUNTED_IN_FLIGHT [true, false, true];
    TIMED_IN_FLIGHT ASYNC_TIMED_IN_FLIGHT [false, true, true];
    MEASURED ASYNC_MEASURED [true, true, true];
}
