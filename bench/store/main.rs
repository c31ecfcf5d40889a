//! What the embedded engine costs: bytes written, CPU and reads of the device, per key.
//!
//! `cargo run --release -p hadal-storage --example store_bench -- dir=/path n=2000000 budget=128 ...`
//! Every line it prints is `name=value` words, one line per phase.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark takes the time and waits for the engine"
)]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hadal_storage::rocks::{Compaction, Options, RocksStore};
use hadal_storage::{Batch, Store, StoreError};

type Args = HashMap<String, String>;

fn main() -> Result<(), StoreError> {
    let args: Args = std::env::args()
        .skip(1)
        .filter_map(|word| word.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())))
        .collect();
    let options = options(&args);
    let keys = number(&args, "n", 1_000_000);
    let value_bytes = number(&args, "value", 1000) as usize;
    drop(std::fs::remove_dir_all(&options.dir));
    let store = RocksStore::open(&options)?;
    fill(&store, keys, value_bytes, "load")?;
    if args.contains_key("overwrite") {
        fill(&store, keys, value_bytes, "overwrite")?;
    }
    let threads = number(&args, "threads", 2);
    let reads = number(&args, "reads", 200_000);
    if args.contains_key("levels") {
        eprintln!("{}", store.report());
    }
    for round in ["cold", "warm"] {
        read(&store, keys, reads, threads, &format!("get_{round}"), &|store, key| {
            assert!(store.get(&key).expect("a healthy disk").is_some());
        });
    }
    read(&store, 0, reads, threads, "get_absent", &|store, key| {
        assert!(store.get(&key).expect("a healthy disk").is_none());
    });
    let maybe = AtomicU64::new(0);
    read(&store, 0, reads, threads, "may_absent", &|store, key| {
        maybe.fetch_add(u64::from(store.may_contain(&key)), Ordering::Relaxed);
    });
    println!("phase=may_absent maybe_percent={:.2}", percent(maybe.load(Ordering::Relaxed), reads));
    read(&store, keys, reads, threads, "may_present", &|store, key| {
        assert!(store.may_contain(&key));
    });
    let stats = store.stats();
    println!("phase=end memory_mb={} disk_mb={}", stats.memory_bytes >> 20, stats.disk_bytes >> 20);
    Ok(())
}

fn options(args: &Args) -> Options {
    let dir = args.get("dir").map_or_else(|| "store-bench".into(), PathBuf::from);
    let mut options = Options::new(dir, (number(args, "budget", 128) as usize) << 20);
    let tuning = &mut options.tuning;
    tuning.memtable_bytes =
        (number(args, "memtable", tuning.memtable_bytes as u64 >> 20) as usize) << 20;
    tuning.memtables = number(args, "memtables", u64::from(tuning.memtables)) as u32;
    tuning.block_bytes = number(args, "block", tuning.block_bytes as u64) as usize;
    tuning.file_bytes = number(args, "file", tuning.file_bytes >> 20) << 20;
    tuning.blob_bytes = number(args, "blob", tuning.blob_bytes);
    tuning.runs = number(args, "runs", u64::from(tuning.runs)) as u32;
    match args.get("style").map(String::as_str) {
        Some("leveled") => {
            tuning.compaction = Compaction::Leveled { base_bytes: number(args, "base", 256) << 20 };
        }
        Some("tiered") => {
            tuning.compaction = Compaction::Tiered {
                size_ratio: number(args, "ratio", 1) as i32,
                width_min: number(args, "width", 2) as i32,
                extra_space_percent: number(args, "extra", 200) as i32,
            };
        }
        _ => {}
    }
    options
}

