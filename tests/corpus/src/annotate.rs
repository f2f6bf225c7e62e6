//! Puts an attribute in front of each function, `impl` block or module of a source, on the same line.

use std::collections::BTreeSet;

use proc_macro2::{LineColumn, Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, ReturnType, Signature, TraitItemFn, Type,
    Visibility,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::row;

/// What is annotated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Pass {
    Functions,
    Blocks,
    Modules,
}

/// A source with attributes.
pub(crate) struct Annotated {
    pub(crate) text: String,
    pub(crate) places: Vec<Place>,
}

/// What an attribute stands on, or is kept from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) row: &'static str,
    pub(crate) name: String,
    /// Where it begins in the source: bytes, and its line.
    pub(crate) at: usize,
    pub(crate) line: usize,
    /// Where its return type stands in the annotated source, as the compiler counts: from 1, in characters.
    pub(crate) output: Option<(usize, usize)>,
}

impl Pass {
    pub(crate) const ALL: [Self; 3] = [Self::Functions, Self::Blocks, Self::Modules];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::Blocks => "blocks",
            Self::Modules => "modules",
        }
    }
}

/// What a user would write on functions of a source that the compiler refuses to measure, by the byte that they begin at.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Remedies {
    pub(crate) making: BTreeSet<usize>,
    /// In blocks and modules.
    pub(crate) skip: BTreeSet<usize>,
}

/// The source with attributes; none if it cannot be read as Rust.
pub(crate) fn annotated(source: &str, pass: Pass, remedies: &Remedies) -> Option<Annotated> {
    let file = syn::parse_file(source).ok()?;
    let mut found = Places { pass, remedies, found: Vec::new(), inside: None };
    found.visit_file(&file);
    let mut found = found.found;
    found.sort_by_key(|found| found.place.at);
    // Of a file that begins with a mark of its encoding the parser sees the rest.
    let skipped = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (mut text, mut end) = (String::with_capacity(source.len() * 2), 0);
    for Found { place, attribute, .. } in found.iter().filter(|found| !found.attribute.is_empty()) {
        text += &source[end..place.at + skipped];
        text += attribute;
        end = place.at + skipped;
    }
    text += &source[end..];
    let outputs: Vec<Option<(usize, usize)>> = found.iter().map(|one| Some(moved(one.output?, &found))).collect();
    let places = found.into_iter().zip(outputs).map(|(found, output)| Place { output, ..found.place }).collect();
    Some(Annotated { text, places })
}

/// Where something stands when all attributes before it in its line are there, as the compiler counts.
fn moved(at: LineColumn, found: &[Found]) -> (usize, usize) {
    let before = found.iter().filter(|one| one.begins.line == at.line && one.begins.column <= at.column);
    (at.line, at.column + 1 + before.map(|one| one.attribute.len()).sum::<usize>())
}

struct Found {
    place: Place,
    attribute: &'static str,
    begins: LineColumn,
    output: Option<LineColumn>,
}

struct Places<'a> {
    pass: Pass,
    remedies: &'a Remedies,
    found: Vec<Found>,
    /// Whether what is visited lies in a block or a module that is annotated.
    inside: Option<&'static str>,
}

impl Places<'_> {
    /// What begins with these tokens, behind its attributes.
    fn add(&mut self, row: &'static str, name: String, attribute: &'static str, tokens: TokenStream) -> &mut Found {
        let first = tokens.into_iter().next().map_or_else(Span::call_site, |first| first.span());
        let (at, begins) = (first.byte_range().start, first.start());
        let place = Place { row, name, at, line: begins.line, output: None };
        self.found.push(Found { place, attribute, begins, output: None });
        self.found.last_mut().expect("it has just been added")
    }

    fn function(&mut self, attributes: &[Attribute], visibility: Option<&Visibility>, sig: &Signature) {
        if self.pass != Pass::Functions && self.inside.is_none() {
            return;
        }
        let mut tokens = visibility.map(ToTokens::to_token_stream).unwrap_or_default();
        sig.to_tokens(&mut tokens);
        let mut row = row::of(attributes, sig);
        let at = tokens.clone().into_iter().next().map(|first| first.span().byte_range().start);
        let is_one_of = |functions: &BTreeSet<usize>| at.is_some_and(|at| functions.contains(&at));
        let is_refused = is_one_of(&self.remedies.making);
        let attribute = match self.pass {
            _ if row::is_left_alone(row) => "",
            Pass::Functions if is_refused => "#[::tachometer::measured(making)] ",
            Pass::Functions => "#[::tachometer::measured] ",
            Pass::Blocks | Pass::Modules if is_one_of(&self.remedies.skip) => {
                row = row::SKIPPED;
                "#[::tachometer::skip] "
            }
            Pass::Blocks | Pass::Modules => "",
        };
        if is_refused && row != row::SKIPPED {
            row = if self.pass == Pass::Functions { row::MAKING } else { row::LEFT };
        }
        self.add(row, sig.ident.to_string(), attribute, tokens).output = match &sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(bare(ty).span().start()),
        };
    }

    /// Visits what is annotated with the block around it.
    fn within(&mut self, row: &'static str, visit: impl FnOnce(&mut Self)) {
        let outer = self.inside.replace(row);
        visit(self);
        self.inside = outer;
    }
}

fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => bare(&paren.elem),
        Type::Group(group) => bare(&group.elem),
        other => other,
    }
}

/// Whether there is anything to measure in a block.
fn holds_functions(items: &[ImplItem]) -> bool {
    items.iter().any(|item| matches!(item, ImplItem::Fn(_)))
}

