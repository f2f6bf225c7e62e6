//! What is known to differ, each with its reason: the list is read by people, and gets shorter.

/// Warnings that the compiler has for one twin alone: how they begin, and why.
const WARNINGS: &[(&str, &str)] = &[];

/// Whether a warning may be there for one twin alone.
pub(crate) fn is_known(warning: &str) -> bool {
    WARNINGS.iter().any(|(beginning, _)| warning.starts_with(beginning))
}
