//! Replies, as RESP2.

/// A reply, as RESP2.
pub(crate) type Reply = Vec<u8>;

pub(super) fn ok() -> Reply {
    b"+OK\r\n".to_vec()
}

pub(super) fn int(count: usize) -> Reply {
    number(count.cast_signed() as i64)
}

pub(super) fn number(number: i64) -> Reply {
    format!(":{number}\r\n").into_bytes()
}

pub(super) fn error(text: &str) -> Reply {
    format!("-ERR {text}\r\n").into_bytes()
}

pub(super) fn wrong_type() -> Reply {
    b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n".to_vec()
}

pub(super) fn bulk(bytes: Option<&[u8]>) -> Reply {
    let Some(bytes) = bytes else { return b"$-1\r\n".to_vec() };
    let mut reply = format!("${}\r\n", bytes.len()).into_bytes();
    reply.extend_from_slice(bytes);
    reply.extend_from_slice(b"\r\n");
    reply
}

pub(super) fn null_array() -> Reply {
    b"*-1\r\n".to_vec()
}

pub(super) fn numbers(all: impl ExactSizeIterator<Item = i64>) -> Reply {
    let mut reply = format!("*{}\r\n", all.len()).into_bytes();
    all.for_each(|it| reply.extend(number(it)));
    reply
}

pub(super) fn array<'a>(items: impl ExactSizeIterator<Item = Option<&'a [u8]>>) -> Reply {
    let mut reply = format!("*{}\r\n", items.len()).into_bytes();
    items.for_each(|item| reply.extend(bulk(item)));
    reply
}
