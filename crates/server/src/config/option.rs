//! One row of the option table, and how to find it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::kind::Kind;
use super::options::GROUPS;

/// An option: everything that is known about it before it has a value.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, read by name")]
pub struct Spec {
    /// As CONFIG REWRITE writes it.
    pub name: &'static str,
    /// Other names, as good as the first one.
    pub aliases: &'static [&'static str],
    pub kind: Kind,
    /// As it would stand in a file.
    pub default: &'static str,
    pub change: Change,
    pub whose: Whose,
    pub effect: Effect,
    /// One or two sentences.
    pub summary: &'static str,
    /// Among the few that a user may ever touch.
    pub everyday: bool,
    /// Told only to who asks for exactly this name.
    pub hidden: bool,
    /// Not to be shown in logs.
    pub secret: bool,
    /// Not to be set while the dataset is being loaded.
    pub refused_while_loading: bool,
}

/// When an option can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    AtStart,
    /// By CONFIG SET too.
    Live,
    /// By CONFIG SET too, where `enable-protected-configs` allows it.
    Protected,
}

/// Where an option comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The first Redis release that had it; 2.0 stands for older ones too.
    Redis(&'static str),
    Ours,
}

/// Whether an option does anything here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is a field of [`Settings`](super::Settings).
    Works,
    /// Accepted for compatibility: kept, told and rewritten, but of no effect.
    Accepted,
}

/// Options that belong together, in the documentation and in the source.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub title: &'static str,
    pub specs: &'static [Spec],
}

/// Declares an option of Redis that works here.
pub(super) const fn works(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec {
        name,
        aliases: &[],
        kind,
        default,
        change: Change::AtStart,
        whose: Whose::Redis(since),
        effect: Effect::Works,
        summary,
        everyday: false,
        hidden: false,
        secret: false,
        refused_while_loading: false,
    }
}

/// Declares an option of Redis that has no effect here.
pub(super) const fn accepted(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec { effect: Effect::Accepted, ..works(name, kind, default, since, summary) }
}

/// Declares an option that Redis does not have.
pub(super) const fn ours(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    summary: &'static str,
) -> Spec {
    Spec { whose: Whose::Ours, ..works(name, kind, default, "", summary) }
}

/// Declares an option that Redis does not have and that has no effect.
pub(super) const fn ours_accepted(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    summary: &'static str,
) -> Spec {
    Spec { effect: Effect::Accepted, ..ours(name, kind, default, summary) }
}

impl Spec {
    pub(super) const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub(super) const fn live(self) -> Self {
        Self { change: Change::Live, ..self }
    }

    pub(super) const fn protected(self) -> Self {
        Self { change: Change::Protected, ..self }
    }

    pub(super) const fn everyday(self) -> Self {
        Self { everyday: true, ..self }
    }

    pub(super) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    pub(super) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    pub(super) const fn refused_while_loading(self) -> Self {
        Self { refused_while_loading: true, ..self }
    }

    /// Its name and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// Every option, group by group.
pub fn table() -> impl Iterator<Item = &'static Spec> {
    GROUPS.iter().flat_map(|group| group.specs)
}

/// Where an option stands in [`table`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub index: usize,
    pub spec: &'static Spec,
    /// The name it was found by: `spec.name` or an alias.
    pub name: &'static str,
}

/// Finds an option by name or alias, in any case.
pub(super) fn find(name: &[u8]) -> Option<Found> {
    static NAMES: LazyLock<HashMap<&str, Found>> = LazyLock::new(|| {
        let rows = table().enumerate();
        let names =
            rows.flat_map(|(index, spec)| spec.names().map(move |name| (index, spec, name)));
        names.map(|(index, spec, name)| (name, Found { index, spec, name })).collect()
    });
    let name = name.to_ascii_lowercase();
    NAMES.get(str::from_utf8(&name).ok()?).copied()
}
