//! Where keyspace meets storage: load, save, recover, scan, expire.
