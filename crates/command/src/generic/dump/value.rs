//! Between values in the keyspace and values as Redis serializes them.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hadal_keyspace::{Edit, Expiry, Miss, Opened, Txn};
use hadal_value::Kind;
use hadal_value::rdb::{Field, Value};
use hadal_value::tree::{Absent, Direction};

use crate::{Fault, Stop};

/// A copy of what is at a key.
pub(super) fn take(txn: &mut Txn<'_>, key: &[u8]) -> Result<Option<Value<'static>>, Stop> {
    let Some(peek) = txn.peek(key)? else { return Ok(None) };
    let (kind, bytes) = (peek.kind, peek.value_bytes);
    if kind.is_string() {
        let value = txn.get(key)?.map(|value| Value::String(Cow::Owned(value.into_owned())));
        return Ok(value);
    }
    if !txn.answer_fits(bytes) {
        return Err(Fault::TooLarge.into());
    }
    let Some(opened) = txn.open(key, kind)? else { return Ok(None) };
    Ok(Some(match kind {
        Kind::String | Kind::LongString => unreachable!("handled above"),
        Kind::List => Value::List(items(&opened)?),
        Kind::Set => Value::Set(members(&opened)?),
        Kind::SortedSet => Value::SortedSet(scores(&opened)?),
        Kind::Hash => Value::Hash(fields(&opened)?),
    }))
}

fn owned(bytes: &[u8]) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.to_vec())
}

fn items(opened: &Opened<'_>) -> Result<Vec<Cow<'static, [u8]>>, Absent> {
    let list = opened.sequence();
    let mut items = Vec::new();
    list.range(0, list.len(), Direction::Forward, &mut |item| {
        items.push(owned(item));
        ControlFlow::Continue(())
    })?;
    Ok(items)
}

fn members(opened: &Opened<'_>) -> Result<Vec<Cow<'static, [u8]>>, Absent> {
    let mut members = Vec::new();
    opened.map().walk(&mut |entry| {
        members.push(owned(entry.key));
        ControlFlow::Continue(())
    })?;
    Ok(members)
}

type Scores = Vec<(Cow<'static, [u8]>, f64)>;

fn scores(opened: &Opened<'_>) -> Result<Scores, Absent> {
    let mut scores = Vec::new();
    opened.sorted().walk(&mut |member, score| {
        scores.push((owned(member), score));
        ControlFlow::Continue(())
    })?;
    Ok(scores)
}

fn fields(opened: &Opened<'_>) -> Result<Vec<Field<'static>>, Absent> {
    let mut fields = Vec::new();
    opened.map().walk(&mut |entry| {
        let (name, value) = (owned(entry.key), owned(entry.value));
        fields.push(Field { name, value, expiry: entry.expiry });
        ControlFlow::Continue(())
    })?;
    Ok(fields)
}

/// Puts a value at a key, whatever is there.
pub(super) fn store(
    txn: &mut Txn<'_>,
    key: &[u8],
    value: &Value<'_>,
    expiry: Expiry,
) -> Result<(), Miss> {
    let (kind, elements): (Kind, Vec<Edit<'_>>) = match value {
        Value::String(value) => return txn.set(key, value, expiry),
        Value::List(items) => {
            let insert = |(at, item)| Edit::Insert { at: at as u64, item };
            (Kind::List, items.iter().map(|item| &**item).enumerate().map(insert).collect())
        }
        Value::Set(members) => {
            let put = |member| Edit::Put { member, value: &[], expiry: None };
            (Kind::Set, members.iter().map(|member| put(&**member)).collect())
        }
        Value::SortedSet(scores) => {
            let scores = scores.iter().map(|(member, score)| Edit::Score { member, score: *score });
            (Kind::SortedSet, scores.collect())
        }
        Value::Hash(fields) => {
            let fields = fields.iter().map(|field| Edit::Put {
                member: &field.name,
                value: &field.value,
                expiry: field.expiry,
            });
            (Kind::Hash, fields.collect())
        }
    };
    txn.put_collection(key, kind, &elements, expiry)
}
