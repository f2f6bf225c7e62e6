//! The functions of a block that are left alone as they are written: one record for all of them, so that a block which
//! has none costs nothing.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, ext::IdentExt};

use super::Choice;
use crate::{
    expand::root::Root,
    model::Declaration,
    parse::{Block, BlockKind, Function, Member},
};

/// Why the function cannot be measured, if its declaration shows it.
pub(super) fn why(function: &Function) -> Option<&'static str> {
    if function.sig.constness.is_some() {
        return Some("it is a `const fn`");
    }
    function.naked().is_some().then_some("it is naked: its body is assembly alone")
}

/// A site without metrics that names these functions; none where there are none.
pub(super) fn record(block: &Block, declaration: Option<&Declaration>) -> Option<TokenStream> {
    let krate = declaration.and_then(|it| it.args.krate.as_ref()).map(|krate| &krate.value);
    let root = Root::at(krate);
    let private = root.private();
    let mut listed = Vec::new();
    gather(block, &[], krate, &private, &mut listed);
    if listed.is_empty() {
        return None;
    }
    let (name, cfgs) = (block.kind.name(), cfgs(&block.attrs));
    let record = root.within(ours! {
        #private::site! {
            __TACHOMETER_LEFT #name = #private::Declaration::new().without_zero().more(&#private::More {
                team: ::core::option::Option::None,
                left: &[#(#listed),*],
            })
        }
    });
    Some(quote!(#(#cfgs)* const _: () = { #record };))
}

fn gather(
    block: &Block,
    outer: &[Attribute],
    krate: Option<&syn::Path>,
    private: &TokenStream,
    listed: &mut Vec<TokenStream>,
) {
    for member in &block.members {
        match member {
            Member::Function(function) => {
                let Some(why) = why(function) else { continue };
                if !matches!(Choice::of(&function.attrs, krate), Choice::Inherits) {
                    continue;
                }
                let name = function.sig.ident.unraw().to_string();
                let name = match &block.kind {
                    BlockKind::Impl(owner, _) => format!("{owner}::{name}"),
                    BlockKind::Module(_) => name,
                };
                let line = quote_spanned!(function.sig.ident.span()=> ::core::line!());
                let cfgs = [outer.to_vec(), cfgs(&function.attrs)].concat();
                listed.push(ours!(#(#cfgs)* #private::Left { function: #name, line: #line, why: #why }));
            }
            Member::Block(inner) if matches!(Choice::of(&inner.attrs, krate), Choice::Inherits) => {
                gather(inner, &[outer.to_vec(), cfgs(&inner.attrs)].concat(), krate, private, listed);
            }
            Member::Block(_) | Member::Other(_) => {}
        }
    }
}

/// The conditions under which an item is there.
fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}
