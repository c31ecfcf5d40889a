//! From bytes to a value.

use std::borrow::Cow;

use super::{
    Error, Field, Value,
    hash::{self, Expiries},
    intset,
    kind::Kind,
    listpack::Listpack,
    packed::{Element, groups},
    quicklist,
    reader::Reader,
    ziplist::Ziplist,
};
use crate::str::IntText;

type Strings<'a> = Vec<Cow<'a, [u8]>>;
type Scored<'a> = Vec<(Cow<'a, [u8]>, f64)>;

/// Reads a value, which must take up all of `bytes`.
///
/// A few bytes can say that a string of many was compressed: `expanded_bytes_max` bounds what all
/// compressed strings together become. Beside that, a value takes no more memory than some dozens
/// of bytes for each byte that it is read from: small elements cost an allocation each.
///
/// # Errors
/// What Redis refuses when it checks all of a payload (`sanitize-dump-payload`), and what is
/// behind the value. Nothing is ever half read.
pub fn read(bytes: &[u8], expanded_bytes_max: usize) -> Result<Value<'_>, Error> {
    let mut reader = Reader::new(bytes, expanded_bytes_max);
    let kind = Kind::of(reader.byte()?)?;
    let value = match kind {
        Kind::String => Value::String(reader.string()?),
        Kind::List | Kind::ListZiplist | Kind::ListQuicklist | Kind::ListQuicklist2 => {
            list(kind, &mut reader)?
        }
        Kind::Set | Kind::SetIntset | Kind::SetListpack => set(kind, &mut reader)?,
        Kind::SortedSetText
        | Kind::SortedSet
        | Kind::SortedSetZiplist
        | Kind::SortedSetListpack => sorted_set(kind, &mut reader)?,
        Kind::Hash
        | Kind::HashZipmap
        | Kind::HashZiplist
        | Kind::HashListpack
        | Kind::HashExpiringCandidate
        | Kind::HashListpackExpiringCandidate
        | Kind::HashExpiring
        | Kind::HashListpackExpiring => hash(kind, &mut reader)?,
    };
    reader.end()?;
    Ok(value)
}

fn list<'a>(kind: Kind, reader: &mut Reader<'a>) -> Result<Value<'a>, Error> {
    let elements = match kind {
        Kind::ListZiplist => unpacked(Ziplist::of(&reader.string()?)?)?,
        Kind::ListQuicklist => quicklist::read(reader)?,
        Kind::ListQuicklist2 => quicklist::read2(reader)?,
        _ => strings(reader)?,
    };
    if elements.is_empty() { Err(Error::Malformed) } else { Ok(Value::List(elements)) }
}

fn set<'a>(kind: Kind, reader: &mut Reader<'a>) -> Result<Value<'a>, Error> {
    let text = |int: &i64| Cow::Owned(IntText::new(*int).as_bytes().to_vec());
    let members: Strings<'a> = match kind {
        Kind::SetIntset => intset::read(&reader.string()?)?.iter().map(text).collect(),
        Kind::SetListpack => unpacked(Listpack::of(&reader.string()?)?)?,
        _ => strings(reader)?,
    };
    check_distinct(members.iter().map(AsRef::as_ref))?;
    Ok(Value::Set(members))
}

fn sorted_set<'a>(kind: Kind, reader: &mut Reader<'a>) -> Result<Value<'a>, Error> {
    let mut members = match kind {
        Kind::SortedSetText => scored(reader, 2, Reader::text_score)?,
        Kind::SortedSetZiplist => unpacked_scored(Ziplist::of(&reader.string()?)?)?,
        Kind::SortedSetListpack => unpacked_scored(Listpack::of(&reader.string()?)?)?,
        _ => scored(reader, 9, Reader::score)?,
    };
    check_distinct(members.iter().map(|(member, _)| member.as_ref()))?;
    // No score is NaN, and the two zeros are one score: `total_cmp` would tell them apart.
    members.sort_by(|a, b| (a.1, &a.0).partial_cmp(&(b.1, &b.0)).expect("scores are numbers"));
    Ok(Value::SortedSet(members))
}

fn hash<'a>(kind: Kind, reader: &mut Reader<'a>) -> Result<Value<'a>, Error> {
    if kind == Kind::HashListpackExpiring {
        // The first expiry, of use only to those who do not read on.
        reader.millis()?;
    }
    let fields: Vec<Field<'a>> = match kind {
        Kind::HashExpiring => hash::read_plain(reader, Expiries::Short)?,
        Kind::HashExpiringCandidate => hash::read_plain(reader, Expiries::Whole)?,
        Kind::HashListpackExpiring | Kind::HashListpackExpiringCandidate => {
            hash::read_expiring_listpack(&reader.string()?)?
        }
        Kind::HashZipmap => hash::read_zipmap(&reader.string()?)?,
        Kind::HashZiplist => hash::read_pairs(Ziplist::of(&reader.string()?)?)?,
        Kind::HashListpack => hash::read_pairs(Listpack::of(&reader.string()?)?)?,
        _ => hash::read_plain(reader, Expiries::None)?,
    };
    check_distinct(fields.iter().map(|field| field.name.as_ref()))?;
    if hash::can_expire(&fields) { Ok(Value::Hash(fields)) } else { Err(Error::Malformed) }
}

fn strings<'a>(reader: &mut Reader<'a>) -> Result<Strings<'a>, Error> {
    let count = reader.count(1)?;
    (0..count).map(|_| reader.string()).collect()
}

fn scored<'a>(
    reader: &mut Reader<'a>,
    item_bytes_min: usize,
    score: fn(&mut Reader<'a>) -> Result<f64, Error>,
) -> Result<Scored<'a>, Error> {
    let count = reader.count(item_bytes_min)?;
    (0..count).map(|_| Ok((reader.string()?, score(reader)?))).collect()
}

/// The elements of a listpack or ziplist.
pub(super) fn unpacked<'a, 'b>(
    elements: impl Iterator<Item = Result<Element<'b>, Error>>,
) -> Result<Strings<'a>, Error> {
    elements.map(|element| Ok(Cow::Owned(element?.to_bytes()))).collect()
}

/// The members and scores that alternate in a listpack or ziplist.
fn unpacked_scored<'a, 'b>(
    elements: impl Iterator<Item = Result<Element<'b>, Error>>,
) -> Result<Scored<'a>, Error> {
    let member = |pair: Result<[Element<'_>; 2], Error>| {
        let [member, score] = pair?;
        Ok((Cow::Owned(member.to_bytes()), score.to_score()?))
    };
    groups(elements).map(member).collect()
}

/// There must be names, and no two alike.
fn check_distinct<'b>(names: impl Iterator<Item = &'b [u8]>) -> Result<(), Error> {
    let mut sorted: Vec<_> = names.collect();
    sorted.sort_unstable();
    let distinct = sorted.is_sorted_by(|a, b| a < b);
    if distinct && !sorted.is_empty() { Ok(()) } else { Err(Error::Malformed) }
}
