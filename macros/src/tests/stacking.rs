//! Attributes of ours on top of each other.

use expect_test::{Expect, expect};

use crate::{meter::Meter, tests::expands};

#[test]
fn equals_share_a_site() {
    let item = "
        #[inline]
        #[timed]
        #[tachometer::in_flight]
        fn f() {}";
    let expected = expect![[r##"
        #[inline]
        fn f() {
            #[allow(unused_imports)]
            use tachometer::in_flight as _;
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" MEASURED
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => {}
            }
        }
    "##]];
    expands(Meter::Counted, "", item, &expected);
}

#[test]
fn other_labels_are_another_site() {
    let item = r#"#[timed(name = NAME, labels(y))] fn f(x: u8, y: u8) {}"#;
    let expected = expect![[r#"
        fn f(x: u8, y: u8) {
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("y");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new().labels(&
                ["x"])
                .gauge(::tachometer::__private::InFlight::new(::tachometer::__private::Name::gauge(F),
                ""))
            }
            ::tachometer::__private::site! {
                __TACHOMETER_SITE_2 "f" = ::tachometer::__private::Declaration::new().labels(&
                ["y"])
                .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::timer(NAME),
                ""))
            }
            let mut __tachometer_labels = ::tachometer::__private::Labels::none();
            if let ::core::option::Option::Some(__tachometer_target) = ::tachometer::__private::Site::live(
                &__TACHOMETER_SITE,
            ) {
                ::tachometer::__private::Labels::resolve(
                    &mut __tachometer_labels,
                    __tachometer_target,
                    &__TACHOMETER_SITE,
                    &[&(x)],
                );
            }
            let mut __tachometer_labels_2 = ::tachometer::__private::Labels::none();
            if let ::core::option::Option::Some(__tachometer_target) = ::tachometer::__private::Site::live(
                &__TACHOMETER_SITE_2,
            ) {
                ::tachometer::__private::Labels::resolve(
                    &mut __tachometer_labels_2,
                    __tachometer_target,
                    &__TACHOMETER_SITE_2,
                    &[&(y)],
                );
            }
            let __tachometer_call = ::tachometer::__private::enter(
                &__TACHOMETER_SITE,
                &__tachometer_labels,
            );
            let __tachometer_call_2 = ::tachometer::__private::enter(
                &__TACHOMETER_SITE_2,
                &__tachometer_labels_2,
            );
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::InFlight, "name = F, labels(x)", item, &expected);
}

static NO_LABELS_ARE_ANOTHER_SITE: Expect = expect![[r#"
    fn f(x: u8) -> Result<u8, u8> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
            "f_total",
        );
        const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
            "f_seconds",
        );
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new().labels(&
            ["x"])
            .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
            "").result())
            .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
            ""))
        }
        ::tachometer::__private::site! {
            __TACHOMETER_SITE_2 "f" IN_FLIGHT
        }
        #[allow(unused_imports)]
        use ::tachometer::__private::Judged as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::Lasts as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::LastsOpen as _;
        let mut __tachometer_labels = ::tachometer::__private::Labels::none();
        if let ::core::option::Option::Some(__tachometer_target) = ::tachometer::__private::Site::live(
            &__TACHOMETER_SITE,
        ) {
            ::tachometer::__private::Labels::resolve(
                &mut __tachometer_labels,
                __tachometer_target,
                &__TACHOMETER_SITE,
                &[&(x)],
            );
        }
        let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<
            Result<u8, u8>,
        >::NEW)
            .__tachometer_last()
            .followed();
        let __tachometer_judge = (
            (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
            (&&&&__tachometer_last.end()).__tachometer_judge().told(),
        );
        let __tachometer_call = __tachometer_last
            .begin(
                ::tachometer::__private::Start::new(
                    &__TACHOMETER_SITE,
                    &mut __tachometer_labels,
                ),
            );
        let __tachometer_judge_2 = (
            ::tachometer::__private::AsOk,
            ::tachometer::__private::AsOk,
        );
        let __tachometer_call_2 = __tachometer_last
            .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE_2, ()));
        #[allow(clippy::result_large_err)]
        let __tachometer_value = ::tachometer::__private::body::<
            Result<u8, u8>,
            _,
        >(move || {
            match () {
                () => Ok(x),
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
fn no_labels_are_another_site() {
    let item = r#"#[in_flight] #[timed(name = "f_seconds", labels(x))] fn f(x: u8) -> Result<u8, u8> { Ok(x) }"#;
    expands(Meter::Counted, r#"name = "f_total", labels(x), result"#, item, &NO_LABELS_ARE_ANOTHER_SITE);
}

static A_SHARED_AND_A_NAMED_METRIC: Expect = expect![[r#"
    fn f() -> Option<u8> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
            "f_seconds",
        );
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" COUNTED
        }
        ::tachometer::__private::site! {
            __TACHOMETER_SITE_2 "f" = ::tachometer::__private::Declaration::new()
            .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
            "").result())
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
            (&&&&__tachometer_last.end()).__tachometer_judge().or_ok(),
        );
        let __tachometer_call = __tachometer_last
            .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()));
        let __tachometer_judge_2 = (
            (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
            (&&&&__tachometer_last.end()).__tachometer_judge().told(),
        );
        let __tachometer_call_2 = __tachometer_last
            .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE_2, ()));
        #[allow(clippy::result_large_err)]
        let __tachometer_value = ::tachometer::__private::body::<
            Option<u8>,
            _,
        >(move || {
            match () {
                () => Some(1),
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
fn a_shared_and_a_named_metric_are_two_sites() {
    let item = "#[timed(name = \"f_seconds\", result)] fn f() -> Option<u8> { Some(1) }";
    expands(Meter::Counted, "", item, &A_SHARED_AND_A_NAMED_METRIC);
}

static FUTURES_NEST: Expect = expect![[r#"
    fn f() -> impl ::core::future::Future<Output = Result<u8, u8>> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
            "f_total",
        );
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
            "g_total",
        );
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
            .asynchronous()
            .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
            ""))
        }
        ::tachometer::__private::site! {
            __TACHOMETER_SITE_2 "f" = ::tachometer::__private::Declaration::new()
            .asynchronous()
            .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("g_total"),
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
                return ::tachometer::__private::never::<Result<u8, u8>>();
            }
            match () {
                () => Ok(1),
            }
        };
        {
            let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<
                Result<u8, u8>,
            >::NEW)
                .__tachometer_last()
                .followed();
            __tachometer_last
                .watch(
                    ::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()),
                    ::tachometer::__private::AsOk,
                    ::tachometer::__private::AsOk,
                    __tachometer_last
                        .watch(
                            ::tachometer::__private::Start::new(&__TACHOMETER_SITE_2, ()),
                            (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
                            (&&&&__tachometer_last.end()).__tachometer_judge().told(),
                            __tachometer_body,
                        ),
                )
        }
    }
"#]];

#[test]
fn futures_nest() {
    let item = r#"#[counted(name = "g_total", result)] async fn f() -> Result<u8, u8> { Ok(1) }"#;
    expands(Meter::Counted, r#"name = "f_total""#, item, &FUTURES_NEST);
}
