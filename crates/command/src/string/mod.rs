//! Strings: bytes, numbers in decimal, both with Redis's limits.

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[];
