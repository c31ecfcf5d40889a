//! What the components of the server read: plain values, nothing to look up or to parse.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::host::Host;
use super::types::{
    AclPubsubDefault, Allowed, Appendfsync, BufferLimits, Choice, JournalRecover, KeyspaceEvents,
    Loglevel, MaxmemoryPolicy, Shutdown, Supervised,
};
use super::value::Value;
use super::values::Values;

/// Stands for `maxmemory 0`: Redis's "no limit" would be the kernel's out-of-memory killer.
const MEMORY_DEFAULT_PERCENT: u8 = 50;

/// Declares [`Settings`]: each field with the option it comes from and how it is read.
macro_rules! settings {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $reader:ident($option:literal),)+) => {
        /// Everything that options can change, in the types components want.
        ///
        /// A value, not a view: it never changes. Paths are absolute, 0 and empty texts that stand
        /// for "none" or "default" are resolved where the type can say it.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings { $($(#[$doc])* pub $field: $type,)+ }

        impl Settings {
            /// Names of the options that are fields.
            #[cfg(test)]
            pub(super) const OPTIONS: &'static [&'static str] = &[$($option),+];

            pub(super) fn read(values: &Values, host: &Host) -> Self {
                let reader = Reader { values, host };
                Self { $($field: reader.$reader($option),)+ }
            }
        }
    };
}

