//! Which keys hold values with pages, and what becomes of these.

use hadal_keyspace::Txn;
use hadal_value::{Kind, Lsn};

use crate::play::Play;

/// What a call has left at a key.
#[derive(Debug)]
pub(crate) struct Left {
    db: u32,
    key: Vec<u8>,
    found: Option<Kind>,
    /// Of its pages; 0 if it has none.
    generation: u64,
}

/// What there is at these keys, all of which are in memory.
pub(crate) fn pages_of(txn: &mut Txn<'_>, names: &[(u32, Vec<u8>)]) -> Vec<Left> {
    let look = |(db, key): &(u32, Vec<u8>)| {
        let peek = txn.with_db(*db, |txn| {
            txn.peek(key)
                .ok()
                .flatten()
                .map(|found| (found.kind, hadal_value::generation(found.kind, found.value)))
        });
        let (found, generation) = (peek.map(|(kind, _)| kind), peek.map_or(0, |(_, it)| it));
        Left { db: *db, key: key.clone(), found, generation }
    };
    names.iter().map(look).collect()
}

impl Play {
    /// Marks what has become of pages, by a call that is the effect at `lsn`, if it is one.
    pub(crate) fn note_pages(&mut self, all: Vec<Left>, lsn: Lsn) {
        let dataset = self.dataset();
        for Left { db, key, found, generation } in all {
            let at = (dataset.keyspace().spaces().of(db), key);
            let old = self.paged.get(&at).copied().unwrap_or(0);
            match (old, generation, found) {
                (0, 1.., Some(Kind::LongString)) => self.trace.mark("a string grew into blocks"),
                (1.., 1.., Some(Kind::LongString)) if old != generation => {
                    self.trace.mark("a long string took the place of a value with pages");
                }
                (0, 1.., _) => self.trace.mark("a collection grew into pages"),
                (1.., 0, None) => self.trace.mark("a collection with pages was deleted"),
                (1.., 0, Some(Kind::String)) => {
                    self.trace.mark("a collection with pages was overwritten");
                }
                (1.., 0, Some(_)) => self.trace.mark("a collection shrank back into its record"),
                _ => {}
            }
            if generation == 0 {
                self.paged.remove(&at);
            } else {
                if lsn > Lsn::NONE && self.store.witness().is_saving(generation) {
                    self.trace.mark("a collection changed while its pages were saved");
                }
                self.paged.insert(at, generation);
            }
        }
    }
}
