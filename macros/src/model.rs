//! Second stage: a function with everything declared on it, also by attributes of ours below the first.
//!
//! It merges and derives; whether the declarations make sense is not known here.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, Path, ext::IdentExt};

use crate::{
    diagnostics::Diagnostics,
    meter::Meter,
    parse::{Args, Function},
    shape::{Form, Output, Shape},
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

    pub(crate) fn form(&self) -> Form {
        Shape::of(&self.function.sig).form
    }

    /// What a call ends with: the return value, or the future's.
    pub(crate) fn output(&self) -> Output<'_> {
        Shape::of(&self.function.sig).output
    }

    /// Where the runtime is, if the user says so.
    pub(crate) fn krate(&self) -> Option<&Path> {
        self.declarations.iter().find_map(|declaration| declaration.args.krate.as_ref()).map(|krate| &krate.value)
    }

    /// The first paragraph of the function's documentation on one line; empty without one.
    pub(crate) fn summary(&self) -> String {
        let docs: Vec<String> = self.function.attrs.iter().filter_map(documentation).collect();
        let lines = docs.iter().flat_map(|doc| doc.split('\n')).map(str::trim);
        let paragraph: Vec<&str> =
            lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
        paragraph.join(" ")
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
