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
#[expect(unused_variables, unused_assignments)]
fn assigned_only(mut argument: u8) -> Result<u8, ()> {
    argument = 2;
    Ok(1)
}

#[measured]
#[expect(unused_assignments)]
fn assigned_before_it_is_read(mut argument: u8) -> Result<u8, ()> {
    argument = 2;
    Ok(argument)
}

#[measured]
#[expect(unused_assignments)]
async fn assigned_in_the_end(mut argument: &str) -> usize {
    let length = argument.len();
    argument = "";
    length
}

struct Builder(u8);

#[measured]
impl Builder {
    #[expect(unused_mut)]
    fn build(mut self) -> Result<u8, ()> {
        Ok(self.0)
    }

    #[expect(unused_mut)]
    async fn build_later(mut self) -> u8 {
        self.0
    }

    fn with(mut self, number: u8) -> Result<Self, ()> {
        self.0 = number;
        Ok(self)
    }
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
/// By the closure around a body that may be left in its midst, an argument whose name stands where the body never comes, or
/// is that of another variable, is taken.
mod not_kept {
    #[tachometer::measured]
    #[expect(unreachable_code)]
    pub(super) fn unused_where_nothing_comes(text: String) -> Result<usize, ()> {
        return Ok(1);
        Ok(text.len())
    }

    #[tachometer::measured]
    pub(super) fn unused_under_another(text: String) -> Result<usize, ()> {
        let text = "4";
        let number: usize = text.parse().map_err(drop)?;
        Ok(number)
    }

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

/// A closure, which a body has that may be left in its midst, sees no more than itself: that nothing reads what a field of `self` is given, and that a body is left before
/// a variable is used.
mod new {
    use std::{future::Future, pin::Pin};

    pub(super) struct Plain(pub(super) u8);

    /// It is told at the future, and not at its box.
    #[tachometer::measured]
    #[expect(unreachable_code)]
    pub(super) fn boxed_behind_the_end() -> Pin<Box<dyn Future<Output = u8>>> {
        panic!("on purpose");
        Box::pin(async { 1 })
    }

    #[tachometer::measured]
    impl Plain {
        #[expect(unused_assignments)]
        pub(super) fn field_assigned(mut self) -> Result<u8, ()> {
            let number: u8 = "1".parse().map_err(drop)?;
            self.0 = 2;
            Ok(number)
        }

        #[expect(unreachable_code)]
        pub(super) fn assigned_behind_the_end(mut self) -> Result<u8, ()> {
            return Ok(self.0);
            self.0 = 2;
            Ok(1)
        }

        #[expect(unreachable_code, unused_assignments, unused_variables)]
        pub(super) fn captured_for_nothing(number: u8) -> Result<u8, ()> {
            return Ok(1);
            let add = || number + 1;
            Ok(add())
        }
    }
}

fn main() {
    drop(std::panic::catch_unwind(|| drop(new::boxed_behind_the_end())));
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
    assert_eq!((assigned_only(1), assigned_before_it_is_read(1)), (Ok(1), Ok(2)));
    drop((assigned_in_the_end(""), Builder(1).build_later()));
    assert_eq!(Builder(1).with(2).and_then(Builder::build), Ok(2));
    let text = || String::from("text");
    assert_eq!((not_kept::unused_where_nothing_comes(text()), not_kept::unused_under_another(text())), (Ok(1), Ok(4)));
    assert_eq!(
        (new::Plain(1).field_assigned(), new::Plain(1).assigned_behind_the_end(), new::Plain::captured_for_nothing(1)),
        (Ok(1), Ok(1), Ok(1))
    );
}
