//! Runs data commands without a server, a clock or a disk.

mod frozen;

use std::collections::{BTreeMap, HashMap};

use hadal_keyspace::{
    Before, Keyspace, Loaded, Missing, Moment, Options, Retry, SaveBatch, ShardId, Stored, Want,
};
use hadal_resp::{Proto, Writer};
use hadal_value::collection::Limits;
use hadal_value::tree::PageId;
use hadal_value::{Lsn, Record};

use crate::{
    fault::{Fault, Stop},
    spec::{Access, Words},
    table::{Command, table},
};

/// How often a command may find a key missing before it is called a bug.
const TRIES_MAX: usize = 10;

/// A dataset with a store that is a map, and a clock that stands still until told otherwise.
#[derive(Debug)]
pub struct Dataset {
    commands: HashMap<&'static str, &'static Command>,
    keyspace: Keyspace,
    stored: BTreeMap<(u32, Vec<u8>), Vec<u8>>,
    pages: frozen::Stored,
    now: Moment,
    last: Lsn,
    loads: usize,
    streams: bool,
    parts: Vec<usize>,
}

impl Dataset {
    /// An empty dataset at this time.
    pub fn new(unix_millis: u64) -> Self {
        let options = Options {
            databases: 16,
            seed: 1,
            save_delay_ms: 0,
            bytes_max: usize::MAX,
            owed_bytes_max: usize::MAX,
        };
        Self {
            commands: table().map(|command| (command.spec.name, command)).collect(),
            keyspace: Keyspace::new(&options),
            stored: BTreeMap::new(),
            pages: BTreeMap::new(),
            now: Moment { unix: unix_millis, monotonic: 1_000_000 },
            last: Lsn::NONE,
            loads: 0,
            streams: false,
            parts: Vec::new(),
        }
    }

    /// Runs one command on the first database; the reply as RESP2.
    pub fn run(&mut self, words: Words<'_>) -> Vec<u8> {
        let mut reply = Writer::new(Proto::Resp2);
        self.run_on(0, words, &mut reply);
        reply.take()
    }

