//! One data command: at once if its keys are in memory, else after they have been loaded. One that
//! blocks is put in line; one whose answer is larger than memory leaves it to be made in parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hadal_command::{Access, Block, Command, Fault, Stop, Stream};
use hadal_dataset::Load;
use hadal_keyspace::{Committed, LoadFailed, Missing, Moment, Pin, Retry, Txn, Wait, Want};
use hadal_resp::Writer;
use hadal_storage::journal::Refusal;
use hadal_value::Lsn;
use hadal_value::tree::PageId;
use smallvec::SmallVec;

use super::{Driver, Place, Streaming};

/// Bytes of the journal's queue from which writers wait for it.
const PENDING_BYTES_MAX: usize = 32 << 20;

/// How often everything is saved so that less must be copied for an answer in parts.
const SAVES_MAX: usize = 3;

/// Nothing to wait for.
pub(super) const NOTHING: Committed = Committed { lsn: Lsn::NONE, seen: Lsn::NONE };

/// A call of a data command whose arity has been checked.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What is called.
    pub command: &'static Command,
    /// The database that is selected.
    pub db: u32,
    /// The call, its name included.
    pub words: &'a [&'a [u8]],
}

impl<'a> Call<'a> {
    /// Its keys, in the order in which its words name them.
    pub(super) fn keys(&self) -> SmallVec<[&'a [u8]; 4]> {
        let mut keys = SmallVec::new();
        self.command.spec.each_key(self.words, &mut |key, _| keys.push(key));
        keys
    }

    /// Runs the handler once. One that does not come to an end leaves no reply, one that fails its
    /// error.
    pub(super) fn answer(&self, txn: &mut Txn<'_>, out: &mut Writer) -> Result<(), Unmet> {
        let start = out.mark();
        let Err(stop) = (self.command.run)(txn, self.words, out) else { return Ok(()) };
        out.truncate(start);
        match stop {
            Stop::Fault(fault) => {
                fault.write(out);
                Ok(())
            }
            Stop::Miss => Err(Unmet::Miss),
            Stop::Block(block) => {
                assert!(txn.may_block(), "{} blocks where it may not", self.command.spec.name);
                Err(Unmet::Held(Hold::Block(block)))
            }
            Stop::Stream(stream) => {
                assert!(txn.may_stream(), "{} streams where it may not", self.command.spec.name);
                Err(Unmet::Held(Hold::Stream(stream)))
            }
        }
    }
}

/// What keeps a handler from coming to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unmet {
    Miss,
    Held(Hold),
}

/// What must be done before the locks of a call go that has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// To put it in line.
    Block(Block),
    /// To keep what its answer will be made of.
    Stream(Box<Stream>),
}

/// A call for which that has been done.
enum Held<'a> {
    InLine(Place<'a>),
    /// `None`: too much would have had to be copied.
    Streams(Option<Streaming>),
}

/// What must be loaded before a handler can run.
pub(super) type Missed = Vec<Missing>;

/// Why a call has no answer yet.
#[derive(Debug)]
pub(super) enum Unanswered<H> {
    Missed(Missed),
    /// What came of the call's hold, and what it has seen.
    Held(H, Committed),
}

/// How [`Driver::run`] ends.
#[derive(Debug)]
pub enum Ended<'a> {
    /// The reply is written; it depends on this.
    Answered(Committed),
    /// The call is in line, and will have its reply there.
    Blocked(Place<'a>),
    /// The reply is made in parts; it depends on this.
    Streams(Streaming, Committed),
}

/// How far [`Driver::try_run`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// The reply is written.
    Done(Committed),
    /// Something must be loaded first, or writers must wait, or the call blocks, or its answer is
    /// made in parts: [`Driver::run`] does that.
    Waiting,
}

/// Buffers that a session's calls use again and again.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) effects: Vec<u8>,
}

/// Entries that must stay in memory until the commands which want them have run.
#[derive(Debug, Default)]
pub struct Pins(pub(super) Vec<Pin>);

/// Counts a command as waiting for as long as it lives.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    pub(super) fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Gives pins back when a call ends, or when its client has gone.
pub(super) struct Pinned<'a> {
    pub(super) driver: &'a Driver,
    pub(super) pins: Pins,
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        self.driver.release(&mut self.pins);
    }
}

impl Driver {
    /// Look-ahead: starts the loads of the call's keys that are not in memory and waits for none.
    pub fn preload(&self, call: &Call<'_>, now: Moment, pins: &mut Pins) {
        call.command.spec.each_key(call.words, &mut |key, access| {
            if access != Access::Replace {
                self.start_load(call.db, key, None, now, pins);
            }
        });
    }

