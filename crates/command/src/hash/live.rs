//! A hash as clients see it: without the fields whose time has come.
//!
//! Those are still there until something removes them. A call that only reads passes over them; a
//! call that changes fields removes those of them that it was given, before anything else.

use std::ops::ControlFlow;

use hadal_keyspace::{Denied, Editing, Opened, Txn, UnixMillis};
use hadal_value::Kind;
use hadal_value::collection::map::Entry;
use hadal_value::tree::Absent;

use super::whole::Shown;
use crate::stream::Room;
use crate::{Fault, Stop, Stream};

/// A hash, to be read.
pub(super) struct Live<'t> {
    opened: Opened<'t>,
    now: UnixMillis,
    room: Room,
}

/// Where the fields are that clients see, by their ranks.
pub(super) enum Ranks {
    /// At every rank below this.
    Below(u64),
    /// At these.
    Some(Vec<u64>),
}

impl<'t> Live<'t> {
    /// The hash at `key`, if there is one. It may have nothing to be seen.
    pub(super) fn open(txn: &'t mut Txn<'_>, key: &'t [u8]) -> Result<Option<Self>, Denied> {
        let (now, room) = (txn.now(), Room::of(txn));
        let opened = txn.open(key, Kind::Hash)?;
        Ok(opened.map(|opened| Self { opened, now, room }))
    }

    pub(super) fn opened(&self) -> &Opened<'t> {
        &self.opened
    }

    /// Whether the time of a field has not come.
    pub(super) fn sees(&self, entry: &Entry<'_>) -> bool {
        !is_due(entry, self.now)
    }

    pub(super) fn get(&self, field: &[u8]) -> Result<Option<Entry<'_>>, Absent> {
        Ok(self.opened.map().get(field)?.filter(|entry| self.sees(entry)))
    }

    /// Several fields. All are asked for before an absent page is told.
    pub(super) fn get_all(&self, fields: &[&[u8]]) -> Result<Vec<Option<Entry<'_>>>, Absent> {
        let found: Vec<_> = fields.iter().map(|field| self.get(field)).collect();
        found.into_iter().collect()
    }

    /// How many fields there are. In a hash too large to look at all of it, those whose time has
    /// come count until something removes them.
    pub(super) fn len(&self) -> Result<u64, Absent> {
        if self.fits() { Ok(self.ranks_that_fit()?.len()) } else { Ok(self.opened.map().len()) }
    }

    /// Where the fields are. Must look at all of them if the time of one has come.
    pub(super) fn ranks(&self) -> Result<Ranks, Stop> {
        if self.may_be_due() && !self.fits() {
            return Err(Fault::TooLarge.into());
        }
        Ok(self.ranks_that_fit()?)
    }

    fn ranks_that_fit(&self) -> Result<Ranks, Absent> {
        if !self.may_be_due() {
            return Ok(Ranks::Below(self.opened.map().len()));
        }
        let (mut seen, mut rank) = (Vec::new(), 0);
        self.opened.map().walk(&mut |entry| {
            seen.extend(self.sees(&entry).then_some(rank));
            rank += 1;
            ControlFlow::Continue(())
        })?;
        Ok(Ranks::Some(seen))
    }

    /// Fields by their ranks.
    pub(super) fn at_all(&self, ranks: &[u64]) -> Result<Vec<Entry<'_>>, Absent> {
        let map = self.opened.map();
        let found: Vec<_> = ranks.iter().map(|rank| map.at(*rank)).collect();
        found.into_iter().filter_map(Result::transpose).collect()
    }

    /// Ends a call that answers with all fields, if they are too much to be answered at once.
    pub(super) fn check_fits(&self, shown: Shown) -> Result<(), Stop> {
        let map = self.opened.map();
        self.room.check(map.bytes(), || {
            if self.may_be_due() {
                Stream::some_fields(shown, map.len(), self.now)
            } else {
                Stream::fields(shown, map.len(), self.now)
            }
        })
    }

    /// Refuses to answer with so many fields, if they are of about the usual size.
    pub(super) fn check_count_fits(&self, count: u64) -> Result<(), Fault> {
        let map = self.opened.map();
        let bytes =
            (map.bytes() / map.len().max(1) + size_of::<Entry<'_>>() as u64).saturating_mul(count);
        if self.room.fits(bytes) { Ok(()) } else { Err(Fault::TooLarge) }
    }

    /// All fields, in the order in which they are kept.
    pub(super) fn all(&self) -> Result<Vec<Entry<'_>>, Absent> {
        let mut all = Vec::new();
        self.opened.map().walk(&mut |entry| {
            all.extend(self.sees(&entry).then_some(entry));
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    fn fits(&self) -> bool {
        self.room.fits(self.opened.map().bytes())
    }

    fn may_be_due(&self) -> bool {
        self.opened.map().soonest_expiry().is_some_and(|at| at <= self.now)
    }
}

impl Ranks {
    /// How many fields there are.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Below(len) => *len,
            Self::Some(ranks) => ranks.len() as u64,
        }
    }

    /// The rank of the field that `number` others are before.
    pub(super) fn of(&self, number: u64) -> u64 {
        match self {
            Self::Below(_) => number,
            Self::Some(ranks) => ranks[number as usize],
        }
    }
}

/// What a field holds, if there is such a hash and such a field.
pub(crate) fn value_of(
    txn: &mut Txn<'_>,
    key: &[u8],
    field: &[u8],
) -> Result<Option<Vec<u8>>, Stop> {
    let Some(hash) = Live::open(txn, key)? else { return Ok(None) };
    Ok(hash.get(field)?.map(|entry| entry.value.to_vec()))
}

/// The hash at `key`, to be changed at these fields: all that this needs is in memory, and those
/// whose time had come are gone.
pub(super) fn edit<'t, 'a>(
    txn: &'t mut Txn<'a>,
    key: &'t [u8],
    fields: impl Iterator<Item = &'t [u8]> + Clone,
) -> Result<Editing<'t, 'a>, Stop> {
    let now = txn.now();
    let mut hash = txn.edit(key, Kind::Hash)?;
    let may_be_due = {
        let opened = hash.opened();
        let map = opened.map();
        // The change of a single field asks by itself.
        if opened.is_paged() && fields.clone().nth(1).is_some() {
            for field in fields.clone() {
                // What is absent has been noted: it is told when all have been asked for.
                _ = map.get(field);
            }
        }
        map.soonest_expiry().is_some_and(|at| at <= now)
    };
    hash.ready()?;
    if may_be_due {
        for field in fields {
            if with_field(&hash, field, |entry| entry.is_some_and(|entry| is_due(&entry, now)))? {
                hash.remove(field)?;
            }
        }
    }
    Ok(hash)
}

/// Looks at a field of a hash that is being changed.
pub(super) fn with_field<R>(
    hash: &Editing<'_, '_>,
    field: &[u8],
    f: impl FnOnce(Option<Entry<'_>>) -> R,
) -> Result<R, Absent> {
    Ok(f(hash.opened().map().get(field)?))
}

/// Whether the time of a field has come.
pub(crate) fn is_due(entry: &Entry<'_>, now: UnixMillis) -> bool {
    entry.expiry.is_some_and(|at| at <= now)
}
