//! DEBUG: what tests need, where `enable-debug-command` allows it.

use std::time::Duration;

use hadal_command::{Access, Command, Fault, KeySpec, Kind, Spec, Stop, Words, parse};
use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::glob::{Case, matches};

use super::{specs, values};
use crate::{
    admin::{config, disk_fault, help, wrong_words},
    config::Write,
    driver::Call,
    table::{Answer, Context},
};

const HELP: &[&str] = &[
    "CHANGE-REPL-ID",
    "    Change the replication IDs of the instance.",
    "    Dangerous: should be used only for testing the replication subsystem.",
    "CONFIG-REWRITE-FORCE-ALL",
    "    Like CONFIG REWRITE but writes all configuration options, including",
    "    keywords not listed in original configuration file or default values.",
    "ERROR <string>",
    "    Return a Redis protocol error with <string> as message. Useful for clients",
    "    unit tests to simulate Redis errors.",
    "FLUSHCACHE",
    "    Save everything that is owed and empty the cache.",
    "LOG <message>",
    "    Write <message> to the server log.",
    "LOADAOF",
    "    Save everything that is owed and empty the cache.",
    "OBJECT <key>",
    "    Show low level info about `key` and associated value.",
    "PROTOCOL <type>",
    "    Reply with a test value of the specified type. <type> can be: string,",
    "    integer, double, bignum, null, array, set, map, attrib, push, verbatim,",
    "    true, false.",
    "QUICKLIST-PACKED-THRESHOLD <size>",
    "    Accepted without effect.",
    "RELOAD [option ...]",
    "    Save everything that is owed and empty the cache. Options are accepted",
    "    without effect.",
    "SDSLEN <key>",
    "    Show low level SDS string info representing `key` and value.",
    "SET-ACTIVE-EXPIRE <0|1>",
    "    Setting it to 0 disables expiring keys in background when they are not",
    "    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
    "    default.",
    "SET-DISABLE-DENY-SCRIPTS <0|1>",
    "    Accepted without effect.",
    "SLEEP <seconds>",
    "    Hold back the reply for <seconds>; other clients go on. Decimals allowed.",
    "STRINGMATCH-LEN <length> <pattern>",
    "    Match a string of <length> times 'a' against <pattern>.",
];

pub(super) fn debug<'a>(
    context: Context<'a>,
    words: Words<'a>,
    reply: &'a mut Writer,
) -> Answer<'a> {
    Box::pin(async move {
        let allowed = context.server.config.settings().enable_debug_command;
        if !allowed.allows(context.session.client().local) {
            return Err(Fault::Text(
                "ERR DEBUG command not allowed. If the enable-debug-command option is set to \
                 \"local\", you can run it from a local connection, otherwise you need to set \
                 this option in the configuration file, and then restart the server.",
            ));
        }
        run(context, words, reply).await
    })
}

async fn run(context: Context<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Fault> {
    let driver = &context.server.driver;
    let name = words[1].to_ascii_lowercase();
    match (name.as_slice(), &words[2..]) {
        (b"help", []) => help::write("DEBUG", HELP, reply),
        (b"object", [_]) => look(context, words, &OBJECT, reply).await,
        (b"sdslen", [_]) => look(context, words, &SDSLEN, reply).await,
        (b"error", [text]) => reply.error(text),
        (b"protocol", [name]) => values::write(name, reply)?,
        (b"sleep", [seconds]) => {
            tokio::time::sleep(seconds_of(seconds)).await;
            reply.ok();
        }
        (b"log", [text]) => {
            tracing::warn!(text = %String::from_utf8_lossy(text), "DEBUG LOG");
            reply.ok();
        }
        (b"flushcache" | b"loadaof", []) | (b"reload", _) => {
            driver.flush_cache().await.map_err(|error| disk_fault(&error))?;
            reply.ok();
        }
        (b"set-active-expire", [on]) => {
            driver.set_active_expire(parse::int(on).is_ok_and(|on| on != 0));
            reply.ok();
        }
        (b"stringmatch-len", [length, pattern]) => reply.int(stringmatch(length, pattern)?),
        (b"config-rewrite-force-all", []) => {
            config::rewrite_file(context.server, Write::All).await?;
            reply.ok();
        }
        (b"change-repl-id", [])
        | (b"quicklist-packed-threshold" | b"set-disable-deny-scripts" | b"pause-cron", [_])
        | (b"replybuffer", [_, _]) => {
            reply.ok();
        }
        _ => return Err(wrong_words(words)),
    }
    Ok(())
}

/// As `strtod` reads it: what is no number is 0.
fn seconds_of(word: &[u8]) -> Duration {
    let seconds: Option<f64> = std::str::from_utf8(word).ok().and_then(|text| text.parse().ok());
    Duration::try_from_secs_f64(seconds.unwrap_or(0.0)).unwrap_or_default()
}

/// Longest string that a pattern may be tried on.
const MATCH_LEN_MAX: i64 = 1 << 20;

fn stringmatch(length: &[u8], pattern: &[u8]) -> Result<i64, Fault> {
    let length = parse::int(length)?;
    if !(0..=MATCH_LEN_MAX).contains(&length) {
        return Err(Fault::OutOfRange);
    }
    let text = vec![b'a'; usize::try_from(length).unwrap_or(0)];
    Ok(i64::from(matches(pattern, &text, Case::Matters)))
}

/// Runs a command that is only there for DEBUG, over the key as any other would.
async fn look(
    context: Context<'_>,
    words: Words<'_>,
    command: &'static Command,
    reply: &mut Writer,
) {
    let call = Call { command, db: context.session.db(), words };
    context.server.driver.run(&call, &mut context.session.scratch, reply).await;
}

static OBJECT: Command = Command { spec: KEYED, run: object };
static SDSLEN: Command = Command { spec: KEYED, run: sdslen };

/// DEBUG with a key as its third word.
const KEYED: Spec =
    Spec { keys: &[KeySpec::at(2, Access::Read, &[])], kind: Kind::Read, ..specs::DEBUG };

fn object(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let peek = txn.peek(words[2])?.ok_or(Fault::NoSuchKey)?;
    reply.simple(&format!(
        "Value at:0x0 refcount:1 encoding:{} serializedlength:{} lru:0 lru_seconds_idle:{}",
        peek.encoding(),
        peek.value_bytes + 1,
        peek.idle_seconds,
    ));
    Ok(())
}

fn sdslen(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let peek = txn.peek(words[2])?.ok_or(Fault::NoSuchKey)?;
    if !peek.kind.is_string() || peek.encoding() == "int" {
        return Err(Fault::Text("ERR Not an sds encoded string.").into());
    }
    let (key, value) = (words[2].len(), peek.value_bytes);
    reply.simple(&format!(
        "key_sds_len:{key}, key_sds_avail:0, key_zmalloc: {key}, val_sds_len:{value}, \
         val_sds_avail:0, val_zmalloc: {value}"
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_read_as_c_reads_numbers() {
        assert_eq!(seconds_of(b"0.25"), Duration::from_millis(250));
        assert_eq!(seconds_of(b"x"), Duration::ZERO);
        assert_eq!(seconds_of(b"-1"), Duration::ZERO);
    }
}
