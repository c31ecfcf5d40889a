use proptest::prelude::*;

use super::*;

fn content(payload: &[u8], expiry: Option<u64>) -> Content<'_> {
    Content { kind: Kind::String, payload, expiry, grown: false }
}

#[test]
fn a_small_pair_takes_one_allocation_of_its_class() {
    let body = Body::new(1, &[b'k'; 20], Some(content(&[b'v'; 100], None)));
    assert_eq!(body.allocated_bytes(), 128);
    assert_eq!(size_of::<Body>(), 16);
}

proptest! {
    #[test]
    fn a_body_is_what_was_last_put(
        key in prop::collection::vec(any::<u8>(), 0..300),
        puts in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 0..200), prop::option::of(any::<u64>())), 1..6),
        space in any::<u32>(),
    ) {
        let mut body = Body::new(space, &key, None);
        prop_assert!(body.view().content.is_none());
        for (payload, expiry) in &puts {
            body.put(Some(content(payload, *expiry)));
            prop_assert!(body.is(space, &key));
            let found = body.view().content.expect("just put");
            prop_assert_eq!(found.payload, &payload[..]);
            prop_assert_eq!(found.expiry, *expiry);
        }
    }

    #[test]
    fn writing_at_offsets_agrees_with_a_vector(
        writes in prop::collection::vec((0_usize..6_000, prop::collection::vec(any::<u8>(), 1..40)), 1..12),
    ) {
        let mut body = Body::new(3, b"key", Some(content(b"", Some(9))));
        let mut model = Vec::new();
        for (offset, bytes) in &writes {
            body.write_at(*offset, bytes);
            write_at(&mut model, *offset, bytes);
            let found = body.view().content.expect("present");
            prop_assert_eq!(found.payload, &model[..]);
            prop_assert!(found.grown);
            prop_assert_eq!(found.expiry, Some(9));
        }
        body.put_expiry(None);
        prop_assert_eq!(body.view().content.expect("present").expiry, None);
    }
}

proptest! {
    #[test]
    fn a_lent_payload_comes_back_as_it_was_changed(
        steps in prop::collection::vec((0_usize..5_000, any::<u8>()), 1..12),
        expiry in prop::option::of(any::<u64>()),
    ) {
        let mut body = Body::new(3, b"key", None);
        let mut model: Vec<u8> = Vec::new();
        let mut scratch = Vec::new();
        for (len, byte) in steps {
            let mut payload = body.lend(scratch);
            prop_assert_eq!(&payload, &model);
            for bytes in [&mut payload, &mut model] {
                bytes.resize(len, byte);
                // As of a collection without pages.
                if let Some(flags) = bytes.get_mut(1) {
                    *flags = 0;
                }
            }
            scratch = body.give_back(Kind::List, payload);
            let content = body.view().content;
            prop_assert_eq!(content.map_or(&[][..], |content| content.payload), &model[..]);
            prop_assert!(content.is_none_or(|content| content.kind == Kind::List));
            if content.is_some() {
                body.put_expiry(expiry);
                prop_assert_eq!(body.view().content.expect("present").expiry, expiry);
            }
        }
    }
}
