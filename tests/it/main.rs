//! The built binary over a socket: one test binary, so that it is linked once.

mod blocking;
mod clients;
mod crash;
mod differential;
mod dumps;
mod expiry;
mod faults;
mod limits;
mod memory;
mod restart;
mod streams;
mod tidy;
