//! When a call is over is asked of the type of what is returned: at once, or with the future or stream that it is.
//!
//! The runtime answers with a value whose methods know how to go on; which ones there are is known from the type alone.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::Type;

use crate::{
    expand::{
        call::{Entered, is_named, judged_by, nameable},
        plan::Extra,
        root::{self, Root},
        site,
        tail::Tail,
    },
    model::Measure,
    parse::{Items, Judge},
    shape::{Form, Output},
};

/// What is known of the type that is returned.
pub(super) enum Asking {
    /// Its form says that the call is over, or the user measures how things are made.
    Never,
    /// The function sees its caller, and so has no closure by which it could be followed: the type says that the call is
    /// over, or the function is left alone. A type without a name that is a future or a stream says nothing.
    Seen(Option<Box<Type>>),
    /// It has a name, and is asked.
    Named(Box<Type>),
    /// It has none, and is asked when there is a value.
    Open {
        /// Whether the signature says no more than that it is a future or a stream, so that another one can stand for it.
        wraps: bool,
    },
}

/// What is handed to the runtime.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Handed {
    /// A future with what is returned as its output.
    Future,
    /// What is returned.
    Value,
    /// The future that the body puts into the box which it returns.
    Boxed,
}

impl Asking {
    /// What is known of what the function's calls end with.
    pub(super) fn of(measure: &Measure) -> Self {
        let is_seen = measure.sees_its_caller();
        match measure.form() {
            Form::Sync if is_seen => Self::about(measure.output(), measure).seen(measure.output()),
            Form::Boxed if is_seen && Tail::boxed(&measure.function.body).is_none() => Self::of_written(measure),
            _ => Self::about(measure.output(), measure),
        }
    }

    /// What is known of the return type as it is written.
    pub(super) fn of_written(measure: &Measure) -> Self {
        let asking = Self::about(measure.written(), measure);
        if measure.sees_its_caller() { asking.seen(measure.written()) } else { asking }
    }

    fn about(output: Output<'_>, measure: &Measure) -> Self {
        if measure.makes() || !output.is_asked() {
            return Self::Never;
        }
        match output {
            Output::Type(ty) if is_named(&nameable(ty)) => Self::Named(Box::new(nameable(ty))),
            Output::Type(_) | Output::Unknown => Self::Open { wraps: output.wraps() },
            Output::Unit => Self::Never,
        }
    }

    /// The same for a function that sees its caller.
    fn seen(self, output: Output<'_>) -> Self {
        match self {
            Self::Named(ty) => Self::Seen(Some(ty)),
            Self::Open { .. } if output.lasts() => Self::Seen(None),
            Self::Seen(_) | Self::Open { .. } | Self::Never => Self::Never,
        }
    }

