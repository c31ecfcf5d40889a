//! Sorting a list, a set or a sorted set: `SORT`, `SORT_RO`.
//!
//! What elements are sorted by, and what is returned in their place, may be at keys that are made
//! of the elements. No word of the call names these: they are in other shards, and not in memory,
//! until the call has missed them.

mod elements;
mod number;
mod options;
mod pattern;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use hadal_keyspace::{Edit, Expiry, Txn};
use hadal_resp::Writer;
use hadal_value::Kind as ValueKind;

use self::elements::elements;
use self::number::number;
use self::options::{By, Comparison, Limit, Options, Order};
use self::pattern::{Budget, look_up_all};
use crate::{
    Access, Arg, Arity, Category, Command, Data, Fault, Group, Key, KeyFlags, KeySpec, Kind, Spec,
    Stop, Words, parse,
};

const KEY: KeySpec = KeySpec::first(Access::Read, &[Data::Access]);

const PATTERNS: KeySpec = KeySpec::unknown(Access::Read, &[Data::Access]).notes(
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from \
     the content of the key we sort",
);

const DESTINATION: KeySpec = KeySpec::unknown(Access::Replace, &[Data::Update]).notes(
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear \
     anywhere in the argument array",
);

const DESTINATION_FLAGS: KeyFlags = KeyFlags::new(Access::Replace, &[Data::Update]);

const BY: Arg = Arg::pattern("by-pattern").display("pattern").key_spec(1).token("BY").optional();

const LIMIT: Arg =
    Arg::block("limit", &[Arg::integer("offset"), Arg::integer("count")]).token("LIMIT").optional();

const GET: Arg = Arg::pattern("get-pattern")
    .display("pattern")
    .key_spec(1)
    .token("GET")
    .optional()
    .multiple_token();

const ORDER: Arg =
    Arg::one_of("order", &[Arg::flag("asc", "ASC"), Arg::flag("desc", "DESC")]).optional();

const ALPHA: Arg = Arg::flag("sorting", "ALPHA").optional();

/// What both have in common.
const BASE: Spec = Spec {
    group: Group::Generic,
    complexity: "O(N+M*log(M)) where N is the number of elements and M is how many are returned; \
                 O(N) if they are not sorted.",
    arity: Arity::AtLeast(2),
    categories: Some(&[Category::Set, Category::SortedSet, Category::List, Category::Dangerous]),
    ..Spec::BASE
};

pub(super) const SORT: Command = Command {
    spec: Spec {
        name: "sort",
        summary: "Sorts a list, a set or a sorted set, and returns or keeps the result.",
        since: "1.0.0",
        keys: &[KEY, PATTERNS, DESTINATION],
        find_keys: Some(sort_keys),
        kind: Kind::Write { grows: true },
        args: &[
            Arg::key("key"),
            BY,
            LIMIT,
            GET,
            ORDER,
            ALPHA,
            Arg::key("destination").key_spec(2).token("STORE").optional(),
        ],
        ..BASE
    },
    run: sort,
};

pub(super) const SORT_RO: Command = Command {
    spec: Spec {
        name: "sort_ro",
        summary: "Sorts a list, a set or a sorted set, and returns the result.",
        since: "7.0.0",
        keys: &[KEY, PATTERNS],
        kind: Kind::Read,
        args: &[Arg::key("key"), BY, LIMIT, GET, ORDER, ALPHA],
        ..BASE
    },
    run: sort_ro,
};

/// The key that is sorted, and the last one that the result is kept at.
fn sort_keys(words: Words<'_>, f: &mut dyn FnMut(Key)) {
    if words.len() > 1 {
        f(Key { word: 1, load: KEY.load, flags: KEY.flags });
    }
    let (mut at, mut destination) = (2, None);
    while let Some(word) = words.get(at) {
        if parse::is(word, "STORE") {
            destination = Some(at + 1);
        }
        at += 1 + options::values_of(word);
    }
    if let Some(word) = destination.filter(|word| *word < words.len()) {
        f(Key { word, load: Access::Replace, flags: DESTINATION_FLAGS });
    }
}

fn sort(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let options = Options::parse(&words[2..])?;
    let result = sorted(txn, words[1], &options)?;
    match options.store {
        Some(destination) => store(txn, destination, &result, reply)?,
        None => answer(&result, reply),
    }
    Ok(())
}

fn sort_ro(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let options = Options::parse(&words[2..])?;
    if options.store.is_some() {
        return Err(Fault::Syntax.into());
    }
    answer(&sorted(txn, words[1], &options)?, reply);
    Ok(())
}

