use proptest::prelude::*;

use super::*;

fn keys(spec: &Spec, call: &str) -> Vec<(String, Access)> {
    let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
    let mut found = Vec::new();
    spec.each_key(&words, &mut |key, access| {
        found.push((String::from_utf8_lossy(key).into_owned(), access));
    });
    found
}

fn names(spec: &Spec, call: &str) -> String {
    keys(spec, call).into_iter().map(|(key, _)| key).collect::<Vec<_>>().join(" ")
}

/// As `COMMAND INFO` shows it.
fn legacy(keys: &'static [KeySpec]) -> (i64, i64, i64, bool) {
    let LegacyRange { first, last, step, movable } = Spec { keys, ..Spec::BASE }.legacy_range();
    (first, last, step, movable)
}

const ONE: &[KeySpec] = &[KeySpec::first(Access::Read, &[Data::Access])];
const ALL: &[KeySpec] = &[KeySpec::all(Access::Delete, &[Data::Delete])];
const PAIRS: &[KeySpec] = &[KeySpec::pairs(Access::Replace, &[Data::Update])];
/// `BLPOP key [key ...] timeout`
const ALL_BUT_LAST: &[KeySpec] = &[KeySpec::range(1, -2, 1, Access::Update, &[Data::Delete])];
/// `RENAME key newkey`
const TWO: &[KeySpec] =
    &[KeySpec::first(Access::Update, &[]), KeySpec::at(2, Access::Replace, &[Data::Update])];
/// `ZUNIONSTORE destination numkeys key [key ...]`
const COUNTED: &[KeySpec] =
    &[KeySpec::first(Access::Replace, &[Data::Update]), KeySpec::counted(2, Access::Read, &[])];
/// `XREAD … STREAMS key [key ...] id [id ...]`
const HALF: &[KeySpec] = &[KeySpec::new(
    Begin::Keyword { word: "STREAMS", from: 1 },
    Find::Range { last: -1, step: 1, limit: 2 },
    Access::Read,
    &[Data::Access],
)];
/// `MIGRATE … [KEYS key [key ...]]`
const FROM_END: &[KeySpec] = &[KeySpec::new(
    Begin::Keyword { word: "KEYS", from: -2 },
    Find::Range { last: -1, step: 1, limit: 0 },
    Access::Update,
    &[],
)
.incomplete()];

#[test]
fn key_specs_find_the_keys_of_a_call() {
    let find = |keys, call| names(&Spec { keys, ..Spec::BASE }, call);
    assert_eq!(find(ONE, "get k"), "k");
    assert_eq!(find(ALL, "del a b c"), "a b c");
    assert_eq!(find(PAIRS, "mset a 1 b 2"), "a b");
    assert_eq!(find(ALL_BUT_LAST, "blpop a b 0"), "a b");
    assert_eq!(find(TWO, "rename a b"), "a b");
    assert_eq!(find(COUNTED, "zunionstore d 2 a b weights 1 2"), "d a b");
    assert_eq!(find(HALF, "xread count 2 streams a b 0 0"), "a b");
    assert_eq!(find(FROM_END, "migrate h p keys 0 1 keys a b"), "a b");
}

#[test]
fn words_that_make_no_sense_have_no_keys_or_fewer() {
    let find = |keys, call| names(&Spec { keys, ..Spec::BASE }, call);
    assert_eq!(find(ONE, "get"), "");
    assert_eq!(find(ALL, "del"), "");
    assert_eq!(find(COUNTED, "zunionstore d"), "d");
    assert_eq!(find(COUNTED, "zunionstore d x a"), "d");
    assert_eq!(find(COUNTED, "zunionstore d -1 a"), "d");
    assert_eq!(find(COUNTED, "zunionstore d 9223372036854775807 a"), "d a");
    assert_eq!(find(HALF, "xread"), "");
    assert_eq!(find(HALF, "xread streams"), "");
}

#[test]
fn a_range_stands_for_the_keys_where_it_can() {
    assert_eq!(legacy(&[]), (0, 0, 0, false));
    assert_eq!(legacy(ONE), (1, 1, 1, false));
    assert_eq!(legacy(ALL), (1, -1, 1, false));
    assert_eq!(legacy(PAIRS), (1, -1, 2, false));
    assert_eq!(legacy(ALL_BUT_LAST), (1, -2, 1, false));
    assert_eq!(legacy(TWO), (1, 2, 1, false));
    assert_eq!(legacy(COUNTED), (1, 1, 1, true));
    assert_eq!(legacy(HALF), (0, 0, 0, true));
}

