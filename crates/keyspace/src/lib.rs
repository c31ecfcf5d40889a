//! The object cache: entry states, I/O schedule, eviction, expiry, effects.
