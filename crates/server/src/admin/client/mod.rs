//! CLIENT: who is connected, and what a connection wants for itself.

mod ended;
mod filter;
mod help;
mod line;
mod own;
mod seen;
mod specs;
mod tracking;

pub(crate) use own::set_name;

use crate::table::{Command, Run, container};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::CLIENT, run: Run::Session(container) },
    Command { spec: specs::CLIENT_CACHING, run: Run::Session(tracking::caching) },
    Command { spec: specs::CLIENT_GETNAME, run: Run::Session(own::getname) },
    Command { spec: specs::CLIENT_GETREDIR, run: Run::Session(tracking::getredir) },
    Command { spec: specs::CLIENT_HELP, run: Run::Session(help::show) },
    Command { spec: specs::CLIENT_ID, run: Run::Session(own::id) },
    Command { spec: specs::CLIENT_INFO, run: Run::Admin(seen::info) },
    Command { spec: specs::CLIENT_KILL, run: Run::Admin(ended::kill) },
    Command { spec: specs::CLIENT_LIST, run: Run::Admin(seen::list) },
    Command { spec: specs::CLIENT_NO_EVICT, run: Run::Session(own::no_evict) },
    Command { spec: specs::CLIENT_NO_TOUCH, run: Run::Session(own::no_touch) },
    Command { spec: specs::CLIENT_PAUSE, run: Run::Admin(ended::pause) },
    Command { spec: specs::CLIENT_REPLY, run: Run::Session(own::reply) },
    Command { spec: specs::CLIENT_SETINFO, run: Run::Session(own::setinfo) },
    Command { spec: specs::CLIENT_SETNAME, run: Run::Session(own::setname) },
    Command { spec: specs::CLIENT_TRACKING, run: Run::Session(tracking::tracking) },
    Command { spec: specs::CLIENT_TRACKINGINFO, run: Run::Session(tracking::trackinginfo) },
    Command { spec: specs::CLIENT_UNBLOCK, run: Run::Admin(ended::unblock) },
    Command { spec: specs::CLIENT_UNPAUSE, run: Run::Admin(ended::unpause) },
];