fn holds_a_function(item: &Item) -> bool {
    match item {
        Item::Fn(_) => true,
        Item::Impl(block) => holds_functions(&block.items),
        Item::Mod(module) => module.content.iter().any(|(_, items)| items.iter().any(holds_a_function)),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Places<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.attrs, Some(&item.vis), &item.sig);
        // What a body holds is no part of the block around it.
        let outer = self.inside.take();
        visit::visit_item_fn(self, item);
        self.inside = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.attrs, Some(&item.vis), &item.sig);
        let outer = self.inside.take();
        visit::visit_impl_item_fn(self, item);
        self.inside = outer;
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if item.default.is_some() {
            match self.inside {
                Some(_) => drop(self.add(row::PROVIDED, item.sig.ident.to_string(), "", item.sig.to_token_stream())),
                None => self.function(&item.attrs, None, &item.sig),
            }
        }
        let outer = self.inside.take();
        visit::visit_trait_item_fn(self, item);
        self.inside = outer;
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if self.pass != Pass::Blocks || !holds_functions(&item.items) {
            return visit::visit_item_impl(self, item);
        }
        let mut bare = item.clone();
        bare.attrs.clear();
        let name = format!("impl {}", item.self_ty.to_token_stream());
        self.add(row::BLOCK, name, "#[::tachometer::measured] ", bare.to_token_stream());
        self.within(row::BLOCK, |places| visit::visit_item_impl(places, item));
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let is_outermost = self.pass == Pass::Modules && self.inside.is_none();
        if !is_outermost || !holds_a_function(&Item::Mod(item.clone())) {
            return visit::visit_item_mod(self, item);
        }
        // What lies in it is annotated with it.
        let mut bare = item.clone();
        bare.attrs.clear();
        self.add(row::MODULE, format!("mod {}", item.ident), "#[::tachometer::measured] ", bare.to_token_stream());
        self.within(row::MODULE, |places| visit::visit_item_mod(places, item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "/// Docs.\n#[inline] pub fn a() { fn b() {} }\nconst fn c() {}\nimpl Y {}\nmod m { use super::a; impl X { async fn d(&self) {} } \
                          trait T { fn e(); fn f() {} } }\n";

    fn rows(annotated: &Annotated) -> Vec<(&'static str, &str)> {
        annotated.places.iter().map(|place| (place.row, place.name.as_str())).collect()
    }

    #[test]
    fn attributes_stand_behind_others_and_on_the_same_line() {
        let annotated = annotated(SOURCE, Pass::Functions, &Remedies::default()).expect("it is Rust");
        let a = "#[::tachometer::measured] ";
        let expected = SOURCE
            .replace("pub fn a", &format!("{a}pub fn a"))
            .replace("fn b", &format!("{a}fn b"))
            .replace("async fn d", &format!("{a}async fn d"))
            .replace("fn f", &format!("{a}fn f"));
        assert_eq!(annotated.text, expected);
        let expected = [("fn", "a"), ("fn", "b"), ("const fn: left alone", "c"), ("async fn", "d"), ("fn", "f")];
        assert_eq!(rows(&annotated), expected);
    }

    #[test]
    fn blocks_and_modules_are_passes_of_their_own() {
        let none = Remedies::default();
        let blocks = annotated(SOURCE, Pass::Blocks, &none).expect("it is Rust");
        assert_eq!(blocks.text, SOURCE.replace("impl X", "#[::tachometer::measured] impl X"));
        assert_eq!(rows(&blocks), [("impl block", "impl X"), ("async fn", "d")]);
        let modules = annotated(SOURCE, Pass::Modules, &none).expect("it is Rust");
        assert_eq!(modules.text, SOURCE.replace("mod m", "#[::tachometer::measured] mod m"));
        assert_eq!(rows(&modules), [("module", "mod m"), ("async fn", "d"), (row::PROVIDED, "f")]);
        assert!(annotated("fn (", Pass::Blocks, &none).is_none());
    }

    #[test]
    fn what_is_refused_says_so_or_is_left_alone() {
        let source = "impl X { fn a() -> u8 { 1 } pub fn b(&self) -> (Ready<ü>) { fn c() -> u8 { 1 } todo() } }";
        let first = annotated(source, Pass::Functions, &Remedies::default()).expect("it is Rust");
        let b = first.places.iter().find(|place| place.name == "b").expect("it has been found");
        let column = first.text.split_once("Ready").map_or(0, |(before, _)| before.chars().count() + 1);
        assert_eq!((b.line, b.output), (1, Some((1, column))));
        let mut remedies = Remedies { making: BTreeSet::from([b.at]), ..Remedies::default() };
        let second = annotated(source, Pass::Functions, &remedies).expect("it is Rust");
        assert!(second.text.contains("#[::tachometer::measured(making)] pub fn b"), "{}", second.text);
        assert_eq!(rows(&second), [("fn", "a"), (row::MAKING, "b"), ("fn", "c")]);
        let blocks = annotated(source, Pass::Blocks, &remedies).expect("it is Rust");
        assert_eq!(rows(&blocks), [("impl block", "impl X"), ("fn", "a"), (row::LEFT, "b")]);
        remedies.skip = BTreeSet::from([b.at]);
        let skipped = annotated(source, Pass::Blocks, &remedies).expect("it is Rust");
        assert_eq!(rows(&skipped), [("impl block", "impl X"), ("fn", "a"), (row::SKIPPED, "b")]);
        assert!(skipped.text.contains("#[::tachometer::skip] pub fn b"), "{}", skipped.text);
    }
}
