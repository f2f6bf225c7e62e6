//! Where a site stands in the user's code.

/// Where a site stands in the user's code.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub(crate) package: &'static str,
    pub(crate) module: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) function: &'static str,
}

impl Source {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        package: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        function: &'static str,
    ) -> Self {
        Self { package, module, file, line, function }
    }
}
