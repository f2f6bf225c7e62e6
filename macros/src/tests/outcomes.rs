//! Keys that say how a call has ended.

use expect_test::{Expect, expect};

use crate::{
    meter::Meter,
    tests::{expands, rejected},
};

#[test]
fn by_a_function_of_the_value() {
    let item = "fn f(limit: u8) -> u8 { limit }";
    let expected = expect![[r#"
        fn f(limit: u8) -> u8 {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::stem("f");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = { let __tachometer_stem =
                ::tachometer::__private::Name::assumed("f");
                ::tachometer::__private::Declaration::new()
                .counter(::tachometer::__private::Counted::new(__tachometer_stem.total(), "")
                .result()).timer(::tachometer::__private::Timed::new(__tachometer_stem
                .duration(), "")).gauge(::tachometer::__private::InFlight::new(__tachometer_stem
                .in_flight(), "")) }
            }
            let __tachometer_judge = ::tachometer::__private::ok_if(
                ::tachometer::__private::judging(
                    ::tachometer::__private::Probe::<u8>::NEW,
                    |value| *value < limit,
                ),
            );
            let mut __tachometer_call = ::tachometer::__private::begin(&__TACHOMETER_SITE, ());
            #[allow(clippy::result_large_err)]
            let __tachometer_value = ::tachometer::__private::body::<
                u8,
                _,
            >(move || {
                match () {
                    () => limit,
                }
            })();
            ::tachometer::__private::Call::conclude(
                &mut __tachometer_call,
                &__tachometer_judge,
                &__tachometer_value,
            );
            __tachometer_value
        }
    "#]];
    expands(Meter::Measured, r#"name = "f", ok_if = |value| *value < limit"#, item, &expected);
}

#[test]
fn of_a_future_by_a_path() {
    let item = "async fn f() -> Option<u8> { None }";
    let expected = expect![[r#"
        fn f() -> impl ::core::future::Future<Output = Option<u8>> {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
                "f_seconds",
            );
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
                .asynchronous()
                .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
                "").result())
            }
            #[allow(unused_imports)]
            use ::tachometer::__private::Judged as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::Lasts as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::LastsOpen as _;
            #[allow(clippy::async_yields_async)]
            let __tachometer_body = async move {
                if false {
                    return ::tachometer::__private::never::<Option<u8>>();
                }
                match () {
                    () => None,
                }
            };
            {
                let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<
                    Option<u8>,
                >::NEW)
                    .__tachometer_last()
                    .followed();
                __tachometer_last
                    .watch(
                        ::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()),
                        (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
                        ::tachometer::__private::error_if(
                            ::tachometer::__private::judging(
                                __tachometer_last.value(),
                                |__tachometer_value| ::tachometer::__private::asked(
                                    Option::is_none,
                                    __tachometer_value,
                                ),
                            ),
                        ),
                        __tachometer_body,
                    )
            }
        }
    "#]];
    expands(Meter::Timed, r#"name = "f_seconds", error_if = Option::is_none"#, item, &expected);
}

#[test]
fn with_the_kind_of_the_error() {
    let item = "async fn f<T>(x: T) -> Result<T, m::Error<'_>> { Ok(x) }";
    let expected = expect![[r#"
        fn f<T>(x: T) -> impl ::core::future::Future<Output = Result<T, m::Error<'_>>> {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
                .asynchronous().kinds({ #[allow(unused_imports)] use
                ::tachometer::__private::Unknown as _; ::tachometer::__private::Probe:: < Result
                < (), m::Error < 'static > > > ::KINDS })
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
                "").error())
            }
            #[allow(unused_imports)]
            use ::tachometer::__private::Judged as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::Kinded as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::Lasts as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::LastsOpen as _;
            #[allow(clippy::async_yields_async)]
            let __tachometer_body = async move {
                if false {
                    return ::tachometer::__private::never::<Result<T, m::Error<'_>>>();
                }
                #[allow(
                    clippy::no_effect_underscore_binding,
                    clippy::shadow_same,
                    clippy::used_underscore_binding
                )]
                let x = x;
                match () {
                    () => Ok(x),
                }
            };
            {
                let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<
                    Result<T, m::Error<'_>>,
                >::NEW)
                    .__tachometer_last()
                    .followed();
                __tachometer_last
                    .watch(
                        ::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()),
                        (&&&__tachometer_last.now()).__tachometer_kind().or_ok(),
                        (&&&__tachometer_last.end()).__tachometer_kind().kinds(),
                        __tachometer_body,
                    )
            }
        }
    "#]];
    expands(Meter::Counted, r#"name = "f_total", error_kind"#, item, &expected);
}

