//! The elements of whatever can be sorted.

use std::ops::ControlFlow;

use hadal_keyspace::Txn;
use hadal_value::Kind as ValueKind;
use hadal_value::tree::Direction;

use super::options::{Limit, Order};
use super::pattern::Budget;
use crate::{Fault, Stop};

/// Elements of the list, set or sorted set at `key`, in the order in which it has them (a set:
/// in any), or in the opposite one. None if there is no key.
pub(super) fn elements(
    txn: &mut Txn<'_>,
    key: &[u8],
    limit: Limit,
    order: Order,
    budget: &mut Budget,
) -> Result<Vec<Vec<u8>>, Stop> {
    let Some(kind) = txn.kind(key)? else { return Ok(Vec::new()) };
    if kind.is_string() || kind == ValueKind::Hash {
        return Err(Fault::WrongType.into());
    }
    let Some(opened) = txn.open(key, kind)? else { return Ok(Vec::new()) };
    let (len, bytes) = match kind {
        ValueKind::List => (opened.sequence().len(), opened.sequence().bytes()),
        ValueKind::SortedSet => (opened.sorted().len(), opened.sorted().bytes()),
        _ => (opened.map().len(), opened.map().bytes()),
    };
    let range = limit.range(len);
    let count = range.end - range.start;
    if count == 0 {
        return Ok(Vec::new());
    }
    budget.take((bytes / len + size_of::<Vec<u8>>() as u64).saturating_mul(count))?;
    let (start, direction) = match order {
        Order::Ascending => (range.start, Direction::Forward),
        Order::Descending => (len - 1 - range.start, Direction::Backward),
    };
    let mut elements = Vec::with_capacity(count as usize);
    let mut take = |element: &[u8]| {
        elements.push(element.to_vec());
        ControlFlow::Continue(())
    };
    match kind {
        ValueKind::List => opened.sequence().range(start, count, direction, &mut take)?,
        ValueKind::SortedSet => {
            opened.sorted().range(start, count, direction, &mut |member, _| take(member))?;
        }
        _ => opened.map().range(range.start, count, &mut |entry| take(entry.key))?,
    }
    Ok(elements)
}
