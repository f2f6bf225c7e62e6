//! What the lints find in the user's own code, they find under an attribute too. Each `expect` is an error if its lint
//! finds nothing; those of clippy are read by clippy alone.

#![deny(warnings)]
#![deny(clippy::all, clippy::pedantic, clippy::print_stdout)]

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

#[measured(name = "returns", result)]
#[expect(clippy::needless_return)]
fn returns(number: u8) -> Result<u8, u8> {
    if number > 3 {
        return Err(number);
    }
    return Ok(number);
}

#[measured]
#[expect(clippy::needless_return)]
async fn returns_later(number: u8) -> u8 {
    std::future::ready(()).await;
    return number;
}

#[measured]
#[expect(clippy::print_stdout, clippy::uninlined_format_args, clippy::useless_conversion)]
fn prints(number: u8) -> Result<u8, u8> {
    println!("{}", number);
    number.checked_sub(1).ok_or(u8::from(number))
}

#[measured]
#[expect(clippy::print_stdout, clippy::uninlined_format_args)]
async fn prints_later(number: u8) {
    std::future::ready(()).await;
    println!("{}", number);
}

/// What compares a signature with its body finds a future awaited, a value that may fail, an argument given away.
mod not_kept {
    #[tachometer::measured]
    pub(super) async fn unused_async(number: u8) -> u8 {
        number
    }

    #[tachometer::measured(name = "unnecessary_wraps", result)]
    pub(super) fn unnecessary_wraps(number: u8) -> Result<u8, u8> {
        Ok(number)
    }

    #[tachometer::measured(name = "needless_pass_by_value", result)]
    pub(super) fn needless_pass_by_value(text: String) -> Result<usize, usize> {
        if text.is_empty() { Err(1) } else { Ok(text.len()) }
    }
}

fn main() {
    assert_eq!(returns(1), Ok(1));
    // What lists tests reads all that is printed.
    assert!(std::env::args().len() < 9 || prints(2).is_ok());
    drop((returns_later(1), prints_later(1), not_kept::unused_async(1)));
    assert_eq!((not_kept::unnecessary_wraps(1), not_kept::needless_pass_by_value(String::new())), (Ok(1), Err(1)));
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
