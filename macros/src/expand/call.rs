//! The statements that measure a call: one call of the runtime per site, the user's body in the middle.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Expr, Type, TypeInfer, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{
    expand::{
        future,
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

pub(super) fn measured(plan: &Plan<'_>, measure: &Measure, root: &Root<'_>) -> TokenStream {
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
        Form::Sync => synchronous(&entered, measure, root),
        Form::Async => future::asynchronous(&entered, measure, root),
        Form::Boxed => future::boxed(&entered, measure, root),
        Form::Opaque => future::opaque(&entered, measure, root),
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

/// Guards around the body, and closures for the sites that have to see what it returns.
///
/// A body without a closure keeps its caller's location, its `!` and its borrows.
fn synchronous(entered: &[Entered<'_>], measure: &Measure, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let guards = entered
        .iter()
        .filter(|entered| entered.site.judge.is_none())
        .map(|Entered { name, labels, .. }| ours!(let __tachometer_call = #private::enter(&#name, #labels);));
    let guards: TokenStream = guards.collect();
    let body = user_body(measure).into_token_stream();
    if entered.iter().all(|entered| entered.site.judge.is_none()) {
        return ours!(#guards #body);
    }
    let returned = returned(measure);
    let closure = ours!(move || -> #returned #body);
    let (taken, returned, closure) = if is_named(&returned) {
        (None, ours!(#private::Probe::<#returned>::NEW), closure)
    } else {
        let taken = ours!(let (__tachometer_body, __tachometer_returned) = #private::returned_by(#closure););
        (Some(taken), ours!(__tachometer_returned), ours!(__tachometer_body))
    };
    let judged = entered.iter().rev().filter_map(|entered| Some((entered, entered.site.judge?)));
    let call = judged.fold(None, |inner, (Entered { name, labels, .. }, judge)| {
        let inner = inner.map_or_else(|| closure.clone(), |inner: TokenStream| ours!(move || #inner));
        let judge = judged_by(judge, &returned, measure, root);
        Some(ours!(#private::call(&#name, #labels, &#judge, #inner)))
    });
    ours!(#guards #taken #call)
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
        Judge::KindBy(function) => {
            let by = Ident::new(if asked.must { "kind_by" } else { "or_ok_by" }, root::ours_at(&returned));
            let error = if asked.must && is_named(&returned) {
                ours!(<#returned as #private::Carries>::Error)
            } else {
                ours!(_)
            };
            let told = |asked: &TokenStream| {
                root.check_of(&function.to_token_stream(), &ours!(told_by::<#error, _, _>), asked)
            };
            if let Expr::Closure(_) = function {
                let told = told(&ours!(&__tachometer_tell));
                return ours!({
                    let __tachometer_asked = (&&#probe).__tachometer_error();
                    let __tachometer_tell = __tachometer_asked.telling(#function);
                    __tachometer_asked.#by(move |__tachometer_error: &_| #told.of(__tachometer_error))
                });
            }
            let told = told(&function.to_token_stream());
            ours!((&&#probe).__tachometer_error().#by(|__tachometer_error: &_| #told.of(__tachometer_error)))
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
    let carried = asks(|judge| matches!(judge, Judge::KindBy(_))).then(|| ours!(use #private::Carried as _;));
    ours!(#judged #kinded #carried)
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
