//! One expansion of each shape.

use expect_test::{Expect, expect};

use crate::{
    attribute::instrument,
    meter::Meter,
    tests::{expands, tokens},
};

#[test]
fn synchronous() {
    let expected = expect![[r#"
        pub fn r#match(x: u8) -> u8 {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "match" COUNTED
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => x,
            }
        }
    "#]];
    expands(Meter::Counted, "", "pub fn r#match(x: u8) -> u8 { x }", &expected);
}

static SYNCHRONOUS_RESULT: Expect = expect![[r##"
    #[inline]
    fn f<T>(self: &mut Self) -> io::Result<(&T, impl Iterator<Item = impl Sized>)>
    where
        T: Copy,
    {
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" MEASURED
        }
        #[allow(unused_imports)]
        use ::tachometer::__private::Judged as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::Lasts as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::LastsOpen as _;
        #[allow(clippy::result_large_err)]
        let (__tachometer_body, __tachometer_returned) = ::tachometer::__private::returned_by::<
            io::Result<(&T, _)>,
            _,
        >(move || {
            match () {
                () => self.g()?,
            }
        });
        let __tachometer_last = (&&&&&&&&__tachometer_returned)
            .__tachometer_last()
            .followed();
        let __tachometer_judge = (
            (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
            (&&&&__tachometer_last.end()).__tachometer_judge().or_ok(),
        );
        let __tachometer_call = __tachometer_last
            .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()));
        #[allow(clippy::result_large_err)]
        let __tachometer_value = __tachometer_body();
        let __tachometer_value = __tachometer_last
            .finish(
                __tachometer_call,
                __tachometer_judge.0,
                __tachometer_judge.1,
                __tachometer_value,
            );
        __tachometer_value
    }
"##]];

#[test]
fn synchronous_result() {
    let item = "
        #[inline]
        fn f<T>(self: &mut Self) -> io::Result<(&T, impl Iterator<Item = impl Sized>)>
        where
            T: Copy,
        {
            self.g()?
        }";
    expands(Meter::Measured, "", item, &SYNCHRONOUS_RESULT);
}

#[test]
fn asynchronous() {
    let expected = expect![[r#"
        fn f() -> impl ::core::future::Future<Output = ()> {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" ASYNC_IN_FLIGHT
            }
            #[allow(clippy::async_yields_async)]
            let __tachometer_body = async move {
                if false {
                    return ::tachometer::__private::never::<()>();
                }
                match () {
                    () => g().await,
                }
            };
            ::tachometer::__private::watch(
                &__TACHOMETER_SITE,
                (),
                ::tachometer::__private::AsOk,
                __tachometer_body,
            )
        }
    "#]];
    expands(Meter::InFlight, "", "async fn f() { g().await }", &expected);
}

#[test]
fn asynchronous_result() {
    let item = "async unsafe fn f(x: &str) -> Result<u8, E> { g(x).await }";
    let expected = expect![[r#"
        unsafe fn f(x: &str) -> impl ::core::future::Future<Output = Result<u8, E>> {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" ASYNC_COUNTED
            }
            use ::tachometer::__private::Asked as _;
            #[allow(clippy::async_yields_async)]
            let __tachometer_body = async move {
                if false {
                    return ::tachometer::__private::never::<Result<u8, E>>();
                }
                match () {
                    () => g(x).await,
                }
            };
            (&&&&&::tachometer::__private::Probe::<Result<u8, E>>::NEW)
                .__tachometer_asked()
                .watch(&__TACHOMETER_SITE, (), __tachometer_body)
        }
    "#]];
    expands(Meter::Counted, "", item, &expected);
}

#[test]
fn diverging() {
    let expected = expect![[r#"
        async fn f() -> ! {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" ASYNC_TIMED
            }
            #[allow(clippy::async_yields_async)]
            let __tachometer_body = ::core::pin::pin!(
                async move { match () { () => { loop {} } } }
            );
            let __tachometer_value = ::tachometer::__private::watch(
                    &__TACHOMETER_SITE,
                    (),
                    ::tachometer::__private::AsOk,
                    __tachometer_body,
                )
                .await;
            __tachometer_value
        }
    "#]];
    expands(Meter::Timed, "", "async fn f() -> ! { loop {} }", &expected);
}

#[test]
fn shared_with_another_type_than_result() {
    let expected = expect![[r#"
        fn f() -> Option<u8> {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" COUNTED
            }
            #[allow(unused_imports)]
            use ::tachometer::__private::Judged as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::Lasts as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::LastsOpen as _;
            let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<Option<u8>>::NEW)
                .__tachometer_last()
                .followed();
            let __tachometer_judge = (
                (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
                (&&&&__tachometer_last.end()).__tachometer_judge().told(),
            );
            let __tachometer_call = __tachometer_last
                .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()));
            #[allow(clippy::result_large_err)]
            let __tachometer_value = ::tachometer::__private::body::<
                Option<u8>,
                _,
            >(move || {
                match () {
                    () => None,
                }
            })();
            let __tachometer_value = __tachometer_last
                .finish(
                    __tachometer_call,
                    __tachometer_judge.0,
                    __tachometer_judge.1,
                    __tachometer_value,
                );
            __tachometer_value
        }
    "#]];
    expands(Meter::Counted, "result", "fn f() -> Option<u8> { None }", &expected);
}

#[test]
fn inner_attributes_come_first() {
    let item = "fn f() { #![allow(unused)] let x = 1; }";
    let expected = expect![[r#"
        fn f() {
            #![allow(unused)]
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::gauge("f");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
                .gauge(::tachometer::__private::InFlight::new(::tachometer::__private::Name::assumed("f"),
                ""))
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => {
                    let x = 1;
                }
            }
        }
    "#]];
    expands(Meter::InFlight, r#"name = "f""#, item, &expected);
}

#[test]
fn a_body_that_does_not_parse_is_kept() {
    let expansion = instrument(Meter::Counted, tokens(""), tokens("fn f(x: X) { x. }")).to_string();
    assert!(expansion.ends_with("{ x . } } }"), "{expansion}");
}
