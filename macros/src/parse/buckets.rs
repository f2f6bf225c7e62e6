//! The value of `buckets`, in attributes and in the derive: bounds, native ones, or both. It judges neither.

use proc_macro2::Ident;
use syn::{Expr, ExprAssign, ExprCall, punctuated::Punctuated, token::Comma};

use super::value::ungrouped;

/// What a histogram's buckets are.
#[derive(Clone)]
pub(crate) enum Buckets {
    /// An array or a path; a `&` in front is not kept.
    Bounds(Expr),
    /// `native`, with what stands behind it in parentheses.
    Native(Box<Native>),
}

#[derive(Clone, Default)]
pub(crate) struct Native {
    /// The bounds beside them, likewise.
    pub(crate) bounds: Option<Expr>,
    pub(crate) schema: Option<Expr>,
    pub(crate) max_buckets: Option<Expr>,
}

const USAGE: &str =
    "`native` takes bounds, `schema` and `max_buckets`; write `native([0.1, 1.0], schema = 3, max_buckets = 160)`";

impl Buckets {
    /// The buckets that a value stands for; what stands for none is `misshapen`.
    pub(crate) fn of(value: Expr, misshapen: impl FnOnce(Expr) -> syn::Error) -> syn::Result<Self> {
        match borrowed(value) {
            Expr::Path(path) if path.path.is_ident("native") => Ok(Self::Native(Box::default())),
            Expr::Call(ExprCall { func, args, .. }) if is_native(&func) => {
                Ok(Self::Native(Box::new(Native::of(args)?)))
            }
            bounds @ (Expr::Array(_) | Expr::Path(_)) => Ok(Self::Bounds(bounds)),
            other => Err(misshapen(other)),
        }
    }
}

impl Buckets {
    /// The bounds, if there are some.
    pub(crate) fn bounds(&self) -> Option<&Expr> {
        match self {
            Self::Bounds(bounds) => Some(bounds),
            Self::Native(native) => native.bounds.as_ref(),
        }
    }
}

impl Native {
    fn of(args: Punctuated<Expr, Comma>) -> syn::Result<Self> {
        let mut native = Self::default();
        for (at, arg) in args.into_iter().enumerate() {
            let Some((key, value)) = assigned(&arg) else {
                match borrowed(arg) {
                    bounds @ (Expr::Array(_) | Expr::Path(_)) if at == 0 => native.bounds = Some(bounds),
                    other => return Err(syn::Error::new_spanned(other, USAGE)),
                }
                continue;
            };
            let slot = if key == "schema" {
                &mut native.schema
            } else if key == "max_buckets" {
                &mut native.max_buckets
            } else {
                return Err(syn::Error::new_spanned(key, USAGE));
            };
            if slot.replace(value.clone()).is_some() {
                return Err(syn::Error::new_spanned(key, format_args!("`{key}` is given twice; drop one")));
            }
        }
        Ok(native)
    }
}

/// What a reference is to.
fn borrowed(value: Expr) -> Expr {
    match ungrouped(value) {
        Expr::Reference(reference) if reference.mutability.is_none() => ungrouped(*reference.expr),
        other => other,
    }
}

fn is_native(function: &Expr) -> bool {
    matches!(function, Expr::Path(path) if path.path.is_ident("native"))
}

/// The two sides of `key = value`.
fn assigned(arg: &Expr) -> Option<(&Ident, &Expr)> {
    let Expr::Assign(ExprAssign { left, right, .. }) = arg else { return None };
    let Expr::Path(key) = &**left else { return None };
    Some((key.path.get_ident()?, right))
}
