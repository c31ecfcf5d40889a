//! The load: N connections on a few threads, each with one batch in flight (or, with `--rate`, sent
//! on a fixed schedule), latencies in a histogram, and progress by the second.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use crate::connection::{Asked, Connection, Tally};
use crate::keys::{Chooser, Pattern};
use crate::options::{Known, Options};
use crate::report;

pub(crate) const OPTIONS: &[Known] = &[
    Known { name: "port", default: "6379", help: "server on 127.0.0.1" },
    Known { name: "operation", default: "get", help: "get, set, or mixed (see --set-ratio)" },
    Known { name: "keys", default: "1000000", help: "size of the key space" },
    Known {
        name: "pattern",
        default: "uniform",
        help: "sequential, permuted (each key once), uniform, zipf, absent",
    },
    Known { name: "theta", default: "0.99", help: "skew of zipf" },
    Known { name: "set-ratio", default: "0.5", help: "share of SET in mixed" },
    Known { name: "value-bytes", default: "100", help: "size of values" },
    Known { name: "connections", default: "50", help: "over all threads" },
    Known { name: "threads", default: "1", help: "of this program" },
    Known { name: "pipeline", default: "1", help: "commands per batch" },
    Known { name: "requests", default: "0", help: "stop after so many; 0: see --seconds" },
    Known { name: "seconds", default: "10", help: "stop after this time, if --requests is 0" },
    Known { name: "rate", default: "0", help: "commands per second, on schedule; 0: all it can" },
    Known { name: "seed", default: "1", help: "of the random choices" },
    Known { name: "stop-file", default: "", help: "stop when this file appears" },
    Known { name: "progress", default: "", help: "write `second commands` lines to this file" },
];

/// What all threads of a run share.
#[derive(Debug)]
struct Shared {
    /// Commands not yet given to a connection.
    left: AtomicU64,
    stop: AtomicBool,
    done: AtomicU64,
}

/// What a thread does.
#[derive(Debug, Clone)]
struct Plan {
    port: u16,
    connections: usize,
    pipeline: usize,
    set_ratio: f64,
    value_bytes: usize,
    /// Between two batches of one connection, with `--rate`.
    interval: Option<Duration>,
}

/// The result of one thread, or of all together.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) tally: Tally,
    pub(crate) latency: Histogram<u64>,
    /// The longest time in which a thread with batches in flight saw no reply at all.
    pub(crate) longest_pause: Duration,
}

impl Outcome {
    fn new() -> Self {
        let latency = Histogram::new_with_bounds(1, 120_000_000, 3);
        let latency = latency.expect("the bounds are constants that fit");
        Self { tally: Tally::default(), latency, longest_pause: Duration::ZERO }
    }

    fn add(&mut self, other: &Self) {
        let (tally, more) = (&mut self.tally, &other.tally);
        tally.replies += more.replies;
        tally.sets += more.sets;
        tally.absent += more.absent;
        tally.wrong += more.wrong;
        tally.errors += more.errors;
        tally.first_error = tally.first_error.take().or_else(|| more.first_error.clone());
        self.latency.add(&other.latency).expect("both histograms have the same bounds");
        self.longest_pause = self.longest_pause.max(other.longest_pause);
    }
}

/// Runs the load and prints one line of JSON.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let requests: u64 = options.get("requests")?;
    let seconds: f64 = options.get("seconds")?;
    let threads: usize = options.get("threads")?;
    let chooser = chooser(options)?;
    let plan = plan(options, threads)?;
    let left = AtomicU64::new(if requests == 0 { u64::MAX } else { requests });
    let shared = Arc::new(Shared { left, stop: AtomicBool::new(false), done: AtomicU64::new(0) });
    let started = Instant::now();
    let workers: Vec<_> = (0..threads)
        .map(|thread| {
            let (plan, shared) = (plan.clone(), Arc::clone(&shared));
            let chooser = chooser.fork(thread as u64);
            std::thread::spawn(move || {
                let outcome = work(&plan, chooser, &shared);
                shared.stop.store(true, Ordering::Relaxed);
                outcome
            })
        })
        .collect();
    let limit = (requests == 0).then(|| Duration::from_secs_f64(seconds));
    let per_second = report::watch(options, &shared.done, &shared.stop, limit);
    let mut total = Outcome::new();
    for worker in workers {
        let outcome = worker.join().map_err(|_| "a worker panicked".to_owned())?;
        total.add(&outcome.map_err(|error| format!("could not go on: {error}"))?);
    }
    report::print(&total, started.elapsed(), &per_second);
    Ok(())
}

