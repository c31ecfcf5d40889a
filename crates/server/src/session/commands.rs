//! Commands on the session that calls them: AUTH, ECHO, HELLO, PING, QUIT, SELECT.

use hadal_command::{Arg, Arity, Fault, Flag, Group, Spec, Speed, Tip, Words, parse};
use hadal_resp::{Proto, Writer};

use super::Session;
use crate::admin;
use crate::config::Settings;
use crate::server::REDIS_VERSION;
use crate::table::{Command, Run};

const ANYWHERE: &[Flag] =
    &[Flag::NoScript, Flag::Loading, Flag::Stale, Flag::NoAuth, Flag::AllowBusy];

/// Sorted by name.
pub const COMMANDS: &[Command] = &[
    Command {
        spec: Spec {
            name: "auth",
            group: Group::Connection,
            summary: "Authenticates the connection.",
            complexity: "O(N) where N is the number of passwords defined for the user",
            arity: Arity::AtLeast(2),
            speed: Speed::Fast,
            flags: ANYWHERE,
            history: &[("6.0.0", "Added ACL style (username and password).")],
            args: &[Arg::string("username").optional().since("6.0.0"), Arg::string("password")],
            ..Spec::BASE
        },
        run: Run::Session(auth),
    },
    Command {
        spec: Spec {
            name: "echo",
            group: Group::Connection,
            summary: "Returns the given string.",
            complexity: "O(1)",
            arity: Arity::Exactly(2),
            speed: Speed::Fast,
            flags: &[Flag::Loading, Flag::Stale],
            args: &[Arg::string("message")],
            ..Spec::BASE
        },
        run: Run::Session(echo),
    },
    Command {
        spec: Spec {
            name: "hello",
            group: Group::Connection,
            summary: "Handshakes with the server: protocol, user, name.",
            complexity: "O(1)",
            since: "6.0.0",
            arity: Arity::AtLeast(1),
            speed: Speed::Fast,
            flags: ANYWHERE,
            history: &[(
                "6.2.0",
                "`protover` made optional; when called without arguments the command reports the \
                 current connection's context.",
            )],
            args: HELLO_ARGS,
            ..Spec::BASE
        },
        run: Run::Session(hello),
    },
    Command {
        spec: Spec {
            name: "ping",
            group: Group::Connection,
            summary: "Answers, which shows that the server is alive.",
            complexity: "O(1)",
            arity: Arity::AtLeast(1),
            speed: Speed::Fast,
            tips: &[Tip::RequestAllShards, Tip::ResponseAllSucceeded],
            args: &[Arg::string("message").optional()],
            ..Spec::BASE
        },
        run: Run::Session(ping),
    },
    Command {
        spec: Spec {
            name: "quit",
            group: Group::Connection,
            summary: "Closes the connection.",
            complexity: "O(1)",
            arity: Arity::AtLeast(1),
            speed: Speed::Fast,
            flags: ANYWHERE,
            deprecated: Some(hadal_command::Deprecated {
                since: "7.2.0",
                replaced_by: "just closing the connection",
            }),
            ..Spec::BASE
        },
        run: Run::Session(quit),
    },
    Command {
        spec: Spec {
            name: "select",
            group: Group::Connection,
            summary: "Changes the selected database.",
            complexity: "O(1)",
            arity: Arity::Exactly(2),
            speed: Speed::Fast,
            flags: &[Flag::Loading, Flag::Stale],
            args: &[Arg::integer("index")],
            ..Spec::BASE
        },
        run: Run::Session(select),
    },
];

const HELLO_ARGS: &[Arg] = &[Arg::block(
    "arguments",
    &[
        Arg::integer("protover"),
        Arg::block("auth", &[Arg::string("username"), Arg::string("password")])
            .token("AUTH")
            .optional(),
        Arg::string("clientname").token("SETNAME").optional(),
    ],
)
.optional()];

const WRONG_PASS: Fault =
    Fault::Text("WRONGPASS invalid username-password pair or user is disabled.");

fn auth(
    session: &mut Session,
    settings: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    match words[1..] {
        [_] if settings.requirepass.is_none() => {
            return Err(Fault::Text(
                "ERR AUTH <password> called without any password configured for the default user. \
                 Are you sure your configuration is correct?",
            ));
        }
        [password] => authenticate(session, settings, b"default", password)?,
        [user, password] => authenticate(session, settings, user, password)?,
        _ => return Err(Fault::Syntax),
    }
    reply.ok();
    Ok(())
}

