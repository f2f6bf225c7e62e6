//! Whole blocks.

use expect_test::{Expect, expect};

use crate::{
    attribute,
    meter::Meter,
    tests::{expands, rejected, tokens},
};

#[test]
fn an_impl_block() {
    let item = r#"
        #[allow(dead_code)]
        #[timed]
        unsafe impl<const N: usize> m::Trait<{ N }> for &m::Index<{ N }> {
            const X: u8 = { 1 };
            const fn new() -> Self { Self }
            #[inline] fn get(&self) -> u8 { 1 }
            #[skip] fn a() {}
            make! { fn d() {} }
        }"#;
    let expected = expect![[r#"
        const _: () = {
            ::tachometer::__private::site! {
                __TACHOMETER_LEFT "Index" = ::tachometer::__private::Declaration::new()
                .without_zero().more(& ::tachometer::__private::More { team :
                ::core::option::Option::None, left : & [::tachometer::__private::Left { function
                : "Index::new", line : ::core::line!(), why : "it is a `const fn`" }], })
            }
        };
        #[allow(dead_code)]
        unsafe impl<const N: usize> m::Trait<{ N }> for &m::Index<{ N }> {
            const X: u8 = { 1 };
            const fn new() -> Self {
                Self
            }
            #[inline]
            fn get(&self) -> u8 {
                ::tachometer::__private::site! {
                    __TACHOMETER_SITE "Index::get" COUNTED_TIMED
                }
                let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
                match () {
                    () => 1,
                }
            }
            #[skip]
            #[::tachometer::__private::deferred(
                {counted()timed()}{["Index"](N)["Calls of the functions of `Index`."]}
            )]
            fn a() {}
            make! {
                fn d() {}
            }
        }
    "#]];
    expands(Meter::Counted, "", item, &expected);
}

#[test]
fn attributes_inside_of_a_block() {
    let item = r#"
        impl Index {
            #[skip] fn a() {}
            #[cfg_attr(feature = "x", inline, skip)] fn b() {}
            #[in_flight] fn c() {}
        }"#;
    let expected = expect![[r#"
        impl Index {
            #[skip]
            #[::tachometer::__private::deferred(
                {counted()}{["Index"]()["Calls of the functions of `Index`."]}
            )]
            fn a() {}
            #[cfg(feature = "x")]
            #[inline]
            #[skip]
            #[::tachometer::__private::deferred(
                {counted()}{["Index"]()["Calls of the functions of `Index`."]}
            )]
            fn b() {}
            #[cfg(not(feature = "x"))]
            fn b() {
                ::tachometer::__private::site! {
                    __TACHOMETER_SITE "Index::b" COUNTED
                }
                let __tachometer_call = ::tachometer::__private::enter(&__TACHOMETER_SITE, ());
                match () {
                    () => {}
                }
            }
            #[in_flight]
            #[::tachometer::__private::deferred(
                {counted()}{["Index"]()["Calls of the functions of `Index`."]}
            )]
            fn c() {}
        }
    "#]];
    expands(Meter::Counted, "", item, &expected);
}

static A_MODULE: Expect = expect![[r#"
    /// Pays.
    mod m {
        #![allow(x)]
        use a::{b, c};
        struct S<const N: usize> {
            x: u8,
        }
        mod n {
            fn g() -> Result<(), ()> {
                const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                    "m_total",
                );
                ::tachometer::__private::site! {
                    __TACHOMETER_SITE "g" = ::tachometer::__private::Declaration::new()
                    .lasting({ #[allow(unused_imports)] use ::tachometer::__private::Unknown
                    as _; ::tachometer::__private::Lasting { is_followed :
                    ::tachometer::__private::Probe:: < Result < (), () > > ::IS_FOLLOWED ||
                    ::tachometer::__private::Probe:: < Result < (), () > > ::HOLDS_FOLLOWED,
                    is_borrowed : ::tachometer::__private::Probe:: < Result < (), () > >
                    ::IS_BORROWED, lasts : ::tachometer::__private::Probe:: < Result < (), ()
                    > > ::IS_FUTURE || ::tachometer::__private::Probe:: < Result < (), () > >
                    ::IS_STREAM || ::tachometer::__private::Probe:: < Result < (), () > >
                    ::HOLDS_FUTURE || ::tachometer::__private::Probe:: < Result < (), () > >
                    ::HOLDS_STREAM, } })
                    .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("m_total"),
                    "Pays.").result())
                }
                use ::tachometer::__private::Asked as _;
                let mut __tachometer_call = (&&&&&::tachometer::__private::Probe::<
                    Result<(), ()>,
                >::NEW)
                    .__tachometer_asked()
                    .begin_or_leave(&__TACHOMETER_SITE);
                let mut __tachometer_value: Result<(), ()> = match () {
                    () => Ok(()),
                };
                __tachometer_call.end(&mut __tachometer_value);
                __tachometer_value
            }
        }
        #[tachometer::counted]
        mod o {
            fn h() {}
        }
        mod p;
    }
"#]];

#[test]
fn a_module() {
    let item = "
        /// Pays.
        mod m {
            #![allow(x)]
            use a::{b, c};
            struct S<const N: usize> { x: u8 }
            mod n { fn g() -> Result<(), ()> { Ok(()) } }
            #[tachometer::counted] mod o { fn h() {} }
            mod p;
        }";
    expands(Meter::Counted, r#"name = "m_total", result"#, item, &A_MODULE);
}

#[test]
fn an_impl_block_in_a_module() {
    let expected = expect![[r#"
        mod m {
            struct S;
            impl S {
                fn f() {
                    ::tachometer::__private::site! {
                        __TACHOMETER_SITE "S::f" COUNTED
                    }
                    let __tachometer_call = ::tachometer::__private::enter(
                        &__TACHOMETER_SITE,
                        (),
                    );
                    match () {
                        () => {}
                    }
                }
            }
        }
    "#]];
    expands(Meter::Counted, "", "mod m { struct S; impl S { fn f() {} } }", &expected);
}

#[test]
fn mistakes_of_a_block_are_named_once() {
    let item = "#[counted] impl Index { #[timed(result)] fn a() {} fn b() {} }";
    let (messages, item) = rejected(Meter::Measured, "help = \"x\", function = 3", item);
    let expected = expect![[r#"
        `function` takes a string literal; write `function = ".."`
        `help` needs `name`; write `name = "index"`
        `function_calls_total` is recorded by `measured` already; drop one or give it another name

        impl Index {
            #[timed(result)]
            fn a() {}
            fn b() {}
        }
    "#]];
    expected.assert_eq(&format!("{}\n\n{item}", messages.join("\n")));
}

#[test]
fn a_block_that_is_half_typed_is_kept() {
    let expansion =
        attribute::instrument(Meter::Counted, tokens(""), tokens("impl X { fn f() { x. } fn g }")).to_string();
    assert!(expansion.starts_with("impl X { fn f ()") && expansion.ends_with("{ x . } } } fn g }"), "{expansion}");
}

#[test]
fn skip_means_nothing_by_itself() {
    assert_eq!(attribute::skip(tokens(""), tokens("fn f() {}")).to_string(), "fn f () { }");
    let refused = attribute::skip(tokens("x"), tokens("fn f() {}")).to_string();
    assert!(refused.contains("`skip` takes no arguments") && refused.ends_with("fn f () { }"), "{refused}");
}
