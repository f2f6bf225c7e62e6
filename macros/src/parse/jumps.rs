//! Ways by which an expression leaves the function that it stands in. Knows not what the expression is for.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Expr, ExprAsync, ExprAwait, ExprBlock, ExprBreak, ExprClosure, ExprConst, ExprContinue, ExprForLoop, ExprLoop,
    ExprReturn, ExprTry, ExprTryBlock, ExprWhile, Item, Label, Lifetime, Macro, Token,
    parse::Parser,
    punctuated::Punctuated,
    visit_mut::{self, VisitMut},
};

/// A token that leaves its expression, or makes it wait.
pub(super) struct Jump {
    pub(super) token: TokenStream,
    /// The token as it is written.
    pub(super) name: &'static str,
}

/// All tokens by which this expression can be left, in their order. What closures, `async` blocks, loops and items within
/// do among themselves is their own.
pub(super) fn of(expr: &Expr) -> Vec<Jump> {
    let mut jumps = Jumps::default();
    jumps.visit_expr_mut(&mut expr.clone());
    jumps.found
}

#[derive(Default)]
struct Jumps {
    found: Vec<Jump>,
    /// The names of the loops and blocks around, within the expression.
    labels: Vec<Ident>,
    loops: usize,
    tries: usize,
}

impl Jumps {
    fn found(&mut self, token: impl ToTokens, name: &'static str) {
        self.found.push(Jump { token: token.into_token_stream(), name });
    }

    /// A `break` or a `continue` out of the expression.
    fn leaves(&self, target: Option<&Lifetime>) -> bool {
        match target {
            Some(label) => !self.labels.contains(&label.ident),
            None => self.loops == 0,
        }
    }

    fn within(&mut self, label: Option<&Label>, is_loop: bool, visit: impl FnOnce(&mut Self)) {
        self.labels.extend(label.map(|label| label.name.ident.clone()));
        self.loops += usize::from(is_loop);
        visit(self);
        self.loops -= usize::from(is_loop);
        self.labels.truncate(self.labels.len() - usize::from(label.is_some()));
    }

    /// Tokens that cannot be read: those of a macro that takes no expressions.
    fn scan(&mut self, tokens: TokenStream) {
        let mut before = None;
        for token in tokens {
            match &token {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(word) if word == "return" => self.found(word, "return"),
                TokenTree::Ident(word) if word == "await" && before == Some('.') => self.found(word, ".await"),
                TokenTree::Punct(mark) if mark.as_char() == '?' && self.tries == 0 => self.found(&token, "?"),
                _ => {}
            }
            before = if let TokenTree::Punct(mark) = &token { Some(mark.as_char()) } else { None };
        }
    }
}

impl VisitMut for Jumps {
    fn visit_expr_try_mut(&mut self, expr: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, expr);
        if self.tries == 0 {
            self.found(expr.question_token, "?");
        }
    }

    fn visit_expr_await_mut(&mut self, expr: &mut ExprAwait) {
        visit_mut::visit_expr_await_mut(self, expr);
        self.found(expr.await_token, ".await");
    }

    fn visit_expr_return_mut(&mut self, expr: &mut ExprReturn) {
        self.found(expr.return_token, "return");
        visit_mut::visit_expr_return_mut(self, expr);
    }

    fn visit_expr_break_mut(&mut self, expr: &mut ExprBreak) {
        if self.leaves(expr.label.as_ref()) {
            self.found(expr.break_token, "break");
        }
        visit_mut::visit_expr_break_mut(self, expr);
    }

    fn visit_expr_continue_mut(&mut self, expr: &mut ExprContinue) {
        if self.leaves(expr.label.as_ref()) {
            self.found(expr.continue_token, "continue");
        }
    }

    fn visit_expr_loop_mut(&mut self, expr: &mut ExprLoop) {
        self.within(expr.label.clone().as_ref(), true, |this| visit_mut::visit_expr_loop_mut(this, expr));
    }

    fn visit_expr_while_mut(&mut self, expr: &mut ExprWhile) {
        self.within(expr.label.clone().as_ref(), true, |this| visit_mut::visit_expr_while_mut(this, expr));
    }

    fn visit_expr_for_loop_mut(&mut self, expr: &mut ExprForLoop) {
        self.visit_expr_mut(&mut expr.expr);
        self.within(expr.label.clone().as_ref(), true, |this| this.visit_block_mut(&mut expr.body));
    }

    fn visit_expr_block_mut(&mut self, expr: &mut ExprBlock) {
        self.within(expr.label.clone().as_ref(), false, |this| visit_mut::visit_expr_block_mut(this, expr));
    }

    fn visit_expr_try_block_mut(&mut self, expr: &mut ExprTryBlock) {
        self.tries += 1;
        visit_mut::visit_expr_try_block_mut(self, expr);
        self.tries -= 1;
    }

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}

    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}

    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Verbatim(tokens) => self.scan(tokens.clone()),
            other => visit_mut::visit_expr_mut(self, other),
        }
    }

    /// Most macros take expressions, such as `format!(..)`.
    fn visit_macro_mut(&mut self, call: &mut Macro) {
        match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.tokens.clone()) {
            Ok(mut arguments) => arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument)),
            Err(_) => self.scan(call.tokens.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn only_what_leaves_the_expression_is_found() {
        for (expr, found) in [
            ("a.b()?.c", "?"),
            ("a.b().await", ".await"),
            ("if a { return b } else { c? }", "return ?"),
            ("a.map(|b| b?).unwrap()", ""),
            ("a.map(|b| { return b })", ""),
            ("wait(async { a.await? })", ""),
            ("loop { if a { break b } else { continue } }", ""),
            ("break", "break"),
            ("{ continue 'outer }", "continue"),
            ("'a: loop { loop { break 'a 1 } }", ""),
            ("'a: loop { loop { break 'b 1 } }", "break"),
            ("'a: { if b { break 'a c } d }", ""),
            ("for a in break { break }", "break"),
            ("{ fn f() -> Option<u8> { None? } 1 }", ""),
            ("format!(\"{:?} {}\", a?, b.await)", "? .await"),
            ("vec![a?; 3].len()", "?"),
            ("matches!(a?, Some(_) | None)", "?"),
            ("matches!(a, B { .. } if c.d?)", "?"),
            ("matches!(a, Some(_) if b)", ""),
            ("m!(struct)", ""),
        ] {
            let parsed = syn::parse_str(expr).expect("it is an expression");
            let names: Vec<&str> = of(&parsed).iter().map(|jump| jump.name).collect();
            assert_eq!(names.join(" "), found, "{expr}");
        }
    }
}