static OF_TWO_JUDGES: Expect = expect![[r#"
    fn f() -> Result<u8, E> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
            "f_seconds",
        );
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::gauge(
            "f_in_flight",
        );
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" COUNTED
        }
        ::tachometer::__private::site! {
            __TACHOMETER_SITE_2 "f" = ::tachometer::__private::Declaration::new()
            .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
            "").error())
            .gauge(::tachometer::__private::InFlight::new(::tachometer::__private::Name::assumed("f_in_flight"),
            ""))
        }
        #[allow(unused_imports)]
        use ::tachometer::__private::Judged as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::Kinded as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::Lasts as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::LastsOpen as _;
        let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<
            Result<u8, E>,
        >::NEW)
            .__tachometer_last()
            .followed();
        let __tachometer_judge = (
            (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
            ::tachometer::__private::ok_if(
                ::tachometer::__private::judging(
                    __tachometer_last.value(),
                    |__tachometer_value| ::tachometer::__private::asked(
                        is_fine,
                        __tachometer_value,
                    ),
                ),
            ),
        );
        let __tachometer_call = __tachometer_last
            .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()));
        let __tachometer_judge_2 = (
            (&&&__tachometer_last.now()).__tachometer_kind().or_ok(),
            (&&&__tachometer_last.end()).__tachometer_kind().kinds(),
        );
        let __tachometer_call_2 = __tachometer_last
            .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE_2, ()));
        #[allow(clippy::result_large_err)]
        let __tachometer_value = ::tachometer::__private::body::<
            Result<u8, E>,
            _,
        >(move || {
            match () {
                () => Ok(1),
            }
        })();
        let __tachometer_value = __tachometer_last
            .finish(
                __tachometer_call_2,
                __tachometer_judge_2.0,
                __tachometer_judge_2.1,
                __tachometer_value,
            );
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

#[test]
fn of_two_judges() {
    let item = r#"
        #[timed(name = "f_seconds", error_kind)]
        #[in_flight(name = "f_in_flight")]
        fn f() -> Result<u8, E> { Ok(1) }"#;
    expands(Meter::Counted, "ok_if = is_fine", item, &OF_TWO_JUDGES);
}

#[test]
fn mistakes() {
    let cases = [
        (Meter::Counted, "ok_if = a, error_if = b", "fn f() -> u8 { 1 }"),
        (Meter::Counted, r#"name = "x_total", error_kind, ok_if = a, result"#, "fn f() -> R { 1 }"),
        (Meter::Counted, "error_kind", "fn f() -> Result<u8, E> { g() }"),
        (Meter::Timed, "ok_if = a", "fn f() -> u8 { 1 }"),
        (Meter::InFlight, r#"name = "x", ok_if = a, error_if = b, error_kind"#, "fn f() -> u8 { 1 }"),
        (Meter::Counted, "ok_if = a() + 1, error_if, error_kind = x", "fn f() -> u8 { 1 }"),
        (Meter::Counted, "ok_if = a", "fn f() {}"),
        (Meter::Counted, "ok_if = a", "fn f() -> ! { loop {} }"),
        (Meter::Counted, r#"name = "x_total", error_kind"#, "fn f() -> (u8, u8) { (1, 2) }"),
        (Meter::Counted, r#"name = "x_total", labels(error = 1, result = 2), error_kind"#, "fn f() -> R { g() }"),
    ];
    let messages: Vec<String> =
        cases.into_iter().flat_map(|(meter, args, item)| rejected(meter, args, item).0).collect();
    let expected = expect![[r#"
        `ok_if` says already how a call has ended; drop one of the two
        `ok_if` says already how a call has ended; drop one of the two
        `error_kind` needs `name`; write `name = "f_total"`
        `ok_if` needs `name`; write `name = "f_seconds"`
        `ok_if` does not apply to `in_flight`, calls in flight have no outcome yet; drop it
        `error_if` does not apply to `in_flight`, calls in flight have no outcome yet; drop it
        `error_kind` does not apply to `in_flight`, calls in flight have no outcome yet; drop it
        `ok_if` says already how a call has ended; drop one of the two
        `ok_if` says already how a call has ended; drop one of the two
        `ok_if` takes a function of the returned value; write `ok_if = path` or `ok_if = |value| ..`
        `error_if` takes a function of the returned value; write `error_if = path` or `error_if = |value| ..`
        `error_kind` needs `name`; write `name = "f_total"`
        `error_kind` needs a `Result`; return one or drop `error_kind`
        `ok_if` needs a return value, and `f` has none; drop it
        `ok_if` needs a return value, and `!` has none; drop it
        `error_kind` needs a `Result`; return one or drop `error_kind`
        label `error` is what the key `error_kind` adds; rename it or drop the key
        label `result` is what the key for the outcome adds; rename it or drop the key"#]];
    expected.assert_eq(&messages.join("\n"));
}
