//! The table entries of the commands on places, but for their handlers.

use crate::{
    Access, Arg, Arity, Data, Deprecated, Group, Key, KeyFlags, KeySpec, Kind, Spec, Words, parse,
    spec::{Begin, Find},
};

const UNIT: Arg = Arg::one_of(
    "unit",
    &[Arg::flag("m", "m"), Arg::flag("km", "km"), Arg::flag("ft", "ft"), Arg::flag("mi", "mi")],
);
const FROM: Arg = Arg::one_of(
    "from",
    &[
        Arg::string("member").token("FROMMEMBER"),
        Arg::block("fromlonlat", &[Arg::double("longitude"), Arg::double("latitude")])
            .token("FROMLONLAT"),
    ],
);
const BY: Arg = Arg::one_of(
    "by",
    &[
        Arg::block("circle", &[Arg::double("radius").token("BYRADIUS"), UNIT]),
        Arg::block("box", &[Arg::double("width").token("BYBOX"), Arg::double("height"), UNIT]),
    ],
);
const ORDER: Arg =
    Arg::one_of("order", &[Arg::flag("asc", "ASC"), Arg::flag("desc", "DESC")]).optional();
const COUNT: Arg = Arg::block(
    "count-block",
    &[Arg::integer("count").token("COUNT"), Arg::flag("any", "ANY").optional()],
)
.optional();
/// Where `ANY` came after the command.
const COUNT_LATER: Arg = Arg::block(
    "count-block",
    &[Arg::integer("count").token("COUNT"), Arg::flag("any", "ANY").optional().since("6.2.0")],
)
.optional();
const WITHCOORD: Arg = Arg::flag("withcoord", "WITHCOORD").optional();
const WITHDIST: Arg = Arg::flag("withdist", "WITHDIST").optional();
const WITHHASH: Arg = Arg::flag("withhash", "WITHHASH").optional();
const STORE: Arg = Arg::one_of(
    "store",
    &[
        Arg::key("storekey").token("STORE").display("key").key_spec(1),
        Arg::key("storedistkey").token("STOREDIST").display("key").key_spec(2),
    ],
)
.optional();
const MEMBERS: Arg = Arg::string("member").optional().multiple();

const UPPERCASE_UNITS: (&str, &str) = ("7.0.0", "Takes the names of units in capitals, too.");
const ANY_ADDED: (&str, &str) = ("6.2.0", "Takes `ANY` with `COUNT`.");

const SEARCH_COST: &str = "O(N+log(M)) where N is the number of elements in the grid-aligned \
                           bounding box area around the shape provided as the filter and M is the \
                           number of items inside the shape";
const RADIUS_COST: &str = "O(N+log(M)) where N is the number of elements inside the bounding box \
                           of the circular area delimited by center and radius and M is the number \
                           of items inside the index.";

const READ_FIRST: &[KeySpec] = &[KeySpec::first(Access::Read, &[Data::Access])];

/// What most of them have in common.
const GEO: Spec =
    Spec { group: Group::Geo, since: "3.2.0", keys: READ_FIRST, kind: Kind::Read, ..Spec::BASE };

/// Adds members.
pub(super) const GEOADD: Spec = Spec {
    name: "geoadd",
    summary: "Adds members with their positions to a geospatial index, which need not exist.",
    complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted \
                 set.",
    arity: Arity::AtLeast(5),
    keys: &[KeySpec::first(Access::Update, &[Data::Update])],
    kind: Kind::Write { grows: true },
    history: &[("6.2.0", "Takes `CH`, `NX` and `XX`.")],
    args: &[
        Arg::key("key"),
        Arg::one_of("condition", &[Arg::flag("nx", "NX"), Arg::flag("xx", "XX")])
            .optional()
            .since("6.2.0"),
        Arg::flag("change", "CH").optional().since("6.2.0"),
        Arg::block(
            "data",
            &[Arg::double("longitude"), Arg::double("latitude"), Arg::string("member")],
        )
        .multiple(),
    ],
    ..GEO
};

