//! Which recorder a call goes to.

use std::{
    io,
    sync::atomic::{AtomicPtr, Ordering},
};

use metrics::{NoopRecorder, Recorder};

/// Whom the current recorder is, seen from a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Nobody: nothing is recorded, and no clock is read.
    Nobody,
    /// The recorder that `install` has set.
    Ours,
    /// Another global recorder, which `adopt_global` has been told of.
    Adopted,
    /// A recorder that we know nothing of, for example a test's.
    Unknown,
}

/// Where the recorder that `install` has set stands in memory. A global recorder is never moved or freed, so a recorder
/// at this address is that one; for any other recorder an address proves nothing, as it may be used again.
static OURS: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// The same for an adopted one.
static ADOPTED: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());

/// The target of a call that begins now on this thread.
#[inline]
pub(crate) fn current() -> Target {
    metrics::with_recorder(|recorder| {
        let address = std::ptr::from_ref(recorder).cast::<()>();
        if address == OURS.load(Ordering::Acquire).cast_const() { Target::Ours } else { other(recorder) }
    })
}

#[inline]
fn other(recorder: &dyn Recorder) -> Target {
    if recorder.is_noop::<()>() {
        return Target::Nobody;
    }
    let address = std::ptr::from_ref(recorder).cast::<()>();
    if address == ADOPTED.load(Ordering::Acquire).cast_const() { Target::Adopted } else { Target::Unknown }
}

/// What a recorder can be asked of itself.
trait Look {
    /// Whether this is a recorder without data that does what the facade's own no-op recorder does.
    ///
    /// The facade cannot be asked whether there is a recorder. But a reference to a no-op recorder at the same address
    /// is the same pair of an address and a table of functions. Equal tables hold the same functions, so the answer
    /// "yes" is right whichever recorder it is. The compiler makes a table in each unit of code generation that refers
    /// to one; from another unit the answer is "no", and the call takes the long way to the same result.
    ///
    /// The facade refers to its table in `with_recorder`. A generic function goes to the unit of the module that it
    /// was written in; a method goes to that of its `Self` type, which is why this one is a method of the facade's
    /// trait object; and in incremental builds generic functions have units of their own, hence `T`.
    fn is_noop<T>(&self) -> bool;
}

impl Look for dyn Recorder + '_ {
    #[inline]
    fn is_noop<T>(&self) -> bool {
        let address = std::ptr::from_ref(self).cast::<NoopRecorder>();
        size_of_val(self) == 0 && std::ptr::eq(address as *const dyn Recorder, self)
    }
}

/// Declares the current recorder of a thread without a local one to be `Target::Ours`.
///
/// # Errors
/// If no thread can be started to look at it.
pub(crate) fn set_ours() -> io::Result<()> {
    if let Some(recorder) = global()? {
        OURS.store(recorder.cast_mut(), Ordering::Release);
    }
    Ok(())
}

/// Whether the recorder that `install` has set is in place.
pub(crate) fn is_ours_set() -> bool {
    !OURS.load(Ordering::Acquire).is_null()
}

/// Declares the global recorder to be `Target::Adopted`.
pub(crate) fn set_adopted(address: *const ()) {
    ADOPTED.store(address.cast_mut(), Ordering::Release);
}

/// The address of the global recorder: the one that a new thread sees, as it has no local one. `None` where the recorder
/// has no data and so no address of its own.
///
/// # Errors
/// If no thread can be started.
pub(crate) fn global() -> io::Result<Option<*const ()>> {
    let probe = || {
        metrics::with_recorder(|recorder| {
            (size_of_val(recorder) != 0).then(|| std::ptr::from_ref(recorder).cast::<()>() as usize)
        })
    };
    let thread = std::thread::Builder::new().name("tachometer-probe".to_owned()).spawn(probe)?;
    let address = thread.join().map_err(|_| io::Error::other("the global recorder panicked"))?;
    Ok(address.map(std::ptr::without_provenance))
}
