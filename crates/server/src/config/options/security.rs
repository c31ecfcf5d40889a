//! Who may do what.

use super::super::kind::Kind;
use super::super::option::{Group, accepted, works};
use super::super::types::{AclPubsubDefault, Allowed};
use super::{LONG_COUNT, TEXT};

pub(super) const GROUP: Group = Group {
    title: "Security",
    specs: &[
        works("requirepass", TEXT, "", "2.0", "Password of the user `default`. Empty: none.")
            .live()
            .secret()
            .everyday(),
        works(
            "protected-mode",
            Kind::YesNo,
            "yes",
            "3.2",
            "Without a password, only clients on this machine are served.",
        )
        .live(),
        works("aclfile", TEXT, "", "6.0", "File with users, instead of `user` lines. Empty: none."),
        works(
            "acl-pubsub-default",
            Kind::OneOf(AclPubsubDefault::NAMES),
            "resetchannels",
            "6.2",
            "Channels that a new user may use: all or none.",
        )
        .live(),
        works("acllog-max-len", LONG_COUNT, "128", "6.0", "Entries that ACL LOG keeps.").live(),
        works(
            "enable-protected-configs",
            Kind::OneOf(Allowed::NAMES),
            "no",
            "7.0",
            "Who may change `dir` and `dbfilename` at run time.",
        ),
        works(
            "enable-debug-command",
            Kind::OneOf(Allowed::NAMES),
            "local",
            "7.0",
            "Who may use DEBUG. Redis's own default is `no`.",
        ),
        accepted(
            "enable-module-command",
            Kind::OneOf(Allowed::NAMES),
            "no",
            "7.0",
            "Who may use MODULE; there are no modules here.",
        ),
        accepted(
            "sanitize-dump-payload",
            Kind::OneOf(&["no", "yes", "clients"]),
            "no",
            "6.2",
            "Whether RESTORE checks what it reads; here it always does.",
        )
        .live(),
        accepted(
            "hide-user-data-from-log",
            Kind::YesNo,
            "no",
            "8.0",
            "Keeps keys and values out of logs; here they never are in them.",
        )
        .live(),
    ],
};
