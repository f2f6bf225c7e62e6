//! Labels all of whose values are known before the first call, so that their series can be there.

use proc_macro2::TokenStream;
use syn::{BinOp, Expr, ExprLit, FnArg, Lit, Pat, Type, UnOp, parse_quote};

use crate::{
    expand::{
        named,
        plan::Site,
        root::{self, Root},
    },
    model::Measure,
    parse::Label,
    shape::bare,
};

/// What can be said of a label's values.
enum Values {
    /// There is this one.
    One(String),
    /// They are those of a type, which knows them or not.
    Of(Box<Type>),
}

/// The call that tells a site the values of those labels whose values can be known; none where there is no such label.
pub(super) fn values(site: &Site<'_>, measure: &Measure, root: &Root<'_>) -> Option<TokenStream> {
    let labels = site.labels();
    if labels.is_empty() || !site.shows_zero() {
        return None;
    }
    let private = root.private();
    let values: Vec<Option<Values>> = labels.iter().map(|label| of_label(label, measure)).collect();
    if values.iter().all(Option::is_none) {
        return None;
    }
    let values = values.into_iter().map(|values| match values {
        Some(Values::One(value)) => ours!(::core::option::Option::Some(&[#value])),
        Some(Values::Of(ty)) => ours!(#private::Probe::<#ty>::VALUES),
        None => ours!(::core::option::Option::None),
    });
    let values = ours!(const { &[#(#values),*] });
    let place = root::ours_at(&labels.first()?.name);
    let checked = root.check_at(place, &ours!(checked_values), &values);
    Some(ours!(.values({
        #[allow(unused_imports)]
        use #private::Unknown as _;
        #checked
    })))
}

fn of_label(label: &Label, measure: &Measure) -> Option<Values> {
    if label.displayed || label.cap.is_some() {
        return None;
    }
    match &label.value {
        Expr::Lit(ExprLit { lit, .. }) => literal(lit).map(Values::One),
        Expr::Path(path) => argument(path.path.get_ident()?, measure).map(|ty| Values::Of(Box::new(ty))),
        value if is_truth(value) => Some(Values::Of(Box::new(parse_quote!(::core::primitive::bool)))),
        _ => None,
    }
}

fn literal(lit: &Lit) -> Option<String> {
    match lit {
        Lit::Str(text) => Some(text.value()),
        Lit::Bool(truth) => Some(truth.value.to_string()),
        Lit::Int(number) => Some(number.base10_digits().to_owned()),
        Lit::Char(letter) => Some(letter.value().to_string()),
        _ => None,
    }
}

/// The type of an argument, without references, if a static can name it and it may have few values.
fn argument(name: &syn::Ident, measure: &Measure) -> Option<Type> {
    let ty = measure.function.sig.inputs.iter().find_map(|input| match input {
        FnArg::Typed(argument) => match &*argument.pat {
            Pat::Ident(pattern) if pattern.ident == *name => Some(bare(&argument.ty)),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })?;
    let ty = without_references(ty);
    match ty {
        Type::Path(path) if MANY.iter().any(|many| path.path.is_ident(many)) => None,
        Type::Path(_) => named::named(ty, &measure.parameters()),
        _ => None,
    }
}

fn without_references(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => without_references(bare(&reference.elem)),
        other => other,
    }
}

/// Types that everyone knows to have more values than series can begin at 0.
const MANY: [&str; 15] =
    ["str", "String", "char", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];

/// Whether an expression is true or false whatever its parts are.
fn is_truth(value: &Expr) -> bool {
    match value {
        Expr::Binary(binary) => matches!(
            binary.op,
            BinOp::And(_)
                | BinOp::Or(_)
                | BinOp::Eq(_)
                | BinOp::Ne(_)
                | BinOp::Lt(_)
                | BinOp::Le(_)
                | BinOp::Gt(_)
                | BinOp::Ge(_)
        ),
        Expr::Unary(unary) => matches!(unary.op, UnOp::Not(_)) && is_truth(&unary.expr),
        Expr::Paren(paren) => is_truth(&paren.expr),
        Expr::Group(group) => is_truth(&group.expr),
        Expr::Macro(call) => call.mac.path.is_ident("matches"),
        other => matches!(other, Expr::Lit(ExprLit { lit: Lit::Bool(_), .. })),
    }
}
