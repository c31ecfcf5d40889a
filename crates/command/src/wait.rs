//! What calls that wait for other clients have in common.

use hadal_keyspace::{Millis, Txn, UnixMillis};
use hadal_resp::Writer;
use hadal_value::{Kind as ValueKind, str::parse_double};

use crate::{Block, Fault, Stop};

/// How long a call waits: seconds, with or without a fraction, and 0 for ever.
pub(crate) fn timeout(word: &[u8], now: UnixMillis) -> Result<Option<Millis>, Fault> {
    let not_a_number = Fault::Text("ERR timeout is not a float or out of range");
    let millis = (parse_double(word).ok_or(not_a_number)? * 1_000.0).ceil();
    if millis < 0.0 {
        return Err(Fault::Text("ERR timeout is negative"));
    }
    // What a clock of 64 bits could not say any more.
    if millis >= (i64::MAX.cast_unsigned() - now) as f64 {
        return Err(Fault::Text("ERR timeout is out of range"));
    }
    #[expect(clippy::cast_sign_loss, reason = "it has just been looked at")]
    let millis = millis as Millis;
    Ok((millis > 0).then_some(millis))
}

/// Ends a call that has found nothing: it waits for a value of this kind at one of its keys.
/// Where nobody may wait, as in EXEC, it answers as if its time were up.
pub(crate) fn wait(
    txn: &Txn<'_>,
    awaits: ValueKind,
    timeout_ms: Option<Millis>,
    reply: &mut Writer,
) -> Result<(), Stop> {
    if txn.may_block() {
        return Err(Stop::Block(Block { awaits, timeout_ms }));
    }
    reply.null_array();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_wait_is_in_seconds_and_rounded_up_to_milliseconds() {
        let wait = |word: &str| timeout(word.as_bytes(), 1_700_000_000_000);
        assert_eq!(wait("0"), Ok(None));
        assert_eq!(wait("-0.0001"), Ok(None));
        assert_eq!(wait("1.5"), Ok(Some(1_500)));
        assert_eq!(wait("0.0001"), Ok(Some(1)));
        let fault = |text| Err(Fault::Text(text));
        assert_eq!(wait("-1"), fault("ERR timeout is negative"));
        assert_eq!(wait("1e18"), fault("ERR timeout is out of range"));
        assert_eq!(wait("inf"), fault("ERR timeout is out of range"));
        for word in ["x", "", "nan", "1 "] {
            assert_eq!(wait(word), fault("ERR timeout is not a float or out of range"), "{word:?}");
        }
    }
}
