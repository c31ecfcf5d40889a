//! What `ZUNION` and its kin are asked for.

use super::super::reply::Shown;
use crate::{
    Fault, Words,
    parse::{int, is},
};
use hadal_value::str::parse_double;

/// What becomes one of several sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Members of any.
    Union,
    /// Members of all.
    Inter,
    /// Members of the first and of no other.
    Diff,
}

/// What becomes of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Client,
    Key,
}

/// What becomes one of several scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aggregate {
    Sum,
    Min,
    Max,
}

#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) op: Op,
    pub(super) keys: Words<'a>,
    /// One for each key.
    pub(super) weights: Vec<f64>,
    pub(super) aggregate: Aggregate,
    pub(super) shown: Shown,
}

impl<'a> Call<'a> {
    /// Reads the words from the number of keys on; `name` is the command's, for the fault.
    pub(super) fn parse(
        words: Words<'a>,
        op: Op,
        target: Target,
        name: &'static str,
    ) -> Result<Self, Fault> {
        let (keys, mut rest) = keys(words, name)?;
        let weights = vec![1.0; keys.len()];
        let (aggregate, shown) = (Aggregate::Sum, Shown::Members);
        let mut call = Self { op, keys, weights, aggregate, shown };
        while let [option, after @ ..] = rest {
            let may_weigh = op != Op::Diff;
            rest = match after.split_at_checked(keys.len()) {
                Some((weights, after)) if may_weigh && is(option, "WEIGHTS") => {
                    call.weights = weights.iter().map(|it| weight(it)).collect::<Result<_, _>>()?;
                    after
                }
                _ => match after {
                    [aggregate, after @ ..] if may_weigh && is(option, "AGGREGATE") => {
                        call.aggregate = Aggregate::parse(aggregate)?;
                        after
                    }
                    after if target == Target::Client && is(option, "WITHSCORES") => {
                        call.shown = Shown::Scores;
                        after
                    }
                    _ => return Err(Fault::Syntax),
                },
            };
        }
        Ok(call)
    }
}

impl Aggregate {
    fn parse(word: &[u8]) -> Result<Self, Fault> {
        match word {
            _ if is(word, "SUM") => Ok(Self::Sum),
            _ if is(word, "MIN") => Ok(Self::Min),
            _ if is(word, "MAX") => Ok(Self::Max),
            _ => Err(Fault::Syntax),
        }
    }

    /// One of two scores. Infinities that cancel each other out are 0; `other` may be NaN.
    pub(super) fn of(self, score: f64, other: f64) -> f64 {
        match self {
            Self::Sum => number(score + other),
            Self::Min if other < score => other,
            Self::Max if other > score => other,
            Self::Min | Self::Max => score,
        }
    }
}

/// 0 for what is not a number.
pub(super) fn number(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// The keys after their number, and the words after them.
pub(super) fn keys<'a>(
    words: Words<'a>,
    name: &'static str,
) -> Result<(Words<'a>, Words<'a>), Fault> {
    let count = int(words[0])?;
    if count < 1 {
        return Err(Fault::Said(format!(
            "ERR at least 1 input key is needed for '{name}' command"
        )));
    }
    let count = usize::try_from(count).map_err(|_| Fault::Syntax)?;
    words[1..].split_at_checked(count).ok_or(Fault::Syntax)
}

fn weight(word: &[u8]) -> Result<f64, Fault> {
    parse_double(word).ok_or(Fault::Text("ERR weight value is not a float"))
}
