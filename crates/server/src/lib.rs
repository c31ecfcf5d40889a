//! A Redis-compatible server whose dataset lives on disk; memory is a cache of what is in use.

pub mod config;
#[path = "driver_stub.rs"]
pub mod driver;
pub mod server;
pub mod session;
pub mod table;
pub mod transaction;
