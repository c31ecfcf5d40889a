//! Configuration: one table of options, and everything that follows from it.
//!
//! ```text
//!  file, stdin, command line ──load──▶ values ──▶ Settings ──▶ components
//!                                        ▲  │
//!                           CONFIG SET ──┘  └──▶ CONFIG GET, CONFIG REWRITE
//! ```
//!
//! A row of the table ([`Spec`]) names an option, its values, its default and whose it is. The
//! parser of `redis.conf` files, the command line, CONFIG GET, SET and REWRITE and the
//! documentation ([`markdown`]) all walk that table. Components never see it: they read
//! [`Settings`], a plain struct that never changes; [`Config`] exchanges one for the next.
//!
//! What the machine offers comes in as a [`Host`]. Nothing here acts on a setting: who must,
//! [subscribes](Config::subscribe).

mod args;
mod docs;
mod error;
mod host;
mod kind;
mod live;
mod load;
mod number;
mod option;
mod options;
mod rewrite;
mod settings;
#[cfg(test)]
mod tests;
mod types;
mod value;
mod values;
mod words;

pub use args::{Action, help, parse_args};
pub use docs::markdown;
pub use error::{Error, Origin};
pub use host::Host;
pub use kind::{Check, Kind, Shown, Unit};
pub use live::{Caller, Changed, Config, Reader, RewriteError, SetError, Startup};
pub use load::Sources;
pub use option::{Change, Effect, Group, Spec, Whose, table};
pub use rewrite::Write;
pub use settings::Settings;
pub use types::{
    AclPubsubDefault, Allowed, Appendfsync, BufferLimit, BufferLimits, JournalRecover,
    KeyspaceEvents, Loglevel, MaxmemoryPolicy, Shutdown, Supervised,
};
