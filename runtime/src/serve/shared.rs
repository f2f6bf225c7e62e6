//! Work that whoever asks for it meanwhile shares. It does not know what the work is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{sync::watch, task};

/// A piece of work of which at most one runs at a time.
#[derive(Debug)]
pub(super) struct Shared<T> {
    /// Where the result of the work that runs will be seen.
    running: Arc<Slot<T>>,
}

type Slot<T> = Mutex<Option<watch::Receiver<Option<Arc<T>>>>>;

impl<T: Send + Sync + 'static> Shared<T> {
    pub(super) fn new() -> Self {
        Self { running: Arc::new(Mutex::new(None)) }
    }

    /// The result of the work that runs, or else of `work`, which then begins; `None` if it fails.
    ///
    /// Whoever asks after it has ended gets a new one, so that nobody sees less than was true when they asked while
    /// nothing ran.
    pub(super) async fn get<F>(&self, work: impl FnOnce() -> F) -> Option<Arc<T>>
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let mut result = {
            let mut running = lock(&self.running);
            running.get_or_insert_with(|| self.begin(work())).clone()
        };
        result.wait_for(Option::is_some).await.ok()?.clone()
    }

    fn begin(&self, work: impl Future<Output = Option<T>> + Send + 'static) -> watch::Receiver<Option<Arc<T>>> {
        let (done, result) = watch::channel(None);
        let vacate = Vacate(Arc::clone(&self.running));
        // A task of its own: the client that asked first may leave, and others still wait.
        task::spawn(async move {
            let result = work.await;
            drop(vacate);
            // Without a result, whoever waits sees that nobody is left to send one.
            if let Some(result) = result {
                done.send_replace(Some(Arc::new(result)));
            }
        });
        result
    }
}

/// Makes room for the next work, also if this one panics.
struct Vacate<T>(Arc<Slot<T>>);

impl<T> Drop for Vacate<T> {
    fn drop(&mut self) {
        *lock(&self.0) = None;
    }
}

fn lock<T>(slot: &Slot<T>) -> MutexGuard<'_, Option<watch::Receiver<Option<Arc<T>>>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
        task::Poll,
    };

    use tokio::{runtime, sync::oneshot};

    use super::*;

    fn block_on(test: impl Future<Output = ()>) {
        runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test);
    }

    #[test]
    fn whoever_asks_meanwhile_shares() {
        block_on(async {
            let shared = Shared::new();
            let begun = AtomicUsize::new(0);
            let (release, released) = oneshot::channel::<()>();
            let mut first = pin!(shared.get(|| {
                begun.fetch_add(1, Ordering::Relaxed);
                async move {
                    released.await.expect("it is released");
                    Some(1)
                }
            }));
            let unexpected = || async { unreachable!("the first one still runs") };
            let mut second = pin!(shared.get(unexpected));
            poll_fn(|cx| {
                assert!(first.as_mut().poll(cx).is_pending());
                assert!(second.as_mut().poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            release.send(()).expect("it is awaited");
            let (first, second) = (first.await.expect("no panic"), second.await.expect("no panic"));
            assert!(Arc::ptr_eq(&first, &second));
            assert_eq!(begun.load(Ordering::Relaxed), 1);
            assert_eq!(shared.get(|| async { Some(2) }).await.as_deref(), Some(&2));
        });
    }

    #[test]
    fn a_failure_is_not_the_end() {
        block_on(async {
            let shared = Shared::new();
            assert_eq!(shared.get(|| async { None }).await, None::<Arc<u8>>);
            assert_eq!(shared.get(|| async { panic!("the work fails, as this test wants it to") }).await, None);
            assert_eq!(shared.get(|| async { Some(1) }).await.as_deref(), Some(&1));
        });
    }
}
