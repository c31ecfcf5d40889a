//! What a call on places asks for.
//!
//! All words are read before a key is looked at. So a mistake in them is an error even where Redis
//! would first have found that there is no such key, or that it holds something else.

use hadal_value::{
    geo::{Area, Point, Unit},
    str::parse_double,
};

use crate::{
    fault::Fault,
    parse::{double, int, is},
    sorted_set::{Counts, Only},
    spec::Words,
};

#[cfg(test)]
mod tests;

/// A call of `GEOADD`.
#[derive(Clone, Debug, PartialEq)]
pub struct Add<'a> {
    /// Which members it concerns.
    pub only_if: Option<Only>,
    /// What it replies with.
    pub counts: Counts,
    /// Scores and members, one or more.
    pub members: Vec<(f64, &'a [u8])>,
}

/// Whose words they are: each command takes some that others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// `GEOSEARCH`
    Search,
    /// `GEOSEARCHSTORE`
    SearchStore,
    /// `GEORADIUS`
    Radius,
    /// `GEORADIUS_RO`
    RadiusRo,
    /// `GEORADIUSBYMEMBER`
    RadiusByMember,
    /// `GEORADIUSBYMEMBER_RO`
    RadiusByMemberRo,
}

/// A search, without contradictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search<'a> {
    /// The key with the places.
    pub source: &'a [u8],
    /// Where its middle is.
    pub from: Origin<'a>,
    /// How far it reaches.
    pub area: Area,
    /// What that, and every distance in the answer, is measured in.
    pub unit: Unit,
    /// The order of what is found, if any.
    pub order: Option<Order>,
    /// How much is wanted; `None` for all.
    pub limit: Option<Limit>,
    /// What becomes of it.
    pub answer: Answer<'a>,
}

/// The middle of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Origin<'a> {
    /// Where this member is.
    Member(&'a [u8]),
    /// There.
    Place(Point),
}

/// By distance from the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The nearest first.
    Ascending,
    /// The farthest first.
    Descending,
}

/// How much of what is found is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many of all, the first in order.
    Best(usize),
    /// So many, whichever come first: the search ends with them (`ANY`). They are put in order if
    /// there is one.
    Any(usize),
}

/// What becomes of what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The client gets it.
    Reply(With),
    /// It replaces what is at a key.
    Store {
        /// The key.
        to: &'a [u8],
        /// The scores that members get there.
        scores: Scores,
    },
}

/// What the client gets with each member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct With {
    /// Its distance from the middle: `WITHDIST`.
    pub distance: bool,
    /// Its score: `WITHHASH`.
    pub hash: bool,
    /// Its longitude and latitude: `WITHCOORD`.
    pub coordinates: bool,
}

/// The scores of a stored result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// Those that say where members are.
    Positions,
    /// Distances from the middle: `STOREDIST`.
    Distances,
}

impl<'a> Add<'a> {
    /// Reads a call.
    pub fn parse(words: Words<'a>) -> Result<Self, Fault> {
        let mut rest = words.get(2..).unwrap_or_default();
        let (mut absent, mut present, mut counts) = (false, false, Counts::Added);
        while let [word, after @ ..] = rest {
            match word {
                _ if is(word, "NX") => absent = true,
                _ if is(word, "XX") => present = true,
                _ if is(word, "CH") => counts = Counts::Changed,
                _ => break,
            }
            rest = after;
        }
        let only_if = match (absent, present) {
            (true, true) => return Err(Fault::Syntax),
            (true, false) => Some(Only::Absent),
            (false, true) => Some(Only::Present),
            (false, false) => None,
        };
        let (members, []) = rest.as_chunks() else { return Err(Fault::Syntax) };
        if members.is_empty() {
            return Err(Fault::Syntax);
        }
        let member = |&[longitude, latitude, member]: &[&'a [u8]; 3]| {
            Ok((place(longitude, latitude)?.score(), member))
        };
        let members = members.iter().map(member).collect::<Result<_, Fault>>()?;
        Ok(Self { only_if, counts, members })
    }
}

