//! Types of a signature as a static can name them.
//!
//! A static sees neither the parameters of its function nor those of the `impl` block around it, and of the latter an
//! attribute on the function sees nothing. There a single word in capitals is taken for one of them.

use syn::{
    Expr, ExprPath, GenericArgument, Ident, Lifetime, LifetimeParam, Path, PathArguments, Type, TypeInfer, TypePath,
    parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{model::Parameters, shape::Output};

/// The type that a function returns, a `Result` with `()` for its value; `None` where it cannot be named.
pub(super) fn result(output: Output<'_>, parameters: &Parameters) -> Option<Type> {
    let Output::Type(Type::Path(result)) = output.expected() else { return None };
    let mut result = result.clone();
    let Some(last) = result.path.segments.last_mut().filter(|last| last.ident == "Result") else {
        return named(&Type::Path(result), parameters);
    };
    if let PathArguments::AngleBracketed(arguments) = &mut last.arguments {
        let types = arguments.args.iter_mut().filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        });
        // The first is the value's, be it of the standard library's type or of an alias.
        if let Some(value) = types.into_iter().next() {
            *value = parse_quote!(());
        }
    }
    named(&Type::Path(result), parameters)
}

/// The type with any lifetimes, unless a part of it cannot be named.
pub(super) fn named(ty: &Type, parameters: &Parameters) -> Option<Type> {
    let mut ty = ty.clone();
    let mut bound = Bound(Vec::new());
    bound.visit_type_mut(&mut ty);
    let mut naming = Naming { parameters, bound: bound.0, possible: true };
    naming.visit_type_mut(&mut ty);
    naming.possible.then_some(ty)
}

/// The lifetimes that a type brings itself, as in `for<'a> fn(&'a u8)`. No other lifetime can be called so.
struct Bound(Vec<Ident>);

impl VisitMut for Bound {
    fn visit_lifetime_param_mut(&mut self, parameter: &mut LifetimeParam) {
        self.0.push(parameter.lifetime.ident.clone());
    }
}

struct Naming<'a> {
    parameters: &'a Parameters,
    bound: Vec<Ident>,
    possible: bool,
}

impl Naming<'_> {
    fn is_parameter(&self, path: &Path) -> bool {
        let Some(first) = path.segments.first().map(|first| &first.ident) else { return false };
        let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let looks_like_one = !self.parameters.all && first.to_string().chars().all(is_capital);
        first == "Self" || self.parameters.names.contains(first) || looks_like_one
    }

    /// Whether it is a type of a parameter's, as in `T::Item`: a type that is none has no types that can be named so.
    fn is_of_parameter(&self, TypePath { qself, path, .. }: &TypePath) -> bool {
        let may_be_one = |name: &Ident| !self.parameters.all && name.to_string().starts_with(char::is_uppercase);
        let first = match qself.as_ref().map(|qself| &*qself.ty) {
            Some(Type::Path(ty)) => ty.path.get_ident(),
            Some(_) => None,
            None => path.segments.first().map(|first| &first.ident).filter(|_| path.segments.len() > 1),
        };
        path.leading_colon.is_none() && first.is_some_and(may_be_one)
    }
}

impl VisitMut for Naming<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        self.possible &= !matches!(ty, Type::ImplTrait(_) | Type::Macro(_) | Type::Verbatim(_));
        visit_mut::visit_type_mut(self, ty);
    }

    fn visit_type_infer_mut(&mut self, _: &mut TypeInfer) {
        self.possible = false;
    }

    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        self.possible &= !(self.is_parameter(&ty.path) || self.is_of_parameter(ty));
        visit_mut::visit_type_path_mut(self, ty);
    }

    // The lengths of arrays and other constants are expressions.
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        self.possible &= !matches!(expr, Expr::Macro(_) | Expr::Verbatim(_));
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_expr_path_mut(&mut self, expr: &mut ExprPath) {
        self.possible &= !self.is_parameter(&expr.path);
        visit_mut::visit_expr_path_mut(self, expr);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if self.bound.contains(&lifetime.ident) {
            return;
        }
        *lifetime = Lifetime::new("'static", lifetime.span());
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::result;
    use crate::{model::Parameters, parse::parameters, shape::Shape};

    #[test]
    fn results_are_named_unless_they_have_parameters() {
        for (signature, named) in [
            ("fn f() -> Result<u8, m::Error>", Some("Result < () , m :: Error >")),
            (
                "fn f<T>() -> std::result::Result<T, Error<'_, u8>>",
                Some("std :: result :: Result < () , Error < 'static , u8 > >"),
            ),
            ("fn f() -> io::Result<impl Sized>", Some("io :: Result < () >")),
            ("async fn f() -> fmt::Result", Some("fmt :: Result")),
            ("fn f() -> BoxFuture<'_, Result<T, Error>>", Some("Result < () , Error >")),
            (
                "fn f<'b>() -> Result<u8, Error<&'b u8, for<'a> fn(&'a u8) -> &'a u8>>",
                Some("Result < () , Error < & 'static u8 , for < 'a > fn (& 'a u8) -> & 'a u8 > >"),
            ),
            ("fn f() -> Result<u8, [Error; 2 + size]>", Some("Result < () , [Error ; 2 + size] >")),
            ("fn f<const LEN: usize>() -> Result<u8, [Error; LEN]>", None),
            ("fn f<const len: usize>() -> Result<u8, Error<{ len + 1 }>>", None),
            ("fn f<Item>() -> Result<u8, [Error; size_of::<Item>()]>", None),
            ("fn f() -> Result<u8, [Error; Self::LEN]>", None),
            ("fn f() -> Result<u8, [Error; len!(T)]>", None),
            ("fn f() -> Result<u8, E>", None),
            ("fn f() -> Result<u8, E::Error>", None),
            ("fn f() -> Result<u8, Inner::Error>", None),
            ("fn f() -> Result<u8, <Inner as Service>::Error>", None),
            ("fn f<Error>() -> Result<u8, Error>", None),
            ("fn f() -> Result<u8, Self::Error>", None),
            ("fn f() -> Result<u8, Box<Self>>", None),
            ("fn f() -> Result<u8, impl Error>", None),
            ("fn f() -> Option<Result<u8, Error>>", Some("Option < Result < u8 , Error > >")),
            ("fn f() -> AppResult<u8>", Some("AppResult < u8 >")),
            ("fn f<T>() -> AppResult<T>", None),
            ("fn f()", None),
        ] {
            let signature: syn::Signature = syn::parse_str(signature).expect("it is a signature");
            let parameters = Parameters { names: parameters(&signature.generics), all: false };
            let ty = result(Shape::of(&signature).output, &parameters);
            assert_eq!(ty.map(|ty| ty.to_token_stream().to_string()).as_deref(), named, "{}", signature.ident);
        }
    }

    #[test]
    fn capitals_are_a_type_where_all_parameters_are_known() {
        let signature: syn::Signature = syn::parse_str("fn f() -> Result<u8, E>").expect("it is a signature");
        let output = || Shape::of(&signature).output;
        let known = |name: &str| Parameters { names: vec![syn::parse_str(name).expect("it is a name")], all: true };
        assert!(result(output(), &known("T")).is_some());
        assert!(result(output(), &known("E")).is_none());
    }
}