    /// Whether a guard in the body is all that there can be.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self, Self::Never | Self::Seen(_))
    }

    /// The runtime's answer for the type that `probe` stands for.
    pub(super) fn last(&self, probe: &TokenStream, measure: &Measure, root: &Root<'_>) -> TokenStream {
        let written = measure.output();
        let demand = match (measure.inherits(), self) {
            (true, Self::Seen(_)) => "or_unseen",
            (true, _) => "or_left",
            (false, Self::Seen(_)) => "over",
            (false, _) => "followed",
        };
        // Also what is too short-lived to be asked is told there.
        let place = root::ours_at(&written);
        let demand = Ident::new(demand, place);
        match self {
            Self::Open { wraps: true } => quote_spanned!(place=> (&&&&&&&#probe).__tachometer_open().#demand()),
            _ => quote_spanned!(place=> (&&&&&&&&#probe).__tachometer_last().#demand()),
        }
        .into_iter()
        .chain(self.wishes(measure, root))
        .collect()
    }

    /// What the user wants to know beside the call has to be there.
    fn wishes(&self, measure: &Measure, _: &Root<'_>) -> TokenStream {
        if measure.inherits() {
            return TokenStream::new();
        }
        let declared = || measure.declarations.iter().map(|declaration| &declaration.args);
        let polled = declared().find_map(|args| args.poll.as_ref()).filter(|_| measure.is_sync());
        let polled = polled.map(|poll| Ident::new("pollable", root::ours_at(&poll.key)));
        let items = declared().find_map(|args| args.items.as_ref()).map(|items| &items.key);
        let first = declared().find_map(|args| args.first_item.as_ref()).map(|first| &first.key);
        let items = items.or(first).map(|key| Ident::new("itemized", root::ours_at(key)));
        let polled = polled.map(|polled| ours!(.#polled()));
        let items = items.map(|items| ours!(.#items()));
        ours!(#polled #items)
    }

    /// Where a call that begins now is recorded; nowhere if it is left alone.
    pub(super) fn live(&self, site: &Ident, measure: &Measure, root: &Root<'_>) -> TokenStream {
        let private = root.private();
        match self {
            Self::Named(ty) | Self::Seen(Some(ty)) if measure.inherits() => {
                let last = self.last(&ours!(#private::Probe::<#ty>::NEW), measure, root);
                ours!(#last.live(&#site))
            }
            _ => ours!(#private::Site::live(&#site)),
        }
    }

    /// A call of the runtime for each site around what is `handed` to it, the first outermost.
    pub(super) fn layers(
        &self,
        entered: &[Entered<'_>],
        handed: Handed,
        innermost: TokenStream,
        measure: &Measure,
        root: &Root<'_>,
    ) -> TokenStream {
        let private = root.private();
        let mut inner = innermost;
        for entered in entered.iter().rev() {
            inner = match self {
                Self::Open { .. } => {
                    let last = self.last(&ours!(__tachometer_returned), measure, root);
                    let taken = match handed {
                        Handed::Future => ours!(output_of),
                        Handed::Value | Handed::Boxed => ours!(made),
                    };
                    let call = layer(entered, handed, &ours!(__tachometer_inner), measure, root);
                    ours!({
                        let (__tachometer_inner, __tachometer_returned) = #private::#taken(#inner);
                        let __tachometer_last = #last;
                        #call
                    })
                }
                Self::Named(_) | Self::Seen(_) | Self::Never => layer(entered, handed, &inner, measure, root),
            };
        }
        match self {
            Self::Named(ty) => {
                let last = self.last(&ours!(#private::Probe::<#ty>::NEW), measure, root);
                ours!({ let __tachometer_last = #last; #inner })
            }
            Self::Never | Self::Seen(_) | Self::Open { .. } => inner,
        }
    }
}

/// The guards of a function that sees its caller, each of which is one where the type says that the call is over.
pub(super) fn seen(
    entered: &[Entered<'_>],
    asking: &Asking,
    ty: Option<&Type>,
    measure: &Measure,
    root: &Root<'_>,
) -> Option<TokenStream> {
    let (private, ty) = (root.private(), ty?);
    let last = asking.last(&ours!(#private::Probe::<#ty>::NEW), measure, root);
    let guards = entered.iter().enumerate().map(|(index, entered)| {
        let (start, call) = (start(entered, true, root), site::numbered("__tachometer_call", index));
        ours!(let #call = __tachometer_last.enter(#start);)
    });
    Some(ours!(let __tachometer_last = #last; #(#guards)*))
}

/// The call of the runtime for one site.
fn layer(
    entered: &Entered<'_>,
    handed: Handed,
    inner: &TokenStream,
    measure: &Measure,
    root: &Root<'_>,
) -> TokenStream {
    let start = start(entered, handed != Handed::Future, root);
    let method = match handed {
        Handed::Future => ours!(watch),
        Handed::Value => ours!(onto),
        Handed::Boxed => ours!(boxed),
    };
    let (now, end) = judges(entered, measure, root);
    ours!(__tachometer_last.#method(#start, #now, #end, #inner))
}

/// What begins the call of a site before the body, and what ends it, or hands it on to what the body returns.
pub(super) fn around(
    entered: &Entered<'_>,
    index: usize,
    measure: &Measure,
    root: &Root<'_>,
) -> (TokenStream, TokenStream) {
    let start = start(entered, true, root);
    let (now, end) = judges(entered, measure, root);
    let numbered = |name: &str| site::numbered(name, index);
    let (judge, call) = (numbered("__tachometer_judge"), numbered("__tachometer_call"));
    let begins = ours! {
        let #judge = (#now, #end);
        let #call = __tachometer_last.begin(#start);
    };
    let ends = ours!(let __tachometer_value = __tachometer_last.finish(#call, #judge.0, #judge.1, __tachometer_value););
    (begins, ends)
}

/// What a call of a site begins with.
fn start(entered: &Entered<'_>, lent: bool, root: &Root<'_>) -> TokenStream {
    let (private, name, labels) = (root.private(), &entered.name, entered.labels(lent));
    let beside = beside(entered, root);
    ours!(#private::Start::new(&#name, #labels) #beside)
}

/// Who judges a value in which the call does not go on, and what it ends with.
fn judges(entered: &Entered<'_>, measure: &Measure, root: &Root<'_>) -> (TokenStream, TokenStream) {
    let private = root.private();
    let Some(asked) = entered.site.judge else { return (ours!(#private::AsOk), ours!(#private::AsOk)) };
    let now = match asked.judge {
        Judge::Kind => ours!((&&&__tachometer_last.now()).__tachometer_kind().or_ok()),
        _ => ours!((&&&&__tachometer_last.now()).__tachometer_judge().or_ok()),
    };
    let (end, value) = (ours!(__tachometer_last.end()), ours!(__tachometer_last.value()));
    (now, judged_by(asked, &end, &value, measure, root))
}

/// What is recorded beside the call, where the user wants to know it.
pub(super) fn beside(entered: &Entered<'_>, root: &Root<'_>) -> Option<TokenStream> {
    let private = root.private();
    let extras = entered.extras.iter().map(|(extra, name, labels)| {
        let labels = labels.as_ref().map_or_else(|| ours!(()), |labels| ours!(#labels));
        match extra {
            Extra::Polls => ours!(.polls(&#name, #labels)),
            Extra::Items(items) => {
                let items = match items {
                    Items::All => ours!(All),
                    Items::Last => ours!(Last),
                    Items::Ignored => ours!(Ignored),
                };
                ours!(.items(&#name, #labels, #private::Items::#items))
            }
            Extra::FirstItem => ours!(.first_item(&#name, #labels)),
        }
    });
    (!entered.extras.is_empty()).then(|| ours!(.with(#private::Beside::new() #(#extras)*)))
}
