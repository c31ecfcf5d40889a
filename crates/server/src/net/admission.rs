//! Who may connect, and what a new connection is set to.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Handle;

use super::connection::Connection;
use super::workers::{Seat, Seats};
use crate::config::Settings;
use crate::server::Server;
use crate::session::{Client, Session, Transport};

/// How often a silent peer is probed before it counts as gone.
const PROBES: u32 = 3;

const TOO_MANY: &[u8] = b"-ERR max number of clients reached\r\n";
const PROTECTED: &[u8] = b"-DENIED Redis is running in protected mode because protected mode is \
enabled and no password is set for the default user. In this mode connections are only accepted \
from the loopback interface. If you want to connect from external computers to Redis you may adopt \
one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET \
protected-mode no' from the loopback interface by connecting to Redis from the same host the \
server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. \
Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the \
protected mode by editing the Redis configuration file, and setting the protected mode option to \
'no', and then restarting the server. 3) If you started the server manually just for testing, \
restart it with the '--protected-mode no' option. 4) Set up an authentication password for the \
default user. NOTE: You only need to do one of the above things in order for the server to start \
accepting connections from the outside.\r\n";

/// Serves a client that has connected over TCP, or turns it away.
pub(super) fn tcp(
    (server, seats): (&Arc<Server>, &Arc<Seats>),
    stream: TcpStream,
    peer: SocketAddr,
) {
    let settings = server.config.settings();
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    let local = peer.ip().is_loopback();
    if let Some(refusal) = refusal(server, &settings, local) {
        server.clients.reject();
        // A client that does not read it in time learns no more than that it is unwelcome.
        drop(stream.try_write(refusal));
        return;
    }
    if let Err(error) = tune(&stream, &settings) {
        tracing::debug!(%error, %peer, "connection could not be set up");
    }
    let ours = stream.local_addr().map(|address| address.to_string()).unwrap_or_default();
    let Ok(stream) = stream.into_std() else { return };
    let client =
        client(server, (peer.to_string(), ours), stream.as_raw_fd(), (Transport::Tcp, local));
    serve::<TcpStream>((server, seats), client, settings.requirepass.is_none(), stream.into());
}

/// Serves a client that has connected over the Unix socket at `path`, or turns it away.
pub(super) fn unix((server, seats): (&Arc<Server>, &Arc<Seats>), stream: UnixStream, path: &Path) {
    let settings = server.config.settings();
    if let Some(refusal) = refusal(server, &settings, true) {
        server.clients.reject();
        drop(stream.try_write(refusal));
        return;
    }
    let address = format!("{}:0", path.display());
    let Ok(stream) = stream.into_std() else { return };
    let ends = (address.clone(), address);
    let client = client(server, ends, stream.as_raw_fd(), (Transport::Unix, true));
    serve::<UnixStream>((server, seats), client, settings.requirepass.is_none(), stream.into());
}

/// What a client is told that may not connect.
fn refusal(server: &Server, settings: &Settings, local: bool) -> Option<&'static [u8]> {
    if server.clients.count() >= settings.maxclients {
        return Some(TOO_MANY);
    }
    let protected = settings.protected_mode && settings.requirepass.is_none();
    (protected && !local).then_some(PROTECTED)
}

fn tune(stream: &TcpStream, settings: &Settings) -> io::Result<()> {
    stream.set_nodelay(true)?;
    if let Some(idle) = settings.tcp_keepalive {
        sockopt::set_socket_keepalive(stream, true)?;
        sockopt::set_tcp_keepidle(stream, idle)?;
        sockopt::set_tcp_keepintvl(stream, (idle / PROBES).max(Duration::from_secs(1)))?;
        sockopt::set_tcp_keepcnt(stream, PROBES)?;
    }
    Ok(())
}

fn client(server: &Server, ends: (String, String), fd: i32, how: (Transport, bool)) -> Arc<Client> {
    let now = server.clock.monotonic_micros() / 1_000;
    Arc::new(Client::new(server.clients.next_id(), ends, fd, how, now))
}

/// Gives a client to a worker, at which `stream` registers its socket.
fn serve<S: Socket>(
    (server, seats): (&Arc<Server>, &Arc<Seats>),
    client: Arc<Client>,
    authenticated: bool,
    fd: OwnedFd,
) {
    let worker = seats.preferred();
    let (runtime, seat) = seats.take(worker);
    let entered = runtime.enter();
    let stream = match S::register(fd) {
        Ok(stream) => stream,
        Err(error) => return tracing::warn!(%error, "connection could not be served"),
    };
    drop(entered);
    client.placed_at(worker);
    server.clients.add(&client);
    let session = Session::new(client, authenticated);
    let connection = Connection::new(Arc::clone(server), session, stream);
    run((runtime, seat), Arc::clone(seats), connection);
}

/// Runs a connection at a worker, and has it run elsewhere when it is to move.
fn run<S: Socket>((runtime, seat): (Handle, Seat), seats: Arc<Seats>, connection: Connection<S>) {
    let client = Arc::clone(connection.client());
    let task = runtime.spawn(async move {
        let Some((mut connection, worker)) = connection.serve(seat.gate()).await else { return };
        drop(seat);
        let (runtime, seat) = seats.take(worker);
        connection.client().placed_at(worker);
        let entered = runtime.enter();
        let moved = connection.register_again();
        drop(entered);
        match moved {
            Ok(()) => run((runtime, seat), seats, connection),
            Err(error) => tracing::warn!(%error, "connection could not be moved"),
        }
    });
    client.served_by(task.abort_handle());
}

/// A socket of a client.
pub(super) trait Socket:
    AsyncRead + AsyncWrite + AsFd + Unpin + Send + Sized + 'static
{
    /// Has the runtime around wait for the socket's events.
    fn register(fd: OwnedFd) -> io::Result<Self>;
}

impl Socket for TcpStream {
    fn register(fd: OwnedFd) -> io::Result<Self> {
        Self::from_std(fd.into())
    }
}

impl Socket for UnixStream {
    fn register(fd: OwnedFd) -> io::Result<Self> {
        Self::from_std(fd.into())
    }
}
