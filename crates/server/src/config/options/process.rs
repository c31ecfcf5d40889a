//! The process: threads, logs, start and end.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, ours, works};
use super::super::types::{Loglevel, Shutdown, Supervised};
use super::{ANY_INT, COUNT, SECONDS, TEXT, int};

const FACILITIES: &[&str] =
    &["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];
const TITLE_VARIABLES: [&str; 7] =
    ["title", "listen-addr", "server-mode", "config-file", "port", "tls-port", "unixsocket"];

pub(super) const GROUP: Group = Group {
    title: "Process and logs",
    specs: &[
        ours(
            "threads",
            int(0, 1024, Unit::None),
            "0",
            "Threads that serve clients. 0: one per processor this process may use.",
        )
        .everyday(),
        works(
            "loglevel",
            Kind::OneOf(Loglevel::NAMES),
            "notice",
            "2.0",
            "The least important messages that are logged.",
        )
        .live()
        .everyday(),
        works("logfile", TEXT, "", "2.0", "File to log to. Empty: standard output.").everyday(),
        works("syslog-enabled", Kind::YesNo, "no", "2.2", "Logs to the system's log too."),
        works("syslog-ident", TEXT, "hadal", "2.2", "Name in the system's log."),
        works(
            "syslog-facility",
            Kind::OneOf(FACILITIES),
            "local0",
            "2.2",
            "Facility in the system's log.",
        ),
        works("daemonize", Kind::YesNo, "no", "2.0", "Goes to the background."),
        works(
            "supervised",
            Kind::OneOf(Supervised::NAMES),
            "no",
            "3.2",
            "Which supervisor is told when the server is ready.",
        ),
        works(
            "pidfile",
            TEXT,
            "",
            "2.0",
            "File that holds the process id while the server runs. Empty: none, or \
             `/var/run/hadal.pid` in the background.",
        ),
        works("always-show-logo", Kind::YesNo, "no", "4.0", "Shows the banner in every log."),
        works(
            "hz",
            Kind::Clamped { min: 1, max: 500 },
            "10",
            "2.8",
            "Background work per second: timeouts, statistics, expiry.",
        )
        .live(),
        works("dynamic-hz", Kind::YesNo, "yes", "5.0", "Raises `hz` while many clients are there.")
            .live(),
        works(
            "active-expire-effort",
            int(1, 10, Unit::None),
            "1",
            "6.0",
            "How much work goes into deleting expired keys early.",
        )
        .live(),
        works(
            "shutdown-timeout",
            SECONDS,
            "10",
            "7.0",
            "How long a shutdown waits for replicas that lag behind.",
        )
        .live(),
        works(
            "shutdown-on-sigint",
            Kind::AnyOf(Shutdown::NAMES),
            "default",
            "7.0",
            "How SIGINT ends the server.",
        )
        .live(),
        works(
            "shutdown-on-sigterm",
            Kind::AnyOf(Shutdown::NAMES),
            "default",
            "7.0",
            "How SIGTERM ends the server.",
        )
        .live(),
        accepted(
            "io-threads",
            int(1, 128, Unit::None),
            "1",
            "6.0",
            "Threads that read and write sockets; here `threads` serve clients altogether.",
        ),
        accepted("io-threads-do-reads", Kind::YesNo, "no", "6.0", "Whether I/O threads read too."),
        accepted("set-proc-title", Kind::YesNo, "yes", "6.2", "Whether the process has a title."),
        accepted(
            "proc-title-template",
            Kind::Text(title_template),
            "{title} {listen-addr} {server-mode}",
            "6.2",
            "The title of the process.",
        )
        .live(),
        accepted("locale-collate", TEXT, "", "7.2", "Locale that SORT ALPHA compares in.").live(),
        accepted("disable-thp", Kind::YesNo, "yes", "6.2", "Turns off transparent huge pages."),
        accepted(
            "oom-score-adj",
            Kind::OneOf(&["no", "yes", "relative", "absolute"]),
            "no",
            "6.2",
            "Tells the kernel whom to kill when memory runs out.",
        )
        .live(),
        accepted(
            "oom-score-adj-values",
            Kind::OomScores,
            "0 200 800",
            "6.2",
            "Scores of a primary, a replica and a child process.",
        )
        .live(),
        accepted("crash-log-enabled", Kind::YesNo, "yes", "6.2", "Logs a report on a crash.")
            .live(),
        accepted("crash-memcheck-enabled", Kind::YesNo, "yes", "6.2", "Tests memory on a crash.")
            .live(),
        accepted("use-exit-on-panic", Kind::YesNo, "no", "6.2", "For tests of Redis.")
            .live()
            .hidden(),
        accepted("watchdog-period", COUNT, "0", "2.6", "For debugging Redis.").live().hidden(),
        accepted("key-load-delay", ANY_INT, "0", "6.0", "For tests of Redis.").live().hidden(),
        accepted("ignore-warnings", TEXT, "", "6.2", "Warnings at start that are left out.").live(),
        accepted("server_cpulist", TEXT, "", "6.2", "Processors of the serving threads.")
            .alias(&["server-cpulist"]),
        accepted("bio_cpulist", TEXT, "", "6.2", "Processors of the background threads.")
            .alias(&["bio-cpulist"]),
        accepted(
            "aof_rewrite_cpulist",
            TEXT,
            "",
            "6.2",
            "Processors of the AOF rewriting process.",
        )
        .alias(&["aof-rewrite-cpulist"]),
        accepted("bgsave_cpulist", TEXT, "", "6.2", "Processors of the RDB writing process.")
            .alias(&["bgsave-cpulist"]),
    ],
};

/// Accepts what Redis can fill in: known `{variables}`, and something beside blanks.
fn title_template(template: &[u8]) -> Result<(), &'static str> {
    const WRONG: &str = "template format is invalid or contains unknown variables";
    let template = str::from_utf8(template).map_err(|_| WRONG)?;
    let mut parts = template.split('{');
    let mut empty = parts.next().is_none_or(|text| text.trim().is_empty());
    for part in parts {
        let (variable, text) = part.split_once('}').ok_or(WRONG)?;
        if !TITLE_VARIABLES.contains(&variable) {
            return Err(WRONG);
        }
        // Redis fills in and looks; these two are the ones that can turn out empty.
        empty &= ["title", "server-mode"].contains(&variable) && text.trim().is_empty();
    }
    if empty { Err(WRONG) } else { Ok(()) }
}
