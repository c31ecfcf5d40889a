//! A Redis-compatible server whose dataset lives on disk; memory is a cache of what is in use.

pub mod admin;
pub mod config;
mod dispatch;
pub mod driver;
pub mod logging;
mod net;
pub mod scan;
pub mod server;
pub mod session;
pub mod table;
pub mod transaction;
