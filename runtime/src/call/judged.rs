//! Which judge a function has that names none: its type is asked, as far as it is known there.

use crate::call::{
    kind::ErrorKind,
    outcome::{Carries, CarriesNone, Outcome},
    probe::Probe,
    verdict::{AsOk, ByError, ByKind, ByOutcome, KindBy, Kinds, Verdict},
};

/// Which judge a type has, as far as it is known where this is asked. The trait for the most references that fits answers.
#[doc(hidden)]
pub trait Judged {
    type Judge;

    fn __tachometer_judge(&self) -> Self::Judge;
}

/// There is nothing in the type that could be an error.
#[derive(Debug)]
pub struct Untold<R>(Probe<R>);

impl<R: Carries<Error: ErrorKind>> Judged for &&&Probe<R> {
    type Judge = ByError;

    #[inline]
    fn __tachometer_judge(&self) -> ByError {
        ByError
    }
}

impl<R: Outcome> Judged for &&Probe<R> {
    type Judge = ByOutcome;

    #[inline]
    fn __tachometer_judge(&self) -> ByOutcome {
        ByOutcome
    }
}

impl<R: CarriesNone> Judged for &Probe<R> {
    type Judge = AsOk;

    #[inline]
    fn __tachometer_judge(&self) -> AsOk {
        AsOk
    }
}

impl<R> Judged for Probe<R> {
    type Judge = Untold<R>;

    #[inline]
    fn __tachometer_judge(&self) -> Untold<R> {
        Untold(Probe::NEW)
    }
}

/// The same where the user has asked for kinds.
#[doc(hidden)]
pub trait Kinded {
    type Judge;

    fn __tachometer_kind(&self) -> Self::Judge;
}

/// There is an error in the type, and it has no kinds.
#[derive(Debug)]
pub struct Kindless<R>(Probe<R>);

impl<R: Kinds> Kinded for &&Probe<R> {
    type Judge = ByKind;

    #[inline]
    fn __tachometer_kind(&self) -> ByKind {
        ByKind
    }
}

impl<R: Carries> Kinded for &Probe<R> {
    type Judge = Kindless<R>;

    #[inline]
    fn __tachometer_kind(&self) -> Kindless<R> {
        Kindless(Probe::NEW)
    }
}

impl<R> Kinded for Probe<R> {
    type Judge = Untold<R>;

    #[inline]
    fn __tachometer_kind(&self) -> Untold<R> {
        Untold(Probe::NEW)
    }
}

/// The same where a function of the user's tells the kind of an error.
#[doc(hidden)]
pub trait Carried {
    type Asked;

    fn __tachometer_error(&self) -> Self::Asked;
}

/// There is an error in the type.
#[derive(Debug)]
pub struct Carrying<R>(Probe<R>);

impl<R: Carries> Carried for &Probe<R> {
    type Asked = Carrying<R>;

    #[inline]
    fn __tachometer_error(&self) -> Carrying<R> {
        Carrying(Probe::NEW)
    }
}

impl<R> Carried for Probe<R> {
    type Asked = Untold<R>;

    #[inline]
    fn __tachometer_error(&self) -> Untold<R> {
        Untold(Probe::NEW)
    }
}

impl<R: Carries> Carrying<R> {
    /// A closure of the user's that tells something of this error, and learns here what it is given.
    #[inline]
    pub const fn telling<K, F: Fn(&R::Error) -> K>(&self, function: F) -> F {
        function
    }

    /// The judge that this function is.
    #[inline]
    pub const fn kind_by<F: Fn(&R::Error) -> Verdict>(self, function: F) -> KindBy<F> {
        KindBy(function)
    }

    /// The same where there need be no error.
    #[inline]
    pub const fn or_ok_by<F: Fn(&R::Error) -> Verdict>(self, function: F) -> KindBy<F> {
        KindBy(function)
    }
}

macro_rules! told {
    ($($judge:ty),*) => {
        $(impl $judge {
            /// The judge, where the user has asked for one.
            #[inline]
            #[must_use]
            pub const fn told(self) -> Self {
                self
            }

            /// The judge, where there need be none.
            #[inline]
            #[must_use]
            pub const fn or_ok(self) -> Self {
                self
            }
        })*
    };
}

told!(AsOk, ByOutcome, ByError);

impl<R> Untold<R> {
    /// The judge, where the user has asked for one.
    #[inline]
    #[must_use]
    pub const fn told(self) -> AsOk
    where
        R: Outcome,
    {
        AsOk
    }

    /// The judge, where the user has asked for kinds.
    #[inline]
    #[must_use]
    pub const fn kinds(self) -> AsOk
    where
        R: Carries,
    {
        AsOk
    }

    /// The judge, where there need be none.
    #[inline]
    #[must_use]
    pub const fn or_ok(self) -> AsOk {
        AsOk
    }

