//! Expansions of attributes that name their metrics.

use expect_test::{Expect, expect};

use crate::{meter::Meter, tests::expands};

static NAMED: Expect = expect![[r#"
    /// Runs the jobs
    /// of a queue.
    ///
    /// More about it.
    fn f(job: Job, r#type: u8) -> Option<u8> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::stem("jobs");
        const _: &::core::primitive::str = ::tachometer::__private::checked_label("kind");
        const _: &::core::primitive::str = ::tachometer::__private::checked_label("type");
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" = { let __tachometer_stem =
            ::tachometer::__private::Name::assumed("jobs");
            ::tachometer::__private::Declaration::new().labels(& ["kind", "type"])
            .counter(::tachometer::__private::Counted::new(__tachometer_stem.total(),
            "Runs the jobs of a queue.").result())
            .timer(::tachometer::__private::Timed::new(__tachometer_stem.duration(),
            "Runs the jobs of a queue.")
            .buckets(::tachometer::__private::checked_bounds(const { & ([0.1, LAST]) })))
            .gauge(::tachometer::__private::InFlight::new(__tachometer_stem.in_flight(),
            "Runs the jobs of a queue.")) }
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
                &[&(job.kind()), &(r#type)],
            );
        }
        let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<Option<u8>>::NEW)
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
        #[allow(clippy::result_large_err)]
        let __tachometer_value = ::tachometer::__private::body::<
            Option<u8>,
            _,
        >(move || {
            if false {
                let _ = &job;
            }
            match () {
                () => job.run(),
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
fn named() {
    let args = r#"name = "jobs", labels(kind = job.kind(), r#type), result, buckets = [0.1, LAST]"#;
    let item = "
        /// Runs the jobs
        /// of a queue.
        ///
        /// More about it.
        fn f(job: Job, r#type: u8) -> Option<u8> { job.run() }";
    expands(Meter::Measured, args, item, &NAMED);
}

#[test]
fn named_by_path_with_help_and_crate() {
    let args = r#"name = names::WAIT, help = "Waited.", result, buckets = &BOUNDS, crate = my::telemetry"#;
    let expected = expect![[r#"
        fn f() -> Result<(), ()> {
            my::telemetry::__private::within! {
                my::telemetry::__private::site! { __TACHOMETER_SITE "f" =
                my::telemetry::__private::Declaration::new()
                .timer(my::telemetry::__private::Timed::new(my::telemetry::__private::Name::timer(names::WAIT),
                "Waited.").result().buckets(my::telemetry::__private::checked_bounds(const { &
                (BOUNDS) }))) } #[allow(unused_imports)] use my::telemetry::__private::Judged as
                _; #[allow(unused_imports)] use my::telemetry::__private::Lasts as _;
                #[allow(unused_imports)] use my::telemetry::__private::LastsOpen as _; let
                __tachometer_last = (&& && && && my::telemetry::__private::Probe:: < Result < (),
                () > > ::NEW).__tachometer_last().followed(); let __tachometer_judge = ((&& &&
                __tachometer_last.now()).__tachometer_judge().or_ok(), (&& && __tachometer_last
                .end()).__tachometer_judge().told()); let __tachometer_call = __tachometer_last
                .begin(my::telemetry::__private::Start::new(& __TACHOMETER_SITE, ()));
                #[allow(clippy::result_large_err)] let __tachometer_value =
                my::telemetry::__private::body:: < Result < (), () >, _ > (move || { match () {
                () => { wait() } } }) (); let __tachometer_value = __tachometer_last
                .finish(__tachometer_call, __tachometer_judge.0, __tachometer_judge.1,
                __tachometer_value); __tachometer_value
            }
        }
    "#]];
    expands(Meter::Timed, args, "fn f() -> Result<(), ()> { wait() }", &expected);
}

#[test]
fn bounds_beside_native_buckets() {
    let args = r#"name = "f_seconds", buckets = native(&[0.1, 1.0], schema = 4)"#;
    let expected = expect![[r#"
        fn f() {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
                "f_seconds",
            );
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
                .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
                "").buckets(::tachometer::__private::checked_bounds(const { & ([0.1, 1.0]) }))
                .native(::tachometer::__private::Native::new()
                .schema(::tachometer::__private::checked_schema(4))))
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::Timed, args, "fn f() {}", &expected);
}

#[test]
fn native_buckets() {
    let args = r#"name = "f_seconds", buckets = native(max_buckets = MOST, schema = -1)"#;
    let expected = expect![[r#"
        fn f() {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
                "f_seconds",
            );
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
                .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
                "").native(::tachometer::__private::Native::new()
                .schema(::tachometer::__private::checked_schema(- 1))
                .max_buckets(::tachometer::__private::checked_max_buckets(MOST))))
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::Timed, args, "fn f() {}", &expected);
}

#[test]
fn rolling() {
    expands(
        Meter::Counted,
        "name = \"jobs_total\", rolling",
        "fn f() {}",
        &expect![[r#"
            fn f() {
                const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                    "jobs_total",
                );
                static __TACHOMETER_ROLLING_1_1: ::tachometer::__private::Rolled = ::tachometer::__private::Rolled::new(
                    ::tachometer::__private::attached,
                );
                ::tachometer::__private::site! {
                    __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
                    .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("jobs_total"),
                    "").rolling(& __TACHOMETER_ROLLING_1_1))
                }
                let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
                match () {
                    () => {}
                }
            }
        "#]],
    );
}

#[test]
fn rolling_and_shared() {
    expands(
        Meter::Measured,
        "rolling",
        "fn f() {}",
        &expect![[r#"
        fn f() {
            static __TACHOMETER_ROLLING_1_1: ::tachometer::__private::Rolled = ::tachometer::__private::Rolled::new(
                ::tachometer::__private::attached,
            );
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f"[true, false, true]
                .timer(::tachometer::__private::Timed::FUNCTION.rolling(&
                __TACHOMETER_ROLLING_1_1))
            }
            let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
            match () {
                () => {}
            }
        }
    "#]],
    );
}