/// The unit that a call of `GEODIST` asks for.
pub fn distance_unit(words: Words<'_>) -> Result<Unit, Fault> {
    match words.get(4..).unwrap_or_default() {
        [] => Ok(Unit::Meters),
        [word] => unit(word),
        _ => Err(Fault::Syntax),
    }
}

impl<'a> Search<'a> {
    /// Reads a call that has as many words as `caller` needs.
    pub fn parse(words: Words<'a>, caller: Caller) -> Result<Self, Fault> {
        let mut options = Options::new(caller);
        let (source, rest) = match (caller, words) {
            (Caller::Search, [_, source, rest @ ..]) => (source, rest),
            (Caller::SearchStore, [_, to, source, rest @ ..]) => {
                options.store = Some((to, Scores::Positions));
                (source, rest)
            }
            (
                Caller::Radius | Caller::RadiusRo,
                [_, source, longitude, latitude, radius, unit, rest @ ..],
            ) => {
                options.from = Some(Origin::Place(place(longitude, latitude)?));
                options.area = Some(circle(radius, unit)?);
                (source, rest)
            }
            (
                Caller::RadiusByMember | Caller::RadiusByMemberRo,
                [_, source, member, radius, unit, rest @ ..],
            ) => {
                options.from = Some(Origin::Member(member));
                options.area = Some(circle(radius, unit)?);
                (source, rest)
            }
            _ => return Err(Fault::Syntax),
        };
        options.read(rest)?;
        options.finish(words[0], source)
    }
}

/// What has been read of a search so far.
struct Options<'a> {
    caller: Caller,
    from: Option<Origin<'a>>,
    area: Option<(Area, Unit)>,
    order: Option<Order>,
    count: Option<usize>,
    any: bool,
    with: With,
    store: Option<(&'a [u8], Scores)>,
}

impl<'a> Options<'a> {
    fn new(caller: Caller) -> Self {
        Self {
            caller,
            from: None,
            area: None,
            order: None,
            count: None,
            any: false,
            with: With::default(),
            store: None,
        }
    }

    fn read(&mut self, mut words: Words<'a>) -> Result<(), Fault> {
        while let [word, rest @ ..] = words {
            words = match word {
                _ if is(word, "WITHDIST") => {
                    self.with.distance = true;
                    rest
                }
                _ if is(word, "WITHHASH") => {
                    self.with.hash = true;
                    rest
                }
                _ if is(word, "WITHCOORD") => {
                    self.with.coordinates = true;
                    rest
                }
                _ if is(word, "ANY") => {
                    self.any = true;
                    rest
                }
                _ if is(word, "ASC") => {
                    self.order = Some(Order::Ascending);
                    rest
                }
                _ if is(word, "DESC") => {
                    self.order = Some(Order::Descending);
                    rest
                }
                _ => self.read_value(word, rest)?,
            };
        }
        Ok(())
    }

