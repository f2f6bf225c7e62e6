//! What the derives make of a type, in full.

use expect_test::{Expect, expect};

use crate::{
    derive::{Derive, derive},
    tests::tokens,
};

/// Compares what a derive emits, formatted, with `expected`.
fn derives(which: Derive, item: &str, expected: &Expect) {
    let file = syn::parse2(derive(which, tokens(item))).expect("an expansion is made of items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_label_is_a_match_over_its_variants() {
    let item = r#"#[label(rename_all = "kebab-case")] enum Way { OnFoot, #[label(rename = "rail")] Train }"#;
    derives(
        Derive::Label,
        item,
        &expect![[r##"
            #[automatically_derived]
            #[allow(deprecated)]
            impl ::tachometer::__private::LabelValue for Way {
                fn text<'__tachometer>(
                    &'__tachometer self,
                    _: &'__tachometer mut ::tachometer::__private::LabelBuffer,
                ) -> &'__tachometer ::core::primitive::str {
                    match self {
                        Self::OnFoot => "on-foot",
                        Self::Train => "rail",
                    }
                }
                fn values() -> ::tachometer::__private::KnownValues {
                    ::core::option::Option::Some(
                        ::std::borrow::Cow::Borrowed(
                            <Self as ::tachometer::__private::FiniteLabel>::VALUES,
                        ),
                    )
                }
            }
            #[automatically_derived]
            impl ::tachometer::__private::FiniteLabel for Way {
                const VALUES: &'static [&'static ::core::primitive::str] = &["on-foot", "rail"];
            }
        "##]],
    );
}

