//! RESP2, RESP3 and inline commands: bytes to words, replies to bytes.
//!
//! ```text
//! socket ──► buffer ──► Decoder ──► words: ranges into the buffer ──► a command
//! socket ◄── buffer ◄── Writer  ◄── its reply, in the protocol the connection speaks
//! ```
//!
//! Knows no socket, no command and no session: it never reads or writes anything but the buffers
//! it is given, and allocates nothing per command once those have grown to their working size.
//! Nothing a client can send makes it panic.

#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod decoder;
mod error;
mod limits;
mod writer;

pub use decoder::{Decoder, Parsed};
pub use error::ProtocolError;
pub use limits::Limits;
pub use writer::{Proto, Writer};
