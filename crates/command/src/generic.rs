//! Commands on keys of any type.

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[];
