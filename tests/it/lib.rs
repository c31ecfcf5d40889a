//! A client and a server process for the tests of the built binary.
