//! Commands that have to wait: for the disk, for the end of a pause, or because they are about
//! more than this session.
//!
//! Meanwhile the socket is read, a little ahead, to notice a client that has gone: its command is
//! dropped. One that has only said that it will send no more (`nc` does) still gets an answer,
//! if that does not take long, and does not wait for other clients.

use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use hadal_command::{Flag, Words};
use hadal_resp::Writer;
use tokio::io::AsyncReadExt as _;
use tokio::time::{Sleep, sleep};

use super::{AsyncRead, AsyncWrite, Connection, Gone};
use crate::dispatch::{self, Answered, Turn, meter};
use crate::session::{Client, Replies};
use crate::table::{Entry, Found, Run};

/// Bytes read ahead while a command waits. Beyond them, a client's end is noticed later.
const AHEAD_BYTES_MAX: usize = 16 << 10;
/// How long a command goes on whose client will send no more.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// Earlier replies are not held back longer than this by a command that waits.
const HOLD_BACK: Duration = Duration::from_millis(1);
/// A spare buffer beyond this is given back.
const SPARE_BYTES_MAX: usize = 16 << 10;

/// Watches a socket while something else is waited for.
#[derive(Debug, Default)]
struct Watch {
    ahead: Vec<u8>,
    ended: bool,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    /// Runs the window's next command, however long it takes.
    pub(super) async fn run_slow(&mut self) -> Result<(), Gone> {
        if self.next_may_block() {
            // That may take for ever: what can be told is told before.
            self.flush().await?;
        }
        let mut reply = Writer::with_buffer(self.output.writer.proto(), mem::take(&mut self.spare));
        let mut watch = Watch { ended: self.input.ended, ..Watch::default() };
        let may_flush = self.server.driver.is_committed(self.output.committed());
        let start = self.server.clock.monotonic_micros();
        let Self { server, settings, session, window, input, output, stream, now, .. } = self;
        let during = Arc::clone(settings.get());
        let slices = window.slices(input.buffer());
        let words = window.words(window.next(), &slices);
        let Found::Entry(entry) = server.table.find(words) else { return Err(Gone) };
        show_words(session.client(), entry, words);
        let client = Arc::clone(session.client());
        let mut turn =
            Turn { server, session, settings: &during, now: *now, paused: None, blocked_micros: 0 };
        let Answered { committed, rest } = {
            let mut running = pin!(dispatch::run(&mut turn, entry, words, &mut reply));
            let mut hold = None;
            poll_fn(|context| {
                if let Poll::Ready(answered) = running.as_mut().poll(context) {
                    return Poll::Ready(Ok(answered));
                }
                if may_flush && !output.is_empty() {
                    let hold = hold.get_or_insert_with(|| Box::pin(sleep(HOLD_BACK)));
                    if hold.as_mut().poll(context).is_ready() {
                        write_some(stream, output, context)?;
                    }
                }
                watch.poll(stream, &client, context).map(Err)
            })
            .await?
        };
        let blocked_micros = turn.blocked_micros;
        // Of an answer that the client does not want, nothing more is made.
        let rest = rest.filter(|_| session.replies == Replies::On);
        let failed = dispatch::conclude(server, session, 0, &mut reply);
        let end = server.clock.monotonic_micros();
        let took = end.saturating_sub(start).saturating_sub(blocked_micros);
        // CONFIG SET counts by what it has set.
        meter::ran((server, settings.get()), session, (entry, words), took, failed);
        session.client().waiting.store(false, Ordering::Relaxed);
        session.client().words_bytes.store(0, Ordering::Relaxed);
        drop(slices);
        self.output.wait_for(committed);
        self.take_reply(reply);
        self.take_ahead(&watch);
        if let Some(rest) = rest {
            self.send_rest(rest).await?;
        }
        self.window.advance();
        self.ran += 1;
        self.look_at_clock();
        if self.window.is_done() {
            self.server.driver.release(&mut self.session.pins);
        }
        Ok(())
    }

    fn next_may_block(&self) -> bool {
        let slices = self.window.slices(self.input.buffer());
        let words = self.window.words(self.window.next(), &slices);
        let found = self.server.table.find(words);
        matches!(found, Found::Entry(entry) if entry.spec.has(Flag::Blocking))
    }

    /// Waits for the end of a pause, or a part of it.
    pub(super) async fn pause(&mut self) -> Result<(), Gone> {
        self.flush().await?;
        let mut watch = Watch { ended: self.input.ended, ..Watch::default() };
        {
            let mut over = pin!(self.server.clients.pause.wait(self.now.monotonic));
            let (stream, client) = (&mut self.stream, self.session.client());
            poll_fn(|context| {
                if over.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Ok(()));
                }
                watch.poll(stream, client, context).map(Err)
            })
            .await?;
        }
        self.take_ahead(&watch);
        self.look_at_clock();
        Ok(())
    }

    fn take_reply(&mut self, mut reply: Writer) {
        let writer = &mut self.output.writer;
        writer.set_proto(reply.proto());
        if writer.is_empty() {
            mem::swap(writer, &mut reply);
        } else {
            writer.raw(reply.as_slice());
        }
        reply.clear();
        let spare = reply.take();
        if spare.capacity() <= SPARE_BYTES_MAX {
            self.spare = spare;
        }
    }

    fn take_ahead(&mut self, watch: &Watch) {
        if !watch.ahead.is_empty() {
            self.server.traffic.read(self.session.client().id, watch.ahead.len());
            self.input.append(&watch.ahead);
        }
        self.input.ended |= watch.ended;
    }
}

impl Watch {
    /// Ready when there is nobody left to answer.
    fn poll<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        client: &Client,
        context: &mut Context<'_>,
    ) -> Poll<Gone> {
        while !self.ended && self.ahead.len() < AHEAD_BYTES_MAX {
            match pin!(stream.read_buf(&mut self.ahead)).poll(context) {
                Poll::Ready(Ok(0)) => self.ended = true,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Gone),
                Poll::Pending => return Poll::Pending,
            }
        }
        if !self.ended {
            return Poll::Pending;
        }
        if client.is_blocked() {
            // What it would be given nobody would read.
            return Poll::Ready(Gone);
        }
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(LAST_WAIT)));
        deadline.as_mut().poll(context).map(|()| Gone)
    }
}

fn show_words(client: &Client, entry: &Entry, words: Words<'_>) {
    let bytes = words.iter().map(|word| word.len()).sum();
    client.words_bytes.store(bytes, Ordering::Relaxed);
    let waits_for_data = matches!(entry.run, Run::Data(_));
    client.waiting.store(waits_for_data, Ordering::Relaxed);
}

/// Writes what the client takes now.
fn write_some<S: AsyncWrite + Unpin>(
    stream: &mut S,
    output: &mut super::Output,
    context: &mut Context<'_>,
) -> Result<(), Gone> {
    while !output.is_empty() {
        match Pin::new(&mut *stream).poll_write(context, output.unsent()) {
            Poll::Ready(Ok(bytes @ 1..)) => output.has_sent(bytes),
            Poll::Ready(Ok(0) | Err(_)) => return Err(Gone),
            Poll::Pending => break,
        }
    }
    Ok(())
}
