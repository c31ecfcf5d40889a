//! MULTI, EXEC, DISCARD, WATCH, UNWATCH.

/// Commands queued since MULTI.
#[derive(Debug, Default)]
pub struct Queue;
