//! Clients that send much at once take turns, so that those who send little need not wait for all
//! of them.
//!
//! A thread that serves looks for events, runs what every ready connection has read, and looks
//! again. With fifty pipelines of large writes such a round takes ten milliseconds and more, and
//! who asks for one key at the wrong moment waits for two of them. So of the long ones only a few
//! go in each round, in the order in which they came; the short ones go in all.

use tokio::sync::Semaphore;

/// A read of more bytes is long: some ten thousandths of a second of work.
const SHORT_BYTES_MAX: usize = 4 << 10;
/// Long ones between two looks for events.
const LONG_PER_ROUND: usize = 4;

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
    fn a_few_long_ones_go_in_each_round_those_first_that_came_first() {
        let ran = order(&[64 << 10; 11]);
        let mut rounds: Vec<Vec<usize>> = ran
            .split(Option::is_none)
            .map(|round| round.iter().flatten().copied().collect())
            .collect();
        rounds.retain(|round| !round.is_empty());
        // In which order a round's own go is the runtime's affair.
        rounds.iter_mut().for_each(|round| round.sort_unstable());
        assert_eq!(rounds, [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9, 10]]);
    }

    #[test]
    fn short_ones_do_not_wait_for_long_ones() {
        let ran = order(&[64 << 10, 64 << 10, 100, 64 << 10, SHORT_BYTES_MAX]);
        let order: Vec<usize> = ran.into_iter().flatten().collect();
        assert_eq!(order[..2], [2, 4], "{order:?}");
    }
}
