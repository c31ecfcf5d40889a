//! Several sets into one: unions, intersections and differences of sorted sets, and of sets, whose
//! members count as if each had the score 1.

mod call;
mod card;
mod reply;
mod result;
mod source;
mod store;

pub(super) use card::ZINTERCARD;
pub(super) use reply::{ZDIFF, ZINTER, ZUNION};
pub(super) use store::{ZDIFFSTORE, ZINTERSTORE, ZUNIONSTORE};

use crate::Arg;

const WEIGHTS: Arg = Arg::integer("weight").token("WEIGHTS").multiple().optional();
const AGGREGATE: Arg = Arg::one_of(
    "aggregate",
    &[Arg::flag("sum", "SUM"), Arg::flag("min", "MIN"), Arg::flag("max", "MAX")],
)
.token("AGGREGATE")
.optional();

const UNION_COST: &str = "O(N)+O(M*log(M)) where N is the size of all sets together and M the \
                          number of members of the result.";
const INTER_COST: &str = "O(N*K)+O(M*log(M)) where N is the size of the smallest set, K the \
                          number of sets and M the number of members of the result.";
const DIFF_COST: &str = "O(N*K)+O(M*log(M)) where N is the size of the first set, K the number \
                         of sets and M the number of members of the result.";
