//! What calls ask of the allocator: nothing, neither where their labels are known nor where the guard folds them.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fmt,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use tachometer::{Counter, ErrorKind, Family, Histogram, Policy, Telemetry, counted, measured, timed};

use super::counter;

/// The system's allocator, which counts for the thread that asks it to.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

/// The thread asks for so many bytes, and gives so many back.
fn note(asked: usize, given: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + u64::from(asked > 0));
    HELD.set(HELD.get() + asked as i64 - given as i64);
}

/// How many bytes this thread has asked for and not given back.
pub(super) fn held() -> i64 {
    HELD.get()
}

// SAFETY: every call is handed on to the system's allocator as it came. The count is a thread-local cell without a
// destructor, so that touching it neither allocates nor fails while a thread ends.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller's promise on `layout` is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size(), 0);
        // SAFETY: the caller's promise on `layout` is handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size, layout.size());
        // SAFETY: the caller's promise on `block`, `layout` and `size` is handed on.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(0, layout.size());
        // SAFETY: the caller's promise on `block` and `layout` is handed on.
        unsafe { System.dealloc(block, layout) }
    }
}

/// How often this thread asks for memory while `work` is done.
pub(super) fn allocated(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// How many values each label may have here.
const VALUES: usize = 3;

/// Calls that are counted.
const CALLS: usize = 500;

/// How often `call` allocates with values that are known, and with ones that are all new and folded.
fn allocations(call: impl Fn(&String)) -> [u64; 2] {
    let texts =
        |from: usize| -> Vec<String> { (from..from + CALLS).map(|n| format!("a-tenant-of-ours-{n}")).collect() };
    let (known, first, new) = (texts(0), texts(CALLS), texts(2 * CALLS));
    let watched = |texts: &[String]| allocated(|| texts.iter().for_each(&call));
    let known: Vec<String> = known.iter().cycle().take(VALUES).cloned().collect();
    // Admitted, and remembered by the thread; then the book of those that are folded is opened.
    watched(&known);
    watched(&first);
    [(0..CALLS).map(|_| watched(&known)).sum(), watched(&new)]
}

fn guarded() -> Telemetry {
    let policy = Policy::default().values(VALUES as u64);
    tachometer::builder().no_listener().guard(policy).install().expect("nothing stands in the way")
}

/// Fails unless all calls have been counted, and so many of them under `other`.
fn all_counted(telemetry: &Telemetry, metric: &str, labels: &[(&str, &str)]) {
    assert_eq!(counter(&telemetry.snapshot(), metric, labels), 2 * CALLS as u64, "{metric}");
}

#[counted(name = "watched_texts_total", labels(tenant))]
fn text(tenant: &str) {
    std::hint::black_box(tenant);
}

#[counted(name = "watched_strings_total", labels(tenant))]
fn string(tenant: &String) {
    std::hint::black_box(tenant);
}

/// Something that can be shown and is no text.
struct Tenant<'a>(&'a str);

impl fmt::Display for Tenant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of a region whose name is not so short", self.0)
    }
}

#[counted(name = "watched_displayed_total", labels(tenant = %Tenant(tenant), region = %1.5))]
fn displayed(tenant: &str) {
    std::hint::black_box(tenant);
}

#[counted(name = "watched_numbers_total", labels(number))]
fn number(number: usize) {
    std::hint::black_box(number);
}

#[timed(name = "watched_timed_seconds", labels(tenant))]
fn time(tenant: &str) {
    std::hint::black_box(tenant);
}

#[measured(name = "watched_whole", labels(tenant, codec), result)]
fn whole(tenant: &str, codec: &str) -> Result<(), ()> {
    std::hint::black_box(codec);
    if tenant.ends_with('7') { Err(()) } else { Ok(()) }
}

#[measured(name = "watched_later", labels(tenant), result)]
async fn later(tenant: &str) -> Result<(), ()> {
    if tenant.ends_with('7') { Err(()) } else { Ok(()) }
}

#[derive(Debug, ErrorKind)]
enum Refusal {
    Late,
    Early,
}

#[measured(name = "watched_kinds", labels(tenant), error_kind)]
fn kinds(tenant: &str) -> Result<(), Refusal> {
    match tenant.as_bytes().last() {
        Some(b'7') => Err(Refusal::Late),
        Some(b'8') => Err(Refusal::Early),
        _ => Ok(()),
    }
}

#[test]
fn calls_allocate_nothing_whatever_their_labels_are() {
    let telemetry = guarded();
    assert_eq!(allocations(|tenant| text(tenant)), [0, 0]);
    assert_eq!(allocations(string), [0, 0]);
    assert_eq!(allocations(|tenant| displayed(tenant)), [0, 0]);
    assert_eq!(allocations(|tenant| number(tenant.rsplit('-').next().map_or(0, |n| n.parse().unwrap_or(0)))), [0, 0]);
    assert_eq!(allocations(|tenant| time(tenant)), [0, 0]);
    all_counted(&telemetry, "watched_texts_total", &[("tenant", "other")]);
    all_counted(&telemetry, "watched_strings_total", &[("tenant", "other")]);
    all_counted(&telemetry, "watched_numbers_total", &[("number", "other")]);
}

#[test]
fn calls_with_all_metrics_allocate_nothing_however_they_end() {
    let telemetry = guarded();
    let wholes = allocations(|tenant| {
        let _ = whole(tenant, "raw");
    });
    assert_eq!(wholes, [0, 0]);
    let laters = allocations(|tenant| {
        let end = pin!(later(tenant)).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(end, Poll::Ready(_)));
    });
    assert_eq!(laters, [0, 0]);
    let kinds = allocations(|tenant| {
        let _ = kinds(tenant);
    });
    assert_eq!(kinds, [0, 0]);
    let ended =
        |result| counter(&telemetry.snapshot(), "watched_later_total", &[("tenant", "other"), ("result", result)]);
    assert_eq!(ended("ok") + ended("error"), 2 * CALLS as u64);
}

#[measured(name = "watched_left", labels(tenant), result)]
async fn left(tenant: &str) -> Result<(), ()> {
    std::hint::black_box(tenant);
    std::future::pending().await
}

#[test]
fn calls_that_are_left_allocate_nothing() {
    let telemetry = guarded();
    let lefts = allocations(|tenant| {
        assert!(pin!(left(tenant)).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    assert_eq!(lefts, [0, 0]);
    all_counted(&telemetry, "watched_left_total", &[("tenant", "other"), ("result", "cancelled")]);
}

static RECEIVED: Family<Counter, (String,)> = Family::new("watched_received_total", &["tenant"]);
static SIZES: Family<Histogram, (String,)> = Family::new("watched_sizes_bytes", &["tenant"]);

#[test]
fn families_allocate_nothing_for_labels_that_are_known() {
    let _telemetry = guarded();
    assert_eq!(allocations(|tenant| RECEIVED.with(tenant).increment(1))[0], 0);
    assert_eq!(allocations(|tenant| SIZES.with(tenant.as_str()).record(1))[0], 0);
}
