//! MEMORY USAGE: the only one of these commands that is about a key.

use hadal_command::{Command, Fault, Stop, Words, parse};
use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::specs;

pub(super) static USAGE: Command = Command { spec: specs::MEMORY_USAGE, run: usage };

fn usage(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    samples(&words[3..])?;
    match txn.peek(words[2])? {
        Some(peek) => reply.int(i64::try_from(peek.memory_bytes).unwrap_or(i64::MAX)),
        None => reply.null(),
    }
    Ok(())
}

/// How many members to look at, which makes no difference: a key knows what it takes.
fn samples(options: Words<'_>) -> Result<(), Fault> {
    let (pairs, rest) = options.as_chunks::<2>();
    for [name, count] in pairs {
        if !parse::is(name, "SAMPLES") || parse::int(count)? < 0 {
            return Err(Fault::Syntax);
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(Fault::Syntax) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_must_be_a_count() {
        assert_eq!(samples(&[]), Ok(()));
        assert_eq!(samples(&[b"samples", b"0"]), Ok(()));
        assert_eq!(samples(&[b"samples", b"-1"]), Err(Fault::Syntax));
        assert_eq!(samples(&[b"samples", b"x"]), Err(Fault::NotAnInteger));
        assert_eq!(samples(&[b"samples"]), Err(Fault::Syntax));
        assert_eq!(samples(&[b"foo", b"1"]), Err(Fault::Syntax));
    }
}
