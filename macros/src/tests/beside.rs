//! Attributes beside ours: which are ours, and what becomes of those that are not.

use expect_test::expect;

use crate::{meter::Meter, tests::expands};

#[test]
fn what_is_not_ours_stays() {
    let item = r#"
        #[other::timed]
        #[timed(level = "debug")]
        #[timed = "x"]
        #[telemetry::in_flight(crate = telemetry)]
        fn f() {}"#;
    let expected = expect![[r##"
        #[other::timed]
        #[timed(level = "debug")]
        #[timed = "x"]
        #[telemetry::in_flight(crate = telemetry)]
        fn f() {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f"[true, false, false]
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
                telemetry::__private::site! { __TACHOMETER_SITE "f"[true, false, true] } let
                __tachometer_call = telemetry::__private::enter(& __TACHOMETER_SITE, ()); match
                () { () => {} }
            }
        }
    "#]];
    expands(Meter::Counted, "crate = telemetry", item, &expected);
}
