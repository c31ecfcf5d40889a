//! The reply of `… HELP`: a heading, the lines of the container, and how to see them again.

use hadal_resp::Writer;

/// Writes the lines about the subcommands of `container`, which is in capitals.
pub(super) fn write(container: &str, lines: &[&str], reply: &mut Writer) {
    reply.array(lines.len() + 3);
    reply.simple(&format!("{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
    for line in lines.iter().chain(&["HELP", "    Prints this help."]) {
        reply.simple(line);
    }
}
