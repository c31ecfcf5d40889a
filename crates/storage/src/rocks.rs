//! The embedded engine: RocksDB.
