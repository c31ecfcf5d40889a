//! Which words of a call are keys, and what becomes of them.

use super::{Spec, Words};

/// What becomes of a key. For [`KeySpec::load`] it decides what is in memory before the handler
/// runs; for [`KeyFlags::access`] it is what Redis reports (`RO`, `RW`, `OW`, `RM`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only looked at.
    Read,
    /// The new value, or the reply, may depend on the old one: load first.
    Update,
    /// The old value is not looked at: a miss costs no read.
    Replace,
    /// Goes away; only whether it existed matters.
    Delete,
}

/// What a command does with the user's data at a key, in Redis's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Returns, copies or uses it.
    Access,
    /// Changes a value that is there.
    Update,
    /// Adds to it without looking at the rest.
    Insert,
    /// Removes from it or all of it.
    Delete,
}

/// A key's flags as `COMMAND INFO` and `COMMAND GETKEYSANDFLAGS` show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFlags {
    /// `RO`, `RW`, `OW` or `RM`; `None` only with `not_key`.
    pub access: Option<Access>,
    /// `access`, `update`, `insert`, `delete`.
    pub data: &'static [Data],
    /// Not a key, but routed like one (a shard channel).
    pub not_key: bool,
    /// The key spec may miss some keys.
    pub incomplete: bool,
    /// Options of the call change the flags.
    pub variable: bool,
}

/// Where the first key of a [`KeySpec`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At this word; the name is word 0.
    Index(usize),
    /// At the word after this one, searched from word `from` on, or backwards from the end
    /// where that is negative.
    Keyword {
        /// Compared without regard to case.
        word: &'static str,
        /// Where the search starts.
        from: isize,
    },
    /// Cannot be said; the command has [`Spec::find_keys`].
    Unknown,
}

/// Which words after the first are keys, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find {
    /// Every `step`th word up to `last`.
    Range {
        /// Counted from the first key; negative counts from the end of the call.
        last: isize,
        /// Distance between keys.
        step: usize,
        /// Where `last` is -1: only the first 1/limit of the words. 0 and 1 mean all.
        limit: usize,
    },
    /// A word says how many there are.
    Counted {
        /// Where the count is, from where the spec begins.
        count: usize,
        /// Where the first key is, from where the spec begins.
        first: usize,
        /// Distance between keys.
        step: usize,
    },
    /// Cannot be said; the command has [`Spec::find_keys`].
    Unknown,
}

/// One group of keys of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// As Redis shows them.
    pub flags: KeyFlags,
    /// What is loaded before the handler runs. Follows `flags.access` unless Redis calls a key
    /// overwritten although whether it exists matters (`SETNX`).
    pub load: Access,
    /// Where they begin.
    pub begin: Begin,
    /// How they go on.
    pub find: Find,
    /// A remark for `COMMAND INFO`; empty for none.
    pub notes: &'static str,
}

/// One key of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Which word it is.
    pub word: usize,
    /// What to load before the handler runs.
    pub load: Access,
    /// What `COMMAND GETKEYSANDFLAGS` shows.
    pub flags: KeyFlags,
}

/// Calls back once per key of a call. It decides what is read from disk before the handler runs,
/// so it must never miss a key; naming one too many only costs a read. It sees words no one has
/// checked yet.
pub type FindKeys = fn(Words<'_>, &mut dyn FnMut(Key));

/// First key, last key and step in the form `COMMAND` has always had. All zero: no keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegacyRange {
    /// Word of the first key.
    pub first: i64,
    /// Word of the last key; negative counts from the end.
    pub last: i64,
    /// Distance between keys.
    pub step: i64,
    /// The range leaves out keys, which only `COMMAND GETKEYS` can tell.
    pub movable: bool,
}

impl Data {
    /// As `COMMAND INFO` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Update => "update",
            Self::Insert => "insert",
            Self::Delete => "delete",
        }
    }
}

impl KeyFlags {
    /// The flags of a key that is `access`ed and whose content suffers `data`.
    pub const fn new(access: Access, data: &'static [Data]) -> Self {
        Self { access: Some(access), data, not_key: false, incomplete: false, variable: false }
    }