    /// Lets entries leave memory again.
    pub fn release(&self, pins: &mut Pins) {
        pins.0.drain(..).for_each(|pin| self.dataset.keyspace().unpin(&pin));
    }

    /// Runs the call if its keys are in memory; starts their loads if they are not.
    pub fn try_run(
        &self,
        call: &Call<'_>,
        now: Moment,
        scratch: &mut Scratch,
        out: &mut Writer,
    ) -> Ran {
        if call.command.spec.writes() {
            if let Err(refusal) = self.dataset.accepts_write(call.command.spec.grows()) {
                out.error(refusal_text(refusal));
                return Ran::Done(NOTHING);
            }
            if self.is_backlogged() {
                return Ran::Waiting;
            }
        }
        let (mut pins, mut retry) = (Pins::default(), Retry::default());
        let ran = loop {
            match self.attempt(call, &mut retry, now, scratch, out, |_, _, _| ()) {
                Ok(committed) => break Ran::Done(committed),
                Err(Unanswered::Missed(missed)) => {
                    // A handler stops at the first key that it misses: the others are read meanwhile.
                    self.preload(call, now, &mut pins);
                    if !self.start_loads(&missed, now, &mut pins) {
                        break Ran::Waiting;
                    }
                }
                Err(Unanswered::Held((), _)) => break Ran::Waiting,
            }
        };
        self.release(&mut pins);
        ran
    }

    /// Runs the call, after whatever it has to wait for. Ends with a reply, with a place in line,
    /// or with what the reply is made of.
    pub async fn run(&self, call: &Call<'_>, scratch: &mut Scratch, out: &mut Writer) -> Ended<'_> {
        let mut pinned = Pinned { driver: self, pins: Pins::default() };
        let _waiting = Waiting::new(&self.counters.waiting);
        let (mut retry, mut saves) = (Retry::default(), 0);
        loop {
            if call.command.spec.writes()
                && let Err(refusal) = self.room(call.command.spec.grows()).await
            {
                out.error(refusal_text(refusal));
                return Ended::Answered(NOTHING);
            }
            let hold = |txn: &mut Txn<'_>, hold, out: &Writer| match hold {
                Hold::Block(block) => Held::InLine(self.join_line(txn, call, block, out)),
                Hold::Stream(stream) => Held::Streams(self.freeze(txn, call, *stream, saves)),
            };
            let now = self.moment();
            let missed = match self.attempt(call, &mut retry, now, scratch, out, hold) {
                Ok(committed) => return Ended::Answered(committed),
                Err(Unanswered::Held(Held::InLine(place), _)) => return Ended::Blocked(place),
                Err(Unanswered::Held(Held::Streams(Some(streaming)), committed)) => {
                    return Ended::Streams(streaming, committed);
                }
                Err(Unanswered::Held(Held::Streams(None), _)) => {
                    saves += 1;
                    if saves > SAVES_MAX || self.save_owed().await.is_err() {
                        Fault::TooLarge.write(out);
                        return Ended::Answered(NOTHING);
                    }
                    continue;
                }
                Err(Unanswered::Missed(missed)) => missed,
            };
            self.preload(call, now, &mut pinned.pins);
            if let Err(failed) = self.load_all(&missed, &mut pinned.pins).await {
                out.error(failure_text(failed));
                return Ended::Answered(NOTHING);
            }
        }
    }

