//! Several changes that happen together: all of them, in their order, or none.

use std::fmt;
use std::ops::Range;

/// One change of a [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op<'a> {
    /// `value` is at `key` from now on.
    Put {
        /// Where.
        key: &'a [u8],
        /// The whole new value.
        value: &'a [u8],
    },
    /// Nothing is at `key` from now on.
    Delete {
        /// Where.
        key: &'a [u8],
    },
}

/// An ordered list of changes for [`Store::apply`](crate::Store::apply), kept in one buffer.
///
/// The same key may occur more than once: the last change wins. [`Batch::clear`] keeps the memory,
/// so a batch that is filled again and again allocates nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Batch {
    bytes: Vec<u8>,
    ops: Vec<Slots>,
}

/// Where in the buffer one change ends; it starts where the one before it ended.
#[derive(Clone, PartialEq, Eq)]
struct Slots {
    key: Range<usize>,
    value: Option<Range<usize>>,
}

impl Batch {
    /// An empty batch; allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        let key = self.push(key);
        let value = self.push(value);
        self.ops.push(Slots { key, value: Some(value) });
    }

    /// Removes whatever is at `key`.
    pub fn delete(&mut self, key: &[u8]) {
        let key = self.push(key);
        self.ops.push(Slots { key, value: None });
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Bytes of all keys and values: what the batch costs a store, overhead aside.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets the changes and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ops.clear();
    }

    /// Gives back what memory there is beyond `bytes` of each kind.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.bytes.shrink_to(bytes);
        self.ops.shrink_to(bytes / size_of::<Slots>());
    }

    /// The changes in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Op<'_>> {
        self.ops.iter().map(|slots| {
            let key = self.slice(&slots.key);
            match &slots.value {
                Some(value) => Op::Put { key, value: self.slice(value) },
                None => Op::Delete { key },
            }
        })
    }

    fn push(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).expect("a slot lies within the buffer it was cut from")
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_back_in_the_order_they_were_added() {
        let mut batch = Batch::new();
        batch.put(b"a", b"1");
        batch.delete(b"a");
        batch.put(b"", b"");
        assert_eq!(
            batch.iter().collect::<Vec<_>>(),
            [
                Op::Put { key: b"a", value: b"1" },
                Op::Delete { key: b"a" },
                Op::Put { key: b"", value: b"" },
            ]
        );
        assert_eq!((batch.len(), batch.bytes()), (3, 3));
    }

    #[test]
    fn a_cleared_batch_holds_nothing() {
        let mut batch = Batch::new();
        batch.put(b"a", b"1");
        batch.clear();
        assert!(batch.is_empty());
        assert_eq!(batch, Batch::new());
        assert_eq!(batch.bytes(), 0);
    }
}
