//! What every engine must do, as functions that an engine's tests call.
