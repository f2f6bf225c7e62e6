//! What functions return.

/// The types that functions return.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Returned {
    Unit,
    Number,
    D,
    Pair,
    OptionNumber,
    OptionD,
    ResultUnit,
    ResultNumber,
    ResultD,
    /// A `Result` by another name.
    Checked,
    Dyn,
    Opaque,
    ResultOpaque,
    Ref,
    OptionMut,
    ResultMut,
}

impl Returned {
    pub(crate) const ALL: [Self; 16] = [
        Self::Unit,
        Self::Number,
        Self::D,
        Self::Pair,
        Self::OptionNumber,
        Self::OptionD,
        Self::ResultUnit,
        Self::ResultNumber,
        Self::ResultD,
        Self::Checked,
        Self::Dyn,
        Self::Opaque,
        Self::ResultOpaque,
        Self::Ref,
        Self::OptionMut,
        Self::ResultMut,
    ];

    /// As the signature writes it; all lifetimes are one.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Unit => "()",
            Self::Number => "u32",
            Self::D => "D",
            Self::Pair => "Pair",
            Self::OptionNumber => "Option<u32>",
            Self::OptionD => "Option<D>",
            Self::ResultUnit => "Result<(), E>",
            Self::ResultNumber => "Result<u32, E>",
            Self::ResultD => "Result<D, E>",
            Self::Checked => "Checked<u32>",
            Self::Dyn => "Box<dyn Show>",
            Self::Opaque => "impl Show",
            Self::ResultOpaque => "Result<impl Show, E>",
            Self::Ref => "&'a D",
            Self::OptionMut => "Option<&'a mut D>",
            Self::ResultMut => "Result<&'a mut D, E>",
        }
    }

    /// Whether it borrows from an argument.
    pub(crate) fn borrows(self) -> bool {
        matches!(self, Self::Ref | Self::OptionMut | Self::ResultMut)
    }

    pub(crate) fn is_option(self) -> bool {
        matches!(self, Self::OptionNumber | Self::OptionD | Self::OptionMut)
    }

    pub(crate) fn is_result(self) -> bool {
        self.is_written_result() || self == Self::Checked
    }

    /// Whether it is one by its name as well.
    pub(crate) fn is_written_result(self) -> bool {
        matches!(self, Self::ResultUnit | Self::ResultNumber | Self::ResultD | Self::ResultOpaque | Self::ResultMut)
    }

    /// Whether `_` has to stand for a part of it where a type is written in a body.
    pub(crate) fn is_opaque(self) -> bool {
        matches!(self, Self::Opaque | Self::ResultOpaque)
    }
}
