//! How RocksDB is set up: one memory budget, and the shape of its files.

use std::path::PathBuf;

use rocksdb::statistics::StatsLevel;
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, DBCompactionStyle, DBCompressionType, Env,
    LogLevel, UniversalCompactOptions, WriteBufferManager,
};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// What an operator decides.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder; created if it is missing.
    pub dir: PathBuf,
    /// Bytes of memory for everything: blocks, indexes, filters, memtables. At least 16 MiB.
    pub budget_bytes: usize,
    /// Flushes and compactions that may run at once.
    pub background_jobs: u32,
    /// When files are merged.
    pub merging: Merging,
    /// What measurements decided. [`Tuning::for_budget`] is the default.
    pub tuning: Tuning,
}

/// What measurements decided; `docs/internals/storage.md` has the figures.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// How files are merged.
    pub compaction: Compaction,
    /// When a memtable is written out: the size of a new file.
    pub memtable_bytes: usize,
    /// Memtables that may exist at once; with so many full, writers wait.
    pub memtables: u32,
    /// Size of the unit that is read, before compression.
    pub block_bytes: usize,
    /// Size at which merged files are cut.
    pub file_bytes: u64,
    /// Values from here on live in blob files of their own.
    pub blob_bytes: u64,
    /// Sorted runs (leveled: files not yet merged into a level) at which merging starts.
    pub runs: u32,
}

/// When files are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merging {
    /// Whenever there is something to merge.
    Always,
    /// From [`RocksStore::start_merging`](super::RocksStore::start_merging) on: what a start has to
    /// read comes first.
    OnceStarted,
    /// Not at all. A store in which a merge met a corrupt block takes no more writes until it is
    /// opened again, and soon meets the block again. Opened without merging it serves everything
    /// else, and slower by the day: time to rebuild it.
    Never,
}

/// How files are merged.
#[derive(Clone, Debug)]
pub enum Compaction {
    /// Levels, each about ten times the one above: little space, many rewrites.
    Leveled {
        /// Size of the first level.
        base_bytes: u64,
    },
    /// Sorted runs of similar size: few rewrites, more space.
    Tiered {
        /// How much larger than all newer runs together the next may be and still join, percent.
        size_ratio: i32,
        /// How many runs must come together.
        width_min: i32,
        /// How much all newer runs may hold in percent of the oldest before everything is merged.
        extra_space_percent: i32,
    },
}

impl Options {
    /// The store in `dir`, with `budget_bytes` of memory and everything else as measured.
    pub fn new(dir: impl Into<PathBuf>, budget_bytes: usize) -> Self {
        let tuning = Tuning::for_budget(budget_bytes);
        Self { dir: dir.into(), budget_bytes, background_jobs: 2, merging: Merging::Always, tuning }
    }

    pub(super) fn to_rocksdb(&self) -> (rocksdb::Options, Cache) {
        let cache = Cache::new_hyper_clock_cache(self.budget_bytes, 0);
        let mut options = rocksdb::Options::default();
        options.create_if_missing(true);
        options.set_block_based_table_factory(&self.tuning.table(&cache));
        self.set_memory(&mut options, &cache);
        self.set_files(&mut options);
        self.tuning.set_compaction(&mut options);
        self.tuning.set_blobs(&mut options, &cache);
        options.enable_statistics();
        options.set_statistics_level(StatsLevel::ExceptHistogramOrTimers);
        (options, cache)
    }

    fn set_memory(&self, options: &mut rocksdb::Options, cache: &Cache) {
        let tuning = &self.tuning;
        let memtables_bytes = tuning.memtable_bytes * 2;
        // Never the stalling kind: a writer that waits for memory while a flush fails for want of
        // disk would wait for ever. The number of memtables bounds memory, and yields to errors.
        let buffers = WriteBufferManager::new_write_buffer_manager_with_cache(
            memtables_bytes,
            false,
            cache.clone(),
        );
        options.set_write_buffer_manager(&buffers);
        options.set_write_buffer_size(tuning.memtable_bytes);
        options.set_max_write_buffer_number(i32::try_from(tuning.memtables).unwrap_or(i32::MAX));
        // An absent key is found absent in the memtable without walking it.
        options.set_memtable_prefix_bloom_ratio(0.02);
        options.set_memtable_whole_key_filtering(true);
        options.set_max_open_files(1000);
    }

