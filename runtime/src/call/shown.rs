//! Label sets of annotated functions that become known while the program runs. Knows no store.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    call::{
        backend, facade, local,
        pending::{self, Pending, Spread},
        site::{self, Site},
        target,
        value::{LabelValue, text},
    },
    gate,
    lost::Lost,
    metric::message::Message,
};

/// How many label sets are kept for an installation that has not been made yet.
const MOST: usize = 4096;

/// What becomes of one more of them.
enum Kept {
    Now,
    Before,
    /// There is no room for it.
    No,
}

/// Label sets of annotated functions that the program gets to know, each of `N` values: their series are at 0 from then
/// on, whatever is called.
///
/// A static that attributes name by the key `known`. The functions may be many; each has `N` labels, and
/// [`show`](Self::show) takes their values in the order in which `labels(..)` names them. It makes all series that the
/// functions record of such a set, those of each outcome and of each known kind of errors among them. What is
/// shown before `install` is there after it. A set that is shown is subject to the limits on cardinality, and to the end
/// of idle series, as one that is recorded.
///
/// ```
/// use tachometer::{KnownLabels, measured};
///
/// static CALLS: KnownLabels<2> = KnownLabels::new();
///
/// /// Runs a tool for an organisation.
/// #[measured(name = "tool_calls", labels(tool, org), result, known = CALLS)]
/// fn run(tool: &str, org: &str) -> Result<(), String> {
///     Err(format!("{org} has no {tool}"))
/// }
///
/// # #[cfg(feature = "runtime")] {
/// let telemetry = tachometer::builder().no_listener().install()?;
/// // An organisation comes.
/// for tool in ["grep", "sed"] {
///     CALLS.show([&tool, &"acme"]);
/// }
/// assert!(telemetry.render().contains(r#"tool_calls_total{tool="sed",org="acme",result="error"} 0"#));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
pub struct KnownLabels<const N: usize>(Shown);

/// The same, however many labels there are.
#[doc(hidden)]
pub struct Shown {
    /// Those that were shown when there was no installation to show them in.
    early: Mutex<BTreeMap<Box<[String]>, Arc<Set>>>,
}

/// A label set, and whose functions have it.
struct Set {
    of: &'static Shown,
    values: Box<[String]>,
}

impl<const N: usize> KnownLabels<N> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Shown { early: Mutex::new(BTreeMap::new()) })
    }

    /// Shows the series of the functions' calls that have these values, at 0 unless they have been recorded before.
    ///
    /// Any [`LabelValue`] is taken, by reference. Under a recorder of [`testing`](crate::testing) they are shown there and
    /// nowhere else. Without an installation the first 4,096 sets are kept
    /// for it; those beyond are counted in `tachometer_dropped_records_total{reason="known_labels"}`, and said once.
    pub fn show(&'static self, values: [&dyn LabelValue; N]) {
        self.0.show(values.iter().map(|value| text(*value)).collect());
    }
}

/// The sets of a function that has so many labels.
///
/// # Panics
/// While the constant is evaluated, if the sets have not just as many values.
#[doc(hidden)]
#[track_caller]
#[must_use]
pub const fn checked_known<const N: usize>(known: &'static KnownLabels<N>, labels: usize) -> &'static Shown {
    if N != labels {
        Message::new("`known` has sets of ")
            .number(N)
            .text(" values, and the labels of the function are ")
            .number(labels)
            .text("; write `KnownLabels<")
            .number(labels)
            .text(">`")
            .panic();
    }
    &known.0
}

impl<const N: usize> Default for KnownLabels<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for KnownLabels<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownLabels").finish_non_exhaustive()
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

impl Shown {
    /// The sites of the functions that name these sets.
    fn sites(&'static self) -> impl Iterator<Item = &'static Site> {
        site::all().iter().filter(|site| site.known.is_some_and(|known| std::ptr::eq(known, self)))
    }

    fn show(&'static self, values: Box<[String]>) {
        if local::is_current() {
            self.sites().for_each(|site| local::show(site, &borrowed(&values)));
            return;
        }
        let set = Arc::new(Set { of: self, values });
        if !target::is_ours_set() {
            match self.keep(&set) {
                Kept::Now => {}
                Kept::Before => return,
                Kept::No => return lose(),
            }
        }
        let weak: Weak<Set> = Arc::downgrade(&set);
        pending::announce(weak);
    }

    /// Keeps a set until there is an installation.
    fn keep(&self, set: &Arc<Set>) -> Kept {
        gate::within(|| {
            let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
            if early.contains_key(&set.values) {
                Kept::Before
            } else if early.len() < MOST {
                early.insert(set.values.clone(), Arc::clone(set));
                Kept::Now
            } else {
                Kept::No
            }
        })
    }
}

/// Counts a set that is not kept, and says it once.
fn lose() {
    static SAID: AtomicBool = AtomicBool::new(false);
    Lost::Shown.count();
    if !SAID.swap(true, Ordering::Relaxed) {
        backend::not_kept(MOST);
    }
}

impl Pending for Set {
    fn join_store(&self) {
        self.of.sites().for_each(|site| backend::show(site, &borrowed(&self.values)));
    }

    fn join_adopted(&self) {
        self.of.sites().for_each(|site| facade::show(site, &borrowed(&self.values)));
    }

    /// The functions declare theirs.
    fn histogram(&self) -> Option<Spread<'_>> {
        None
    }
}

fn borrowed(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}
