//! Second stage: a function with everything declared on it, also by attributes of ours below the first.
//!
//! It merges and derives; whether the declarations make sense is not known here.

use proc_macro2::TokenStream;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, ext::IdentExt};

use crate::{
    diagnostics::Diagnostics,
    meter::Meter,
    parse::{self, Args, Function, Key, Place},
    shape::{Form, Output, Shape},
};

/// What is to be measured, and how.
pub(crate) struct Measure {
    pub(crate) function: Function,
    /// The outermost attribute first; there is at least that one.
    pub(crate) declarations: Vec<Declaration>,
    /// What an attribute on the block around the function adds.
    pub(crate) within: Option<Within>,
}

/// One attribute of ours.
#[derive(Clone)]
pub(crate) struct Declaration {
    pub(crate) meter: Meter,
    pub(crate) args: Args,
    /// The arguments as they are written.
    pub(crate) tokens: TokenStream,
    /// The path by which an attribute below the first was named.
    pub(crate) path: Option<Path>,
}

/// A block with an attribute of ours, seen from a function inside.
#[derive(Clone)]
pub(crate) struct Within {
    /// The type of an `impl` block.
    pub(crate) owner: Option<String>,
    /// The parameters of an `impl` block.
    pub(crate) parameters: Vec<Ident>,
    /// Where the declarations are the block's: what its metrics mean.
    pub(crate) inherited: Option<String>,
    /// Whether another macro makes something else of the block, and may want its functions as they are written.
    pub(crate) is_rewritten: bool,
}

/// Names that stand for types and constants which only the caller knows.
pub(crate) struct Parameters {
    pub(crate) names: Vec<Ident>,
    /// Whether there can be no others.
    pub(crate) all: bool,
}

impl Measure {
    /// Takes the attributes that are ours for certain off the function.
    pub(crate) fn of(declared: Vec<Declaration>, mut function: Function, within: Option<Within>) -> Self {
        let (declarations, attrs) = Declaration::merged(declared, function.attrs);
        function.attrs = attrs;
        Self::new(function, declarations, within)
    }

    /// With the function's name for the label `function`, where that is not an argument.
    pub(crate) fn new(function: Function, declarations: Vec<Declaration>, within: Option<Within>) -> Self {
        let mut measure = Self { function, declarations, within };
        if !measure.function.arguments().iter().any(|argument| argument == "function") {
            let name = measure.qualified_name();
            let labels = measure.declarations.iter_mut().filter_map(|declaration| declaration.args.labels.as_mut());
            for label in labels.flat_map(|labels| &mut labels.value) {
                if matches!(&label.value, Expr::Path(path) if path.path.is_ident("function")) {
                    let name = Lit::Str(LitStr::new(&name, label.name.span()));
                    label.value = Expr::Lit(ExprLit { attrs: Vec::new(), lit: name });
                }
            }
        }
        measure
    }

    /// The function's name, without the `r#` of a raw one.
    pub(crate) fn name(&self) -> String {
        self.function.sig.ident.unraw().to_string()
    }

    /// The function's name, behind that of its type where an attribute on the `impl` block tells it.
    pub(crate) fn qualified_name(&self) -> String {
        match self.within.as_ref().and_then(|within| within.owner.as_ref()) {
            Some(owner) => format!("{owner}::{}", self.name()),
            None => self.name(),
        }
    }

    /// Whether the declarations are those of the block around the function.
    pub(crate) fn inherits(&self) -> bool {
        self.within.as_ref().is_some_and(|within| within.inherited.is_some())
    }

