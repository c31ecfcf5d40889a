//! How long commands take, without a look at the clock for each.
//!
//! A window of commands is timed as a whole, and light commands share what it took. Those that
//! may take long are timed on their own: from the last look at the clock if nothing ran since,
//! so a lone command costs one look at its end. Where every command must be timed (the slow log
//! is set to less than [`EXACT_BELOW`]) each is treated as if it might take long.

use std::time::Duration;

use hadal_command::{Flag, Speed, Words, parse};
use smallvec::SmallVec;

use crate::admin::slowlog::Slow;
use crate::admin::stats::Outcome;
use crate::config::{Config, Settings};
use crate::server::Server;
use crate::session::Session;
use crate::table::Entry;

/// A window of light commands never takes this long by itself, so that nothing slow is missed.
const EXACT_BELOW: Duration = Duration::from_millis(1);

/// The stopwatch of one window.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The last look at the clock, in microseconds.
    looked_at: u64,
    /// Whether nothing ran since.
    fresh: bool,
    /// What light commands took that are already over.
    light_micros: u64,
    /// Light commands, by their place in the table, and how many of each in a row.
    light: SmallVec<[(usize, u64); 16]>,
    exact: bool,
    latency: bool,
}

impl Meter {
    /// Starts at `micros`. `alone`: the window is a single command.
    pub(crate) fn new(micros: u64, alone: bool, settings: &Settings) -> Self {
        let below = |limit: Option<Duration>| limit.is_some_and(|limit| limit < EXACT_BELOW);
        Self {
            looked_at: micros,
            fresh: true,
            light_micros: 0,
            light: SmallVec::new(),
            exact: alone || below(settings.slowlog_slower_than),
            latency: settings.latency_tracking,
        }
    }

    /// A command is about to run.
    #[inline]
    pub(crate) fn before(&mut self, server: &Server, entry: &Entry) {
        if (entry.timed || self.exact) && !self.fresh {
            self.look(server);
        }
    }

    /// It has run.
    #[inline]
    pub(crate) fn after(
        &mut self,
        (server, settings): (&Server, &Settings),
        session: &Session,
        entry: &Entry,
        words: Words<'_>,
        failed: bool,
    ) {
        if entry.timed || self.exact {
            let start = self.looked_at;
            self.looked_at = server.clock.monotonic_micros();
            self.fresh = true;
            let micros = self.looked_at.saturating_sub(start);
            ran((server, settings), session, (entry, words), micros, failed);
            return;
        }
        self.fresh = false;
        if failed {
            server.stats.failed(entry.index);
        }
        match self.light.last_mut() {
            Some((index, count)) if *index == entry.index => *count += 1,
            _ => self.light.push((entry.index, 1)),
        }
    }

    /// The window has ended, or is interrupted. Returns the time.
    pub(crate) fn stop(mut self, server: &Server) -> u64 {
        if self.light.is_empty() {
            return self.looked_at;
        }
        if !self.fresh {
            self.look(server);
        }
        let calls: u64 = self.light.iter().map(|(_, count)| count).sum();
        let nanos = self.light_micros * 1_000 / calls.max(1);
        for (index, count) in &self.light {
            server.stats.ran_many(*index, *count, nanos * count, self.latency);
        }
        self.looked_at
    }

    fn look(&mut self, server: &Server) {
        let now = server.clock.monotonic_micros();
        if !self.fresh {
            self.light_micros += now.saturating_sub(self.looked_at);
        }
        self.looked_at = now;
        self.fresh = true;
    }
}

/// Counts a command that was timed on its own, and reports it if it was slow.
pub(crate) fn ran(
    (server, settings): (&Server, &Settings),
    session: &Session,
    (entry, words): (&Entry, Words<'_>),
    micros: u64,
    failed: bool,
) {
    let outcome = if failed { Outcome::Failed } else { Outcome::Succeeded };
    server.stats.ran(entry.index, micros * 1_000, outcome, settings.latency_tracking);
    let took = Duration::from_micros(micros);
    if settings.slowlog_slower_than.is_some_and(|limit| took >= limit)
        && !entry.spec.has(Flag::SkipSlowlog)
    {
        slow((server, settings), session, (entry, words), micros);
    }
    if settings.latency_monitor_threshold.is_some_and(|limit| took >= limit) {
        let event = if entry.spec.speed == Speed::Fast { "fast-command" } else { "command" };
        let millis = u32::try_from(micros / 1_000).unwrap_or(u32::MAX);
        let unix_seconds = (server.clock.unix_millis() / 1_000).cast_signed();
        server.latency.lock().add(event, millis, unix_seconds);
    }
}

#[cold]
fn slow(
    (server, settings): (&Server, &Settings),
    session: &Session,
    (entry, words): (&Entry, Words<'_>),
    micros: u64,
) {
    let shown = redacted(entry, words);
    let client = session.client();
    let name = client.names.lock().name.clone();
    let slow = Slow {
        unix_seconds: (server.clock.unix_millis() / 1_000).cast_signed(),
        micros: micros.cast_signed(),
        words: &shown,
        client_address: &client.address,
        client_name: &name,
    };
    server.slowlog.lock().add(&slow, settings.slowlog_len_max);
}

/// The words of a call without passwords.
fn redacted<'a>(entry: &Entry, words: Words<'a>) -> Vec<&'a [u8]> {
    let mut shown = words.to_vec();
    let mut hide = |at: usize| {
        if let Some(word) = shown.get_mut(at) {
            *word = b"(redacted)";
        }
    };
    match entry.spec.name {
        "auth" => (1..words.len()).for_each(hide),
        "hello" => {
            let logins = (2..words.len()).filter(|at| parse::is(words[*at], "AUTH"));
            logins.for_each(|at| [at + 1, at + 2].into_iter().for_each(&mut hide));
        }
        "config|set" => {
            let secrets = (2..words.len()).step_by(2).filter(|at| Config::is_secret(words[*at]));
            secrets.for_each(|at| hide(at + 1));
        }
        _ => {}
    }
    shown
}
