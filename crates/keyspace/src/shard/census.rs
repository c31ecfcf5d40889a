//! Counting the keys of a space, where blind writes leave open what they replace.

use super::Shard;
use crate::owed::Stored;

/// What a shard knows of the number of keys in a space at one moment.
#[derive(Debug)]
pub struct Census {
    /// How many more there are than when the dataset was opened, if `blind` are all new.
    pub created: i64,
    /// Keys that were written although nobody knew whether the store has something at them.
    pub blind: Vec<Box<[u8]>>,
    /// How often the shard had learned that of some key.
    pub(crate) learned: u64,
}

impl Shard {
    pub(crate) fn census(&self, space: u32) -> Census {
        let unknown = self.owed.iter().filter(|(_, owed)| owed.stored == Stored::Unknown);
        let views = unknown.map(|(id, _)| self.view(*id));
        let blind = views.filter(|view| view.space == space).map(|view| Box::from(view.key));
        Census { created: self.created(space), blind: blind.collect(), learned: self.learned() }
    }
}
