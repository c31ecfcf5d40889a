//! Waiting for the medium with several threads.

/// Items that are worth a thread of their own.
const THREAD_ITEMS: usize = 16;

/// What `run` makes of each part of `items`, in their order: up to `threads` parts at a time.
pub(crate) fn in_parts<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    run: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    let share = items.len().div_ceil(threads).max(THREAD_ITEMS);
    if items.len() <= share {
        return vec![run(items)];
    }
    std::thread::scope(|scope| {
        let run = &run;
        let started: Vec<_> =
            items.chunks(share).map(|part| scope.spawn(move || run(part))).collect();
        let joined = started.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|result| result.expect("a thread's panic ends the process")).collect()
    })
}
