mod paged;

use std::ops::ControlFlow;

use super::super::{Limits, Shape, shape};
use super::*;
use crate::tree::Direction;
use crate::tree::testing::Memory;

const SEED: u64 = 7;

#[test]
fn members_are_ordered_by_score_and_then_by_their_bytes() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut sorted = SortedMut::new(&mut payload, &mut pages, SEED, &limits);
    for (member, score) in [("b", 1.0), ("a", 1.0), ("z", -1.0), ("m", 0.5)] {
        assert_eq!(sorted.put(member.as_bytes(), score), Ok(PutScore::Added));
    }
    assert_eq!(sorted.put(b"a", 1.0), Ok(PutScore::Same));
    assert_eq!(sorted.put(b"m", 2.0), Ok(PutScore::Replaced(0.5)));
    let sorted = sorted.as_ref();
    let mut members = Vec::new();
    sorted
        .walk(&mut |member, score| {
            members.push((member.to_vec(), score));
            ControlFlow::Continue(())
        })
        .unwrap();
    let expected = [("z", -1.0), ("a", 1.0), ("b", 1.0), ("m", 2.0)];
    assert_eq!(members, expected.map(|(member, score)| (member.as_bytes().to_vec(), score)));
    assert_eq!(sorted.rank(b"b"), Ok(Some(2)));
    assert_eq!(sorted.score(b"b"), Ok(Some(1.0)));
    assert_eq!(sorted.at(3), Ok(Some((&b"m"[..], 2.0))));
    assert_eq!(sorted.at(4), Ok(None));
}

#[test]
fn counts_below_bounds_are_ranks() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut sorted = SortedMut::new(&mut payload, &mut pages, SEED, &limits);
    for (member, score) in [("a", f64::NEG_INFINITY), ("b", -0.0), ("c", 0.0), ("d", 1.0)] {
        sorted.put(member.as_bytes(), score).unwrap();
    }
    let sorted = sorted.as_ref();
    assert_eq!(sorted.count_below(Below::Score(f64::NEG_INFINITY)), Ok(0));
    assert_eq!(sorted.count_below(Below::After(f64::NEG_INFINITY)), Ok(1));
    assert_eq!(sorted.count_below(Below::Score(0.0)), Ok(1));
    assert_eq!(sorted.count_below(Below::After(-0.0)), Ok(3));
    assert_eq!(sorted.count_below(Below::After(f64::INFINITY)), Ok(4));
}

#[test]
fn counts_below_members_of_one_score_are_ranks() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut sorted = SortedMut::new(&mut payload, &mut pages, SEED, &limits);
    for member in ["a", "b", "ba", "c"] {
        sorted.put(member.as_bytes(), 3.0).unwrap();
    }
    let sorted = sorted.as_ref();
    assert_eq!(sorted.count_below_lex(BelowMember::All), Ok(0));
    assert_eq!(sorted.count_below_lex(BelowMember::Member(b"b")), Ok(1));
    assert_eq!(sorted.count_below_lex(BelowMember::After(b"b")), Ok(2));
    assert_eq!(sorted.count_below_lex(BelowMember::After(b"bb")), Ok(3));
    assert_eq!(sorted.count_below_lex(BelowMember::None), Ok(4));
}

#[test]
fn negative_zero_stays_where_zero_is_put() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut sorted = SortedMut::new(&mut payload, &mut pages, SEED, &limits);
    sorted.put(b"a", -0.0).unwrap();
    assert_eq!(sorted.put(b"a", 0.0), Ok(PutScore::Same));
    assert!(sorted.as_ref().score(b"a").unwrap().unwrap().is_sign_negative());
    assert_eq!(sorted.remove(b"a").map(|score| score.is_some()), Ok(true));
    assert!(payload.is_empty());
}

#[test]
fn a_removed_range_is_told_and_gone() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut sorted = SortedMut::new(&mut payload, &mut pages, SEED, &limits);
    for (score, member) in ["a", "b", "c", "d"].iter().enumerate() {
        sorted.put(member.as_bytes(), score as f64).unwrap();
    }
    let mut told = Vec::new();
    sorted.remove_range(1, 2, &mut |member, _| told.push(member.to_vec())).unwrap();
    assert_eq!(told, [b"b", b"c"]);
    let mut left = Vec::new();
    let mut see = |member: &[u8], _| {
        left.push(member.to_vec());
        ControlFlow::Continue(())
    };
    sorted.as_ref().range(1, 9, Direction::Backward, &mut see).unwrap();
    assert_eq!(left, [b"d", b"a"]);
}

#[test]
fn it_is_shown_as_a_skiplist_from_the_first_long_or_late_member_on() {
    let (mut payload, mut pages, limits) = (Vec::new(), Memory::default(), Limits::default());
    let mut sorted = SortedMut::new(&mut payload, &mut pages, SEED, &limits);
    for member in 0..128 {
        sorted.put(format!("{member}").as_bytes(), 1.0).unwrap();
    }
    sorted.put(b"0", 2.0).unwrap();
    assert_eq!(shape(&payload), Some(Shape::Listpack));
    SortedMut::new(&mut payload, &mut pages, SEED, &limits).put(b"one more", 1.0).unwrap();
    assert_eq!(shape(&payload), Some(Shape::Skiplist));
    let mut other = Vec::new();
    SortedMut::new(&mut other, &mut pages, SEED, &limits).put(&[b'x'; 65], 1.0).unwrap();
    assert_eq!(shape(&other), Some(Shape::Skiplist));
}
