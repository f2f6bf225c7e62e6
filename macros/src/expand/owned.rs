//! What a function owns, made the property of a closure or an `async` block of ours that stands around its body.
//!
//! A closure owns what its body mentions: each field by itself, in the order of use. A function owns its arguments
//! whole, and drops the last one first.

use std::collections::HashSet;

use proc_macro2::{Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, Pat, PatIdent, PatRest, PatStruct, PatType, PatWild, Receiver, ReceiverKind, Signature, Type,
    parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{
    expand::{assigned, block_at, root::Root, user_body},
    model::Measure,
    shape::{bare, is_primitive},
};

/// The statements in front of a body with which a closure takes what the function owns.
#[derive(Default)]
pub(super) struct Owned {
    /// Mentions each argument whole, the last one first.
    mentions: TokenStream,
    /// Variables in place of arguments.
    variables: TokenStream,
    /// Mentions all that is taken, the first argument first.
    whole: TokenStream,
}

impl Owned {
    /// Has the closure take each argument that the body uses, as far as the closure's end is the argument's turn to be
    /// dropped: it is for all arguments behind the first one taken. What lies before that one stays with the function.
    ///
    /// Where such an argument is not used, or its pattern leaves a part of it behind, it becomes a variable inside, as
    /// the compiler has it in an `async fn`. That way unused variables and `mut` are still found by the compiler.
    pub(super) fn of(measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> Self {
        let is_owned = |argument: &FnArg| match argument {
            FnArg::Receiver(receiver) => is_by_value(&receiver.kind),
            FnArg::Typed(argument) => has_parts(&argument.ty) || Pattern::of(&mut argument.pat.clone()).mutable,
        };
        if !sig.inputs.iter().any(is_owned) {
            return Self::default();
        }
        let (body, labels) = (Words::of(measure.function.body.clone()), labels(measure));
        let (mut taken, mut variables, mut is_inside) = (Vec::new(), TokenStream::new(), false);
        for (index, argument) in sig.inputs.iter_mut().enumerate() {
            match argument {
                FnArg::Receiver(receiver) if is_by_value(&receiver.kind) => {
                    let assigns = assigned::assigns(&measure.function.body, "self");
                    taken.extend(body.hold("self").then(|| whole_self(receiver, assigns, root)));
                }
                FnArg::Typed(argument) => {
                    let pattern = Pattern::of(&mut argument.pat);
                    let has_parts = has_parts(&argument.ty);
                    // What is copied goes in whole by itself. If it can be assigned to, it is seen only inside that a
                    // value is never read.
                    if !has_parts && !pattern.mutable {
                        continue;
                    }
                    let is_late = is_inside || pattern.is_late(&body, !taken.is_empty());
                    if is_late && (pattern.is_name || !labels.hold_any(&pattern.names)) {
                        variables.extend(variable(argument, index).0);
                        is_inside |= has_parts;
                    } else {
                        let conditions = argument.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
                        let conditions = ours!(#(#conditions)*);
                        let used = pattern.names.iter().filter(|name| body.hold(&name.to_string()));
                        taken.extend(used.map(|name| ours!(#conditions let _ = &#name;)));
                    }
                }
                FnArg::Receiver(_) => {}
            }
        }
        Self { mentions: taken.into_iter().rev().collect(), variables, whole: TokenStream::new() }
    }

    /// Has an `async` block take all that may do something when it is dropped, as the compiler has it in an `async fn`: each
    /// argument is a variable inside, in their order.
    pub(super) fn whole(measure: &Measure, sig: &mut Signature) -> Self {
        let body = Words::of(measure.function.body.clone());
        let labels = labels(measure);
        let (mut mentions, mut variables, mut whole) = <(TokenStream, TokenStream, TokenStream)>::default();
        for (index, argument) in sig.inputs.iter_mut().enumerate() {
            match argument {
                FnArg::Receiver(receiver) => {
                    let is_owned = is_by_value(&receiver.kind);
                    let taken = mention(&receiver.self_token);
                    let assigns = assigned::assigns(&measure.function.body, "self");
                    let root = Root::of(measure);
                    mentions.extend(if is_owned { whole_self(receiver, assigns, &root) } else { taken.clone() });
                    whole.extend(taken);
                }
                // A copy goes in by itself, and as a variable inside if it can be assigned to.
                FnArg::Typed(argument) if has_parts(&argument.ty) || Pattern::of(&mut argument.pat.clone()).mutable => {
                    let (variable, name) = variable(argument, index);
                    let is_read = labels.hold(&name.to_string()) && !body.hold(&name.to_string());
                    let quiet = is_read.then(|| ours!(#[allow(unused_variables)]));
                    // The compiler's own variables of an `async fn` are no matter for lints.
                    let allowed = ours!(
                        clippy::no_effect_underscore_binding,
                        clippy::shadow_same,
                        clippy::used_underscore_binding
                    );
                    variables.extend(ours!(#[allow(#allowed)] #quiet #variable));
                    let conditions = argument.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
                    let mention = mention(&name);
                    whole.extend(ours!(#(#conditions)* #mention));
                }
                FnArg::Typed(_) => {}
            }
        }
        Self { mentions, variables, whole }
    }

    /// Whether that is possible: the labels are read before, from arguments that have names of their own.
    pub(super) fn can_be_whole(measure: &Measure) -> bool {
        let labels = labels(measure);
        measure.function.sig.inputs.iter().all(|argument| match argument {
            FnArg::Typed(argument) => {
                let pattern = Pattern::of(&mut argument.pat.clone());
                pattern.is_name || !labels.hold_any(&pattern.names)
            }
            FnArg::Receiver(_) => true,
        })
    }

    /// Mentions each argument whole, in a branch that is never taken.
    pub(super) fn mentions(&self) -> Option<TokenStream> {
        let whole = &self.whole;
        (!whole.is_empty()).then(|| ours!(if false { #whole }))
    }

    /// The body of a closure of ours: these statements, those of `hint`, and the user's body.
    pub(super) fn body(&self, hint: Option<&TokenStream>, measure: &Measure) -> Group {
        let Self { mentions, variables, .. } = self;
        // In a branch that is never taken: mentioned is mentioned.
        let never = (!mentions.is_empty() || hint.is_some()).then(|| ours!(if false { #mentions #hint }));
        let body = user_body(measure);
        block_at(measure.function.braces, ours!(#never #variables #body))
    }
}

fn is_by_value(receiver: &ReceiverKind) -> bool {
    match receiver {
        ReceiverKind::Reference(..) => false,
        ReceiverKind::Typed(_, ty) => has_parts(ty),
        _ => true,
    }
}

/// The words of all labels.
fn labels(measure: &Measure) -> Words {
    let declarations = measure.declarations.iter();
    let labels = declarations.flat_map(|declaration| &declaration.args.labels).flat_map(|labels| &labels.value);
    Words::of(labels.map(|label| label.value.to_token_stream()).collect())
}

fn mention(name: &impl ToTokens) -> TokenStream {
    ours!(let _ = &#name;)
}

/// Whether a value of this type has parts that could be taken by themselves, or may do something when it is dropped.
fn has_parts(ty: &Type) -> bool {
    match bare(ty) {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => false,
        ty => !is_primitive(ty),
    }
}

/// The statements that mention a receiver.
///
/// If the body assigns to a field, it is given a new value here, so that the compiler sees a destructor which may look at
/// what was assigned. Without such an assignment `mut` may be superfluous, and the compiler has to see that.
fn whole_self(Receiver { mutability, self_token, .. }: &Receiver, assigns: bool, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let assigned =
        mutability.filter(|_| assigns).map(|_| ours!(#self_token = #private::never(); let _ = &#self_token;));
    ours!(let _ = &#self_token; #assigned)
}

/// The statements that make an argument a variable of the closure, which the signature leaves to them, and its name there.
fn variable(argument: &mut PatType, index: usize) -> (TokenStream, Ident) {
    let is_lint = |attr: &&Attribute| ["allow", "expect", "warn", "deny"].iter().any(|lint| attr.path().is_ident(lint));
    let conditions: Vec<Attribute> =
        argument.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect();
    let lints: Vec<Attribute> = argument.attrs.iter().filter(is_lint).cloned().collect();
    // It would be expected in vain where the variable is no longer.
    argument.attrs.retain(|attr| !attr.path().is_ident("expect"));
    match &mut *argument.pat {
        Pat::Ident(PatIdent { by_ref: None, subpat: None, mutability, ident, .. }) => {
            let mutability = mutability.take();
            // A first value that is never read is found where the argument begins.
            let begins = mutability.as_ref().map_or(ident.span(), |word| word.span);
            let mut outer = ident.clone();
            outer.set_span(ident.span().located_at(begins));
            (ours!(#(#conditions)* #(#lints)* let #mutability #ident = #outer;), ident.clone())
        }
        pattern => {
            let name = Ident::new(&format!("__tachometer_argument_{}", index + 1), Span::mixed_site());
            let pattern = std::mem::replace(pattern, parse_quote!(#name));
            // Mutable, as the pattern may borrow from it so.
            let inside = ours!(let mut #name = #name; #(#conditions)* #(#lints)* let #pattern = #name;);
            (ours!(#(#conditions)* #inside), name)
        }
    }
}

/// What a pattern makes of its argument.
#[derive(Default)]
struct Pattern {
    /// The variables that own a part of it, in their order.
    names: Vec<Ident>,
    /// Whether it is nothing but one name.
    is_name: bool,
    /// Whether it may leave a part where it is.
    leaves: bool,
    /// Whether one of the variables can be assigned to.
    mutable: bool,
}

impl Pattern {
    fn of(pattern: &mut Pat) -> Self {
        let is_name = matches!(pattern, Pat::Ident(PatIdent { by_ref: None, subpat: None, .. }));
        let mut found = Self { is_name, ..Self::default() };
        found.visit_pat_mut(pattern);
        found
    }

    /// Whether to mention its variables is not enough: some of the argument would stay with the function though something
    /// before it is `taken`, or a variable could be assigned to, which the compiler judges otherwise outside.
    fn is_late(&self, body: &Words, mut taken: bool) -> bool {
        if self.mutable || (taken && self.leaves) {
            return true;
        }
        self.names.iter().any(|name| {
            let is_used = body.hold(&name.to_string());
            taken |= is_used;
            taken && !is_used
        })
    }
}

impl VisitMut for Pattern {
    fn visit_pat_mut(&mut self, pattern: &mut Pat) {
        self.leaves |= matches!(pattern, Pat::Macro(_) | Pat::Verbatim(_));
        visit_mut::visit_pat_mut(self, pattern);
    }

    fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
        match pattern.by_ref {
            Some(_) => self.leaves = true,
            None => {
                self.mutable |= pattern.mutability.is_some();
                if !self.names.contains(&pattern.ident) {
                    self.names.push(pattern.ident.clone());
                }
            }
        }
        visit_mut::visit_pat_ident_mut(self, pattern);
    }

    fn visit_pat_wild_mut(&mut self, _: &mut PatWild) {
        self.leaves = true;
    }

    fn visit_pat_rest_mut(&mut self, _: &mut PatRest) {
        self.leaves = true;
    }

    fn visit_pat_struct_mut(&mut self, pattern: &mut PatStruct) {
        self.leaves |= pattern.rest.is_some();
        visit_mut::visit_pat_struct_mut(self, pattern);
    }
}

/// The words of a body that may be variables.
#[derive(Default)]
pub(super) struct Words {
    names: HashSet<String>,
    /// What is written in it, where `{name}` may stand.
    texts: String,
}

impl Words {
    pub(super) fn of(tokens: TokenStream) -> Self {
        let mut words = Self::default();
        words.read(tokens);
        words
    }

    fn read(&mut self, tokens: TokenStream) {
        let mut dots = 0;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let is_dot = matches!(&token, TokenTree::Punct(dot) if dot.as_char() == '.');
            match token {
                TokenTree::Ident(word) => {
                    // A field, or a new variable with its type.
                    let is_named = matches!(tokens.peek(), Some(TokenTree::Punct(next))
                        if next.as_char() == ':' && next.spacing() == Spacing::Alone);
                    if dots != 1 && !is_named {
                        self.names.insert(word.to_string());
                    }
                }
                TokenTree::Literal(text) => self.texts.push_str(&text.to_string()),
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Punct(_) => {}
            }
            dots = if is_dot { dots + 1 } else { 0 };
        }
    }

    pub(super) fn hold_any(&self, names: &[Ident]) -> bool {
        names.iter().any(|name| self.hold(&name.to_string()))
    }

    pub(super) fn hold(&self, name: &str) -> bool {
        self.names.contains(name) || self.texts.contains(&format!("{{{name}"))
    }
}