    fn shape(&self) -> Shape<'_> {
        if self.makes() { Shape::made(&self.function.sig) } else { Shape::of(&self.function.sig) }
    }

    pub(crate) fn form(&self) -> Form {
        self.shape().form
    }

    pub(crate) fn is_sync(&self) -> bool {
        self.form() == Form::Sync
    }

    /// What a call ends with: the return value, or the future's.
    pub(crate) fn output(&self) -> Output<'_> {
        self.shape().output
    }

    /// The return type as it is written.
    pub(crate) fn written(&self) -> Output<'_> {
        Output::written(&self.function.sig)
    }

    /// Whether the user measures how what is returned is made, whatever becomes of it.
    pub(crate) fn makes(&self) -> bool {
        self.declarations.iter().any(|declaration| declaration.args.making.is_some())
    }

    /// Whether the function sees where it was called, which the body of a closure would not. One that is asked by a key
    /// for what it returns has one in any case.
    pub(crate) fn sees_its_caller(&self) -> bool {
        let is_told = self.function.attrs.iter().any(|attr| attr.path().is_ident("track_caller"));
        is_told
            && self.function.sig.asyncness.is_none()
            && self.declarations.iter().all(|declaration| declaration.args.judge().is_none())
    }

    /// The parameters that the function has and can see, which its statics cannot; those of an `impl` block are known
    /// where an attribute on the block tells them.
    pub(crate) fn parameters(&self) -> Parameters {
        let own = parse::parameters(&self.function.sig.generics);
        match &self.within {
            Some(within) => Parameters { names: [own, within.parameters.clone()].concat(), all: true },
            None => Parameters { names: own, all: false },
        }
    }

    /// Where the runtime is, if the user says so.
    pub(crate) fn krate(&self) -> Option<&Path> {
        self.declarations.iter().find_map(|declaration| declaration.args.krate.as_ref()).map(|krate| &krate.value)
    }

    /// What its metrics mean if no attribute says so; empty where nothing is known.
    pub(crate) fn summary(&self) -> String {
        match self.within.as_ref().and_then(|within| within.inherited.as_ref()) {
            Some(summary) => summary.clone(),
            None => summary(&self.function.documentation()),
        }
    }
}

impl Declaration {
    /// One with these arguments; what is wrong with them is reported.
    pub(crate) fn new(meter: Meter, tokens: TokenStream, errors: &mut Diagnostics) -> Self {
        let args = Args::parse(tokens.clone(), Place::Attribute(meter), errors);
        Self { meter, args, tokens, path: None }
    }

    /// All attributes of ours, those that are `declared` above and those among `attrs` that are so for certain, and the
    /// rest of these.
    pub(crate) fn merged(declared: Vec<Self>, attrs: Vec<Attribute>) -> (Vec<Self>, Vec<Attribute>) {
        let krate = declared.iter().find_map(|declaration| declaration.args.krate.as_ref());
        let krate = krate.map(|krate| krate.value.clone());
        let (mut merged, mut kept) = (declared, Vec::new());
        for attr in attrs {
            match Self::of(&attr, krate.as_ref()) {
                Some(declaration) => merged.push(declaration),
                None => kept.push(attr),
            }
        }
        (merged, kept)
    }

    /// Whether it has labels, be they wrong.
    pub(crate) fn has_labels(&self) -> bool {
        self.args.labels.is_some() || self.args.unread.contains(&Key::Labels)
    }

    /// Reads an attribute that is not the one which is being expanded, if it is one of ours. One with mistakes stays where
    /// it is, to answer for itself.
    pub(crate) fn of(attr: &Attribute, krate: Option<&Path>) -> Option<Self> {
        let meter = known(attr.path(), krate)?;
        let tokens = match &attr.meta {
            Meta::Path(_) => Default::default(),
            Meta::List(list) => list.tokens.clone(),
            Meta::NameValue(_) => return None,
        };
        let mut errors = Diagnostics::new();
        let declaration = Self::new(meter, tokens, &mut errors);
        errors.finish().ok()?;
        Some(Self { path: Some(attr.path().clone()), ..declaration })
    }
}

/// The attribute of ours that `path` names for certain.
pub(crate) fn known(path: &Path, krate: Option<&Path>) -> Option<Meter> {
    ours(path, krate)?.to_string().parse().ok()
}

/// Whether `path` names the attribute that leaves a function out of its block's, for certain.
pub(crate) fn is_skip(path: &Path, krate: Option<&Path>) -> bool {
    ours(path, krate).is_some_and(|name| name == "skip")
}

/// Whether `path` may name an attribute of ours that measures: by one word, which anything can be imported as.
pub(crate) fn may_be(path: &Path) -> bool {
    path.get_ident().is_some_and(|name| name.to_string().parse::<Meter>().is_ok())
}

/// The same for any attribute of ours that a block looks for.
pub(crate) fn may_be_any(path: &Path) -> bool {
    path.is_ident("skip") || may_be(path)
}

/// The last word of a path that is ours: from `tachometer`, or from the path given as `crate = ..`.
fn ours<'a>(path: &'a Path, krate: Option<&Path>) -> Option<&'a Ident> {
    let (first, last) = (path.segments.first()?, path.segments.last()?);
    if path.segments.len() == 1 {
        return None;
    }
    let is_under = |krate: &Path| {
        let (own, all) = (krate.segments.iter(), path.segments.iter());
        path.segments.len() == krate.segments.len() + 1 && own.zip(all).all(|(own, word)| own.ident == word.ident)
    };
    (first.ident == "tachometer" || krate.is_some_and(is_under)).then_some(&last.ident)
}

/// The first paragraph of an item's documentation on one line; empty without one.
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
