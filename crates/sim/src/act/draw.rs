//! Which calls on collections are made: more that let them grow than that let them shrink, and now
//! and then one that leaves little.

use super::{Act, End, Member, Score, Sizes, Type};
use crate::dice::Dice;
use crate::op::{millis, value};

impl Type {
    pub(crate) fn draw(dice: &Dice) -> Self {
        dice.pick(&[Self::Hash, Self::Set, Self::Sorted, Self::List])
    }
}

impl Act {
    pub(crate) fn draw(dice: &Dice, of: Type, sizes: Sizes) -> Self {
        match of {
            Type::Hash => hash(dice, sizes),
            Type::Set => set(dice, sizes),
            Type::Sorted => sorted(dice, sizes),
            Type::List => list(dice, sizes),
        }
    }
}

fn hash(dice: &Dice, sizes: Sizes) -> Act {
    let field = || one(dice, sizes);
    match dice.below(16) {
        0..=4 => {
            let fields = several(dice, sizes).into_iter();
            Act::Hset(fields.map(|field| (field, value(dice, sizes.value_len))).collect())
        }
        5 | 6 => Act::Hdel(several(dice, sizes)),
        7 => Act::HincrBy(field(), dice.below(2_000).cast_signed() - 1_000),
        8 | 9 => Act::Hget(field()),
        10 => Act::Hmget(several(dice, sizes)),
        11 | 12 => {
            let after = if dice.one_in(8) { 0 } else { millis(dice) };
            Act::Hpexpire(after, several(dice, sizes))
        }
        13 => Act::Hpersist(several(dice, sizes)),
        14 => Act::Hpttl(several(dice, sizes)),
        _ => Act::Hlen,
    }
}

fn set(dice: &Dice, sizes: Sizes) -> Act {
    match dice.below(10) {
        0..=4 => Act::Sadd(several(dice, sizes)),
        5 | 6 => Act::Srem(several(dice, sizes)),
        7 | 8 => Act::SisMember(one(dice, sizes)),
        _ => Act::Scard,
    }
}

fn sorted(dice: &Dice, sizes: Sizes) -> Act {
    match dice.below(18) {
        0..=5 => {
            let members = several(dice, sizes).into_iter();
            Act::Zadd(members.map(|member| (score(dice), member)).collect())
        }
        6 | 7 => Act::ZincrBy(score(dice), one(dice, sizes)),
        8 | 9 => Act::Zrem(several(dice, sizes)),
        10 => Act::Zscore(one(dice, sizes)),
        11 | 12 => Act::Zrank(one(dice, sizes)),
        13 | 14 => {
            let (from, to) = stretch(dice, sizes);
            Act::Zrange(from, to)
        }
        15 => {
            let (from, to) = stretch(dice, sizes);
            Act::ZremRangeByRank(from, to)
        }
        16 => Act::ZpopMin(dice.below(sizes.named + 1)),
        _ => Act::Zcard,
    }
}

fn list(dice: &Dice, sizes: Sizes) -> Act {
    let end = dice.pick(&[End::Left, End::Right]);
    let index = || dice.below(u64::from(sizes.members) * 2).cast_signed() - 20;
    match dice.below(20) {
        0..=6 => Act::Push(end, several(dice, sizes)),
        7 | 8 => Act::Pop(end, (!dice.one_in(3)).then(|| dice.below(sizes.named + 1))),
        9 | 10 => Act::Lset(index(), one(dice, sizes)),
        11 | 12 => {
            Act::Linsert { before: dice.one_in(2), pivot: one(dice, sizes), item: one(dice, sizes) }
        }
        13 => Act::Lrem(dice.below(7).cast_signed() - 3, one(dice, sizes)),
        14 => match dice.below(3) {
            0 => {
                let (from, to) = stretch(dice, sizes);
                Act::Ltrim(from, to)
            }
            _ => Act::Ltrim(dice.below(4).cast_signed(), -1 - dice.below(4).cast_signed()),
        },
        15 | 16 => {
            let (from, to) = stretch(dice, sizes);
            Act::Lrange(from, to)
        }
        17 | 18 => Act::Lindex(index()),
        _ => Act::Llen,
    }
}

fn one(dice: &Dice, sizes: Sizes) -> Member {
    dice.below(sizes.members.into()) as Member
}

fn several(dice: &Dice, sizes: Sizes) -> Vec<Member> {
    (0..=dice.below(sizes.named)).map(|_| one(dice, sizes)).collect()
}

fn score(dice: &Dice) -> Score {
    (dice.below(40).cast_signed() - 20) * dice.pick(&[1, 1, 1 << 34])
}

/// Two ends: usually a few elements apart, sometimes wherever.
fn stretch(dice: &Dice, sizes: Sizes) -> (i64, i64) {
    let anywhere = || dice.below(u64::from(sizes.members)).cast_signed();
    match dice.below(8) {
        0 => (anywhere() - anywhere(), anywhere() - anywhere()),
        1 => (dice.below(5).cast_signed(), -1),
        _ => {
            let from = anywhere() - 5;
            (from, from + dice.below(sizes.named * 2).cast_signed())
        }
    }
}
