//! CONFIG: options while the server runs. What they mean is said in [`crate::config`].

mod help;
mod specs;

use hadal_command::{Fault, Words};
use hadal_resp::Writer;

use super::at_once;
use crate::{
    config::{Caller, Write},
    server::Server,
    table::{Answer, Command, Context, Run, container},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::CONFIG, run: Run::Session(container) },
    Command { spec: specs::CONFIG_GET, run: Run::Admin(get) },
    Command { spec: specs::CONFIG_HELP, run: Run::Session(help::show) },
    Command { spec: specs::CONFIG_RESETSTAT, run: Run::Admin(resetstat) },
    Command { spec: specs::CONFIG_REWRITE, run: Run::Admin(rewrite) },
    Command { spec: specs::CONFIG_SET, run: Run::Admin(set) },
];

fn get<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let options = context.server.config.get(&words[2..]);
    reply.map(options.len());
    for (name, value) in options {
        reply.bulk(&name);
        reply.bulk(&value);
    }
    at_once(Ok(()))
}

fn set<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let caller = Caller { local: context.session.client().local, loading: false };
    at_once(match context.server.config.set(&words[2..], caller) {
        Ok(_) => {
            reply.ok();
            Ok(())
        }
        Err(error) => Err(Fault::Said(error.to_string())),
    })
}

fn rewrite<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    Box::pin(async move {
        rewrite_file(context.server, Write::Needed).await?;
        reply.ok();
        Ok(())
    })
}

/// Writes the configuration file, on a thread that may wait for the disk.
pub(super) async fn rewrite_file(server: &Server, write: Write) -> Result<(), Fault> {
    let config = server.config.clone();
    let written = tokio::task::spawn_blocking(move || config.rewrite(None, write)).await;
    match written {
        Ok(written) => written.map_err(|error| Fault::Said(error.to_string())),
        Err(_) => Err(Fault::Text("ERR Rewriting config file: the server is ending")),
    }
}

fn resetstat<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let server = context.server;
    server.stats.reset();
    server.errors.reset();
    server.traffic.reset();
    server.clients.reset_counts();
    server.driver.reset_stats();
    reply.ok();
    at_once(Ok(()))
}
