//! Cluster mode.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, works};
use super::{BYTES, COUNT, PORT, TEXT, int};

/// Longest host name, with the byte C needs to end it.
const HOST_NAME_MAX: usize = 256;

pub(super) const GROUP: Group = Group {
    title: "Cluster",
    specs: &[
        works("cluster-enabled", Kind::YesNo, "no", "3.0", "Whether this is a node of a cluster."),
        accepted("cluster-config-file", TEXT, "nodes.conf", "3.0", "Where a node keeps its state."),
        accepted(
            "cluster-node-timeout",
            int(0, i64::MAX, Unit::Millis),
            "15000",
            "3.0",
            "Silence after which a node counts as gone.",
        )
        .live(),
        accepted("cluster-port", PORT, "0", "7.0", "Port of the cluster bus. 0: port + 10000."),
        accepted(
            "cluster-replica-validity-factor",
            COUNT,
            "10",
            "3.0",
            "How old data may be taken.",
        )
        .alias(&["cluster-slave-validity-factor"])
        .live(),
        accepted("cluster-migration-barrier", COUNT, "1", "3.0", "Replicas that stay put.").live(),
        accepted(
            "cluster-allow-replica-migration",
            Kind::YesNo,
            "yes",
            "7.0",
            "Replicas may move.",
        )
        .live(),
        accepted("cluster-require-full-coverage", Kind::YesNo, "yes", "3.0", "All slots or none.")
            .live(),
        accepted("cluster-replica-no-failover", Kind::YesNo, "no", "5.0", "Never takes over.")
            .alias(&["cluster-slave-no-failover"])
            .live(),
        accepted("cluster-allow-reads-when-down", Kind::YesNo, "no", "6.0", "Reads when cut off.")
            .live(),
        accepted(
            "cluster-allow-pubsubshard-when-down",
            Kind::YesNo,
            "yes",
            "7.0",
            "Sharded pub/sub when cut off.",
        )
        .live(),
        accepted("cluster-link-sendbuf-limit", BYTES, "0", "7.0", "Bytes queued for a node.")
            .live(),
        accepted("cluster-announce-ip", TEXT, "", "4.0", "Address told to others.").live(),
        accepted("cluster-announce-port", PORT, "0", "4.0", "Port told to others.").live(),
        accepted("cluster-announce-tls-port", PORT, "0", "7.0", "TLS port told to others.").live(),
        accepted("cluster-announce-bus-port", PORT, "0", "4.0", "Bus port told to others.").live(),
        accepted(
            "cluster-announce-hostname",
            Kind::Text(host_name),
            "",
            "7.0",
            "Host name told to others.",
        )
        .live(),
        accepted(
            "cluster-announce-human-nodename",
            Kind::Text(node_name),
            "",
            "7.2",
            "Name of the node in logs.",
        )
        .live(),
        accepted(
            "cluster-preferred-endpoint-type",
            Kind::OneOf(&["ip", "hostname", "unknown-endpoint"]),
            "ip",
            "7.0",
            "How clients are told where to go.",
        )
        .live(),
        accepted("cluster-ping-interval", int(0, i64::MAX, Unit::None), "0", "7.2", "For tests.")
            .live()
            .hidden(),
    ],
};

fn host_name(name: &[u8]) -> Result<(), &'static str> {
    if name.len() >= HOST_NAME_MAX {
        return Err("Hostnames must be less than 256 characters");
    }
    if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte)) {
        return Err("Hostnames may only contain alphanumeric characters, hyphens or dots");
    }
    Ok(())
}

fn node_name(name: &[u8]) -> Result<(), &'static str> {
    if name.iter().any(|byte| b"!#$%&()*+:;<>?@[]^{|}~".contains(byte)) {
        return Err("Announced human node name contained invalid character");
    }
    Ok(())
}
