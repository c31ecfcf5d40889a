//! What can be at a key, in the plainest form there is.

use std::collections::{BTreeMap, BTreeSet};

use crate::act::{Score, Type};

/// The fields of a hash. Those whose time has come are there until they are removed.
pub(crate) type Fields = BTreeMap<Vec<u8>, Field>;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) value: Vec<u8>,
    pub(crate) expiry: Option<u64>,
}

impl Field {
    pub(crate) fn is_due(&self, now: u64) -> bool {
        self.expiry.is_some_and(|at| at <= now)
    }
}

/// What is at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Text(Vec<u8>),
    Hash(Fields),
    Set(BTreeSet<Vec<u8>>),
    /// In the order of scores, then of members.
    Sorted(Vec<(Score, Vec<u8>)>),
    List(Vec<Vec<u8>>),
}

impl Content {
    pub(crate) fn empty(of: Type) -> Self {
        match of {
            Type::Hash => Self::Hash(BTreeMap::new()),
            Type::Set => Self::Set(BTreeSet::new()),
            Type::Sorted => Self::Sorted(Vec::new()),
            Type::List => Self::List(Vec::new()),
        }
    }

    /// Which collection it is, if it is one.
    pub(crate) fn collection(&self) -> Option<Type> {
        Some(match self {
            Self::Text(_) => return None,
            Self::Hash(_) => Type::Hash,
            Self::Set(_) => Type::Set,
            Self::Sorted(_) => Type::Sorted,
            Self::List(_) => Type::List,
        })
    }

    /// Elements of a collection, or bytes of a string.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(bytes) => bytes.len(),
            Self::Hash(fields) => fields.len(),
            Self::Set(members) => members.len(),
            Self::Sorted(members) => members.len(),
            Self::List(items) => items.len(),
        }
    }

    /// The fields of a hash.
    pub(crate) fn fields(&self) -> Option<&Fields> {
        match self {
            Self::Hash(fields) => Some(fields),
            _ => None,
        }
    }

    /// When the first field expires.
    pub(crate) fn field_expiry(&self) -> Option<u64> {
        self.fields()?.values().filter_map(|field| field.expiry).min()
    }

    /// Without the fields whose time has come.
    pub(crate) fn without_due(mut self, now: u64) -> Self {
        if let Self::Hash(fields) = &mut self {
            fields.retain(|_, field| !field.is_due(now));
        }
        self
    }

    /// Whether it is a collection without elements: then there is no key.
    pub(super) fn is_nothing(&self) -> bool {
        self.collection().is_some() && self.len() == 0
    }
}
