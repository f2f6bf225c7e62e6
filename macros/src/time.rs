//! `time!(name, expression)`: a call site around an expression instead of a function.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Expr, Path, Token,
    parse::{ParseStream, Parser},
};

use crate::expand::root::Root;

const USAGE: &str = "`time!` takes a name and an expression; write `time!(\"x_seconds\", ..)`";

/// The runtime's path, which the macro's wrapper hands over, and what the user wrote.
struct Timing {
    krate: Path,
    name: Expr,
    expression: Expr,
}

/// The expression with a guard in front of it, which works wherever the expression does.
pub(crate) fn time(tokens: TokenStream) -> TokenStream {
    match parse.parse2(tokens) {
        Ok(timing) => expand(&timing),
        Err(error) => error.into_compile_error(),
    }
}

fn parse(input: ParseStream) -> syn::Result<Timing> {
    let krate = input.call(Path::parse_mod_style)?;
    input.parse::<Token![;]>()?;
    let usage = |input: ParseStream| syn::Error::new(input.span(), USAGE);
    if input.is_empty() {
        return Err(usage(input));
    }
    let name = input.parse()?;
    if input.parse::<Token![,]>().is_err() || input.is_empty() {
        return Err(syn::Error::new_spanned(name, USAGE));
    }
    let expression = input.parse()?;
    if input.parse::<Option<Token![,]>>().is_ok() && input.is_empty() {
        return Ok(Timing { krate, name, expression });
    }
    Err(usage(input))
}

fn expand(Timing { krate, name, expression }: &Timing) -> TokenStream {
    let root = Root::at(Some(krate));
    let private = root.private();
    let name = root.check(&ours!(Name::timer), &name.to_token_stream());
    ours!({
        #private::site! {
            __TACHOMETER_SITE "time!" = #private::Declaration::new()
                .timer(#private::Timed::new(#name, "Time that a block of code took."))
        }
        let __tachometer_call = #private::enter(&__TACHOMETER_SITE, ());
        #expression
    })
}

#[cfg(test)]
mod tests {
    use super::{USAGE, time};

    #[test]
    fn a_guard_stands_before_the_expression() {
        let expansion = time("t; \"x_seconds\", f(1).await?,".parse().expect("these are tokens")).to_string();
        assert!(expansion.contains("Name :: timer (\"x_seconds\")"), "{expansion}");
        assert!(expansion.ends_with("enter (& __TACHOMETER_SITE , ()) ; f (1) . await ? }"), "{expansion}");
    }

    #[test]
    fn anything_else_is_refused() {
        for tokens in ["t;", "t; \"x_seconds\"", "t; \"x_seconds\",", "t; \"x_seconds\", 1, 2", "t; X 1"] {
            let refused = time(tokens.parse().expect("these are tokens")).to_string();
            assert!(refused.contains(&USAGE.replace('"', "\\\"")), "{tokens}: {refused}");
        }
    }
}
