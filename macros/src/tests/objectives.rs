//! Objectives of functions.

use expect_test::{Expect, expect};

use crate::{meter::Meter, tests::expands};

#[test]
fn both_metrics_have_it() {
    let expected = expect![[r#"
        fn f() {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = { let __tachometer_slo =
                ::tachometer::__private::Slo::applied(slo::CHECKOUT,
                ::core::option::Option::Some(true), true);
                ::tachometer::__private::Declaration::new().function("f")
                .counter(::tachometer::__private::Counted::FUNCTION.slo(__tachometer_slo))
                .timer(::tachometer::__private::Timed::slo(::tachometer::__private::Timed::FUNCTION,
                __tachometer_slo)).gauge(::tachometer::__private::InFlight::FUNCTION) }
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::Measured, "slo = slo::CHECKOUT", "fn f() {}", &expected);
}

static EACH_ATTRIBUTE_HAS_ITS_OWN: Expect = expect![[r#"
    fn f() -> Option<()> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
            "f_total",
        );
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
            "f_seconds",
        );
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" = { let __tachometer_slo =
            ::tachometer::__private::Slo::applied(RATE, ::core::option::Option::Some(true),
            false); let __tachometer_slo_2 = ::tachometer::__private::Slo::applied(LATENCY,
            ::core::option::Option::None, true); ::tachometer::__private::Declaration::new()
            .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
            "").result().slo(__tachometer_slo))
            .timer(::tachometer::__private::Timed::slo(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
            "").buckets(::tachometer::__private::checked_bounds(const { & (B) })),
            __tachometer_slo_2)) }
        }
        #[allow(unused_imports)]
        use ::tachometer::__private::Judged as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::Lasts as _;
        #[allow(unused_imports)]
        use ::tachometer::__private::LastsOpen as _;
        let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<Option<()>>::NEW)
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
            Option<()>,
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

#[test]
fn each_attribute_has_its_own() {
    let item = r#"#[timed(name = "f_seconds", buckets = B, slo = LATENCY)] fn f() -> Option<()> { None }"#;
    expands(Meter::Counted, r#"name = "f_total", result, slo = RATE"#, item, &EACH_ATTRIBUTE_HAS_ITS_OWN);
}