    /// Reads an option that has something after it; what comes after that.
    fn read_value(&mut self, word: &[u8], rest: Words<'a>) -> Result<Words<'a>, Fault> {
        let searches = matches!(self.caller, Caller::Search | Caller::SearchStore);
        let may_store = matches!(self.caller, Caller::Radius | Caller::RadiusByMember);
        match rest {
            [number, rest @ ..] if is(word, "COUNT") => {
                self.count = Some(count(number)?);
                Ok(rest)
            }
            [to, rest @ ..] if may_store && is(word, "STORE") => {
                self.store = Some((to, Scores::Positions));
                Ok(rest)
            }
            [to, rest @ ..] if may_store && is(word, "STOREDIST") => {
                self.store = Some((to, Scores::Distances));
                Ok(rest)
            }
            rest if self.caller == Caller::SearchStore && is(word, "STOREDIST") => {
                self.store = self.store.map(|(to, _)| (to, Scores::Distances));
                Ok(rest)
            }
            rest if searches => self.read_shape(word, rest),
            _ => Err(Fault::Syntax),
        }
    }

    /// Where a search begins and how far it reaches: each said in one way only, but as often as
    /// one likes.
    fn read_shape(&mut self, word: &[u8], rest: Words<'a>) -> Result<Words<'a>, Fault> {
        match (rest, self.from, self.area) {
            ([member, rest @ ..], None | Some(Origin::Member(_)), _) if is(word, "FROMMEMBER") => {
                self.from = Some(Origin::Member(member));
                Ok(rest)
            }
            ([longitude, latitude, rest @ ..], None | Some(Origin::Place(_)), _)
                if is(word, "FROMLONLAT") =>
            {
                self.from = Some(Origin::Place(place(longitude, latitude)?));
                Ok(rest)
            }
            ([radius, unit, rest @ ..], _, None | Some((Area::Circle { .. }, _)))
                if is(word, "BYRADIUS") =>
            {
                self.area = Some(circle(radius, unit)?);
                Ok(rest)
            }
            ([width, height, unit, rest @ ..], _, None | Some((Area::Box { .. }, _)))
                if is(word, "BYBOX") =>
            {
                self.area = Some(rectangle(width, height, unit)?);
                Ok(rest)
            }
            _ => Err(Fault::Syntax),
        }
    }

    fn finish(self, name: &[u8], source: &'a [u8]) -> Result<Search<'a>, Fault> {
        let answer = match self.store {
            None => Answer::Reply(self.with),
            Some((to, scores)) if self.with == With::default() => Answer::Store { to, scores },
            Some(_) => return Err(self.stores_members_only()),
        };
        let said = |what: &str| {
            let name = String::from_utf8_lossy(name);
            Fault::Said(format!("ERR exactly one of {what} can be specified for {name}"))
        };
        let from = self.from.ok_or_else(|| said("FROMMEMBER or FROMLONLAT"))?;
        let (area, unit) = self.area.ok_or_else(|| said("BYRADIUS and BYBOX"))?;
        let limit = match (self.count, self.any) {
            (None, false) => None,
            (Some(count), false) => Some(Limit::Best(count)),
            (Some(count), true) => Some(Limit::Any(count)),
            (None, true) => {
                return Err(Fault::Text("ERR the ANY argument requires COUNT argument"));
            }
        };
        // The best of what has no order are the nearest.
        let default = matches!(limit, Some(Limit::Best(_))).then_some(Order::Ascending);
        Ok(Search { source, from, area, unit, order: self.order.or(default), limit, answer })
    }

    fn stores_members_only(&self) -> Fault {
        Fault::Text(if self.caller == Caller::SearchStore {
            "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
        } else {
            "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD \
             options"
        })
    }
}

/// Longitude and latitude.
fn place(longitude: &[u8], latitude: &[u8]) -> Result<Point, Fault> {
    let (longitude, latitude) = (double(longitude)?, double(latitude)?);
    Point::new(longitude, latitude).map_err(|_| {
        Fault::Said(format!("ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}"))
    })
}

fn circle(radius: &[u8], unit_word: &[u8]) -> Result<(Area, Unit), Fault> {
    let radius = parse_double(radius).ok_or(Fault::Text("ERR need numeric radius"))?;
    if radius < 0.0 {
        return Err(Fault::Text("ERR radius cannot be negative"));
    }
    Ok((Area::Circle { radius }, unit(unit_word)?))
}

fn rectangle(width: &[u8], height: &[u8], unit_word: &[u8]) -> Result<(Area, Unit), Fault> {
    let width = parse_double(width).ok_or(Fault::Text("ERR need numeric width"))?;
    let height = parse_double(height).ok_or(Fault::Text("ERR need numeric height"))?;
    if width < 0.0 || height < 0.0 {
        return Err(Fault::Text("ERR height or width cannot be negative"));
    }
    Ok((Area::Box { width, height }, unit(unit_word)?))
}

fn unit(word: &[u8]) -> Result<Unit, Fault> {
    let units =
        [("M", Unit::Meters), ("KM", Unit::Kilometers), ("FT", Unit::Feet), ("MI", Unit::Miles)];
    let found = units.into_iter().find(|(name, _)| is(word, name));
    let fault = Fault::Text("ERR unsupported unit provided. please use M, KM, FT, MI");
    found.map(|(_, unit)| unit).ok_or(fault)
}

fn count(word: &[u8]) -> Result<usize, Fault> {
    let count = int(word)?;
    let fault = Fault::Text("ERR COUNT must be > 0");
    usize::try_from(count).ok().filter(|count| *count > 0).ok_or(fault)
}