settings! {
    port: u16 = number("port"),
    /// A leading `-` makes one optional.
    bind: Vec<String> = addresses("bind"),
    unixsocket: Option<PathBuf> = path("unixsocket"),
    /// 0: leave it to the umask.
    unixsocket_mode: u32 = number("unixsocketperm"),
    tcp_backlog: i32 = number("tcp-backlog"),
    tcp_keepalive: Option<Duration> = seconds("tcp-keepalive"),
    /// Idle clients are disconnected after it.
    timeout: Option<Duration> = seconds("timeout"),
    tls_port: u16 = number("tls-port"),

    dir: PathBuf = directory("dir"),
    dbfilename: PathBuf = file_name("dbfilename"),
    rdb_compression: bool = yes("rdbcompression"),
    rdb_checksum: bool = yes("rdbchecksum"),
    databases: u32 = number("databases"),
    appendfsync: Appendfsync = choice("appendfsync"),
    cache_flush_delay: Duration = millis("cache-flush-delay"),
    maxdisk_bytes: Option<u64> = limit("maxdisk"),
    journal_segment_bytes: u64 = bytes("journal-segment-size"),
    journal_recover: JournalRecover = choice("journal-recover"),
    store_merges: bool = yes("store-merges"),

    /// Of the whole process; never 0.
    maxmemory_bytes: u64 = memory("maxmemory"),
    maxmemory_policy: MaxmemoryPolicy = choice("maxmemory-policy"),
    maxmemory_samples: u32 = number("maxmemory-samples"),
    maxmemory_clients_bytes: Option<u64> = client_memory("maxmemory-clients"),
    lfu_log_factor: u32 = number("lfu-log-factor"),
    lfu_decay_minutes: u32 = number("lfu-decay-time"),
    lazyfree_eviction: bool = yes("lazyfree-lazy-eviction"),
    lazyfree_expire: bool = yes("lazyfree-lazy-expire"),
    lazyfree_server_del: bool = yes("lazyfree-lazy-server-del"),
    lazyfree_user_del: bool = yes("lazyfree-lazy-user-del"),
    lazyfree_user_flush: bool = yes("lazyfree-lazy-user-flush"),
    activedefrag: bool = yes("activedefrag"),

    requirepass: Option<Vec<u8>> = text("requirepass"),
    protected_mode: bool = yes("protected-mode"),
    aclfile: Option<PathBuf> = path("aclfile"),
    acl_pubsub_default: AclPubsubDefault = choice("acl-pubsub-default"),
    acllog_len_max: usize = number("acllog-max-len"),
    enable_protected_configs: Allowed = choice("enable-protected-configs"),
    enable_debug_command: Allowed = choice("enable-debug-command"),

    maxclients: usize = number("maxclients"),
    proto_bulk_len_max: usize = size("proto-max-bulk-len"),
    client_query_buffer_bytes_max: usize = size("client-query-buffer-limit"),
    client_output_buffer_limits: BufferLimits = buffer_limits("client-output-buffer-limit"),
    tracking_table_keys_max: Option<usize> = count_limit("tracking-table-max-keys"),
    /// Scripts that run longer let other clients be told BUSY.
    busy_reply_threshold: Option<Duration> = threshold_millis("busy-reply-threshold"),

    /// Never 0.
    threads: usize = threads("threads"),
    loglevel: Loglevel = choice("loglevel"),
    /// `None`: standard output.
    logfile: Option<PathBuf> = path("logfile"),
    syslog_enabled: bool = yes("syslog-enabled"),
    syslog_ident: String = string("syslog-ident"),
    syslog_facility: &'static str = name("syslog-facility"),
    daemonize: bool = yes("daemonize"),
    supervised: Supervised = choice("supervised"),
    pidfile: Option<PathBuf> = path("pidfile"),
    always_show_logo: bool = yes("always-show-logo"),
    hz: u32 = number("hz"),
    dynamic_hz: bool = yes("dynamic-hz"),
    active_expire_effort: u32 = number("active-expire-effort"),
    shutdown_timeout: Duration = duration("shutdown-timeout"),
    shutdown_on_sigint: Vec<Shutdown> = choices("shutdown-on-sigint"),
    shutdown_on_sigterm: Vec<Shutdown> = choices("shutdown-on-sigterm"),

    /// `None`: nothing enters the slow log; zero: everything does.
    slowlog_slower_than: Option<Duration> = micros("slowlog-log-slower-than"),
    slowlog_len_max: usize = number("slowlog-max-len"),
    latency_monitor_threshold: Option<Duration> = threshold_millis("latency-monitor-threshold"),
    latency_tracking: bool = yes("latency-tracking"),
    latency_percentiles: Vec<f64> = percentiles("latency-tracking-info-percentiles"),
    notify_keyspace_events: KeyspaceEvents = events("notify-keyspace-events"),

    hash_listpack_entries_max: usize = number("hash-max-listpack-entries"),
    hash_listpack_value_max: usize = size("hash-max-listpack-value"),
    /// Elements if positive, else -1 to -5 for 4, 8, 16, 32, 64 kB.
    list_listpack_size: i32 = number("list-max-listpack-size"),
    set_intset_entries_max: usize = number("set-max-intset-entries"),
    set_listpack_entries_max: usize = number("set-max-listpack-entries"),
    set_listpack_value_max: usize = number("set-max-listpack-value"),
    zset_listpack_entries_max: usize = number("zset-max-listpack-entries"),
    zset_listpack_value_max: usize = size("zset-max-listpack-value"),
    hll_sparse_bytes_max: usize = size("hll-sparse-max-bytes"),
    /// 0: no limit.
    stream_node_bytes_max: usize = size("stream-node-max-bytes"),
    /// 0: no limit.
    stream_node_entries_max: usize = number("stream-node-max-entries"),

    /// Host and port of the primary, if this is a replica.
    replica_of: Option<(String, u16)> = primary("replicaof"),
    masterauth: Option<Vec<u8>> = text("masterauth"),
    masteruser: Option<Vec<u8>> = text("masteruser"),
    replica_read_only: bool = yes("replica-read-only"),
    replica_serve_stale: bool = yes("replica-serve-stale-data"),
    replica_priority: u32 = number("replica-priority"),
    replica_announce_ip: Option<Vec<u8>> = text("replica-announce-ip"),
    replica_announce_port: u16 = number("replica-announce-port"),
    replica_announced: bool = yes("replica-announced"),
    min_replicas_to_write: u32 = number("min-replicas-to-write"),
    min_replicas_max_lag: Option<Duration> = seconds("min-replicas-max-lag"),
    repl_backlog_bytes: usize = size("repl-backlog-size"),
    repl_backlog_ttl: Option<Duration> = seconds("repl-backlog-ttl"),
    repl_timeout: Duration = duration("repl-timeout"),
    repl_ping_period: Duration = duration("repl-ping-replica-period"),
    cluster_enabled: bool = yes("cluster-enabled"),
}

impl Settings {
    /// Where SAVE and BGSAVE write.
    pub fn rdb_path(&self) -> PathBuf {
        self.dir.join(&self.dbfilename)
    }
}

/// Turns values of the table into fields. A mismatch of kinds is a bug that every test meets.
struct Reader<'a> {
    values: &'a Values,
    host: &'a Host,
}

/// Takes the value out of the one variant that this reader understands.
macro_rules! expect {
    ($reader:ident, $option:ident, $($pattern:pat => $value:expr),+) => {
        match $reader.values.get($option) {
            $($pattern => $value,)+
            other => unreachable!("{} is read as another kind than {other:?}", $option),
        }
    };
}

