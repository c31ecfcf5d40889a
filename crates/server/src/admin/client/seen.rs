//! CLIENT INFO and CLIENT LIST.

use hadal_command::{Fault, Words, parse};
use hadal_resp::Writer;

use super::{filter::Type, line::line};
use crate::{
    admin::at_once,
    session::Client,
    table::{Answer, Context},
};

pub(super) fn info<'a>(context: Context<'a>, _: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let me = context.session.client();
    let text = lines(&context, std::iter::once(&**me));
    reply.verbatim("txt", text.as_bytes());
    at_once(Ok(()))
}

pub(super) fn list<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    at_once(chosen(&context, &words[2..]).map(|text| reply.verbatim("txt", text.as_bytes())))
}

fn chosen(context: &Context<'_>, options: Words<'_>) -> Result<String, Fault> {
    let registry = &context.server.clients;
    match options {
        [] => Ok(lines(context, registry.all().iter().map(|client| &**client))),
        [option, ids @ ..] if parse::is(option, "ID") && !ids.is_empty() => {
            let mut clients = Vec::new();
            for id in ids {
                let id = parse::int(id).map_err(|_| Fault::Text("ERR Invalid client ID"))?;
                clients.extend(u64::try_from(id).ok().and_then(|id| registry.get(id)));
            }
            Ok(lines(context, clients.iter().map(|client| &**client)))
        }
        [option, name] if parse::is(option, "TYPE") => match Type::parse(name)? {
            Type::Normal => chosen(context, &[]),
            Type::Replica | Type::PubSub | Type::Primary => Ok(String::new()),
        },
        _ => Err(Fault::Syntax),
    }
}

fn lines<'a>(context: &Context<'_>, clients: impl Iterator<Item = &'a Client>) -> String {
    let (server, me) = (context.server, context.session.client().id);
    let now = server.clock.monotonic_micros() / 1_000;
    let mut text = String::new();
    for client in clients {
        let mut look = client.look(now);
        // Whoever asks is being answered.
        look.waiting &= client.id != me;
        let command = look.command.map(|index| server.table.entries()[index].spec.name);
        text.push_str(&line(client, &look, command));
        text.push('\n');
    }
    text
}
