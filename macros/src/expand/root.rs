//! Where the runtime is, and how calls of it are spanned.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Path};

use crate::{
    model::Measure,
    parse::{Buckets, Native},
};

/// The path of the runtime: `::tachometer`, or what the user gave as `crate = ..`.
pub(crate) struct Root<'a>(Option<&'a Path>);

impl<'a> Root<'a> {
    pub(crate) fn of(measure: &'a Measure) -> Self {
        Self(measure.krate())
    }

    /// The runtime at this path, or in its usual place.
    pub(crate) fn at(krate: Option<&'a Path>) -> Self {
        Self(krate)
    }

    /// The path of what only expansions use.
    pub(crate) fn private(&self) -> TokenStream {
        match self.0 {
            Some(path) => ours!(#path::__private),
            None => ours!(::tachometer::__private),
        }
    }

    /// A body that names the runtime. Under a path of the user's it is handed to a macro of the runtime, which gives it
    /// back: if the path is wrong that is one error, and not one for each time that it is used.
    pub(crate) fn within(&self, body: TokenStream) -> TokenStream {
        match self.0 {
            Some(path) => {
                let place = Span::mixed_site().located_at(ends(&path.to_token_stream()).1);
                let within = quote_spanned!(place=> ::__private::within!);
                ours!(#path #within { #body })
            }
            None => body,
        }
    }

    /// The same path, located where the user wrote `place`.
    pub(crate) fn private_at(&self, place: Span) -> TokenStream {
        located(self.private(), place)
    }

    /// A call of the function behind `path` that rustc, should it panic in a constant or not take the `argument`, reports
    /// as an error of that.
    ///
    /// rustc underlines a call from the first token of its callee to the end of its parentheses, and takes an error to
    /// be the user's own if both have a span of the user's.
    pub(crate) fn check(&self, path: &TokenStream, argument: &TokenStream) -> TokenStream {
        let (first, last) = ends(argument);
        self.call(path, first, argument, last)
    }

    /// The same for a call that is reported as an error of `place`, whatever its arguments are.
    pub(crate) fn check_at(&self, place: Span, path: &TokenStream, arguments: &TokenStream) -> TokenStream {
        self.call(path, place, arguments, place)
    }

    /// The same for a call that is reported as an error of all tokens of `place`, whatever its arguments are.
    pub(crate) fn check_of(&self, place: &TokenStream, path: &TokenStream, arguments: &TokenStream) -> TokenStream {
        let (first, last) = ends(place);
        self.call(path, first, arguments, last)
    }

    /// The call that gives a metric its buckets.
    pub(crate) fn buckets(&self, buckets: &Buckets) -> TokenStream {
        let listed = |bounds: &Expr| {
            let bounds = self.check(&quote!(checked_bounds), &borrowed_for_ever(bounds));
            ours!(.buckets(#bounds))
        };
        let Native { bounds, schema, max_buckets } = match buckets {
            Buckets::Bounds(bounds) => return listed(bounds),
            Buckets::Native(native) => &**native,
        };
        let bounds = bounds.as_ref().map(listed);
        let schema = schema.as_ref().map(|schema| self.check(&quote!(checked_schema), &schema.to_token_stream()));
        let most = max_buckets.as_ref().map(|most| self.check(&quote!(checked_max_buckets), &most.to_token_stream()));
        let schema = schema.map(|schema| ours!(.schema(#schema)));
        let most = most.map(|most| ours!(.max_buckets(#most)));
        let private = self.private();
        ours!(#bounds .native(#private::Native::new() #schema #most))
    }

    fn call(&self, path: &TokenStream, first: Span, arguments: &TokenStream, last: Span) -> TokenStream {
        let private = self.private();
        let callee = located(quote!(#private::#path), first);
        let mut arguments = Group::new(Delimiter::Parenthesis, arguments.clone());
        arguments.set_span(last);
        quote!(#callee #arguments)
    }
}

/// A span with our hygiene where the user wrote `place`.
pub(crate) fn ours_at(place: &impl ToTokens) -> Span {
    Span::mixed_site().located_at(ends(&place.to_token_stream()).0)
}

/// A borrow of `value` that has the value's own spans, so that a wrong type is reported there.
pub(crate) fn borrowed(value: &Expr) -> TokenStream {
    let value = value.to_token_stream();
    let (first, last) = ends(&value);
    let mut operand = Group::new(Delimiter::Parenthesis, value);
    operand.set_span(last);
    quote_spanned!(first=> & #operand)
}

/// A borrow of `value` that lasts for ever, also if its parts are no literals.
pub(crate) fn borrowed_for_ever(value: &Expr) -> TokenStream {
    let borrow = borrowed(value);
    let (first, last) = ends(&borrow);
    let mut block = Group::new(Delimiter::Brace, borrow);
    block.set_span(last);
    quote_spanned!(first=> const #block)
}

/// The spans of the first and the last token, within groups that cannot be seen.
fn ends(tokens: &TokenStream) -> (Span, Span) {
    let ends_of = |token: TokenTree| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => ends(&group.stream()),
        token => (token.span(), token.span()),
    };
    let first = tokens.clone().into_iter().next().map(ends_of);
    let last = tokens.clone().into_iter().last().map(ends_of);
    (first.map_or_else(Span::call_site, |(first, _)| first), last.map_or_else(Span::call_site, |(_, last)| last))
}

/// The same tokens, located at `span`. Those of a `$crate` go on resolving where their macro was written.
fn located(tokens: TokenStream, span: Span) -> TokenStream {
    let dollar_crate = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if *word == "$crate");
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(if dollar_crate(&token) { token.span().located_at(span) } else { span });
            token
        })
        .collect()
}
