//! Attributes beside ours: which are ours, and what becomes of those that are not.

use expect_test::expect;

use crate::{
    deferred::deferred,
    meter::Meter,
    tests::{emits, expands, shown, tokens},
};

#[test]
fn what_is_not_ours_stays() {
    let item = r#"
        #[other::timed]
        #[tachometer::timed(level = "debug")]
        #[tachometer::timed = "x"]
        #[telemetry::in_flight(crate = telemetry)]
        fn f() {}"#;
    let expected = expect![[r##"
        #[other::timed]
        #[tachometer::timed(level = "debug")]
        #[tachometer::timed = "x"]
        #[telemetry::in_flight(crate = telemetry)]
        fn f() {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" COUNTED
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
fn the_path_given_as_crate_is_ours() {
    let item = "#[telemetry::in_flight] fn f() {}";
    let expected = expect![[r#"
        fn f() {
            #[allow(unused_imports)]
            use telemetry::in_flight as _;
            telemetry::__private::within! {
                telemetry::__private::site! { __TACHOMETER_SITE "f" COUNTED_IN_FLIGHT } let
                __tachometer_call = telemetry::__private::enter(& __TACHOMETER_SITE, ()); match
                () { () => {} }
            }
        }
    "#]];
    expands(Meter::Counted, "crate = telemetry", item, &expected);
}

#[test]
fn what_may_be_ours_or_not_has_what_waits_below_it() {
    let item = r#"
        #[inline]
        #[timed(level = "debug")]
        #[cold]
        #[skip(all)]
        fn f() {}"#;
    emits(
        Meter::Counted,
        "name = NAME, crate = telemetry",
        item,
        &expect![[r##"
        #[inline]
        #[timed(level = "debug")]
        #[telemetry::__private::deferred({counted(name = NAME, crate = telemetry)})]
        #[cold]
        #[skip(all)]
        fn f() {}
    "##]],
    );
    let item = "
        impl<T, const N: usize> Hall<T> {
            #[skip]
            #[timed(every = 3)]
            fn clap() {}
            #[tachometer::skip]
            fn leave() {}
        }";
    emits(
        Meter::Measured,
        "",
        item,
        &expect![[r#"
        impl<T, const N: usize> Hall<T> {
            #[skip]
            #[timed(every = 3)]
            #[::tachometer::__private::deferred(
                {measured()}{["Hall"](T, N)["Calls of the functions of `Hall`."]}
            )]
            fn clap() {}
            #[tachometer::skip]
            fn leave() {}
        }
    "#]],
    );
}

#[test]
fn what_has_waited_in_vain_measures() {
    let args = r#"{ counted(name = "hall_total") } { ["Hall"] (T, N) ["Calls of the hall."] }"#;
    let function = deferred(tokens(args), tokens("fn clap() {}"));
    expect![[r#"
        fn clap() {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "hall_total",
            );
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "Hall::clap" = ::tachometer::__private::Declaration::new()
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("hall_total"),
                "Calls of the hall."))
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => {}
            }
        }
    "#]]
    .assert_eq(&shown(function));
    let function = deferred(tokens(args), tokens("const fn clap() {}"));
    expect![[r#"
        const fn clap() {}
    "#]]
    .assert_eq(&shown(function));
    // What it has become is no function any more.
    let other = deferred(tokens("{ timed() }"), tokens("struct Clap;"));
    expect![[r#"
        ::core::compile_error! {
            "`struct` is no function; put `timed` on a function"
        }
        struct Clap;
    "#]]
    .assert_eq(&shown(other));
}
