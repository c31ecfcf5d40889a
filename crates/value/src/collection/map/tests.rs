mod paged;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::super::{Container, Limits, Put, Shape, check_payload, shape};
use super::*;
use crate::tree::testing::Memory;

const SEED: u64 = 7;

#[test]
fn a_member_that_is_there_changes_nothing() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut set = MapMut::set(&mut payload, &mut pages, SEED, &limits);
    assert_eq!(set.put(b"m", b"", None), Ok(Put::Added));
    let before = payload.clone();
    let mut set = MapMut::set(&mut payload, &mut pages, SEED, &limits);
    assert_eq!(set.put(b"m", b"", None), Ok(Put::Same));
    assert_eq!(payload, before);
}

#[test]
fn a_key_is_added_once_and_replaced_after_that() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut map = MapMut::hash(&mut payload, &mut pages, SEED, &limits);
    assert_eq!(map.put(b"k", b"v", None), Ok(Put::Added));
    assert_eq!(map.put(b"k", b"longer", None), Ok(Put::Replaced));
    let entry = Entry { key: b"k", value: b"longer", expiry: None };
    assert_eq!(map.as_ref().get(b"k"), Ok(Some(entry)));
    assert_eq!(map.as_ref().get(b"other"), Ok(None));
    assert_eq!(map.remove(b"other"), Ok(false));
    assert_eq!(map.remove(b"k"), Ok(true));
    assert!(payload.is_empty());
}

#[test]
fn a_walk_sees_every_element_and_a_scan_sees_them_once() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut map = MapMut::set(&mut payload, &mut pages, SEED, &limits);
    for key in 0..300 {
        map.put(format!("key {key}").as_bytes(), b"", None).unwrap();
    }
    let map = MapRef::new(&payload, &pages, SEED);
    let mut walked = Vec::new();
    map.walk(&mut |entry| {
        walked.push(entry.key);
        ControlFlow::Continue(())
    })
    .unwrap();
    let (mut scanned, mut at) = (Vec::new(), 0);
    loop {
        at = map.scan(at, 7, &mut |entry| scanned.push(entry.key)).unwrap();
        if at == 0 {
            break;
        }
    }
    assert_eq!(walked.len(), 300);
    assert_eq!(walked, scanned);
    assert_eq!(check_payload(Container::Set, &payload), Ok(()));
    assert!(check_payload(Container::Hash, &payload).is_err());
}

#[test]
fn the_soonest_expiry_is_known_without_a_walk() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut map = MapMut::hash(&mut payload, &mut pages, SEED, &limits);
    map.put(b"never", b"1", None).unwrap();
    assert_eq!(map.as_ref().soonest_expiry(), None);
    map.put(b"late", b"2", Some(2000)).unwrap();
    map.put(b"soon", b"3", Some(1000)).unwrap();
    assert_eq!(map.as_ref().soonest_expiry(), Some(1000));
    assert_eq!(map.as_ref().get(b"late").unwrap().unwrap().expiry, Some(2000));
    map.remove(b"soon").unwrap();
    assert_eq!(map.as_ref().soonest_expiry(), Some(1000), "nobody has looked");
    found_soonest_expiry(&mut payload, 2000);
    assert_eq!(soonest_expiry(&payload), Some(2000));
    let mut map = MapMut::hash(&mut payload, &mut pages, SEED, &limits);
    map.put(b"late", b"2", None).unwrap();
    assert_eq!(map.as_ref().soonest_expiry(), None);
    assert_eq!(map.as_ref().get(b"never").unwrap().unwrap().value, b"1");
}

fn shape_of_set(members: &[&str], announced: u64, limits: &Limits) -> Option<Shape> {
    let (mut payload, mut pages) = (Vec::new(), Memory::default());
    let mut set = MapMut::set(&mut payload, &mut pages, SEED, limits);
    set.announce(announced);
    for member in members {
        set.put(member.as_bytes(), b"", None).unwrap();
    }
    shape(&payload)
}

#[test]
fn sets_are_shown_as_redis_would_encode_them() {
    let mut limits = Limits::default();
    limits.encoding.set_intset_entries = 3;
    limits.encoding.set_listpack_entries = 4;
    let shape = |members: &[&str]| shape_of_set(members, 1, &limits);
    assert_eq!(shape(&["1", "-2", "3"]), Some(Shape::Intset));
    assert_eq!(shape(&["1", "2", "3", "4"]), Some(Shape::Hashtable));
    assert_eq!(shape(&["1", "2", "3", "a"]), Some(Shape::Listpack));
    assert_eq!(shape(&["1", "2", "3", "3", "3"]), Some(Shape::Intset));
    assert_eq!(shape(&["1", "01"]), Some(Shape::Listpack));
    assert_eq!(shape(&["a", "b", "c", "d", "d"]), Some(Shape::Listpack));
    assert_eq!(shape(&["a", "b", "c", "d", "5"]), Some(Shape::Hashtable));
    assert_eq!(shape(&[&"x".repeat(64)]), Some(Shape::Listpack));
    assert_eq!(shape(&[&"x".repeat(65)]), Some(Shape::Hashtable));
    assert_eq!(shape(&[]), None);
    assert_eq!(shape_of_set(&["1"], 4, &limits), Some(Shape::Listpack));
    assert_eq!(shape_of_set(&["1"], 5, &limits), Some(Shape::Hashtable));
}

#[test]
fn a_hash_is_shown_as_large_from_the_first_long_or_late_field_on() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    for field in 0..128 {
        let mut map = MapMut::hash(&mut payload, &mut pages, SEED, &limits);
        map.put(format!("{field}").as_bytes(), &[b'x'; 64], None).unwrap();
    }
    assert_eq!(shape(&payload).map(Shape::name), Some("listpack"));
    MapMut::hash(&mut payload, &mut pages, SEED, &limits).put(b"one", b"", None).unwrap();
    MapMut::hash(&mut payload, &mut pages, SEED, &limits).remove(b"one").unwrap();
    assert_eq!(shape(&payload).map(Shape::name), Some("hashtable"));
}

#[test]
fn a_map_agrees_with_a_model() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut model = BTreeMap::new();
    for step in 0_u64..4000 {
        let key = (step.wrapping_mul(0x9e37_79b9) >> 7) % 200;
        let key = format!("{key}").into_bytes();
        let mut map = MapMut::hash(&mut payload, &mut pages, SEED, &limits);
        if step % 3 == 0 {
            assert_eq!(map.remove(&key), Ok(model.remove(&key).is_some()));
        } else {
            let value = vec![b'v'; step as usize % 20];
            let put = if model.contains_key(&key) { Put::Replaced } else { Put::Added };
            assert_eq!(map.put(&key, &value, None), Ok(put));
            model.insert(key, value);
        }
        let map = MapRef::new(&payload, &pages, SEED);
        assert_eq!(map.len(), model.len() as u64);
        for (key, value) in &model {
            assert_eq!(map.get(key).unwrap().map(|it| it.value), Some(&value[..]));
        }
    }
}
