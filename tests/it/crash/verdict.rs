//! Compares what a client finds after a crash with what it may find.

use std::time::Duration;

use hadal_it::{Client, Reply, wait};

use super::large::{self, Large};
use super::load::Log;
use super::model::{Deadline, Entry, KEYS, Owner, SOON, STRINGS, State};

/// Keys per client that may be gone or not by the time of a count.
pub(crate) const SOON_KEYS: usize = SOON;

/// What `everysec` may lose.
const WINDOW: Duration = Duration::from_secs(2);
/// A server may look at its clock a little earlier than the client does.
const CLOCK_SLACK_MS: u64 = 200;

/// What the server was told to promise.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Policy {
    Always = 1,
    EverySec = 2,
}

impl Policy {
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::EverySec => "everysec",
        }
    }

    /// How many operations must have survived.
    fn owed(self, log: &Log) -> usize {
        match self {
            Self::Always => log.acknowledged.len(),
            Self::EverySec => log.acknowledged.partition_point(|&at| at + WINDOW <= log.died),
        }
    }
}

/// All keys of a client as the server shows them, and when it was asked.
#[derive(Debug)]
pub(crate) struct Seen {
    keys: Vec<Option<Found>>,
    large: Large,
    before: u64,
    after: u64,
    owner: Owner,
}

#[derive(Debug)]
struct Found {
    value: Vec<u8>,
    deadline: Option<u64>,
}

/// Reads all keys of `owner`.
pub(crate) fn look(client: &mut Client, owner: Owner) -> Seen {
    let before = wait::unix_millis();
    for index in 0..STRINGS {
        client.queue(&[b"GET".to_vec(), owner.key(index)]);
        client.queue(&[b"PEXPIRETIME".to_vec(), owner.key(index)]);
    }
    (0..large::COUNT).for_each(|number| client.queue(&Large::question(owner, number)));
    client.flush().expect("the server takes the reads");
    let keys = (0..STRINGS).map(|index| {
        let value = client.receive().expect("a reply to GET");
        let time = client.receive().expect("a reply to PEXPIRETIME").int();
        match (value, time) {
            (Reply::Null, _) | (Reply::Bulk(_), -2) => None,
            (Reply::Bulk(value), time) => Some(Found { value, deadline: u64::try_from(time).ok() }),
            (other, _) => panic!("GET {} answered {other:?}", owner.key(index).escape_ascii()),
        }
    });
    let mut keys: Vec<_> = keys.collect();
    let mut large = Large::default();
    for number in 0..large::COUNT {
        large.take(number, client.receive().expect("a collection"));
        keys.push(large.digest(number).map(|value| Found { value, deadline: None }));
    }
    Seen { keys, large, before, after: wait::unix_millis(), owner }
}

impl Seen {
    fn agrees(&self, index: usize, expected: Option<&Entry>) -> bool {
        match (expected, &self.keys[index]) {
            (None, found) => found.is_none(),
            (Some(entry), None) => entry.deadline.is_some_and(|at| at.earliest <= self.after),
            (Some(entry), Some(found)) => {
                let alive =
                    entry.deadline.is_none_or(|at| at.latest + CLOCK_SLACK_MS > self.before);
                alive && *found.value == *entry.value && same(entry.deadline, found.deadline)
            }
        }
    }

    /// One line for every key that is not as `state` has it.
    pub(crate) fn mismatches(&self, state: &State) -> Vec<String> {
        let wrong = (0..KEYS).filter(|&index| !self.agrees(index, state.keys[index].as_ref()));
        wrong.map(|index| self.describe(index, state.keys[index].as_ref())).collect()
    }

    fn describe(&self, index: usize, expected: Option<&Entry>) -> String {
        let key = self.owner.key(index);
        let expected = expected.map(|entry| (shown(&entry.value), entry.deadline));
        let found = self.keys[index].as_ref().map(|found| (shown(&found.value), found.deadline));
        format!("  {}: expected {expected:?}, found {found:?}", key.escape_ascii())
    }

    /// The state to go on with. A time of expiry was known only roughly before and is known exactly
    /// now; an operation that may have survived has or has not.
    pub(crate) fn into_state(self) -> State {
        let entries = self.keys.into_iter().map(|found| {
            let found = found?;
            let deadline = found.deadline.map(Deadline::at);
            Some(Entry { value: found.value.into(), deadline })
        });
        State { keys: entries.collect(), large: self.large }
    }
}

fn same(expected: Option<Deadline>, found: Option<u64>) -> bool {
    match (expected, found) {
        (None, None) => true,
        (Some(range), Some(at)) => (range.earliest..=range.latest).contains(&at),
        _ => false,
    }
}

fn shown(value: &[u8]) -> String {
    let start = value[..value.len().min(24)].escape_ascii();
    format!("{} bytes \"{start}\"", value.len())
}

