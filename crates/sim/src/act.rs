//! What simulated clients do to collections.

use crate::dice::Dice;

mod draw;
mod words;

pub(crate) use words::halves;

/// A member, field or item, by number.
pub(crate) type Member = u16;

/// A score, by its half: sums of them are exact.
pub(crate) type Score = i64;

/// A type of collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Hash,
    Set,
    Sorted,
    List,
}

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Left,
    Right,
}

/// A call on the collection at a key.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Hset(Vec<(Member, Vec<u8>)>),
    Hdel(Vec<Member>),
    HincrBy(Member, i64),
    Hget(Member),
    Hmget(Vec<Member>),
    Hpexpire(u64, Vec<Member>),
    Hpersist(Vec<Member>),
    Hpttl(Vec<Member>),
    Hlen,
    Sadd(Vec<Member>),
    Srem(Vec<Member>),
    SisMember(Member),
    Scard,
    Zadd(Vec<(Score, Member)>),
    ZincrBy(Score, Member),
    Zrem(Vec<Member>),
    Zscore(Member),
    Zrank(Member),
    Zrange(i64, i64),
    ZremRangeByRank(i64, i64),
    ZpopMin(u64),
    Zcard,
    Push(End, Vec<Member>),
    Pop(End, Option<u64>),
    Lset(i64, Member),
    Linsert { before: bool, pivot: Member, item: Member },
    Lrem(i64, Member),
    Ltrim(i64, i64),
    Lrange(i64, i64),
    Lindex(i64),
    Llen,
}

/// How large collections become.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Members that there are.
    pub(crate) members: u16,
    /// The most that one call names.
    pub(crate) named: u64,
    /// Longest value that is usually put in a field.
    pub(crate) value_len: u64,
}

impl Sizes {
    pub(crate) fn draw(dice: &Dice) -> Self {
        Self {
            members: dice.pick(&[8, 40, 200]),
            named: dice.pick(&[1, 5, 20]),
            value_len: dice.pick(&[8, 40]),
        }
    }
}

/// The bytes of a member. A few are longer than a page.
pub(crate) fn member(number: Member) -> Vec<u8> {
    let padding = match number % 16 {
        0 => 150,
        1..=4 => 30,
        _ => 0,
    };
    let mut name = format!("m{number}").into_bytes();
    name.resize(name.len() + padding, b'.');
    name
}

impl Act {
    /// The fields of a hash that it may change.
    pub(crate) fn changed(&self) -> Vec<Member> {
        match self {
            Self::Hset(pairs) => pairs.iter().map(|(field, _)| *field).collect(),
            Self::Hdel(all) | Self::Hpexpire(_, all) | Self::Hpersist(all) => all.clone(),
            Self::HincrBy(field, _) => vec![*field],
            _ => Vec::new(),
        }
    }

    /// What the key must hold, if it holds anything.
    pub(crate) fn of(&self) -> Type {
        match self {
            Self::Hset(_)
            | Self::Hdel(_)
            | Self::HincrBy(..)
            | Self::Hget(_)
            | Self::Hmget(_)
            | Self::Hpexpire(..)
            | Self::Hpersist(_)
            | Self::Hpttl(_)
            | Self::Hlen => Type::Hash,
            Self::Sadd(_) | Self::Srem(_) | Self::SisMember(_) | Self::Scard => Type::Set,
            Self::Zadd(_)
            | Self::ZincrBy(..)
            | Self::Zrem(_)
            | Self::Zscore(_)
            | Self::Zrank(_)
            | Self::Zrange(..)
            | Self::ZremRangeByRank(..)
            | Self::ZpopMin(_)
            | Self::Zcard => Type::Sorted,
            Self::Push(..)
            | Self::Pop(..)
            | Self::Lset(..)
            | Self::Linsert { .. }
            | Self::Lrem(..)
            | Self::Ltrim(..)
            | Self::Lrange(..)
            | Self::Lindex(_)
            | Self::Llen => Type::List,
        }
    }
}
