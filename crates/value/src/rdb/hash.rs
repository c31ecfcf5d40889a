//! Hashes, whose fields may expire since 7.4.
//!
//! ```text
//! plain                length | that many fields: name | value
//! expiring             first expiry u64 | length | that many fields: length | name | value,
//!                      where the length is 0, or 1 + the field's expiry less the first one
//! listpack             name, value, …
//! listpack, expiring   first expiry u64 | name, value, expiry or 0, …: by expiry, 0 last
//! ```
//!
//! Release candidates of 7.4 wrote the expiring ones without the first expiry, and whole expiries
//! in place of differences.

use std::borrow::Cow;

use super::{
    Error, Field,
    kind::Kind,
    listpack::{Listpack, ListpackWriter},
    packed::{Element, groups},
    reader::Reader,
    write::{PACKED_COUNT_MAX, PACKED_LEN_MAX},
    writer::{put_number, put_string},
    zipmap,
};

/// Redis keeps expiries of fields in 48 bits.
const EXPIRY_MAX: u64 = (1 << 48) - 1;

/// How the expiries of a plain hash are written.
#[derive(Clone, Copy)]
pub(super) enum Expiries {
    None,
    Whole,
    /// Less the first one.
    Short,
}

pub(super) fn read_plain<'a>(
    reader: &mut Reader<'a>,
    expiries: Expiries,
) -> Result<Vec<Field<'a>>, Error> {
    let first = match expiries {
        Expiries::Short => reader.millis()?,
        Expiries::None | Expiries::Whole => 1,
    };
    let item_bytes_min = if matches!(expiries, Expiries::None) { 2 } else { 3 };
    let count = reader.count(item_bytes_min)?;
    let field = |_| {
        let after = if matches!(expiries, Expiries::None) { 0 } else { reader.number()? };
        let expiry = match after.checked_sub(1) {
            Some(after) => Some(first.checked_add(after).ok_or(Error::Malformed)?),
            None => None,
        };
        Ok(Field { name: reader.string()?, value: reader.string()?, expiry })
    };
    (0..count).map(field).collect()
}

/// The fields of a listpack or ziplist in which names and values alternate.
pub(super) fn read_pairs<'a, 'b>(
    elements: impl Iterator<Item = Result<Element<'b>, Error>>,
) -> Result<Vec<Field<'a>>, Error> {
    let field = |pair: Result<[Element<'_>; 2], Error>| {
        let [name, value] = pair?.map(Element::to_bytes);
        Ok(Field { name: Cow::Owned(name), value: Cow::Owned(value), expiry: None })
    };
    groups(elements).map(field).collect()
}

pub(super) fn read_expiring_listpack<'a>(bytes: &[u8]) -> Result<Vec<Field<'a>>, Error> {
    let field = |group: Result<[Element<'_>; 3], Error>| {
        let [name, value, expiry] = group?;
        let (name, value) = (Cow::Owned(name.to_bytes()), Cow::Owned(value.to_bytes()));
        Ok(Field { name, value, expiry: expiry.to_expiry()? })
    };
    let fields: Vec<Field<'_>> =
        groups(Listpack::of(bytes)?).map(field).collect::<Result<_, _>>()?;
    if fields.is_sorted_by_key(expiry_or_never) { Ok(fields) } else { Err(Error::Malformed) }
}

pub(super) fn read_zipmap<'a>(bytes: &[u8]) -> Result<Vec<Field<'a>>, Error> {
    let owned = |bytes: &[u8]| Cow::Owned(bytes.to_vec());
    let fields = zipmap::read(bytes)?.into_iter();
    Ok(fields
        .map(|(name, value)| Field { name: owned(name), value: owned(value), expiry: None })
        .collect())
}

/// Whether every expiry is one that Redis can keep.
pub(super) fn can_expire(fields: &[Field<'_>]) -> bool {
    fields.iter().all(|field| field.expiry.is_none_or(|at| at <= EXPIRY_MAX))
}

/// The kind in which these fields are written.
pub(super) fn kind(fields: &[Field<'_>]) -> Kind {
    let short = |field: &Field<'_>| {
        field.name.len() <= PACKED_LEN_MAX && field.value.len() <= PACKED_LEN_MAX
    };
    let packed = fields.len() <= PACKED_COUNT_MAX && fields.iter().all(short);
    let expiring = fields.iter().any(|field| field.expiry.is_some());
    match (packed, expiring) {
        (true, false) => Kind::HashListpack,
        (false, false) => Kind::Hash,
        (true, true) => Kind::HashListpackExpiring,
        (false, true) => Kind::HashExpiring,
    }
}

/// Writes fields in the form of their [`kind`].
pub(super) fn write(fields: &[Field<'_>], out: &mut Vec<u8>) {
    let first = fields.iter().filter_map(|field| field.expiry).min().unwrap_or_default();
    match kind(fields) {
        Kind::HashListpack => put_listpack(fields, out),
        Kind::HashListpackExpiring => {
            out.extend(first.to_le_bytes());
            put_expiring_listpack(fields, out);
        }
        kind => {
            let expiring = kind == Kind::HashExpiring;
            out.extend(expiring.then(|| first.to_le_bytes()).into_iter().flatten());
            put_number(fields.len() as u64, out);
            for field in fields {
                if expiring {
                    put_number(field.expiry.map_or(0, |at| at - first + 1), out);
                }
                put_string(&field.name, out);
                put_string(&field.value, out);
            }
        }
    }
}

fn put_listpack(fields: &[Field<'_>], out: &mut Vec<u8>) {
    let mut listpack = ListpackWriter::new();
    for field in fields {
        listpack.push(&field.name);
        listpack.push(&field.value);
    }
    put_string(&listpack.finish(), out);
}

fn put_expiring_listpack(fields: &[Field<'_>], out: &mut Vec<u8>) {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|field| expiry_or_never(field));
    let mut listpack = ListpackWriter::new();
    for field in fields {
        listpack.push(&field.name);
        listpack.push(&field.value);
        listpack.push_int(field.expiry.unwrap_or_default().cast_signed());
    }
    put_string(&listpack.finish(), out);
}

fn expiry_or_never(field: &Field<'_>) -> u64 {
    field.expiry.unwrap_or(u64::MAX)
}
