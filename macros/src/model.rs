//! Second stage: a function with everything declared on it, also by attributes of ours below the first.
//!
//! It merges and derives; whether the declarations make sense is not known here.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, Path, ReturnType, Type, ext::IdentExt};

use crate::{
    diagnostics::Diagnostics,
    meter::Meter,
    parse::{Args, Function},
};

/// What is to be measured, and how.
pub(crate) struct Measure {
    pub(crate) function: Function,
    /// The outermost attribute first; there is at least that one.
    pub(crate) declarations: Vec<Declaration>,
}

/// One attribute of ours.
pub(crate) struct Declaration {
    pub(crate) meter: Meter,
    pub(crate) args: Args,
    /// The path by which an attribute below the first was named.
    pub(crate) path: Option<Path>,
}

impl Measure {
    /// Takes the attributes that `outermost` merges with off the function.
    pub(crate) fn of(outermost: Declaration, mut function: Function) -> Self {
        let krate = outermost.args.krate.as_ref().map(|krate| &krate.value);
        let (mut merged, mut kept) = (Vec::new(), Vec::new());
        for attr in function.attrs {
            match Declaration::of(&attr, krate) {
                Some(declaration) => merged.push(declaration),
                None => kept.push(attr),
            }
        }
        function.attrs = kept;
        let declarations = std::iter::once(outermost).chain(merged).collect();
        Self { function, declarations }
    }

    /// The function's name, without the `r#` of a raw one.
    pub(crate) fn name(&self) -> String {
        self.function.sig.ident.unraw().to_string()
    }

    pub(crate) fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// The type that is written behind `->`.
    pub(crate) fn returns(&self) -> Option<&Type> {
        match &self.function.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(bare(ty)),
        }
    }

    /// Whether the return type calls itself `Result`, as aliases such as `io::Result` do too.
    pub(crate) fn returns_result(&self) -> bool {
        matches!(self.returns(), Some(Type::Path(ty)) if ty.path.segments.last().is_some_and(|last| last.ident == "Result"))
    }

    /// Where the runtime is, if the user says so.
    pub(crate) fn krate(&self) -> Option<&Path> {
        self.declarations.iter().find_map(|declaration| declaration.args.krate.as_ref()).map(|krate| &krate.value)
    }

    /// The first paragraph of the function's documentation on one line; empty without one.
    pub(crate) fn summary(&self) -> String {
        summary(&self.function.attrs)
    }
}

impl Declaration {
    /// Reads an attribute that stands below the first, if it is one of ours.
    ///
    /// Ours are known by name, and a foreign macro may have the same: one whose arguments are not ours stays where it
    /// is, to answer for itself.
    fn of(attr: &Attribute, krate: Option<&Path>) -> Option<Self> {
        let meter = known(attr.path(), krate)?;
        let tokens = match &attr.meta {
            Meta::Path(_) => Default::default(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(_) => return None,
        };
        let mut errors = Diagnostics::new();
        let args = Args::parse(tokens, meter, &mut errors);
        errors.finish().ok()?;
        Some(Self { meter, args, path: Some(attr.path().clone()) })
    }
}

/// The attribute of ours that `path` names: by itself, from `tachometer`, or from the path given as `crate = ..`.
pub(crate) fn known(path: &Path, krate: Option<&Path>) -> Option<Meter> {
    let (first, last) = (path.segments.first()?, path.segments.last()?);
    let is_ours = path.segments.len() == 1
        || first.ident == "tachometer"
        || krate.and_then(|krate| krate.segments.first()).is_some_and(|krate| krate.ident == first.ident);
    if is_ours { last.ident.to_string().parse().ok() } else { None }
}

/// The first paragraph of the documentation among these attributes, on one line; empty without one.
pub(crate) fn summary(attrs: &[Attribute]) -> String {
    let docs: Vec<String> = attrs.iter().filter_map(documentation).collect();
    let lines = docs.iter().flat_map(|doc| doc.split('\n')).map(str::trim);
    let paragraph: Vec<&str> = lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}

fn documentation(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => text(&doc.value),
        _ => None,
    }
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Group(group) => text(&group.expr),
        _ => None,
    }
}

/// The type without parentheses and without the invisible groups of a `macro_rules!`.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}