/// Measures.
pub(super) const GEODIST: Spec = Spec {
    name: "geodist",
    summary: "Returns the distance between two members of a geospatial index.",
    complexity: "O(1)",
    arity: Arity::AtLeast(4),
    args: &[Arg::key("key"), Arg::string("member1"), Arg::string("member2"), UNIT.optional()],
    ..GEO
};

/// Positions as geohashes.
pub(super) const GEOHASH: Spec = Spec {
    name: "geohash",
    summary: "Returns the positions of members of a geospatial index as geohashes.",
    complexity: "O(1) for each member requested.",
    arity: Arity::AtLeast(2),
    args: &[Arg::key("key"), MEMBERS],
    ..GEO
};

/// Positions in degrees.
pub(super) const GEOPOS: Spec = Spec {
    name: "geopos",
    summary: "Returns the longitudes and latitudes of members of a geospatial index.",
    complexity: "O(1) for each member requested.",
    arity: Arity::AtLeast(2),
    args: &[Arg::key("key"), MEMBERS],
    ..GEO
};

/// Searches around coordinates.
pub(super) const GEORADIUS: Spec = Spec {
    name: "georadius",
    summary: "Finds the members of a geospatial index within a distance of a position, and may \
              store them.",
    complexity: RADIUS_COST,
    arity: Arity::AtLeast(6),
    keys: &radius_keys(6),
    find_keys: Some(find_radius_keys),
    kind: Kind::Write { grows: true },
    history: &[ANY_ADDED, UPPERCASE_UNITS],
    deprecated: Some(Deprecated {
        since: "6.2.0",
        replaced_by: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
    }),
    args: &[
        Arg::key("key"),
        Arg::double("longitude"),
        Arg::double("latitude"),
        Arg::double("radius"),
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT_LATER,
        ORDER,
        STORE,
    ],
    ..GEO
};

/// Searches around a member.
pub(super) const GEORADIUSBYMEMBER: Spec = Spec {
    name: "georadiusbymember",
    summary: "Finds the members of a geospatial index within a distance of one of them, and may \
              store them.",
    complexity: RADIUS_COST,
    arity: Arity::AtLeast(5),
    keys: &radius_keys(5),
    find_keys: Some(find_radius_keys),
    kind: Kind::Write { grows: true },
    history: &[UPPERCASE_UNITS],
    deprecated: Some(Deprecated {
        since: "6.2.0",
        replaced_by: "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` \
                      arguments",
    }),
    args: &[
        Arg::key("key"),
        Arg::string("member"),
        Arg::double("radius"),
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT,
        ORDER,
        STORE,
    ],
    ..GEO
};

/// Searches around a member and stores nothing.
pub(super) const GEORADIUSBYMEMBER_RO: Spec = Spec {
    name: "georadiusbymember_ro",
    summary: "Finds the members of a geospatial index within a distance of one of them.",
    complexity: RADIUS_COST,
    since: "3.2.10",
    arity: Arity::AtLeast(5),
    deprecated: Some(Deprecated {
        since: "6.2.0",
        replaced_by: "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
    }),
    args: &[
        Arg::key("key"),
        Arg::string("member"),
        Arg::double("radius"),
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT,
        ORDER,
    ],
    ..GEO
};

/// Searches around coordinates and stores nothing.
pub(super) const GEORADIUS_RO: Spec = Spec {
    name: "georadius_ro",
    summary: "Finds the members of a geospatial index within a distance of a position.",
    complexity: RADIUS_COST,
    since: "3.2.10",
    arity: Arity::AtLeast(6),
    history: &[ANY_ADDED],
    deprecated: Some(Deprecated {
        since: "6.2.0",
        replaced_by: "`GEOSEARCH` with the `BYRADIUS` argument",
    }),
    args: &[
        Arg::key("key"),
        Arg::double("longitude"),
        Arg::double("latitude"),
        Arg::double("radius"),
        UNIT,
        WITHCOORD,
        WITHDIST,
        WITHHASH,
        COUNT_LATER,
        ORDER,
    ],
    ..GEO
};

