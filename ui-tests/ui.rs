//! Compiles each file: those in `pass` without a warning, those in `fail` with the errors beside them.
//!
//! `TRYBUILD=overwrite cargo test -p tachometer-ui-tests` writes the errors anew; read each of them before it stays.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
}
