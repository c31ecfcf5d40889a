//! How many threads serve: as few as can do the work, and no more than have a processor to run on.

use std::sync::Arc;
use std::time::Duration;

use super::idle::Idle;
use super::workers::Seats;
use crate::server::Server;

const INTERVAL: Duration = Duration::from_millis(100);
/// While no thread has much to do. To be woken costs a server more than to look.
const INTERVAL_AT_REST: Duration = Duration::from_millis(500);
/// A thread that runs for less of its time has not much to do.
const AT_REST: f64 = 0.05;
/// A thread that runs for more of its time than this gives connections away.
const HOT: f64 = 0.75;
/// The one that gets them must run so much less.
const GAP: f64 = 0.25;
/// Processors that must have been idle: a thread that has to share one with the clients, or with
/// the thread that it should help, makes every command dearer and none faster.
const IDLE: f64 = 0.5;
/// Two threads that together run for less than this become one.
const COOL: f64 = 0.4;
/// How many looks in a row must agree before threads are added, or saved.
const LOOKS_TO_SPREAD: u32 = 2;
const LOOKS_TO_GATHER: u32 = 20;
/// Connections that were silent for so long need not be moved.
const RECENT_MILLIS: u64 = 500;

/// What a worker did between two looks.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Load {
    /// The part of the time in which it ran.
    busy: f64,
    connections: usize,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    /// Half of the busy connections go.
    Spread { from: usize, to: usize },
    /// All of them go.
    Gather { from: usize, to: usize },
}

/// Decides; each look is one call.
#[derive(Debug, Default)]
struct Balance {
    hot_looks: u32,
    cool_looks: u32,
}

impl Balance {
    /// `idle` tells how many processors had nothing to do, if that matters.
    fn look(&mut self, loads: &[Load], idle: impl FnOnce() -> f64) -> Option<Shift> {
        let spread = spread(loads).filter(|_| idle() >= IDLE);
        let gather = if spread.is_none() { gather(loads) } else { None };
        self.hot_looks = if spread.is_some() { self.hot_looks + 1 } else { 0 };
        self.cool_looks = if gather.is_some() { self.cool_looks + 1 } else { 0 };
        if self.hot_looks >= LOOKS_TO_SPREAD {
            self.hot_looks = 0;
            return spread;
        }
        if self.cool_looks >= LOOKS_TO_GATHER {
            self.cool_looks = 0;
            return gather;
        }
        None
    }
}

fn spread(loads: &[Load]) -> Option<Shift> {
    let by_busy =
        |one: &(usize, &Load), other: &(usize, &Load)| one.1.busy.total_cmp(&other.1.busy);
    let sharing = loads.iter().enumerate().filter(|(_, load)| load.connections > 1);
    let (from, hottest) = sharing.max_by(by_busy)?;
    let (to, coolest) = loads.iter().enumerate().min_by(by_busy)?;
    let worth_it = hottest.busy > HOT && hottest.busy - coolest.busy > GAP;
    worth_it.then_some(Shift::Spread { from, to })
}

fn gather(loads: &[Load]) -> Option<Shift> {
    let mut used: Vec<(usize, f64)> = loads
        .iter()
        .enumerate()
        .filter(|(_, load)| load.connections > 0)
        .map(|(at, load)| (at, load.busy))
        .collect();
    used.sort_by(|one, other| one.1.total_cmp(&other.1));
    let [(from, least), (to, more), ..] = used[..] else { return None };
    (least + more < COOL).then_some(Shift::Gather { from, to })
}

/// Moves connections between threads for as long as the server runs.
pub(super) async fn balance(server: Arc<Server>, seats: Arc<Seats>) {
    if seats.count() < 2 {
        return;
    }
    let mut balance = Balance::default();
    let mut busy: Vec<Duration> = (0..seats.count()).map(|worker| seats.busy(worker)).collect();
    let mut idle = Idle::default();
    let mut looked_at = server.clock.monotonic_micros();
    let mut interval = INTERVAL;
    loop {
        tokio::time::sleep(interval).await;
        let now = server.clock.monotonic_micros();
        let passed = Duration::from_micros(now.saturating_sub(looked_at).max(1));
        looked_at = now;
        let mut loads = Vec::with_capacity(busy.len());
        for (worker, before) in busy.iter_mut().enumerate() {
            let after = seats.busy(worker);
            let ran = after.saturating_sub(*before);
            *before = after;
            let busy = ran.as_secs_f64() / passed.as_secs_f64();
            loads.push(Load { busy, connections: seats.load(worker) });
        }
        let at_rest = loads.iter().all(|load| load.busy < AT_REST);
        interval = if at_rest { INTERVAL_AT_REST } else { INTERVAL };
        // Where the system does not say, there may be room.
        let idle = || idle.since_last_look(now).unwrap_or(f64::INFINITY);
        if let Some(shift) = balance.look(&loads, idle) {
            shift_connections(&server, &seats, shift, now / 1_000);
        }
    }
}

fn shift_connections(server: &Server, seats: &Seats, shift: Shift, now: u64) {
    tracing::debug!(?shift, "connections move between threads");
    let (from, to, step) = match shift {
        Shift::Spread { from, to } => (from, to, 2),
        Shift::Gather { from, to } => (from, to, 1),
    };
    let clients = server.clients.all();
    let at_worker = clients.iter().filter(|client| client.worker() == from);
    let moving = at_worker.filter(|client| step == 1 || client.idle_millis(now) < RECENT_MILLIS);
    for client in moving.step_by(step) {
        client.move_to(to);
    }
    seats.prefer(to);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads(loads: &[(f64, usize)]) -> Vec<Load> {
        loads.iter().map(|&(busy, connections)| Load { busy, connections }).collect()
    }

    fn after_idle(looks: u32, of: &[(f64, usize)], idle: f64) -> Option<Shift> {
        let mut balance = Balance::default();
        let loads = loads(of);
        (0..looks).map(|_| balance.look(&loads, || idle)).last().flatten()
    }

    fn after(looks: u32, of: &[(f64, usize)]) -> Option<Shift> {
        after_idle(looks, of, 1.0)
    }

    #[test]
    fn a_hot_thread_gives_half_of_its_connections_to_the_coolest() {
        let of = [(0.9, 50), (0.3, 2), (0.0, 0)];
        assert_eq!(after(1, &of), None);
        assert_eq!(after(2, &of), Some(Shift::Spread { from: 0, to: 2 }));
    }

    #[test]
    fn a_hot_thread_keeps_its_connections_if_no_processor_is_idle() {
        assert_eq!(after_idle(9, &[(0.9, 50), (0.0, 0)], 0.1), None);
    }

    #[test]
    fn one_connection_that_keeps_a_thread_busy_stays() {
        assert_eq!(after(2, &[(1.0, 1), (0.0, 0)]), None);
    }

    #[test]
    fn threads_that_are_equally_hot_keep_what_they_have() {
        assert_eq!(after(2, &[(0.95, 25), (0.8, 25)]), None);
    }

    #[test]
    fn two_threads_that_do_little_become_one_after_a_while() {
        let of = [(0.25, 20), (0.1, 20), (0.0, 0)];
        assert_eq!(after(LOOKS_TO_GATHER - 1, &of), None);
        assert_eq!(after(LOOKS_TO_GATHER, &of), Some(Shift::Gather { from: 1, to: 0 }));
    }

    #[test]
    fn what_was_gathered_is_not_hot_enough_to_spread_again() {
        const { assert!(COOL < HOT - GAP) }
    }
}
