//! The derives trip no lint, name everything from the root, and bear names of the user's that are also others'.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused,
    unused_qualifications,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    unused_lifetimes,
    unused_results,
    rust_2018_idioms,
    keyword_idents_2024,
    tail_expr_drop_order
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery)]

use ::tachometer::{Counter, ErrorKind, Family, FloatCounter, Gauge, Histogram, Label, Labels, Metrics};

mod tachometer {
    pub(crate) use ::tachometer::Metrics;
}

#[allow(non_camel_case_types, dead_code)]
struct str;

#[allow(non_camel_case_types, dead_code)]
struct bool;

macro_rules! env {
    () => {};
}

/// A way to send.
#[derive(::core::fmt::Debug, Label)]
#[label(rename_all = "kebab-case")]
pub enum Way {
    /// On foot.
    OnFoot,
    /// By train.
    #[label(rename = "train")]
    r#Self_,
    /// By a way of old.
    #[deprecated]
    Coach,
}

/// Where it is.
#[derive(::core::fmt::Debug, Label)]
pub struct Place(&'static ::core::primitive::str);

/// What it holds.
#[derive(::core::fmt::Debug, Label)]
pub struct Holds<'a, T: ?::core::marker::Sized>(&'a T);

/// How heavy it is.
#[derive(::core::fmt::Debug, Label)]
pub struct Weight {
    /// In kilograms.
    #[label(display)]
    pub kilograms: ::core::primitive::f64,
}

/// What is sent.
#[derive(::core::fmt::Debug, Labels)]
pub struct Parcel<'a> {
    /// Where to.
    pub to: &'a ::core::primitive::str,
    /// By which way.
    #[label(rename = "by")]
    pub way: Way,
    /// How.
    pub r#type: ::core::option::Option<u8>,
    /// At which price.
    #[label(display)]
    pub price: ::core::primitive::f64,
}

type Alias = Counter;
type Pair = (Way, u8);

const BOUNDS: [f64; 2] = [1.0, 2.0];

/// The metrics of a post office.
#[derive(::core::fmt::Debug, Metrics)]
#[metrics(prefix = "post")]
pub struct Post {
    /// Letters.
    pub letters: Alias,
    /// Postage.
    #[metric(unit = "euros", scale = 0.01)]
    pub postage: FloatCounter,
    /// Parcels.
    pub parcels: Family<Counter, Parcel<'static>>,
    /// Weights.
    #[metric(unit = "grams", labels(way, window), buckets = BOUNDS)]
    pub weights: Family<Histogram, Pair>,
    /// Volumes.
    #[metric(unit = "meters", buckets = native(schema = 2, max_buckets = 40))]
    pub volumes: Histogram,
    #[metrics(flatten)]
    desk: Desk,
    #[metric(skip)]
    env: (),
}

#[derive(::core::fmt::Debug, tachometer::Metrics)]
struct Desk {
    /// People in line.
    r#type: Gauge,
}

/// One of many.
#[derive(::core::fmt::Debug, Metrics)]
#[metrics(labels(r#type, city))]
pub struct Branch {
    /// Whether it is open.
    pub open: Gauge,
}

#[allow(clippy::redundant_pub_crate)]
mod private {
    use ::tachometer::{Gauge, Metrics};

    #[derive(Metrics)]
    pub(super) struct Hidden {
        /// Nothing.
        pub(super) nothing: Gauge,
    }
}

/// Why it is not sent.
#[derive(::core::fmt::Debug, ErrorKind)]
pub enum Undelivered<E> {
    /// Nobody is there.
    Away,
    /// They do not want it.
    Refused {
        /// What they said.
        why: u8,
    },
    /// Something else.
    #[error_kind(nested)]
    Other(E),
    /// It is there.
    #[result(ok)]
    Delivered(u8, u8),
}

fn main() {
    env!();
    let post = Post::global();
    post.letters.increment(1);
    post.postage.add(0.85);
    post.parcels
        .with(Parcel { to: "here", way: Way::OnFoot, r#type: ::core::option::Option::Some(1), price: 0.5 })
        .increment(1);
    post.weights.with(Way::r#Self_, 1).record(1.5);
    post.desk.r#type.set(3);
    let () = post.env;
    Branch::with_labels("main", 1).open.set(1);
    private::Hidden::global().nothing.set(0);
    let error: Undelivered<Undelivered<::std::boxed::Box<Never>>> = Undelivered::Other(Undelivered::Away);
    ::std::assert_eq!(ErrorKind::kind(&error), "away");
    let mut buffer = ::tachometer::LabelBuffer::new();
    ::std::assert_eq!(::tachometer::LabelValue::text(&Place("here"), &mut buffer), "here");
    ::std::assert_eq!(::tachometer::LabelValue::text(&Holds("it"), &mut buffer), "it");
    ::std::assert_eq!(::tachometer::LabelValue::text(&Weight { kilograms: 0.5 }, &mut buffer), "0.5");
}

/// No reason.
#[derive(::core::fmt::Debug, ErrorKind)]
pub enum Never {}
