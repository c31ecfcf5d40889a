//! Running until someone asks for the end.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::launch::Running;
use super::{Ending, Request};
use crate::config::Shutdown as Choice;

/// Exit code after a second SIGINT: nothing was closed in order.
const EXIT_INTERRUPTED: i32 = 130;

impl Running {
    /// Serves until a signal or SHUTDOWN ends it.
    ///
    /// # Errors
    /// Signals cannot be received.
    pub async fn until_ended(&self) -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut requests = self.server().shutdown.requests();
        loop {
            let request = tokio::select! {
                _ = terminate.recv() => self.by_signal("SIGTERM"),
                _ = interrupt.recv() => self.by_signal("SIGINT"),
                request = requests.recv() => match request {
                    Some(request) => request,
                    None => unreachable!("the server keeps its end of the channel"),
                },
            };
            tracing::info!(ending = ?request.ending, "server is ending");
            let ended = tokio::select! {
                ended = self.end(request) => ended,
                () = again(&mut interrupt) => {
                    tracing::warn!("interrupted twice: ending at once");
                    std::process::exit(EXIT_INTERRUPTED);
                }
            };
            if ended {
                tracing::info!("bye bye");
                return Ok(());
            }
        }
    }

    fn by_signal(&self, name: &str) -> Request {
        tracing::info!(signal = name, "signal was received");
        let settings = self.server().config.settings();
        let choices = match name {
            "SIGINT" => &settings.shutdown_on_sigint,
            _ => &settings.shutdown_on_sigterm,
        };
        let save = match () {
            () if choices.contains(&Choice::Save) => Some(true),
            () if choices.contains(&Choice::Nosave) => Some(false),
            () => None,
        };
        let ending = Ending { save, force: choices.contains(&Choice::Force) };
        Request { ending, failed: oneshot::channel().0 }
    }
}

async fn again(signal: &mut Signal) {
    if signal.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}