fn authenticate(
    session: &mut Session,
    settings: &Settings,
    user: &[u8],
    password: &[u8],
) -> Result<(), Fault> {
    let matches = settings.requirepass.as_ref().is_none_or(|known| same(known, password));
    if user != b"default" || !matches {
        return Err(WRONG_PASS);
    }
    session.set_authenticated(true);
    Ok(())
}

/// Compares in a time that does not tell how much of the password was right.
fn same(known: &[u8], given: &[u8]) -> bool {
    let differing = known
        .iter()
        .zip(given)
        .fold(known.len() ^ given.len(), |sum, (a, b)| sum | usize::from(a ^ b));
    differing == 0
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has one shape")]
fn echo(_: &mut Session, _: &Settings, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    reply.bulk(words[1]);
    Ok(())
}

fn ping(_: &mut Session, _: &Settings, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    match words[1..] {
        [] => reply.simple("PONG"),
        [message] => reply.bulk(message),
        _ => return Err(Fault::WrongArity("ping")),
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has one shape")]
fn quit(
    session: &mut Session,
    _: &Settings,
    _: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    reply.ok();
    session.close_after_replies();
    Ok(())
}

fn select(
    session: &mut Session,
    settings: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    session.select(database(words[1], settings.databases)?);
    reply.ok();
    Ok(())
}

/// The database that `word` names, out of `databases`.
pub(crate) fn database(word: &[u8], databases: u32) -> Result<u32, Fault> {
    let index = parse::int(word)?;
    if i32::try_from(index).is_err() {
        return Err(Fault::Text(
            "ERR value is out of range, value must between -2147483648 and 2147483647",
        ));
    }
    let index = u32::try_from(index).ok().filter(|index| *index < databases);
    index.ok_or(Fault::DbOutOfRange)
}

/// What a call of HELLO asks for.
#[derive(Debug, Default)]
struct Hello<'a> {
    proto: Option<Proto>,
    login: Option<(&'a [u8], &'a [u8])>,
    name: Option<&'a [u8]>,
}

impl<'a> Hello<'a> {
    fn parse(words: Words<'a>) -> Result<Self, Fault> {
        let mut hello = Self::default();
        let Some((proto, mut rest)) = words[1..].split_first() else { return Ok(hello) };
        hello.proto = Some(match hadal_value::str::parse_int(proto) {
            Some(2) => Proto::Resp2,
            Some(3) => Proto::Resp3,
            Some(_) => return Err(Fault::Text("NOPROTO unsupported protocol version")),
            None => {
                return Err(Fault::Text("ERR Protocol version is not an integer or out of range"));
            }
        });
        while let Some((option, after)) = rest.split_first() {
            rest = match after {
                [user, password, after @ ..] if parse::is(option, "AUTH") => {
                    hello.login = Some((user, password));
                    after
                }
                [name, after @ ..] if parse::is(option, "SETNAME") => {
                    hello.name = Some(name);
                    after
                }
                _ => {
                    let option = String::from_utf8_lossy(option);
                    return Err(Fault::Said(format!(
                        "ERR Syntax error in HELLO option '{option}'"
                    )));
                }
            };
        }
        Ok(hello)
    }
}

fn hello(
    session: &mut Session,
    settings: &Settings,
    words: Words<'_>,
    reply: &mut Writer,
) -> Result<(), Fault> {
    let hello = Hello::parse(words)?;
    if hello.name.is_some_and(|name| !name.iter().all(u8::is_ascii_graphic)) {
        return Err(Fault::Text(
            "ERR Client names cannot contain spaces, newlines or special characters.",
        ));
    }
    if let Some((user, password)) = hello.login {
        authenticate(session, settings, user, password)?;
    }
    if !session.authenticated() {
        return Err(Fault::Text(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the \
             HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and \
             select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = hello.name {
        admin::set_name(session.client(), name)?;
    }
    if let Some(proto) = hello.proto {
        session.speak(proto, reply);
    }
    reply.map(7);
    reply.bulk(b"server");
    reply.bulk(b"redis");
    reply.bulk(b"version");
    reply.bulk(REDIS_VERSION.as_bytes());
    reply.bulk(b"proto");
    reply.int(if reply.proto() == Proto::Resp3 { 3 } else { 2 });
    reply.bulk(b"id");
    reply.int(session.client().id.cast_signed());
    reply.bulk(b"mode");
    reply.bulk(b"standalone");
    reply.bulk(b"role");
    reply.bulk(b"master");
    reply.bulk(b"modules");
    reply.array(0);
    Ok(())
}
