use proptest::{collection::vec, prelude::*};

use super::*;

fn of(elements: &[&[u8]]) -> Hll {
    let mut hll = Hll::empty();
    for element in elements {
        hll.add(element, SPARSE_BYTES_MAX).expect("it is sound");
    }
    hll
}

/// A sparse value of these runs.
fn sparse(runs: &[u8]) -> Vec<u8> {
    let mut bytes = Hll::empty().as_bytes()[..HEADER_BYTES].to_vec();
    bytes.extend_from_slice(runs);
    bytes
}

fn open(bytes: &[u8]) -> Hll {
    HllRef::new(bytes).expect("it looks like one").into()
}

fn registers(hll: &Hll) -> Vec<u8> {
    let mut all = Registers::new();
    all.merge(hll.view()).expect("it is sound");
    all.iter().collect()
}

/// Adds a value to a register without an element to hash.
fn raise(hll: &mut Hll, register: usize, rank: u8) -> bool {
    hll.raise(register, rank, SPARSE_BYTES_MAX).expect("it is sound")
}

#[test]
fn an_empty_one_is_one_long_run_of_zeros_with_a_count_that_is_known() {
    let hll = Hll::empty();
    assert_eq!(hll.as_bytes(), b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0\x7f\xff");
    assert_eq!(hll.view().cached_count(), Some(0));
    assert_eq!(hll.view().count(), Ok(0));
}

#[test]
fn a_run_of_zeros_is_split_around_the_first_element() {
    // `PFADD k a` and `GET k` on a Redis server.
    let mut hll = of(&[b"a"]);
    hll.forget_count();
    assert_eq!(hll.as_bytes(), b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x71\xa6\x84\x4e\x57");
    assert_eq!(hll.view().cached_count(), None);
    assert_eq!(hll.view().count(), Ok(1));
}

#[test]
fn equal_neighbors_become_one_run_of_four_at_most() {
    let mut hll = Hll::empty();
    for register in [100, 102, 101, 103, 104] {
        assert!(raise(&mut hll, register, 3));
    }
    let runs: Result<Vec<_>, _> = hll.view().opcodes().collect();
    let expected = [
        Opcode::LongZeros(100),
        Opcode::Values { value: 3, count: 4 },
        Opcode::Values { value: 3, count: 1 },
        Opcode::LongZeros(16_279),
    ];
    assert_eq!(runs, Ok(expected.to_vec()));
    assert!(!raise(&mut hll, 103, 3));
    assert!(!raise(&mut hll, 103, 2));
}

#[test]
fn raising_the_middle_of_a_run_splits_it() {
    let mut hll = Hll::empty();
    (0..4).for_each(|register| _ = raise(&mut hll, register, 3));
    assert!(raise(&mut hll, 1, 32));
    let runs: Vec<_> = hll.view().opcodes().take(3).flatten().collect();
    let value = |value, count| Opcode::Values { value, count };
    assert_eq!(runs, [value(3, 1), value(32, 1), value(3, 2)]);
}

#[test]
fn a_value_above_thirty_two_makes_it_dense_and_keeps_the_header() {
    let mut hll = of(&[b"a", b"b"]);
    hll.bytes[5..8].copy_from_slice(b"xyz");
    let before = registers(&hll);
    assert!(raise(&mut hll, 7, 33));
    assert_eq!(hll.view().encoding(), Encoding::Dense);
    assert_eq!(hll.as_bytes().len(), 12_304);
    assert_eq!(&hll.as_bytes()[..9], b"HYLL\0xyz\0");
    let after = registers(&hll);
    assert_eq!(after[7], 33);
    assert!((0..REGISTERS).all(|at| at == 7 || before[at] == after[at]));
}

#[test]
fn it_becomes_dense_rather_than_longer_than_it_may_be() {
    let mut hll = Hll::empty();
    let mut last = 0;
    for element in 0_u64.. {
        hll.add(&element.to_le_bytes(), 100).expect("it is sound");
        if hll.view().encoding() == Encoding::Dense {
            break;
        }
        last = hll.as_bytes().len();
    }
    assert!((98..=100).contains(&last), "{last} bytes were the last");
}

#[test]
fn what_is_already_too_long_may_still_change_in_place() {
    let mut hll = of(&[b"a"]);
    let len = hll.as_bytes().len();
    assert_eq!(hll.raise(12_711, 5, 0), Ok(true));
    assert_eq!((hll.view().encoding(), hll.as_bytes().len()), (Encoding::Sparse, len));
}

#[test]
fn strings_that_are_none_are_told_apart() {
    let dense = {
        let mut hll = Hll::empty();
        assert_eq!(hll.make_dense(), Ok(true));
        assert_eq!(hll.make_dense(), Ok(false));
        hll.as_bytes().to_vec()
    };
    assert!(HllRef::new(&dense).is_some());
    assert!(HllRef::new(&dense[..dense.len() - 1]).is_none());
    assert!(HllRef::new(&[&dense[..], b"\0"].concat()).is_none());
    assert!(HllRef::new(b"HYLL\x01\0\0\0\0\0\0\0\0\0\0").is_none());
    assert!(HllRef::new(b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\0").is_none());
    assert!(HllRef::new(b"HYLM\x01\0\0\0\0\0\0\0\0\0\0\0").is_none());
    assert!(HllRef::new(b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\0").is_some());
}

#[test]
fn runs_that_do_not_add_up_are_an_error_where_all_of_them_matter() {
    let broken: [&[u8]; 6] =
        [b"", b"\x7f", b"\x7f\xfe", b"\x7f\xff\x00", b"\x7f\xff\x80", b"\x7f\xfe\x81"];
    for runs in broken {
        let bytes = sparse(runs);
        let mut hll = open(&bytes);
        assert_eq!(hll.view().count(), Err(Corrupted), "{}", runs.escape_ascii());
        assert_eq!(Registers::new().merge(hll.view()), Err(Corrupted));
        assert_eq!(hll.make_dense(), Err(Corrupted));
        assert_eq!(hll.raise(16_383, 33, SPARSE_BYTES_MAX), Err(Corrupted));
        assert_eq!(hll.as_bytes(), bytes);
    }
}

#[test]
fn a_register_is_raised_where_its_run_is_whatever_the_other_runs_add_up_to() {
    let mut hll = open(&sparse(b"\x0f"));
    assert_eq!(hll.raise(15, 1, SPARSE_BYTES_MAX), Ok(true));
    assert_eq!(hll.as_bytes()[HEADER_BYTES..], *b"\x0e\x80");
    assert_eq!(hll.raise(16, 1, SPARSE_BYTES_MAX), Err(Corrupted));
}

#[test]
fn three_thousand_elements_make_the_bytes_that_redis_makes() {
    // Hashes of what a Redis server keeps after `PFADD k 0`, `PFADD k 1` and so on.
    let mut expected = [
        (10, 48, 0xa3c6_715b_99b5_cdda),
        (100, 287, 0xd313_babc_3135_717b),
        (1000, 1923, 0x0113_7918_0145_9b86),
        (1500, 2766, 0x99b9_702a_e00f_babf),
        (3000, 12_304, 0x3e1b_af21_4ffc_de2b),
    ]
    .into_iter()
    .peekable();
    let mut hll = Hll::empty();
    for count in 1..=3000 {
        hll.add((count - 1).to_string().as_bytes(), SPARSE_BYTES_MAX).expect("it is sound");
        hll.forget_count();
        if let Some((_, len, hash)) = expected.next_if(|(at, ..)| *at == count) {
            assert_eq!((hll.as_bytes().len(), hash::murmur64a(hll.as_bytes())), (len, hash));
        }
    }
    assert_eq!(expected.next(), None);
}

/// Registers and what to raise them to: mostly a few neighbors, mostly low.
fn raises() -> impl Strategy<Value = Vec<(usize, u8)>> {
    let register = prop_oneof![4 => 1000_usize..1100, 1 => 0..REGISTERS];
    let rank = prop_oneof![9 => 1_u8..4, 1 => 1_u8..34];
    vec((register, rank), 0..400)
}

proptest! {
    #[test]
    fn both_encodings_agree_with_an_array(raises in raises(), bytes_max in 18_usize..400) {
        let mut model = vec![0; REGISTERS];
        let (mut sparse, mut dense) = (Hll::empty(), Hll::empty());
        dense.make_dense().expect("it is sound");
        for (register, rank) in raises {
            let is_higher = rank > model[register];
            model[register] = rank.max(model[register]);
            for hll in [&mut sparse, &mut dense] {
                prop_assert_eq!(hll.raise(register, rank, bytes_max), Ok(is_higher));
            }
            if sparse.encoding == Encoding::Sparse {
                prop_assert!(sparse.as_bytes().len() <= bytes_max);
            }
        }
        prop_assert_eq!(registers(&sparse), &model[..]);
        prop_assert_eq!(registers(&dense), model);
        prop_assert_eq!(sparse.view().count(), dense.view().count());
    }

    #[test]
    fn a_merge_counts_what_either_has_seen(a in vec(0_u32..500, 0..300), b in vec(0_u32..500, 0..300)) {
        let add = |hll: &mut Hll, numbers: &[u32]| {
            for number in numbers {
                hll.add(&number.to_le_bytes(), SPARSE_BYTES_MAX).expect("it is sound");
            }
        };
        let (mut one, mut other, mut both) = (Hll::empty(), Hll::empty(), Hll::empty());
        add(&mut one, &a);
        add(&mut other, &b);
        add(&mut both, &[a, b].concat());
        let mut union = Registers::new();
        union.merge(one.view()).expect("it is sound");
        union.merge(other.view()).expect("it is sound");
        one.merge(&union, SPARSE_BYTES_MAX).expect("it is sound");
        prop_assert_eq!(registers(&one), registers(&both));
        prop_assert_eq!(Ok(union.count()), both.view().count());
    }

    #[test]
    fn no_bytes_make_it_panic(
        encoding in 0_u8..2,
        runs in vec(any::<u8>(), 0..64),
        element in any::<[u8; 4]>(),
    ) {
        let mut bytes = sparse(&runs);
        bytes[ENCODING_OFFSET] = encoding;
        if encoding == DENSE {
            bytes = bytes.iter().copied().cycle().take(DENSE_BYTES).collect();
        }
        let mut hll = open(&bytes);
        _ = hll.view().count();
        _ = hll.view().opcodes().count();
        _ = Registers::new().merge(hll.view());
        _ = hll.add(&element, 40);
        for (register, rank) in [(0, 1), (5, 2), (6, 2), (300, 32), (16_383, 51)] {
            _ = hll.raise(register, rank, 40);
        }
        _ = hll.make_dense();
    }
}
