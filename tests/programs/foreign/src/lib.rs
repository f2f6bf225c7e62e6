//! Attributes of another crate that are called as ours are. What they are on calls a function `ran` with their name, which
//! the one who uses them has.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// On a function, whatever is in its parentheses.
#[proc_macro_attribute]
pub fn timed(_: TokenStream, item: TokenStream) -> TokenStream {
    telling("timed", item)
}

/// On a function, whatever is in its parentheses; an `impl` block stays as it is.
#[proc_macro_attribute]
pub fn skip(_: TokenStream, item: TokenStream) -> TokenStream {
    telling("skip", item)
}

/// On an `impl` block, whose functions may have a `#[skip]` that means something to this attribute alone.
#[proc_macro_attribute]
pub fn dispatched(_: TokenStream, item: TokenStream) -> TokenStream {
    let members = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            Group::new(Delimiter::Brace, without_skip(group.stream())).into()
        }
        other => other,
    };
    item.into_iter().map(members).collect()
}

fn telling(name: &str, item: TokenStream) -> TokenStream {
    let is_block =
        item.clone().into_iter().any(|token| matches!(&token, TokenTree::Ident(word) if word.to_string() == "impl"));
    let with_call = |token| match token {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace && !is_block => {
            let call = format!("ran({name:?}); {}", body.stream());
            Group::new(Delimiter::Brace, call.parse().expect("it was Rust before")).into()
        }
        other => other,
    };
    item.into_iter().map(with_call).collect()
}

fn without_skip(members: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = members.into_iter().collect();
    let is_skip = |at: usize| match tokens.get(at..at + 2) {
        Some([TokenTree::Punct(hash), TokenTree::Group(attribute)]) if hash.as_char() == '#' => {
            attribute.stream().to_string().starts_with("skip")
        }
        _ => false,
    };
    let is_kept = |at: &usize| !(is_skip(*at) || at.checked_sub(1).is_some_and(is_skip));
    (0..tokens.len()).filter(is_kept).map(|at| tokens[at].clone()).collect()
}
