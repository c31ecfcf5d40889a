//! ACL, as far as there is one: the user `default`, who may do everything once authenticated.

mod help;
mod specs;

use std::fmt::Write as _;

use hadal_command::{Category, Fault, Words};
use hadal_resp::Writer;
use sha2::{Digest, Sha256};

use super::{at_once, wrong_words};
use crate::{
    config::Settings,
    session::Session,
    table::{Answer, Command, Context, Run, container},
};

/// Sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    Command { spec: specs::ACL, run: Run::Session(container) },
    Command { spec: specs::ACL_CAT, run: Run::Admin(cat) },
    Command { spec: specs::ACL_GETUSER, run: Run::Session(getuser) },
    Command { spec: specs::ACL_HELP, run: Run::Session(help::show) },
    Command { spec: specs::ACL_LIST, run: Run::Session(list) },
    Command { spec: specs::ACL_USERS, run: Run::Session(users) },
    Command { spec: specs::ACL_WHOAMI, run: Run::Session(whoami) },
];

/// The only user.
const DEFAULT: &str = "default";

fn cat<'a>(context: Context<'a>, words: Words<'a>, reply: &'a mut Writer) -> Answer<'a> {
    let entries = context.server.table.entries();
    let names: Vec<&str> = match &words[2..] {
        [] => Category::ALL.iter().map(|category| category.name()).collect(),
        [name] => {
            let Some(category) = Category::from_name(name) else {
                let name = String::from_utf8_lossy(name);
                return at_once(Err(Fault::Said(format!("ERR Unknown category '{name}'"))));
            };
            let specs = entries.iter().map(|entry| entry.spec);
            specs
                .filter(|spec| spec.acl_categories().contains(&category))
                .map(|spec| spec.name)
                .collect()
        }
        _ => return at_once(Err(wrong_words(words))),
    };
    bulks(names.into_iter(), reply);
    at_once(Ok(()))
}

fn bulks<'a>(texts: impl ExactSizeIterator<Item = &'a str>, reply: &mut Writer) {
    reply.array(texts.len());
    texts.for_each(|text| reply.bulk(text.as_bytes()));
}

/// The password as rules show it: its hash.
fn password_hash(settings: &Settings) -> Option<String> {
    let digest = Sha256::digest(settings.requirepass.as_deref()?);
    let mut text = String::with_capacity(64);
    for byte in digest {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
    }
    Some(text)
}

fn getuser(
    _: &mut Session,
    settings: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    if words[2] != DEFAULT.as_bytes() {
        reply.null();
        return Ok(());
    }
    let hash = password_hash(settings);
    reply.map(6);
    reply.bulk(b"flags");
    let flags: &[&str] = if hash.is_some() {
        &["on", "sanitize-payload"]
    } else {
        &["on", "nopass", "sanitize-payload"]
    };
    reply.set(flags.len());
    for flag in flags {
        reply.bulk(flag.as_bytes());
    }
    reply.bulk(b"passwords");
    bulks(hash.as_deref().into_iter().collect::<Vec<_>>().into_iter(), reply);
    for (name, rules) in [("commands", "+@all"), ("keys", "~*"), ("channels", "&*")] {
        reply.bulk(name.as_bytes());
        reply.bulk(rules.as_bytes());
    }
    reply.bulk(b"selectors");
    reply.array(0);
    Ok(())
}

fn list(
    _: &mut Session,
    settings: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    bulks([rules(password_hash(settings)).as_str()].into_iter(), reply);
    Ok(())
}

/// The line of an ACL file.
fn rules(password_hash: Option<String>) -> String {
    match password_hash {
        None => format!("user {DEFAULT} on nopass sanitize-payload ~* &* +@all"),
        Some(hash) => format!("user {DEFAULT} on sanitize-payload #{hash} ~* &* +@all"),
    }
}

fn users(_: &mut Session, _: &Settings, _: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    bulks([DEFAULT].into_iter(), reply);
    Ok(())
}

fn whoami(_: &mut Session, _: &Settings, _: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    reply.bulk(DEFAULT.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_show_whether_there_is_a_password_and_never_the_password() {
        assert_eq!(rules(None), "user default on nopass sanitize-payload ~* &* +@all");
        let rules = rules(Some("ab12".into()));
        assert_eq!(rules, "user default on sanitize-payload #ab12 ~* &* +@all");
    }
}