    /// The names `COMMAND INFO` shows, in its order.
    pub fn names(&self) -> Vec<&'static str> {
        let access = self.access.map(|access| match access {
            Access::Read => "RO",
            Access::Update => "RW",
            Access::Replace => "OW",
            Access::Delete => "RM",
        });
        let data = [Data::Access, Data::Update, Data::Insert, Data::Delete];
        let data = data.into_iter().filter(|data| self.data.contains(data)).map(Data::name);
        access
            .into_iter()
            .chain(data)
            .chain(self.not_key.then_some("not_key"))
            .chain(self.incomplete.then_some("incomplete"))
            .chain(self.variable.then_some("variable_flags"))
            .collect()
    }
}

impl KeySpec {
    /// One key, the first word after the name.
    pub const fn first(access: Access, data: &'static [Data]) -> Self {
        Self::at(1, access, data)
    }

    /// One key at this word.
    pub const fn at(word: usize, access: Access, data: &'static [Data]) -> Self {
        Self::range(word, 0, 1, access, data)
    }

    /// Every word after the name.
    pub const fn all(access: Access, data: &'static [Data]) -> Self {
        Self::range(1, -1, 1, access, data)
    }

    /// Every second word after the name: `MSET k v k v`.
    pub const fn pairs(access: Access, data: &'static [Data]) -> Self {
        Self::range(1, -1, 2, access, data)
    }

    /// Every `step`th word from `first` on; `last` counts from `first`, or from the end of the
    /// call where it is negative.
    pub const fn range(
        first: usize,
        last: isize,
        step: usize,
        access: Access,
        data: &'static [Data],
    ) -> Self {
        Self::new(Begin::Index(first), Find::Range { last, step, limit: 0 }, access, data)
    }

    /// A count at word `at`, then that many keys: `EVAL script 2 k k arg`.
    pub const fn counted(at: usize, access: Access, data: &'static [Data]) -> Self {
        let find = Find::Counted { count: 0, first: 1, step: 1 };
        Self::new(Begin::Index(at), find, access, data)
    }

    /// Somewhere that only [`Spec::find_keys`] can tell.
    pub const fn unknown(access: Access, data: &'static [Data]) -> Self {
        Self::new(Begin::Unknown, Find::Unknown, access, data)
    }

    /// Any other shape.
    pub const fn new(begin: Begin, find: Find, access: Access, data: &'static [Data]) -> Self {
        Self { flags: KeyFlags::new(access, data), load: access, begin, find, notes: "" }
    }

    /// What is loaded, where that is not what Redis's flag says.
    #[must_use]
    pub const fn load(mut self, load: Access) -> Self {
        self.load = load;
        self
    }

    /// Options of the call change the flags.
    #[must_use]
    pub const fn variable(mut self) -> Self {
        self.flags.variable = true;
        self
    }

    /// There may be keys the spec does not tell.
    #[must_use]
    pub const fn incomplete(mut self) -> Self {
        self.flags.incomplete = true;
        self
    }

    /// Not keys, but routed like keys.
    #[must_use]
    pub const fn not_key(mut self) -> Self {
        self.flags.access = None;
        self.flags.not_key = true;
        self
    }

    /// A remark for `COMMAND INFO`.
    #[must_use]
    pub const fn notes(mut self, notes: &'static str) -> Self {
        self.notes = notes;
        self
    }

    fn each(&self, words: Words<'_>, f: &mut dyn FnMut(Key)) {
        let Some(begin) = self.begin_word(words) else { return };
        let mut key = |word| f(Key { word, load: self.load, flags: self.flags });
        match self.find {
            Find::Range { last: 0, .. } => {
                if begin < words.len() {
                    key(begin);
                }
            }
            Find::Range { last, step, limit } => {
                let last = last_word(begin, last, limit, words.len());
                (begin..=last)
                    .step_by(step.max(1))
                    .take_while(|at| *at < words.len())
                    .for_each(key);
            }
            Find::Counted { count, first, step } => {
                let Some(count) = words.get(begin + count).and_then(|word| parse_count(word))
                else {
                    return;
                };
                let keys = (begin + first..words.len()).step_by(step.max(1)).take(count);
                keys.for_each(key);
            }
            Find::Unknown => {}
        }
    }

