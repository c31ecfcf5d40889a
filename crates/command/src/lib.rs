//! What each data command means: one family per file, the table beside the handlers.
