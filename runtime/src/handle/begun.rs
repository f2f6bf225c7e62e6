//! One call that is about to be made, and who judges how it ends.

use std::{fmt, future::Future};

use futures_core::Stream;

use crate::call::{
    guard,
    labels::Labels,
    site::Site,
    stream,
    verdict::{self, AsOk, ByError, ErrorIf, Judge, OkIf},
    watch,
};

/// A call that is about to be made by [`Calls`](crate::Calls); it is recorded once it is measured.
///
/// A `Result` tells how it has ended, as does any type that implements [`Outcome`](crate::Outcome). For another value,
/// or where a `Result` is not all that there is to say, a function is named:
///
/// ```
/// use tachometer::{Calls, testing};
///
/// static LOOKUPS: Calls<()> = Calls::new("lookups", &[]);
///
/// # #[cfg(feature = "testing")] {
/// let recorded = testing::record(|| {
///     LOOKUPS.with().ok_if(|found: &Option<u8>| found.is_some()).measure(|| [1, 2].first().copied());
///     LOOKUPS.with().error_if(|status: &u16| *status >= 500).measure(|| 503);
///     LOOKUPS.with().as_ok().measure(|| "anything");
/// });
/// recorded.assert_counter("lookups_total", &[("result", "ok")], 2);
/// recorded.assert_counter("lookups_total", &[("result", "error")], 1);
/// # }
/// ```
#[must_use = "the call is recorded when it is measured; call `measure` or `measure_future`"]
pub struct Call<J> {
    site: &'static Site,
    labels: Labels,
    judge: J,
}

impl<J> Call<J> {
    #[inline]
    pub(crate) fn new(site: &'static Site, labels: Labels, judge: J) -> Self {
        Self { site, labels, judge }
    }

    /// Which is a success if this is true of what it returns, and else an error.
    pub fn ok_if<R, F: Fn(&R) -> bool>(self, is_ok: F) -> Call<OkIf<F>> {
        Call { site: self.site, labels: self.labels, judge: verdict::ok_if(is_ok) }
    }

    /// Which is an error if this is true of what it returns, and else a success.
    pub fn error_if<R, F: Fn(&R) -> bool>(self, is_error: F) -> Call<ErrorIf<F>> {
        Call { site: self.site, labels: self.labels, judge: verdict::error_if(is_error) }
    }

    /// Which is an error unless the error's [`ErrorKind`](trait@crate::ErrorKind) calls it none, as the variants do that
    /// have `#[result(ok)]`.
    ///
    /// ```
    /// use tachometer::{Calls, ErrorKind, testing};
    ///
    /// #[derive(Debug, ErrorKind)]
    /// enum StoreError {
    ///     #[result(ok)]
    ///     Missing,
    ///     Full,
    /// }
    ///
    /// static GETS: Calls<()> = Calls::new("store_gets", &[]);
    ///
    /// # #[cfg(feature = "testing")] {
    /// let recorded = testing::record(|| {
    ///     for error in [StoreError::Missing, StoreError::Full] {
    ///         let _ = GETS.with().by_error().measure(|| Err::<u8, _>(error));
    ///     }
    /// });
    /// recorded.assert_counter("store_gets_total", &[("result", "ok")], 1);
    /// recorded.assert_counter("store_gets_total", &[("result", "error")], 1);
    /// # }
    /// ```
    pub fn by_error(self) -> Call<ByError> {
        Call { site: self.site, labels: self.labels, judge: ByError }
    }

    /// Which is a success whatever it returns.
    pub fn as_ok(self) -> Call<AsOk> {
        Call { site: self.site, labels: self.labels, judge: AsOk }
    }

    /// Makes the call, and records it.
    ///
    /// # Panics
    /// Where `body` does; the call has `panicked` then.
    #[inline]
    pub fn measure<R>(self, body: impl FnOnce() -> R) -> R
    where
        J: Judge<R>,
    {
        let mut call = guard::begin(self.site, self.labels);
        let value = body();
        call.conclude(&self.judge, &value);
        value
    }

    /// The same future, whose life is the call: from its first poll to its end, or to its drop, where it is `cancelled`.
    #[inline]
    pub fn measure_future<F: Future>(self, future: F) -> impl Future<Output = F::Output> + use<F, J>
    where
        J: Judge<F::Output>,
    {
        watch::watch(self.site, self.labels, self.judge, future)
    }

    /// The same stream, whose life is the call: from its first poll to its end, or to its drop, where it is `cancelled`. One
    /// item that is an error makes the call one.
    #[inline]
    pub fn measure_stream<S: Stream>(self, stream: S) -> impl Stream<Item = S::Item> + use<S, J>
    where
        J: Judge<S::Item>,
    {
        stream::from_the_first_poll(self.site, self.labels, self.judge, stream)
    }
}

/// Measures a future or a stream where it stands at the end of a chain, as [`Call`] does from the other side.
///
/// ```
/// use tachometer::{Calls, Measure};
///
/// static UPSTREAM: Calls<(&'static str,)> = Calls::new("upstream", &["route"]);
///
/// async fn search(client: &Client, query: &str) -> Result<u16, String> {
///     client.get(query).measured(UPSTREAM.with("search")).await
/// }
/// # struct Client;
/// # impl Client { async fn get(&self, _: &str) -> Result<u16, String> { Ok(200) } }
/// ```
pub trait Measure: Sized {
    /// The same future, whose life is the call; see [`Call::measure_future`].
    fn measured<J: Judge<<Self as Future>::Output>>(
        self,
        call: Call<J>,
    ) -> impl Future<Output = <Self as Future>::Output>
    where
        Self: Future;

    /// The same stream, whose life is the call; see [`Call::measure_stream`].
    fn measured_stream<J: Judge<<Self as Stream>::Item>>(
        self,
        call: Call<J>,
    ) -> impl Stream<Item = <Self as Stream>::Item>
    where
        Self: Stream;
}

impl<T> Measure for T {
    #[inline]
    fn measured<J: Judge<<T as Future>::Output>>(self, call: Call<J>) -> impl Future<Output = <T as Future>::Output>
    where
        T: Future,
    {
        call.measure_future(self)
    }

    #[inline]
    fn measured_stream<J: Judge<<T as Stream>::Item>>(self, call: Call<J>) -> impl Stream<Item = <T as Stream>::Item>
    where
        T: Stream,
    {
        call.measure_stream(self)
    }
}

impl<J> fmt::Debug for Call<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("site", self.site).finish_non_exhaustive()
    }
}
