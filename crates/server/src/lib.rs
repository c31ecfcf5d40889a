//! A Redis-compatible server whose dataset lives on disk; memory is a cache of what is in use.

pub mod config;
