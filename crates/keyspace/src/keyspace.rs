//! All shards, and what they share: databases, limits, totals.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use hadal_value::Lsn;
use hadal_value::blocks::StringLimits;
use hadal_value::collection::Limits;
use parking_lot::{Mutex, MutexGuard, RwLock};

use crate::line::Ready;
use crate::presence::Presence;
use crate::save::{Item, SaveBatch};
use crate::shard::{Before, Census, Shard};
use crate::spaces::Spaces;
use crate::txn::mix;
use crate::watch::Flag;
use crate::{Millis, Place, SHARDS, ShardId, UnixMillis};

mod expire;
mod load;

pub use expire::{Swept, SweptHash};
pub use load::Wanted;

/// The time now, read once per batch of commands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// Wall-clock time: expiry.
    pub unix: UnixMillis,
    /// Time since some start, which never goes back: delays and idle times.
    pub monotonic: Millis,
}

impl Moment {
    pub(crate) fn seconds(self) -> u16 {
        (self.monotonic / 1_000) as u16
    }
}

/// However small memory is, an answer may take this.
const ANSWER_BYTES_MIN: usize = 1 << 20;
/// What a string may grow to unless told otherwise: as in Redis.
const VALUE_LEN_MAX: usize = 512 << 20;
/// The part of what may be owed that the pages of one collection may be before they are due at once.
const WAITING_PAGES_SHARE: usize = 32;
/// How many that are at least.
const WAITING_PAGES_MIN: usize = 512;
/// How large a page is, about.
const PAGE_BYTES: usize = 2 << 10;

/// What the keyspace starts with; the limits can be changed later.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Databases that can be selected.
    pub databases: u32,
    /// Seeds the hashes of keys. Part of the dataset: the store's order depends on it.
    pub seed: u64,
    /// How long a change may wait, so that later changes to its key share one save.
    pub save_delay_ms: Millis,
    /// Bytes that entries may take before clean ones are evicted.
    pub bytes_max: usize,
    /// Bytes that changes may owe the store before writers must wait.
    pub owed_bytes_max: usize,
}

/// The object cache: every entry in memory, by shard.
#[derive(Debug)]
pub struct Keyspace {
    shards: Box<[Mutex<Shard>]>,
    spaces: Spaces,
    presence: Presence,
    seed: u64,
    save_delay_ms: AtomicU64,
    bytes: AtomicUsize,
    bytes_max: AtomicUsize,
    owed_bytes: AtomicUsize,
    owed_bytes_max: AtomicUsize,
    evicted: AtomicU64,
    evict_next: AtomicUsize,
    tells_seen: AtomicBool,
    value_len_max: AtomicUsize,
    /// As in the limits: each write of a string asks for it.
    record_string_bytes: AtomicUsize,
    generations: Generations,
    limits: RwLock<Limits>,
    ready: Ready,
    /// Calls that have asked for random numbers.
    drawing: AtomicU64,
}

/// Gives each collection that grows into pages a number that none had before it.
#[derive(Debug)]
pub(crate) struct Generations(AtomicU64);

impl Generations {
    pub(crate) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// A shard, locked. Reports what it grew or shrank by when let go, and makes room if the whole
/// is over its limit.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    keyspace: &'a Keyspace,
    shard: MutexGuard<'a, Shard>,
    bytes: usize,
    owed_bytes: usize,
}

