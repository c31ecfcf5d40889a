//! Which clients `CLIENT KILL` and `CLIENT LIST` mean.

use hadal_command::{Fault, Words, parse};

use crate::session::Client;

/// What kind of client it is. All are ordinary ones as long as there is no replication and no
/// publishing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Normal,
    Replica,
    PubSub,
    Primary,
}

impl Type {
    pub(super) fn parse(word: &[u8]) -> Result<Self, Fault> {
        let names = [
            ("normal", Self::Normal),
            ("slave", Self::Replica),
            ("replica", Self::Replica),
            ("pubsub", Self::PubSub),
            ("master", Self::Primary),
        ];
        let found = names.iter().find(|(name, _)| parse::is(word, name));
        found.map(|(_, found)| *found).ok_or_else(|| {
            Fault::Said(format!("ERR Unknown client type '{}'", String::from_utf8_lossy(word)))
        })
    }
}

/// The clients that `CLIENT KILL` ends. Everything given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter<'a> {
    id: Option<u64>,
    type_: Option<Type>,
    address: Option<&'a [u8]>,
    local_address: Option<&'a [u8]>,
    user: Option<&'a [u8]>,
    /// Never the client that asks.
    pub(super) skip_me: bool,
}

impl<'a> Filter<'a> {
    /// Reads the options of `CLIENT KILL`; the single word of the old form is an address.
    pub(super) fn parse(options: Words<'a>) -> Result<Self, Fault> {
        if let [address] = options {
            return Ok(Self { address: Some(address), ..Self::default() });
        }
        let mut filter = Self { skip_me: true, ..Self::default() };
        let (pairs, rest) = options.as_chunks::<2>();
        for [name, value] in pairs {
            filter.set(name, value)?;
        }
        if rest.is_empty() { Ok(filter) } else { Err(Fault::Syntax) }
    }

    fn set(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Fault> {
        match name.to_ascii_lowercase().as_slice() {
            b"id" => {
                let id = parse::int(value).ok().and_then(|id| u64::try_from(id).ok());
                let wrong = Fault::Text("ERR client-id should be greater than 0");
                self.id = Some(id.filter(|id| *id > 0).ok_or(wrong)?);
            }
            b"type" => self.type_ = Some(Type::parse(value)?),
            b"addr" => self.address = Some(value),
            b"laddr" => self.local_address = Some(value),
            b"user" if value == b"default" => self.user = Some(value),
            b"user" => {
                let name = String::from_utf8_lossy(value);
                return Err(Fault::Said(format!("ERR No such user '{name}'")));
            }
            b"skipme" if parse::is(value, "YES") => self.skip_me = true,
            b"skipme" if parse::is(value, "NO") => self.skip_me = false,
            _ => return Err(Fault::Syntax),
        }
        Ok(())
    }

    /// Whether it means `client`, apart from who asks.
    pub(super) fn accepts(&self, client: &Client) -> bool {
        self.id.is_none_or(|id| id == client.id)
            && self.type_.is_none_or(|type_| type_ == Type::Normal)
            && self.address.is_none_or(|address| address == client.address.as_bytes())
            && self.local_address.is_none_or(|local| local == client.local_address.as_bytes())
            && self.user.is_none_or(|user| client.user().map(str::as_bytes) == Some(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(words: Words<'_>) -> String {
        Filter::parse(words).expect_err("the words are wrong").to_string()
    }

    #[test]
    fn a_single_word_is_an_address_and_may_be_ones_own() {
        let expected = Filter { address: Some(b"1.2.3.4:5"), ..Filter::default() };
        assert_eq!(Filter::parse(&[b"1.2.3.4:5"]), Ok(expected));
    }

    #[test]
    fn options_add_up_and_spare_the_caller() {
        let words: Words<'_> = &[b"ID", b"7", b"type", b"slave", b"USER", b"default"];
        let expected = Filter {
            id: Some(7),
            type_: Some(Type::Replica),
            user: Some(b"default"),
            skip_me: true,
            ..Filter::default()
        };
        assert_eq!(Filter::parse(words), Ok(expected));
        let words: Words<'_> = &[b"ID", b"7", b"SKIPME", b"no"];
        assert!(!Filter::parse(words).expect("the words are right").skip_me);
    }

    #[test]
    fn wrong_options_get_their_own_errors() {
        assert_eq!(fault(&[b"id", b"0"]), "ERR client-id should be greater than 0");
        assert_eq!(fault(&[b"id", b"x"]), "ERR client-id should be greater than 0");
        assert_eq!(fault(&[b"type", b"foo"]), "ERR Unknown client type 'foo'");
        assert_eq!(fault(&[b"user", b"foo"]), "ERR No such user 'foo'");
        assert_eq!(fault(&[b"skipme", b"maybe"]), "ERR syntax error");
        assert_eq!(fault(&[b"id", b"1", b"addr"]), "ERR syntax error");
    }
}
