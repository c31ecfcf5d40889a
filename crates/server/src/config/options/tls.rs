//! Encrypted connections. `tls-port` is read so that the server can refuse what it cannot do.

use super::super::kind::{Kind, Unit};
use super::super::option::{Group, accepted, works};
use super::{PORT, SECONDS, TEXT, counted};

pub(super) const GROUP: Group = Group {
    title: "TLS",
    specs: &[
        works("tls-port", PORT, "0", "6.0", "TCP port for TLS. 0: none.").live(),
        accepted("tls-cert-file", TEXT, "", "6.0", "Certificate.").live(),
        accepted("tls-key-file", TEXT, "", "6.0", "Key of the certificate.").live(),
        accepted("tls-key-file-pass", TEXT, "", "7.0", "Password of the key.").live().secret(),
        accepted("tls-client-cert-file", TEXT, "", "6.2", "Certificate towards others.").live(),
        accepted("tls-client-key-file", TEXT, "", "6.2", "Key of that certificate.").live(),
        accepted("tls-client-key-file-pass", TEXT, "", "7.0", "Password of that key.")
            .live()
            .secret(),
        accepted("tls-dh-params-file", TEXT, "", "6.0", "Diffie-Hellman parameters.").live(),
        accepted("tls-ca-cert-file", TEXT, "", "6.0", "Certificates of authorities.").live(),
        accepted("tls-ca-cert-dir", TEXT, "", "6.0", "Directory of such certificates.").live(),
        accepted(
            "tls-auth-clients",
            Kind::OneOf(&["no", "yes", "optional"]),
            "yes",
            "6.0",
            "Whether clients need a certificate.",
        )
        .live(),
        accepted("tls-replication", Kind::YesNo, "no", "6.0", "TLS towards the primary.").live(),
        accepted("tls-cluster", Kind::YesNo, "no", "6.0", "TLS on the cluster bus.").live(),
        accepted("tls-protocols", TEXT, "", "6.0", "Versions of TLS.").live(),
        accepted("tls-ciphers", TEXT, "", "6.0", "Ciphers up to TLS 1.2.").live(),
        accepted("tls-ciphersuites", TEXT, "", "6.0", "Ciphers of TLS 1.3.").live(),
        accepted("tls-prefer-server-ciphers", Kind::YesNo, "no", "6.0", "The server chooses.")
            .live(),
        accepted("tls-session-caching", Kind::YesNo, "yes", "6.2", "Sessions are resumed.").live(),
        accepted("tls-session-cache-size", counted(Unit::None), "20480", "6.2", "Sessions kept.")
            .live(),
        accepted("tls-session-cache-timeout", SECONDS, "300", "6.2", "How long sessions are kept.")
            .live(),
    ],
};
