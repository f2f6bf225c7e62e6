//! What a program's own server has to do with an installation, with the feature `tower`.
#[cfg_attr(feature = "tower", path = "enabled.rs")]
#[cfg_attr(not(feature = "tower"), path = "disabled.rs")]
mod inner;

pub(crate) use self::inner::histograms;
#[cfg(feature = "tower")]
pub use self::inner::routes;