/// Whether what was found is the state after a prefix that is long enough; if not, what is wrong.
pub(crate) fn judge(log: &Log, base: &State, seen: &Seen, policy: Policy) -> Result<(), String> {
    let owed = policy.owed(log);
    let mut walk = Walk::new(base, seen);
    let mut fits = Vec::new();
    let mut closest = (usize::MAX, 0);
    for count in 0..=log.operations.len() {
        if count > 0 {
            walk.step(&log.operations[count - 1]);
        }
        if walk.wrong == 0 {
            fits.push(count);
        }
        closest = closest.min((walk.wrong, count));
    }
    if fits.last().is_some_and(|&count| count >= owed) {
        return Ok(());
    }
    let (sent, acknowledged) = (log.operations.len(), log.acknowledged.len());
    let facts = format!("{sent} sent, {acknowledged} acknowledged, {owed} owed ({policy:?})");
    if let Some(count) = fits.last() {
        return Err(format!("acknowledged operations are lost: only {count} survived; {facts}"));
    }
    let mut state = base.clone();
    log.operations[..closest.1].iter().for_each(|operation| state.apply(operation));
    let lines = seen.mismatches(&state).join("\n");
    Err(format!("no prefix explains what is there; {facts}; closest is {}:\n{lines}", closest.1))
}

/// The states after 0, 1, 2… operations, and how many keys differ from what was seen.
struct Walk<'a> {
    state: State,
    agrees: Vec<bool>,
    wrong: usize,
    seen: &'a Seen,
}

impl<'a> Walk<'a> {
    fn new(base: &State, seen: &'a Seen) -> Self {
        let agrees: Vec<_> =
            (0..KEYS).map(|index| seen.agrees(index, base.keys[index].as_ref())).collect();
        let wrong = agrees.iter().filter(|agrees| !**agrees).count();
        Self { state: base.clone(), agrees, wrong, seen }
    }

    fn step(&mut self, operation: &super::model::Operation) {
        self.state.apply(operation);
        for (index, _) in &operation.effects {
            let agrees = self.seen.agrees(*index, self.state.keys[*index].as_ref());
            self.wrong += usize::from(self.agrees[*index]);
            self.wrong -= usize::from(agrees);
            self.agrees[*index] = agrees;
        }
    }
}

#[cfg(test)]
mod tests {
    use hadal_it::Random;

    use super::super::model::{Author, Operation};
    use super::*;

    fn seen(state: &State) -> Seen {
        let keys = state.keys.iter().map(|entry| {
            let entry = entry.as_ref()?;
            let deadline = entry.deadline.map(|at| at.latest);
            Some(Found { value: entry.value.to_vec(), deadline })
        });
        let now = wait::unix_millis();
        let large = Large::default();
        Seen { keys: keys.collect(), large, before: now, after: now, owner: Owner(0) }
    }

    /// A log of 200 operations, of which `acknowledged` were, and the state after each.
    fn history(seed: u64, acknowledged: usize) -> (Log, Vec<State>) {
        let mut author = Author::new(Owner(0), State::empty(), seed);
        let mut states = vec![State::empty()];
        let mut operations = Vec::new();
        for _ in 0..200 {
            operations.push(author.next());
            states.push(author.state.clone());
        }
        let now = wait::now();
        (Log { operations, acknowledged: vec![now; acknowledged], died: now }, states)
    }

    #[test]
    fn the_oracle_accepts_every_prefix_that_holds_what_was_acknowledged() {
        for survived in 120..=200 {
            let (log, states) = history(survived as u64, 120);
            let verdict = judge(&log, &State::empty(), &seen(&states[survived]), Policy::Always);
            assert_eq!(verdict, Ok(()), "{survived} operations survived");
        }
    }

    #[test]
    fn the_oracle_sees_a_lost_operation() {
        for seed in 0..50 {
            let (log, states) = history(seed, 150);
            let visible = (0..150).rev().find(|&count| !seen(&states[count]).fits(&states[150]));
            let survived = visible.expect("operations change something");
            let verdict = judge(&log, &State::empty(), &seen(&states[survived]), Policy::Always);
            assert!(verdict.is_err_and(|fault| fault.contains("lost")), "seed {seed}");
            // What was acknowledged just now may go under the other policy.
            let verdict = judge(&log, &State::empty(), &seen(&states[survived]), Policy::EverySec);
            assert_eq!(verdict, Ok(()), "seed {seed}");
        }
    }

    #[test]
    fn the_oracle_sees_half_a_transaction() {
        let halves = |operation: &Operation| operation.effects.len() >= 5;
        let mut caught = 0;
        for seed in 0..50 {
            let (log, states) = history(seed, 0);
            let at = log.operations.iter().rposition(halves).expect("one in six is a transaction");
            let mut half = states[at].clone();
            let (index, after) = &log.operations[at].effects[0];
            half.keys[*index].clone_from(after);
            if seen(&half).fits(&states[at]) || seen(&half).fits(&states[at + 1]) {
                continue;
            }
            let verdict = judge(&log, &State::empty(), &seen(&half), Policy::Always);
            assert!(verdict.is_err_and(|fault| fault.contains("no prefix")), "seed {seed}");
            caught += 1;
        }
        assert!(caught > 10, "only {caught} of 50 transactions could be halved");
    }

    #[test]
    fn the_oracle_sees_a_wrong_byte_and_a_wrong_expiry() {
        let (log, states) = history(7, 200);
        for index in Random::new(1).bytes(40).into_iter().map(|byte| usize::from(byte) % KEYS) {
            let mut wrong = seen(&states[200]);
            let Some(found) = &mut wrong.keys[index] else { continue };
            match found.value.last_mut() {
                Some(byte) => *byte ^= 1,
                None => found.deadline = Some(1),
            }
            assert!(judge(&log, &State::empty(), &wrong, Policy::Always).is_err());
        }
    }

    impl Seen {
        fn fits(&self, state: &State) -> bool {
            self.mismatches(state).is_empty()
        }
    }
}
