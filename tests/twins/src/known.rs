//! What is known to differ, each with its reason: the list is read by people, and gets shorter.

/// Warnings that the compiler has for one twin alone: how they begin, and why.
///
/// They come from one analysis, which looks at a closure and at what surrounds it one after the other. The programs do the
/// same. `ui-tests/pass/lints_kept.rs` has each of them.
const WARNINGS: &[(&str, &str)] = &[
    (
        "warning: unused variable",
        "an argument whose name stands where the body never comes, or is another variable's, is taken",
    ),
    (
        "warning: value assigned to `self`",
        "what is assigned to a field of `self` is read by nothing that the closure can see",
    ),
    ("warning: variable does not need to be mutable", "a field of `self` is assigned to where the body never comes"),
    (
        "warning: unreachable expression",
        "of a boxed future at the end of a body that never comes there, the future is told and not its box",
    ),
    (
        "warning: value captured by",
        "the closure of a body that is left before it comes to a variable has it all the same",
    ),
];

/// Whether a warning may be there for one twin alone.
pub(crate) fn is_known(warning: &str) -> bool {
    WARNINGS.iter().any(|(beginning, _)| warning.starts_with(beginning))
}

/// A warning without what differs in words alone: the remedy that the compiler proposes for some types, and how a value
/// came to an argument that is a variable of a closure.
pub(crate) fn plainly(warning: &str) -> String {
    let told = warning.split(": help: ").next().unwrap_or(warning);
    told.replace("warning: value passed to", "warning: value assigned to")
}
