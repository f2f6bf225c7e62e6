//! The keys of the attributes and of the derives' helper attributes: the only table of them.

use proc_macro2::Ident;
use syn::{Expr, LitStr, Path, parse::ParseStream};

use crate::{
    diagnostics::Diagnostics,
    meter::Meter::{Counted, InFlight, Measured},
    parse::{
        Buckets, Entry, Items, Label,
        args::put,
        case::Case,
        place::{Needs, Place, Scope},
        value::{self, Written},
    },
};

/// Makes of each row a [`Key`], and a field of [`Args`] that holds the key's value.
macro_rules! keys {
    ($($key:ident $name:literal => $field:ident: $value:ty = $read:path, $takes:literal, $example:literal, $scope:expr;)*) => {
        /// A key in the parentheses of an attribute. Two keys of one name stand in different places.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Key {
            $($key),*
        }

        /// What stands in one place, each entry of the right shape.
        #[derive(Clone, Default)]
        pub(crate) struct Args {
            $(pub(crate) $field: Option<Entry<$value>>,)*
            /// Keys whose value could not be read: they are no more missing than right.
            pub(crate) unread: Vec<Key>,
        }

        impl Key {
            const ALL: &[Self] = &[$(Self::$key),*];

            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$key => $name),*
                }
            }

            /// What the key takes, and how it is written: an error message.
            pub(crate) fn usage(self) -> &'static str {
                match self {
                    $(Self::$key => concat!("`", $name, "` ", $takes, "; write `", $example, "`")),*
                }
            }

            fn scope(self) -> Scope {
                match self {
                    $(Self::$key => $scope),*
                }
            }
        }

        impl Args {
            /// Reads what stands behind a key.
            pub(super) fn value(
                &mut self,
                written: &Written,
                input: ParseStream,
                errors: &mut Diagnostics,
            ) -> syn::Result<()> {
                match written.key {
                    $(Key::$key => put(&mut self.$field, $read(written, input, errors)?, written, errors)),*
                }
                Ok(())
            }

            /// The tokens that give a key.
            pub(crate) fn key(&self, key: Key) -> Option<&Ident> {
                match key {
                    $(Key::$key => self.$field.as_ref().map(|entry| &entry.key)),*
                }
            }
        }
    };
}

// The key, its name, the field of `Args` with the type and the reader of its value, what it takes, an example, and where
// it stands.
keys! {
    Name "name" => name: Expr = value::name, "takes a string literal or the path of a constant", "name = \"..\"", CALLS;
    Function "function" => function: LitStr = value::filled, "takes a string literal", "function = \"..\"", CALLS;
    Help "help" => help: LitStr = value::text, "takes a string literal", "help = \"..\"", NAMED;
    Labels "labels" => labels: Vec<Label> = value::labels, "takes a list", "labels(key = value)", NAMED;
    Known "known" => known: Expr = value::place, "takes the path of a static `KnownLabels`", "known = CALLS", CALLS;
    Result "result" => result: () = value::flag, "is a flag and takes no value", "result", OUTCOMES;
    OkIf "ok_if" => ok_if: Expr = value::judge, "takes a function of the returned value",
        "ok_if = path` or `ok_if = |value| ..", OUTCOMES;
    ErrorIf "error_if" => error_if: Expr = value::judge, "takes a function of the returned value",
        "error_if = path` or `error_if = |value| ..", OUTCOMES;
    ErrorKind "error_kind" => error_kind: Option<Expr> = value::flag_or_judge, "is a flag, or takes a function of the error",
        "error_kind` or `error_kind = path",
        OUTCOMES.needs(Needs::Name);
    Poll "poll" => poll: () = value::flag, "is a flag and takes no value", "poll", TIMES;
    Items "items" => items: Items = value::items, "is a flag, or says which items decide", "items`, `items = last` or `items = ignore",
        CALLS.except(&[(InFlight, "which records no call's end; use `counted` or `measured`")]);
    FirstItem "first_item" => first_item: () = value::flag, "is a flag and takes no value", "first_item", TIMES;
    Rolling "rolling" => rolling: () = value::flag, "is a flag and takes no value", "rolling",
        CALLS.except(&[(InFlight, "which records no call's end; use `counted`, `timed` or `measured`")]).and(Place::Metric);
    Making "making" => making: () = value::flag, "is a flag and takes no value", "making", CALLS;
    Slo "slo" => slo: Expr = value::slo, "takes a constant of the type `Slo`", "slo = CHECKOUT",
        CALLS.except(&[(InFlight, "calls in flight have neither failed nor taken long; drop it")]);
    Team "team" => team: LitStr = value::filled, "takes a string literal", "team = \"..\"", CALLS;
    Prefix "prefix" => prefix: LitStr = value::filled, "takes a string literal", "prefix = \"..\"",
        Scope::of(Place::Metrics).and(Place::Group);
    Flatten "flatten" => flatten: () = value::flag, "is a flag and takes no value", "flatten", Scope::of(Place::Group);
    RenameAll "rename_all" => rename_all: Case = value::case, "takes a case", "rename_all = \"snake_case\"",
        Scope::of(Place::LabelType).and(Place::ErrorKind);
    Rename "rename" => rename: LitStr = value::filled, "takes a string literal", "rename = \"..\"",
        Scope::of(Place::Metric).and(Place::LabelVariant).and(Place::LabelField).and(Place::ErrorVariant);
    Display "display" => display: () = value::flag, "is a flag and takes no value", "display",
        Scope::of(Place::LabelType).and(Place::LabelNewtype).and(Place::LabelField);
    Unit "unit" => unit: LitStr = value::filled, "takes a string literal", "unit = \"bytes\"", FIELD;
    Scale "scale" => scale: Expr = value::number, "takes a number below 1 or the path of a constant", "scale = 1e-6",
        FIELD;
    Buckets "buckets" => buckets: Buckets = value::buckets,
        "takes an array of bounds (for times in seconds), the path of a constant, or `native`",
        "buckets = [0.1, 1.0]", TIMES.needs(Needs::Name).and(Place::Metric);
    LabelNames "labels" => label_names: Vec<LitStr> = value::names, "takes the names of labels",
        "labels(worker, codec)", FIELD.and(Place::Metrics);
    Owned "owned" => owned: () = value::flag, "is a flag and takes no value", "owned", Scope::of(Place::Metrics);
    AsIs "as_is" => as_is: () = value::flag, "is a flag and takes no value", "as_is", NAMED.and(Place::Metric);
    Zero "zero" => zero: bool = value::truth, "takes `true` or `false`", "zero = false", CALLS.and(Place::Metric);
    Skip "skip" => skip: () = value::flag, "is a flag and takes no value", "skip", FIELD;
    Nested "nested" => nested: () = value::flag, "is a flag and takes no value", "nested",
        Scope::of(Place::ErrorVariant);
    ResultOk "result" => result_ok: () = value::ok, "says that the variant is no failure", "result(ok)",
        Scope::of(Place::ErrorVariant);
    Ok "ok" => ok: () = value::flag, "is a flag and takes no value", "result(ok)", Scope::of(Place::ResultVariant);
    Crate "crate" => krate: Path = value::path, "takes a path", "crate = path::to::tachometer",
        CALLS.and(Place::Metrics).and(Place::LabelType).and(Place::Labels).and(Place::ErrorKind);
}

