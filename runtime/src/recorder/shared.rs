//! One installation for all that ask for it, for as long as one of them holds it.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::{
    Error, Telemetry, TraceContext,
    config::Flags,
    error::Kind,
    recorder::{
        builder::{BuildInfo, Builder},
        installation::Claim,
    },
};

/// The latest one; it may have ended.
static SHARED: Mutex<Option<Shared>> = Mutex::new(None);

struct Shared {
    process: u32,
    wanted: Wanted,
    telemetry: Weak<Telemetry>,
    /// The number of its claim.
    number: u64,
}

/// What an installation was wanted to be like.
struct Wanted {
    flags: Flags,
    build: BuildInfo,
    exemplars: Option<fn() -> Option<TraceContext>>,
    /// The names of the program's own collectors.
    collectors: Vec<String>,
    no_default_collectors: bool,
    /// The names of the program's own outlets.
    outlets: Vec<String>,
}

impl Builder {
    /// Starts the installation, or returns the one that an earlier call of this has started, if it is still alive.
    ///
    /// For what has no single beginning, such as the tests of one process. The installation ends with the last `Arc` of it;
    /// [`Arc::into_inner`] gives the [`Telemetry`] itself to the one that holds the last, to be
    /// [shut down](Telemetry::shutdown). All of them see the same values, also what others record; a test that counts
    /// exactly records under a recorder of its own, see [Test](crate#test).
    ///
    /// ```
    /// let first = tachometer::builder().no_listener().install_shared()?;
    /// let second = tachometer::builder().no_listener().install_shared()?;
    /// assert!(std::sync::Arc::ptr_eq(&first, &second));
    ///
    /// let other = tachometer::builder().no_listener().label("service", "scorer").install_shared();
    /// assert!(other.expect_err("it is installed without the label").to_string().contains("`labels`"));
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`install`](Self::install). [`Error::is_installed`] where that has been called, and where the installation that
    /// is alive was wanted otherwise: the message names what differs. What the environment and files say is not
    /// compared, and of collectors and outlets only their names. [`Error::is_setting`] with `with_prometheus`, whose recorders cannot be
    /// compared.
    pub fn install_shared(self) -> Result<Arc<Telemetry>, Error> {
        let wanted = Wanted::of(&self)?;
        // Held to the end: who comes second finds what the first has started.
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shared.as_ref().filter(|known| known.process == std::process::id()) {
            if let Some(telemetry) = known.telemetry.upgrade() {
                return known.wanted.admit(&wanted).map(|()| telemetry);
            }
            Claim::wait_for_end_of(known.number);
        }
        let telemetry = Arc::new(self.install()?);
        let (process, number) = (std::process::id(), telemetry.claim_number());
        *shared = Some(Shared { process, wanted, telemetry: Arc::downgrade(&telemetry), number });
        Ok(telemetry)
    }
}

impl Wanted {
    fn of(builder: &Builder) -> Result<Self, Error> {
        if builder.prometheus.is_some() {
            return Err(Error::new(
                Kind::Setting,
                "an installation with `with_prometheus` cannot be shared, as nothing tells whether two of its recorders \
                 are alike; call `install` once and keep its `Telemetry`, in a static for example",
            ));
        }
        Ok(Self {
            flags: builder.flags.clone(),
            build: builder.build.clone(),
            exemplars: builder.exemplars,
            collectors: builder.collectors.own.iter().map(|collector| collector.name().to_owned()).collect(),
            no_default_collectors: builder.collectors.no_defaults,
            outlets: builder.outlets.0.iter().map(|outlet| outlet.name().to_owned()).collect(),
        })
    }

    /// Fails where somebody wants another installation than this one.
    fn admit(&self, other: &Self) -> Result<(), Error> {
        let mut different = self.flags.differences(&other.flags);
        let are_asked_alike = match (self.exemplars, other.exemplars) {
            (Some(own), Some(other)) => std::ptr::fn_addr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        };
        let others = [
            ("build_info", self.build == other.build),
            ("exemplars", are_asked_alike),
            ("collect", self.collectors == other.collectors),
            ("no_default_collectors", self.no_default_collectors == other.no_default_collectors),
            ("push", self.outlets == other.outlets),
        ];
        different.extend(others.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name));
        if different.is_empty() {
            return Ok(());
        }
        let different: Vec<String> = different.iter().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "tachometer is installed already, with other settings; the difference is in {}; ask for the same everywhere, \
             or drop every `Telemetry` of the first before",
            different.join(", ")
        );
        Err(Error::new(Kind::Installed, message))
    }
}
