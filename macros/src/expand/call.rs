//! The statements that measure a call: one call of the runtime per site, the user's body in the middle.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{
    Expr, Signature, Type, TypeInfer, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{
    expand::{
        future,
        owned::Owned,
        plan::{Asked, Plan, Site},
        root::{self, Root},
        site, user_body,
    },
    model::Measure,
    parse::Judge,
    shape::{Form, Output},
};

/// A site as the body needs it: its static, and the value that stands for its labels.
pub(super) struct Entered<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) name: Ident,
    pub(super) labels: TokenStream,
    pub(super) polls: Option<Polls>,
}

/// The same for the site of its polls.
pub(super) struct Polls {
    pub(super) name: Ident,
    pub(super) labels: TokenStream,
}

impl Entered<'_> {
    /// What measures the call as long as it is in scope.
    fn guard(&self, index: usize, root: &Root<'_>) -> TokenStream {
        let (private, Self { name, labels, .. }) = (root.private(), self);
        let call = site::numbered("__tachometer_call", index);
        ours!(let #call = #private::enter(&#name, #labels);)
    }
}

pub(super) fn measured(plan: &Plan<'_>, measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> TokenStream {
    let mut resolved = TokenStream::new();
    let mut entered = Vec::new();
    for (index, site) in plan.sites.iter().enumerate() {
        let name = site::name(index);
        let polls = site.polls.then(|| site::polls_name(index));
        let [labels, labels_of_polls] = if site.labels().is_empty() {
            [ours!(()), ours!(())]
        } else {
            let call = site::numbered("__tachometer_labels", index).into_token_stream();
            let polled = site::numbered("__tachometer_labels_of_polls", index).into_token_stream();
            let of_polls = polls.as_ref().map(|polls| (polls, &polled));
            let resolve = resolve(site, index, (&name, &call), of_polls, root);
            resolved.extend(if measure.form() == Form::Async { moved_out(&resolve, &call, of_polls) } else { resolve });
            // A body without a future borrows them: they are large to be moved.
            [if measure.form() == Form::Sync { ours!(&#call) } else { call }, polled]
        };
        let polls = polls.map(|name| Polls { name, labels: labels_of_polls });
        entered.push(Entered { site, name, labels, polls });
    }
    let call = match measure.form() {
        Form::Sync => synchronous(&entered, measure, sig, root),
        Form::Async => future::asynchronous(&entered, measure, sig, root),
        Form::Boxed => future::boxed(&entered, measure, sig, root),
        Form::Opaque => future::opaque(&entered, measure, sig, root),
    };
    let questions = questions(&entered, root);
    ours!(#questions #resolved #call)
}

/// Resolves the labels of a call before the body can move what their values are made of, each site's into its local.
///
/// Each value is evaluated once, also where the polls have a site of their own with the same labels.
fn resolve(
    site: &Site<'_>,
    index: usize,
    (name, labels): (&Ident, &TokenStream),
    of_polls: Option<(&Ident, &TokenStream)>,
    root: &Root<'_>,
) -> TokenStream {
    let private = root.private();
    let values = site.labels().iter().enumerate().map(|(at, label)| {
        let mut value = root::borrowed(&label.value);
        if label.displayed {
            value = root.check(&ours!(displayed), &value);
            value = ours!(&#value);
        }
        if label.cap.is_some() {
            let (cap, place) = (site::cap_name(index, at), root::ours_at(&label.value));
            value = root.check_at(place, &ours!(capped), &ours!(&#cap, #value));
            value = ours!(&#value);
        }
        value
    });
    let values = ours!(&[#(#values),*]);
    // By their paths: before a method that borrows comes one of a trait that the user has for all types.
    let (polled, resolve) = match of_polls {
        None => (None, ours!(#private::Labels::resolve(&mut #labels, __tachometer_target, &#name, #values))),
        Some((polls, polled)) => (
            Some(ours!(let mut #polled = #private::Labels::none();)),
            ours! {
                #private::Labels::resolve_both(
                    &mut #labels, __tachometer_target, &#name, &mut #polled, &#polls, #values
                )
            },
        ),
    };
    ours! {
        let mut #labels = #private::Labels::none();
        #polled
        if let ::core::option::Option::Some(__tachometer_target) = #private::Site::live(&#name) {
            #resolve;
        }
    }
}

/// The same for a future that the compiler makes of the body. It has room for all locals that were borrowed, for as long
/// as they are in scope, also where they are moved on; these are let go here.
fn moved_out(resolve: &TokenStream, labels: &TokenStream, of_polls: Option<(&Ident, &TokenStream)>) -> TokenStream {
    let locals = match of_polls {
        None => labels.clone(),
        Some((_, polled)) => ours!((#labels, #polled)),
    };
    ours!(let #locals = { #resolve #locals };)
}

/// Guards around the body. Where a site has to see what it returns, the body stands in a closure.
///
/// A body without a closure keeps its caller's location, its `!` and its borrows.
fn synchronous(entered: &[Entered<'_>], measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    if entered.iter().all(|entered| entered.site.judge.is_none()) {
        let guards = entered.iter().enumerate().map(|(index, entered)| entered.guard(index, root));
        let body = user_body(measure);
        return ours!(#(#guards)* #body);
    }
    let returned = returned(measure);
    let body = Owned::of(measure, sig, root).body(None, measure);
    // Closure and body are the user's to all who look for what a body does: lints, and counters of covered lines.
    let closure = quote_spanned!(measure.function.braces=> move || #body);
    let (taken, returned, body) = if is_named(&returned) {
        (None, ours!(#private::Probe::<#returned>::NEW), ours!(#private::body::<#returned, _>(#closure)))
    } else {
        let taken =
            ours!(let (__tachometer_body, __tachometer_returned) = #private::returned_by::<#returned, _>(#closure););
        (Some(taken), ours!(__tachometer_returned), ours!(__tachometer_body))
    };
    let (mut begins, mut ends) = (TokenStream::new(), Vec::new());
    for (index, entered) in entered.iter().enumerate() {
        let Entered { site, name, labels, .. } = entered;
        let Some(judge) = site.judge else {
            begins.extend(entered.guard(index, root));
            continue;
        };
        let (judge_name, call) =
            (site::numbered("__tachometer_judge", index), site::numbered("__tachometer_call", index));
        let judge = judged_by(judge, &returned, measure, root);
        begins.extend(ours! {
            let #judge_name = #judge;
            let mut #call = #private::begin(&#name, #labels);
        });
        ends.push(ours!(#private::Call::conclude(&mut #call, &#judge_name, &__tachometer_value);));
    }
    let ends = ends.iter().rev();
    // That an error is large is said of the function already, where it has a choice.
    let allowed = ours!(#[allow(clippy::result_large_err)]);
    let taken = taken.map(|taken| ours!(#allowed #taken));
    ours!(#taken #begins #allowed let __tachometer_value = #body(); #(#ends)* __tachometer_value)
}

/// Who judges, of values of the type that `probe` stands for.
pub(super) fn judged_by(asked: Asked<'_>, probe: &TokenStream, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let (private, returned) = (root.private(), returned(measure));
    let demand = |demand: &str| Ident::new(if asked.must { demand } else { "or_ok" }, root::ours_at(&returned));
    let by = |function: &Expr| {
        if let Expr::Closure(_) = function {
            return root.check(&ours!(judging::<#returned, _>), &function.to_token_stream());
        }
        let asked = ours!(#function, __tachometer_value);
        let asked = root.check_of(&function.to_token_stream(), &ours!(asked::<#returned, _>), &asked);
        ours!(|__tachometer_value: &#returned| #asked)
    };
    match asked.judge {
        Judge::Outcome => {
            let told = demand("told");
            ours!((&&&&#probe).__tachometer_judge().#told())
        }
        Judge::Kind => {
            let kinds = demand("kinds");
            ours!((&&&#probe).__tachometer_kind().#kinds())
        }
        Judge::OkIf(is_ok) => {
            let is_ok = by(is_ok);
            ours!(#private::ok_if(#is_ok))
        }
        Judge::ErrorIf(is_error) => {
            let is_error = by(is_error);
            ours!(#private::error_if(#is_error))
        }
    }
}

/// The traits by which the type of what is returned is asked, where a site does.
fn questions(entered: &[Entered<'_>], root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let asks = |wanted: fn(Judge<'_>) -> bool| {
        entered.iter().any(|entered| entered.site.judge.is_some_and(|asked| wanted(asked.judge)))
    };
    let judged = asks(|judge| matches!(judge, Judge::Outcome)).then(|| ours!(use #private::Judged as _;));
    let kinded = asks(|judge| matches!(judge, Judge::Kind)).then(|| ours!(use #private::Kinded as _;));
    ours!(#judged #kinded)
}

/// What a call ends with as a closure can name it.
pub(super) fn returned(measure: &Measure) -> Type {
    match measure.output() {
        Output::Type(ty) => nameable(ty),
        Output::Unit => parse_quote!(()),
        Output::Unknown => parse_quote!(_),
    }
}

/// The type with `_` for what only a signature can leave open.
pub(super) fn nameable(ty: &Type) -> Type {
    let mut ty = ty.clone();
    EraseImplTrait.visit_type_mut(&mut ty);
    ty
}

/// Whether no part of the type is left open.
pub(super) fn is_named(ty: &Type) -> bool {
    let mut open = Open(false);
    open.visit_type_mut(&mut ty.clone());
    !open.0
}

struct Open(bool);

impl VisitMut for Open {
    fn visit_type_infer_mut(&mut self, _: &mut TypeInfer) {
        self.0 = true;
    }
}

struct EraseImplTrait;

impl VisitMut for EraseImplTrait {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::ImplTrait(_) => *ty = parse_quote!(_),
            other => visit_mut::visit_type_mut(self, other),
        }
    }
}
