//! Expansions are the same each time, and in the order in which their source is written: builds can be reproduced.

use crate::{attribute::instrument, meter::Meter, tests::tokens};

#[test]
fn an_expansion_is_the_same_each_time() {
    let args = "name = \"f\", labels(z, a = a.len(), m, b), result, buckets = [1.0, 2.0]";
    let item = "
        #[timed(labels(y), name = \"f_seconds\")]
        #[in_flight(name = \"f_calls\", labels(b, a))]
        fn f(z: bool, a: &str, m: u8, b: u8, y: Kind) -> Result<u8, u8> { Ok(1) }";
    let expansion = || instrument(Meter::Counted, tokens(args), tokens(item)).to_string();
    let first = expansion();
    for _ in 0..20 {
        assert_eq!(expansion(), first);
    }
}

#[test]
fn labels_stand_in_the_order_of_their_source() {
    let args = "name = \"f_total\", labels(zebra, ant = 1 + one, mule, bee)";
    let item = "fn f(zebra: u8, one: u8, mule: u8, bee: u8) {}";
    let expansion = instrument(Meter::Counted, tokens(args), tokens(item)).to_string();
    assert!(expansion.contains(r#"["zebra" , "ant" , "mule" , "bee"]"#), "{expansion}");
    let at = |label: &str| expansion.find(label).unwrap_or_else(|| panic!("no {label} in {expansion}"));
    assert!(
        at("& (zebra)") < at("& (1 + one)") && at("& (1 + one)") < at("& (mule)") && at("& (mule)") < at("& (bee)")
    );
}

#[test]
fn text_that_only_speaks_of_other_attributes_is_text() {
    let item = "
        impl Index {
            /// Not under `#[async_trait(?Send)]`, and not `#[tachometer::skip]`ped.
            fn f(&self) -> &'static str { \"#[async_trait] async fn g() {}\" }
        }";
    let expansion = instrument(Meter::Counted, tokens(""), tokens(item)).to_string();
    assert!(expansion.contains("enter") && !expansion.contains("watch"), "{expansion}");
}