/// Puts `keys` keys in an order that is random to the engine, then waits until it is quiet.
fn fill(store: &RocksStore, keys: u64, value_bytes: usize, name: &str) -> Result<(), StoreError> {
    let mut random = Random(keys ^ name.len() as u64);
    let noise: Vec<u8> = (0..(4 << 20)).map(|_| random.next() as u8).collect();
    let before = Usage::now();
    let started = Instant::now();
    let mut batch = Batch::new();
    let mut worst_ms = 0;
    for id in 0..keys {
        let at = random.next() as usize % (noise.len() - value_bytes);
        batch.put(&key(id), &noise[at..at + value_bytes]);
        if batch.len() == 256 || id + 1 == keys {
            let asked = Instant::now();
            store.apply(&batch)?;
            worst_ms = worst_ms.max(asked.elapsed().as_millis());
            batch.clear();
        }
    }
    let applied_seconds = started.elapsed().as_secs_f64();
    let during = Usage::now().since(&before);
    store.sync()?;
    settle(store);
    let used = Usage::now().since(&before);
    let bytes = (keys * (value_bytes as u64 + 40)) as f64;
    let stats = store.stats();
    println!(
        "phase={name} keys={keys} seconds={applied_seconds:.1} worst_ms={worst_ms} cpu_us_until_applied={:.2} \
         cpu_us={:.2} device_write_amp={:.2} engine_write_amp={:.2} stalled_s={:.1} space_amp={:.2} memory_mb={}",
        per(during.cpu_us, keys),
        per(used.cpu_us, keys),
        used.written as f64 / bytes,
        stats.written_bytes as f64 / stats.applied_bytes as f64,
        stats.stalled_micros as f64 / 1e6,
        stats.disk_bytes as f64 / bytes,
        stats.memory_bytes >> 20,
    );
    Ok(())
}

/// Waits until a second passes in which nothing was written.
fn settle(store: &RocksStore) {
    let mut last = 0;
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
        let written = store.stats().written_bytes;
        if written == last {
            return;
        }
        last = written;
    }
}

fn read(
    store: &RocksStore,
    keys: u64,
    reads: u64,
    threads: u64,
    name: &str,
    call: &(dyn Fn(&RocksStore, [u8; 40]) + Sync),
) {
    let before = Usage::now();
    let started = Instant::now();
    let seed = Arc::new(AtomicU64::new(name.len() as u64));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let seed = Arc::clone(&seed);
            scope.spawn(move || {
                let mut random = Random(seed.fetch_add(0x9E37_79B9, Ordering::Relaxed));
                for _ in 0..reads / threads {
                    // Beyond the last key if there are none to find.
                    let id = if keys == 0 { random.next() | 1 << 63 } else { random.next() % keys };
                    call(store, key(id));
                }
            });
        }
    });
    let used = Usage::now().since(&before);
    println!(
        "phase={name} calls={reads} micros_each={:.1} cpu_us={:.2} device_reads={:.3} device_bytes={:.0}",
        started.elapsed().as_micros() as f64 * threads as f64 / reads as f64,
        per(used.cpu_us, reads),
        per(used.reads, reads),
        per(used.read, reads),
    );
}

/// Bytes of a key: spread evenly, as store keys ordered by hash are.
fn key(id: u64) -> [u8; 40] {
    let mut key = [b'k'; 40];
    let mixed = (id ^ 0x5DEE_CE66_D123_4567).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    key[..8].copy_from_slice(&mixed.to_be_bytes());
    key[32..].copy_from_slice(&id.to_be_bytes());
    key
}

/// xorshift64*: the benchmark needs no better.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        let mut x = self.0 | 1;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0 = x.wrapping_mul(0x2545_F491_4F6C_DD1D);
        self.0 >> 1
    }
}

/// What the process has used, from `/proc`.
struct Usage {
    cpu_us: u64,
    written: u64,
    read: u64,
    reads: u64,
}

impl Usage {
    fn now() -> Self {
        let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
        let field = |name: &str| {
            let line = io.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
        };
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|t| t.parse::<u64>().ok())
            .sum();
        Self {
            cpu_us: ticks * 10_000,
            written: field("write_bytes:"),
            read: field("read_bytes:"),
            reads: field("syscr:"),
        }
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            cpu_us: self.cpu_us - before.cpu_us,
            written: self.written - before.written,
            read: self.read - before.read,
            reads: self.reads - before.reads,
        }
    }
}

fn number(args: &Args, name: &str, default: u64) -> u64 {
    args.get(name).and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn per(total: u64, count: u64) -> f64 {
    total as f64 / count as f64
}

fn percent(part: u64, whole: u64) -> f64 {
    100.0 * per(part, whole)
}
