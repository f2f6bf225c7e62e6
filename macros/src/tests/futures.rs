//! Functions that return futures.

use expect_test::{Expect, expect};

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
                __TACHOMETER_SITE "f" ASYNC_COUNTED
            }
            #[allow(unused_imports)]
            use ::tachometer::__private::Judged as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::Lasts as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::LastsOpen as _;
            match () {
                () => {
                    let x = self.prepare();
                    ::std::boxed::Box::pin({
                        let __tachometer_last = (&&&&&&&&::tachometer::__private::Probe::<
                            Result<u8, E>,
                        >::NEW)
                            .__tachometer_last()
                            .followed();
                        __tachometer_last
                            .watch(
                                ::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()),
                                (&&&&__tachometer_last.now()).__tachometer_judge().or_ok(),
                                (&&&&__tachometer_last.end()).__tachometer_judge().or_ok(),
                                async move {
                                    if false {
                                        return ::tachometer::__private::never::<Result<u8, E>>();
                                    }
                                    match () {
                                        () => return Ok(x.await?),
                                    }
                                },
                            )
                    })
                }
            }
        }
    "#]];
    expands(Meter::Counted, "", item, &expected);
}

static BOXED_IN_SEVERAL_PLACES: Expect = expect![[r#"
    fn f<'a>(x: &'a str) -> BoxFuture<'a, io::Result<u8>> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
            "f_total",
        );
        const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
            .asynchronous().labels(& ["x"])
            .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
            ""))
        }
        use ::tachometer::__private::Asked as _;
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
        let mut __tachometer_call = (&&&&&::tachometer::__private::Probe::<
            BoxFuture<'a, io::Result<u8>>,
        >::NEW)
            .__tachometer_asked()
            .begin_with(&__TACHOMETER_SITE, &mut __tachometer_labels);
        #[allow(clippy::result_large_err)]
        let mut __tachometer_value = ::tachometer::__private::body::<
            BoxFuture<'a, io::Result<u8>>,
            _,
        >(move || {
            match () {
                () => {
                    if x.is_empty() {
                        return Box::pin(ready(Ok(1)));
                    }
                    Box::pin(async move { Ok(2) })
                }
            }
        })();
        __tachometer_call.end(&mut __tachometer_value);
        __tachometer_value
    }
"#]];

#[test]
fn boxed_in_several_places() {
    let item = "
        fn f<'a>(x: &'a str) -> BoxFuture<'a, io::Result<u8>> {
            if x.is_empty() {
                return Box::pin(ready(Ok(1)));
            }
            Box::pin(async move { Ok(2) })
        }";
    expands(Meter::Counted, r#"name = "f_total", labels(x)"#, item, &BOXED_IN_SEVERAL_PLACES);
}

#[test]
fn opaque() {
    let item = "fn f() -> impl Future<Output = ()> + Send { g(); async { h().await } }";
    let expected = expect![[r#"
        fn f() -> impl Future<Output = ()> + Send {
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" ASYNC_IN_FLIGHT
            }
            #[allow(unused_imports)]
            use ::tachometer::__private::Lasts as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::LastsOpen as _;
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
                __TACHOMETER_SITE "f" ASYNC_TIMED
            }
            #[allow(unused_imports)]
            use ::tachometer::__private::Lasts as _;
            #[allow(unused_imports)]
            use ::tachometer::__private::LastsOpen as _;
            #[allow(clippy::result_large_err)]
            let (__tachometer_body, __tachometer_returned) = ::tachometer::__private::returned_by::<
                _,
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
            });
            let __tachometer_last = (&&&&&&&__tachometer_returned)
                .__tachometer_open()
                .followed();
            let __tachometer_judge = (
                ::tachometer::__private::AsOk,
                ::tachometer::__private::AsOk,
            );
            let __tachometer_call = __tachometer_last
                .begin(::tachometer::__private::Start::new(&__TACHOMETER_SITE, ()));
            #[allow(clippy::result_large_err)]
            let __tachometer_value = __tachometer_body();
            let __tachometer_value = __tachometer_last
                .finish(
                    __tachometer_call,
                    __tachometer_judge.0,
                    __tachometer_judge.1,
                    __tachometer_value,
                );
            __tachometer_value
        }
    "#]];
    expands(Meter::Timed, "", item, &expected);
}

