//! Whether a body may assign to a part of a variable, as far as its tokens tell: also those that a macro is given.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Whether `word`, or something in which it stands, is on the left of an assignment.
pub(super) fn assigns(body: &TokenStream, word: &str) -> bool {
    // Behind the statement, the argument or the block before: whether the word has come, and what is joined to what follows.
    let (mut has_come, mut joined) = (false, [None; 2]);
    for token in body.clone() {
        let mut next = None;
        match token {
            TokenTree::Group(group) if assigns(&group.stream(), word) => return true,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => has_come = false,
            TokenTree::Group(group) => has_come |= holds(group.stream(), word),
            TokenTree::Ident(ident) => has_come |= ident == word,
            TokenTree::Punct(punct) => {
                let is_joint = punct.spacing() == Spacing::Joint;
                match punct.as_char() {
                    '=' if has_come && !is_joint && is_assignment(joined) => return true,
                    ';' | ',' => has_come = false,
                    _ => {}
                }
                next = is_joint.then(|| punct.as_char());
            }
            TokenTree::Literal(_) => {}
        }
        joined = [joined[1], next];
    }
    false
}

/// Whether a `=` behind these is that of an assignment, or of one with an operator.
fn is_assignment(joined: [Option<char>; 2]) -> bool {
    match joined {
        // `==`, `!=`, `..=`
        [_, Some('=' | '!' | '.')] => false,
        // `<<=` and `>>=`, but not `<=`.
        [before, Some(shift @ ('<' | '>'))] => before == Some(shift),
        _ => true,
    }
}

fn holds(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => holds(group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_to_a_part_is_found_wherever_it_stands() {
        let assigns = |body: &str| assigns(&body.parse().expect("it is Rust"), "self");
        for body in [
            "self.open = false; Ok(1)",
            "self.a.b[1] += 2",
            "if x { self.n <<= 1 }",
            "let f = || { self.open = true; };",
            "(self.a, b) = (1, 2)",
            "set!(self.a = 3)",
            "*self.a = 3",
        ] {
            assert!(assigns(body), "{body}");
        }
        for body in
            ["let x = self; Ok(1)", "self.a == 1 && self.b <= 2", "match self { _ => self.a != 1 }", "a = self.b"]
        {
            assert!(!assigns(body), "{body}");
        }
    }
}
