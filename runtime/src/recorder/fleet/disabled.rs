//! There are no fleets in this build.

use std::{convert::Infallible, time::Duration};

use crate::{Error, Policy, collectors::wanted::Plan, config, exporters::shown::Shown};

/// The parent that a program wants to be: none.
#[derive(Debug, Default)]
pub(crate) struct Wanted(());

/// What this process is to others: nothing.
#[derive(Debug, Default)]
pub(crate) struct Role(());

/// What the merged values of children are.
pub(crate) type Fleet = Option<Infallible>;

/// A child that tells its parent: none.
#[derive(Debug)]
pub(crate) struct Child(());

impl Role {
    #[expect(clippy::unnecessary_wraps, reason = "it is that of builds with fleets")]
    pub(crate) fn of(_: Wanted, _: bool) -> Result<Self, Error> {
        Ok(Self(()))
    }

    pub(crate) fn is_child(&self) -> bool {
        false
    }

    pub(crate) fn narrow(&self, _: &mut Plan) {}

    #[expect(clippy::unnecessary_wraps, reason = "it is that of builds with fleets")]
    pub(crate) fn begin(
        &self,
        _: &config::Fleet,
        _: &[(String, String)],
        _: impl Fn() -> Policy + Send + 'static,
    ) -> Result<Fleet, Error> {
        Ok(None)
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is that of builds with fleets")]
    pub(crate) fn tell(&self, _: &Shown) -> Result<Child, Error> {
        Ok(Child(()))
    }
}

/// There is no parent to tell.
pub(crate) fn tell_now() {}

/// Families without children.
pub(crate) type WithChildren<F> = F;

/// The families as they are.
pub(crate) fn joined<F>(families: F, _: Fleet) -> F {
    families
}

impl Child {
    #[expect(clippy::unnecessary_wraps, reason = "it is that of builds with fleets")]
    pub(crate) fn flush(&self, _: Duration) -> Result<(), Error> {
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "it is that of builds with fleets")]
    pub(crate) fn stop(&self, _: Duration) -> Result<(), Error> {
        Ok(())
    }
}
