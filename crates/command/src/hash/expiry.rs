//! What calls about the expiry of fields have in common: which fields, and when.

use hadal_keyspace::UnixMillis;

use crate::{
    Arg, Fault, Words,
    parse::{self, Unit},
};

/// `FIELDS numfields field [field …]`.
pub(super) const FIELDS: Arg =
    Arg::block("fields", &[Arg::integer("numfields"), Arg::string("field").multiple()])
        .token("FIELDS");

/// What most calls say of a count of fields that is none.
pub(super) const COUNT: Fault = Fault::Text("ERR Number of fields must be a positive integer");

/// The latest moment at which a field can expire, in milliseconds: as in Redis, which keeps two of
/// 48 bits for later.
const LATEST: i64 = (1 << 46) - 1;

/// The fields of a call that ends with them; `wrong` if there cannot be so many.
pub(super) fn fields(words: Words<'_>, wrong: Fault) -> Result<Words<'_>, Fault> {
    let [keyword, count, fields @ ..] = words else { return Err(Fault::Syntax) };
    if !parse::is(keyword, "FIELDS") {
        return Err(Fault::Text(
            "ERR Mandatory argument FIELDS is missing or not at the right position",
        ));
    }
    match parse::int(count) {
        Ok(count @ 1..) if count.cast_unsigned() == fields.len() as u64 => Ok(fields),
        Ok(1..) => {
            Err(Fault::Text("ERR The `numfields` parameter must match the number of arguments"))
        }
        Ok(..1) | Err(_) => Err(wrong),
    }
}

/// A moment as a call gives it: `now` if it is a time to live. It may have passed already.
pub(super) fn moment(
    word: &[u8],
    unit: Unit,
    now: Option<UnixMillis>,
    name: &'static str,
) -> Result<UnixMillis, Fault> {
    let time = parse::int(word)?;
    if time < 0 {
        return Err(Fault::Text("ERR invalid expire time, must be >= 0"));
    }
    let millis = match unit {
        Unit::Seconds => time.checked_mul(1_000),
        Unit::Millis => Some(time),
    };
    let at = millis.and_then(|millis| millis.checked_add_unsigned(now.unwrap_or(0)));
    let at = at.filter(|at| *at <= LATEST).ok_or(Fault::InvalidExpire(name))?;
    Ok(at.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_as_many_as_their_count_says() {
        let parse = |words: Words<'_>| fields(words, COUNT).map(<[&[u8]]>::len);
        assert_eq!(parse(&[b"fields", b"2", b"a", b"b"]), Ok(2));
        let mismatch = "ERR The `numfields` parameter must match the number of arguments";
        assert_eq!(parse(&[b"FIELDS", b"1", b"a", b"b"]), Err(Fault::Text(mismatch)));
        assert_eq!(parse(&[b"FIELDS", b"1"]), Err(Fault::Text(mismatch)));
        assert_eq!(parse(&[b"FIELDS", b"0", b"a"]), Err(COUNT));
        assert_eq!(parse(&[b"FIELDS", b"x", b"a"]), Err(COUNT));
        assert_eq!(parse(&[b"FIELDS"]), Err(Fault::Syntax));
    }

    #[test]
    fn a_moment_is_between_1970_and_the_latest() {
        let at = |word: &str, unit, now| moment(word.as_bytes(), unit, now, "hexpire");
        assert_eq!(at("10", Unit::Seconds, Some(5)), Ok(10_005));
        assert_eq!(at("0", Unit::Millis, Some(5)), Ok(5));
        let latest = LATEST.to_string();
        assert_eq!(at(&latest, Unit::Millis, None), Ok(LATEST.cast_unsigned()));
        let invalid = Err(Fault::InvalidExpire("hexpire"));
        assert_eq!(at(&latest, Unit::Millis, Some(1)), invalid);
        assert_eq!(at(&latest, Unit::Seconds, None), invalid);
        assert_eq!(at("9223372036854775807", Unit::Seconds, Some(1)), invalid);
        let negative = Err(Fault::Text("ERR invalid expire time, must be >= 0"));
        assert_eq!(at("-1", Unit::Millis, None), negative);
        assert_eq!(at("x", Unit::Millis, None), Err(Fault::NotAnInteger));
    }
}