    /// Runs one command on a database.
    pub fn run_on(&mut self, db: u32, words: Words<'_>, reply: &mut Writer) {
        if let Err(fault) =
            self.find(words).and_then(|command| self.call(command, db, words, reply))
        {
            fault.write(reply);
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, millis: u64) {
        self.now.unix += millis;
        self.now.monotonic += millis;
    }

    /// Changes how much memory there is for keys.
    pub fn set_memory(&mut self, bytes: usize) {
        self.keyspace.set_limits(bytes, usize::MAX);
    }

    /// Changes how large records and pages become.
    pub fn set_limits(&mut self, limits: Limits) {
        self.keyspace.set_collection_limits(limits);
    }

    /// From here on answers that are too large at once are made part by part, not refused.
    pub fn let_stream(&mut self) {
        self.streams = true;
    }

    /// The lengths of the parts of the last answer that was made of parts.
    pub fn parts(&self) -> &[usize] {
        &self.parts
    }

    /// Saves everything and keeps nothing in memory: what is used next must be loaded.
    pub fn cool(&mut self) {
        for shard in ShardId::all() {
            self.save(shard);
        }
        self.keyspace.evict_all();
    }

    /// How many keys were asked of the store so far.
    pub fn loads(&self) -> usize {
        self.loads
    }

    /// Everything in the store, by database space and key, as bytes at rest.
    pub fn stored(&self) -> &BTreeMap<(u32, Vec<u8>), Vec<u8>> {
        &self.stored
    }

    /// The command that words call, if it is a call that may be made.
    fn find(&self, words: Words<'_>) -> Result<&'static Command, Fault> {
        let lower = |at: usize| {
            String::from_utf8_lossy(words.get(at).copied().unwrap_or_default()).to_lowercase()
        };
        let name = lower(0);
        let subcommand = self.commands.get(format!("{name}|{}", lower(1)).as_str());
        let command = subcommand.or_else(|| self.commands.get(name.as_str()));
        let command =
            *command.ok_or_else(|| Fault::Said(format!("ERR unknown command '{name}'")))?;
        if command.spec.arity.accepts(words.len()) {
            Ok(command)
        } else {
            Err(Fault::wrong_arity(&command.spec))
        }
    }

    fn call(
        &mut self,
        command: &Command,
        db: u32,
        words: Words<'_>,
        reply: &mut Writer,
    ) -> Result<(), Fault> {
        let mut keys = Vec::new();
        let mut wanted = Vec::new();
        command.spec.each_key(words, &mut |key, access| {
            keys.push(key);
            if access != Access::Replace {
                wanted.push(Missing { db, key: key.into(), page: None });
            }
        });
        let mark = reply.mark();
        let mut retry = Retry::default();
        for _ in 0..TRIES_MAX {
            for missing in wanted.drain(..) {
                match missing.page {
                    None => self.load(missing.db, &missing.key),
                    Some(page) => self.load_page(missing.db, &missing.key, page),
                }
            }
            let mut effects = Vec::new();
            let keys = keys.iter().copied();
            let mut txn = self.keyspace.begin_again(db, keys, &retry, self.now, &mut effects);
            if self.streams {
                txn.let_stream();
            }
            let result = (command.run)(&mut txn, words, reply);
            let streams = matches!(result, Err(Stop::Stream(_)));
            let image = streams.then(|| txn.freeze(words[1]));
            wanted = txn.suspend(&mut retry);
            let next = Lsn(self.last.0 + 1);
            if txn.commit(|_| next).lsn == next {
                self.last = next;
            }
            match result {
                Ok(()) => return Ok(()),
                Err(Stop::Fault(fault)) => {
                    reply.truncate(mark);
                    return Err(fault);
                }
                Err(Stop::Miss) => reply.truncate(mark),
                Err(Stop::Block(_)) => panic!("{} may not block here", command.spec.name),
                Err(Stop::Stream(stream)) => {
                    reply.truncate(mark);
                    let image = image.expect("taken above");
                    self.parts = frozen::write(*stream, &image, &self.pages, reply);
                    return Ok(());
                }
            }
        }
        panic!("{} still misses a key", command.spec.name);
    }

    fn load(&mut self, db: u32, key: &[u8]) {
        let (pin, ticket, space) = match self.keyspace.want(db, key, None, self.now) {
            Want::Ready => return,
            Want::Lead(pin, ticket, space) => (pin, ticket, space),
            Want::Loading(pin) => panic!("{pin:?}: nobody else loads"),
        };
        self.loads += 1;
        let bytes = self.stored.get(&(space, key.to_vec()));
        let found: Loaded<'_> =
            Ok(bytes.map(|bytes| Record::decode(bytes).expect("it was saved like this")));
        self.keyspace.loaded(&ticket, found, self.now);
        self.keyspace.unpin(&pin);
    }

    fn load_page(&mut self, db: u32, key: &[u8], page: PageId) {
        let (pin, ticket, space) = match self.keyspace.want_page(db, key, page, None, self.now) {
            Want::Ready => return,
            Want::Lead(pin, ticket, space) => (pin, ticket, space),
            Want::Loading(pin) => panic!("{pin:?}: nobody else loads"),
        };
        self.loads += 1;
        let bytes = self.pages.get(&(space, page)).expect("a page that its root names was saved");
        hadal_value::check_page(page, bytes).expect("it was saved like this");
        self.keyspace.loaded_page(&ticket, Ok(bytes.clone()), self.now);
        self.keyspace.unpin(&pin);
    }

    fn save(&mut self, shard: ShardId) {
        let mut batch = SaveBatch::new(usize::MAX);
        self.keyspace.poll_save(shard, Before::ALL, &mut batch);
        let mut found = Vec::new();
        for (number, save) in batch.iter().enumerate() {
            let at = (save.space, save.key.to_vec());
            if save.stored == Stored::Unknown {
                let record = self
                    .stored
                    .get(&at)
                    .map(|bytes| Record::decode(bytes).expect("it was saved like this"));
                found.push((number, Stored::from(record)));
            }
            match save.record {
                Some(record) => _ = self.stored.insert(at, record.to_vec()),
                None => _ = self.stored.remove(&at),
            }
        }
        for page in batch.pages() {
            let at = (page.space, page.id);
            match page.bytes {
                Some(bytes) => _ = self.pages.insert(at, bytes.to_vec()),
                None => _ = self.pages.remove(&at),
            }
        }
        for (number, stored) in found {
            batch.set_stored(number, stored);
        }
        self.keyspace.saved(&batch, true, 0);
    }
}
