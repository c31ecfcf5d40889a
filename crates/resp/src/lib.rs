//! RESP2, RESP3 and inline commands: bytes to words, replies to bytes.
