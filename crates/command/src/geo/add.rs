//! Giving members a place: `GEOADD`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;

use super::options::Add;
use crate::{
    Stop, Words,
    sorted_set::{Rule, put},
};

pub(super) fn geoadd(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let add = Add::parse(words)?;
    let outcome = put(txn, words[1], Rule::scores(add.only_if), &add.members)?;
    reply.int(outcome.count(add.counts));
    Ok(())
}