    /// A closure of the user's that tells something of an error that there is not.
    #[inline]
    pub const fn telling<F>(&self, function: F) -> F {
        function
    }

    /// The judge, where the user has named a function of the error.
    #[inline]
    pub fn kind_by<F>(self, _: F) -> AsOk
    where
        R: Carries,
    {
        AsOk
    }

    /// The judge, where there need be no error.
    #[inline]
    pub fn or_ok_by<F>(self, _: F) -> AsOk {
        AsOk
    }
}

impl<R> Kindless<R> {
    /// The judge, where the user has asked for kinds.
    #[inline]
    #[must_use]
    pub const fn kinds(self) -> AsOk
    where
        R: Kinds,
    {
        AsOk
    }

    /// The same where there need be no error: there is one.
    #[inline]
    #[must_use]
    pub const fn or_ok(self) -> AsOk
    where
        R: Kinds,
    {
        AsOk
    }
}

impl ByKind {
    /// The judge, where the user has asked for kinds.
    #[inline]
    #[must_use]
    pub const fn kinds(self) -> Self {
        self
    }

    /// The judge, where there need be no error.
    #[inline]
    #[must_use]
    pub const fn or_ok(self) -> Self {
        self
    }
}

#[cfg(test)]
#[expect(clippy::needless_borrow, reason = "how many references there are is the question")]
mod tests {
    use std::{convert::Infallible, ops::ControlFlow, task::Poll};

    use super::Judged as _;
    use crate::call::{
        kind::ErrorKind,
        outcome::Outcome,
        probe::Probe,
        verdict::{Judge as _, Verdict},
    };

    /// What is said of a value whose type this function knows no better than its caller.
    macro_rules! judged {
        ($value:expr => $ty:ty) => {{
            let value: $ty = $value;
            (&&&&Probe::<$ty>::NEW).__tachometer_judge().or_ok().judge(&value)
        }};
    }

    enum Lookup {
        Missing,
        Broken,
    }

    impl ErrorKind for Lookup {
        const KINDS: &'static [&'static str] = &["broken"];

        fn kind(&self) -> &'static str {
            "broken"
        }

        fn is_ok(&self) -> bool {
            matches!(self, Self::Missing)
        }
    }

    struct Page(u16);

    impl Outcome for Page {
        fn is_error(&self) -> bool {
            self.0 >= 500
        }
    }

    type Answer<T> = Result<T, u8>;

    #[test]
    fn types_decide_what_an_error_is() {
        assert_eq!(judged!(Err(1) => Result<u8, u8>), Verdict::Error);
        assert_eq!(judged!(Err(1) => Answer<()>), Verdict::Error);
        assert_eq!(judged!(Some(Err(1)) => Option<Answer<()>>), Verdict::Error);
        assert_eq!(judged!(Poll::Ready(Err(1)) => Poll<Answer<()>>), Verdict::Error);
        assert_eq!(judged!(Poll::Ready(Some(Err(1))) => Poll<Option<Answer<()>>>), Verdict::Error);
        assert_eq!(judged!(Page(503) => Page), Verdict::Error);
        assert_eq!(judged!(Page(200) => Page), Verdict::Ok);
    }

    #[test]
    fn what_is_no_error_by_its_type_is_none() {
        assert_eq!(judged!(None => Option<u8>), Verdict::Ok);
        assert_eq!(judged!(None => Option<Answer<()>>), Verdict::Ok);
        assert_eq!(judged!(Poll::Pending => Poll<Answer<()>>), Verdict::Ok);
        assert_eq!(judged!(ControlFlow::Break(1) => ControlFlow<u8>), Verdict::Ok);
        assert_eq!(judged!(Ok(Err(1)) => Result<Answer<()>, Infallible>), Verdict::Ok);
        assert_eq!(judged!(7 => u8), Verdict::Ok);
    }

    #[test]
    fn an_error_that_calls_itself_none_is_none_wherever_it_is_judged() {
        assert_eq!(judged!(Err(Lookup::Missing) => Result<u8, Lookup>), Verdict::Ok);
        assert_eq!(judged!(Err(Lookup::Broken) => Result<u8, Lookup>), Verdict::Error);
        assert_eq!(judged!(Some(Err(Lookup::Missing.into())) => Option<Result<u8, Box<Lookup>>>), Verdict::Ok);
    }

    #[test]
    fn what_only_a_caller_makes_a_result_is_a_value() {
        fn ended<T>(value: &T) -> Verdict {
            (&&&&Probe::<T>::NEW).__tachometer_judge().or_ok().judge(value)
        }
        fn within<T>(value: &Option<T>) -> Verdict {
            (&&&&Probe::<Option<T>>::NEW).__tachometer_judge().or_ok().judge(value)
        }
        assert_eq!(ended(&Answer::<u8>::Err(1)), Verdict::Ok);
        assert_eq!(within(&Some(Answer::<u8>::Err(1))), Verdict::Ok);
    }
}
