//! The statics that describe a function's call sites to the runtime.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, Type};

use crate::{
    expand::{
        finite, named,
        plan::{Extra, Plan, Site},
        returned::Asking,
        root::Root,
    },
    meter::{Instrument, Meter},
    model::{Declaration, Measure},
    parse::{Args, Judge, Label},
    shape::{Form, Output},
};

pub(super) fn statics(plan: &Plan<'_>, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let sites = plan.sites.iter().enumerate();
    let mut statics = TokenStream::new();
    for (index, site) in sites {
        statics.extend(caps(index, site, root));
        statics.extend(rollings(index, site, root));
        statics.extend(static_item(index, site, measure, root));
        for extra in &site.extras {
            let (site, beside, private) = (name(index), extra.name(index), root.private());
            let made = match extra {
                Extra::Polls => ours!(polls_of),
                Extra::Items(_) => ours!(items_of),
                Extra::FirstItem => ours!(first_item_of),
            };
            // Which functions of a block have something to show beside their calls is known when they are called.
            let zero = (measure.inherits() && measure.form() == Form::Sync).then(|| ours!(.without_zero()));
            statics.extend(ours!(#private::site! { #beside of #site = #private::Declaration::#made(&#site) #zero }));
        }
    }
    statics
}

/// What a site is told of how long its calls last, as far as a static can tell.
///
/// Where an attribute stands on the function itself, a call that cannot be followed is an error, and one that can tells its
/// site when it comes. In a block such a function is left alone, so that nothing of it is shown before that is known.
fn lasting(measure: &Measure, root: &Root<'_>) -> Option<TokenStream> {
    if !measure.inherits() {
        return None;
    }
    let asking = Asking::of(measure);
    let named = match &asking {
        Asking::Never => return None,
        // An opaque stream.
        Asking::Open { .. } if matches!(measure.output(), Output::Unknown) => return None,
        Asking::Seen(None) => return Some(ours!(.left())),
        Asking::Named(ty) | Asking::Seen(Some(ty)) => named::named(ty, &measure.parameters()),
        Asking::Open { .. } => None,
    };
    let Some(ty) = named else { return Some(ours!(.without_zero())) };
    let private = root.private();
    let probe = ours!(#private::Probe::<#ty>);
    let is_followed = match asking {
        Asking::Seen(_) => ours!(false),
        _ => ours!(#probe::IS_FOLLOWED || #probe::HOLDS_FOLLOWED),
    };
    Some(ours! {
        .lasting({
            #[allow(unused_imports)]
            use #private::Unknown as _;
            #private::Lasting {
                is_followed: #is_followed,
                is_borrowed: #probe::IS_BORROWED,
                lasts: #probe::IS_FUTURE || #probe::IS_STREAM || #probe::HOLDS_FUTURE || #probe::HOLDS_STREAM,
            }
        })
    })
}

/// The statics that know which values of a label are admitted.
fn caps(index: usize, site: &Site<'_>, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let cap = |(at, label): (usize, &Label)| {
        let name = cap_name(index, at);
        let cap = root.check(&ours!(Cap::new), &label.cap.as_ref()?.to_token_stream());
        Some(ours!(static #name: #private::Cap = #cap;))
    };
    site.labels().iter().enumerate().filter_map(cap).collect()
}

/// The statics of rolling windows that metrics are added to.
fn rollings(at: usize, site: &Site<'_>, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let declarations = site.declarations.iter().enumerate().filter(|(_, it)| it.args.rolling.is_some());
    let rolling = |(index, _)| {
        let name = rolling_name(at, index);
        ours!(static #name: #private::Rolled = #private::Rolled::new(#private::attached);)
    };
    declarations.map(rolling).collect()
}

fn rolling_name(site: usize, declaration: usize) -> Ident {
    Ident::new(&format!("__TACHOMETER_ROLLING_{}_{}", site + 1, declaration + 1), Span::mixed_site())
}

/// Whether it is this metric of a declaration that is added to rolling windows: how long calls took, if that is known.
fn is_rolled(instrument: Instrument, Declaration { meter, args, .. }: &Declaration) -> bool {
    let owner = if *meter == Meter::Counted { Instrument::Counter } else { Instrument::Timer };
    args.rolling.is_some() && instrument == owner
}

/// The name of the static for the limit on a label's values.
pub(super) fn cap_name(index: usize, label: usize) -> Ident {
    Ident::new(&format!("__TACHOMETER_CAP_{}_{}", index + 1, label + 1), Span::mixed_site())
}

/// The name of the static at `index`.
pub(super) fn name(index: usize) -> Ident {
    numbered("__TACHOMETER_SITE", index)
}

/// A name of ours, with a number from the second on.
pub(super) fn numbered(base: &str, index: usize) -> Ident {
    let name = if index == 0 { base.to_owned() } else { format!("{base}_{}", index + 1) };
    Ident::new(&name, Span::mixed_site())
}

fn static_item(at: usize, site: &Site<'_>, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let (private, function, name) = (root.private(), measure.qualified_name(), name(at));
    let lasting = lasting(measure, root);
    let shown = site.function().map(|shown| ours!(.function(#shown)));
    let labels = labels(site.labels());
    let values = finite::values(site, measure, root);
    let known = known(site, root);
    let kinds = kinds(site, measure, root);
    let zero = (!site.shows_zero()).then(|| ours!(.without_zero()));
    let slos = site.declarations.iter().enumerate().map(|(index, declaration)| slo(index, declaration, root));
    let slos: TokenStream = slos.flatten().collect();
    let declarations = site.declarations.iter().enumerate();
    let metrics = declarations.map(|(index, declaration)| metrics(at, index, declaration, measure, root));
    let is_asynchronous = measure.form() != Form::Sync || measure.written().names_a_future();
    let team = team(site, root);
    let chain = ours!(#shown #lasting #labels #values #known #kinds #zero #team #(#metrics)*);
    // Only `measured` has a stem, and it leaves no instrument to another declaration of the site.
    let measured = site.declarations.iter().find(|declaration| declaration.meter == Meter::Measured);
    let stem = measured.and_then(|declaration| given_name(declaration, root));
    let stem = stem.map(|stem| ours!(let __tachometer_stem = #stem;));
    if site.is_shared() && slos.is_empty() {
        let shared = Instrument::ALL.map(|instrument| site.declarations.iter().any(|it| is_shared(instrument, it)));
        if chain.is_empty() {
            let set = set(shared, is_asynchronous);
            return ours!(#private::site! { #name #function #set });
        }
        let [counter, timer, gauge] = shared;
        let asynchronous = is_asynchronous.then(|| ours!(.asynchronous()));
        return ours!(#private::site! { #name #function [#counter, #timer, #gauge] #asynchronous #chain });
    }
    let shared = site.is_shared().then(|| ours!(.function(#function)));
    let asynchronous = is_asynchronous.then(|| ours!(.asynchronous()));
    let value = ours!(#private::Declaration::new() #shared #asynchronous #chain);
    let value = if stem.is_some() || !slos.is_empty() { ours!({ #stem #slos #value }) } else { value };
    ours!(#private::site! { #name #function = #value })
}

/// The name of what all functions declare that have these metrics and nothing else.
fn set(metrics: [bool; 3], is_asynchronous: bool) -> Ident {
    let words = ["COUNTED", "TIMED", "IN_FLIGHT"].into_iter().zip(metrics).filter(|(_, is_there)| *is_there);
    let words: Vec<&str> = is_asynchronous.then_some("ASYNC").into_iter().chain(words.map(|(word, _)| word)).collect();
    let name = words.join("_").replace("COUNTED_TIMED_IN_FLIGHT", "MEASURED");
    Ident::new(&name, Span::mixed_site())
}

/// Whether the declaration has this instrument, and of it no more than what all functions without names of their own have.
fn is_shared(instrument: Instrument, declaration: &Declaration) -> bool {
    let Declaration { meter, args, .. } = declaration;
    let has_result = outcome_labels(instrument, declaration).is_some();
    args.name.is_none()
        && args.slo.is_none()
        && !is_rolled(instrument, declaration)
        && meter.records(instrument)
        && match instrument {
            Instrument::Counter => !matches!(args.judge(), Some(Judge::Kind | Judge::KindBy(_))),
            Instrument::Timer => args.buckets.is_none() && !has_result,
            Instrument::Gauge => true,
        }
}

/// Constants that are evaluated for the errors they may end in: one for each name, so that all errors are seen at once.
/// What stands in the static is taken for granted there, or it would be one error more.
pub(super) fn checks<'a>(declarations: impl Iterator<Item = &'a Declaration>, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let mut seen = Vec::new();
    let mut checks = TokenStream::new();
    for declaration in declarations {
        if let Some(name) = declaration.args.name.as_ref().filter(|name| is_literal(&name.value)) {
            let check = root.check(&name_check(declaration), &name.value.to_token_stream());
            checks.extend(ours!(const _: #private::Name = #check;));
        }
        let labels = declaration.args.labels.iter().flat_map(|labels| &labels.value);
        for Label { name, .. } in labels {
            // Attributes of one function often have the same labels.
            if !seen.contains(&name.value()) {
                seen.push(name.value());
                let check = root.check(&ours!(checked_label), &name.to_token_stream());
                checks.extend(ours!(const _: &::core::primitive::str = #check;));
            }
        }
    }
    checks
}

/// The rules for the name that an attribute gives.
fn name_check(Declaration { meter, args, .. }: &Declaration) -> TokenStream {
    match meter {
        _ if args.as_is.is_some() => ours!(Name::as_written),
        Meter::Measured => ours!(Name::stem),
        Meter::Counted => ours!(Name::counter),
        Meter::Timed => ours!(Name::timer),
        Meter::InFlight => ours!(Name::gauge),
    }
}

/// The name that an attribute gives, in the static. One that is not a literal is checked there and nowhere else: it may
/// be no name at all, which would be said twice.
fn given_name(declaration: &Declaration, root: &Root<'_>) -> Option<TokenStream> {
    let name = &declaration.args.name.as_ref()?.value;
    let check = if is_literal(name) { ours!(Name::assumed) } else { name_check(declaration) };
    Some(root.check(&check, &name.to_token_stream()))
}

/// Whether a name is written out, be it by way of a macro's `$name:literal`.
fn is_literal(name: &Expr) -> bool {
    match name {
        Expr::Lit(_) => true,
        Expr::Group(group) => is_literal(&group.expr),
        _ => false,
    }
}

/// The team of the function, which any of its attributes may name.
fn team(site: &Site<'_>, root: &Root<'_>) -> Option<TokenStream> {
    let team = site.declarations.iter().find_map(|declaration| declaration.args.team.as_ref())?;
    let (team, private) = (&team.value, root.private());
    Some(ours!(.more(&#private::More { team: ::core::option::Option::Some(#team), left: &[] })))
}

fn labels(labels: &[Label]) -> Option<TokenStream> {
    let names = labels.iter().map(|label| &label.name);
    (!labels.is_empty()).then(|| ours!(.labels(&[#(#names),*])))
}

/// The label sets that the program gets to know.
fn known(site: &Site<'_>, root: &Root<'_>) -> Option<TokenStream> {
    let (known, labels) = (site.known()?.to_token_stream(), site.labels().len());
    let checked = root.check_of(&known, &ours!(checked_known), &ours!(&#known, #labels));
    Some(ours!(.known(#checked)))
}

/// The objective of the declaration at `index`, which is checked once for all of its metrics.
fn slo(index: usize, declaration: &Declaration, root: &Root<'_>) -> Option<TokenStream> {
    let slo = declaration.args.slo.as_ref()?.value.to_token_stream();
    let name = slo_name(index);
    let counter = if declaration.meter.records(Instrument::Counter) {
        let tells_errors = declaration.args.name.is_none() || declaration.args.judge().is_some();
        ours!(::core::option::Option::Some(#tells_errors))
    } else {
        ours!(::core::option::Option::None)
    };
    let is_timed = declaration.meter.records(Instrument::Timer);
    let checked = root.check_of(&slo, &ours!(Slo::applied), &ours!(#slo, #counter, #is_timed));
    Some(ours!(let #name = #checked;))
}

fn slo_name(index: usize) -> Ident {
    numbered("__tachometer_slo", index)
}

/// The calls that give the site the metrics of the declaration at `index`.
fn metrics(site: usize, index: usize, declaration: &Declaration, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let instruments = declaration.meter.instruments().iter().filter(|it| !is_shared(**it, declaration));
    let checked = slo_name(index);
    let metrics = instruments.map(|&instrument| {
        let metric = metric(instrument, declaration, measure, root);
        let rolling = is_rolled(instrument, declaration).then(|| {
            let place = rolling_name(site, index);
            ours!(.rolling(&#place))
        });
        let metric = ours!(#metric #rolling);
        match (&declaration.args.slo, instrument) {
            (Some(_), Instrument::Counter) => ours!(.counter(#metric.slo(#checked))),
            (Some(slo), Instrument::Timer) => {
                // Not a method, so that a threshold which is no bucket is an error of the user's tokens.
                let timer = root.check_of(&slo.value.to_token_stream(), &ours!(Timed::slo), &ours!(#metric, #checked));
                ours!(.timer(#timer))
            }
            (None, Instrument::Counter) => ours!(.counter(#metric)),
            (None, Instrument::Timer) => ours!(.timer(#metric)),
            (_, Instrument::Gauge) => ours!(.gauge(#metric)),
        }
    });
    metrics.collect()
}

/// One metric of a declaration.
fn metric(instrument: Instrument, declaration: &Declaration, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let kind = match instrument {
        Instrument::Counter => ours!(Counted),
        Instrument::Timer => ours!(Timed),
        Instrument::Gauge => ours!(InFlight),
    };
    let metric = match metric_name(instrument, declaration, root) {
        Some(name) => {
            let help = help(&declaration.args, measure);
            ours!(#private::#kind::new(#name, #help))
        }
        None => ours!(#private::#kind::FUNCTION),
    };
    let result = outcome_labels(instrument, declaration);
    let buckets = (instrument == Instrument::Timer).then(|| buckets(&declaration.args, root)).flatten();
    ours!(#metric #result #buckets)
}

fn metric_name(instrument: Instrument, declaration: &Declaration, root: &Root<'_>) -> Option<TokenStream> {
    let name = given_name(declaration, root)?;
    Some(match (declaration.meter, instrument) {
        (Meter::Measured, Instrument::Counter) => ours!(__tachometer_stem.total()),
        (Meter::Measured, Instrument::Timer) => ours!(__tachometer_stem.duration()),
        (Meter::Measured, Instrument::Gauge) => ours!(__tachometer_stem.in_flight()),
        _ => name,
    })
}

/// The labels of the outcome belong to the counter; a histogram has them only where `timed` says so.
fn outcome_labels(instrument: Instrument, Declaration { meter, args, .. }: &Declaration) -> Option<TokenStream> {
    let owner = if *meter == Meter::Timed { Instrument::Timer } else { Instrument::Counter };
    args.judge().filter(|_| instrument == owner).map(|judge| match judge {
        Judge::Kind | Judge::KindBy(_) => ours!(.error()),
        Judge::Outcome | Judge::OkIf(_) | Judge::ErrorIf(_) => ours!(.result()),
    })
}

/// The kinds that the error of the returned `Result` has, where a static can name it.
fn kinds(site: &Site<'_>, measure: &Measure, root: &Root<'_>) -> Option<TokenStream> {
    let asked = site.judge.filter(|_| site.shows_zero())?;
    let result = || named::result(measure.output(), &measure.parameters());
    let private = root.private();
    match asked.judge {
        Judge::Kind => {
            let result = result()?;
            Some(ours!(.kinds({
                #[allow(unused_imports)]
                use #private::Unknown as _;
                #private::Probe::<#result>::KINDS
            })))
        }
        // A function that need not have an error may have none.
        Judge::KindBy(function) if asked.must || is_called_result(measure.output()) => {
            let (result, function) = (result()?, function.to_token_stream());
            let error = ours!(<#result as #private::Carries>::Error);
            let told = root.check_of(&function, &ours!(told_by::<#error, _, _>), &function);
            // The body has a closure once more, and what lints say of it.
            let quiet = ours!(#[allow(warnings, clippy::all, clippy::pedantic)]);
            Some(ours!(.kinds({ #quiet let __tachometer_told = #told; __tachometer_told.kinds })))
        }
        Judge::Outcome | Judge::KindBy(_) | Judge::OkIf(_) | Judge::ErrorIf(_) => None,
    }
}

/// Whether it is called as the standard library's type, or an alias of it with an error that is said there.
fn is_called_result(output: Output<'_>) -> bool {
    matches!(output, Output::Type(Type::Path(ty)) if ty.path.segments.last().is_some_and(|last| last.ident == "Result"))
}

fn help(args: &Args, measure: &Measure) -> TokenStream {
    match &args.help {
        Some(help) => help.value.to_token_stream(),
        None => measure.summary().to_token_stream(),
    }
}

fn buckets(args: &Args, root: &Root<'_>) -> Option<TokenStream> {
    Some(root.buckets(&args.buckets.as_ref()?.value))
}
