//! What is known to differ, each with its reason: the list is read by people, and gets shorter.

/// Warnings that the compiler has for one twin alone: how they begin, and why.
///
/// All of them come from one analysis, which looks at a closure and at what surrounds it one after the other: a variable
/// that a body owns is moved into a closure or a block of ours, so that its last value is read, or is not, elsewhere. The
/// programs do the same.
const WARNINGS: &[(&str, &str)] = &[
    ("warning: unused variable", "what moves into the closure counts as used, and what a label has read does not"),
    ("warning: variable does not need to be mutable", "what moves into the closure is borrowed there as a whole"),
    ("warning: variable `", "a value that is assigned and never used is moved before it is assigned"),
    ("warning: value assigned to", "the same for a value that the body reads no more"),
    ("warning: value captured by", "the closure is told of what it assigns and its surroundings never read"),
    ("warning: value passed to", "an argument that the body assigns before it reads it is read when it moves"),
    ("warning: unreachable", "a body that never ends is reported where it begins"),
];

/// Whether a warning may be there for one twin alone.
pub(crate) fn is_known(warning: &str) -> bool {
    WARNINGS.iter().any(|(beginning, _)| warning.starts_with(beginning))
}
