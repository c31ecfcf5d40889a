//! Looking ahead: what calls of a group will look at is looked at for all of them, step by step. A
//! step of one waits for memory, and not for that of another.

use hadal_value::collection::{self, Container};
use smallvec::SmallVec;

use super::{Known, Missing, Txn};
use crate::keyspace::hash;
use crate::slab::{NIL, SlotId};

impl Txn<'_> {
    /// Finds the entries of all keys before the first is used. `absent` gets the numbers of those
    /// that are neither in memory nor known to be absent.
    pub fn look_up(&mut self, mut absent: impl FnMut(usize)) {
        let space = self.keyspace.spaces().of(self.db);
        self.warm(space);
        for (number, known) in self.known.iter_mut().enumerate() {
            let shard = &self.guards[usize::from(known.guard)].1;
            match shard.find(space, known.key, hash(known.place, space)) {
                Some(id) if shard.is_resident(id) => known.id = id,
                None if self.keyspace.presence().is_absent(space, known.place) => {}
                _ => absent(number),
            }
        }
    }

    /// After [`look_up`](Self::look_up), if the calls will change what is at the keys: the same
    /// for what is owed of them.
    pub fn look_up_debts(&self) {
        for known in self.known.iter().filter(|known| known.id != NIL) {
            self.guards[usize::from(known.guard)].1.warm_debt(known.id);
        }
    }

    /// After [`look_up`](Self::look_up): which pages elements of hashes, sets and sorted sets are in,
    /// each given with the number of its key, as far as they are not in memory and what names them
    /// is.
    pub fn missing_pages<'t>(&'t self, elements: &[(usize, &'t [u8])]) -> Vec<Missing> {
        let missing = |&(number, element): &(usize, &'t [u8])| {
            let known = self.known.get(number).filter(|known| known.id != NIL)?;
            let shard = &*self.guards[usize::from(known.guard)].1;
            let content = shard.view(known.id).content?;
            // A string may begin as a collection does.
            Container::of(content.kind)?;
            let mut descent = collection::descent(content.payload, self.keyspace.seed(), element)?;
            let mut page = descent.next()?;
            while let Some(bytes) = shard.page(page) {
                descent.enter(bytes);
                page = descent.next()?;
            }
            Some(Missing { db: self.db, key: known.key.into(), page: Some(page) })
        };
        elements.iter().filter_map(missing).collect()
    }

    fn warm(&self, space: u32) {
        let guess = |known: &Known<'_>| {
            let shard = &self.guards[usize::from(known.guard)].1;
            shard.guess(hash(known.place, space)).map(|id| (known.guard, id))
        };
        let guesses: SmallVec<[Option<(u16, SlotId)>; 16]> = self.known.iter().map(guess).collect();
        for (guard, id) in guesses.into_iter().flatten() {
            self.guards[usize::from(guard)].1.warm(id);
        }
    }
}
