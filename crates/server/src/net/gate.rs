//! Clients that send much at once take turns, so that those who send little need not wait for all
//! of them.
//!
//! A thread that serves looks for events, runs what every ready connection has read, and looks
//! again. With fifty pipelines of large writes such a round takes ten milliseconds and more, and
//! who asks for one key at the wrong moment waits for two of them. So of the long ones only one goes
//! in each round, in the order in which they came; the short ones go in all.

use tokio::sync::Semaphore;

/// A read of more bytes is long: some ten thousandths of a second of work.
const SHORT_BYTES_MAX: usize = 4 << 10;
/// Long ones between two looks for events.
const LONG_PER_ROUND: usize = 1;

/// What the connections of one thread pass between reading and running.
#[derive(Debug)]
pub(super) struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(LONG_PER_ROUND))
    }
}

impl Gate {
    /// Waits for the turn of a connection that has read `bytes`, if that is long.
    pub(super) async fn pass(&self, bytes: usize) {
        if bytes <= SHORT_BYTES_MAX {
            return;
        }
        // Free for the next once this one has waited for a look: then it runs.
        let _place = self.0.acquire().await;
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;
    use tokio::task::yield_now;

    use super::*;

    /// Who ran, in order, and `None` for each look for events.
    fn order(bytes: &[usize]) -> Vec<Option<usize>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (gate, ran) = (Arc::new(Gate::default()), Arc::new(Mutex::new(Vec::new())));
        for (number, &bytes) in bytes.iter().enumerate() {
            let (gate, ran) = (Arc::clone(&gate), Arc::clone(&ran));
            runtime.spawn(async move {
                gate.pass(bytes).await;
                ran.lock().push(Some(number));
            });
        }
        runtime.block_on(async {
            while ran.lock().iter().flatten().count() < bytes.len() {
                yield_now().await;
                ran.lock().push(None);
            }
        });
        let ran = ran.lock();
        ran.clone()
    }

    #[test]
    fn one_long_one_goes_in_each_round_in_the_order_in_which_they_came() {
        let ran = order(&[64 << 10; 7]);
        let rounds = ran.split(Option::is_none).filter(|round| !round.is_empty());
        let rounds: Vec<Vec<usize>> =
            rounds.map(|round| round.iter().flatten().copied().collect()).collect();
        assert_eq!(rounds, [[0], [1], [2], [3], [4], [5], [6]]);
    }

    #[test]
    fn short_ones_do_not_wait_for_long_ones() {
        let ran = order(&[64 << 10, 64 << 10, 100, 64 << 10, SHORT_BYTES_MAX]);
        let order: Vec<usize> = ran.into_iter().flatten().collect();
        assert_eq!(order[..2], [2, 4], "{order:?}");
    }
}
