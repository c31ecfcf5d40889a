//! Values as the vectors write them down, and values made up.

use std::{borrow::Cow, collections::BTreeMap};

use hadal_value::rdb::{Field, Value};
use proptest::{
    collection::{btree_map, btree_set, vec},
    prelude::*,
};

/// No string in these tests becomes longer.
pub(crate) const EXPANDED_BYTES_MAX: usize = 1 << 20;

pub(crate) fn string(bytes: &[u8]) -> Value<'static> {
    Value::String(owned(bytes))
}

pub(crate) fn list(elements: &[&[u8]]) -> Value<'static> {
    Value::List(elements.iter().map(|element| owned(element)).collect())
}

pub(crate) fn set(members: &[&[u8]]) -> Value<'static> {
    Value::Set(members.iter().map(|member| owned(member)).collect())
}

pub(crate) fn sorted_set(members: &[(&[u8], f64)]) -> Value<'static> {
    Value::SortedSet(members.iter().map(|(member, score)| (owned(member), *score)).collect())
}

pub(crate) fn hash(fields: &[(&[u8], &[u8])]) -> Value<'static> {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, *value, 0)).collect();
    expiring_hash(&fields)
}

/// Names, values, and expiries or zero.
pub(crate) fn expiring_hash(fields: &[(&[u8], &[u8], u64)]) -> Value<'static> {
    let field = |&(name, value, at): &(&[u8], &[u8], u64)| Field {
        name: owned(name),
        value: owned(value),
        expiry: (at > 0).then_some(at),
    };
    Value::Hash(fields.iter().map(field).collect())
}

/// The same value with everything in order whose order means nothing.
pub(crate) fn in_order(mut value: Value<'_>) -> Value<'_> {
    match &mut value {
        Value::Set(members) => members.sort(),
        Value::Hash(fields) => fields.sort_by(|a, b| a.name.cmp(&b.name)),
        Value::String(_) | Value::List(_) | Value::SortedSet(_) => {}
    }
    value
}

/// Any value that the format can hold, mostly small.
pub(crate) fn any_value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        any_bytes().prop_map(Value::String),
        vec(any_bytes(), 1..300).prop_map(Value::List),
        btree_set(any_bytes(), 1..300).prop_map(|set| Value::Set(set.into_iter().collect())),
        btree_set(any::<i64>(), 1..600).prop_map(|ints| {
            Value::Set(ints.into_iter().map(|int| owned(int.to_string().as_bytes())).collect())
        }),
        btree_map(any_bytes(), any_score(), 1..200).prop_map(by_score),
        btree_map(any_bytes(), (any_bytes(), Just(None)), 1..200).prop_map(fields),
        btree_map(any_bytes(), (any_bytes(), any_expiry()), 1..200).prop_map(fields),
    ]
}

fn owned(bytes: &[u8]) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.to_vec())
}

fn any_bytes() -> impl Strategy<Value = Cow<'static, [u8]>> {
    let bytes = prop_oneof![
        8 => any::<i64>().prop_map(|int| int.to_string().into_bytes()),
        8 => any::<i16>().prop_map(|int| int.to_string().into_bytes()),
        16 => vec(any::<u8>(), 0..12),
        4 => vec(any::<u8>(), 60..70),
        4 => (vec(any::<u8>(), 1..6), 1_usize..80).prop_map(|(unit, times)| unit.repeat(times)),
        1 => vec(0_u8..4, 4_000..17_000),
    ];
    bytes.prop_map(Cow::Owned)
}

fn any_score() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<i32>().prop_map(f64::from),
        any::<i64>().prop_map(|int| int as f64),
        any::<f64>().prop_filter("scores are numbers", |score| !score.is_nan()),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
    ]
}

fn any_expiry() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![Just(None), (1_u64..1 << 48).prop_map(Some)]
}

fn by_score(members: BTreeMap<Cow<'static, [u8]>, f64>) -> Value<'static> {
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by(|a, b| a.1.partial_cmp(&b.1).expect("scores are numbers"));
    Value::SortedSet(members)
}

type ValueAndExpiry = (Cow<'static, [u8]>, Option<u64>);

fn fields(fields: BTreeMap<Cow<'static, [u8]>, ValueAndExpiry>) -> Value<'static> {
    let field = |(name, (value, expiry))| Field { name, value, expiry };
    Value::Hash(fields.into_iter().map(field).collect())
}