/// All attributes.
const CALLS: Scope = Scope::of(Place::Attribute(Measured));

/// What says more of metrics that are the function's own.
const NAMED: Scope = CALLS.needs(Needs::Name);

const OUTCOMES: Scope =
    CALLS.needs(Needs::NameOrCounter).except(&[(InFlight, "calls in flight have no outcome yet; drop it")]);

const TIMES: Scope = CALLS.except(&[
    (Counted, "which records no time; use `timed` or `measured`"),
    (InFlight, "which records no time; use `timed` or `measured`"),
]);

const FIELD: Scope = Scope::of(Place::Metric);

impl Key {
    /// The key of this name in this place.
    pub(crate) fn named(name: &str, place: Place) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.as_str() == name && key.scope().holds(place))
    }

    /// The keys that have a meaning in this place.
    pub(crate) fn of(place: Place) -> impl Iterator<Item = Self> {
        let is_refused = move |key: Self| match place {
            Place::Attribute(meter) => key.refusal(meter).is_some(),
            _ => false,
        };
        Self::ALL.iter().copied().filter(move |&key| key.scope().holds(place) && !is_refused(key))
    }

    /// Why an attribute has no use for the key, and what to do instead.
    pub(crate) fn refusal(self, meter: crate::meter::Meter) -> Option<&'static str> {
        self.scope().refusal(meter)
    }

    /// What it asks of the other keys of its attribute.
    pub(crate) fn needs(self) -> Needs {
        self.scope().needs
    }
}

impl Args {
    /// The keys that were given, with the tokens that give them.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (Key, &Ident)> {
        Key::ALL.iter().filter_map(|&key| Some((key, self.key(key)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Place};
    use crate::meter::Meter;

    #[test]
    fn each_key_is_shown_in_its_usage_and_found_by_its_name_where_it_stands() {
        let places = [
            Place::Attribute(Meter::Counted),
            Place::Metrics,
            Place::Group,
            Place::Metric,
            Place::LabelType,
            Place::LabelVariant,
            Place::LabelNewtype,
            Place::Labels,
            Place::LabelField,
            Place::ErrorKind,
            Place::ErrorVariant,
            Place::ResultVariant,
        ];
        for &key in Key::ALL {
            assert!(key.usage().starts_with(&format!("`{}` ", key.as_str())), "{key:?}");
            let mut places = places.iter().filter(|&&place| Key::named(key.as_str(), place) == Some(key));
            assert!(places.next().is_some(), "{key:?} stands nowhere, or another key of its name is found there");
        }
        assert_eq!(Key::named("Name", places[0]), None);
    }
}
