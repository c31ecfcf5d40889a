//! RDB files, and the files Redis keeps where this server has its journal.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, works};
use super::{ANY_INT, BYTES, COUNT, int};

pub(super) const GROUP: Group = Group {
    title: "RDB files and Redis's persistence",
    specs: &[
        works(
            "dbfilename",
            Kind::Text(file_name),
            "dump.rdb",
            "2.0",
            "Name in `dir` of the RDB file that SAVE and BGSAVE write.",
        )
        .protected(),
        works("rdbcompression", Kind::YesNo, "yes", "2.0", "Compresses strings in RDB files.")
            .live(),
        works("rdbchecksum", Kind::YesNo, "yes", "2.6", "Ends RDB files with a checksum."),
        accepted(
            "save",
            Kind::Save,
            "3600 1 300 100 60 10000",
            "2.0",
            "When Redis writes an RDB file unasked; here the dataset is on disk already.",
        )
        .live(),
        accepted(
            "stop-writes-on-bgsave-error",
            Kind::YesNo,
            "yes",
            "2.6",
            "Refuses writes after BGSAVE failed; here nothing depends on it.",
        )
        .live(),
        accepted(
            "rdb-del-sync-files",
            Kind::YesNo,
            "no",
            "6.0",
            "Deletes RDB files of replication.",
        )
        .live(),
        accepted(
            "rdb-save-incremental-fsync",
            Kind::YesNo,
            "yes",
            "5.0",
            "Syncs RDB files in parts.",
        )
        .live(),
        accepted("rdb-key-save-delay", ANY_INT, "0", "6.0", "For tests of Redis.").live().hidden(),
        accepted(
            "loading-process-events-interval-bytes",
            int(1024, i32::MAX as i64, Unit::None),
            "2097152",
            "7.0",
            "For tests of Redis.",
        )
        .live()
        .hidden(),
        accepted(
            "appendfilename",
            Kind::Text(append_file_name),
            "appendonly.aof",
            "2.0",
            "Name of the append-only file.",
        ),
        accepted(
            "appenddirname",
            Kind::Text(append_dir_name),
            "appendonlydir",
            "7.0",
            "Directory of the append-only file.",
        ),
        accepted(
            "no-appendfsync-on-rewrite",
            Kind::YesNo,
            "no",
            "2.2",
            "Does not sync while the append-only file is rewritten.",
        )
        .live(),
        accepted(
            "auto-aof-rewrite-percentage",
            COUNT,
            "100",
            "2.4",
            "Growth at which the append-only file is rewritten.",
        )
        .live(),
        accepted(
            "auto-aof-rewrite-min-size",
            BYTES,
            "64mb",
            "2.4",
            "Size below which the append-only file is not rewritten.",
        )
        .live(),
        accepted(
            "aof-load-truncated",
            Kind::YesNo,
            "yes",
            "3.0",
            "Loads an append-only file that ends too soon; see `journal-recover`.",
        )
        .live(),
        accepted("aof-use-rdb-preamble", Kind::YesNo, "yes", "4.0", "Begins the file with an RDB.")
            .live(),
        accepted("aof-timestamp-enabled", Kind::YesNo, "no", "7.0", "Writes times into the file.")
            .live(),
        accepted(
            "aof-rewrite-incremental-fsync",
            Kind::YesNo,
            "yes",
            "2.8",
            "Syncs the append-only file in parts while it is rewritten.",
        )
        .live(),
        accepted("aof-disable-auto-gc", Kind::YesNo, "no", "7.0", "For tests of Redis.")
            .live()
            .hidden(),
    ],
};

fn file_name(name: &[u8]) -> Result<(), &'static str> {
    if name.contains(&b'/') {
        return Err("dbfilename can't be a path, just a filename");
    }
    Ok(())
}

fn append_file_name(name: &[u8]) -> Result<(), &'static str> {
    match name {
        [] => Err("appendfilename can't be empty"),
        _ if name.contains(&b'/') => Err("appendfilename can't be a path, just a filename"),
        _ => Ok(()),
    }
}

fn append_dir_name(name: &[u8]) -> Result<(), &'static str> {
    match name {
        [] => Err("appenddirname can't be empty"),
        _ if name.contains(&b'/') => Err("appenddirname can't be a path, just a dirname"),
        _ => Ok(()),
    }
}
