//! Lists as Redis keeps them: nodes, each a packed run of elements or a single long one.
//!
//! ```text
//! version 1   length | that many nodes: string that holds a ziplist
//! version 2   length | that many nodes: 1 + string, the element itself
//!                                     | 2 + string that holds a listpack
//! ```

use std::borrow::Cow;

use super::{
    Error,
    listpack::{Listpack, ListpackWriter},
    read::unpacked,
    reader::Reader,
    writer::{put_number, put_string},
    ziplist::Ziplist,
};

/// Redis's `list-max-listpack-size -2`.
const NODE_BYTES_MAX: usize = 8 * 1024;
/// What Redis reckons for an element beside its bytes.
const ELEMENT_OVERHEAD_BYTES: usize = 8;

const PLAIN: u64 = 1;
const PACKED: u64 = 2;

enum Node<'a> {
    Plain(&'a [u8]),
    Packed(Vec<u8>),
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<Vec<Cow<'a, [u8]>>, Error> {
    let mut elements = Vec::new();
    for _ in 0..reader.count(1)? {
        elements.extend(unpacked(Ziplist::of(&reader.string()?)?)?);
    }
    Ok(elements)
}

pub(super) fn read2<'a>(reader: &mut Reader<'a>) -> Result<Vec<Cow<'a, [u8]>>, Error> {
    let mut elements = Vec::new();
    for _ in 0..reader.count(2)? {
        match (reader.number()?, reader.string()?) {
            (PLAIN, element) if !element.is_empty() => elements.push(element),
            (PACKED, listpack) => elements.extend(unpacked(Listpack::of(&listpack)?)?),
            _ => return Err(Error::Malformed),
        }
    }
    Ok(elements)
}

pub(super) fn write2(elements: &[Cow<'_, [u8]>], out: &mut Vec<u8>) {
    let nodes = nodes(elements);
    put_number(nodes.len() as u64, out);
    for node in nodes {
        match node {
            Node::Plain(element) => {
                put_number(PLAIN, out);
                put_string(element, out);
            }
            Node::Packed(listpack) => {
                put_number(PACKED, out);
                put_string(&listpack, out);
            }
        }
    }
}

fn nodes<'a>(elements: &'a [Cow<'_, [u8]>]) -> Vec<Node<'a>> {
    let mut nodes = Vec::new();
    let mut open = ListpackWriter::new();
    for element in elements {
        let is_long = element.len() > NODE_BYTES_MAX;
        let full = open.len() + element.len() + ELEMENT_OVERHEAD_BYTES > NODE_BYTES_MAX;
        if full && !open.is_empty() {
            let packed = std::mem::replace(&mut open, ListpackWriter::new());
            nodes.push(Node::Packed(packed.finish()));
        }
        if is_long {
            nodes.push(Node::Plain(element));
        } else {
            open.push(element);
        }
    }
    if !open.is_empty() {
        nodes.push(Node::Packed(open.finish()));
    }
    nodes
}
