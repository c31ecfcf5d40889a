//! Finding a command by its name in any case, without allocating.

/// Slots per name at least: lookups that find nothing end early.
const SPARSE: usize = 4;
const EMPTY: u16 = u16::MAX;

/// Names and their numbers, in an open hash table.
#[derive(Debug)]
pub(super) struct Names {
    slots: Box<[u16]>,
    names: Vec<(Box<[u8]>, usize)>,
}

impl Names {
    /// `names` with their numbers; of the same name twice, the first counts.
    pub(super) fn new(names: Vec<(Box<[u8]>, usize)>) -> Self {
        assert!(names.len() < usize::from(EMPTY), "more names than a slot can number");
        let slots = vec![EMPTY; (names.len() * SPARSE).next_power_of_two()].into();
        let mut table = Self { slots, names };
        for at in 0..table.names.len() {
            let mut slot = table.first_slot(&table.names[at].0);
            while table.slots[slot] != EMPTY {
                slot = (slot + 1) & (table.slots.len() - 1);
            }
            table.slots[slot] = u16::try_from(at).expect("checked above");
        }
        table
    }

    /// The number of `name`.
    #[inline]
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let mut slot = self.first_slot(name);
        loop {
            let at = self.slots[slot];
            if at == EMPTY {
                return None;
            }
            let (known, number) = &self.names[usize::from(at)];
            if known.eq_ignore_ascii_case(name) {
                return Some(*number);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    /// Both cases of a letter differ in one bit, which is set for all; what else that mixes up is
    /// told apart by the comparison.
    fn first_slot(&self, name: &[u8]) -> usize {
        const PRIME: u32 = 0x0100_0193;
        let hash = name.iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte | 0x20)).wrapping_mul(PRIME)
        });
        (hash ^ (hash >> 15)) as usize & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Names {
        Names::new(
            names.iter().enumerate().map(|(at, name)| (name.as_bytes().into(), at)).collect(),
        )
    }

    #[test]
    fn names_are_found_in_any_case_and_no_others() {
        let names = names(&["get", "set", "config|get"]);
        assert_eq!(names.find(b"GeT"), Some(0));
        assert_eq!(names.find(b"CONFIG|GET"), Some(2));
        assert_eq!(names.find(b""), None);
        assert_eq!(names.find(b"ge"), None);
        assert_eq!(names.find(b"gets"), None);
    }

    #[test]
    fn many_names_share_slots_without_harm() {
        let all: Vec<String> = (0..500).map(|at| format!("command{at}")).collect();
        let names = names(&all.iter().map(String::as_str).collect::<Vec<_>>());
        for (at, name) in all.iter().enumerate() {
            assert_eq!(names.find(name.to_uppercase().as_bytes()), Some(at));
        }
        assert_eq!(names.find(b"command500"), None);
    }
}
