//! The handlers alone: no socket, no clock, no disk.

use std::time::Duration;

use hadal_command::testing::Dataset;
use hadal_resp::{Proto, Writer};
use hadal_value::blocks::StringLimits;
use hadal_value::collection::Limits;

use super::{Judge, print};

/// Far from both ends of what a clock can say.
pub(crate) const NOW: u64 = 1_700_000_000_000;

/// An empty dataset, which may be made to forget: then each command finds in memory only what it
/// has asked for.
pub(crate) struct Pure {
    dataset: Dataset,
    forgetful: bool,
}

impl Pure {
    pub(crate) fn new(unix_millis: u64, forgetful: bool) -> Self {
        Self { dataset: Dataset::new(unix_millis), forgetful }
    }

    /// One that forgets, and has strings of more than so many bytes in blocks of a few bytes.
    pub(crate) fn in_blocks(unix_millis: u64, record_bytes: usize) -> Self {
        let mut pure = Self::new(unix_millis, true);
        let strings = StringLimits { record_bytes, block_bytes: 3 };
        pure.dataset.set_limits(Limits { strings, ..Limits::default() });
        pure
    }
}

impl Judge for Pure {
    fn run(&mut self, connection: usize, words: &[Vec<u8>]) -> Vec<String> {
        assert_eq!(connection, 1, "only a server has connections");
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let mut reply = Writer::new(Proto::Resp2);
        self.dataset.run_on(0, &words, &mut reply);
        if self.forgetful {
            self.dataset.cool();
        }
        let mut wire = reply.as_slice();
        let printed = print::parse(&mut wire).expect("a handler replies").lines();
        assert!(wire.is_empty(), "{words:?} replied twice");
        printed
    }

    fn pass(&mut self, time: Duration) {
        self.dataset.pass(u64::try_from(time.as_millis()).expect("a short while"));
    }

    fn release(&self) -> (u32, u32) {
        (8, 0)
    }
}