    fn set_files(&self, options: &mut rocksdb::Options) {
        options.set_max_background_jobs(i32::try_from(self.background_jobs).unwrap_or(i32::MAX));
        if let Ok(mut env) = Env::new() {
            // Merges that reach the oldest run are long: they get a thread of their own, or the
            // short ones would wait behind them, and writers behind those.
            env.set_bottom_priority_background_threads(1);
            options.set_env(&env);
        }
        options.set_use_direct_reads(true);
        options.set_use_direct_io_for_flush_and_compaction(true);
        // A merge of many runs has such a buffer for each of their files.
        let readahead = (self.budget_bytes / 256).clamp(MIB / 4, MIB);
        options.set_compaction_readahead_size(readahead);
        options.set_max_subcompactions(2);
        // What is found corrupt in the background stops writes with an error. Otherwise the merge
        // that met it would be tried for ever, and writers would wait for it.
        options.set_paranoid_checks(true);
        options.set_disable_auto_compactions(self.merging != Merging::Always);
        options.set_compression_type(DBCompressionType::Lz4);
        // RocksDB's own log: enough to see the last restarts and troubles, and no more.
        options.set_log_level(LogLevel::Warn);
        options.set_max_log_file_size(4 * MIB);
        options.set_keep_log_file_num(4);
        options.set_stats_dump_period_sec(0);
        options.set_max_manifest_file_size(16 * MIB);
    }
}

impl Tuning {
    /// What measured best for a budget of that size.
    pub fn for_budget(budget_bytes: usize) -> Self {
        Self {
            compaction: Compaction::Tiered {
                size_ratio: 1,
                width_min: 2,
                extra_space_percent: 200,
            },
            memtable_bytes: (budget_bytes / 4).clamp(4 * MIB, 64 * MIB),
            memtables: 3,
            block_bytes: 4 * KIB,
            file_bytes: 64 << 20,
            blob_bytes: 4 << 10,
            runs: 12,
        }
    }

    fn table(&self, cache: &Cache) -> BlockBasedOptions {
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(cache);
        table.set_block_size(self.block_bytes);
        table.set_format_version(6);
        // Partitions are read as needed and outlive data blocks in the cache.
        table.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
        table.set_partition_filters(true);
        table.set_metadata_block_size(4 * KIB);
        table.set_ribbon_filter(10.0);
        table.set_optimize_filters_for_memory(true);
        table.set_cache_index_and_filter_blocks(true);
        table.set_cache_index_and_filter_blocks_with_high_priority(true);
        table.set_pin_top_level_index_and_filter(true);
        table.set_pin_l0_filter_and_index_blocks_in_cache(true);
        table
    }

    fn set_compaction(&self, options: &mut rocksdb::Options) {
        let runs = i32::try_from(self.runs).unwrap_or(i32::MAX);
        options.set_level_zero_file_num_compaction_trigger(runs);
        // Later than the rate that writers are asked to keep to is the least.
        options.set_level_zero_slowdown_writes_trigger(runs.saturating_mul(15).max(60));
        options.set_level_zero_stop_writes_trigger(runs.saturating_mul(18).max(72));
        options.set_target_file_size_base(self.file_bytes);
        match self.compaction {
            Compaction::Leveled { base_bytes } => {
                options.set_compaction_style(DBCompactionStyle::Level);
                options.set_level_compaction_dynamic_level_bytes(true);
                options.set_max_bytes_for_level_base(base_bytes);
            }
            Compaction::Tiered { size_ratio, width_min, extra_space_percent } => {
                options.set_compaction_style(DBCompactionStyle::Universal);
                let mut tiers = UniversalCompactOptions::default();
                tiers.set_size_ratio(size_ratio);
                tiers.set_min_merge_width(width_min);
                tiers.set_max_size_amplification_percent(extra_space_percent);
                options.set_universal_compaction_options(&tiers);
            }
        }
    }

    fn set_blobs(&self, options: &mut rocksdb::Options, cache: &Cache) {
        options.set_enable_blob_files(true);
        options.set_min_blob_size(self.blob_bytes);
        options.set_blob_file_size(64 << 20);
        options.set_blob_compression_type(DBCompressionType::Lz4);
        options.set_enable_blob_gc(true);
        options.set_blob_gc_age_cutoff(0.25);
        options.set_blob_gc_force_threshold(0.5);
        options.set_blob_compaction_readahead_size(2 << 20);
        options.set_blob_cache(cache);
    }
}
