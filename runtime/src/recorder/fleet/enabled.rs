//! What an installation does with fleets: a parent's view has its children in it, and a child opens no listener and tells its
//! parent.

use std::{
    panic,
    sync::{Arc, Mutex, Once, PoisonError, Weak},
    time::{Duration, Instant},
};

use crate::{
    Builder, Error, Policy,
    collectors::wanted::Plan,
    config,
    exporters::shown::Shown,
    fleet::{self, Child as Teller, Joined, Limits, Parent, Place, Shared},
    recorder::telemetry::without_store,
};

/// How long the thread that panics waits for its parent to be told, and how often it does so at the most.
const PANIC: Duration = Duration::from_millis(200);
const SELDOM: Duration = Duration::from_secs(1);

/// Collectors that a child runs, unless the program brings others: the rest would tell of the machine, as the parent does.
const OF_A_CHILD: [&str; 2] = ["process", "tokio"];

/// The parent that a program wants to be.
#[derive(Debug, Default)]
pub(crate) struct Wanted(Option<Parent>);

/// What this process is to others.
#[derive(Debug, Default)]
pub(crate) struct Role {
    parent: Option<Parent>,
    place: Option<Place>,
}

impl Builder {
    /// Exports the children of this process with it; see [`fleet`](crate::fleet).
    ///
    /// ```
    /// let parent = tachometer::fleet::Parent::builder().build()?;
    /// let telemetry = tachometer::builder().no_listener().fleet(&parent).install()?;
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    pub fn fleet(mut self, parent: &Parent) -> Self {
        self.fleet = Wanted(Some(parent.clone()));
        self
    }
}

impl Role {
    /// What a process is, by what the program says and by what its parent has put into its environment.
    ///
    /// # Errors
    /// If the variable is malformed, or the recorder has no families to tell.
    pub(crate) fn of(wanted: Wanted, has_store: bool) -> Result<Self, Error> {
        let role = Self { parent: wanted.0, place: fleet::place()? };
        match (&role.parent, &role.place) {
            (Some(_), _) if !has_store => Err(without_store("a fleet has the values of")),
            // The text of another recorder is not told; the process listens as it would.
            (None, Some(_)) if !has_store => {
                tracing::warn!("a child whose recorder is that of `with_prometheus` tells its parent nothing");
                Ok(Self::default())
            }
            _ => Ok(role),
        }
    }

    /// Whether the process has a parent that exports it, so that it opens no listener.
    pub(crate) fn is_child(&self) -> bool {
        self.place.is_some()
    }

    /// Leaves out of a child's collectors what would tell of the machine again.
    pub(crate) fn narrow(&self, plan: &mut Plan) {
        if self.is_child() {
            let all = plan.names.iter().any(|name| name == "all");
            plan.names.retain(|name| OF_A_CHILD.contains(&name.as_str()));
            if all {
                plan.names = OF_A_CHILD.map(str::to_owned).to_vec();
            }
        }
    }

    /// Begins to take in children, if the process is a parent.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn begin(
        &self,
        settings: &config::Fleet,
        labels: &[(String, String)],
        policy: impl Fn() -> Policy + Send + 'static,
    ) -> Result<Option<Arc<Shared>>, Error> {
        let limits = Limits {
            children: settings.children.unwrap_or_default(),
            series_per_child: settings.series_per_child.unwrap_or_default(),
            frame_bytes: settings.frame_bytes.unwrap_or_default(),
            interval: settings.interval.unwrap_or_default(),
            pull_timeout: settings.pull_timeout.unwrap_or_default(),
        };
        self.parent
            .as_ref()
            .map(|parent| parent.begin(&limits, settings.state_file.as_deref(), labels, policy))
            .transpose()
    }

    /// Begins to tell the parent, if the process is a child.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn tell(&self, shown: &Shown) -> Result<Child, Error> {
        let (Some(place), Shown::Families(families)) = (&self.place, shown) else { return Ok(Child(None)) };
        let teller = Arc::new(Teller::start(place.clone(), Arc::clone(families))?);
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&teller);
        watch();
        Ok(Child(Some(teller)))
    }
}

/// Families with those of children among them.
pub(crate) fn joined<F: crate::families::Families>(families: F, fleet: Option<Arc<Shared>>) -> Joined<F> {
    Joined::new(families, fleet)
}

/// Families with those of children among them.
pub(crate) type WithChildren<F> = Joined<F>;

/// What the merged values of children are.
pub(crate) type Fleet = Option<Arc<Shared>>;

/// A child that tells its parent, if the process is one.
#[derive(Debug)]
pub(crate) struct Child(Option<Arc<Teller>>);

impl Child {
    /// Tells the parent now.
    ///
    /// # Errors
    /// If it is not told within this time.
    pub(crate) fn flush(&self, within: Duration) -> Result<(), Error> {
        self.0.as_ref().map_or(Ok(()), |teller| teller.flush(within))
    }

    /// Tells the parent for the last time. That there is none any more is no error.
    ///
    /// # Errors
    /// If it is not told within this time.
    pub(crate) fn stop(&self, within: Duration) -> Result<(), Error> {
        match self.0.as_ref().map_or(Ok(()), |teller| teller.stop(within)) {
            Err(error) if error.is_timed_out() => Err(error),
            _ => Ok(()),
        }
    }
}

/// The child of the present installation.
static CURRENT: Mutex<Weak<Teller>> = Mutex::new(Weak::new());

/// Has the parent be told when the program panics, which may be its end.
fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            before(info);
            static LAST: Mutex<Option<Instant>> = Mutex::new(None);
            // A program that panics often must not be slowed down: the next interval tells the rest. What another thread
            // held at a fork is not waited for.
            let Ok(mut last) = LAST.try_lock() else { return };
            if last.is_none_or(|last| last.elapsed() >= SELDOM) {
                *last = Some(Instant::now());
                drop(last);
                tell_now();
            }
        }));
    });
}

/// Has the parent be told now: the program is asked to end, or panics.
pub(crate) fn tell_now() {
    let current = CURRENT.try_lock().ok().and_then(|current| current.upgrade());
    if let Some(teller) = current {
        // Nothing more can be done about it here.
        let _ = teller.flush(PANIC);
    }
}
