//! The options that `SET` and `GETEX` share, and points in time.

use hadal_keyspace::{Expiry, UnixMillis};

use crate::{
    fault::Fault,
    parse::{Unit, int, is, time_option},
    spec::Words,
};

/// Whose options they are: each takes some the other does not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Set,
    GetEx,
}

/// `NX` and `XX`.
#[derive(Clone, Copy)]
pub(super) enum Only {
    Absent,
    Present,
}

/// Options without contradictions.
#[derive(Clone, Copy)]
pub(super) struct Options<'a> {
    pub(super) only_if: Option<Only>,
    pub(super) get: bool,
    until: Until<'a>,
}

/// What becomes of the expiry.
#[derive(Clone, Copy)]
enum Until<'a> {
    /// Nothing was said.
    Default(Expiry),
    Keep,
    Persist,
    Time(Time<'a>),
}

/// A point in time as written, not yet looked at.
#[derive(Clone, Copy)]
pub(super) struct Time<'a> {
    pub(super) text: &'a [u8],
    pub(super) unit: Unit,
    /// A time to live rather than a time of death.
    pub(super) from_now: bool,
}

impl<'a> Options<'a> {
    /// Reads the words after the key and value. Times are looked at by [`Options::expiry`] only,
    /// for which Redis has two moments.
    pub(super) fn parse(words: Words<'a>, caller: Caller) -> Result<Self, Fault> {
        let unset = match caller {
            Caller::Set => Expiry::None,
            Caller::GetEx => Expiry::Keep,
        };
        let mut options = Self { only_if: None, get: false, until: Until::Default(unset) };
        let is_set = caller == Caller::Set;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if let Some((unit, from_now)) = time_option(word) {
                let text = words.next().ok_or(Fault::Syntax)?;
                options.set_time(Time { text, unit, from_now })?;
            } else if is_set && is(word, "NX") && !matches!(options.only_if, Some(Only::Present)) {
                options.only_if = Some(Only::Absent);
            } else if is_set && is(word, "XX") && !matches!(options.only_if, Some(Only::Absent)) {
                options.only_if = Some(Only::Present);
            } else if is_set && is(word, "GET") {
                options.get = true;
            } else if is_set && is(word, "KEEPTTL") && !matches!(options.until, Until::Time(_)) {
                options.until = Until::Keep;
            } else if !is_set && is(word, "PERSIST") && !matches!(options.until, Until::Time(_)) {
                options.until = Until::Persist;
            } else {
                return Err(Fault::Syntax);
            }
        }
        Ok(options)
    }

    /// What the expiry becomes; `name` is the command's, for the fault.
    pub(super) fn expiry(&self, now: UnixMillis, name: &'static str) -> Result<Expiry, Fault> {
        Ok(match self.until {
            Until::Default(expiry) => expiry,
            Until::Keep => Expiry::Keep,
            Until::Persist => Expiry::None,
            Until::Time(time) => Expiry::At(time.resolve(now, name)?),
        })
    }

    /// The same option twice is fine and the last one counts; two that differ are not.
    fn set_time(&mut self, time: Time<'a>) -> Result<(), Fault> {
        match self.until {
            Until::Default(_) => {}
            Until::Time(old) if old.unit == time.unit && old.from_now == time.from_now => {}
            Until::Time(_) | Until::Keep | Until::Persist => return Err(Fault::Syntax),
        }
        self.until = Until::Time(time);
        Ok(())
    }
}

impl Time<'_> {
    /// The time of death. It may lie in the past, but neither before 1970 nor beyond 64 bits.
    pub(super) fn resolve(&self, now: UnixMillis, name: &'static str) -> Result<UnixMillis, Fault> {
        let time = int(self.text)?;
        let millis = match self.unit {
            Unit::Seconds => time.checked_mul(1000),
            Unit::Millis => Some(time),
        };
        let now = if self.from_now { now.cast_signed() } else { 0 };
        let at = millis.filter(|millis| *millis > 0).and_then(|millis| millis.checked_add(now));
        at.map(i64::cast_unsigned).ok_or(Fault::InvalidExpire(name))
    }
}