fn answer(result: &[Option<Vec<u8>>], reply: &mut Writer) {
    reply.array(result.len());
    for element in result {
        match element {
            Some(element) => reply.bulk(element),
            None => reply.null(),
        }
    }
}

/// Keeps the result as a list, in which what was not found is empty.
fn store(
    txn: &mut Txn<'_>,
    destination: &[u8],
    result: &[Option<Vec<u8>>],
    reply: &mut Writer,
) -> Result<(), Stop> {
    let items = result.iter().map(|item| item.as_deref().unwrap_or_default());
    let edits: Vec<_> =
        items.enumerate().map(|(at, item)| Edit::Insert { at: at as u64, item }).collect();
    txn.put_collection(destination, ValueKind::List, &edits, Expiry::None)?;
    reply.int(result.len().cast_signed() as i64);
    Ok(())
}

/// What is asked for of each element, in order.
fn sorted(
    txn: &mut Txn<'_>,
    key: &[u8],
    options: &Options<'_>,
) -> Result<Vec<Option<Vec<u8>>>, Stop> {
    let mut budget = Budget::new(txn);
    let elements = chosen(txn, key, options, &mut budget)?;
    if options.get.is_empty() {
        return Ok(elements.into_iter().map(Some).collect());
    }
    let mut columns = Vec::with_capacity(options.get.len());
    for pattern in &options.get {
        columns.push(look_up_all(txn, pattern, &elements, &mut budget)?);
    }
    let row = |at: usize| columns.iter().map(move |column: &Vec<_>| column[at].clone());
    Ok((0..elements.len()).flat_map(row).collect())
}

/// The elements that are asked for, in order.
fn chosen(
    txn: &mut Txn<'_>,
    key: &[u8],
    options: &Options<'_>,
    budget: &mut Budget,
) -> Result<Vec<Vec<u8>>, Stop> {
    let Options { limit, order, .. } = *options;
    let (by, comparison) = match options.by {
        // A set has no order of its own. What is kept of it must not depend on where it lies.
        By::Nothing if options.store.is_some() && txn.kind(key)? == Some(ValueKind::Set) => {
            (By::Itself, Comparison::Text)
        }
        by => (by, options.comparison),
    };
    if by == By::Nothing {
        return elements(txn, key, limit, order, budget);
    }
    let all = elements(txn, key, Limit::NONE, Order::Ascending, budget)?;
    let keys = match by {
        By::Pattern(pattern) => Some(look_up_all(txn, &pattern, &all, budget)?),
        By::Itself | By::Nothing => None,
    };
    let mut sorted = match comparison {
        Comparison::Numbers => by_number(all, keys.as_ref(), order)?,
        Comparison::Text => by_text(all, keys, order),
    };
    let range = limit.range(sorted.len() as u64);
    Ok(sorted.drain(range.start as usize..range.end as usize).collect())
}

/// What is at the key of each element.
type Found = Vec<Option<Vec<u8>>>;

/// Elements of one number are sorted by themselves. What is not there counts as 0.
fn by_number(all: Vec<Vec<u8>>, keys: Option<&Found>, order: Order) -> Result<Vec<Vec<u8>>, Fault> {
    let weigh = |(at, element): (usize, Vec<u8>)| {
        let weight = match keys {
            Some(keys) => keys[at].as_deref().map_or(Some(0.0), number),
            None => number(&element),
        };
        Some((weight?, element))
    };
    let weighed = all.into_iter().enumerate().map(weigh).collect::<Option<Vec<_>>>();
    let mut weighed =
        weighed.ok_or(Fault::Text("ERR One or more scores can't be converted into double"))?;
    weighed.sort_by(|(a, one), (b, other)| {
        let by_weight = a.partial_cmp(b).unwrap_or(Ordering::Equal);
        order.of(by_weight.then_with(|| one.cmp(other)))
    });
    Ok(weighed.into_iter().map(|(_, element)| element).collect())
}

/// What is not there comes first.
fn by_text(mut all: Vec<Vec<u8>>, keys: Option<Found>, order: Order) -> Vec<Vec<u8>> {
    let Some(keys) = keys else {
        all.sort_by(|one, other| order.of(one.cmp(other)));
        return all;
    };
    let mut keyed: Vec<_> = keys.into_iter().zip(all).collect();
    keyed.sort_by(|(a, _), (b, _)| order.of(a.cmp(b)));
    keyed.into_iter().map(|(_, element)| element).collect()
}
