//! Third stage: the rules that hold between values, and between them and the function; one function per rule.
//!
//! Names of metrics and labels are not judged here but by the runtime's `const fn`, which also sees constants.

use std::{collections::HashSet, ops::Deref};

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprUnary, Lit, Type, UnOp};

use crate::{
    diagnostics::Diagnostics,
    meter::{Instrument, Meter},
    model::{Declaration, Measure, Within},
    parse::{Args, Buckets, Entry, Function, Judge, Key, Label},
    shape::{Output, PRIMITIVES},
};

/// How many labels the store gives to one series.
const MAX_LABELS: usize = 32;

/// The labels that an objective adds.
const OBJECTIVE: [&str; 3] = ["objective_name", "objective_percentile", "objective_latency_threshold"];

/// Proof that every rule was asked; only [`check`] makes one.
pub(crate) struct Checked<T>(T);

/// A function with mistakes, and what they are.
pub(crate) struct Rejected {
    pub(crate) measure: Measure,
    pub(crate) error: syn::Error,
}

impl<T> Deref for Checked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Asks every rule, after whatever parsing has found in `errors`.
pub(crate) fn check(measure: Measure, mut errors: Diagnostics) -> Result<Checked<Measure>, Box<Rejected>> {
    is_no_const_fn(&measure, &mut errors);
    is_no_naked_fn(&measure, &mut errors);
    agree(&measure.declarations, &measure.name(), &mut errors);
    outcome_is_returned(&measure, &mut errors);
    extras_are_there(&measure, &mut errors);
    callers_see_an_end(&measure, &mut errors);
    metrics_are_distinct(&measure.declarations, &mut errors);
    match errors.finish() {
        Ok(()) => Ok(Checked(measure)),
        Err(error) => Err(Box::new(Rejected { measure, error })),
    }
}

/// Asks every rule of declarations that a block called `name` has for its functions.
pub(crate) fn check_block(
    declarations: Vec<Declaration>,
    name: &str,
    mut errors: Diagnostics,
) -> syn::Result<Checked<Vec<Declaration>>> {
    agree(&declarations, name, &mut errors);
    metrics_are_distinct(&declarations, &mut errors);
    errors.finish().map(|()| Checked(declarations))
}

impl Checked<Vec<Declaration>> {
    /// A function with the declarations of its block, which fit whatever it returns.
    pub(crate) fn inherited(&self, function: Function, within: Within) -> Checked<Measure> {
        // Their paths are imported beside the block; from within it they may mean something else.
        let declarations = self.0.iter().map(|declaration| Declaration { path: None, ..declaration.clone() }).collect();
        Checked(Measure::new(function, declarations, Some(within)))
    }
}

/// The rules that need to know no more of the function than a name to propose.
fn agree(declarations: &[Declaration], name: &str, errors: &mut Diagnostics) {
    for declaration in declarations {
        keys_apply(declaration, errors);
        name_is_given(declaration, name, errors);
        name_is_not_given(&declaration.args, errors);
        one_judge(&declaration.args, errors);
        labels_are_distinct(&declaration.args, errors);
        known_labels_are_there(&declaration.args, errors);
        buckets_increase(&declaration.args, errors);
    }
}

/// A `const fn` may run in the compiler, where there is nothing to record into.
fn is_no_const_fn(measure: &Measure, errors: &mut Diagnostics) {
    if let Some(constness) = &measure.function.sig.constness {
        errors.report(
            constness,
            "`const fn` cannot be measured, it may run in the compiler; drop `const` or the attribute",
        );
    }
}

/// What the compiler calls with nothing on the stack has no room for anything of ours.
fn is_no_naked_fn(measure: &Measure, errors: &mut Diagnostics) {
    if let Some(naked) = measure.function.naked() {
        let name = measure.name();
        errors.report(
            naked,
            format_args!(
                "naked `{name}` cannot be measured, its body is assembly alone; measure a function that calls it"
            ),
        );
    }
}

/// Each key has a meaning for the attribute it stands in.
fn keys_apply(Declaration { meter, args, .. }: &Declaration, errors: &mut Diagnostics) {
    for (key, ident) in args.keys() {
        if let Some(refusal) = key.refusal(*meter) {
            errors.report(ident, format_args!("`{}` does not apply to `{}`, {refusal}", key.as_str(), meter.as_str()));
        }
    }
}

/// Where a key needs a name, there is one.
fn name_is_given(Declaration { meter, args, .. }: &Declaration, function: &str, errors: &mut Diagnostics) {
    if args.name.is_some() || args.unread.contains(&Key::Name) {
        return;
    }
    for (key, ident) in args.keys() {
        if key.needs().name(*meter) && key.refusal(*meter).is_none() {
            let name = meter.proposed_name(function);
            errors.report(ident, format_args!("`{}` needs `name`; write `name = \"{name}\"`", key.as_str()));
        }
    }
}

