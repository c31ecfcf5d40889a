//! The option table, one file per group. Adding an option is adding a row here and, if it works,
//! a field to [`Settings`](super::Settings).

mod clients;
mod cluster;
mod dataset;
mod encoding;
mod memory;
mod network;
mod observe;
mod process;
mod replication;
mod security;
mod snapshots;
mod tls;

use super::kind::{Kind, Unit};
use super::option::Group;

/// Every option, in the order of the documentation.
pub(super) const GROUPS: &[Group] = &[
    network::GROUP,
    dataset::GROUP,
    memory::GROUP,
    security::GROUP,
    clients::GROUP,
    process::GROUP,
    observe::GROUP,
    encoding::GROUP,
    snapshots::GROUP,
    replication::GROUP,
    cluster::GROUP,
    tls::GROUP,
];

const PORT: Kind = Kind::Int { min: 0, max: 65535, unit: Unit::None };
const COUNT: Kind = counted(Unit::None);
const SECONDS: Kind = counted(Unit::Seconds);
const LONG_COUNT: Kind = Kind::Int { min: 0, max: i64::MAX, unit: Unit::None };
const PERCENT: Kind = int(0, 100, Unit::Percent);
const ANY_INT: Kind = int(i32::MIN as i64, i32::MAX as i64, Unit::None);
const BYTES: Kind = Kind::Bytes { min: 0, max: i64::MAX as u64 };
const TEXT: Kind = Kind::Text(|_| Ok(()));

const fn counted(unit: Unit) -> Kind {
    int(0, i32::MAX as i64, unit)
}

const fn int(min: i64, max: i64, unit: Unit) -> Kind {
    Kind::Int { min, max, unit }
}

const fn bytes_from(min: u64) -> Kind {
    Kind::Bytes { min, max: i64::MAX as u64 }
}