fn chooser(options: &Options) -> Result<Chooser, String> {
    let pattern = match options.text("pattern") {
        "sequential" => Pattern::Sequential,
        "permuted" => Pattern::Permuted,
        "uniform" => Pattern::Uniform,
        "zipf" => Pattern::Zipf { theta: options.get("theta")? },
        "absent" => Pattern::Absent,
        other => return Err(format!("--pattern {other:?}: see --help")),
    };
    Ok(Chooser::new(pattern, options.get("keys")?, options.get("seed")?))
}

fn plan(options: &Options, threads: usize) -> Result<Plan, String> {
    let set_ratio = match options.text("operation") {
        "get" => 0.0,
        "set" => 1.0,
        "mixed" => options.get("set-ratio")?,
        other => return Err(format!("--operation {other:?}: see --help")),
    };
    let connections: usize = options.get("connections")?;
    let pipeline: usize = options.get("pipeline")?;
    let rate: f64 = options.get("rate")?;
    let interval =
        (rate > 0.0).then(|| Duration::from_secs_f64(connections as f64 * pipeline as f64 / rate));
    Ok(Plan {
        port: options.get("port")?,
        connections: (connections / threads.max(1)).max(1),
        pipeline,
        set_ratio,
        value_bytes: options.get("value-bytes")?,
        interval,
    })
}

/// One thread: its connections, its epoll, its counts.
struct Worker<'a> {
    plan: &'a Plan,
    shared: &'a Shared,
    chooser: Chooser,
    connections: Vec<Connection>,
    /// With `--rate`: when each connection's next batch is due.
    due: Vec<Instant>,
    value: Vec<u8>,
    outcome: Outcome,
    in_flight: usize,
}

fn work(plan: &Plan, chooser: Chooser, shared: &Shared) -> io::Result<Outcome> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let connections: io::Result<Vec<_>> =
        (0..plan.connections).map(|_| Connection::open(plan.port)).collect();
    let connections = connections?;
    let now = Instant::now();
    let step = plan.interval.unwrap_or_default() / plan.connections as u32;
    let due = (0..plan.connections).map(|number| now + step * number as u32).collect();
    for (number, connection) in connections.iter().enumerate() {
        let data = epoll::EventData::new_u64(number as u64);
        epoll::add(&epoll, &connection.stream, data, epoll::EventFlags::IN)?;
    }
    let value = vec![0; plan.value_bytes];
    let outcome = Outcome::new();
    let mut worker =
        Worker { plan, shared, chooser, connections, due, value, outcome, in_flight: 0 };
    worker.start_all(&epoll, now)?;
    worker.serve(&epoll)?;
    Ok(worker.outcome)
}