/// One key says how a call has ended.
fn one_judge(args: &Args, errors: &mut Diagnostics) {
    let mut keys = [Key::OkIf, Key::ErrorIf, Key::ErrorKind].into_iter().filter_map(|key| args.key(key));
    if let Some(first) = keys.next() {
        for second in keys {
            errors.report(second, format_args!("`{first}` says already how a call has ended; drop one of the two"));
        }
    }
}

/// A metric with a name has no labels but those that are written.
fn name_is_not_given(Args { name, function, .. }: &Args, errors: &mut Diagnostics) {
    if let (Some(_), Some(function)) = (name, function) {
        errors.report(
            &function.key,
            "`function` is a label of functions without a `name`; write `labels(function)`, which is each function's name, \
             or `labels(function = ..)`",
        );
    }
}

/// No series has two labels of one name, nor more labels than the store takes.
fn labels_are_distinct(args: &Args, errors: &mut Diagnostics) {
    let Some(Entry { value: labels, .. }) = &args.labels else { return };
    let (result, error, slo) = (args.judge().is_some(), args.error_kind.is_some(), args.slo.is_some());
    let mut seen = HashSet::new();
    for Label { name, .. } in labels {
        let text = name.value();
        if result && text == "result" {
            errors.report(name, "label `result` is what the key for the outcome adds; rename it or drop the key");
        } else if error && text == "error" {
            errors.report(name, "label `error` is what the key `error_kind` adds; rename it or drop the key");
        } else if slo && OBJECTIVE.contains(&text.as_str()) {
            errors.report(name, format_args!("label `{text}` is what the key `slo` adds; rename it or drop the key"));
        } else if !seen.insert(text.clone()) {
            errors.report(name, format_args!("label `{text}` is given twice; drop one"));
        }
    }
    let added = usize::from(result) + usize::from(error) + if slo { OBJECTIVE.len() } else { 0 };
    if let Some(Label { name, .. }) = labels.get(MAX_LABELS - added) {
        let message = "labels, those that other keys add included; drop the rest";
        errors.report(name, format_args!("a metric has at most {MAX_LABELS} {message}"));
    }
}

/// Sets of labels that the program gets to know are sets of values as they are.
fn known_labels_are_there(args: &Args, errors: &mut Diagnostics) {
    let Some(known) = &args.known else { return };
    let Some(labels) = &args.labels else {
        if !args.unread.contains(&Key::Labels) {
            errors.report(&known.key, "`known` needs `labels`; write `labels(key = value)`");
        }
        return;
    };
    if let Some(label) = labels.value.iter().find(|label| label.cap.is_some()) {
        let name = label.name.value();
        let message = format!("label `{name}` has a `cap`, which `known` does not know; limit it by the guard instead");
        errors.report(&label.name, message);
    }
}

/// Bounds that are literals are judged here, where each has a token; the others by the runtime.
fn buckets_increase(Args { buckets, .. }: &Args, errors: &mut Diagnostics) {
    if let Some(Entry { value, .. }) = buckets {
        bounds_increase(value, errors);
    }
}

/// The same for bounds wherever they are written.
pub(crate) fn bounds_increase(buckets: &Buckets, errors: &mut Diagnostics) {
    let Some(Expr::Array(array)) = buckets.bounds() else { return };
    let mut previous: Option<f64> = None;
    for bound in &array.elems {
        let value = literal(bound);
        let complaint = match (previous, value) {
            (_, Some(value)) if !value.is_finite() => Some("is not finite; leave it out, `+Inf` is added"),
            (Some(previous), Some(value)) if value == previous => Some("is given twice; drop one"),
            (Some(previous), Some(value)) if value < previous => Some("is below the one before it; sort the buckets"),
            _ => None,
        };
        if let Some(complaint) = complaint {
            errors.report(bound, format_args!("bucket `{}` {complaint}", spelled(bound)));
        }
        previous = value.filter(|value| value.is_finite()).or(previous);
    }
}

/// Where the returned value is asked for the outcome, a type that plainly has none is refused where it stands.
fn outcome_is_returned(measure: &Measure, errors: &mut Diagnostics) {
    let readers = measure.declarations.iter().filter(|declaration| Key::Result.refusal(declaration.meter).is_none());
    let Some((key, judge)) =
        readers.filter_map(|Declaration { args, .. }| Some((args.judge_key()?, args.judge()?))).next()
    else {
        return;
    };
    match (measure.output(), judge) {
        (Output::Unit, _) => {
            let name = measure.name();
            errors.report(key, format_args!("`{key}` needs a return value, and `{name}` has none; drop it"));
        }
        (Output::Type(ty), Judge::Outcome) if is_plain(ty) => {
            errors.report(
                ty,
                "`result` needs a return type such as `Result`; return one, write `error_if = ..`, or drop `result`",
            );
        }
        (Output::Type(ty), Judge::Kind | Judge::KindBy(_)) if is_plain(ty) => {
            errors.report(ty, "`error_kind` needs a `Result`; return one or drop `error_kind`");
        }
        (Output::Type(Type::Never(never)), _) => {
            errors.report(never, format_args!("`{key}` needs a return value, and `!` has none; drop it"));
        }
        _ => {}
    }
}