    fn begin_word(&self, words: Words<'_>) -> Option<usize> {
        match self.begin {
            Begin::Index(at) => Some(at),
            Begin::Keyword { word, from } => {
                let is_it = |at: &usize| words[*at].eq_ignore_ascii_case(word.as_bytes());
                let found = if from >= 0 {
                    (from.unsigned_abs()..words.len()).find(is_it)
                } else {
                    let start = words.len().saturating_sub(from.unsigned_abs());
                    (0..=start).rev().filter(|at| *at < words.len()).find(is_it)
                };
                found.map(|at| at + 1)
            }
            Begin::Unknown => None,
        }
    }
}

impl Spec {
    /// Calls back with each key of a call and what to load for it. Words need not be checked.
    pub fn each_key<'a>(&self, words: Words<'a>, f: &mut dyn FnMut(&'a [u8], Access)) {
        if self.find_keys.is_none()
            && let [KeySpec { begin: Begin::Index(at), find: Find::Range { last: 0, .. }, .. }] =
                self.keys
        {
            // Most calls have one key in one place: no need to ask around.
            let KeySpec { load, flags, .. } = self.keys[0];
            if let Some(word) = words.get(*at).filter(|_| !flags.not_key) {
                f(word, load);
            }
            return;
        }
        self.find_keys(words, &mut |key| {
            if let Some(word) = words.get(key.word)
                && !key.flags.not_key
            {
                f(word, key.load);
            }
        });
    }

    /// Calls back with each key of a call, shard channels included, as
    /// `COMMAND GETKEYSANDFLAGS` needs them.
    pub fn find_keys(&self, words: Words<'_>, f: &mut dyn FnMut(Key)) {
        if let Some(find) = self.find_keys {
            return find(words, f);
        }
        for spec in self.keys {
            spec.each(words, f);
        }
    }

    /// The keys as the first, last and step that `COMMAND` shows.
    pub fn legacy_range(&self) -> LegacyRange {
        if let [KeySpec { begin: Begin::Index(first), find, flags, .. }] = self.keys
            && let Find::Range { last, step, .. } = *find
        {
            let first = as_int(*first);
            let last = if last < 0 { last as i64 } else { first + last as i64 };
            return LegacyRange { first, last, step: as_int(step), movable: flags.incomplete };
        }
        joined_range(self.keys)
    }
}

/// Redis joins specs that follow one another and gives up on the rest.
fn joined_range(specs: &[KeySpec]) -> LegacyRange {
    let mut joined = LegacyRange::default();
    for spec in specs {
        let (Begin::Index(first), Find::Range { last, step: 1, .. }) = (spec.begin, spec.find)
        else {
            joined.movable = true;
            continue;
        };
        let first = as_int(first);
        if joined.first != 0 && joined.last != first - 1 {
            joined.movable = true;
            continue;
        }
        joined.movable |= spec.flags.incomplete;
        if joined.first == 0 {
            joined.first = first;
        }
        joined.last = if last < 0 { last as i64 } else { first + last as i64 };
        joined.step = 1;
    }
    joined
}

fn as_int(word: usize) -> i64 {
    word.cast_signed() as i64
}

/// The last word that may be a key.
fn last_word(begin: usize, last: isize, limit: usize, words: usize) -> usize {
    if last >= 0 {
        return begin + last.unsigned_abs();
    }
    let end = words.saturating_sub(last.unsigned_abs());
    if last == -1 && limit > 1 {
        let rest = words.saturating_sub(begin);
        return (begin + rest / limit).saturating_sub(1);
    }
    end
}

fn parse_count(word: &[u8]) -> Option<usize> {
    hadal_value::str::parse_int(word).and_then(|count| usize::try_from(count).ok())
}
