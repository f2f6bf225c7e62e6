//! Functions that return futures.

use expect_test::expect;

use crate::{meter::Meter, tests::expands};

#[test]
fn boxed_by_the_last_expression() {
    let item = "
        fn f(&self) -> Pin<Box<dyn Future<Output = Result<u8, E>> + Send + '_>> {
            let x = self.prepare();
            ::std::boxed::Box::pin(async move { return Ok(x.await?) })
        }";
    let expected = expect![[r#"
        fn f(&self) -> Pin<Box<dyn Future<Output = Result<u8, E>> + Send + '_>> {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE =
                ::tachometer::__private::Site::new(::tachometer::__private::Source::new(::core::env!("CARGO_PKG_NAME"),
                ::core::module_path!(), ::core::file!(), ::core::line!(), "f")).asynchronous()
                .function("f").counter(::tachometer::__private::Counted::FUNCTION)
            }
            use ::tachometer::__private::Judged as _;
            match () {
                () => {
                    let x = self.prepare();
                    ::std::boxed::Box::pin(
                        ::tachometer::__private::watch(
                            &__TACHOMETER_SITE,
                            (),
                            (&&&&::tachometer::__private::Probe::<Result<u8, E>>::NEW)
                                .__tachometer_judge()
                                .or_ok(),
                            async move {
                                if false {
                                    return ::tachometer::__private::never::<Result<u8, E>>();
                                }
                                match () {
                                    () => return Ok(x.await?),
                                }
                            },
                        ),
                    )
                }
            }
        }
    "#]];
    expands(Meter::Counted, "", item, &expected);
}

#[test]
fn boxed_in_several_places() {
    let item = "
        fn f<'a>(x: &'a str) -> BoxFuture<'a, io::Result<u8>> {
            if x.is_empty() {
                return Box::pin(ready(Ok(1)));
            }
            Box::pin(async move { Ok(2) })
        }";
    let expected = expect![[r#"
        fn f<'a>(x: &'a str) -> BoxFuture<'a, io::Result<u8>> {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE =
                ::tachometer::__private::Site::new(::tachometer::__private::Source::new(::core::env!("CARGO_PKG_NAME"),
                ::core::module_path!(), ::core::file!(), ::core::line!(), "f")).asynchronous()
                .labels(& ["x"])
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
                ""))
            }
            let mut __tachometer_labels = ::tachometer::__private::Labels::none();
            if let ::core::option::Option::Some(__tachometer_target) = ::tachometer::__private::Site::live(
                &__TACHOMETER_SITE,
            ) {
                ::tachometer::__private::Labels::resolve(
                    &mut __tachometer_labels,
                    __tachometer_target,
                    &__TACHOMETER_SITE,
                    &[&(x)],
                );
            }
            ::tachometer::__private::pinned(
                ::tachometer::__private::watch(
                    &__TACHOMETER_SITE,
                    __tachometer_labels,
                    ::tachometer::__private::AsOk,
                    ::tachometer::__private::made::<
                        BoxFuture<'a, io::Result<u8>>,
                    >(move || {
                        match () {
                            () => {
                                if x.is_empty() {
                                    return Box::pin(ready(Ok(1)));
                                }
                                Box::pin(async move { Ok(2) })
                            }
                        }
                    }),
                ),
            )
        }
    "#]];
    expands(Meter::Counted, r#"name = "f_total", labels(x)"#, item, &expected);
}

#[test]
fn opaque() {
    let item = "fn f() -> impl Future<Output = ()> + Send { g(); async { h().await } }";
    let expected = expect![[r#"
        fn f() -> impl Future<Output = ()> + Send {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE =
                ::tachometer::__private::Site::new(::tachometer::__private::Source::new(::core::env!("CARGO_PKG_NAME"),
                ::core::module_path!(), ::core::file!(), ::core::line!(), "f")).asynchronous()
                .function("f").gauge(::tachometer::__private::InFlight::FUNCTION)
            }
            match () {
                () => {
                    g();
                    ::tachometer::__private::watch(
                        &__TACHOMETER_SITE,
                        (),
                        ::tachometer::__private::AsOk,
                        async {
                            if false {
                                return ::tachometer::__private::never::<()>();
                            }
                            match () {
                                () => h().await,
                            }
                        },
                    )
                }
            }
        }
    "#]];
    expands(Meter::InFlight, "", item, &expected);
}

#[test]
fn opaque_of_an_unknown_output() {
    let item = "fn f() -> impl Future { if g() { return h(); } h() }";
    let expected = expect![[r#"
        fn f() -> impl Future {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE =
                ::tachometer::__private::Site::new(::tachometer::__private::Source::new(::core::env!("CARGO_PKG_NAME"),
                ::core::module_path!(), ::core::file!(), ::core::line!(), "f")).asynchronous()
                .function("f").timer(::tachometer::__private::Timed::FUNCTION)
            }
            ::tachometer::__private::watch(
                &__TACHOMETER_SITE,
                (),
                ::tachometer::__private::AsOk,
                ::tachometer::__private::made::<
                    _,
                >(move || {
                    match () {
                        () => {
                            if g() {
                                return h();
                            }
                            h()
                        }
                    }
                }),
            )
        }
    "#]];
    expands(Meter::Timed, "", item, &expected);
}

#[test]
fn with_polls() {
    let item = "async fn f(x: u8) { g().await }";
    let expected = expect![[r#"
        async fn f(x: u8) {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
                "f_seconds",
            );
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE =
                ::tachometer::__private::Site::new(::tachometer::__private::Source::new(::core::env!("CARGO_PKG_NAME"),
                ::core::module_path!(), ::core::file!(), ::core::line!(), "f")).asynchronous()
                .labels(& ["x"])
                .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
                ""))
            }
            ::tachometer::__private::site! {
                __TACHOMETER_POLLS = ::tachometer::__private::Site::polls_of(& __TACHOMETER_SITE)
            }
            let (__tachometer_labels, __tachometer_labels_of_polls) = {
                let mut __tachometer_labels = ::tachometer::__private::Labels::none();
                let mut __tachometer_labels_of_polls = ::tachometer::__private::Labels::none();
                if let ::core::option::Option::Some(__tachometer_target) = ::tachometer::__private::Site::live(
                    &__TACHOMETER_SITE,
                ) {
                    ::tachometer::__private::Labels::resolve_both(
                        &mut __tachometer_labels,
                        __tachometer_target,
                        &__TACHOMETER_SITE,
                        &mut __tachometer_labels_of_polls,
                        &__TACHOMETER_POLLS,
                        &[&(x)],
                    );
                }
                (__tachometer_labels, __tachometer_labels_of_polls)
            };
            #[allow(clippy::async_yields_async)]
            ::tachometer::__private::watch(
                    &__TACHOMETER_SITE,
                    __tachometer_labels,
                    ::tachometer::__private::AsOk,
                    ::tachometer::__private::polled(
                        &__TACHOMETER_POLLS,
                        __tachometer_labels_of_polls,
                        async move {
                            if false {
                                return ::tachometer::__private::never::<()>();
                            }
                            match () {
                                () => g().await,
                            }
                        },
                    ),
                )
                .await
        }
    "#]];
    expands(Meter::Timed, r#"name = "f_seconds", labels(x), poll"#, item, &expected);
}