/// Searches.
pub(super) const GEOSEARCH: Spec = Spec {
    name: "geosearch",
    summary: "Finds the members of a geospatial index inside a circle or a box.",
    complexity: SEARCH_COST,
    since: "6.2.0",
    arity: Arity::AtLeast(7),
    history: &[UPPERCASE_UNITS],
    args: &[Arg::key("key"), FROM, BY, ORDER, COUNT, WITHCOORD, WITHDIST, WITHHASH],
    ..GEO
};

/// Searches and stores.
pub(super) const GEOSEARCHSTORE: Spec = Spec {
    name: "geosearchstore",
    summary: "Stores the members of a geospatial index inside a circle or a box.",
    complexity: SEARCH_COST,
    since: "6.2.0",
    arity: Arity::AtLeast(8),
    keys: &[
        KeySpec::first(Access::Replace, &[Data::Update]),
        KeySpec::at(2, Access::Read, &[Data::Access]),
    ],
    kind: Kind::Write { grows: true },
    history: &[UPPERCASE_UNITS],
    args: &[
        Arg::key("destination"),
        Arg::key("source").key_spec(1),
        FROM,
        BY,
        ORDER,
        COUNT,
        Arg::flag("storedist", "STOREDIST").optional(),
    ],
    ..GEO
};

/// The source, and a key after `STORE` or `STOREDIST` from this word on.
const fn radius_keys(from: isize) -> [KeySpec; 3] {
    [KeySpec::first(Access::Read, &[Data::Access]), after("STORE", from), after("STOREDIST", from)]
}

const fn after(word: &'static str, from: isize) -> KeySpec {
    let find = Find::Range { last: 0, step: 1, limit: 0 };
    KeySpec::new(Begin::Keyword { word, from }, find, Access::Replace, &[Data::Update])
}

/// The source, and the last key that a result is said to go to.
fn find_radius_keys(words: Words<'_>, f: &mut dyn FnMut(Key)) {
    let source = KeyFlags::new(Access::Read, &[Data::Access]);
    f(Key { word: 1, load: Access::Read, flags: source });
    let (mut at, mut store) = (5, None);
    while at + 1 < words.len() {
        if parse::is(words[at], "STORE") || parse::is(words[at], "STOREDIST") {
            at += 1;
            store = Some(at);
        }
        at += 1;
    }
    if let Some(word) = store {
        let flags = KeyFlags::new(Access::Replace, &[Data::Update]);
        f(Key { word, load: Access::Replace, flags });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_that_a_result_goes_to_is_found() {
        let keys = |spec: &Spec, call: &str| {
            let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
            let mut found = Vec::new();
            spec.each_key(&words, &mut |key, access| {
                found.push((String::from_utf8_lossy(key).into_owned(), access));
            });
            found
        };
        let expect = |to: Option<&str>| {
            let to = to.map(|to| (to.to_owned(), Access::Replace));
            [("k".to_owned(), Access::Read)].into_iter().chain(to).collect::<Vec<_>>()
        };
        let radius = |rest: &str| keys(&GEORADIUS, &format!("GEORADIUS k 1 2 3 m{rest}"));
        assert_eq!(radius(""), expect(None));
        assert_eq!(radius(" STORE"), expect(None));
        assert_eq!(radius(" WITHDIST store a COUNT 1"), expect(Some("a")));
        assert_eq!(radius(" STORE a STOREDIST b"), expect(Some("b")));
        assert_eq!(radius(" STORE STORE COUNT 1"), expect(Some("STORE")));
        let by_member =
            |rest: &str| keys(&GEORADIUSBYMEMBER, &format!("GEORADIUSBYMEMBER k {rest}"));
        assert_eq!(by_member("STORE 3 m"), expect(None));
        assert_eq!(by_member("m 3 m STOREDIST a"), expect(Some("a")));
    }
}
