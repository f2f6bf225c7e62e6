//! The endpoint's life: an address is bound, a thread with an async runtime of its own serves it, and both end in time.

mod accept;
mod access;
mod answer;
mod budget;
mod coding;
mod connection;
mod current;
mod demand;
mod documents;
mod farewell;
mod filter;
mod gzip;
mod limits;
pub(crate) mod mount;
mod pages;
mod progress;
mod requests;
mod route;
mod shared;
#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::{runtime, sync::watch};

use self::requests::Endpoint;
pub(crate) use self::{access::Gate, current::Served};
use crate::{
    error::{Error, Kind},
    exporters::shown::Shown,
};

/// Whether this build can listen at all.
pub(crate) const AVAILABLE: bool = true;

/// How long a server that was not stopped explicitly gets.
const DROPPED: Duration = Duration::from_secs(2);
/// How long past its deadline the thread may take to say how it went.
const GRACE: Duration = Duration::from_secs(1);
/// Longer than anyone waits, and short enough to be added to any moment.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An address that is held, with nobody answering yet.
#[derive(Debug)]
pub(crate) struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

/// A running endpoint. Dropped, it stops.
pub(crate) struct Server {
    address: SocketAddr,
    /// Until when the thread shall have ended; `None` as long as it shall serve.
    stop: watch::Sender<Option<Instant>>,
    /// Where the thread says at its end how many connections it had to cut. The lock is never waited for; it lets
    /// threads share the server.
    ended: Mutex<mpsc::Receiver<usize>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Takes hold of an address; port 0 is any that is free.
    ///
    /// # Errors
    /// If it is not an address of this machine, or someone else listens there.
    pub(crate) fn bind(address: SocketAddr) -> Result<Bound, Error> {
        let failed = |error| cannot_bind(address, error);
        let listener = bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Bound { listener, address })
    }

    /// The address that is served, with the port that was picked for 0.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening, lets the answers that are under way go out, and waits for the thread to end.
    ///
    /// # Errors
    /// If that takes longer than `within`; what is still under way is cut off then.
    pub(crate) fn stop(mut self, within: Duration) -> Result<(), Error> {
        self.finish(within)
    }

    fn finish(&mut self, within: Duration) -> Result<(), Error> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        let within = within.min(FOREVER);
        self.stop.send_replace(Some(Instant::now() + within));
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        match ended.recv_timeout(within + GRACE) {
            Ok(cut) => {
                if thread.join().is_ok() && cut == 0 {
                    return Ok(());
                }
                let plural = if cut == 1 { "" } else { "s" };
                Err(self.late(within, &format!("{cut} connection{plural} had to be cut off")))
            }
            Err(RecvTimeoutError::Timeout) => Err(self.late(within, "its thread still runs")),
            Err(RecvTimeoutError::Disconnected) => Err(Error::new(
                Kind::Environment,
                format!("the endpoint at {} ended before it was stopped, because its thread panicked", self.address),
            )),
        }
    }

    #[cold]
    fn late(&self, within: Duration, state: &str) -> Error {
        let message = format!(
            "the endpoint at {} did not end within {within:?}, and {state}; give it more time, or accept the loss",
            self.address
        );
        Error::new(Kind::TimedOut, message)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.finish(DROPPED) {
            tracing::warn!("{error}");
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Bound {
    /// What the operating system calls the socket, where it has a number.
    pub(crate) fn descriptor(&self) -> Option<i32> {
        #[cfg(unix)]
        return Some(std::os::fd::AsRawFd::as_raw_fd(&self.listener));
        #[cfg(not(unix))]
        None
    }

    /// Answers from now on what is shown, to those who may see it, and tells `answered` of each answer its route and status.
    ///
    /// # Errors
    /// If the operating system has no thread or no event queue left; the address is free again then.
    pub(crate) fn start(
        self,
        served: &Served,
        shown: Shown,
        answered: impl Fn(&'static str, u16) + Send + Sync + 'static,
    ) -> Result<Server, Error> {
        let Self { listener, address } = self;
        let failed = |error| cannot_start(address, error);
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            // One for each kind of document that takes long to write, one for a password, one for files.
            .max_blocking_threads(4)
            .thread_name("tachometer-render")
            .build()
            .map_err(failed)?;
        let runtime = Background(Some(runtime));
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let (stop, stopping) = watch::channel(None);
        let (end, ended) = mpsc::channel();
        let endpoint = Arc::new(Endpoint::new(served, shown, Box::new(answered), stopping, address.ip().is_loopback()));
        let serve = move || {
            let cut = runtime.block_on(accept::serve(listener, endpoint));
            // A document that is still being written has nobody left to go to.
            drop(runtime);
            let _ = end.send(cut);
        };
        let thread = thread::Builder::new().name("tachometer-http".to_owned()).spawn(serve).map_err(failed)?;
        Ok(Server { address, stop, ended: Mutex::new(ended), thread: Some(thread) })
    }
}

/// A runtime that waits for nothing when it is dropped, which would panic where a program's own async `main` drops it.
struct Background(Option<runtime::Runtime>);

impl std::ops::Deref for Background {
    type Target = runtime::Runtime;

    fn deref(&self) -> &runtime::Runtime {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Listens at an address; at `::` for IPv4 as well, whatever the system makes of it by itself.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if address.ip() != IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        return TcpListener::bind(address);
    }
    let socket = Socket::new(Domain::IPV6, Type::STREAM, Some(Protocol::TCP))?;
    // A system without IPv4 has nothing to be told.
    let _ = socket.set_only_v6(false);
    // As the standard library does.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}

#[cold]
fn cannot_bind(address: SocketAddr, error: io::Error) -> Error {
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => "stop what listens there, or set METRICS_PORT (0 picks a free one)",
        io::ErrorKind::AddrNotAvailable => "set METRICS_HOST to an address of this machine",
        io::ErrorKind::PermissionDenied => "set METRICS_PORT to one above 1023, or grant the program the right",
        _ => "set METRICS_HOST and METRICS_PORT to an address that can be listened on",
    };
    Error::new(Kind::Address, format!("cannot listen on {address}; {remedy}")).with_source(error)
}

#[cold]
fn cannot_start(address: SocketAddr, error: io::Error) -> Error {
    let message = format!("cannot start the thread that answers at {address}; raise the process's limits");
    Error::new(Kind::Environment, message).with_source(error)
}
