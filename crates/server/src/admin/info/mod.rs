//! INFO: facts and figures, section by section.
//!
//! Redis's sections and names, so that what reads them goes on working; what has no counterpart
//! here is there with the value that says so. `# Diskstore` is ours: the cache, what is owed, the
//! journal and the store.

mod clients;
mod counts;
mod diskstore;
mod memory;
mod persistence;
mod server;

use std::{cell::OnceCell, sync::Arc};

use hadal_command::{Words, parse};
use hadal_resp::Writer;

use super::{at_once, section::Report};
use crate::{
    config::Settings,
    driver::DriverStats,
    server::Server,
    table::{Answer, Context},
};

/// What sections are written from.
pub(super) struct Facts<'a> {
    server: &'a Server,
    settings: Arc<Settings>,
    driver: OnceCell<DriverStats>,
}

impl<'a> Facts<'a> {
    fn new(server: &'a Server) -> Self {
        Self { server, settings: server.config.settings(), driver: OnceCell::new() }
    }

    /// Asked for at most once per INFO, as it locks every shard in turn.
    fn driver(&self) -> &DriverStats {
        self.driver.get_or_init(|| self.server.driver.stats())
    }
}

/// One section.
struct Section {
    /// As it is asked for.
    name: &'static str,
    /// Whether it is told when nothing is asked for.
    by_default: bool,
    write: fn(&Facts<'_>, &mut Report),
}

/// All sections, in the order in which they are told.
const SECTIONS: &[Section] = &[
    Section { name: "server", by_default: true, write: server::server },
    Section { name: "clients", by_default: true, write: clients::clients },
    Section { name: "memory", by_default: true, write: memory::memory },
    Section { name: "persistence", by_default: true, write: persistence::persistence },
    Section { name: "stats", by_default: true, write: counts::stats },
    Section { name: "replication", by_default: true, write: server::replication },
    Section { name: "cpu", by_default: true, write: server::cpu },
    Section { name: "modules", by_default: true, write: server::modules },
    Section { name: "commandstats", by_default: false, write: counts::commandstats },
    Section { name: "errorstats", by_default: true, write: counts::errorstats },
    Section { name: "latencystats", by_default: false, write: counts::latencystats },
    Section { name: "cluster", by_default: true, write: server::cluster },
    Section { name: "keyspace", by_default: true, write: counts::keyspace },
    Section { name: "diskstore", by_default: true, write: diskstore::diskstore },
];

pub(super) fn info<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    let facts = Facts::new(context.server);
    let mut report = Report::default();
    for section in SECTIONS.iter().filter(|section| is_wanted(section, &words[1..])) {
        (section.write)(&facts, &mut report);
    }
    reply.verbatim("txt", report.into_text().as_bytes());
    at_once(Ok(()))
}

fn is_wanted(section: &Section, asked: Words<'_>) -> bool {
    if asked.is_empty() {
        return section.by_default;
    }
    asked.iter().any(|word| {
        parse::is(word, section.name)
            || parse::is(word, "all")
            || parse::is(word, "everything")
            || (section.by_default && parse::is(word, "default"))
            || (section.name == "modules" && parse::is(word, "module_list"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(asked: Words<'_>) -> Vec<&'static str> {
        let wanted = SECTIONS.iter().filter(|section| is_wanted(section, asked));
        wanted.map(|section| section.name).collect()
    }

    #[test]
    fn the_costly_sections_are_told_only_on_request() {
        let missing: Vec<_> =
            wanted(&[b"ALL"]).into_iter().filter(|name| !wanted(&[]).contains(name)).collect();
        assert_eq!(missing, ["commandstats", "latencystats"]);
        assert_eq!(wanted(&[b"default"]), wanted(&[]));
        assert_eq!(wanted(&[b"everything"]).len(), SECTIONS.len());
    }

    #[test]
    fn several_sections_are_told_once_each_in_their_own_order() {
        assert_eq!(wanted(&[b"Keyspace", b"server", b"server"]), ["server", "keyspace"]);
        assert!(wanted(&[b"nothing"]).is_empty());
        assert_eq!(wanted(&[b"module_list"]), ["modules"]);
    }
}
