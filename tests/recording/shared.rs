//! Installations that several ask for in one process.

use std::{
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use tachometer::{Builder, Telemetry, counted};

use super::counter;

#[counted(name = "shared_total")]
fn count() {}

fn builder() -> Builder {
    tachometer::builder().no_listener().no_default_collectors()
}

/// What a test does: it wants an installation, whatever others have.
fn ask() -> Arc<Telemetry> {
    builder().install_shared().expect("all ask for the same")
}

#[test]
fn tests_of_one_process_share_one_installation() {
    let barrier = Barrier::new(3);
    let work = || {
        barrier.wait();
        let telemetry = ask();
        let before = counter(&telemetry.snapshot(), "shared_total", &[]);
        count();
        assert!(counter(&telemetry.snapshot(), "shared_total", &[]) > before);
        barrier.wait();
        telemetry
    };
    let telemetries: Vec<_> = thread::scope(|scope| {
        let threads = [(); 3].map(|()| scope.spawn(work));
        threads.into_iter().map(|thread| thread.join().expect("it gets one")).collect()
    });
    assert!(telemetries.iter().all(|one| Arc::ptr_eq(one, &telemetries[0])));
    assert_eq!(counter(&telemetries[0].snapshot(), "shared_total", &[]), 3);
}

#[test]
fn one_that_ends_makes_room_for_the_next() {
    let work = || {
        for _ in 0..20 {
            let telemetry = ask();
            count();
            assert!(telemetry.render().contains("\nshared_total "));
        }
    };
    thread::scope(|scope| [(); 3].map(|()| scope.spawn(work)).map(|thread| thread.join().expect("it gets one")));
    let last = ask();
    assert_eq!(counter(&last.snapshot(), "shared_total", &[]), 60);
    let telemetry = Arc::into_inner(last).expect("nothing else holds it");
    telemetry.shutdown(Duration::from_secs(5)).expect("nothing is under way");
    builder().install().expect("it has ended").shutdown(Duration::from_secs(5)).expect("nothing is under way");
    assert_eq!(counter(&ask().snapshot(), "shared_total", &[]), 60);
}

#[test]
fn what_differs_is_named() {
    let _first = ask();
    let refused = |builder: Builder| {
        let error = builder.install_shared().expect_err("it is another one");
        assert!(error.is_installed());
        error.to_string()
    };
    let message = refused(
        builder().label("service", "scorer").created(true).build_info(tachometer::BuildInfo::default().version("1.2")),
    );
    assert!(message.contains("the difference is in `labels`, `created`, `build_info`; "), "{message}");
    let message = refused(tachometer::builder().listen(([127, 0, 0, 1], 0).into()).exemplars(|| None));
    assert!(message.contains("the difference is in `listen`, `exemplars`, `no_default_collectors`; "), "{message}");
    let message = refused(builder().config_file("/a/file.toml"));
    assert!(message.contains("the difference is in `config_file`; "), "{message}");
    ask();
}

#[test]
fn an_installation_of_one_owner_is_not_shared() {
    let owned = builder().install().expect("it is the first");
    let error = builder().install_shared().expect_err("its owner has it");
    assert!(error.is_installed() && error.to_string().contains("`Builder::install_shared`"), "{error}");
    drop(owned);
    let shared = ask();
    let error = builder().install().expect_err("it is shared");
    assert!(error.is_installed(), "{error}");
    drop(shared);
    let prometheus = builder().with_prometheus(tachometer::PrometheusBuilder::new());
    let error = prometheus.install_shared().expect_err("it cannot be compared");
    assert!(error.is_setting() && error.to_string().contains("keep its `Telemetry`"), "{error}");
}
