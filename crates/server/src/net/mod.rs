//! Sockets: who may connect, what is read from and written to each connection, and when one ends.
//!
//! ```text
//! listener ─accept─▶ admission ─task per connection─▶ connection
//!                                                      │ input: read, decode
//!                                                      │ window: up to 16 commands
//!                                                      │ dispatch (not here)
//!                                                      │ output: replies, written once per batch
//! sweep: idle clients, slow readers                    ▼
//! ```

mod admission;
mod balance;
mod connection;
mod gate;
mod idle;
mod input;
mod listener;
mod output;
mod sweep;
mod window;
mod workers;

pub(crate) use listener::{Listeners, bind};
pub(crate) use sweep::sweep;
pub(crate) use workers::Workers;