#[test]
fn flags_and_categories_follow_from_kind_speed_and_group() {
    let spec = Spec {
        group: Group::SortedSet,
        kind: Kind::Write { grows: true },
        speed: Speed::Fast,
        flags: &[Flag::NoScript, Flag::Blocking, Flag::NoAuth, Flag::AllowBusy],
        keys: COUNTED,
        ..Spec::BASE
    };
    let flags = "write denyoom noscript blocking fast no_auth movablekeys allow_busy";
    assert_eq!(spec.flag_names().join(" "), flags);
    let categories: Vec<_> = spec.acl_categories().into_iter().map(Category::name).collect();
    assert_eq!(categories.join(" "), "write sortedset fast blocking");
}

#[test]
fn operators_commands_are_dangerous_and_scripts_that_read_are_not_in_read() {
    let admin = Spec { group: Group::Server, flags: &[Flag::Admin], ..Spec::BASE };
    assert_eq!(admin.acl_categories(), [Category::Admin, Category::Slow, Category::Dangerous]);
    let script = Spec { group: Group::Scripting, kind: Kind::Read, ..Spec::BASE };
    assert_eq!(script.acl_categories(), [Category::Slow, Category::Scripting]);
}

#[test]
fn own_categories_take_the_place_of_the_groups() {
    let spec = Spec { categories: Some(&[Category::Set]), kind: Kind::Read, ..Spec::BASE };
    assert_eq!(spec.acl_categories(), [Category::Read, Category::Set, Category::Slow]);
}

#[test]
fn categories_are_listed_in_order_and_found_by_name() {
    assert!(Category::ALL.is_sorted());
    for category in Category::ALL {
        assert_eq!(Category::from_name(category.name().as_bytes()), Some(category));
    }
    assert_eq!(Category::from_name(b"SortedSet"), Some(Category::SortedSet));
    assert_eq!(Category::from_name(b"all"), None);
}

#[test]
fn syntax_is_written_as_in_the_manual() {
    const ARGS: &[Arg] = &[
        Arg::key("key").multiple(),
        Arg::one_of("where", &[Arg::flag("left", "LEFT"), Arg::flag("right", "RIGHT")]),
        Arg::pattern("get-pattern").token("GET").display("pattern").optional().multiple_token(),
        Arg::block("limit", &[Arg::integer("offset"), Arg::integer("count")])
            .token("LIMIT")
            .optional(),
        Arg::one_of("order", &[Arg::flag("asc", "ASC"), Arg::flag("desc", "DESC")]).optional(),
    ];
    let syntax = Spec { args: ARGS, ..Spec::BASE }.syntax();
    let manual = "key [key ...] <LEFT | RIGHT> [GET pattern [GET pattern ...]] \
                  [LIMIT offset count] [ASC | DESC]";
    assert_eq!(syntax, manual);
}

#[test]
fn a_subcommand_knows_its_container() {
    let spec = Spec { name: "config|get", ..Spec::BASE };
    assert_eq!((spec.container(), spec.short_name()), (Some("config"), "get"));
    let spec = Spec { name: "get", ..Spec::BASE };
    assert_eq!((spec.container(), spec.short_name()), (None, "get"));
}

#[test]
fn arity_is_negative_where_more_words_may_follow() {
    assert_eq!(Arity::Exactly(3).as_int(), 3);
    assert_eq!(Arity::AtLeast(3).as_int(), -3);
    assert!(Arity::AtLeast(3).accepts(4) && !Arity::AtLeast(3).accepts(2));
    assert!(!Arity::Exactly(3).accepts(4));
}

proptest! {
    #[test]
    fn no_words_make_the_search_for_keys_panic(
        words in proptest::collection::vec("[a-c]|STREAMS|KEYS|-?[0-9]|9223372036854775807", 1..9),
    ) {
        let words: Vec<&[u8]> = words.iter().map(String::as_bytes).collect();
        for keys in [ONE, ALL, PAIRS, ALL_BUT_LAST, TWO, COUNTED, HALF, FROM_END] {
            let mut found = Vec::new();
            Spec { keys, ..Spec::BASE }.find_keys(&words, &mut |key| found.push(key.word));
            prop_assert!(found.iter().all(|word| *word < words.len()), "{:?}", found);
            prop_assert!(found.len() <= words.len() * keys.len());
        }
    }
}

#[test]
fn a_read_that_keeps_what_it_found_may_change_data_and_needs_no_room() {
    let flags = &[Flag::MayReplicate];
    let spec = Spec { kind: Kind::Read, flags, ..Spec::BASE };
    assert!(spec.writes() && !spec.grows());
    assert_eq!(spec.flag_names(), ["readonly"]);
    assert!(!Spec { kind: Kind::Read, ..Spec::BASE }.writes());
}
