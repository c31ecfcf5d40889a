//! Who may connect, and what a new connection is set to.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::connection::Connection;
use super::workers::Workers;
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
    (server, workers): (&Arc<Server>, &Workers),
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
    serve((server, workers), client, settings.requirepass.is_none(), || {
        TcpStream::from_std(stream)
    });
}

/// Serves a client that has connected over the Unix socket at `path`, or turns it away.
pub(super) fn unix((server, workers): (&Arc<Server>, &Workers), stream: UnixStream, path: &Path) {
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
    serve((server, workers), client, settings.requirepass.is_none(), || {
        UnixStream::from_std(stream)
    });
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
fn serve<S>(
    (server, workers): (&Arc<Server>, &Workers),
    client: Arc<Client>,
    authenticated: bool,
    stream: impl FnOnce() -> io::Result<S>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (runtime, seat) = workers.seat();
    let stream = {
        let _entered = runtime.enter();
        stream()
    };
    let stream = match stream {
        Ok(stream) => stream,
        Err(error) => {
            tracing::warn!(%error, "connection could not be served");
            return;
        }
    };
    server.clients.add(&client);
    let session = Session::new(Arc::clone(&client), authenticated);
    let connection = Connection::new(Arc::clone(server), session, stream);
    let task = runtime.spawn(async move {
        let _seat = seat;
        connection.serve().await;
    });
    client.served_by(task.abort_handle());
}
