//! What the server knows of a client: its [`Session`], seen by nobody else, and its [`Client`] in
//! the registry of [`Clients`], which every other session may look at.

mod client;
mod clients;
mod commands;
mod pause;
mod state;

pub use client::{Client, Look, Names, Output, Transport};
pub use clients::{Clients, Disconnect, Disconnects};
pub use commands::COMMANDS;
pub(crate) use commands::database;
pub use pause::{Pause, Paused};
pub use state::{Replies, Session};
