//! What kind of function a signature is of, as far as its words tell: the rows of the report.

use quote::ToTokens;
use syn::{Attribute, Signature};

/// The row of a function that cannot be followed to its end, and says `making` instead.
pub(crate) const MAKING: &str = "cannot be followed: making";

/// The same in a block or a module, where it is left alone.
pub(crate) const LEFT: &str = "cannot be followed: left alone";

/// The row of a function in a block that returns a future or a stream only if its parameters live for ever, which nothing
/// says of them: it says `skip`.
pub(crate) const SKIPPED: &str = "a future of what lives for ever: skip";

/// What a trait in a module provides.
pub(crate) const PROVIDED: &str = "provided by a trait: left alone";

/// The row of a block or a module that is annotated.
pub(crate) const BLOCK: &str = "impl block";
pub(crate) const MODULE: &str = "module";

/// A file that only an `include!` makes sense of.
pub(crate) const NO_RUST: &str = "file that is no Rust by itself";

/// Whether no attribute can be on a function of this row.
pub(crate) fn is_left_alone(row: &str) -> bool {
    row.ends_with("left alone")
}

pub(crate) fn of(attributes: &[Attribute], sig: &Signature) -> &'static str {
    let output = sig.output.to_token_stream().to_string();
    let is = |word: &str| output.contains(word);
    match () {
        () if attributes.iter().any(is_naked) => "naked: left alone",
        () if sig.constness.is_some() => "const fn: left alone",
        () if attributes.iter().any(|attribute| attribute.path().is_ident("track_caller")) => "track_caller",
        () if sig.asyncness.is_some() => "async fn",
        () if is("Pin < Box < dyn") || is("BoxFuture") || is("BoxStream") => "boxed future or stream",
        () if is("Self :: Future") || is("impl Future") => "future",
        () if is("impl Stream") => "stream",
        () if is("Poll <") => "poll",
        () if is("Result") => "Result",
        () if is("impl ") => "impl Trait",
        () => "fn",
    }
}

fn is_naked(attribute: &Attribute) -> bool {
    attribute.to_token_stream().to_string().contains("naked")
}