impl Worker<'_> {
    fn serve(&mut self, epoll: &impl std::os::fd::AsFd) -> io::Result<()> {
        let mut events = Vec::with_capacity(256);
        let mut last_reply = Instant::now();
        while self.in_flight > 0 || self.more_to_come() {
            events.clear();
            let timeout = Timespec { tv_sec: 0, tv_nsec: self.patience().subsec_nanos().into() };
            match epoll::wait(epoll, spare_capacity(&mut events), Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let now = Instant::now();
            let mut replies = 0;
            for event in &events {
                let (number, flags) = (event.data.u64() as usize, event.flags);
                replies += self.handle(epoll, number, flags, now)?;
            }
            if replies > 0 || self.in_flight == 0 {
                self.outcome.longest_pause = self.outcome.longest_pause.max(now - last_reply);
                last_reply = now;
                self.shared.done.fetch_add(replies, Ordering::Relaxed);
            }
            if self.plan.interval.is_some() {
                self.start_all(epoll, now)?;
            }
        }
        Ok(())
    }

    fn more_to_come(&self) -> bool {
        let left = self.shared.left.load(Ordering::Relaxed) > 0;
        left && !self.shared.stop.load(Ordering::Relaxed)
    }

    /// How long to wait for an event at most.
    fn patience(&self) -> Duration {
        let idle = Duration::from_millis(100);
        if self.plan.interval.is_none() {
            return idle;
        }
        let waiting = self.connections.iter().zip(&self.due);
        let next = waiting.filter(|(it, _)| it.asked.is_empty()).map(|(_, due)| *due).min();
        next.map_or(idle, |due| due.saturating_duration_since(Instant::now()).min(idle))
    }

    fn handle(
        &mut self,
        epoll: &impl std::os::fd::AsFd,
        number: usize,
        flags: epoll::EventFlags,
        now: Instant,
    ) -> io::Result<u64> {
        let connection = &mut self.connections[number];
        if flags.contains(epoll::EventFlags::OUT) {
            self.send(epoll, number)?;
            return Ok(0);
        }
        let replies = connection.receive(&mut self.value, &mut self.outcome.tally)?;
        if replies == 0 {
            return Ok(0);
        }
        let micros = now.saturating_duration_since(connection.since).as_micros() as u64;
        self.outcome.latency.saturating_record_n(micros.max(1), replies);
        if connection.asked.is_empty() {
            self.in_flight -= 1;
            if self.plan.interval.is_none() {
                self.start(epoll, number, now)?;
            }
        }
        Ok(replies)
    }

    /// Starts a batch on every idle connection that is due.
    fn start_all(&mut self, epoll: &impl std::os::fd::AsFd, now: Instant) -> io::Result<()> {
        for number in 0..self.connections.len() {
            let idle = self.connections[number].asked.is_empty();
            match self.plan.interval {
                Some(interval) if idle && self.due[number] <= now => {
                    let due = self.due[number];
                    self.due[number] += interval;
                    self.start(epoll, number, due)?;
                }
                None if idle => self.start(epoll, number, now)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn start(
        &mut self,
        epoll: &impl std::os::fd::AsFd,
        number: usize,
        since: Instant,
    ) -> io::Result<()> {
        if !self.more_to_come() {
            return Ok(());
        }
        let wanted = self.plan.pipeline as u64;
        let left = self.shared.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            Some(left.saturating_sub(wanted))
        });
        let count = left.unwrap_or(0).min(wanted);
        if count == 0 {
            return Ok(());
        }
        let connection = &mut self.connections[number];
        for _ in 0..count {
            let set = match self.plan.set_ratio {
                0.0 => false,
                1.0 => true,
                ratio => self.chooser.chance(ratio),
            };
            connection.ask(Asked { key: self.chooser.next_key(), set }, &mut self.value);
        }
        connection.since = since;
        self.in_flight += 1;
        self.send(epoll, number)
    }

    /// Sends what there is room for, and asks to be told of room for the rest.
    fn send(&mut self, epoll: &impl std::os::fd::AsFd, number: usize) -> io::Result<()> {
        let connection = &mut self.connections[number];
        let wants_room = !connection.send()?;
        if wants_room != connection.wants_room {
            connection.wants_room = wants_room;
            let mut flags = epoll::EventFlags::IN;
            flags.set(epoll::EventFlags::OUT, wants_room);
            let data = epoll::EventData::new_u64(number as u64);
            epoll::modify(epoll, &connection.stream, data, flags)?;
        }
        Ok(())
    }
}
