use super::*;

fn words(call: &str) -> Vec<&[u8]> {
    call.split(' ').map(str::as_bytes).collect()
}

/// What is wrong with a call, as a client is told.
#[track_caller]
fn assert_fault(found: Result<(), Fault>, text: &str) {
    assert_eq!(found.expect_err("it is wrong").text(), text);
}

fn search<R>(call: &str, run: impl FnOnce(Result<Search<'_>, Fault>) -> R) -> R {
    let words = words(call);
    let caller = match call.split(' ').next().unwrap_or_default() {
        "GEOSEARCH" | "geoSearch" => Caller::Search,
        "GEOSEARCHSTORE" => Caller::SearchStore,
        "GEORADIUS" => Caller::Radius,
        "GEORADIUS_RO" => Caller::RadiusRo,
        "GEORADIUSBYMEMBER" => Caller::RadiusByMember,
        _ => Caller::RadiusByMemberRo,
    };
    run(Search::parse(&words, caller))
}

#[track_caller]
fn wrong(call: &str, text: &str) {
    assert_fault(search(call, |found| found.map(|_| ())), text);
}

const SYNTAX: &str = "ERR syntax error";

#[test]
fn members_are_added_by_their_scores() {
    let call = words("GEOADD k xx CH 13.361389 38.115556 Palermo 0 0 o");
    let add = Add::parse(&call).expect("it is right");
    assert_eq!((add.only_if, add.counts), (Some(Only::Present), Counts::Changed));
    let expected = [(3_479_099_956_230_698.0, &b"Palermo"[..]), (3_377_699_720_527_872.0, b"o")];
    assert_eq!(add.members, expected);
    let call = words("GEOADD k NX nx 0 0 o");
    let add = Add::parse(&call).expect("it is right");
    assert_eq!((add.only_if, add.counts), (Some(Only::Absent), Counts::Added));
}

#[test]
fn what_cannot_be_added_is_said_as_redis_says_it() {
    let wrong = |call: &str, text: &str| assert_fault(Add::parse(&words(call)).map(|_| ()), text);
    wrong("GEOADD k NX XX 0 0 o", SYNTAX);
    wrong("GEOADD k 0 0", SYNTAX);
    wrong("GEOADD k 0 0 o 1", SYNTAX);
    wrong("GEOADD k NX CH CH", SYNTAX);
    wrong("GEOADD k NX XX x 0 o", SYNTAX);
    wrong("GEOADD k x 0 o", "ERR value is not a valid float");
    wrong("GEOADD k 0 nan o", "ERR value is not a valid float");
    wrong("GEOADD k 0 0 o 0 CH o", "ERR value is not a valid float");
    let pair = |text: &str| format!("ERR invalid longitude,latitude pair {text}");
    wrong("GEOADD k 200 100 o", &pair("200.000000,100.000000"));
    wrong("GEOADD k 0 -85.0511288 o", &pair("0.000000,-85.051129"));
    wrong("GEOADD k inf -inf o", &pair("inf,-inf"));
    wrong("GEOADD k 200.0078125 -0 o", &pair("200.007812,-0.000000"));
}

#[test]
fn a_distance_has_a_unit_or_is_in_meters() {
    assert_eq!(distance_unit(&words("GEODIST k a b")), Ok(Unit::Meters));
    assert_eq!(distance_unit(&words("GEODIST k a b Ft")), Ok(Unit::Feet));
    assert_eq!(distance_unit(&words("GEODIST k a b m km")), Err(Fault::Syntax));
    let found = distance_unit(&words("GEODIST k a b in")).map(|_| ());
    assert_fault(found, "ERR unsupported unit provided. please use M, KM, FT, MI");
}

#[test]
fn a_search_is_what_its_words_say_in_any_order() {
    let call = "GEOSEARCH k DESC WITHDIST BYBOX 4 5 km COUNT 3 FROMMEMBER m WITHHASH WITHCOORD";
    search(call, |found| {
        let expected = Search {
            source: b"k",
            from: Origin::Member(b"m"),
            area: Area::Box { width: 4.0, height: 5.0 },
            unit: Unit::Kilometers,
            order: Some(Order::Descending),
            limit: Some(Limit::Best(3)),
            answer: Answer::Reply(With { distance: true, hash: true, coordinates: true }),
        };
        assert_eq!(found, Ok(expected));
    });
}

#[test]
fn the_last_of_several_words_of_one_kind_counts() {
    let call = "GEOSEARCH k FROMLONLAT 1 1 FROMLONLAT 2 3 BYRADIUS 1 m BYRADIUS 7 mi ASC DESC \
                COUNT 1 COUNT 2";
    search(call, |found| {
        let found = found.expect("it is right");
        assert_eq!(found.from, Origin::Place(Point::new(2.0, 3.0).expect("it is on the grid")));
        assert_eq!((found.area, found.unit), (Area::Circle { radius: 7.0 }, Unit::Miles));
        assert_eq!((found.order, found.limit), (Some(Order::Descending), Some(Limit::Best(2))));
    });
}

#[test]
fn the_best_are_the_nearest_and_any_are_in_no_order() {
    let of = |rest: &str| {
        search(&format!("GEORADIUSBYMEMBER_RO k m 1 m{rest}"), |found| {
            found.map(|found| (found.order, found.limit))
        })
    };
    assert_eq!(of(""), Ok((None, None)));
    assert_eq!(of(" COUNT 2"), Ok((Some(Order::Ascending), Some(Limit::Best(2)))));
    assert_eq!(of(" COUNT 2 ANY"), Ok((None, Some(Limit::Any(2)))));
    assert_eq!(of(" ANY DESC COUNT 2"), Ok((Some(Order::Descending), Some(Limit::Any(2)))));
}

#[test]
fn what_is_found_goes_to_the_client_or_to_a_key() {
    let answer = |call: &str| search(call, |found| format!("{:?}", found.expect("right").answer));
    let store = |to: &'static [u8], scores| format!("{:?}", Answer::Store { to, scores });
    let nothing = format!("{:?}", Answer::Reply(With::default()));
    assert_eq!(answer("GEORADIUS k 1 2 3 m"), nothing);
    assert_eq!(answer("GEORADIUS k 1 2 3 m STORE t"), store(b"t", Scores::Positions));
    assert_eq!(answer("GEORADIUS k 1 2 3 m store s STOREDIST t"), store(b"t", Scores::Distances));
    assert_eq!(answer("GEORADIUSBYMEMBER k m 3 m STOREDIST t"), store(b"t", Scores::Distances));
    let search = "GEOSEARCHSTORE t k FROMMEMBER m BYRADIUS 3 m";
    assert_eq!(answer(search), store(b"t", Scores::Positions));
    assert_eq!(answer(&format!("{search} STOREDIST")), store(b"t", Scores::Distances));
}

#[test]
fn what_only_another_command_takes_is_a_syntax_error() {
    wrong("GEORADIUS_RO k 1 2 3 m STORE t", SYNTAX);
    wrong("GEORADIUSBYMEMBER_RO k m 3 m STOREDIST t", SYNTAX);
    wrong("GEOSEARCH k FROMMEMBER m BYRADIUS 3 m STOREDIST", SYNTAX);
    wrong("GEOSEARCH k FROMMEMBER m BYRADIUS 3 m STORE t", SYNTAX);
    wrong("GEOSEARCHSTORE t k FROMMEMBER m BYRADIUS 3 m STORE t", SYNTAX);
    wrong("GEORADIUS k 1 2 3 m FROMMEMBER m", SYNTAX);
    wrong("GEORADIUS k 1 2 3 m BYRADIUS 3 m", SYNTAX);
    wrong("GEORADIUS k 1 2 3 m STORE", SYNTAX);
    wrong("GEORADIUS k 1 2 3 m COUNT", SYNTAX);
    wrong("GEORADIUS k 1 2 3 m BOGUS", SYNTAX);
    wrong("GEOSEARCH k FROMMEMBER m FROMLONLAT 1 2 BYRADIUS 3 m", SYNTAX);
    wrong("GEOSEARCH k FROMLONLAT 1 2 FROMMEMBER m BYRADIUS 3 m", SYNTAX);
    wrong("GEOSEARCH k FROMLONLAT 1 2 BYRADIUS 3 m BYBOX 1 2 m", SYNTAX);
    wrong("GEOSEARCH k FROMLONLAT 1 2 BYBOX 1 2 m BYRADIUS 3 m", SYNTAX);
    wrong("GEOSEARCH k FROMLONLAT 1 2 WITHDIST ASC BYBOX 1 2", SYNTAX);
}

#[test]
fn what_a_search_lacks_is_said_with_its_name_as_typed() {
    wrong(
        "geoSearch k BYRADIUS 3 m ASC WITHDIST",
        "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geoSearch",
    );
    wrong(
        "GEOSEARCHSTORE t k FROMMEMBER m ASC COUNT 1 ANY",
        "ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCHSTORE",
    );
    wrong(
        "GEOSEARCHSTORE t k WITHDIST ANY COUNT 1",
        "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
    );
    wrong(
        "GEORADIUSBYMEMBER k m 3 m WITHHASH STORE t ANY",
        "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD \
         options",
    );
    wrong("GEORADIUS k 1 2 3 m ANY STORE t", "ERR the ANY argument requires COUNT argument");
}

#[test]
fn numbers_are_looked_at_in_the_order_of_redis() {
    wrong("GEORADIUS k x 2 y in", "ERR value is not a valid float");
    wrong("GEORADIUS k 181 2 y in", "ERR invalid longitude,latitude pair 181.000000,2.000000");
    wrong("GEORADIUS k 1 2 y in BOGUS", "ERR need numeric radius");
    wrong("GEORADIUS k 1 2 -1 in BOGUS", "ERR radius cannot be negative");
    let unit = "ERR unsupported unit provided. please use M, KM, FT, MI";
    wrong("GEORADIUS k 1 2 1 in BOGUS", unit);
    wrong("GEOSEARCH k BYBOX x y in FROMLONLAT 1 x", "ERR need numeric width");
    wrong("GEOSEARCH k BYBOX 1 y in FROMLONLAT 1 x", "ERR need numeric height");
    wrong("GEOSEARCH k BYBOX 1 -1 in FROMLONLAT 1 x", "ERR height or width cannot be negative");
    wrong("GEOSEARCH k BYBOX 1 1 in FROMLONLAT 1 x", unit);
    let count = "ERR COUNT must be > 0";
    wrong("GEORADIUS k 1 2 3 m COUNT x", "ERR value is not an integer or out of range");
    wrong("GEORADIUS k 1 2 3 m COUNT 0 WITHDIST STORE t", count);
    wrong("GEORADIUS k 1 2 3 m COUNT -1", count);
}

#[test]
fn a_search_may_reach_without_end_or_not_at_all() {
    for radius in ["inf", "0", "1e308", "0x10"] {
        let call = format!("GEORADIUS k 1 2 {radius} m");
        assert!(search(&call, |found| found.is_ok()), "{radius}");
    }
}
