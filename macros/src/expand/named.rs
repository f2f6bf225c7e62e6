//! Types of a signature as a static can name them.
//!
//! A static sees neither the parameters of its function nor those of the `impl` block around it, and of the latter a
//! macro sees nothing. A single word in capitals is taken for one of them.

use std::collections::HashSet;

use syn::{
    GenericArgument, GenericParam, Generics, Ident, Lifetime, Path, PathArguments, Type, TypeInfer, TypePath,
    parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::shape::Output;

/// The `Result` that a function returns, with `()` for its value; `None` where it cannot be named.
pub(super) fn result(output: Output<'_>, generics: &Generics) -> Option<Type> {
    let Output::Type(Type::Path(result)) = output else { return None };
    let mut result = result.clone();
    let last = result.path.segments.last_mut().filter(|last| last.ident == "Result")?;
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
    named(&Type::Path(result), generics)
}

/// The type with any lifetimes, unless a part of it cannot be named.
pub(super) fn named(ty: &Type, generics: &Generics) -> Option<Type> {
    let parameters = generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    });
    let mut naming = Naming { parameters: parameters.collect(), possible: true };
    let mut ty = ty.clone();
    naming.visit_type_mut(&mut ty);
    naming.possible.then_some(ty)
}

struct Naming<'a> {
    parameters: HashSet<&'a Ident>,
    possible: bool,
}

impl Naming<'_> {
    fn is_parameter(&self, path: &Path) -> bool {
        let looks_like_one =
            |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let first = path.segments.first().map(|first| &first.ident);
        first.is_some_and(|first| {
            first == "Self" || self.parameters.contains(first) || looks_like_one(&first.to_string())
        })
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
        self.possible &= !self.is_parameter(&ty.path);
        visit_mut::visit_type_path_mut(self, ty);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        *lifetime = Lifetime::new("'static", lifetime.span());
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::result;
    use crate::shape::Shape;

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
            ("fn f() -> Result<u8, E>", None),
            ("fn f() -> Result<u8, E::Error>", None),
            ("fn f<Error>() -> Result<u8, Error>", None),
            ("fn f() -> Result<u8, Self::Error>", None),
            ("fn f() -> Result<u8, Box<Self>>", None),
            ("fn f() -> Result<u8, impl Error>", None),
            ("fn f() -> Option<u8>", None),
            ("fn f()", None),
        ] {
            let signature: syn::Signature = syn::parse_str(signature).expect("it is a signature");
            let ty = result(Shape::of(&signature).output, &signature.generics);
            assert_eq!(ty.map(|ty| ty.to_token_stream().to_string()).as_deref(), named, "{}", signature.ident);
        }
    }
}
