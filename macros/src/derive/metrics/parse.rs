//! First stage: the struct and what its helper attributes say, each value with its span.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Expr, Field as SynField, Fields, LitStr, Path, Type};

use crate::{
    derive::helper::{Entry, Helper, Key},
    diagnostics::Diagnostics,
    model::summary,
    parse::Buckets,
};

const ON_STRUCT: Helper = Helper {
    name: "metrics",
    keys: &[
        ("prefix", "takes a string literal; write `prefix = \"..\"`"),
        ("labels", "takes the names of labels; write `labels(shard)`"),
        ("crate", "takes a path; write `crate = path::to::tachometer`"),
    ],
};

const ON_GROUP: Helper = Helper {
    name: "metrics",
    keys: &[
        ("flatten", "is a flag and takes no value; write `flatten`"),
        ("prefix", "takes a string literal; write `prefix = \"..\"`"),
    ],
};

const ON_FIELD: Helper = Helper {
    name: "metric",
    keys: &[
        ("rename", "takes a string literal; write `rename = \"..\"`"),
        ("unit", "takes a string literal; write `unit = \"bytes\"`"),
        ("scale", "takes a number below 1 or the path of a constant; write `scale = 1e-6`"),
        ("buckets", "takes an array, the path of a constant, or `native`; write `buckets = [0.1, 1.0]`"),
        ("labels", "takes the names of labels; write `labels(worker, codec)`"),
        ("as_is", "is a flag and takes no value; write `as_is`"),
        ("zero", "takes `true` or `false`; write `zero = false`"),
        ("skip", "is a flag and takes no value; write `skip`"),
    ],
};

/// A struct of metrics, as it is written.
pub(super) struct Group<'a> {
    pub(super) input: &'a DeriveInput,
    pub(super) prefix: Option<LitStr>,
    /// Labels on all series of one instance.
    pub(super) labels: Vec<Ident>,
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
#[derive(Default)]
pub(super) struct Metric {
    pub(super) help: String,
    pub(super) rename: Option<Entry<LitStr>>,
    pub(super) unit: Option<Entry<LitStr>>,
    pub(super) scale: Option<Entry<Expr>>,
    pub(super) buckets: Option<Entry<Buckets>>,
    pub(super) labels: Option<Entry<Vec<Ident>>>,
    pub(super) as_is: Option<Entry<()>>,
    pub(super) zero: Option<Entry<bool>>,
    skip: Option<Entry<()>>,
}

pub(super) fn parse<'a>(input: &'a DeriveInput, errors: &mut Diagnostics) -> Option<Group<'a>> {
    let (mut prefix, mut labels, mut krate) = (None, None, None);
    ON_STRUCT.read(&input.attrs, errors, |key, input, errors| match key.name {
        "prefix" => key.text(input).map(|value| key.put(&mut prefix, value, errors)),
        "labels" => key.names(input).map(|value| key.put(&mut labels, value, errors)),
        _ => key.path(input).map(|value| key.put(&mut krate, value, errors)),
    });
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
        prefix: prefix.map(|prefix: Entry<LitStr>| prefix.value),
        labels: labels.map_or_else(Vec::new, |labels: Entry<Vec<Ident>>| labels.value),
        krate: krate.map(|krate| krate.value),
        fields: fields.iter().filter_map(|field| parse_field(field, errors)).collect(),
    })
}

fn parse_field<'a>(field: &'a SynField, errors: &mut Diagnostics) -> Option<Field<'a>> {
    let name = field.ident.as_ref()?;
    let (mut flatten, mut prefix) = (None, None);
    ON_GROUP.read(&field.attrs, errors, |key, input, errors| match key.name {
        "flatten" => key.flag(input).map(|value| key.put(&mut flatten, value, errors)),
        _ => key.text(input).map(|value| key.put(&mut prefix, value, errors)),
    });
    let mut metric = Metric { help: summary(&field.attrs), ..Metric::default() };
    ON_FIELD.read(&field.attrs, errors, |key, input, errors| metric.entry(key, input, errors));
    let role = match (flatten, prefix, &metric.skip) {
        (Some(flatten), prefix, _) => {
            metric.refuse(&flatten, "the fields of that struct say it themselves", errors);
            Role::Group { prefix: prefix.map(|prefix: Entry<LitStr>| prefix.value) }
        }
        (None, Some(prefix), _) => {
            errors.report(&prefix.key, "`prefix` is that of a whole struct; add `flatten`, or write `rename`");
            return None;
        }
        (None, None, Some(skip)) => {
            metric.refuse(skip, "the field is no metric", errors);
            Role::Skipped
        }
        (None, None, None) => {
            // A field whose `flatten` is misspelt is no metric, and needs no help.
            let is_group = field.attrs.iter().any(|attr| attr.path().is_ident(ON_GROUP.name));
            if metric.help.is_empty() && !is_group {
                let message = format!("`{name}` has no help; say what it measures in a `///` comment");
                errors.report(name, message);
            }
            Role::Metric(Box::new(metric))
        }
    };
    Some(Field { name, ty: &field.ty, role })
}

impl Metric {
    fn entry(&mut self, key: Key, input: syn::parse::ParseStream, errors: &mut Diagnostics) -> syn::Result<()> {
        match key.name {
            "rename" => key.text(input).map(|value| key.put(&mut self.rename, value, errors)),
            "unit" => key.text(input).map(|value| key.put(&mut self.unit, value, errors)),
            "scale" => key.number(input).map(|value| key.put(&mut self.scale, value, errors)),
            "buckets" => key.buckets(input).map(|value| key.put(&mut self.buckets, value, errors)),
            "labels" => key.names(input).map(|value| key.put(&mut self.labels, value, errors)),
            "as_is" => key.flag(input).map(|value| key.put(&mut self.as_is, value, errors)),
            "zero" => key.truth(input).map(|value| key.put(&mut self.zero, value, errors)),
            _ => key.flag(input).map(|value| key.put(&mut self.skip, value, errors)),
        }
    }

    /// Reports all keys of a field that is no metric because of `flag`.
    fn refuse(&self, flag: &Entry<()>, reason: &str, errors: &mut Diagnostics) {
        let Self { help: _, rename, unit, scale, buckets, labels, as_is, zero, skip } = self;
        let given = [
            rename.as_ref().map(|entry| &entry.key),
            unit.as_ref().map(|entry| &entry.key),
            scale.as_ref().map(|entry| &entry.key),
            buckets.as_ref().map(|entry| &entry.key),
            labels.as_ref().map(|entry| &entry.key),
            as_is.as_ref().map(|entry| &entry.key),
            zero.as_ref().map(|entry| &entry.key),
            skip.as_ref().map(|entry| &entry.key),
        ];
        for key in given.into_iter().flatten().filter(|key| **key != flag.key) {
            errors.report(key, format_args!("`{key}` has no meaning beside `{}`: {reason}; drop one", flag.key));
        }
    }
}
