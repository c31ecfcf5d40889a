//! Sockets that clients connect to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use std::{fmt, fs};

use parking_lot::Mutex;
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpSocket, UnixListener};
use tokio::runtime::Handle;

use super::admission;
use super::balance::balance;
use super::workers::{Seats, Workers};
use crate::config::Settings;
use crate::server::Server;

/// How long accepting pauses when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One socket that is listened on.
#[derive(Debug)]
pub(crate) enum Bound {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// A socket could not be listened on.
#[derive(Debug)]
pub(crate) struct NotBound {
    what: String,
    source: io::Error,
}

impl fmt::Display for NotBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not listen on {}: {}", self.what, self.source)
    }
}

impl std::error::Error for NotBound {}

/// Every socket of `settings`.
pub(crate) fn bind(settings: &Settings) -> Result<Vec<Bound>, NotBound> {
    let mut bound = bind_tcp(settings)?;
    if let Some(path) = &settings.unixsocket {
        let failed = |source| NotBound { what: path.display().to_string(), source };
        let listener = bind_unix(path, settings).map_err(failed)?;
        bound.push(Bound::Unix(listener, path.clone()));
    }
    Ok(bound)
}

fn bind_tcp(settings: &Settings) -> Result<Vec<Bound>, NotBound> {
    let mut bound = Vec::new();
    if settings.port == 0 {
        return Ok(bound);
    }
    let mut last_missing = None;
    for name in &settings.bind {
        let optional = name.strip_prefix('-');
        let host = optional.unwrap_or(name);
        let failed = |source| NotBound { what: format!("{host}:{}", settings.port), source };
        match bind_host(host, settings) {
            Ok(listeners) => bound.extend(listeners.into_iter().map(Bound::Tcp)),
            Err(error) if optional.is_some() && is_missing(&error) => {
                last_missing = Some(failed(error));
            }
            Err(error) => return Err(failed(error)),
        }
    }
    match last_missing {
        Some(missing) if bound.is_empty() => Err(missing),
        _ => Ok(bound),
    }
}

/// Whether this machine has no such address, or no such protocol.
fn is_missing(error: &io::Error) -> bool {
    let missing =
        [Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT, Errno::PROTONOSUPPORT, Errno::NOPROTOOPT];
    Errno::from_io_error(error).is_some_and(|code| missing.contains(&code))
}

fn bind_host(host: &str, settings: &Settings) -> io::Result<Vec<TcpListener>> {
    let addresses: Vec<SocketAddr> = match host {
        "*" => vec![(IpAddr::V4(Ipv4Addr::UNSPECIFIED), settings.port).into()],
        "::*" => vec![(IpAddr::V6(Ipv6Addr::UNSPECIFIED), settings.port).into()],
        host => (host, settings.port).to_socket_addrs()?.collect(),
    };
    addresses.into_iter().map(|address| bind_address(address, settings)).collect()
}

fn bind_address(address: SocketAddr, settings: &Settings) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if address.is_ipv6() {
        // The IPv4 addresses are bound on their own.
        rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
    }
    socket.bind(address)?;
    socket.listen(u32::try_from(settings.tcp_backlog).unwrap_or(511))
}

fn bind_unix(path: &Path, settings: &Settings) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    if settings.unixsocket_mode != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(settings.unixsocket_mode))?;
    }
    Ok(listener)
}

/// A socket that can be closed while it is being listened on.
type Slot = Arc<Mutex<Option<Bound>>>;

/// The sockets that are listened on now.
#[derive(Debug)]
pub(crate) struct Listeners {
    server: Arc<Server>,
    workers: Workers,
    /// Where connections are accepted.
    runtime: Handle,
    slots: Mutex<Vec<Slot>>,
}

impl Listeners {
    /// Accepts from `bound`.
    pub(crate) fn start(server: Arc<Server>, workers: Workers, bound: Vec<Bound>) -> Arc<Self> {
        let runtime = Handle::current();
        runtime.spawn(balance(Arc::clone(&server), Arc::clone(workers.seats())));
        let listeners = Arc::new(Self { server, workers, runtime, slots: Mutex::default() });
        listeners.accept_from(bound);
        listeners
    }

    /// Listens where `settings` say, and nowhere else any more.
    pub(crate) fn rebind(&self, settings: &Settings) -> Result<(), NotBound> {
        let is_unix = |slot: &Slot| matches!(*slot.lock(), Some(Bound::Unix(..)));
        let (unix, tcp): (Vec<_>, Vec<_>) = self.slots.lock().drain(..).partition(is_unix);
        *self.slots.lock() = unix;
        // First: a new address may overlap with an old one.
        for slot in &tcp {
            *slot.lock() = None;
        }
        // Whoever calls may run elsewhere.
        let _entered = self.runtime.enter();
        self.accept_from(bind_tcp(settings)?);
        Ok(())
    }

    /// Accepts nobody any more.
    pub(crate) fn close(&self) {
        for slot in self.slots.lock().drain(..) {
            if let Some(Bound::Unix(_, path)) = slot.lock().take() {
                // Someone else may have removed it; the next start copes with either.
                drop(fs::remove_file(path));
            }
        }
    }

    fn accept_from(&self, bound: Vec<Bound>) {
        for bound in bound {
            let slot: Slot = Arc::new(Mutex::new(Some(bound)));
            self.slots.lock().push(Arc::clone(&slot));
            let services = (Arc::clone(&self.server), Arc::clone(self.workers.seats()));
            self.runtime.spawn(accept(services, slot));
        }
    }
}

/// Who has connected.
enum Accepted {
    Tcp(tokio::net::TcpStream, SocketAddr),
    Unix(tokio::net::UnixStream, PathBuf),
}

async fn accept((server, seats): (Arc<Server>, Arc<Seats>), slot: Slot) {
    let services = (&server, &seats);
    loop {
        let accepted = std::future::poll_fn(|context| match &*slot.lock() {
            None => Poll::Ready(None),
            Some(Bound::Tcp(listener)) => {
                let accepted = listener.poll_accept(context);
                accepted.map(|it| Some(it.map(|(stream, peer)| Accepted::Tcp(stream, peer))))
            }
            Some(Bound::Unix(listener, path)) => {
                let accepted = listener.poll_accept(context);
                accepted.map(|it| Some(it.map(|(stream, _)| Accepted::Unix(stream, path.clone()))))
            }
        });
        match accepted.await {
            None => return,
            Some(Ok(Accepted::Tcp(stream, peer))) => admission::tcp(services, stream, peer),
            Some(Ok(Accepted::Unix(stream, path))) => admission::unix(services, stream, &path),
            Some(Err(error)) => {
                tracing::warn!(%error, "connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