#[test]
fn labels_are_named_after_fields_and_checked() {
    let item = r#"struct Asked<'a, T: LabelValue> { path: &'a str, #[label(rename = "code")] r#type: T }"#;
    derives(
        Derive::Labels,
        item,
        &expect![[r#"
            const _: () = {
                const _: () = {
                    let _ = ::tachometer::__private::checked_label("path");
                    let _ = ::tachometer::__private::checked_label("code");
                };
                #[automatically_derived]
                #[allow(deprecated)]
                impl<'a, T: LabelValue> ::tachometer::__private::LabelNames for Asked<'a, T>
                where
                    T: 'static,
                {
                    type Kept = Asked<'static, T>;
                    const NAMES: &'static [&'static ::core::primitive::str] = &["path", "code"];
                    fn visit<__TachometerR>(
                        &self,
                        visit: impl ::core::ops::FnOnce(
                            &[&dyn ::tachometer::__private::LabelValue],
                        ) -> __TachometerR,
                    ) -> __TachometerR {
                        visit(&[&self.path, &self.r#type])
                    }
                    fn values(
                        each: &mut dyn ::core::ops::FnMut(::tachometer::__private::KnownValues),
                    ) {
                        #[allow(unused_imports)]
                        use ::tachometer::__private::Unknown as _;
                        each(
                            ::tachometer::__private::Probe::<&'a str>::VALUES
                                .map(::std::borrow::Cow::Borrowed),
                        );
                        each(
                            ::tachometer::__private::Probe::<T>::VALUES
                                .map(::std::borrow::Cow::Borrowed),
                        );
                    }
                }
            };
        "#]],
    );
}

#[test]
fn an_error_asks_the_one_inside() {
    let item = r"enum Error<E> { Full { at: u8 }, #[error_kind(nested)] Store(E), #[result(ok)] Empty }";
    derives(
        Derive::ErrorKind,
        item,
        &expect![[r##"
            #[automatically_derived]
            #[allow(deprecated)]
            impl<E> ::tachometer::__private::ErrorKind for Error<E>
            where
                E: ::tachometer::__private::ErrorKind,
            {
                const KINDS: &'static [&'static ::core::primitive::str] = const {
                    &::tachometer::__private::KindList::of(
                        &[&["full"], <E as ::tachometer::__private::ErrorKind>::KINDS],
                    )
                }
                    .as_slice();
                fn kind(&self) -> &'static ::core::primitive::str {
                    match self {
                        Self::Full { .. } => "full",
                        Self::Store { 0: inner } => {
                            <E as ::tachometer::__private::ErrorKind>::kind(inner)
                        }
                        Self::Empty { .. } => "empty",
                    }
                }
                fn is_ok(&self) -> ::core::primitive::bool {
                    match self {
                        Self::Full { .. } => false,
                        Self::Store { 0: inner } => {
                            <E as ::tachometer::__private::ErrorKind>::is_ok(inner)
                        }
                        Self::Empty { .. } => true,
                    }
                }
            }
        "##]],
    );
}

#[test]
fn metrics_without_labels_have_a_default() {
    let item = r#"#[metrics(prefix = "scorer", crate = other)]
        pub struct Metrics { #[metrics(flatten)] cache: Cache, #[metric(skip)] note: u8 }"#;
    derives(
        Derive::Metrics,
        item,
        &expect![[r#"
            const _: () = {
                const _: &::core::primitive::str = other::__private::checked_prefix("scorer");
                #[allow(deprecated)]
                fn __tachometer_build(scope: &other::__private::Scope) -> Metrics {
                    Metrics {
                        cache: <Cache as other::__private::Metrics>::build(
                            &scope.within(<Cache as other::__private::Metrics>::PREFIX),
                        ),
                        note: ::core::default::Default::default(),
                    }
                }
                #[automatically_derived]
                impl other::__private::Metrics for Metrics {
                    const PREFIX: &'static ::core::primitive::str = "scorer";
                    fn build(scope: &other::__private::Scope) -> Self {
                        __tachometer_build(scope)
                    }
                }
                #[automatically_derived]
                impl ::core::default::Default for Metrics {
                    fn default() -> Self {
                        __tachometer_build(&other::__private::Scope::new("scorer", &[]))
                    }
                }
                #[allow(unused)]
                impl Metrics {
                    /// The metrics under names that begin with `prefix` instead of the struct's own. A character that a name
                    /// cannot hold becomes `_`.
                    #[must_use]
                    pub fn with_prefix(prefix: &::core::primitive::str) -> Self {
                        __tachometer_build(&other::__private::Scope::new(prefix, &[]))
                    }
                    /// The program's one instance.
                    #[must_use]
                    pub fn global() -> &'static Self {
                        static GLOBAL: ::std::sync::OnceLock<Metrics> = ::std::sync::OnceLock::new();
                        other::__private::global(&GLOBAL)
                    }
                }
            };
        "#]],
    );
}

#[test]
fn metrics_with_labels_are_made_with_their_values() {
    let item = "#[metrics(labels(shard))] struct Metrics { #[doc = \"Jobs.\"] #[metric(as_is)] jobs: Counter }";
    derives(
        Derive::Metrics,
        item,
        &expect![[r#"
        const _: () = {
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("shard");
            static __TACHOMETER_METRIC_0: ::tachometer::__private::Declared = {
                let __tachometer_shape = <Counter as ::tachometer::__private::Field>::SHAPE;
                let __tachometer_metric = ::tachometer::__private::declared_as_is(
                        __tachometer_shape,
                        "jobs",
                    )
                    .help("Jobs.");
                ::tachometer::__private::check_labels(__tachometer_shape, &[], &["shard"]);
                let __tachometer_metric = __tachometer_metric.names(&[]);
                __tachometer_metric
            };
            #[allow(deprecated)]
            fn __tachometer_build(scope: &::tachometer::__private::Scope) -> Metrics {
                Metrics {
                    jobs: <Counter as ::tachometer::__private::Field>::build(
                        scope,
                        &__TACHOMETER_METRIC_0,
                    ),
                }
            }
            #[allow(unused, clippy::too_many_arguments, clippy::needless_pass_by_value)]
            impl Metrics {
                /// The metrics of the instance that has these values of its labels.
                #[must_use]
                fn with_labels(shard: impl ::tachometer::__private::LabelValue) -> Self {
                    __tachometer_build(
                        &::tachometer::__private::Scope::new("", &[("shard", &shard)]),
                    )
                }
                /// The same under names that begin with `prefix` instead of the struct's own. A character that a name
                /// cannot hold becomes `_`.
                #[must_use]
                fn with_prefix(
                    __tachometer_prefix: &::core::primitive::str,
                    shard: impl ::tachometer::__private::LabelValue,
                ) -> Self {
                    __tachometer_build(
                        &::tachometer::__private::Scope::new(
                            __tachometer_prefix,
                            &[("shard", &shard)],
                        ),
                    )
                }
            }
        };
    "#]],
    );
}
