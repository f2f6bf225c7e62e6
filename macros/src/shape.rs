//! What a call of a function is, by its signature: what its body does, or the future that it returns.
//!
//! What is known by its form here spares the type a question; what is not is asked in the expansion, since a name may mean
//! anything.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Path, PathArguments, PathSegment, ReturnType, Signature, Token,
    Type, TypeParamBound, punctuated::Punctuated,
};

/// How a function makes its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The call is the body.
    Sync,
    /// The call is the future that the compiler makes of the body.
    Async,
    /// The body makes the call's future and puts it into a box that is written out: `Pin<Box<dyn Future>>`.
    Boxed,
    /// The body makes the call's future or stream: `impl Future`, `impl Stream`.
    Opaque,
}

/// What a call ends with.
#[derive(Clone, Copy)]
pub(crate) enum Output<'a> {
    Unit,
    Type(&'a Type),
    /// A future whose bounds do not say it.
    Unknown,
}

/// A function's form, and what its calls end with.
pub(crate) struct Shape<'a> {
    pub(crate) form: Form,
    pub(crate) output: Output<'a>,
}

impl<'a> Shape<'a> {
    pub(crate) fn of(sig: &'a Signature) -> Self {
        let ReturnType::Type(_, ty) = &sig.output else {
            let form = if sig.asyncness.is_some() { Form::Async } else { Form::Sync };
            return Self { form, output: Output::Unit };
        };
        let ty = bare(ty);
        if sig.asyncness.is_some() {
            return Self { form: Form::Async, output: Output::Type(ty) };
        }
        future(ty).unwrap_or(Self { form: Form::Sync, output: Output::Type(ty) })
    }

    /// The shape of a function whose calls are over when it has made what it returns.
    pub(crate) fn made(sig: &'a Signature) -> Self {
        let form = if sig.asyncness.is_some() { Form::Async } else { Form::Sync };
        Self { form, output: Output::written(sig) }
    }
}

impl<'a> Output<'a> {
    /// The return type of a signature.
    pub(crate) fn written(sig: &'a Signature) -> Self {
        match &sig.output {
            ReturnType::Default => Self::Unit,
            ReturnType::Type(_, ty) => Self::Type(bare(ty)),
        }
    }
}

impl Output<'_> {
    /// Whether the type has to be asked what its values are: an error may be among them, or a call may go on in one. What
    /// says no is the form of the type, not a name that may mean anything.
    pub(crate) fn is_asked(self) -> bool {
        match self {
            Self::Unit => false,
            Self::Type(ty) => is_asked(ty),
            Self::Unknown => true,
        }
    }

    /// Whether it is a future or a stream without a name, or holds one, and nothing more is said of that, so that another
    /// one can take its place.
    pub(crate) fn wraps(self) -> bool {
        let Self::Type(ty) = self else { return false };
        match ty {
            Type::ImplTrait(opaque) => lasts(&opaque.bounds),
            Type::Path(path) => {
                let first = path.path.segments.last().and_then(first_type_argument);
                matches!(first, Some(Type::ImplTrait(opaque)) if lasts(&opaque.bounds))
            }
            _ => false,
        }
    }

    /// Whether it is a closure without a name, which learns from the signature what it takes.
    pub(crate) fn is_closure(self) -> bool {
        let Self::Type(Type::ImplTrait(opaque)) = self else { return false };
        opaque.bounds.iter().any(|bound| is_one_of(&CLOSURES, bound))
    }

    /// Whether it says to be a future or a stream without a name, or to hold one, however that is put.
    pub(crate) fn lasts(self) -> bool {
        match self {
            Self::Type(Type::ImplTrait(opaque)) => opaque.bounds.iter().any(|bound| is_one_of(&LASTING, bound)),
            Self::Type(Type::Path(path)) => {
                let first = path.path.segments.last().and_then(first_type_argument);
                first.is_some_and(|first| Output::Type(first).lasts())
            }
            _ => false,
        }
    }

    /// What boxed futures of the usual names usually end with.
    pub(crate) fn expected(self) -> Self {
        let Self::Type(Type::Path(path)) = self else { return self };
        let output = path.path.segments.last().filter(|_| self.names_a_future()).and_then(type_argument);
        output.map_or(self, Self::Type)
    }

    /// Whether it has the name that boxed futures usually have, so that it is worth to expect one.
    pub(crate) fn names_a_future(self) -> bool {
        let Self::Type(Type::Path(path)) = self else { return false };
        path.path.segments.last().is_some_and(|last| last.ident == "BoxFuture" || last.ident == "LocalBoxFuture")
    }
}

fn is_asked(ty: &Type) -> bool {
    match ty {
        Type::Array(_)
        | Type::FnPtr(_)
        | Type::Never(_)
        | Type::Ptr(_)
        | Type::Reference(_)
        | Type::Slice(_)
        | Type::Tuple(_) => false,
        Type::ImplTrait(opaque) => !opaque.bounds.iter().any(is_of_values),
        other => !is_primitive(other),
    }
}

/// Whether these bounds say of a type that it is a future or a stream, and no more than what a wrapper of ours is as well.
fn lasts(bounds: &Punctuated<TypeParamBound, Token![+]>) -> bool {
    bounds.iter().any(|bound| is_one_of(&LASTING, bound))
        && bounds.iter().all(|bound| {
            !matches!(bound, TypeParamBound::Trait(_))
                || is_one_of(&LASTING, bound)
                || is_one_of(&["Send", "Sync", "Unpin"], bound)
        })
}

