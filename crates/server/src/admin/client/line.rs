//! One line of `CLIENT LIST`.

use hadal_resp::Proto;

use crate::session::{Client, Look, Transport};

/// Writes a client as `CLIENT LIST` and `CLIENT INFO` show it, without the end of the line.
/// `command` is the name of its last command.
pub(super) fn line(client: &Client, look: &Look, command: Option<&str>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let resp = match look.proto {
        Proto::Resp2 => 2,
        Proto::Resp3 => 3,
    };
    let events = if look.output.bytes == 0 { "r" } else { "rw" };
    let multi = look.multi.map_or(-1, |count| i64::try_from(count).unwrap_or(i64::MAX));
    let fields: &[(&str, String)] = &[
        ("id", client.id.to_string()),
        ("addr", client.address.clone()),
        ("laddr", client.local_address.clone()),
        ("fd", client.fd.to_string()),
        ("name", text(&look.names.name)),
        ("age", look.age_seconds.to_string()),
        ("idle", look.idle_seconds.to_string()),
        ("flags", flags(client, look)),
        ("db", look.db.to_string()),
        ("sub", "0".into()),
        ("psub", "0".into()),
        ("ssub", "0".into()),
        ("multi", multi.to_string()),
        ("qbuf", look.query_bytes.to_string()),
        ("qbuf-free", look.query_free_bytes.to_string()),
        ("argv-mem", look.words_bytes.to_string()),
        ("multi-mem", look.multi_bytes.to_string()),
        ("rbs", look.output.capacity_bytes.to_string()),
        ("rbp", look.output.capacity_bytes.to_string()),
        ("obl", look.output.bytes.to_string()),
        ("oll", "0".into()),
        ("omem", "0".into()),
        ("tot-mem", look.total_bytes.to_string()),
        ("events", events.into()),
        ("cmd", command.unwrap_or("NULL").to_owned()),
        ("user", look.user.to_owned()),
        ("redir", "-1".into()),
        ("resp", resp.to_string()),
        ("lib-name", text(&look.names.lib_name)),
        ("lib-ver", text(&look.names.lib_version)),
    ];
    let fields: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    fields.join(" ")
}

/// Redis's letters for what a client is and does; `N` for nothing special.
fn flags(client: &Client, look: &Look) -> String {
    let letters = [
        (look.multi.is_some(), 'x'),
        (look.waiting, 'b'),
        (look.closing, 'c'),
        (client.transport == Transport::Unix, 'U'),
        (look.no_evict, 'e'),
        (look.no_touch, 'T'),
    ];
    let set: String = letters.iter().filter(|(set, _)| *set).map(|(_, letter)| letter).collect();
    if set.is_empty() { "N".into() } else { set }
}

/// Whether `name` can stand in a line: nothing in it ends a field.
pub(crate) fn is_printable(name: &[u8]) -> bool {
    name.iter().all(|byte| (b'!'..=b'~').contains(byte))
}
