//! Strings as bits.

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[];
