//! From a value to bytes.

use std::borrow::Cow;

use super::{
    Value, hash, intset,
    kind::Kind,
    listpack::ListpackWriter,
    quicklist,
    writer::{put_number, put_string},
};
use crate::str;

/// Redis's `hash-max-listpack-entries` and `zset-max-listpack-entries`.
pub(super) const PACKED_COUNT_MAX: usize = 128;
/// Redis's `hash-max-listpack-value` and `zset-max-listpack-value`.
pub(super) const PACKED_LEN_MAX: usize = 64;
/// Redis's `set-max-intset-entries`.
const INTSET_COUNT_MAX: usize = 512;
/// Redis packs a score as an integer if it is one of at most half of the largest.
const INT_SCORE_MAX: f64 = 4_611_686_018_427_387_904.0;

/// The oldest version of the format that can hold the value: 12 (Redis 7.4) if it has fields that
/// expire, else 10 (Redis 7.0).
pub fn version(value: &Value<'_>) -> u16 {
    match value {
        Value::Hash(fields) if fields.iter().any(|field| field.expiry.is_some()) => 12,
        _ => 10,
    }
}

/// Appends the value to `out` in the form that Redis 7.0 would give it, or 7.4 where it must.
pub fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::String(bytes) => {
            out.push(Kind::String.byte());
            put_string(bytes, out);
        }
        Value::List(elements) => {
            out.push(Kind::ListQuicklist2.byte());
            quicklist::write2(elements, out);
        }
        Value::Set(members) => put_set(members, out),
        Value::Hash(fields) => {
            out.push(hash::kind(fields).byte());
            hash::write(fields, out);
        }
        Value::SortedSet(members) => put_sorted_set(members, out),
    }
}

fn put_set(members: &[Cow<'_, [u8]>], out: &mut Vec<u8>) {
    let few = members.len() <= INTSET_COUNT_MAX;
    let ints: Option<Vec<i64>> =
        if few { members.iter().map(|member| str::parse_int(member)).collect() } else { None };
    if let Some(ints) = ints {
        out.push(Kind::SetIntset.byte());
        return put_string(&intset::write(ints), out);
    }
    out.push(Kind::Set.byte());
    put_number(members.len() as u64, out);
    for member in members {
        put_string(member, out);
    }
}

fn put_sorted_set(members: &[(Cow<'_, [u8]>, f64)], out: &mut Vec<u8>) {
    let short = members.iter().all(|(member, _)| member.len() <= PACKED_LEN_MAX);
    if short && members.len() <= PACKED_COUNT_MAX {
        let mut listpack = ListpackWriter::new();
        for (member, score) in members {
            listpack.push(member);
            push_score(*score, &mut listpack);
        }
        out.push(Kind::SortedSetListpack.byte());
        return put_string(&listpack.finish(), out);
    }
    out.push(Kind::SortedSet.byte());
    put_number(members.len() as u64, out);
    // From the last to the first: Redis inserts each before all others, which is cheap.
    for (member, score) in members.iter().rev() {
        put_string(member, out);
        out.extend(score.to_le_bytes());
    }
}

fn push_score(score: f64, listpack: &mut ListpackWriter) {
    if score.fract() == 0.0 && score.abs() <= INT_SCORE_MAX {
        listpack.push_int(score as i64);
    } else {
        // The shortest text that reads as the same number, with an exponent if that is large.
        listpack.push(format!("{score:?}").as_bytes());
    }
}
