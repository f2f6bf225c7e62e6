//! Puts an attribute in front of each function, `impl` block or module of a source, on the same line.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, ImplItem, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, Signature, TraitItemFn, Visibility,
    visit::{self, Visit},
};

/// What is annotated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Pass {
    Functions,
    Blocks,
    Modules,
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

/// How many items of each kind there were.
pub(crate) type Rows = BTreeMap<&'static str, usize>;

/// The source with attributes; none if it cannot be read as Rust.
pub(crate) fn annotated(source: &str, pass: Pass, rows: &mut Rows) -> Option<String> {
    let file = syn::parse_file(source).ok()?;
    let mut places = Places { pass, found: Vec::new(), rows };
    places.visit_file(&file);
    let mut found = places.found;
    found.sort_unstable();
    // Of a file that begins with a mark of its encoding the parser sees the rest.
    let skipped = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (mut text, mut end) = (String::with_capacity(source.len() * 2), 0);
    for place in found {
        text += &source[end..place + skipped];
        text += "#[::tachometer::measured] ";
        end = place + skipped;
    }
    text += &source[end..];
    Some(text)
}

struct Places<'a> {
    pass: Pass,
    /// Bytes from the beginning of the file.
    found: Vec<usize>,
    rows: &'a mut Rows,
}

impl Places<'_> {
    /// A place behind the item's attributes.
    fn add(&mut self, tokens: TokenStream, row: &'static str) {
        *self.rows.entry(row).or_default() += 1;
        self.found.extend(tokens.into_iter().next().map(|first| first.span().byte_range().start));
    }

    fn leave(&mut self, row: &'static str) {
        *self.rows.entry(row).or_default() += 1;
    }

    fn function(&mut self, attributes: &[Attribute], visibility: Option<&Visibility>, sig: &Signature) {
        if self.pass != Pass::Functions {
            return;
        }
        let row = row(sig);
        if attributes.iter().any(is_naked) {
            self.leave("naked: left alone");
        } else if row.ends_with("left alone") {
            self.leave(row);
        } else {
            let mut tokens = visibility.map(ToTokens::to_token_stream).unwrap_or_default();
            sig.to_tokens(&mut tokens);
            self.add(tokens, row);
        }
    }
}

fn is_naked(attribute: &Attribute) -> bool {
    attribute.to_token_stream().to_string().contains("naked")
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

/// What kind of function a signature is of, as far as its words tell.
fn row(sig: &Signature) -> &'static str {
    let words = sig.to_token_stream().to_string();
    let output = sig.output.to_token_stream().to_string();
    let is = |word: &str| output.contains(word);
    match () {
        () if words.starts_with("const ") => "const fn: left alone",
        () if sig.asyncness.is_some() => "async fn",
        () if is("Pin < Box < dyn") || is("BoxFuture") => "boxed future",
        () if is("Self :: Future") || is("impl Future") => "future",
        () if is("Poll <") => "poll",
        () if is("Result") => "Result",
        () if is("impl ") => "impl Trait",
        () => "fn",
    }
}

impl<'ast> Visit<'ast> for Places<'_> {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.function(&item.attrs, Some(&item.vis), &item.sig);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.attrs, Some(&item.vis), &item.sig);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if item.default.is_some() {
            self.function(&item.attrs, None, &item.sig);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if self.pass == Pass::Blocks && holds_functions(&item.items) {
            let mut bare = item.clone();
            bare.attrs.clear();
            self.add(bare.to_token_stream(), "impl block");
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if self.pass == Pass::Modules && holds_a_function(&Item::Mod(item.clone())) {
            // What lies in it is annotated with it.
            let mut bare = item.clone();
            bare.attrs.clear();
            self.add(bare.to_token_stream(), "module");
            return;
        }
        visit::visit_item_mod(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "/// Docs.\n#[inline] pub fn a() { fn b() {} }\nconst fn c() {}\nimpl Y {}\nmod m { use super::a; impl X { async fn d(&self) {} } \
                          trait T { fn e(); fn f() {} } }\n";

    #[test]
    fn attributes_stand_behind_others_and_on_the_same_line() {
        let mut rows = Rows::new();
        let text = annotated(SOURCE, Pass::Functions, &mut rows).expect("it is Rust");
        let a = "#[::tachometer::measured] ";
        let expected = SOURCE
            .replace("pub fn a", &format!("{a}pub fn a"))
            .replace("fn b", &format!("{a}fn b"))
            .replace("async fn d", &format!("{a}async fn d"))
            .replace("fn f", &format!("{a}fn f"));
        assert_eq!(text, expected);
        assert_eq!(rows, Rows::from([("fn", 3), ("async fn", 1), ("const fn: left alone", 1)]));
    }

    #[test]
    fn blocks_and_modules_are_passes_of_their_own() {
        let mut rows = Rows::new();
        let blocks = annotated(SOURCE, Pass::Blocks, &mut rows).expect("it is Rust");
        assert_eq!(blocks, SOURCE.replace("impl X", "#[::tachometer::measured] impl X"));
        let modules = annotated(SOURCE, Pass::Modules, &mut rows).expect("it is Rust");
        assert_eq!(modules, SOURCE.replace("mod m", "#[::tachometer::measured] mod m"));
        assert_eq!(annotated("fn (", Pass::Blocks, &mut rows), None);
    }
}