    /// Runs the handler once. If it is to be held, `keep` is called before the locks go.
    fn attempt<H>(
        &self,
        call: &Call<'_>,
        retry: &mut Retry,
        now: Moment,
        scratch: &mut Scratch,
        out: &mut Writer,
        keep: impl FnOnce(&mut Txn<'_>, Hold, &Writer) -> H,
    ) -> Result<Committed, Unanswered<H>> {
        let keys = call.keys();
        let names = keys.iter().copied();
        let mut txn = self.begin_again(call.db, &names, retry, now, &mut scratch.effects);
        txn.let_block();
        txn.let_stream();
        match call.answer(&mut txn, out) {
            Ok(()) => {
                self.counters.asked.fetch_add(keys.len() as u64, Ordering::Relaxed);
                Ok(self.commit(txn))
            }
            Err(Unmet::Miss) => {
                let missed = txn.suspend(retry);
                assert!(!missed.is_empty(), "a handler missed a key without asking for it");
                self.commit(txn);
                Err(Unanswered::Missed(missed))
            }
            Err(Unmet::Held(hold)) => {
                let kept = keep(&mut txn, hold, out);
                Err(Unanswered::Held(kept, self.commit(txn)))
            }
        }
    }

    /// Starts the loads of what is missing. Whether nothing is left to wait for.
    pub(super) fn start_loads(&self, missed: &[Missing], now: Moment, pins: &mut Pins) -> bool {
        let mut all_known = true;
        for missing in missed {
            all_known &= self.start_load_of(missing, None, now, pins);
        }
        all_known
    }

    /// Waits until all that is missing has been loaded, and pins it.
    pub(super) async fn load_all(
        &self,
        missed: &[Missing],
        pins: &mut Pins,
    ) -> Result<(), LoadFailed> {
        let wait = Arc::new(Wait::default());
        let now = self.moment();
        for missing in missed {
            self.start_load_of(missing, Some(&wait), now, pins);
        }
        std::future::poll_fn(|context| wait.poll(context)).await
    }

    /// Starts the load of a key unless it is in memory or under way. Whether nothing is left to
    /// wait for: filters often know that a key is absent, without a read and without a thread.
    pub(super) fn start_load(
        &self,
        db: u32,
        key: &[u8],
        wait: Option<&Arc<Wait>>,
        now: Moment,
        pins: &mut Pins,
    ) -> bool {
        let place = self.dataset.keyspace().want(db, key, wait, now);
        self.lead_load(place, key, None, now, pins)
    }

    /// As [`start_load`](Self::start_load), of a key or of a page.
    fn start_load_of(
        &self,
        missing: &Missing,
        wait: Option<&Arc<Wait>>,
        now: Moment,
        pins: &mut Pins,
    ) -> bool {
        let Missing { db, key, page } = missing;
        let Some(page) = *page else { return self.start_load(*db, key, wait, now, pins) };
        let place = self.dataset.keyspace().want_page(*db, key, page, wait, now);
        self.lead_load(place, key, Some(page), now, pins)
    }

    fn lead_load(
        &self,
        want: Want,
        key: &[u8],
        page: Option<PageId>,
        now: Moment,
        pins: &mut Pins,
    ) -> bool {
        match want {
            Want::Ready => true,
            Want::Loading(pin) => {
                pins.0.push(pin);
                false
            }
            Want::Lead(pin, ticket, space) => {
                if page.is_none() {
                    self.counters.misses.fetch_add(1, Ordering::Relaxed);
                }
                pins.0.push(pin);
                if page.is_some() || self.dataset.may_be_stored(space, key) {
                    self.io.push(Load { ticket, space, key: key.into(), page });
                    return false;
                }
                self.dataset.loaded_absent(&ticket, now);
                true
            }
        }
    }

    pub(super) fn is_backlogged(&self) -> bool {
        self.dataset.keyspace().is_backlogged()
            || self.dataset.journal().pending_bytes() > self.pending_bytes_max()
    }

    /// What may wait for the journal: less where memory is small.
    fn pending_bytes_max(&self) -> usize {
        PENDING_BYTES_MAX.min(self.dataset.keyspace().owed_bytes_max() / 4)
    }

    /// Waits until there is room for another write, which may make the dataset larger or not.
    pub(super) async fn room(&self, grows: bool) -> Result<(), Refusal> {
        loop {
            let told = self.room.notified();
            self.dataset.accepts_write(grows)?;
            if !self.is_backlogged() {
                return Ok(());
            }
            // A full store takes nothing off the backlog.
            self.dataset.accepts()?;
            self.saves.hurry();
            told.await;
        }
    }
}

/// What a handler that missed something has to have loaded.
pub(super) fn missed(txn: &mut Txn<'_>) -> Missed {
    let missed = txn.take_missed();
    assert!(!missed.is_empty(), "a handler missed a key without asking for it");
    missed
}

/// What a client is told when writes are refused.
pub(crate) fn refusal_text(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Full => {
            "MISCONF The disk is full: writes are refused until there is room, reads go on."
        }
        Refusal::Failed => {
            "MISCONF Changes could not be made durable: writes are refused until a restart, reads go on. See the log."
        }
    }
}

/// What a client is told when a key could not be loaded.
pub(crate) fn failure_text(failed: LoadFailed) -> &'static str {
    match failed {
        LoadFailed::Corrupt => "IOERR What is stored at the key is damaged. See the log.",
        LoadFailed::Unavailable => "IOERR The key could not be read from the disk. Try again.",
    }
}
