//! Whether a body may assign to a part of a variable, as far as its tokens tell: also those that a macro is given.

use proc_macro2::{Spacing, TokenStream, TokenTree};

/// Whether `word`, or something in which it stands, is on the left of an assignment.
pub(super) fn assigns(body: &TokenStream, word: &str) -> bool {
    let tokens: Vec<TokenTree> = body.clone().into_iter().collect();
    let at_this_depth = (0..tokens.len()).filter(|&at| is_assignment(&tokens, at));
    let mut left = at_this_depth.map(|at| left_of(&tokens, at));
    left.any(|left| left.iter().any(|token| holds(token, word)))
        || tokens.iter().any(|token| matches!(token, TokenTree::Group(group) if assigns(&group.stream(), word)))
}

/// Whether the token is the `=` of an assignment, or of one with an operator.
fn is_assignment(tokens: &[TokenTree], at: usize) -> bool {
    let joined = |at: Option<usize>| match at.and_then(|at| tokens.get(at)) {
        Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint => Some(punct.as_char()),
        _ => None,
    };
    let TokenTree::Punct(equals) = &tokens[at] else { return false };
    if equals.as_char() != '=' || equals.spacing() == Spacing::Joint {
        return false;
    }
    match joined(at.checked_sub(1)) {
        Some('=' | '!') => false,
        // `<<=` and `>>=`, but not `<=`.
        Some(shift @ ('<' | '>')) => joined(at.checked_sub(2)) == Some(shift),
        _ => true,
    }
}

/// The tokens of the place that is assigned to.
fn left_of(tokens: &[TokenTree], at: usize) -> &[TokenTree] {
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ','));
    let begin = tokens[..at].iter().rposition(is_end).map_or(0, |end| end + 1);
    &tokens[begin..at]
}

fn holds(token: &TokenTree, word: &str) -> bool {
    match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => group.stream().into_iter().any(|token| holds(&token, word)),
        _ => false,
    }
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
