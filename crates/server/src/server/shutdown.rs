//! Ending the server: asked for by a signal or a command, done by `main`.

use std::convert::Infallible;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

/// How to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// `SAVE`: everything owed is in the store first. `NOSAVE`: what the journal has is enough.
    /// `None`: as the configuration says.
    pub save: Option<bool>,
    /// Even if it cannot be made sure that nothing is lost.
    pub force: bool,
}

/// The server could not end without losing something. The cause is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEnded;

/// Someone asks for the end, and hears if it cannot be had.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) ending: Ending,
    pub(crate) failed: oneshot::Sender<NotEnded>,
}

/// The way from those who ask to `main`.
#[derive(Debug)]
pub struct Shutdown {
    ask: mpsc::Sender<Request>,
    asked: Mutex<Option<mpsc::Receiver<Request>>>,
}

impl Default for Shutdown {
    fn default() -> Self {
        let (ask, asked) = mpsc::channel(1);
        Self { ask, asked: Mutex::new(Some(asked)) }
    }
}

impl Shutdown {
    /// Ends the server. Returns only if that failed; if not, the caller is dropped with all others.
    pub async fn request(&self, ending: Ending) -> Result<Infallible, NotEnded> {
        let (failed, outcome) = oneshot::channel();
        if self.ask.send(Request { ending, failed }).await.is_err() {
            return Err(NotEnded);
        }
        match outcome.await {
            Ok(NotEnded) => Err(NotEnded),
            // It is ending: nothing is left to say.
            Err(_) => std::future::pending().await,
        }
    }

    /// For the one who ends the server.
    pub(crate) fn requests(&self) -> mpsc::Receiver<Request> {
        self.asked.lock().take().expect("only one ends the server")
    }
}
