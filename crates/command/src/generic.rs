//! Commands on keys of any type.
//!
//! Those that need the order of all keys (`KEYS`, `SCAN`, `RANDOMKEY`, `DBSIZE`), or change all of
//! them (`FLUSHALL`, `SWAPDB`), are not here: a handler sees the keys of its call only.

mod copy;
mod dump;
mod expire;
mod object;
mod presence;
mod sort;
mod ttl;

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    copy::COPY,
    presence::DEL,
    dump::DUMP,
    presence::EXISTS,
    expire::EXPIRE,
    expire::EXPIREAT,
    ttl::EXPIRETIME,
    copy::MOVE,
    object::OBJECT,
    object::OBJECT_ENCODING,
    object::OBJECT_FREQ,
    object::OBJECT_HELP,
    object::OBJECT_IDLETIME,
    object::OBJECT_REFCOUNT,
    expire::PERSIST,
    expire::PEXPIRE,
    expire::PEXPIREAT,
    ttl::PEXPIRETIME,
    ttl::PTTL,
    copy::RENAME,
    copy::RENAMENX,
    dump::RESTORE,
    sort::SORT,
    sort::SORT_RO,
    presence::TOUCH,
    ttl::TTL,
    presence::TYPE,
    presence::UNLINK,
];
