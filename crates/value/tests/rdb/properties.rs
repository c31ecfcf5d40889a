//! What must hold of any value and of any bytes.

use hadal_value::rdb::{Value, dump, read, verify, version};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{
    samples::{EXPANDED_BYTES_MAX, any_value, in_order},
    vectors,
};

/// A way to spoil bytes.
#[derive(Clone, Debug)]
pub(crate) enum Damage {
    Cut(usize),
    Change(usize, u8),
    Insert(usize, u8),
    Remove(usize),
}

impl Damage {
    pub(crate) fn inflict(&self, bytes: &mut Vec<u8>) {
        let at = |place: usize| place % bytes.len().max(1);
        match *self {
            Self::Cut(place) => bytes.truncate(at(place)),
            Self::Insert(place, byte) => bytes.insert(at(place), byte),
            Self::Change(..) | Self::Remove(_) if bytes.is_empty() => {}
            Self::Change(place, byte) => {
                let place = at(place);
                bytes[place] = byte;
            }
            Self::Remove(place) => _ = bytes.remove(at(place)),
        }
    }
}

pub(crate) fn any_damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<usize>().prop_map(Damage::Cut),
        8 => any::<(usize, u8)>().prop_map(|(place, byte)| Damage::Change(place, byte)),
        2 => any::<(usize, u8)>().prop_map(|(place, byte)| Damage::Insert(place, byte)),
        2 => any::<usize>().prop_map(Damage::Remove),
    ]
}

/// What has been read can be written, and is then read again.
fn check_again(value: Value<'_>) -> Result<(), TestCaseError> {
    let dump = dump(&value);
    let again = read(verify(&dump).expect("it was just made"), usize::MAX).map(in_order);
    prop_assert_eq!(again, Ok(in_order(value)));
    Ok(())
}

proptest! {
    #[test]
    fn every_value_comes_back(value in any_value()) {
        let dump = dump(&value);
        let body = verify(&dump).expect("it was just made");
        let expiring = matches!(
            &value,
            Value::Hash(fields) if fields.iter().any(|field| field.expiry.is_some())
        );
        prop_assert_eq!(version(&value), if expiring { 12 } else { 10 });
        prop_assert_eq!(read(body, EXPANDED_BYTES_MAX * 8).map(in_order), Ok(in_order(value)));
    }

    #[test]
    fn any_bytes_are_a_value_or_an_error(kind in 0_u8..27, rest in vec(any::<u8>(), 0..80)) {
        let bytes = [&[kind][..], &rest].concat();
        if let Ok(value) = read(&bytes, EXPANDED_BYTES_MAX) {
            check_again(value)?;
        }
        prop_assert!(verify(&bytes).is_err());
    }

    #[test]
    fn damaged_values_are_read_or_refused(
        mut bytes in select(vectors::all()),
        damages in vec(any_damage(), 1..4),
    ) {
        for damage in &damages {
            damage.inflict(&mut bytes);
        }
        if let Ok(value) = read(&bytes, EXPANDED_BYTES_MAX) {
            check_again(value)?;
        }
    }

    #[test]
    fn large_values_survive_damage_too(value in any_value(), damages in vec(any_damage(), 1..4)) {
        let dump = dump(&value);
        let mut bytes = verify(&dump).expect("it was just made").to_vec();
        for damage in &damages {
            damage.inflict(&mut bytes);
        }
        if let Ok(value) = read(&bytes, EXPANDED_BYTES_MAX) {
            check_again(value)?;
        }
    }
}
