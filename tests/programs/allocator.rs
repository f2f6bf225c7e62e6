//! A program whose allocator records what it does: by handles, by families, in annotated functions and through the
//! facade, with exemplars. It prints what was counted beside what the allocator has counted itself.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use metrics::{counter, histogram};
use tachometer::{
    Counter, Family, Gauge, Histogram, Summary, Telemetry, TraceContext, counted, families::Value, timed,
};

static ALLOCATIONS: Counter = Counter::new("allocations_total");
static ALLOCATED: Gauge = Gauge::new("allocated_bytes");
static SIZES: Histogram = Histogram::new("allocation_size_bytes");
static RECENT: Summary = Summary::new("recent_size_bytes");
static CLASSES: Family<Counter, (u32,)> = Family::new("allocations_by_class_total", &["class"]);
static TIMES: Family<Histogram, (u32,)> = Family::new("allocation_seconds", &["class"]);

/// Whether there is an installation, before which a summary would be one of the facade's histograms.
static IS_INSTALLED: AtomicBool = AtomicBool::new(false);

/// All allocations, counted beside, by hand.
static TRUTH: AtomicU64 = AtomicU64::new(0);

/// Those of them that no record needed.
static OWN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static IS_RECORDING: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

#[counted(name = "annotated_total", labels(class))]
#[timed(name = "annotated_seconds")]
fn annotated(class: u32) -> u32 {
    class
}

#[timed(name = "native_seconds", labels(class), buckets = native(max_buckets = 4))]
fn natively(class: u32) -> u32 {
    class
}

fn through_the_facade(class: u32) {
    counter!("facade_total").increment(1);
    histogram!("facade_classes").record(class);
}

// SAFETY: all is the system's allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let class = layout.size().max(1).ilog2();
        let was_recording = IS_RECORDING.replace(true);
        let timing = TIMES.with(class).time();
        ALLOCATIONS.increment(1);
        ALLOCATED.increment(layout.size());
        SIZES.record(layout.size());
        if IS_INSTALLED.load(Ordering::Relaxed) {
            RECENT.record(layout.size());
        }
        CLASSES.with(class).increment(1);
        annotated(class);
        natively(class);
        through_the_facade(class);
        TRUTH.fetch_add(1, Ordering::Relaxed);
        OWN.fetch_add(u64::from(!was_recording), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        let at = unsafe { System.alloc(layout) };
        drop(timing);
        IS_RECORDING.set(was_recording);
        at
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        ALLOCATED.decrement(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static GLOBAL: Counting = Counting;

fn work() {
    let texts: Vec<String> = (0..10_000).map(|n| "x".repeat(n % 300)).collect();
    assert_eq!(texts.len(), 10_000);
}

fn counter(telemetry: &Telemetry, name: &str, labels: &[(&str, &str)]) -> u64 {
    match telemetry.snapshot().get(name, labels) {
        Some(Value::Counter(count)) => count,
        _ => 0,
    }
}

fn main() -> Result<(), tachometer::Error> {
    work();
    let trace = || Some(TraceContext::new(1, 1));
    let telemetry = tachometer::builder().no_listener().exemplars(trace).install()?;
    let before_all = OWN.load(Ordering::Relaxed);
    IS_INSTALLED.store(true, Ordering::Relaxed);
    work();
    let before = (counter(&telemetry, "allocations_total", &[]), TRUTH.load(Ordering::Relaxed));
    work();
    // Threads that come later have memory of their own for what they count.
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(work)).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it only allocates"));
    let snapshot = telemetry.snapshot();
    let truth = TRUTH.load(Ordering::Relaxed) - before.1;
    let counted = match snapshot.get("allocations_total", &[]) {
        Some(Value::Counter(count)) => count - before.0,
        _ => 0,
    };
    let page = telemetry.render();
    let total = |name: &str| -> u64 {
        let lines = page.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' ')?.1.parse::<u64>().ok());
        lines.sum()
    };
    let [by_class, annotated, sizes, recent, natively, facade, classes] = [
        "allocations_by_class_total",
        "annotated_total",
        "allocation_size_bytes_count",
        "recent_size_bytes_count",
        "native_seconds_count",
        "facade_total",
        "facade_classes_count",
    ]
    .map(total);
    let own = OWN.load(Ordering::Relaxed) - before_all;
    let lost = total("tachometer_dropped_records_total{reason=\"within_tachometer\"}");
    #[allow(clippy::print_stdout, reason = "its test reads it")]
    {
        println!(
            "{truth} {own} {counted} {by_class} {annotated} {sizes} {recent} {natively} {facade} {classes} {lost}"
        );
    }
    Ok(())
}