impl Keyspace {
    /// An empty cache.
    pub fn new(options: &Options) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::new(Shard::new(options.seed))).collect(),
            spaces: Spaces::new(options.databases),
            presence: Presence::new(),
            seed: options.seed,
            save_delay_ms: AtomicU64::new(options.save_delay_ms),
            bytes: AtomicUsize::new(0),
            bytes_max: AtomicUsize::new(options.bytes_max),
            owed_bytes: AtomicUsize::new(0),
            owed_bytes_max: AtomicUsize::new(options.owed_bytes_max),
            evicted: AtomicU64::new(0),
            evict_next: AtomicUsize::new(0),
            tells_seen: AtomicBool::new(true),
            value_len_max: AtomicUsize::new(VALUE_LEN_MAX),
            record_string_bytes: AtomicUsize::new(StringLimits::default().record_bytes),
            generations: Generations(AtomicU64::new(1)),
            limits: RwLock::default(),
            ready: Ready::default(),
            drawing: AtomicU64::new(0),
        }
    }

    /// The databases.
    pub fn spaces(&self) -> &Spaces {
        &self.spaces
    }

    /// Which keys the store may hold.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// The seed of the keys' hashes.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Where the random numbers of a call begin: elsewhere than those of any other call, and after
    /// another start than those before it.
    pub(crate) fn random_seed(&self, now: Moment) -> u64 {
        let number = self.drawing.fetch_add(1, Ordering::Relaxed);
        mix(mix(number) ^ now.unix ^ self.seed.rotate_left(32))
    }

    /// Where a key belongs.
    pub fn place(&self, key: &[u8]) -> Place {
        Place::of(key, self.seed)
    }

    /// A number above every generation given so far: what a restart must go on from.
    pub fn next_generation(&self) -> u64 {
        self.generations.0.load(Ordering::Relaxed)
    }

    /// Goes on from what a store says of [`next_generation`](Self::next_generation).
    pub fn restore_generations(&self, next: u64) {
        self.generations.0.fetch_max(next, Ordering::Relaxed);
    }

    /// How large records and pages become, and which encodings are shown.
    pub fn limits(&self) -> Limits {
        *self.limits.read()
    }

    /// Sets [`limits`](Self::limits) for changes from now on.
    pub fn set_collection_limits(&self, limits: Limits) {
        self.record_string_bytes.store(limits.strings.record_bytes, Ordering::Relaxed);
        *self.limits.write() = limits;
    }

    /// Up to which length a string is in its key's record.
    pub(crate) fn record_string_bytes(&self) -> usize {
        self.record_string_bytes.load(Ordering::Relaxed)
    }

    /// Fills `batch` with copies of the shard's entries that are due. Each must later be reported
    /// with [`saved`](Self::saved).
    pub fn poll_save(&self, shard: ShardId, before: Before, batch: &mut SaveBatch) {
        let dead = |space| self.spaces.is_dead(space);
        self.lock(shard).poll_save(shard, before, &dead, batch);
    }

    /// Says what the store holds under a batch of saves that are about to be made.
    pub fn resolved(&self, batch: &SaveBatch) {
        for items in batch.items.chunk_by(|a, b| a.shard == b.shard) {
            let mut shard = self.lock(items[0].shard);
            for Item { slot, stored, .. } in items {
                shard.resolve(*slot, *stored);
            }
        }
    }

    /// Reports the end of a batch of saves. On failure all of it is due again at `retry_at`.
    pub fn saved(&self, batch: &SaveBatch, ok: bool, retry_at: Millis) {
        for items in batch.items.chunk_by(|a, b| a.shard == b.shard) {
            let mut shard = self.lock(items[0].shard);
            for Item { slot, stored, .. } in items {
                shard.saved(*slot, *stored, ok, retry_at);
            }
        }
    }

    /// When the next debt is due.
    pub fn next_due(&self) -> Option<Millis> {
        ShardId::all().filter_map(|shard| self.lock(shard).next_due()).min()
    }

    /// When the next key in memory expires, or a field of one.
    pub fn next_expiry(&self) -> Option<UnixMillis> {
        ShardId::all().filter_map(|shard| self.lock(shard).next_expiry()).min()
    }

    /// The journal must be kept from here on, when it is durable up to `durable`: what came before
    /// is in the store, or does not matter any more.
    pub fn oldest_kept(&self, durable: Lsn) -> Option<Lsn> {
        ShardId::all().filter_map(|shard| self.lock(shard).oldest_kept(durable)).min()
    }

    /// The first effect that is in memory only.
    pub fn oldest_owed(&self) -> Option<Lsn> {
        ShardId::all().filter_map(|shard| self.lock(shard).oldest_owed()).min()
    }

    /// How many more keys of a space there are than when the dataset was opened. A blind write
    /// counts as a new key until it is saved.
    pub fn created(&self, space: u32) -> i64 {
        ShardId::all().map(|shard| self.lock(shard).created(space)).sum()
    }

    /// What a shard knows of the number of keys in a space.
    pub fn census(&self, shard: ShardId, space: u32) -> Census {
        self.lock(shard).census(space)
    }

    /// Whether a shard has learned nothing since `census` of what blind writes replace. Before it
    /// has learned of one, that is not saved.
    pub fn is_fresh(&self, shard: ShardId, census: &Census) -> bool {
        self.lock(shard).learned() == census.learned
    }

    /// Stops watching what the session of `flag` watches under the given places.
    pub fn unwatch(&self, shard: ShardId, flag: &Flag) {
        self.lock(shard).watches.remove(flag);
    }

    /// What a scan of the store cannot see yet: `take` gets every key of a shard that is owed to
    /// the store, with whether it holds anything at `now`.
    pub fn owed_keys(
        &self,
        shard: ShardId,
        space: u32,
        now: UnixMillis,
        take: &mut dyn FnMut(&[u8], bool),
    ) {
        let shard = self.lock(shard);
        shard.owed_keys(space, now).for_each(|(key, exists)| take(key, exists));
    }

    /// Whether entries of `space` owe the store anything, or may still be loaded from it.
    pub fn is_busy(&self, space: u32) -> bool {
        ShardId::all().any(|shard| self.lock(shard).is_busy(space))
    }

    /// Every database with its space, as all effects up to what `last` returns made it.
    pub fn mapping<L>(&self, last: impl FnOnce() -> L) -> (Vec<(u32, u32)>, L) {
        // Databases move under all locks, so one of them holds them still.
        let _still = self.lock(ShardId(0));
        (self.spaces.mapping(), last())
    }

    /// Forgets what is in memory of dead spaces.
    pub fn purge_dead(&self, shard: ShardId) {
        const LOOKS: usize = 1_024;
        let dead = self.spaces.dead();
        let mut from = Some(0);
        while let Some(start) = from {
            from = self.lock(shard).purge(&|space| dead.contains(&space), start, LOOKS);
        }
    }

    /// Evicts clean entries of every shard, as if memory were this full. Returns bytes freed.
    pub fn evict(&self, bytes: usize) -> usize {
        let total = self.bytes().max(1);
        let mut freed = 0;
        for _ in 0..SHARDS {
            if freed >= bytes {
                break;
            }
            let next = self.evict_next.fetch_add(1, Ordering::Relaxed) % SHARDS;
            let mut shard = self.lock(ShardId(next as u8));
            let part = shard.evictable_bytes() as u128 * bytes as u128 / total as u128;
            freed += self.evict_from(&mut shard, part as usize + 1);
        }
        freed
    }

    /// Evicts everything that is clean and not pinned.
    pub fn evict_all(&self) {
        for id in ShardId::all() {
            let mut shard = self.lock(id);
            self.evict_from(&mut shard, usize::MAX);
        }
    }

    fn evict_from(&self, shard: &mut Shard, bytes: usize) -> usize {
        let count = shard.len();
        let freed = shard.evict(bytes);
        self.evicted.fetch_add((count - shard.len()) as u64, Ordering::Relaxed);
        freed
    }

    /// Bytes that entries take.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What one answer may take: a quarter of what the cache has.
    pub(crate) fn answer_bytes_max(&self) -> u64 {
        (self.bytes_max.load(Ordering::Relaxed) / 4).max(ANSWER_BYTES_MIN) as u64
    }

    /// Bytes that changes owe the store.
    pub fn owed_bytes(&self) -> usize {
        self.owed_bytes.load(Ordering::Relaxed)
    }

    /// Whether writers must wait for saves.
    pub fn is_backlogged(&self) -> bool {
        self.owed_bytes() > self.owed_bytes_max.load(Ordering::Relaxed)
    }

    /// Bytes that changes may owe the store before writers must wait.
    pub fn owed_bytes_max(&self) -> usize {
        self.owed_bytes_max.load(Ordering::Relaxed)
    }

    /// Dirty pages of one collection that may wait for the delay of saves. They are one batch, which
    /// is copied more than once on its way: a small part of what may be owed.
    pub(crate) fn waiting_pages_max(&self) -> usize {
        (self.owed_bytes_max() / (WAITING_PAGES_SHARE * PAGE_BYTES)).max(WAITING_PAGES_MIN)
    }

    /// Whether saves should not wait for their delay: half the backlog is owed.
    pub fn is_pressed(&self) -> bool {
        self.owed_bytes() > self.owed_bytes_max.load(Ordering::Relaxed) / 2
    }

    /// Sets the bounds of [`Options::bytes_max`] and [`Options::owed_bytes_max`].
    pub fn set_limits(&self, bytes_max: usize, owed_bytes_max: usize) {
        self.bytes_max.store(bytes_max, Ordering::Relaxed);
        self.owed_bytes_max.store(owed_bytes_max, Ordering::Relaxed);
    }

    /// Whether transactions say which effects they have seen: only replies that wait for the
    /// journal need to know.
    pub fn set_tells_seen(&self, tells: bool) {
        self.tells_seen.store(tells, Ordering::Relaxed);
    }

    /// Bounds the bytes that a string may grow to; 512 MiB at first. Longer ones stay.
    pub fn set_value_len_max(&self, len_max: usize) {
        self.value_len_max.store(len_max, Ordering::Relaxed);
    }

    pub(crate) fn value_len_max(&self) -> usize {
        self.value_len_max.load(Ordering::Relaxed)
    }

    pub(crate) fn tells_seen(&self) -> bool {
        self.tells_seen.load(Ordering::Relaxed)
    }

    /// Bytes that entries may take before clean ones are evicted.
    pub fn bytes_max(&self) -> usize {
        self.bytes_max.load(Ordering::Relaxed)
    }

    /// Sets [`Options::save_delay_ms`] for changes from now on.
    pub fn set_save_delay_ms(&self, delay: Millis) {
        self.save_delay_ms.store(delay, Ordering::Relaxed);
    }

    /// Counts over all shards; locks one after the other.
    pub fn totals(&self) -> Totals {
        let mut totals =
            Totals { evicted: self.evicted.load(Ordering::Relaxed), ..Totals::default() };
        for id in ShardId::all() {
            let shard = self.lock(id);
            totals.entries += shard.len();
            totals.owed += shard.owed_count();
            totals.expiring += shard.expiring_count();
            totals.waited_for += shard.lines.len();
        }
        totals.bytes = self.bytes();
        totals.owed_bytes = self.owed_bytes();
        totals
    }

    pub(crate) fn lock(&self, id: ShardId) -> Locked<'_> {
        let shard = self.shards[id.index()].lock();
        let (bytes, owed_bytes) = (shard.bytes(), shard.owed_bytes());
        Locked { keyspace: self, shard, bytes, owed_bytes }
    }

    /// When a change made now should be saved.
    pub(crate) fn due_at(&self, now: Moment) -> Millis {
        now.monotonic + self.save_delay_ms.load(Ordering::Relaxed)
    }
}

