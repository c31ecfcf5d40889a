//! TEMPORARY handlers until the families are merged.
#![allow(clippy::all, clippy::pedantic, clippy::disallowed_methods)]

use std::ops::ControlFlow;

use hadal_command::{Fault, Handler, Stop, Words};
use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::Kind;
use hadal_value::collection::sorted::Below;
use hadal_value::str::{parse_double, parse_int};
use hadal_value::tree::Direction;

pub(crate) fn find(name: &str) -> (Handler, bool) {
    match name {
        "hset" => (hset, true),
        "hdel" | "srem" | "zrem" => (rem, true),
        "hincrby" => (hincrby, true),
        "hget" => (hget, false),
        "hmget" => (hmget, false),
        "hlen" | "scard" | "zcard" | "llen" => (len, false),
        "sadd" => (sadd, true),
        "sismember" => (sismember, false),
        "zadd" => (zadd, true),
        "zincrby" => (zincrby, true),
        "zscore" => (zscore, false),
        "zrank" => (zrank, false),
        "zrange" => (zrange, false),
        "zremrangebyrank" => (zremrangebyrank, true),
        "zpopmin" => (zpopmin, true),
        "lpush" | "rpush" => (push, true),
        "lpop" | "rpop" => (pop, true),
        "lset" => (lset, true),
        "linsert" => (linsert, true),
        "lrem" => (lrem, true),
        "ltrim" => (ltrim, true),
        "lrange" => (lrange, false),
        "lindex" => (lindex, false),
        other => panic!("{other}"),
    }
}

fn kind(name: &[u8]) -> Kind {
    match name[0] {
        b'h' => Kind::Hash,
        b's' => Kind::Set,
        b'z' => Kind::SortedSet,
        _ => Kind::List,
    }
}

