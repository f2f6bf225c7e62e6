//! First stage: the struct and what its helper attributes say, each value with its span.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Expr, Field as SynField, Fields, LitStr, Path, Type};

use crate::{
    diagnostics::Diagnostics,
    model::summary,
    parse::{Args, Buckets, Entry, Place},
};

/// A struct of metrics, as it is written.
pub(super) struct Group<'a> {
    pub(super) input: &'a DeriveInput,
    pub(super) prefix: Option<LitStr>,
    /// Labels on all series of one instance.
    pub(super) labels: Vec<LitStr>,
    /// Whether the series of an instance end with it.
    pub(super) owned: Option<Entry<()>>,
    pub(super) krate: Option<Path>,
    pub(super) fields: Vec<Field<'a>>,
}

pub(super) struct Field<'a> {
    pub(super) name: &'a Ident,
    pub(super) ty: &'a Type,
    pub(super) role: Role,
}

/// What a field is to the struct.
pub(super) enum Role {
    Metric(Box<Metric>),
    /// Another struct of metrics.
    Group {
        prefix: Option<LitStr>,
    },
    Skipped,
}

/// One metric. What the user has not written is what the field is called, or the handle decides.
pub(super) struct Metric {
    pub(super) help: String,
    pub(super) rename: Option<Entry<LitStr>>,
    pub(super) unit: Option<Entry<LitStr>>,
    pub(super) scale: Option<Entry<Expr>>,
    pub(super) buckets: Option<Entry<Buckets>>,
    pub(super) labels: Option<Entry<Vec<LitStr>>>,
    pub(super) as_is: Option<Entry<()>>,
    pub(super) zero: Option<Entry<bool>>,
    pub(super) rolling: Option<Entry<()>>,
}

pub(super) fn parse<'a>(input: &'a DeriveInput, errors: &mut Diagnostics) -> Option<Group<'a>> {
    let Args { prefix, label_names, owned, krate, .. } = Args::of_helpers(&input.attrs, Place::Metrics, errors);
    if !input.generics.params.is_empty() {
        errors.report(&input.generics, "`Metrics` are those of one type; drop the parameters");
    }
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => &fields.named,
            Fields::Unnamed(fields) => {
                errors.report(fields, "metrics have names; write a struct with named fields");
                return None;
            }
            Fields::Unit => {
                errors.report(&input.ident, format_args!("`{}` has no field; add a metric", input.ident));
                return None;
            }
        },
        Data::Enum(data) => {
            errors.report(data.enum_token, "`Metrics` is for structs; derive `Label` for an enum of label values");
            return None;
        }
        Data::Union(data) => {
            errors.report(data.union_token, "`Metrics` is for structs; a union has no fields that all exist");
            return None;
        }
    };
    Some(Group {
        input,
        prefix: prefix.map(|prefix| prefix.value),
        labels: label_names.map_or_else(Vec::new, |labels| labels.value),
        owned,
        krate: krate.map(|krate| krate.value),
        fields: fields.iter().filter_map(|field| parse_field(field, errors)).collect(),
    })
}

fn parse_field<'a>(field: &'a SynField, errors: &mut Diagnostics) -> Option<Field<'a>> {
    let name = field.ident.as_ref()?;
    let Args { flatten, prefix, .. } = Args::of_helpers(&field.attrs, Place::Group, errors);
    let args = Args::of_helpers(&field.attrs, Place::Metric, errors);
    let role = match (flatten, prefix, &args.skip) {
        (Some(flatten), prefix, _) => {
            refuse(&args, &flatten, "the fields of that struct say it themselves", errors);
            Role::Group { prefix: prefix.map(|prefix| prefix.value) }
        }
        (None, Some(prefix), _) => {
            errors.report(&prefix.key, "`prefix` is that of a whole struct; add `flatten`, or write `rename`");
            return None;
        }
        (None, None, Some(skip)) => {
            refuse(&args, skip, "the field is no metric", errors);
            Role::Skipped
        }
        (None, None, None) => {
            let help = summary(&field.attrs);
            // A field whose `flatten` is misspelt is no metric, and needs no help.
            let is_group = field.attrs.iter().any(|attr| attr.path().is_ident(Place::Group.as_str()));
            if help.is_empty() && !is_group {
                let message = format!("`{name}` has no help; say what it measures in a `///` comment");
                errors.report(name, message);
            }
            Role::Metric(Box::new(Metric::of(help, args)))
        }
    };
    Some(Field { name, ty: &field.ty, role })
}

/// Reports all keys of a field that is no metric because of `flag`.
fn refuse(args: &Args, flag: &Entry<()>, reason: &str, errors: &mut Diagnostics) {
    for (_, key) in args.keys().filter(|(_, key)| **key != flag.key) {
        errors.report(key, format_args!("`{key}` has no meaning beside `{}`: {reason}; drop one", flag.key));
    }
}

impl Metric {
    fn of(help: String, args: Args) -> Self {
        let Args { rename, unit, scale, buckets, label_names, as_is, zero, rolling, .. } = args;
        Self { help, rename, unit, scale, buckets, labels: label_names, as_is, zero, rolling }
    }
}
