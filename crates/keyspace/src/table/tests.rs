use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Entries by slot, with their hashes, beside the table that is tested.
#[derive(Default)]
struct Model(HashMap<SlotId, u32>);

impl Model {
    fn insert(&mut self, table: &mut Table, hash: u32, id: SlotId) {
        table.insert(hash, id, |id| self.0[&id]);
        self.0.insert(id, hash);
    }

    fn check(&self, table: &Table) {
        assert_eq!(table.len(), self.0.len());
        for (id, hash) in &self.0 {
            assert_eq!(table.find(*hash, |found| found == *id), Some(*id));
        }
        let used = table.lines.iter().flat_map(|line| line.slots).filter(|id| *id != NIL);
        assert_eq!(used.count(), self.0.len(), "nothing else is in it");
        if self.0.is_empty() {
            assert!(
                table.lines.iter().all(|line| line.word == 0),
                "nobody has passed or left a tag"
            );
        }
    }
}

fn spread(number: u32) -> u32 {
    (u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

proptest! {
    #[test]
    fn a_table_has_what_was_put_in_and_not_taken_out(
        steps in prop::collection::vec((any::<bool>(), 0_u32..400, 0_u32..4), 1..400),
        spreads in any::<bool>(),
    ) {
        let (mut table, mut model) = (Table::new(), Model::default());
        for (inserts, id, hash) in steps {
            let hash = if spreads { spread(id * 4 + hash) } else { hash << 30 };
            match (inserts, model.0.get(&id).copied()) {
                (true, None) => model.insert(&mut table, hash, id),
                (false, Some(hash)) => {
                    table.remove(hash, id);
                    model.0.remove(&id);
                }
                _ => {}
            }
        }
        model.check(&table);
        for (id, hash) in std::mem::take(&mut model.0) {
            table.remove(hash, id);
        }
        model.check(&table);
    }
}

#[test]
fn entries_of_one_hash_are_told_apart_by_whoever_looks() {
    let (mut table, mut model) = (Table::new(), Model::default());
    for id in 0..100 {
        model.insert(&mut table, u32::MAX, id);
    }
    model.check(&table);
    assert_eq!(table.find(u32::MAX, |_| false), None);
    assert_eq!(table.find(0, |id| id < 100), None, "another hash");
}

#[test]
fn a_slot_of_any_number_has_room() {
    let (mut table, mut model) = (Table::new(), Model::default());
    for id in [0, 255, 256, 1 << 20, NIL - 1] {
        model.insert(&mut table, spread(id), id);
        model.check(&table);
    }
}

#[test]
fn an_entry_takes_seven_bytes_on_average_and_never_much_more() {
    let mut table = Table::new();
    let mut sum = 0.0;
    let counted = 1_000..50_000;
    for id in 0..counted.end {
        table.insert(spread(id), id, spread);
        let bytes = table.lines.len() * size_of::<Line>();
        assert_eq!(size_class(bytes), bytes, "what the allocator gives");
        if counted.contains(&id) {
            let each = bytes as f64 / table.len() as f64;
            assert!(each < 9.2, "{each} bytes for each of {}", table.len());
            sum += each;
        }
    }
    let mean = sum / counted.len() as f64;
    assert!(mean < 7.5, "{mean} bytes on average");
}

#[test]
fn a_full_table_is_looked_at_in_few_lines() {
    let mut table = Table::new();
    let mut id = 0;
    while table.lines.len() < 1_000
        || (table.len + 1) * FILL.0 <= table.lines.len() * PLACES * FILL.1
    {
        table.insert(spread(id), id, spread);
        id += 1;
    }
    let lines = |hash| {
        let way = std::iter::successors(Some(table.home(hash)), |at| Some(table.after(*at)));
        way.take_while(|at| table.lines[*at].passed() > 0).count() + 1
    };
    let looked_at: usize = (0..id).map(|number| lines(spread(number))).sum();
    let mean = looked_at as f64 / f64::from(id);
    assert!(mean < 1.5, "{mean} lines for a hash that nothing has");
}
