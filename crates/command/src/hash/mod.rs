//! Hashes: fields, each with a value, some of which expire by themselves.

mod count;
mod delete;
mod expire;
mod expiry;
mod get;
mod live;
mod random;
mod scan;
mod set;
mod setex;
#[cfg(test)]
mod tests;
mod ttl;
mod whole;

pub(crate) use live::{is_due, value_of};
pub(crate) use whole::Shown;

use crate::table::Command;

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    delete::HDEL,
    get::HEXISTS,
    expire::HEXPIRE,
    expire::HEXPIREAT,
    ttl::HEXPIRETIME,
    get::HGET,
    whole::HGETALL,
    delete::HGETDEL,
    setex::HGETEX,
    count::HINCRBY,
    count::HINCRBYFLOAT,
    whole::HKEYS,
    whole::HLEN,
    get::HMGET,
    set::HMSET,
    ttl::HPERSIST,
    expire::HPEXPIRE,
    expire::HPEXPIREAT,
    ttl::HPEXPIRETIME,
    ttl::HPTTL,
    random::HRANDFIELD,
    scan::HSCAN,
    set::HSET,
    setex::HSETEX,
    set::HSETNX,
    get::HSTRLEN,
    ttl::HTTL,
    whole::HVALS,
];
