//! What a key can hold, and its bytes at rest.