fn hset(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::Hash)?;
    for pair in w[2..].chunks(2) {
        _ = e.opened().map().get(pair[0]);
    }
    e.ready()?;
    let mut n = 0;
    for pair in w[2..].chunks(2) {
        n += i64::from(e.put_field(pair[0], pair[1], None)?);
    }
    out.int(n);
    Ok(())
}
fn sadd(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::Set)?;
    for m in &w[2..] {
        _ = e.opened().map().get(m);
    }
    e.ready()?;
    let mut n = 0;
    for m in &w[2..] {
        n += i64::from(e.add(m)?);
    }
    out.int(n);
    Ok(())
}
fn rem(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let kind = kind(w[0]);
    let mut e = txn.edit(w[1], kind)?;
    for m in &w[2..] {
        if kind == Kind::SortedSet {
            _ = e.opened().sorted().rank(m);
        } else {
            _ = e.opened().map().get(m);
        }
    }
    e.ready()?;
    let mut n = 0;
    for m in &w[2..] {
        n += i64::from(e.remove(m)?);
    }
    out.int(n);
    Ok(())
}
fn hincrby(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::Hash)?;
    let old = match e.opened().map().get(w[2])? {
        None => 0,
        Some(entry) => {
            parse_int(entry.value).ok_or(Fault::Text("ERR hash value is not an integer"))?
        }
    };
    let new = old + parse_int(w[3]).unwrap();
    e.put_field(w[2], new.to_string().as_bytes(), None)?;
    out.int(new);
    Ok(())
}
fn hget(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    match txn.open(w[1], Kind::Hash)? {
        None => out.null(),
        Some(o) => match o.map().get(w[2])? {
            None => out.null(),
            Some(entry) => out.bulk(entry.value),
        },
    }
    Ok(())
}
fn hmget(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let o = txn.open(w[1], Kind::Hash)?;
    out.array(w.len() - 2);
    let mut missed = false;
    for f in &w[2..] {
        match o.as_ref().map(|o| o.map().get(f)) {
            None => out.null(),
            Some(Err(_)) => missed = true,
            Some(Ok(None)) => out.null(),
            Some(Ok(Some(entry))) => out.bulk(entry.value),
        }
    }
    if missed { Err(Stop::Miss) } else { Ok(()) }
}
fn len(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let kind = kind(w[0]);
    let n = match txn.open(w[1], kind)? {
        None => 0,
        Some(o) => match kind {
            Kind::List => o.sequence().len(),
            Kind::SortedSet => o.sorted().len(),
            _ => o.map().len(),
        },
    };
    out.int(n as i64);
    Ok(())
}
fn sismember(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let is = match txn.open(w[1], Kind::Set)? {
        None => false,
        Some(o) => o.map().get(w[2])?.is_some(),
    };
    out.int(i64::from(is));
    Ok(())
}
fn zadd(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::SortedSet)?;
    for pair in w[2..].chunks(2) {
        _ = e.opened().sorted().rank(pair[1]);
        want(&e, parse_double(pair[0]).unwrap());
    }
    e.ready()?;
    let mut n = 0;
    for pair in w[2..].chunks(2) {
        n += i64::from(e.put_score(pair[1], parse_double(pair[0]).unwrap())?);
    }
    out.int(n);
    Ok(())
}
fn zincrby(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::SortedSet)?;
    let old = e.opened().sorted().score(w[3])?.unwrap_or(0.0);
    let new = old + parse_double(w[2]).unwrap();
    _ = e.opened().sorted().rank(w[3]);
    want(&e, new);
    e.ready()?;
    e.put_score(w[3], new)?;
    out.double(new);
    Ok(())
}
fn zscore(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let o = txn.open(w[1], Kind::SortedSet)?;
    match o {
        None => out.null(),
        Some(o) => match o.sorted().score(w[2])? {
            None => out.null(),
            Some(s) => out.double(s),
        },
    }
    Ok(())
}
fn zrank(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let o = txn.open(w[1], Kind::SortedSet)?;
    match o {
        None => out.null(),
        Some(o) => match o.sorted().rank(w[2])? {
            None => out.null(),
            Some(s) => out.int(s as i64),
        },
    }
    Ok(())
}
fn stretch(len: u64, w: Words<'_>) -> (u64, u64) {
    let len = len as i64;
    let abs = |x: i64| if x < 0 { x + len } else { x };
    let from = abs(parse_int(w[2]).unwrap()).max(0);
    let to = abs(parse_int(w[3]).unwrap()).min(len - 1);
    if from > to { (0, 0) } else { (from as u64, (to - from + 1) as u64) }
}
fn zrange(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let Some(o) = txn.open(w[1], Kind::SortedSet)? else {
        out.array(0);
        return Ok(());
    };
    let (from, count) = stretch(o.sorted().len(), w);
    out.array(count as usize * 2);
    o.sorted().range(from, count, Direction::Forward, &mut |m, s| {
        out.bulk(m);
        out.double(s);
        ControlFlow::Continue(())
    })?;
    Ok(())
}
fn zremrangebyrank(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::SortedSet)?;
    let (from, count) = stretch(e.opened().sorted().len(), w);
    zcut(&mut e, from, count)?;
    out.int(count as i64);
    Ok(())
}
fn zcut(e: &mut hadal_keyspace::Editing<'_, '_>, from: u64, count: u64) -> Result<(), Stop> {
    let mut members = Vec::new();
    e.opened().sorted().range(from, count, Direction::Forward, &mut |m, _| {
        members.push(m.to_vec());
        ControlFlow::Continue(())
    })?;
    for m in &members {
        _ = e.opened().sorted().rank(m);
    }
    e.ready()?;
    e.cut(from, count)?;
    Ok(())
}
fn zpopmin(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::SortedSet)?;
    let count = (parse_int(w[2]).unwrap() as u64).min(e.opened().sorted().len());
    let mut all = Vec::new();
    e.opened().sorted().range(0, count, Direction::Forward, &mut |m, s| {
        all.push((m.to_vec(), s));
        ControlFlow::Continue(())
    })?;
    zcut(&mut e, 0, count)?;
    out.array(all.len() * 2);
    for (m, s) in all {
        out.bulk(&m);
        out.double(s);
    }
    Ok(())
}
fn push(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::List)?;
    let left = w[0][0] == b'l';
    let len = e.opened().sequence().len();
    _ = e.opened().sequence().at(if left { 0 } else { len.saturating_sub(1) });
    e.ready()?;
    for (n, item) in w[2..].iter().enumerate() {
        e.insert(if left { 0 } else { len + n as u64 }, item)?;
    }
    out.int((len + w.len() as u64 - 2) as i64);
    Ok(())
}
fn pop(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let counted = w.len() > 2;
    let mut e = txn.edit(w[1], Kind::List)?;
    let len = e.opened().sequence().len();
    if len == 0 {
        if counted {
            out.null_array()
        } else {
            out.null()
        }
        return Ok(());
    }
    let count = if counted { (parse_int(w[2]).unwrap() as u64).min(len) } else { 1 };
    let left = w[0][0] == b'l';
    let mut all = Vec::new();
    let (start, at, direction) =
        if left { (0, 0, Direction::Forward) } else { (len - 1, len - count, Direction::Backward) };
    e.opened().sequence().range(start, count, direction, &mut |item| {
        all.push(item.to_vec());
        ControlFlow::Continue(())
    })?;
    e.ready()?;
    e.cut(at, count)?;
    if counted {
        out.array(all.len());
    }
    for item in all {
        out.bulk(&item);
    }
    Ok(())
}
fn index(len: u64, at: &[u8]) -> Option<u64> {
    let at = parse_int(at).unwrap();
    let at = if at < 0 { at + len as i64 } else { at };
    (at >= 0 && at < len as i64).then_some(at as u64)
}
fn lset(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::List)?;
    let len = e.opened().sequence().len();
    if len == 0 {
        return Err(Fault::NoSuchKey.into());
    }
    let at = index(len, w[2]).ok_or(Fault::Text("ERR index out of range"))?;
    _ = e.opened().sequence().at(at);
    e.ready()?;
    e.replace(at, w[3])?;
    out.ok();
    Ok(())
}
fn items(e: &hadal_keyspace::Editing<'_, '_>) -> Result<Vec<Vec<u8>>, Stop> {
    let o = e.opened();
    let s = o.sequence();
    let mut all = Vec::new();
    s.range(0, s.len(), Direction::Forward, &mut |item| {
        all.push(item.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(all)
}
fn linsert(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::List)?;
    let all = items(&e)?;
    if all.is_empty() {
        out.int(0);
        return Ok(());
    }
    let Some(at) = all.iter().position(|item| item == w[3]) else {
        out.int(-1);
        return Ok(());
    };
    let at = if w[2] == b"before" { at } else { at + 1 };
    e.insert(at as u64, w[4])?;
    out.int(all.len() as i64 + 1);
    Ok(())
}
fn lrem(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::List)?;
    let all = items(&e)?;
    let count = parse_int(w[2]).unwrap();
    let mut eq: Vec<usize> = (0..all.len()).filter(|n| all[*n] == w[3]).collect();
    if count < 0 {
        eq.reverse();
    }
    if count != 0 {
        eq.truncate(count.unsigned_abs() as usize);
    }
    eq.sort();
    for at in eq.iter().rev() {
        e.cut(*at as u64, 1)?;
    }
    out.int(eq.len() as i64);
    Ok(())
}
fn ltrim(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let mut e = txn.edit(w[1], Kind::List)?;
    let len = e.opened().sequence().len();
    let (from, count) = stretch(len, w);
    if len > 0 {
        _ = e.opened().sequence().at(from);
        _ = e.opened().sequence().at((from + count).saturating_sub(1));
        if from + count < len {
            _ = e.opened().sequence().at(from + count);
        }
        if from > 0 {
            _ = e.opened().sequence().at(from - 1);
        }
    }
    e.ready()?;
    e.cut(from + count, len)?;
    e.cut(0, from)?;
    out.ok();
    Ok(())
}
fn lrange(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    let Some(o) = txn.open(w[1], Kind::List)? else {
        out.array(0);
        return Ok(());
    };
    let (from, count) = stretch(o.sequence().len(), w);
    out.array(count as usize);
    o.sequence().range(from, count, Direction::Forward, &mut |item| {
        out.bulk(item);
        ControlFlow::Continue(())
    })?;
    Ok(())
}
fn lindex(txn: &mut Txn<'_>, w: Words<'_>, out: &mut Writer) -> Result<(), Stop> {
    match txn.open(w[1], Kind::List)? {
        None => out.null(),
        Some(o) => {
            let s = o.sequence();
            match index(s.len(), w[2]) {
                None => out.null(),
                Some(at) => match s.at(at)? {
                    None => out.null(),
                    Some(item) => out.bulk(item),
                },
            }
        }
    }
    Ok(())
}

fn want(e: &hadal_keyspace::Editing<'_, '_>, score: f64) {
    let o = e.opened();
    let s = o.sorted();
    let (Ok(lo), Ok(hi)) = (s.count_below(Below::Score(score)), s.count_below(Below::After(score)))
    else {
        return;
    };
    _ = s.range(lo.saturating_sub(1), hi - lo + 3, Direction::Forward, &mut |_, _| {
        ControlFlow::Continue(())
    });
}
