//! Calls on collections as a client sends them.

use super::{Act, End, Member, Score, member};
use crate::op::{Key, name, number, text};

impl Act {
    /// The name of the command.
    fn command(&self) -> &'static str {
        match self {
            Self::Hset(_) => "hset",
            Self::Hdel(_) => "hdel",
            Self::HincrBy(..) => "hincrby",
            Self::Hget(_) => "hget",
            Self::Hmget(_) => "hmget",
            Self::Hpexpire(..) => "hpexpire",
            Self::Hpersist(_) => "hpersist",
            Self::Hpttl(_) => "hpttl",
            Self::Hlen => "hlen",
            Self::Sadd(_) => "sadd",
            Self::Srem(_) => "srem",
            Self::SisMember(_) => "sismember",
            Self::Scard => "scard",
            Self::Zadd(_) => "zadd",
            Self::ZincrBy(..) => "zincrby",
            Self::Zrem(_) => "zrem",
            Self::Zscore(_) => "zscore",
            Self::Zrank(_) => "zrank",
            Self::Zrange(..) => "zrange",
            Self::ZremRangeByRank(..) => "zremrangebyrank",
            Self::ZpopMin(_) => "zpopmin",
            Self::Zcard => "zcard",
            Self::Push(End::Left, _) => "lpush",
            Self::Push(End::Right, _) => "rpush",
            Self::Pop(End::Left, _) => "lpop",
            Self::Pop(End::Right, _) => "rpop",
            Self::Lset(..) => "lset",
            Self::Linsert { .. } => "linsert",
            Self::Lrem(..) => "lrem",
            Self::Ltrim(..) => "ltrim",
            Self::Lrange(..) => "lrange",
            Self::Lindex(_) => "lindex",
            Self::Llen => "llen",
        }
    }

    pub(crate) fn words(&self, key: Key) -> Vec<Vec<u8>> {
        let mut words = vec![text(self.command()), name(key)];
        words.extend(self.arguments());
        words
    }

    fn arguments(&self) -> Vec<Vec<u8>> {
        let members = |members: &[Member]| members.iter().map(|it| member(*it)).collect();
        let fields = |members: &[Member]| {
            let count = number(members.len().cast_signed() as i64);
            let words = members.iter().map(|it| member(*it));
            [text("fields"), count].into_iter().chain(words).collect::<Vec<_>>()
        };
        match self {
            Self::Hset(fields) => {
                fields.iter().flat_map(|(field, value)| [member(*field), value.clone()]).collect()
            }
            Self::Zadd(scored) => {
                scored.iter().flat_map(|(score, it)| [halves(*score), member(*it)]).collect()
            }
            Self::Hdel(all)
            | Self::Hmget(all)
            | Self::Sadd(all)
            | Self::Srem(all)
            | Self::Zrem(all)
            | Self::Push(_, all) => members(all),
            Self::Hget(it) | Self::SisMember(it) | Self::Zscore(it) | Self::Zrank(it) => {
                members(&[*it])
            }
            Self::Hpexpire(millis, all) => {
                [number(millis.cast_signed())].into_iter().chain(fields(all)).collect()
            }
            Self::Hpersist(all) | Self::Hpttl(all) => fields(all),
            Self::HincrBy(field, by) => vec![member(*field), number(*by)],
            Self::ZincrBy(by, it) => vec![halves(*by), member(*it)],
            Self::ZpopMin(count) => vec![number(count.cast_signed())],
            Self::Pop(_, count) => count.iter().map(|count| number(count.cast_signed())).collect(),
            Self::Linsert { before, pivot, item } => {
                let side = text(if *before { "before" } else { "after" });
                vec![side, member(*pivot), member(*item)]
            }
            Self::Lset(at, item) | Self::Lrem(at, item) => vec![number(*at), member(*item)],
            Self::Zrange(from, to) => vec![number(*from), number(*to), text("withscores")],
            Self::ZremRangeByRank(from, to) | Self::Ltrim(from, to) | Self::Lrange(from, to) => {
                vec![number(*from), number(*to)]
            }
            Self::Lindex(at) => vec![number(*at)],
            Self::Hlen | Self::Scard | Self::Zcard | Self::Llen => Vec::new(),
        }
    }
}

/// A score as text.
pub(crate) fn halves(score: Score) -> Vec<u8> {
    (score as f64 / 2.0).to_string().into_bytes()
}
