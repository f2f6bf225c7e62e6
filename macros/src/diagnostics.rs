//! Errors gathered while an attribute is read, so that the user sees all of them at once. Knows no attribute.

use std::{fmt::Display, thread};

use quote::ToTokens;

/// A collector that has to be asked for its verdict.
#[must_use = "errors nobody asks for are lost"]
pub(crate) struct Diagnostics {
    error: Option<syn::Error>,
    finished: bool,
}

impl Diagnostics {
    pub(crate) fn new() -> Self {
        Self { error: None, finished: false }
    }

    /// Notes a mistake of the tokens `at`: lower case, the item in backticks, the cause; the remedy.
    pub(crate) fn report(&mut self, at: impl ToTokens, message: impl Display) {
        self.absorb(syn::Error::new_spanned(at, message));
    }

    pub(crate) fn absorb(&mut self, error: syn::Error) {
        match &mut self.error {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// The verdict: every mistake that was noted, as one error.
    pub(crate) fn finish(mut self) -> syn::Result<()> {
        self.finished = true;
        self.error.take().map_or(Ok(()), Err)
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        debug_assert!(self.finished || thread::panicking(), "a stage forgot to ask for its errors");
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::Diagnostics;

    #[test]
    fn all_errors_come_out_as_one() {
        let mut errors = Diagnostics::new();
        errors.report(quote!(a), "first");
        errors.report(quote!(b), "second");
        let error = errors.finish().expect_err("two mistakes were reported");
        let messages: Vec<String> = error.into_iter().map(|error| error.to_string()).collect();
        assert_eq!(messages, ["first", "second"]);
    }

    #[test]
    #[should_panic(expected = "forgot to ask")]
    #[cfg(debug_assertions)]
    fn errors_that_nobody_asks_for_are_a_bug() {
        let _ = Diagnostics::new();
    }
}
