mod paged;

use std::ops::ControlFlow;

use super::super::{Limits, Shape, shape};
use super::*;
use crate::tree::Direction;
use crate::tree::testing::Memory;

fn all(sequence: &SequenceRef<'_, Memory>) -> Vec<String> {
    let mut elements = Vec::new();
    sequence
        .range(0, u64::MAX, Direction::Forward, &mut |element| {
            elements.push(String::from_utf8_lossy(element).into_owned());
            ControlFlow::Continue(())
        })
        .unwrap();
    elements
}

#[test]
fn elements_are_where_they_were_put() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut list = SequenceMut::new(&mut payload, &mut pages, &limits);
    list.push_back(b"b").unwrap();
    list.push_back(b"").unwrap();
    list.push_front(b"a").unwrap();
    list.insert(2, b"long element").unwrap();
    assert_eq!(all(&list.as_ref()), ["a", "b", "long element", ""]);
    assert_eq!(list.replace(1, b"changed"), Ok(true));
    assert_eq!(list.replace(4, b"nothing"), Ok(false));
    assert_eq!(list.remove(0), Ok(true));
    assert_eq!(all(&list.as_ref()), ["changed", "long element", ""]);
    list.remove_range(1, 9).unwrap();
    assert_eq!(all(&list.as_ref()), ["changed"]);
    assert_eq!(list.as_ref().at(0), Ok(Some(&b"changed"[..])));
    assert_eq!(list.as_ref().at(1), Ok(None));
    list.remove_range(0, 1).unwrap();
    assert!(payload.is_empty());
}

#[test]
fn a_range_goes_both_ways() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut list = SequenceMut::new(&mut payload, &mut pages, &limits);
    for element in ["a", "b", "c", "d"] {
        list.push_back(element.as_bytes()).unwrap();
    }
    let mut seen = Vec::new();
    let mut see = |element: &[u8]| {
        seen.push(element.to_vec());
        ControlFlow::Continue(())
    };
    list.as_ref().range(2, 2, Direction::Backward, &mut see).unwrap();
    list.as_ref().range(3, 2, Direction::Forward, &mut see).unwrap();
    assert_eq!(seen, [b"c", b"b", b"d"]);
}

#[test]
fn a_list_is_shown_as_large_above_its_limit_and_as_small_again_at_half_of_it() {
    let (mut payload, mut pages) = (Vec::new(), Memory::default());
    let mut limits = Limits::default();
    limits.encoding.list_listpack_size = 4;
    let shape_with = |count: u64, payload: &mut Vec<u8>, pages: &mut Memory| {
        let mut list = SequenceMut::new(payload, pages, &limits);
        while list.as_ref().len() < count {
            list.push_back(b"x").unwrap();
        }
        let len = list.as_ref().len();
        list.remove_range(count, len - count).unwrap();
        shape(payload)
    };
    let shapes = [4, 5, 3, 2, 4].map(|count| shape_with(count, &mut payload, &mut pages));
    let (small, large) = (Some(Shape::Listpack), Some(Shape::Quicklist));
    assert_eq!(shapes, [small, large, large, small, small]);
}

#[test]
fn a_list_is_measured_as_the_listpack_it_would_be() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut list = SequenceMut::new(&mut payload, &mut pages, &limits);
    // Seven bytes around elements of 104: 78 of them are 8119 bytes, and 73 are left to 8192.
    for _ in 0..78 {
        list.push_back(&[b'x'; 101]).unwrap();
    }
    list.push_back(&[b'x'; 73]).unwrap();
    assert_eq!(shape(&payload), Some(Shape::Listpack));
    let mut list = SequenceMut::new(&mut payload, &mut pages, &limits);
    list.replace(78, b"").unwrap();
    list.push_back(&[b'x'; 72]).unwrap();
    assert_eq!(shape(&payload), Some(Shape::Quicklist));
}

#[test]
fn elements_that_come_together_are_measured_together() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut list = SequenceMut::new(&mut payload, &mut pages, &limits);
    list.announce(1000, 8000);
    for _ in 0..1000 {
        list.push_back(b"12345678").unwrap();
    }
    assert_eq!(shape(&payload), Some(Shape::Listpack));
    let mut list = SequenceMut::new(&mut payload, &mut pages, &limits);
    list.push_back(&[b'x'; 8000]).unwrap();
    list.remove_range(900, 101).unwrap();
    assert_eq!(shape(&payload), Some(Shape::Quicklist));
    SequenceMut::new(&mut payload, &mut pages, &limits).remove_range(0, 500).unwrap();
    assert_eq!(shape(&payload), Some(Shape::Listpack));
}
