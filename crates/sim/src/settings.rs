//! What a run is like, before anything happens in it.

use std::path::PathBuf;

use hadal_dataset::Options;
use hadal_storage::journal;
use hadal_value::blocks::StringLimits;
use hadal_value::collection::Limits;
use hadal_value::tree::PageLimits;

use crate::act::Sizes;
use crate::dice::Dice;

/// Databases of the simulated dataset.
pub(crate) const DATABASES: u32 = 2;

/// The settings of one run.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) clients: usize,
    pub(crate) workload: Workload,
    pub(crate) steps: u32,
    /// Replies wait for the sync of what they depend on.
    pub(crate) always: bool,
    /// A call of the store fails once in so many; 0 never.
    pub(crate) store_fails_one_in: u64,
    /// Something of the journal's files fails once in so many steps; 0 never.
    pub(crate) files_fail_one_in: u64,
    /// The power goes, or the process ends, once in so many steps; 0 never.
    pub(crate) crash_one_in: u64,
    /// What else happens while a call of the store is under way: once in so many calls.
    pub(crate) meanwhile_one_in: u64,
    pub(crate) dataset: Options,
}

/// What clients do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    pub(crate) keys: u8,
    /// Longest string that is usually written.
    pub(crate) value_len: u64,
    pub(crate) sizes: Sizes,
    /// So many calls of a hundred are on collections.
    pub(crate) acts_percent: u64,
}

impl Workload {
    fn draw(dice: &Dice) -> Self {
        Self {
            keys: dice.pick(&[3, 5, 10, 20]),
            value_len: dice.pick(&[8, 40, 200]),
            sizes: Sizes::draw(dice),
            acts_percent: dice.pick(&[0, 50, 80, 80]),
        }
    }
}

impl Settings {
    pub(crate) fn draw(dice: &Dice) -> Self {
        let segment_bytes = dice.pick(&[600, 1_500, 4_000, 20_000]);
        let journal = journal::Options {
            segment_bytes,
            reserve_bytes: dice.pick(&[0, 200, 500]),
            ..journal::Options::default()
        };
        Self {
            clients: 1 + dice.index(6),
            workload: Workload::draw(dice),
            steps: 200 + dice.below(1_300) as u32,
            always: dice.one_in(2),
            store_fails_one_in: dice.pick(&[0, 5, 20, 100]),
            files_fail_one_in: dice.pick(&[0, 0, 60, 200]),
            crash_one_in: dice.pick(&[0, 30, 100, 100]),
            meanwhile_one_in: dice.pick(&[2, 4, 10]),
            dataset: Options {
                journal_dir: PathBuf::from("/journal"),
                journal,
                databases: DATABASES,
                save_delay_ms: dice.pick(&[0, 50, 1_000]),
                bytes_max: dice.pick(&[0, 1_000, 4_000, usize::MAX]),
                owed_bytes_max: dice.pick(&[600, 3_000, usize::MAX]),
                lookup_threads: 1,
                collections: draw_limits(dice),
            },
        }
    }
}

/// Pages that a few elements fill, so that collections of a hundred have levels of them, and
/// strings of a few bytes in several blocks.
fn draw_limits(dice: &Dice) -> Limits {
    let strings = StringLimits {
        record_bytes: dice.pick(&[0, 10, 60, 1 << 20]),
        block_bytes: 4 + dice.below(40) as u32,
    };
    let (root_bytes, page_bytes) = (60 + dice.below(241) as usize, 40 + dice.below(81) as usize);
    Limits { pages: PageLimits { root_bytes, page_bytes }, strings, ..Limits::default() }
}