impl Reader<'_> {
    fn yes(&self, option: &str) -> bool {
        expect!(self, option, Value::Bool(yes) => *yes)
    }

    fn int(&self, option: &str) -> i64 {
        expect!(self, option, Value::Int(value) => *value)
    }

    fn number<T: TryFrom<i64, Error: std::fmt::Debug>>(&self, option: &str) -> T {
        self.int(option).try_into().expect("the bounds in the table fit the field")
    }

    fn bytes(&self, option: &str) -> u64 {
        expect!(self, option, Value::Bytes(bytes) => *bytes)
    }

    fn size(&self, option: &str) -> usize {
        self.bytes(option).try_into().unwrap_or(usize::MAX)
    }

    fn limit(&self, option: &str) -> Option<u64> {
        Some(self.bytes(option)).filter(|limit| *limit != 0)
    }

    fn count_limit(&self, option: &str) -> Option<usize> {
        Some(self.number(option)).filter(|limit| *limit != 0)
    }

    fn memory(&self, option: &str) -> u64 {
        expect!(self, option,
            Value::Bytes(0) | Value::Percent(0) => {
                self.host.memory_share_bytes(MEMORY_DEFAULT_PERCENT)
            },
            Value::Bytes(bytes) => *bytes,
            Value::Percent(percent) => self.host.memory_share_bytes(*percent))
    }

    fn client_memory(&self, option: &str) -> Option<u64> {
        let bytes = expect!(self, option,
            Value::Bytes(bytes) => *bytes,
            Value::Percent(percent) => self.memory("maxmemory") / 100 * u64::from(*percent));
        Some(bytes).filter(|limit| *limit != 0)
    }

    fn millis(&self, option: &str) -> Duration {
        expect!(self, option, Value::Millis(millis) => Duration::from_millis(*millis))
    }

    fn duration(&self, option: &str) -> Duration {
        Duration::from_secs(self.number(option))
    }

    fn seconds(&self, option: &str) -> Option<Duration> {
        Some(self.duration(option)).filter(|time| !time.is_zero())
    }

    fn threshold_millis(&self, option: &str) -> Option<Duration> {
        Some(Duration::from_millis(self.number(option))).filter(|time| !time.is_zero())
    }

    fn micros(&self, option: &str) -> Option<Duration> {
        self.int(option).try_into().ok().map(Duration::from_micros)
    }

    fn threads(&self, option: &str) -> usize {
        match self.number(option) {
            0 => self.host.cpus.max(1),
            threads => threads,
        }
    }

    fn name(&self, option: &str) -> &'static str {
        expect!(self, option, Value::Name(name) => *name)
    }

    fn choice<T: Choice>(&self, option: &str) -> T {
        T::named(self.name(option)).expect("the table takes the names of the type")
    }

    fn choices<T: Choice>(&self, option: &str) -> Vec<T> {
        expect!(self, option, Value::Names(names) => {
            let read = |name: &&str| T::named(name).expect("the table takes the names of the type");
            names.iter().map(read).collect()
        })
    }

    fn bytes_of_text(&self, option: &str) -> &[u8] {
        expect!(self, option, Value::Text(text) => text)
    }

    fn text(&self, option: &str) -> Option<Vec<u8>> {
        Some(self.bytes_of_text(option).to_vec()).filter(|text| !text.is_empty())
    }

    fn string(&self, option: &str) -> String {
        String::from_utf8_lossy(self.bytes_of_text(option)).into_owned()
    }

    fn file_name(&self, option: &str) -> PathBuf {
        OsString::from_vec(self.bytes_of_text(option).to_vec()).into()
    }

    fn directory(&self, option: &str) -> PathBuf {
        OsString::from_vec(self.host.absolute(self.bytes_of_text(option))).into()
    }

    /// Relative to `dir`: Redis changes into it before it opens anything.
    fn path(&self, option: &str) -> Option<PathBuf> {
        let path = self.file_name(option);
        (path != Path::new("")).then(|| self.directory("dir").join(path))
    }

    fn addresses(&self, option: &str) -> Vec<String> {
        expect!(self, option, Value::Addresses(addresses) => {
            addresses.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
        })
    }

    fn buffer_limits(&self, option: &str) -> BufferLimits {
        expect!(self, option, Value::Limits(limits) => *limits)
    }

    fn percentiles(&self, option: &str) -> Vec<f64> {
        expect!(self, option, Value::Percentiles(percentiles) => percentiles.clone())
    }

    fn events(&self, option: &str) -> KeyspaceEvents {
        expect!(self, option, Value::Events(events) => *events)
    }

    fn primary(&self, option: &str) -> Option<(String, u16)> {
        expect!(self, option, Value::Primary(primary) => {
            let (host, port) = primary.as_ref()?;
            Some((String::from_utf8_lossy(host).into_owned(), *port))
        })
    }
}
