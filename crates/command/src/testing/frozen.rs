//! Answers made part by part, with one stored page in memory at a time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use hadal_keyspace::{Image, Opened};
use hadal_resp::Writer;
use hadal_value::tree::{Absent, PageId, Pages};

use crate::stream::{Broken, Stream, Written};

/// Pages at rest, by database space.
pub(super) type Stored = BTreeMap<(u32, PageId), Vec<u8>>;

/// The pages of a collection as they were: copied, or stored.
struct Frozen<'a> {
    image: &'a Image,
    stored: &'a Stored,
    /// Stored pages that are in memory.
    present: RefCell<Vec<PageId>>,
    wanted: Cell<Option<PageId>>,
}

impl Pages for Frozen<'_> {
    fn page(&self, id: PageId) -> Result<&[u8], Absent> {
        if let Some(copied) = self.image.pages.get(&id) {
            return Ok(copied);
        }
        if !self.is_present(id) {
            self.wanted.set(Some(id));
            return Err(Absent);
        }
        Ok(self.stored.get(&(self.image.space, id)).expect("a page that is named is stored"))
    }

    fn is_present(&self, id: PageId) -> bool {
        self.present.borrow().contains(&id)
    }
}

/// Writes the rest of an answer. Returns the lengths of its parts.
pub(super) fn write(
    mut stream: Stream,
    image: &Image,
    stored: &Stored,
    reply: &mut Writer,
) -> Vec<usize> {
    let frozen = Frozen { image, stored, present: RefCell::default(), wanted: Cell::default() };
    let opened = Opened::new(&image.payload, &frozen, image.seed);
    let (mut parts, mut part) = (Vec::new(), Writer::new(reply.proto()));
    loop {
        match stream.write(&opened, &mut part) {
            Err(Broken::Absent) => {
                let wanted = frozen.wanted.take().expect("something absent is wanted");
                frozen.present.borrow_mut().push(wanted);
            }
            Err(Broken::Damaged) => panic!("a collection has fewer elements than it says"),
            Ok(written) => {
                reply.raw(part.as_slice());
                parts.push(part.len());
                part.clear();
                frozen.present.borrow_mut().clear();
                if written == Written::Last {
                    return parts;
                }
            }
        }
    }
}
