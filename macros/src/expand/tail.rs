//! A body taken apart: the statements that make a future ready, and the expression that is the future.
//!
//! It looks at the body's own statements only. What a macro hides is not seen.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprReturn, Item, Stmt,
    parse::Parser,
    visit_mut::{self, VisitMut},
};

/// A body whose last expression is the only one that leaves it.
pub(super) struct Tail {
    pub(super) statements: TokenStream,
    /// For a boxed future the `Box::pin` around it.
    pub(super) pin: Option<Expr>,
    pub(super) future: Expr,
}

impl Tail {
    /// A body that ends in `Box::pin(future)`.
    pub(super) fn boxed(body: &TokenStream) -> Option<Self> {
        if !may_end_in_pin(body) {
            return None;
        }
        let (statements, tail) = split(body)?;
        let Expr::Call(ExprCall { attrs, func, mut args, .. }) = tail else { return None };
        let is_pin = attrs.is_empty() && args.len() == 1 && is_box_pin(&func);
        let future = args.pop().filter(|_| is_pin)?;
        Some(Self { statements, pin: Some(*func), future })
    }

    /// A body that ends in any expression.
    pub(super) fn opaque(body: &TokenStream) -> Option<Self> {
        let (statements, future) = split(body)?;
        Some(Self { statements, pin: None, future })
    }
}

/// Whether a body may end in a call of something called `pin`: only then is it worth to be parsed.
fn may_end_in_pin(body: &TokenStream) -> bool {
    let mut last = [None, None];
    for token in body.clone() {
        let [_, behind] = last;
        last = [behind, Some(token)];
    }
    match last {
        [Some(TokenTree::Ident(function)), Some(TokenTree::Group(_))] => function == "pin",
        [_, Some(TokenTree::Group(group))] => group.delimiter() != Delimiter::Brace,
        _ => false,
    }
}

/// The statements of a body, and the expression behind them; `None` where the body can be left by other ways.
fn split(body: &TokenStream) -> Option<(TokenStream, Expr)> {
    let mut statements = Block::parse_within.parse2(body.clone()).ok()?;
    let Some(Stmt::Expr(tail, None)) = statements.pop() else { return None };
    let mut tail = ungrouped(tail);
    let mut returns = Returns(false);
    statements.iter_mut().for_each(|statement| returns.visit_stmt_mut(statement));
    returns.visit_expr_mut(&mut tail);
    (!returns.0).then(|| (quote!(#(#statements)*), tail))
}

fn ungrouped(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => ungrouped(*group.expr),
        Expr::Paren(paren) if paren.attrs.is_empty() => ungrouped(*paren.expr),
        other => other,
    }
}

/// Whether an expression is the path `Box::pin`, however it begins.
fn is_box_pin(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| &segment.ident);
    names.next().is_some_and(|last| last == "pin") && names.next().is_some_and(|ty| ty == "Box")
}

/// Whether there is a `return` of the body itself.
struct Returns(bool);

impl VisitMut for Returns {
    fn visit_expr_return_mut(&mut self, _: &mut ExprReturn) {
        self.0 = true;
    }

    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}

    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}

    fn visit_item_mut(&mut self, _: &mut Item) {}

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        // What our parser does not know may be anything.
        self.0 |= matches!(expr, Expr::Verbatim(tokens) if holds_return(tokens));
        visit_mut::visit_expr_mut(self, expr);
    }
}

fn holds_return(tokens: &TokenStream) -> bool {
    tokens.to_token_stream().to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == "return")
}
