//! The types of settings that are more than a number or a text.

/// Declares an enum whose variants each have one name in the configuration.
///
/// The order of the names is the order in which an error lists them.
macro_rules! choice {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type { $($(#[$variant_doc])* $variant,)+ }

        impl $type {
            /// Every name, in the order an error lists them.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name in the configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }

        impl Choice for $type {
            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

/// An enum made by `choice!`.
pub(super) trait Choice: Sized {
    fn named(name: &str) -> Option<Self>;
}

choice! {
    /// Which keys a full dataset gives up. Only in effect when `maxdisk` sets a limit.
    MaxmemoryPolicy {
        VolatileLru = "volatile-lru",
        VolatileLfu = "volatile-lfu",
        VolatileRandom = "volatile-random",
        VolatileTtl = "volatile-ttl",
        AllkeysLru = "allkeys-lru",
        AllkeysLfu = "allkeys-lfu",
        AllkeysRandom = "allkeys-random",
        Noeviction = "noeviction",
    }
}

choice! {
    /// When an answered write survives a power loss.
    Appendfsync {
        /// Within about a second.
        Everysec = "everysec",
        /// Before its reply.
        Always = "always",
        /// When the operating system gets to it.
        No = "no",
    }
}

choice! {
    /// The least important messages that are logged.
    Loglevel {
        Debug = "debug",
        Verbose = "verbose",
        Notice = "notice",
        Warning = "warning",
        Nothing = "nothing",
    }
}

choice! {
    /// Who may do something dangerous.
    Allowed {
        No = "no",
        Yes = "yes",
        /// Clients on this machine only.
        Local = "local",
    }
}

impl Allowed {
    /// Whether a client may, given that it is on this machine (`local`) or not.
    pub fn allows(self, local: bool) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Local => local,
        }
    }
}

choice! {
    /// What supervises the process and wants to be told that it is ready.
    Supervised {
        Upstart = "upstart",
        Systemd = "systemd",
        Auto = "auto",
        No = "no",
    }
}

choice! {
    /// What to do at start when the journal is damaged before its end.
    JournalRecover {
        /// Do not start: a person should look.
        Refuse = "refuse",
        /// Give up everything from the damage on.
        Truncate = "truncate",
    }
}

choice! {
    /// Which channels a new ACL user may use.
    AclPubsubDefault {
        Allchannels = "allchannels",
        Resetchannels = "resetchannels",
    }
}

choice! {
    /// How a signal ends the server.
    Shutdown {
        Default = "default",
        Save = "save",
        Nosave = "nosave",
        Now = "now",
        Force = "force",
    }
}

/// How much a client may leave unread before it is disconnected. 0 means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BufferLimit {
    /// At this size at once.
    pub hard_bytes: u64,
    /// At this size for [`BufferLimit::soft_seconds`] on end.
    pub soft_bytes: u64,
    pub soft_seconds: u64,
}

/// `client-output-buffer-limit`: one limit per class of client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BufferLimits {
    pub normal: BufferLimit,
    pub replica: BufferLimit,
    pub pubsub: BufferLimit,
}

/// `notify-keyspace-events`: a set of event classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyspaceEvents(u16);

impl KeyspaceEvents {
    pub const GENERIC: Self = Self(1);
    pub const STRING: Self = Self(1 << 1);
    pub const LIST: Self = Self(1 << 2);
    pub const SET: Self = Self(1 << 3);
    pub const HASH: Self = Self(1 << 4);
    pub const ZSET: Self = Self(1 << 5);
    pub const EXPIRED: Self = Self(1 << 6);
    pub const EVICTED: Self = Self(1 << 7);
    pub const STREAM: Self = Self(1 << 8);
    pub const MODULE: Self = Self(1 << 9);
    /// `__keyspace@…__` channels.
    pub const KEYSPACE: Self = Self(1 << 10);
    /// `__keyevent@…__` channels.
    pub const KEYEVENT: Self = Self(1 << 11);
    pub const MISS: Self = Self(1 << 12);
    pub const NEW: Self = Self(1 << 13);
    /// What `A` stands for: every class but `m` and `n`.
    pub const ALL: Self = Self((1 << 10) - 1);

    /// In the order Redis reports them: `n` comes before the channels, `m` after.
    const LETTERS: [(u8, Self); 14] = [
        (b'g', Self::GENERIC),
        (b'$', Self::STRING),
        (b'l', Self::LIST),
        (b's', Self::SET),
        (b'h', Self::HASH),
        (b'z', Self::ZSET),
        (b'x', Self::EXPIRED),
        (b'e', Self::EVICTED),
        (b't', Self::STREAM),
        (b'd', Self::MODULE),
        (b'n', Self::NEW),
        (b'K', Self::KEYSPACE),
        (b'E', Self::KEYEVENT),
        (b'm', Self::MISS),
    ];

    /// Whether every class of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing at all is notified.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Reads letters such as `KEA`, or `None` if one of them is unknown.
    pub fn parse(letters: &[u8]) -> Option<Self> {
        letters.iter().try_fold(Self::default(), |set, letter| {
            let class = match letter {
                b'A' => Self::ALL,
                _ => Self::LETTERS.iter().find(|(known, _)| known == letter)?.1,
            };
            Some(Self(set.0 | class.0))
        })
    }

    /// Writes the letters as Redis reports them, except that it forgets an `n` beside an `A`.
    pub fn letters(self) -> String {
        let all = self.contains(Self::ALL);
        let mut out = String::from(if all { "A" } else { "" });
        for (letter, class) in Self::LETTERS {
            let told_by_a = all && Self::ALL.contains(class);
            if self.contains(class) && !told_by_a {
                out.push(char::from(letter));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::KeyspaceEvents;

    #[test]
    fn event_letters_are_reported_in_redis_order() {
        for (set, get) in [
            ("", ""),
            ("KEA", "AKE"),
            ("Elg", "glE"),
            ("Kmx", "xKm"),
            ("g$lshzxetdKE", "AKE"),
            ("KEAn", "AnKE"),
        ] {
            let events = KeyspaceEvents::parse(set.as_bytes()).expect("known letters");
            assert_eq!(events.letters(), get);
        }
        assert_eq!(KeyspaceEvents::parse(b"Kq"), None);
    }

    #[test]
    fn all_does_not_include_misses_and_new_keys() {
        let all = KeyspaceEvents::parse(b"A").expect("known letter");
        assert!(all.contains(KeyspaceEvents::MODULE));
        assert!(!all.contains(KeyspaceEvents::MISS));
        assert!(!all.contains(KeyspaceEvents::NEW));
    }
}
