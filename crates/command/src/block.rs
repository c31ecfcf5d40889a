//! What commands have in common that wait for other clients.

use hadal_keyspace::{Millis, Txn, UnixMillis};
use hadal_resp::Writer;
use hadal_value::str::Float;

use crate::{Block, Fault, Stop};

/// Where numbers of milliseconds end that Redis can count.
const MILLIS_MAX: f64 = i64::MAX as f64;

/// Reads a timeout in seconds. `None`: it is 0, and the wait has no end.
pub(crate) fn timeout(word: &[u8], now: UnixMillis) -> Result<Option<Millis>, Fault> {
    const OUT_OF_RANGE: Fault = Fault::Text("ERR timeout is out of range");
    let seconds =
        Float::parse(word).ok_or(Fault::Text("ERR timeout is not a float or out of range"))?;
    let millis = (seconds.to_double() * 1_000.0).ceil();
    if millis < 0.0 {
        return Err(Fault::Text("ERR timeout is negative"));
    }
    if millis >= MILLIS_MAX {
        return Err(OUT_OF_RANGE);
    }
    #[expect(clippy::cast_sign_loss, reason = "negative ones are refused")]
    let millis = millis as u64;
    if millis.checked_add(now).is_none_or(|at| i64::try_from(at).is_err()) {
        return Err(OUT_OF_RANGE);
    }
    Ok((millis > 0).then_some(millis))
}

/// How a handler ends that has found nothing. Where it may not block, `nothing` is its answer.
pub(crate) fn wait(
    txn: &Txn<'_>,
    block: Block,
    reply: &mut Writer,
    nothing: fn(&mut Writer),
) -> Result<(), Stop> {
    if txn.may_block() {
        return Err(Stop::Block(block));
    }
    nothing(reply);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = 1_700_000_000_000;

    #[test]
    fn a_timeout_is_in_seconds_with_parts_and_rounded_up() {
        for (word, expected) in [
            ("0", None),
            ("-0.0001", None),
            ("0.0001", Some(1)),
            ("0.001", Some(1)),
            ("1.5", Some(1_500)),
            ("1e3", Some(1_000_000)),
        ] {
            assert_eq!(timeout(word.as_bytes(), NOW), Ok(expected), "{word}");
        }
    }

    #[test]
    fn a_timeout_that_nobody_can_wait_for_is_refused() {
        for (word, expected) in [
            ("", "ERR timeout is not a float or out of range"),
            ("nan", "ERR timeout is not a float or out of range"),
            ("1x", "ERR timeout is not a float or out of range"),
            ("-1", "ERR timeout is negative"),
            ("-inf", "ERR timeout is negative"),
            ("inf", "ERR timeout is out of range"),
            ("1e300", "ERR timeout is out of range"),
            ("9223372036854775", "ERR timeout is out of range"),
        ] {
            assert_eq!(timeout(word.as_bytes(), NOW), Err(Fault::Text(expected)), "{word}");
        }
    }
}
