//! `docs/configuration.md`, from the table.

use std::fmt::Write as _;

use super::kind::Kind;
use super::number;
use super::option::{Change, Effect, Group, Spec, Whose, table};
use super::options::GROUPS;

const INTRODUCTION: &str = "\
<!-- Generated from the option table: `UPDATE_DOCS=1 cargo test -p hadal-server config`. -->

# Configuration

Options stand in a file as in `redis.conf`, one per line, and on the command line with two dashes:

    hadal /etc/hadal.conf --maxmemory 2gb --save 900 1
    echo 'port 7000' | hadal -

The file comes first, then standard input (`-`), then the command line; the last one wins. A Redis
file can be used as it is: every option of Redis 7.2 is accepted, except `loadmodule` and `sentinel`.
Those that have no effect here are kept and told by CONFIG GET, and each section lists them apart.

- Lines that begin with `#` are comments. Values with blanks stand in quotes: `\"…\"` with `\\n`, `\\xHH`
  and the like, or `'…'`.
- Bytes take units, in any case: `1k` is 1000, `1kb` is 1024; likewise `m`, `mb`, `g`, `gb`.
- `include FILE` reads another file at that place; with wildcards, every match in order.
- `rename-command NAME OTHER` renames a command, `\"\"` removes it. `user NAME RULE …` defines a user.
- A line that cannot be used ends the start with exit code 2 and says where it is and what was
  expected.
- *Live* options can be changed by CONFIG SET; *protected* ones only where `enable-protected-configs`
  allows it. CONFIG REWRITE writes what was changed back into the file and keeps its comments.

";

/// The whole page.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("## Everyday options\n\nMost servers need none but these.\n\n");
    rows(&mut page, table().filter(|spec| spec.everyday));
    for group in GROUPS {
        section(&mut page, group);
    }
    page
}

fn section(page: &mut String, group: &Group) {
    let shown = |effect| move |spec: &&Spec| spec.effect == effect && !spec.hidden;
    let in_group = |effect| group.specs.iter().filter(shown(effect));
    _ = write!(page, "\n## {}\n\n", group.title);
    if in_group(Effect::Works).next().is_some() {
        rows(page, in_group(Effect::Works));
    }
    if in_group(Effect::Accepted).next().is_some() {
        page.push_str("\nAccepted for compatibility, no effect:\n\n");
        rows(page, in_group(Effect::Accepted));
    }
}

fn rows<'a>(page: &mut String, specs: impl Iterator<Item = &'a Spec>) {
    page.push_str("| Option | Value | Default | Change | Since | |\n|---|---|---|---|---|---|\n");
    for spec in specs {
        let names: Vec<String> = spec.names().map(|name| format!("`{name}`")).collect();
        let default = if spec.default.is_empty() { "\"\"" } else { spec.default };
        _ = writeln!(
            page,
            "| {} | {} | `{}` | {} | {} | {} |",
            names.join(", "),
            spec.kind.expected().replace('|', "\\|"),
            readable(spec.kind, default),
            match spec.change {
                Change::AtStart => "at start",
                Change::Live => "live",
                Change::Protected => "protected",
            },
            match spec.whose {
                Whose::Redis(since) => format!("Redis {since}"),
                Whose::Ours => "ours".into(),
            },
            spec.summary.replace('|', "\\|"),
        );
    }
}

/// A default in bytes in the unit that people read.
fn readable(kind: Kind, default: &str) -> String {
    match kind {
        Kind::Bytes { .. } => number::parse_bytes(default.as_bytes()).map(number::format_bytes),
        _ => None,
    }
    .unwrap_or_else(|| default.to_owned())
}
