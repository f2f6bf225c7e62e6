//! What is left of an item when an attribute is wrong, and what is said about it.

use expect_test::{Expect, expect};

use crate::{
    attribute::instrument,
    meter::Meter,
    tests::{rejected, tokens},
};

fn rejects(meter: Meter, args: &str, item: &str, expected: &Expect) {
    let (messages, item) = rejected(meter, args, item);
    expected.assert_eq(&format!("{}\n\n{item}", messages.join("\n")));
}

#[test]
fn every_mistake_is_named_and_the_function_stays() {
    let args = r#"nmae = "x", name = 5, labels(self.a, b, b, c =), result = false, buckets = [2.0, 1.0]"#;
    let expected = expect![[r#"
        `nmae` is no key of `measured`; did you mean `name`?
        `name` takes a string literal or the path of a constant; write `name = ".."`
        this label has no name; write `a = ..`
        label `c` has no value; write `c = ..`
        `result` is a flag and takes no value; write `result`
        `const fn` cannot be measured, it may run in the compiler; drop `const` or the attribute
        label `b` is given twice; drop one
        bucket `1.0` is below the one before it; sort the buckets
        `function_calls_duration_seconds` is recorded by `measured` already; drop one or give it another name

        #[inline]
        pub const fn f(&self) {
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("b");
        }
    "#]];
    rejects(Meter::Measured, args, "#[timed] #[inline] pub const fn f(&self) {}", &expected);
}

#[test]
fn a_body_that_does_not_parse_stays() {
    let fallback = instrument(Meter::Measured, tokens("x"), tokens("fn f() { #![a] x. }")).to_string();
    assert!(fallback.ends_with("fn f () { # ! [a] x . }"), "{fallback}");
}

#[test]
fn reading_goes_on_behind_a_mistake() {
    let args = r#"5 = 6, name "x_total" 7, , help = "a" + "b", crate ="#;
    let expected = expect![[r#"
        expected a key of `counted`; its keys are `name`, `function`, `help`, `labels`, `known`, `result`, `ok_if`, `error_if`, `error_kind`, `items`, `rolling`, `making`, `slo`, `team`, `as_is`, `zero`, `crate`
        `name` takes a string literal or the path of a constant; write `name = ".."`
        expected a key of `counted`; its keys are `name`, `function`, `help`, `labels`, `known`, `result`, `ok_if`, `error_if`, `error_kind`, `items`, `rolling`, `making`, `slo`, `team`, `as_is`, `zero`, `crate`
        `help` takes a string literal; write `help = ".."`
        `crate` takes a path; write `crate = path::to::tachometer`

        fn f() {}
    "#]];
    rejects(Meter::Counted, args, "fn f() {}", &expected);
}

#[test]
fn a_name_that_cannot_be_read_is_not_missing_too() {
    let expected = expect![[r#"
        `name` takes a string literal or the path of a constant; write `name = ".."`

        fn f(x: u8) {
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
            let _ = || {
                let _ = &x;
            };
        }
    "#]];
    rejects(Meter::Counted, "name = 5, labels(x)", "fn f(x: u8) {}", &expected);
}

#[test]
fn a_label_that_is_written_wrong_is_told_its_name() {
    let args = r#"name = "f_total", labels(self.0.x, &model.kind, tenant.as_str(), "route", 5, a::B)"#;
    let expected = expect![[r#"
        this label has no name; write `x = ..`
        this label has no name; write `kind = ..`
        this label has no name; write `tenant = ..`
        this label has no name; write `route = ..`
        this label has no name; write `label = ..`
        this label has no name; write `B = ..`

        fn f(&self) {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
        }
    "#]];
    rejects(Meter::Counted, args, "fn f(&self) {}", &expected);
}

#[test]
fn an_item_that_is_no_function_stays() {
    let item = "#[derive(Debug)] #[timed] #[tachometer::in_flight(result)] struct S { x: u8 }";
    let expected = expect![[r#"
        `struct` is no function; put `counted` on a function

        #[derive(Debug)]
        struct S {
            x: u8,
        }
    "#]];
    rejects(Meter::Counted, "", item, &expected);
}

#[test]
fn every_kind_of_item_is_told_where_the_attribute_goes() {
    for (item, message) in [
        ("impl<T> S<T> { const X: u8 = 1; }", "this `impl` holds no function; drop `timed`"),
        ("unsafe impl Send for S {}", "this `impl` holds no function; drop `timed`"),
        ("pub(crate) mod m { mod n { f! {} } }", "this `mod` holds no function; drop `timed`"),
        ("pub mod m;", "`mod` has its functions in another file; put `timed` on them"),
        ("pub unsafe trait T {}", "`trait` is no function; put `timed` on its methods that have a body"),
        ("static S: fn() = f;", "`static` is no function; put `timed` on a function"),
        ("const C: fn() = f;", "`const` is no function; put `timed` on a function"),
        ("extern \"C\" {}", "`extern` is no function; put `timed` on a function"),
    ] {
        assert_eq!(rejected(Meter::Timed, "", item).0, [message]);
    }
}

#[test]
fn a_function_without_a_body_stays() {
    let fallback = instrument(Meter::Timed, tokens(""), tokens("#[counted] safe fn f();")).to_string();
    assert!(fallback.contains("`fn` has no body to measure"), "{fallback}");
    assert!(fallback.ends_with("} safe fn f () ;"), "{fallback}");
    let fallback = instrument(Meter::Timed, tokens(""), tokens("const extern \"C\" fn f();")).to_string();
    assert!(fallback.contains("`fn` has no body to measure"), "{fallback}");
}

#[test]
fn nothing_at_all_is_an_error() {
    assert_eq!(rejected(Meter::Timed, "", "").0, ["unexpected end of input, expected `fn`"]);
}

#[test]
fn half_an_attribute_on_half_a_function_is_no_panic() {
    let args = r#"name = a::B, help = "h", labels(a = b.c(), d), result, buckets = &[0.1, -1.0], crate = ::e"#;
    let item = r#"#[timed(result)] pub async unsafe extern "C" fn f<T>(self: &T, x: [u8; 2]) -> Result<T, ()> where T: X { x }"#;
    for meter in Meter::ALL {
        for length in 0..=tokens(args).into_iter().count() {
            let half = tokens(args).into_iter().take(length).collect();
            assert!(!instrument(meter, half, tokens(item)).is_empty());
        }
        for length in 0..=tokens(item).into_iter().count() {
            let half = tokens(item).into_iter().take(length).collect();
            assert!(!instrument(meter, tokens(args), half).is_empty());
        }
    }
}