/// Only a future is polled, and only a stream has items. Of a type that has to be asked the runtime knows.
fn extras_are_there(measure: &Measure, errors: &mut Diagnostics) {
    let goes_on = measure.output().is_asked();
    let name = measure.name();
    for Declaration { meter, args, .. } in &measure.declarations {
        let keys = [(Key::Poll, "a future"), (Key::Items, "a stream"), (Key::FirstItem, "a stream")];
        for (key, needed) in keys.into_iter().filter(|(key, _)| key.refusal(*meter).is_none()) {
            let Some(ident) = args.key(key) else { continue };
            let is_there = goes_on || (key == Key::Poll && !measure.is_sync());
            if !is_there {
                errors.report(ident, format_args!("`{ident}` needs {needed}, and `{name}` returns none; drop it"));
            } else if measure.makes() && (key != Key::Poll || measure.is_sync()) {
                errors.report(ident, format_args!("`{ident}` needs {needed}, and `making` measures none; drop one"));
            }
        }
    }
}

/// What sees its caller is not followed; whether a type without a name would have to be, only its bounds can say.
fn callers_see_an_end(measure: &Measure, errors: &mut Diagnostics) {
    if measure.sees_its_caller() && measure.is_sync() && !measure.makes() && measure.output().lasts() {
        let name = measure.name();
        errors.report(
            measure.written(),
            format_args!(
                "`{name}` sees its caller, and cannot be followed into a future or a stream; drop `track_caller`, or write \
                 `making` to measure how it is made"
            ),
        );
    }
}

/// No metric is recorded twice by one function.
fn metrics_are_distinct(declarations: &[Declaration], errors: &mut Diagnostics) {
    let mut seen: Vec<(String, Meter)> = Vec::new();
    for declaration in declarations {
        let metrics = metrics(declaration);
        let twice = metrics.iter().find_map(|metric| seen.iter().find(|(earlier, _)| earlier == metric));
        if let Some((metric, first)) = twice {
            let message =
                format!("`{metric}` is recorded by `{}` already; drop one or give it another name", first.as_str());
            match (&declaration.args.name, &declaration.path) {
                (Some(name), _) => errors.report(&name.value, message),
                (None, path) => errors.report(path, message),
            }
        }
        seen.extend(metrics.into_iter().map(|metric| (metric, declaration.meter)));
    }
}

/// The names of a declaration's metrics, a constant's path standing for its value.
fn metrics(Declaration { meter, args, .. }: &Declaration) -> Vec<String> {
    let name = args.name.as_ref().map(|name| match &name.value {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => name.value(),
        other => spelled(other),
    });
    let metric = |&instrument: &Instrument| match (&name, meter) {
        (None, _) => instrument.shared_name().to_owned(),
        (Some(stem), Meter::Measured) => format!("{stem}{}", instrument.suffix()),
        (Some(name), Meter::Counted | Meter::Timed | Meter::InFlight) => name.clone(),
    };
    meter.instruments().iter().map(metric).collect()
}

impl Args {
    /// The key that says how a call has ended.
    fn judge_key(&self) -> Option<&Ident> {
        [Key::OkIf, Key::ErrorIf, Key::ErrorKind, Key::Result].into_iter().find_map(|key| self.key(key))
    }
}

/// The value of a bound that is a number, or one of the constants that everyone tries.
fn literal(bound: &Expr) -> Option<f64> {
    match bound {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr).map(|value| -value),
        Expr::Group(group) => literal(&group.expr),
        Expr::Path(path) => match path.path.segments.last()?.ident.to_string().as_str() {
            "INFINITY" => Some(f64::INFINITY),
            "NEG_INFINITY" => Some(f64::NEG_INFINITY),
            "NAN" => Some(f64::NAN),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a type of this form has no outcome and nobody can give it one.
fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Array(_) | Type::FnPtr(_) | Type::Never(_) | Type::Ptr(_) | Type::Slice(_) | Type::Tuple(_) => true,
        Type::Path(path) => path.path.get_ident().is_some_and(|name| PRIMITIVES.iter().any(|plain| name == plain)),
        Type::Reference(reference) => is_plain(&reference.elem),
        _ => false,
    }
}

/// Tokens as a person writes them, without the spaces that printing puts between.
fn spelled(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}
