//! The built binary over a socket.
