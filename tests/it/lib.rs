//! A client and a server process for the tests of the built binary.
//!
//! The binary is the newest of `target/{release,debug}/hadal`, or the path in `HADAL_BIN`. With
//! `HADAL_BIN=/usr/bin/redis-server` the same tests run against the reference server, which is how
//! they prove that they ask for Redis's behavior and not for ours; a test of something that Redis
//! does not have says so and returns.

mod client;
mod random;
mod reply;
mod server;
pub mod wait;

pub use client::Client;
pub use random::Random;
pub use reply::Reply;
pub use server::{Server, binary, is_reference, run_to_exit};
