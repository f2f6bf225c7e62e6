//! Labels in all their forms.

use expect_test::expect;

use crate::{meter::Meter, tests::expands};

#[test]
fn displayed_and_limited() {
    let item = "fn f(a: &str, b: Addr) {}";
    let expected = expect![[r#"
        fn f(a: &str, b: Addr) {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("a");
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("b");
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("c");
            static __TACHOMETER_CAP_1_1: ::tachometer::__private::Cap = ::tachometer::__private::Cap::new(
                10,
            );
            static __TACHOMETER_CAP_1_3: ::tachometer::__private::Cap = ::tachometer::__private::Cap::new(
                MOST,
            );
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new().labels(&
                ["a", "b", "c"])
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
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
                    &[
                        &::tachometer::__private::capped(&__TACHOMETER_CAP_1_1, &(a)),
                        &::tachometer::__private::displayed(&(b)),
                        &::tachometer::__private::capped(
                            &__TACHOMETER_CAP_1_3,
                            &::tachometer::__private::displayed(&(b.port())),
                        ),
                    ],
                );
            }
            let __tachometer_call = ::tachometer::__private::enter(
                &__TACHOMETER_SITE,
                &__tachometer_labels,
            );
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::Counted, r#"name = "f_total", labels(cap(a, 10), %b, c = cap(%b.port(), MOST))"#, item, &expected);
}

#[test]
fn of_known_values() {
    let item = "fn f<T>(a: bool, b: &m::Kind<'_>, c: u8) {}";
    let expected = expect![[r#"
        fn f<T>(a: bool, b: &m::Kind<'_>, c: u8) {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("a");
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("b");
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("c");
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("d");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new().labels(&
                ["a", "b", "c", "d"]).values({ #[allow(unused_imports)] use
                ::tachometer::__private::Unknown as _;
                ::tachometer::__private::checked_values(const { &
                [::tachometer::__private::Probe:: < bool > ::VALUES,
                ::tachometer::__private::Probe:: < m::Kind < 'static > > ::VALUES,
                ::tachometer::__private::Probe:: < ::core::primitive::bool > ::VALUES,
                ::core::option::Option::Some(& ["x"])] }) })
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
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
                    &[&(a), &(b), &(c > 1), &("x")],
                );
            }
            let __tachometer_call = ::tachometer::__private::enter(
                &__TACHOMETER_SITE,
                &__tachometer_labels,
            );
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::Counted, r#"name = "f_total", labels(a, b, c = c > 1, d = "x")"#, item, &expected);
}

#[test]
fn of_unknown_values() {
    let item = "fn f<Kind>(a: bool, b: Kind) {}";
    let expected = expect![[r#"
        fn f<Kind>(a: bool, b: Kind) {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("a");
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("b");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new().labels(&
                ["a", "b"]).values({ #[allow(unused_imports)] use
                ::tachometer::__private::Unknown as _;
                ::tachometer::__private::checked_values(const { &
                [::tachometer::__private::Probe:: < bool > ::VALUES,
                ::core::option::Option::None] }) })
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
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
                    &[&(a), &(b)],
                );
            }
            let __tachometer_call = ::tachometer::__private::enter(
                &__TACHOMETER_SITE,
                &__tachometer_labels,
            );
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::Counted, r#"name = "f_total", labels(a, b)"#, item, &expected);
}

#[test]
fn without_zero_no_values_are_named() {
    let item = "fn f<Kind>(a: bool, b: Kind) {}";
    let expected = expect![[r#"
        fn f<Kind>(a: bool, b: Kind) {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("a");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new().labels(&
                ["a"]).without_zero()
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
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
                    &[&(a)],
                );
            }
            let __tachometer_call = ::tachometer::__private::enter(
                &__TACHOMETER_SITE,
                &__tachometer_labels,
            );
            match () {
                () => {}
            }
        }
    "#]];
    expands(Meter::Counted, r#"name = "f_total", labels(a), zero = false"#, item, &expected);
}
