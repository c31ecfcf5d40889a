//! Reading and writing.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{AsyncRead, AsyncWrite, AsyncWriteExt as _, Connection, Gone};
use crate::driver::Streaming;
use crate::net::gate::Gate;
use crate::session::Disconnect;
use hadal_command::Written;
use tokio::io::AsyncReadExt as _;

/// How long a connection that is being closed may take to read its last replies.
const CLOSE_TIME_MAX: Duration = Duration::from_secs(10);
/// What a client that was not understood may still send before its connection is closed.
const DRAIN_BYTES_MAX: usize = 1 << 20;
const DRAIN_TIME_MAX: Duration = Duration::from_millis(100);

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Connection<S> {
    /// Writes what the client takes, once it may be told.
    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        if !self.output.is_empty() {
            self.wait_for_commit().await?;
            self.check_output()?;
            poll_fn(|context| match self.poll_write(context) {
                Poll::Ready(Err(_)) => Poll::Ready(Err(Gone)),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
            })
            .await?;
        }
        self.report();
        Ok(())
    }

    async fn wait_for_commit(&mut self) -> Result<(), Gone> {
        let committed = self.output.committed();
        if !self.server.driver.is_committed(committed)
            && self.server.driver.committed(committed).await.is_err()
        {
            // Nobody knows whether these writes will be there after a restart: say nothing.
            return Err(Gone);
        }
        Ok(())
    }

    /// Sends the rest of an answer that is made in parts, each when the client has taken the one
    /// before. So it holds one part, and no limit of unread replies is met by it.
    pub(super) async fn send_rest(&mut self, mut rest: Streaming) -> Result<(), Gone> {
        // What has been loaded for the commands behind need not wait in memory for them.
        self.server.driver.release(&mut self.session.pins);
        self.wait_for_commit().await?;
        let mut written = Written::Part;
        loop {
            self.report();
            poll_fn(|context| self.poll_write(context)).await.map_err(|_| Gone)?;
            self.look_at_clock();
            if written == Written::Last {
                self.report();
                return Ok(());
            }
            written = match rest.next(&mut self.output.writer).await {
                Ok(written) => written,
                Err(failed) => {
                    // How many elements follow has been said: there is no place for an error.
                    let id = self.session.client().id;
                    tracing::error!(client = id, ?failed, "an answer in parts was broken off");
                    return Err(Gone);
                }
            };
        }
    }

    /// Writes, and waits if more is unread than may be kept while there is more to run.
    pub(super) async fn flush_some(&mut self) -> Result<(), Gone> {
        self.flush().await?;
        if !self.may_keep_replies() {
            poll_fn(|context| self.poll_write(context)).await.map_err(|_| Gone)?;
            self.report();
        }
        Ok(())
    }

    /// Waits for bytes, writing what is still unsent meanwhile, and for their turn at `gate`.
    pub(super) async fn read(&mut self, gate: &Gate) -> Result<(), Gone> {
        if self.input.ended {
            return Err(Gone);
        }
        let limit = self.settings.get().client_query_buffer_bytes_max;
        if self.input.pending_bytes() > limit {
            let client = self.session.client();
            tracing::warn!(
                client = client.id,
                address = client.address,
                "client sent too much at once and was disconnected"
            );
            self.server.clients.disconnected(Disconnect::QueryLimit);
            return Err(Gone);
        }
        self.check_share()?;
        self.input.make_room();
        let bytes = poll_fn(|context| self.poll_read(context)).await.map_err(|_| Gone)?;
        if bytes == 0 {
            return Err(Gone);
        }
        self.input.has_read(bytes);
        self.server.traffic.read(self.session.client().id, bytes);
        gate.pass(bytes).await;
        self.look_at_clock();
        Ok(())
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if !self.output.is_empty() {
            let written = self.poll_write(context)?;
            // Who reads nothing may send a little more, but not for ever.
            if written.is_pending() && !self.may_keep_replies() {
                return Poll::Pending;
            }
        }
        let buffer = self.input.buffer_mut();
        pin!(self.stream.read_buf(buffer)).poll(context)
    }

    /// Writes until all is written. Pending: the client does not read.
    pub(super) fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.output.is_empty() {
            let stream = Pin::new(&mut self.stream);
            let bytes = ready!(stream.poll_write(context, self.output.unsent()))?;
            if bytes == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.output.has_sent(bytes);
            self.server.traffic.written(self.session.client().id, bytes);
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what is left, so that the client sees all of it before the connection ends.
    pub(super) async fn close(&mut self) {
        if self.flush().await.is_err() {
            return;
        }
        let rest = poll_fn(|context| self.poll_write(context));
        let Ok(Ok(())) = tokio::time::timeout(CLOSE_TIME_MAX, rest).await else { return };
        // Whoever was understood sees the end when the connection is dropped, and by then does not
        // count any more: a client that waits for its end may come back at once.
        if self.input.error().is_none() || self.stream.shutdown().await.is_err() {
            return;
        }
        // Closing with bytes unread makes the kernel reset the connection, and the client might
        // lose the reply that says what it did wrong.
        let drain = async {
            let mut bytes = 0;
            let mut scratch = Vec::with_capacity(16 << 10);
            while bytes < DRAIN_BYTES_MAX {
                scratch.clear();
                match self.stream.read_buf(&mut scratch).await {
                    Ok(0) | Err(_) => break,
                    Ok(more) => bytes += more,
                }
            }
        };
        drop(tokio::time::timeout(DRAIN_TIME_MAX, drain).await);
    }
}
