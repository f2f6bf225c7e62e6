//! Functions that see their caller, under a block: what they return is not followed, so that it is over or left alone.

use std::{
    future::{Future, Ready, ready},
    panic::Location,
    pin::Pin,
};

use tachometer::{counted, measured};

use super::{finish, installed};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

trait Service {
    type Future: Future<Output = u8>;
    type Answer;

    fn call(&self) -> Self::Future;

    fn answer(&self) -> Self::Answer;
}

#[measured]
mod block {
    use std::{
        future::{Future, Ready, ready},
        panic::Location,
        pin::Pin,
    };

    use futures::stream::{BoxStream, Stream};

    use super::{Boxed, Service};

    #[track_caller]
    pub(super) fn named() -> Ready<u32> {
        ready(Location::caller().line())
    }

    #[track_caller]
    pub(super) fn within() -> Result<Ready<u32>, u8> {
        Ok(ready(Location::caller().line()))
    }

    #[track_caller]
    pub(super) fn aliased(early: bool) -> Boxed<u32> {
        if early {
            return Box::pin(ready(Location::caller().line()));
        }
        Box::pin(ready(1))
    }

    #[track_caller]
    pub(super) fn boxed(early: bool) -> Pin<Box<dyn Future<Output = u32>>> {
        if early {
            return Box::pin(ready(Location::caller().line()));
        }
        Box::pin(ready(1))
    }

    #[track_caller]
    pub(super) fn streamed() -> BoxStream<'static, u32> {
        Box::pin(futures::stream::iter([Location::caller().line()]))
    }

    #[track_caller]
    pub(super) fn cloned() -> impl Future<Output = u32> + Clone {
        ready(Location::caller().line())
    }

    #[track_caller]
    pub(super) fn optional() -> Option<impl Stream<Item = u32>> {
        Some(futures::stream::iter([Location::caller().line()]))
    }

    #[track_caller]
    pub(super) fn generic<T>(value: T) -> Ready<T> {
        ready(value)
    }

    pub(super) struct Desk<T>(pub(super) T);

    impl<T: Copy> Desk<T> {
        #[track_caller]
        pub(super) fn serve(&self) -> Ready<T> {
            ready(self.0)
        }

        #[track_caller]
        pub(super) fn find(&self) -> (Option<T>, &'static Location<'static>) {
            (Some(self.0), Location::caller())
        }

        #[track_caller]
        pub(super) fn look(&self) -> Option<&'static Location<'static>> {
            Some(Location::caller())
        }
    }

    impl Service for Desk<u8> {
        type Future = Ready<u8>;
        type Answer = Option<&'static Location<'static>>;

        #[track_caller]
        fn call(&self) -> Self::Future {
            ready(self.0)
        }

        #[track_caller]
        fn answer(&self) -> Self::Answer {
            Some(Location::caller())
        }
    }

    // Whoever makes it, the call is the future.
    #[track_caller]
    pub(super) fn opaque() -> impl Future<Output = u32> {
        ready(Location::caller().line())
    }

    #[track_caller]
    pub(super) fn pinned() -> Pin<Box<dyn Future<Output = u32>>> {
        Box::pin(ready(Location::caller().line()))
    }
}

#[test]
fn what_sees_its_caller_and_goes_on_is_left_alone_in_a_block() {
    use futures::StreamExt as _;
    let telemetry = installed();
    let before = telemetry.render();
    assert_eq!(finish(block::named()), line!());
    assert_eq!(finish(block::within().expect("it is there")), line!());
    assert_eq!(finish(block::aliased(true)), line!());
    assert_eq!(finish(block::boxed(true)), line!());
    assert_eq!(finish(block::streamed().next()), Some(line!()));
    assert_eq!(finish(block::cloned().clone()), line!());
    assert_eq!(finish(block::optional().expect("it is there").next()), Some(line!()));
    assert_eq!((finish(block::generic(1)), finish(block::Desk(2).serve())), (1, 2));
    assert_eq!(finish(block::Desk(3).call()), 3);
    let after = telemetry.render();
    for left in [
        "named",
        "within",
        "aliased",
        "boxed",
        "streamed",
        "cloned",
        "optional",
        "generic",
        "Desk::serve",
        "Desk::call",
    ] {
        let series = format!("function=\"{left}\",module=\"integration::recording::callers::block\"");
        assert!(!before.contains(&series) && !after.contains(&series), "{left}");
    }
}

#[test]
fn what_sees_its_caller_and_is_over_is_a_call_in_a_block() {
    let telemetry = installed();
    let desk = block::Desk(1_u8);
    assert_eq!(desk.find().1.line(), line!());
    assert_eq!(desk.look().map(Location::line), Some(line!()));
    assert_eq!(desk.answer().map(Location::line), Some(line!()));
    assert_eq!((finish(block::opaque()), finish(block::pinned())), (line!(), line!()));
    drop((block::opaque(), block::pinned()));
    let snapshot = telemetry.snapshot();
    for function in ["Desk::find", "Desk::look", "Desk::answer", "opaque", "pinned"] {
        let labels = [("function", function), ("module", "integration::recording::callers::block"), ("result", "ok")];
        assert_eq!(super::counter(&snapshot, "function_calls_total", &labels), 1, "{function}");
    }
}

#[counted(name = "seen_making_total", making)]
#[track_caller]
fn making() -> Ready<u32> {
    ready(Location::caller().line())
}

/// A key that asks what is returned has a closure, and follows.
#[counted(name = "seen_and_asked_total", result)]
#[track_caller]
fn asked(fails: bool) -> Boxed<Result<u8, ()>> {
    if fails {
        return Box::pin(ready(Err(())));
    }
    Box::pin(ready(Ok(1)))
}

#[test]
fn keys_say_what_becomes_of_a_function_that_sees_its_caller() {
    let telemetry = installed();
    assert_eq!(finish(making()), line!());
    assert!(finish(asked(true)).is_err() && finish(asked(false)).is_ok());
    drop(asked(true));
    let snapshot = telemetry.snapshot();
    assert_eq!(super::counter(&snapshot, "seen_making_total", &[]), 1);
    let of = |result| super::counter(&snapshot, "seen_and_asked_total", &[("result", result)]);
    assert_eq!((of("ok"), of("error")), (1, 1));
}
