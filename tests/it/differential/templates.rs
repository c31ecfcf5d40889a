//! What programs are made of: a line per call, with names in angle brackets for what is drawn, and
//! parentheses around what is repeated. How often each comes decides how large collections become.

use super::program::Order;

/// A call to be made up.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) weight: u64,
    pub(crate) line: &'static str,
    pub(crate) order: Order,
}

const fn often(line: &'static str) -> Template {
    Template { weight: 40, line, order: Order::Given }
}

const fn at_times(line: &'static str) -> Template {
    Template { weight: 8, line, order: Order::Given }
}

const fn seldom(line: &'static str) -> Template {
    Template { weight: 1, line, order: Order::Given }
}

/// Answers that nobody promises an order of.
const fn unordered(line: &'static str) -> Template {
    Template { weight: 3, line, order: Order::None }
}

const fn unordered_pairs(line: &'static str) -> Template {
    Template { weight: 3, line, order: Order::OfPairs }
}

pub(crate) const TEMPLATES: &[Template] = &[
    // Strings.
    often("SET <string> <value>"),
    at_times("SET <string> <value> XX GET"),
    at_times("GET <string>"),
    at_times("APPEND <string> <value>"),
    at_times("SETRANGE <string> <small> <value>"),
    at_times("GETRANGE <string> <index> <index>"),
    at_times("SETBIT <string> <small> <bit>"),
    at_times("BITCOUNT <string>"),
    at_times("INCRBY <string> <int>"),
    at_times("MSET ( <string> <value> )"),
    at_times("MGET ( <string> )"),
    at_times("GETDEL <string>"),
    at_times("SET <string> <int>"),
    seldom("MSETNX ( <string> <value> )"),
    // Hashes.
    often("HSET <hash> ( <member> <value> )"),
    often("HINCRBY <hash> <field> <int>"),
    at_times("HSETNX <hash> <member> <value>"),
    at_times("HGET <hash> <member>"),
    at_times("HMGET <hash> ( <member> )"),
    at_times("HDEL <hash> ( <member> )"),
    at_times("HDEL <hash> ( <member> )"),
    at_times("HEXISTS <hash> <member>"),
    at_times("HSTRLEN <hash> <member>"),
    at_times("HLEN <hash>"),
    unordered_pairs("HGETALL <hash>"),
    unordered("HKEYS <hash>"),
    unordered("HVALS <hash>"),
    // Sets.
    often("SADD <set> ( <member> )"),
    often("SADD <set> ( <int> )"),
    often("SREM <set> ( <member> )"),
    at_times("SISMEMBER <set> <member>"),
    at_times("SMISMEMBER <set> ( <member> )"),
    at_times("SMOVE <set> <set> <member>"),
    at_times("SCARD <set>"),
    at_times("SINTERCARD 2 <set> <set>"),
    seldom("SINTERSTORE <set> <set> <set>"),
    seldom("SUNIONSTORE <set> <set> <set>"),
    seldom("SDIFFSTORE <set> <set> <set>"),
    unordered("SMEMBERS <set>"),
    unordered("SINTER <set> <set>"),
    unordered("SUNION <set> <set>"),
    unordered("SDIFF <set> <set>"),
    // Sorted sets.
    often("ZADD <zset> ( <score> <member> )"),
    at_times("ZADD <zset> GT CH ( <score> <member> )"),
    at_times("ZADD <zset> NX ( <half> <member> )"),
    at_times("ZINCRBY <zset> <score> <member>"),
    at_times("ZREM <zset> ( <member> )"),
    at_times("ZREM <zset> ( <member> )"),
    at_times("ZSCORE <zset> <member>"),
    at_times("ZMSCORE <zset> ( <member> )"),
    at_times("ZRANK <zset> <member>"),
    at_times("ZREVRANK <zset> <member>"),
    at_times("ZCARD <zset>"),
    at_times("ZCOUNT <zset> <score> <score>"),
    at_times("ZRANGE <zset> <index> <index> WITHSCORES"),
    at_times("ZRANGE <zset> <index> <index> REV"),
    at_times("ZRANGE <zset> <score> (<score> BYSCORE LIMIT <small> 20 WITHSCORES"),
    at_times("ZREVRANGEBYSCORE <zset> +inf <score> LIMIT <small> 20"),
    at_times("ZREMRANGEBYRANK <zset> <small> <small>"),
    at_times("ZPOPMIN <zset> <small>"),
    at_times("ZPOPMAX <zset> <small>"),
    at_times("ZMPOP 2 <zset> <zset> MAX COUNT <small>"),
    seldom("ZREMRANGEBYSCORE <zset> <score> <score>"),
    seldom("ZREMRANGEBYRANK <zset> <index> <index>"),
    seldom("ZRANGESTORE <zset> <zset> <index> <index>"),
    seldom("ZUNIONSTORE <zset> 2 <zset> <set> WEIGHTS 2 -1 AGGREGATE MAX"),
    seldom("ZINTERSTORE <zset> 2 <zset> <zset>"),
    seldom("ZDIFFSTORE <zset> 2 <zset> <set>"),
    at_times("ZINTER 2 <zset> <zset> WITHSCORES"),
    at_times("ZDIFF 2 <zset> <zset> WITHSCORES"),
    // Lists.
    often("RPUSH <list> ( <member> )"),
    often("LPUSH <list> ( <member> )"),
    at_times("LPUSHX <list> <value>"),
    at_times("LPOP <list>"),
    at_times("LPOP <list> <index>"),
    at_times("RPOP <list> <small>"),
    at_times("RPOP <list> <small>"),
    at_times("LLEN <list>"),
    at_times("LINDEX <list> <index>"),
    at_times("LSET <list> <index> <member>"),
    at_times("LRANGE <list> <index> <index>"),
    at_times("LTRIM <list> <small> <last>"),
    seldom("LTRIM <list> <index> <index>"),
    at_times("LINSERT <list> BEFORE <member> <member>"),
    at_times("LINSERT <list> AFTER <member> <member>"),
    at_times("LREM <list> <small> <member>"),
    at_times("LREM <list> <last> <member>"),
    at_times("LPOS <list> <member> RANK <last> COUNT 0"),
    at_times("LMOVE <list> <list> LEFT RIGHT"),
    at_times("RPOPLPUSH <list> <list>"),
    at_times("LMPOP 2 <list> <list> RIGHT COUNT <small>"),
    seldom("SORT <list> ALPHA LIMIT <small> 20"),
    seldom("SORT <set> ALPHA DESC LIMIT <small> 20"),
    // All of them.
    at_times("EXISTS ( <any> )"),
    at_times("TYPE <any>"),
    at_times("EXPIRE <any> 100000"),
    at_times("PERSIST <any>"),
    at_times("RENAME <string> <string>"),
    seldom("RENAME <hash> <hash>"),
    seldom("RENAME <zset> <zset>"),
    seldom("RENAMENX <list> <list>"),
    seldom("COPY <hash> <hash> REPLACE"),
    seldom("COPY <set> <set> REPLACE"),
    seldom("COPY <zset> <zset>"),
    seldom("COPY <list> <list> REPLACE"),
    seldom("COPY <any> <any> REPLACE"),
    seldom("DEL <any>"),
    seldom("UNLINK <any> <any>"),
];
