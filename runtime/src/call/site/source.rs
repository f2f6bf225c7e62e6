//! Where a site stands in the user's code.

/// Where a site stands in the user's code.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    #[doc(hidden)]
    pub package: &'static str,
    #[doc(hidden)]
    pub module: &'static str,
    #[doc(hidden)]
    pub file: &'static str,
    #[doc(hidden)]
    pub line: u32,
    #[doc(hidden)]
    pub function: &'static str,
}

impl Source {
    #[must_use]
    pub(crate) const fn new(
        package: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        function: &'static str,
    ) -> Self {
        Self { package, module, file, line, function }
    }
}
