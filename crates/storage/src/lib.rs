//! Ordered bytes on a medium: the Store trait and its engines, the journal, clock and files.
