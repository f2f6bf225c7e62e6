//! The statements that measure a call: one call of the runtime per site, the user's body in the middle.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{
    Expr, ReturnType, Signature, Type, TypeInfer, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{
    expand::{
        common, future,
        owned::Owned,
        plan::{Asked, Extra, Plan, Site},
        returned::{self, Asking},
        root::{self, Root},
        site, user_body,
    },
    model::Measure,
    parse::Judge,
    shape::{Form, Output},
};

/// A site as the body needs it: its static, and the locals that hold its labels and those of what is recorded beside it.
pub(super) struct Entered<'a> {
    pub(super) site: &'a Site<'a>,
    pub(super) name: Ident,
    pub(super) local: Option<Ident>,
    pub(super) extras: Vec<(Extra, Ident, Option<Ident>)>,
}

impl<'a> Entered<'a> {
    fn new(site: &'a Site<'a>, index: usize) -> Self {
        let local = |base: &str| (!site.labels().is_empty()).then(|| site::numbered(base, index));
        let extras = site.extras.iter().map(|extra| (*extra, extra.name(index), local(extra.local()))).collect();
        Self { site, name: site::name(index), local: local("__tachometer_labels"), extras }
    }

    /// The labels for a call that takes them, from the local if they are `lent`.
    pub(super) fn labels(&self, lent: bool) -> TokenStream {
        match &self.local {
            None => ours!(()),
            Some(local) if lent => ours!(&mut #local),
            Some(local) => ours!(#local),
        }
    }

    /// The labels for a call that is over before they are: they are large to be moved.
    fn borrowed(&self) -> TokenStream {
        self.local.as_ref().map_or_else(|| ours!(()), |local| ours!(&#local))
    }

    /// What measures the call as long as it is in scope.
    fn guard(&self, index: usize, root: &Root<'_>) -> TokenStream {
        let (private, name, labels) = (root.private(), &self.name, self.borrowed());
        let call = site::numbered("__tachometer_call", index);
        ours!(let #call = #private::enter(&#name, #labels);)
    }

    /// What begins the call before the body, and what ends it with what the body returns.
    fn around(&self, index: usize, judge: &TokenStream, root: &Root<'_>) -> (TokenStream, TokenStream) {
        let (private, name, labels) = (root.private(), &self.name, self.borrowed());
        let (judged, call) = (site::numbered("__tachometer_judge", index), site::numbered("__tachometer_call", index));
        let begins = ours! {
            let #judged = #judge;
            let mut #call = #private::begin(&#name, #labels);
        };
        (begins, ours!(#private::Call::conclude(&mut #call, &#judged, &__tachometer_value);))
    }
}

pub(super) fn measured(plan: &Plan<'_>, measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> TokenStream {
    let entered: Vec<Entered<'_>> =
        plan.sites.iter().enumerate().map(|(index, site)| Entered::new(site, index)).collect();
    let asking = Asking::of(measure);
    let common = common::asked(&entered, &asking, measure);
    let resolved: TokenStream = entered
        .iter()
        .enumerate()
        .filter(|(_, entered)| entered.local.is_some())
        .map(|(index, entered)| resolve(entered, index, &asking, measure, root))
        .collect();
    let call = match measure.form() {
        Form::Sync => match common {
            Some(ty) if future::put_into_a_box(&entered, &asking, measure, root).is_none() => {
                return common::synchronous(&entered, ty, &resolved, measure, sig, root);
            }
            _ => synchronous(&entered, &asking, measure, sig, root),
        },
        Form::Async => {
            let call = future::asynchronous(&entered, &asking, &resolved, measure, sig, root);
            let questions = match common {
                Some(_) => common::question(root),
                None => questions(&entered, !asking.is_over(), root),
            };
            return ours!(#questions #call);
        }
        Form::Boxed => future::boxed(&entered, &asking, measure, sig, root),
        Form::Opaque => future::opaque(&entered, &asking, measure, sig, root),
    };
    let is_asked = matches!(measure.form(), Form::Boxed | Form::Opaque) || !matches!(asking, Asking::Never);
    let questions = questions(&entered, is_asked, root);
    ours!(#questions #resolved #call)
}

/// Resolves the labels of a call before the body can move what their values are made of, into locals.
///
/// Each value is evaluated once, also where there are more sites with the same labels.
fn resolve(entered: &Entered<'_>, index: usize, asking: &Asking, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let Entered { site, name, local, extras } = entered;
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
    let locals: Vec<&Ident> = local.iter().chain(extras.iter().filter_map(|(.., local)| local.as_ref())).collect();
    // By their paths: before a method that borrows comes one of a trait that the user has for all types.
    let resolve = if extras.is_empty() {
        ours!(#private::Labels::resolve(#(&mut #locals)*, __tachometer_target, &#name, #values))
    } else {
        let sites = [name].into_iter().chain(extras.iter().map(|(_, name, _)| name));
        ours!(#private::Labels::resolve_all(__tachometer_target, #values, &mut [#((&mut #locals, &#sites)),*]))
    };
    let live = asking.live(name, measure, root);
    let resolved = ours! {
        #(let mut #locals = #private::Labels::none();)*
        if let ::core::option::Option::Some(__tachometer_target) = #live {
            #resolve;
        }
    };
    if measure.form() != Form::Async {
        return resolved;
    }
    // The future that the compiler makes of the body has room for all locals that were borrowed, for as long as they are
    // in scope, also where they are moved on; these are let go here.
    let locals = if extras.is_empty() { ours!(#(#locals)*) } else { ours!((#(#locals),*)) };
    ours!(let #locals = { #resolved #locals };)
}

/// Guards around the body. Where a site has to see what it returns, the body stands in a closure.
///
/// A body without a closure keeps its caller's location, its `!` and its borrows.
pub(super) fn synchronous(
    entered: &[Entered<'_>],
    asking: &Asking,
    measure: &Measure,
    sig: &mut Signature,
    root: &Root<'_>,
) -> TokenStream {
    let private = root.private();
    let is_asked = !asking.is_over();
    if !is_asked && entered.iter().all(|entered| entered.site.judge.is_none()) {
        let body = user_body(measure);
        return match asking {
            Asking::Seen(ty) => {
                let guards = returned::seen(entered, asking, ty.as_deref(), measure, root);
                ours!(#guards #body)
            }
            _ => {
                let guards = entered.iter().enumerate().map(|(index, entered)| entered.guard(index, root));
                ours!(#(#guards)* #body)
            }
        };
    }
    if let Some(boxed) = future::put_into_a_box(entered, asking, measure, root) {
        return boxed;
    }
    let returned = written(measure);
    let closure = closure(measure, sig, root);
    let (taken, returned, body) = if is_named(&returned) {
        (None, ours!(#private::Probe::<#returned>::NEW), ours!(#private::body::<#returned, _>(#closure)))
    } else {
        let taken = ours! {
            let (__tachometer_body, __tachometer_returned) = #private::returned_by::<#returned, _>(#closure);
        };
        (Some(taken), ours!(__tachometer_returned), ours!(__tachometer_body))
    };
    let last = is_asked.then(|| {
        let last = asking.last(&returned, measure, root);
        ours!(let __tachometer_last = #last;)
    });
    let around = entered.iter().enumerate().map(|(index, entered)| match entered.site.judge {
        _ if is_asked => returned::around(entered, index, measure, root),
        Some(judge) => entered.around(index, &judged_by(judge, &returned, &returned, measure, root), root),
        None => (entered.guard(index, root), TokenStream::new()),
    });
    let (begins, ends): (Vec<TokenStream>, Vec<TokenStream>) = around.unzip();
    let ends = ends.iter().rev();
    // That an error is large is said of the function already, where it has a choice.
    let allowed = ours!(#[allow(clippy::result_large_err)]);
    let taken = taken.map(|taken| ours!(#allowed #taken));
    ours!(#taken #last #(#begins)* #allowed let __tachometer_value = #body(); #(#ends)* __tachometer_value)
}

/// The body as a closure that owns what the function does. Closure and body are the user's to all who look for what a body
/// does: lints, and counters of covered lines.
pub(super) fn closure(measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> TokenStream {
    let body = Owned::of(measure, sig, root).body(None, measure);
    quote_spanned!(measure.function.braces=> move || #body)
}

/// Who judges: asked of the type that `probe` stands for, about values of the type that `value` does.
pub(super) fn judged_by(
    asked: Asked<'_>,
    probe: &TokenStream,
    value: &TokenStream,
    measure: &Measure,
    root: &Root<'_>,
) -> TokenStream {
    let (private, returned) = (root.private(), returned(measure));
    let demand = |demand: &str| Ident::new(if asked.must { demand } else { "or_ok" }, root::ours_at(&returned));
    let by = |function: &Expr| {
        let place = function.to_token_stream();
        if let Expr::Closure(_) = function {
            return root.check_of(&place, &ours!(judging), &ours!(#value, #function));
        }
        let asked = root.check_of(&place, &ours!(asked), &ours!(#function, __tachometer_value));
        ours!(#private::judging(#value, |__tachometer_value| #asked))
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
fn questions(entered: &[Entered<'_>], is_asked: bool, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let judges = || entered.iter().filter_map(|entered| Some(entered.site.judge?.judge));
    let judged = judges().any(|judge| matches!(judge, Judge::Outcome) || is_asked);
    let kinded = judges().any(|judge| matches!(judge, Judge::Kind));
    let carried = judges().any(|judge| matches!(judge, Judge::KindBy(_)));
    let traits =
        [(judged, "Judged"), (kinded, "Kinded"), (carried, "Carried"), (is_asked, "Lasts"), (is_asked, "LastsOpen")];
    let traits = traits.into_iter().filter(|(is_asked, _)| *is_asked);
    let traits = traits.map(|(_, name)| {
        let name = Ident::new(name, Span::mixed_site());
        ours!(#[allow(unused_imports)] use #private::#name as _;)
    });
    traits.collect()
}

/// The return type as it is written, with `_` for what only a signature can leave open.
fn written(measure: &Measure) -> Type {
    match &measure.function.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => nameable(ty),
    }
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
