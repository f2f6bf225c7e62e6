//! Futures within futures, the outermost written first: the compiler has to look into it to its end, and says so where that
//! is too deep.

use std::future::Future;

use tachometer::measured;

use super::{counter, endings, installed, later};

/// Polls a future that may be sent to another thread until it is done.
fn finish<T>(future: impl Future<Output = T> + Send) -> T {
    super::finish(future)
}

/// Names twenty functions, each of which calls the next one, and the last one `innermost`.
macro_rules! twenty {
    ($each:ident $innermost:ident) => {
        $each! {
            f1 f2, f2 f3, f3 f4, f4 f5, f5 f6, f6 f7, f7 f8, f8 f9, f9 f10, f10 f11, f11 f12, f12 f13, f13 f14, f14 f15,
            f15 f16, f16 f17, f17 f18, f18 f19, f19 f20, f20 $innermost
        }
    };
}

mod plain {
    use super::{later, measured};

    macro_rules! each {
        ($($outer:ident $inner:ident),*) => {
            $(#[measured(name = "nested_plain")]
            pub(super) async fn $outer(depth: u32) -> u32 {
                let depth = $inner(depth + 1).await;
                later().await;
                depth
            })*
        };
    }

    twenty!(each innermost);

    async fn innermost(depth: u32) -> u32 {
        depth
    }
}

mod result {
    use super::{later, measured};

    macro_rules! each {
        ($($outer:ident $inner:ident),*) => {
            $(#[measured(name = "nested_result", result)]
            pub(super) async fn $outer(depth: u32) -> Result<u32, String> {
                let depth = $inner(depth + 1).await?;
                later().await;
                Ok(depth)
            })*
        };
    }

    twenty!(each innermost);

    async fn innermost(depth: u32) -> Result<u32, String> {
        Ok(depth)
    }
}

mod labelled {
    use super::{later, measured};

    macro_rules! each {
        ($($outer:ident $inner:ident),*) => {
            $(#[measured(name = "nested_labelled", labels(tenant, even = depth % 2 == 0), result)]
            pub(super) async fn $outer(tenant: &str, depth: u32) -> Option<Result<u32, String>> {
                let depth = $inner(tenant, depth + 1).await?;
                later().await;
                Some(depth)
            })*
        };
    }

    twenty!(each innermost);

    async fn innermost(tenant: &str, depth: u32) -> Option<Result<u32, String>> {
        Some(if tenant.is_empty() { Err(String::new()) } else { Ok(depth) })
    }
}

mod block {
    use super::{later, measured};

    pub(super) struct Desk<T>(pub(super) T);

    macro_rules! each {
        ($($outer:ident $inner:ident),*) => {
            #[measured(name = "nested_in_a_block", result)]
            impl<T: Sync> Desk<T> {
                $(pub(super) async fn $outer(&self, depth: u32) -> Result<u32, String> {
                    let depth = self.$inner(depth + 1).await?;
                    later().await;
                    Ok(depth)
                })*
            }
        };
    }

    twenty!(each innermost);

    impl<T> Desk<T> {
        async fn innermost(&self, depth: u32) -> Result<u32, String> {
            Ok(depth)
        }
    }
}

mod of_a_trait {
    use super::{later, measured};

    pub(super) struct Desk;

    macro_rules! each {
        ($($outer:ident $inner:ident),*) => {
            pub(super) trait Steps {
                $(async fn $outer(&self, depth: u32) -> Result<u32, String>;)*
            }

            #[measured(name = "nested_in_a_trait", result)]
            impl Steps for Desk {
                $(async fn $outer(&self, depth: u32) -> Result<u32, String> {
                    let depth = self.$inner(depth + 1).await?;
                    later().await;
                    Ok(depth)
                })*
            }
        };
    }

    twenty!(each innermost);

    impl Desk {
        async fn innermost(&self, depth: u32) -> Result<u32, String> {
            Ok(depth)
        }
    }
}

#[test]
fn twenty_futures_nest_whichever_is_written_first() {
    use of_a_trait::Steps as _;
    let telemetry = installed();
    assert_eq!(finish(plain::f1(0)), 20);
    assert_eq!(finish(result::f1(0)), Ok(20));
    assert_eq!(finish(labelled::f1("acme", 0)), Some(Ok(20)));
    assert_eq!(finish(block::Desk(1).f1(0)), Ok(20));
    assert_eq!(finish(of_a_trait::Desk.f1(0)), Ok(20));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "nested_plain_total", &[]), 20);
    for name in ["nested_result_total", "nested_in_a_block_total", "nested_in_a_trait_total"] {
        assert_eq!(endings(&snapshot, name), [20, 0, 0, 0], "{name}");
    }
    let labelled = |even| {
        let labels = [("tenant", "acme"), ("even", even), ("result", "ok")];
        counter(&snapshot, "nested_labelled_total", &labels)
    };
    assert_eq!((labelled("true"), labelled("false")), (10, 10));
}
