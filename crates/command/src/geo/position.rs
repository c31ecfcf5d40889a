//! Where members are: `GEOPOS`, `GEOHASH`, and how far apart: `GEODIST`.

use hadal_keyspace::Txn;
use hadal_resp::Writer;
use hadal_value::geo::{Point, coordinate, distance, fixed};

use super::options::distance_unit;
use crate::{Stop, Words, sorted_set::scores};

pub(super) fn geodist(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let unit = distance_unit(words)?;
    match places(txn, words[1], &words[2..4])?[..] {
        [Some(from), Some(to)] => {
            reply.bulk(fixed(distance(from, to) / unit.meters()).as_bytes());
        }
        _ => reply.null(),
    }
    Ok(())
}

pub(super) fn geohash(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let places = places(txn, words[1], &words[2..])?;
    reply.array(places.len());
    for place in places {
        match place {
            Some(place) => reply.bulk(&place.geohash()),
            None => reply.null(),
        }
    }
    Ok(())
}

pub(super) fn geopos(txn: &mut Txn<'_>, words: Words<'_>, reply: &mut Writer) -> Result<(), Stop> {
    let places = places(txn, words[1], &words[2..])?;
    reply.array(places.len());
    for place in places {
        match place {
            Some(place) => coordinates(place, reply),
            None => reply.null_array(),
        }
    }
    Ok(())
}

/// Longitude and latitude.
pub(super) fn coordinates(place: Point, reply: &mut Writer) {
    reply.array(2);
    reply.double_text(&coordinate(place.longitude()));
    reply.double_text(&coordinate(place.latitude()));
}

fn places(txn: &mut Txn<'_>, key: &[u8], members: &[&[u8]]) -> Result<Vec<Option<Point>>, Stop> {
    let scores = scores(txn, key, members)?;
    Ok(scores.into_iter().map(|score| score.map(Point::from_score)).collect())
}