static WITH_POLLS: Expect = expect![[r#"
    fn f(x: u8) -> impl ::core::future::Future<Output = ()> {
        const _: ::tachometer::__private::Name = ::tachometer::__private::Name::timer(
            "f_seconds",
        );
        const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
        ::tachometer::__private::site! {
            __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
            .asynchronous().labels(& ["x"])
            .timer(::tachometer::__private::Timed::new(::tachometer::__private::Name::assumed("f_seconds"),
            ""))
        }
        ::tachometer::__private::site! {
            __TACHOMETER_POLLS of __TACHOMETER_SITE =
            ::tachometer::__private::Declaration::polls_of(& __TACHOMETER_SITE)
        }
        ::tachometer::__private::lazily(move || {
            let (__tachometer_labels, __tachometer_labels_of_polls) = {
                let mut __tachometer_labels = ::tachometer::__private::Labels::none();
                let mut __tachometer_labels_of_polls = ::tachometer::__private::Labels::none();
                if let ::core::option::Option::Some(__tachometer_target) = ::tachometer::__private::Site::live(
                    &__TACHOMETER_SITE,
                ) {
                    ::tachometer::__private::Labels::resolve_all(
                        __tachometer_target,
                        &[&(x)],
                        &mut [
                            (&mut __tachometer_labels, &__TACHOMETER_SITE),
                            (&mut __tachometer_labels_of_polls, &__TACHOMETER_POLLS),
                        ],
                    );
                }
                (__tachometer_labels, __tachometer_labels_of_polls)
            };
            #[allow(clippy::async_yields_async)]
            let __tachometer_body = async move {
                if false {
                    return ::tachometer::__private::never::<()>();
                }
                match () {
                    () => g().await,
                }
            };
            ::tachometer::__private::Last::<_, ::tachometer::__private::AtOnce>::made()
                .watch(
                    ::tachometer::__private::Start::new(
                            &__TACHOMETER_SITE,
                            __tachometer_labels,
                        )
                        .with(
                            ::tachometer::__private::Beside::new()
                                .polls(&__TACHOMETER_POLLS, __tachometer_labels_of_polls),
                        ),
                    ::tachometer::__private::AsOk,
                    ::tachometer::__private::AsOk,
                    __tachometer_body,
                )
        })
    }
"#]];

#[test]
fn with_polls() {
    let item = "async fn f(x: u8) { g().await }";
    expands(Meter::Timed, r#"name = "f_seconds", labels(x), poll"#, item, &WITH_POLLS);
}

#[test]
fn futures_nest_with_labels() {
    let item = "#[counted(name = G)] async fn f(x: u8) -> ! {}";
    let expected = expect![[r#"
        async fn f(x: u8) -> ! {
            const _: ::tachometer::__private::Name = ::tachometer::__private::Name::counter(
                "f_total",
            );
            const _: &::core::primitive::str = ::tachometer::__private::checked_label("x");
            ::tachometer::__private::site! {
                __TACHOMETER_SITE "f" = ::tachometer::__private::Declaration::new()
                .asynchronous().labels(& ["x"])
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::assumed("f_total"),
                ""))
            }
            ::tachometer::__private::site! {
                __TACHOMETER_SITE_2 "f" = ::tachometer::__private::Declaration::new()
                .asynchronous()
                .counter(::tachometer::__private::Counted::new(::tachometer::__private::Name::counter(G),
                ""))
            }
            let __tachometer_labels = {
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
                __tachometer_labels
            };
            #[allow(clippy::async_yields_async)]
            let __tachometer_body = ::core::pin::pin!(async move { match () { () => {} } });
            let __tachometer_value = ::tachometer::__private::watch(
                    &__TACHOMETER_SITE,
                    __tachometer_labels,
                    ::tachometer::__private::AsOk,
                    ::tachometer::__private::watch(
                        &__TACHOMETER_SITE_2,
                        (),
                        ::tachometer::__private::AsOk,
                        __tachometer_body,
                    ),
                )
                .await;
            __tachometer_value
        }
    "#]];
    expands(Meter::Counted, r#"name = "f_total", labels(x)"#, item, &expected);
}
