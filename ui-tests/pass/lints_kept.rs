//! What the lints find in the user's own code, they find under an attribute too. Each `expect` is an error if its lint
//! finds nothing; those of clippy are read by clippy alone.

#![deny(warnings)]
#![deny(clippy::all, clippy::pedantic)]

use tachometer::{counted, measured};

#[measured]
#[expect(dead_code)]
fn never_called() {}

#[measured]
#[expect(dead_code)]
async fn never_awaited() {}

#[measured]
#[expect(unused_variables)]
fn unused_argument(argument: u8) -> Result<u8, ()> {
    Ok(1)
}

#[measured]
#[expect(unused_mut)]
fn mutable(mut argument: u8) -> u8 {
    argument
}

#[measured]
#[expect(unreachable_code)]
fn unreachable() -> Result<u8, ()> {
    return Ok(1);
    Ok(2)
}

#[measured(name = "parentheses", result)]
#[expect(unused_parens, unused_braces, clippy::blocks_in_conditions)]
async fn superfluous(flag: bool) -> Option<u8> {
    if (flag) {
        return None;
    }
    let value = if { flag } { 1 } else { 2 };
    Some(value)
}

#[must_use]
#[counted]
fn must_use() -> u8 {
    1
}

#[counted]
fn fails() -> Result<(), ()> {
    Err(())
}

#[counted]
#[deprecated]
fn old() {}

#[measured]
#[expect(clippy::needless_pass_by_value)]
fn by_value(text: String) -> usize {
    text.len()
}

#[measured(name = "cast", result)]
#[expect(clippy::cast_lossless, clippy::needless_borrow)]
fn cast(number: u8) -> Option<u32> {
    let text = "text";
    let length = (&text).len();
    (length > 1).then_some(number as u32)
}

#[measured]
#[expect(clippy::similar_names, clippy::single_match_else)]
async fn pedantic(maybe: Option<u8>) -> Result<u8, ()> {
    let (customer_id, customer_ip) = (1, 2);
    match maybe {
        Some(value) => Ok(value),
        None => {
            let sum = customer_id + customer_ip;
            Ok(sum)
        }
    }
}

fn main() {
    #[expect(unused_must_use)]
    {
        must_use();
        fails();
        superfluous(true);
    }
    #[expect(deprecated)]
    old();
    assert_eq!((unused_argument(1), mutable(1), unreachable()), (Ok(1), 1, Ok(1)));
    assert_eq!((by_value("text".to_owned()), cast(1)), (4, Some(1)));
    drop(pedantic(None));
}