/// Whether a bound is a trait of one of these names.
fn is_one_of(names: &[&str], bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    bound.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name))
}

const LASTING: [&str; 6] = ["Future", "TryFuture", "FusedFuture", "Stream", "TryStream", "FusedStream"];

/// Whether a type without a name that has this bound is a closure or an iterator.
fn is_of_values(bound: &TypeParamBound) -> bool {
    is_one_of(&CLOSURES, bound) || is_one_of(&ITERATORS, bound)
}

const CLOSURES: [&str; 3] = ["Fn", "FnMut", "FnOnce"];

const ITERATORS: [&str; 3] = ["Iterator", "DoubleEndedIterator", "ExactSizeIterator"];

/// Whether a type is one of the language's own that are copied.
pub(crate) fn is_primitive(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.get_ident().is_some_and(|name| PRIMITIVES.iter().any(|it| name == it)))
}

/// Types that the language brings, unless a crate has its own of the name.
pub(crate) const PRIMITIVES: [&str; 17] = [
    "bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128",
    "usize",
];

impl ToTokens for Output<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Unit => quote!(()),
            Self::Type(ty) => ty.to_token_stream(),
            Self::Unknown => quote!(_),
        });
    }
}

/// The shape of a function that returns this type, if that is written out to be a future or a stream.
fn future(ty: &Type) -> Option<Shape<'_>> {
    if let Type::ImplTrait(opaque) = ty {
        let shape = || Shape { form: Form::Opaque, output: output(ty).unwrap_or(Output::Unknown) };
        return lasts(&opaque.bounds).then(shape);
    }
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let pinned = (last.ident == "Pin").then(|| type_argument(last))??;
    let Type::Path(boxed) = bare(pinned) else { return None };
    let boxed = boxed.path.segments.last().filter(|last| last.ident == "Box")?;
    Some(Shape { form: Form::Boxed, output: output(bare(type_argument(boxed)?))? })
}

/// What a `dyn Future` or an `impl Future` ends with; `None` for any other type.
fn output(ty: &Type) -> Option<Output<'_>> {
    let bounds = match ty {
        Type::ImplTrait(opaque) => &opaque.bounds,
        Type::TraitObject(object) => &object.bounds,
        _ => return None,
    };
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => future_trait(&bound.path),
        _ => None,
    })
}

fn future_trait(path: &Path) -> Option<Output<'_>> {
    let last = path.segments.last().filter(|last| last.ident == "Future")?;
    let output = arguments(last).and_then(|arguments| {
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(bare(&assoc.ty)),
            _ => None,
        })
    });
    Some(match output {
        Some(Type::Tuple(tuple)) if tuple.elems.is_empty() => Output::Unit,
        Some(ty) => Output::Type(ty),
        None => Output::Unknown,
    })
}

/// The last of a path's arguments that is a type.
fn type_argument(segment: &PathSegment) -> Option<&Type> {
    types(segment)?.next_back()
}

/// The first one.
fn first_type_argument(segment: &PathSegment) -> Option<&Type> {
    types(segment)?.next()
}

fn types(segment: &PathSegment) -> Option<impl DoubleEndedIterator<Item = &Type>> {
    Some(arguments(segment)?.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(bare(ty)),
        _ => None,
    }))
}

fn arguments(segment: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}

/// The type without parentheses and without the invisible groups of a `macro_rules!`.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::{Form, Shape};

    #[test]
    fn futures_are_known_by_their_names() {
        let shape = |sig: &str| {
            let sig = syn::parse_str(sig).expect("it is a signature");
            let Shape { form, output } = Shape::of(&sig);
            (form, output.to_token_stream().to_string())
        };
        let cases = [
            ("fn f()", Form::Sync, "()"),
            ("fn f() -> (Result<u8, E>)", Form::Sync, "Result < u8 , E >"),
            ("async fn f()", Form::Async, "()"),
            ("async fn f() -> impl Future<Output = u8>", Form::Async, "impl Future < Output = u8 >"),
            ("fn f() -> impl Send + ::core::future::Future<Output = u8> + use<>", Form::Opaque, "u8"),
            ("fn f() -> impl Future", Form::Opaque, "_"),
            ("fn f() -> impl Future<Output = ()>", Form::Opaque, "()"),
            ("fn f() -> impl Iterator<Item = u8>", Form::Sync, "impl Iterator < Item = u8 >"),
            ("fn f(&self) -> Pin<Box<dyn Future<Output = u8> + Send + '_>>", Form::Boxed, "u8"),
            ("fn f() -> std::pin::Pin<std::boxed::Box<(dyn Future<Output = u8>)>>", Form::Boxed, "u8"),
            ("fn f() -> Pin<Box<dyn Stream<Item = u8>>>", Form::Sync, "Pin < Box < dyn Stream < Item = u8 > > >"),
            ("fn f() -> Pin<&'static u8>", Form::Sync, "Pin < & 'static u8 >"),
            ("fn f() -> BoxFuture<'static, io::Result<u8>>", Form::Sync, "BoxFuture < 'static , io :: Result < u8 > >"),
            ("fn f() -> impl Stream<Item = u8> + Send", Form::Opaque, "_"),
            ("fn f() -> impl Future<Output = u8> + Clone", Form::Sync, "impl Future < Output = u8 > + Clone"),
            ("fn f() -> BoxFuture", Form::Sync, "BoxFuture"),
        ];
        for (sig, form, output) in cases {
            assert_eq!(shape(sig), (form, output.to_owned()), "{sig}");
        }
    }
}
