//! Why a command did not happen, and the exact text clients get for it.

use std::{
    borrow::Cow,
    fmt::{self, Display},
};

use hadal_keyspace::{Denied, Millis, Miss};
use hadal_resp::Writer;
use hadal_value::Kind;
use hadal_value::tree::Absent;

use crate::spec::{Spec, Words};
use crate::stream::Stream;

/// How a handler ends when it does not end in a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The client's mistake, or a limit: an error reply.
    Fault(Fault),
    /// A key is not in memory: load it and run the handler again from the start.
    Miss,
    /// There is nothing to answer yet, and nothing has been changed: run the handler again from
    /// the start when one of the keys that it takes something from may have it. Only where
    /// [`Txn::may_block`](hadal_keyspace::Txn::may_block) allows it.
    Block(Block),
    /// The answer is larger than what may be in memory at once: it is to be made part by part, of
    /// the collection at the call's only key as it is under these locks. Only where
    /// [`Txn::may_stream`](hadal_keyspace::Txn::may_stream) allows it.
    Stream(Box<Stream>),
}

/// What a blocked call waits for, and how long. When its time is up the answer is a null array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// A value of this kind, at any of its keys.
    pub awaits: Kind,
    /// `None`: for ever.
    pub timeout_ms: Option<Millis>,
}

/// The client's mistake. Counted and replied to, never logged above debug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too few or too many words; the full name of the command.
    WrongArity(&'static str),
    /// A container was called with a subcommand it does not have.
    UnknownSubcommand {
        /// The container, as called.
        container: String,
        /// The subcommand, as called.
        name: String,
    },
    /// Options that are unknown, contradict each other, or lack their value.
    Syntax,
    /// Not a 64-bit integer.
    NotAnInteger,
    /// An integer beyond what this argument may be.
    OutOfRange,
    /// Not a number.
    NotAFloat,
    /// INCR and the like left the 64-bit range.
    Overflow,
    /// DECRBY of the one number that cannot be negated.
    DecrementOverflow,
    /// INCRBYFLOAT left the finite numbers.
    NanOrInfinity,
    /// A time to live of zero, less, or too much; the name of the command.
    InvalidExpire(&'static str),
    /// Longer than `proto-max-bulk-len`.
    StringTooLong,
    /// The key holds another type.
    WrongType,
    /// What the call needs at once is more than a fair part of memory.
    TooLarge,
    /// RENAME, OBJECT and the like on a key that is not there.
    NoSuchKey,
    /// A database number that does not exist.
    DbOutOfRange,
    /// COPY, MOVE to itself.
    SameObject,
    /// RESTORE onto an existing key.
    BusyKey,
    /// What only one command says: the whole text, error code included.
    Text(&'static str),
    /// The same, with something of the call in it.
    Said(String),
}

impl Fault {
    /// A call of `spec` with too few or too many words.
    pub fn wrong_arity(spec: &Spec) -> Self {
        Self::WrongArity(spec.name)
    }

    /// A call of a container with a subcommand it does not have.
    pub fn unknown_subcommand(words: Words<'_>) -> Self {
        let text = |at: usize| {
            let word = words.get(at).copied().unwrap_or_default();
            String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned()
        };
        Self::UnknownSubcommand { container: text(0).to_uppercase(), name: text(1) }
    }

    /// The error line clients match on, byte for byte what Redis sends.
    pub fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::WrongArity(name) => {
                return format!("ERR wrong number of arguments for '{name}' command").into();
            }
            Self::UnknownSubcommand { container, name } => {
                return format!("ERR unknown subcommand '{name}'. Try {container} HELP.").into();
            }
            Self::InvalidExpire(name) => {
                return format!("ERR invalid expire time in '{name}' command").into();
            }
            Self::Syntax => "ERR syntax error",
            Self::NotAnInteger => "ERR value is not an integer or out of range",
            Self::OutOfRange => "ERR value is out of range",
            Self::NotAFloat => "ERR value is not a valid float",
            Self::Overflow => "ERR increment or decrement would overflow",
            Self::DecrementOverflow => "ERR decrement would overflow",
            Self::NanOrInfinity => "ERR increment would produce NaN or Infinity",
            Self::StringTooLong => "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
            Self::WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
            Self::TooLarge => "OOM The value is too large for this command and the memory limit.",
            Self::NoSuchKey => "ERR no such key",
            Self::DbOutOfRange => "ERR DB index is out of range",
            Self::SameObject => "ERR source and destination objects are the same",
            Self::BusyKey => "BUSYKEY Target key name already exists.",
            Self::Text(text) => text,
            Self::Said(text) => text,
        })
    }

    /// Replies with it.
    pub fn write(&self, reply: &mut Writer) {
        reply.error(self.text().as_ref());
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Miss => Self::Miss,
            Denied::WrongKind => Self::Fault(Fault::WrongType),
            Denied::TooLarge => Self::Fault(Fault::TooLarge),
        }
    }
}

impl From<Absent> for Stop {
    fn from(_: Absent) -> Self {
        Self::Miss
    }
}

impl From<Miss> for Stop {
    fn from(_: Miss) -> Self {
        Self::Miss
    }
}