/// Counts over all shards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Entries in memory, known-absent keys and loads included.
    pub entries: usize,
    /// Entries that the store is behind on.
    pub owed: usize,
    /// Keys in memory that have an expiry.
    pub expiring: usize,
    /// Keys that calls wait for.
    pub waited_for: usize,
    /// Bytes that entries take.
    pub bytes: usize,
    /// Bytes that changes owe the store.
    pub owed_bytes: usize,
    /// Entries evicted since the start.
    pub evicted: u64,
}

/// The hash that a shard's table goes by.
pub(crate) fn hash(place: Place, space: u32) -> u32 {
    place.hash as u32 ^ space.wrapping_mul(0x9e37_79b1)
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let keyspace = self.keyspace;
        let mut bytes = self.shard.bytes();
        if bytes > self.bytes
            && keyspace.bytes.load(Ordering::Relaxed) > keyspace.bytes_max.load(Ordering::Relaxed)
        {
            // Leaves as much as came, and a little more until the whole fits again.
            let grown = bytes - self.bytes;
            keyspace.evict_from(&mut self.shard, grown + grown / 8);
            bytes = self.shard.bytes();
        }
        let owed_bytes = self.shard.owed_bytes();
        if bytes != self.bytes {
            keyspace.bytes.fetch_add(bytes.wrapping_sub(self.bytes), Ordering::Relaxed);
        }
        if owed_bytes != self.owed_bytes {
            let change = owed_bytes.wrapping_sub(self.owed_bytes);
            keyspace.owed_bytes.fetch_add(change, Ordering::Relaxed);
        }
    }
}

impl Deref for Locked<'_> {
    type Target = Shard;

    fn deref(&self) -> &Shard {
        &self.shard
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Shard {
        &mut self.shard
    }
}
