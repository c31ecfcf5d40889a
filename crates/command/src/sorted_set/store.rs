//! Results that are kept at a key: those of `ZRANGESTORE`, `ZUNIONSTORE` and the like.

use hadal_keyspace::{Edit, Expiry, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use super::reply::Members;
use crate::Stop;

/// Replaces what is at `key` by a sorted set of these members, each there once; by nothing if
/// there are none. Replies with their number.
pub(crate) fn store(
    txn: &mut Txn<'_>,
    key: &[u8],
    mut members: Members,
    reply: &mut Writer,
) -> Result<(), Stop> {
    reply.int(members.len().cast_signed() as i64);
    if members.is_empty() {
        txn.delete(key)?;
        return Ok(());
    }
    sort(&mut members);
    let edits: Vec<_> =
        members.iter().map(|(member, score)| Edit::Score { member, score: *score }).collect();
    txn.put_collection(key, ValueKind::SortedSet, &edits, Expiry::None)?;
    Ok(())
}

/// Puts members in the order of a sorted set.
pub(super) fn sort(members: &mut Members) {
    members.sort_unstable_by(|(a, a_score), (b, b_score)| {
        // Both zeros are one score, and none is NaN.
        let by_score = (a_score + 0.0).total_cmp(&(b_score + 0.0));
        by_score.then_with(|| a.cmp(b))
    });
}
