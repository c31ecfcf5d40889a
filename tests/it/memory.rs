//! `maxmemory` bounds the resident memory of the process, whatever clients do.
//!
//! The reference bounds its dataset instead, so these tests are about ours only.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use hadal_it::{Client, Random, Reply, Server, is_reference, wait};

const MIB: u64 = 1 << 20;
const MAX: u64 = 256 * MIB;
/// Five per cent, and what a process needs before it has served anybody.
const ALLOWED: u64 = MAX + MAX / 20 + 16 * MIB;

/// Runs `work` against a server of 256 MB and returns the most memory it was seen to have.
fn peak_during(work: impl FnOnce(&Server)) -> u64 {
    peak_of(&Server::start_with(&[("maxmemory", "256mb")]), work)
}

/// Runs `work` against a server and returns the most memory it was seen to have.
pub(crate) fn peak_of(server: &Server, work: impl FnOnce(&Server)) -> u64 {
    let (peak, done) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(server.resident_bytes(), Ordering::Relaxed);
                wait::pause(Duration::from_millis(5));
            }
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(server)));
        done.store(true, Ordering::Relaxed);
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
    });
    peak.into_inner()
}

fn value(n: u64, len: usize) -> Vec<u8> {
    Random::new(n).bytes(len)
}

fn write(client: &mut Client, count: u64, len: usize) {
    for from in (0..count).step_by(50) {
        let until = (from + 50).min(count);
        for n in from..until {
            client.queue(&[b"SET".to_vec(), format!("k{n}").into_bytes(), value(n, len)]);
        }
        client.flush().expect("the server reads");
        for _ in from..until {
            assert_eq!(client.receive().expect("a reply"), Reply::ok());
        }
    }
}

#[test]
fn a_dataset_of_three_times_the_limit_stays_within_it() {
    if is_reference() {
        return;
    }
    let peak = peak_during(|server| {
        let mut client = server.client();
        write(&mut client, 100_000, 4000);
        assert_eq!(client.call("DBSIZE"), Reply::Int(100_000));
        for n in (0..100_000).step_by(97) {
            let reply = client.call(&format!("GET k{n}"));
            assert!(reply == Reply::Bulk(value(n, 4000)), "key {n} is wrong");
        }
    });
    assert!(peak <= ALLOWED, "{} MB", peak / MIB);
}

#[test]
fn readers_that_do_not_read_cannot_use_up_memory() {
    if is_reference() {
        return;
    }
    let peak = peak_during(|server| {
        let mut client = server.client();
        write(&mut client, 200, 1 << 20);
        let mut slow: Vec<_> = (0..20).map(|_| server.client()).collect();
        for reader in &mut slow {
            (0..200).for_each(|n| reader.queue(&["GET".to_owned(), format!("k{n}")]));
            // The server may stop reading, or hang up.
            let _ = reader.flush();
        }
        for n in 1..=200 {
            assert_eq!(client.call("INCR n"), Reply::Int(n));
        }
    });
    assert!(peak <= ALLOWED, "{} MB", peak / MIB);
}

#[test]
fn commands_that_never_end_cannot_use_up_memory() {
    if is_reference() {
        return;
    }
    let peak = peak_during(|server| {
        let chunk = vec![b'x'; 1 << 20];
        let mut senders: Vec<_> = (0..40).map(|_| server.client()).collect();
        for (number, sender) in senders.iter_mut().enumerate() {
            let start = format!("*3\r\n$3\r\nSET\r\n$2\r\nu{}\r\n$104857600\r\n", number % 10);
            let _ = sender.send_raw(start.as_bytes());
        }
        for _ in 0..8 {
            for sender in &mut senders {
                // The server may make them wait, or hang up.
                let _ = sender.set_write_timeout(Duration::from_millis(20));
                let _ = sender.send_raw(&chunk);
            }
        }
        let mut client = server.client();
        client.must("SET a 1");
        assert_eq!(client.call("GET a"), Reply::bulk("1"));
    });
    assert!(peak <= ALLOWED, "{} MB", peak / MIB);
}

#[test]
fn keys_that_are_not_there_cannot_use_up_memory() {
    if is_reference() {
        return;
    }
    let peak = peak_during(|server| {
        let mut client = server.client();
        for round in 0..100 {
            (0..10_000)
                .for_each(|n| client.queue(&["GET".to_owned(), format!("none:{round}:{n}")]));
            client.flush().expect("the server reads");
            for _ in 0..10_000 {
                assert_eq!(client.receive().expect("a reply"), Reply::Null);
            }
        }
    });
    assert!(peak <= ALLOWED, "{} MB", peak / MIB);
}
