use super::*;

fn table(renamed: &[(&str, &str)]) -> Table {
    let renamed: Vec<_> = renamed
        .iter()
        .map(|(from, to)| (from.as_bytes().to_vec(), to.as_bytes().to_vec()))
        .collect();
    Table::new(&[], &renamed)
}

fn name(table: &Table, words: Words<'_>) -> Option<&'static str> {
    match table.find(words) {
        Found::Entry(entry) => Some(entry.spec.name),
        Found::NoCommand | Found::NoSubcommand => None,
    }
}

#[test]
fn a_call_finds_its_command_in_any_case() {
    let table = table(&[]);
    assert_eq!(name(&table, &[b"gEt", b"k"]), Some("get"));
    assert_eq!(name(&table, &[b"OBJECT", b"Encoding", b"k"]), Some("object|encoding"));
    assert_eq!(name(&table, &[b"object"]), Some("object"));
    assert!(matches!(table.find(&[b"object", b"nothing"]), Found::NoSubcommand));
    assert!(matches!(table.find(&[b"nothing"]), Found::NoCommand));
}

#[test]
fn a_subcommand_cannot_be_called_by_its_full_name() {
    assert!(matches!(table(&[]).find(&[b"object|encoding", b"k"]), Found::NoCommand));
}

#[test]
fn a_renamed_command_has_its_new_name_only_and_a_removed_one_none() {
    let table = table(&[("GET", "fetch"), ("set", "")]);
    assert_eq!(name(&table, &[b"FETCH", b"k"]), Some("get"));
    assert_eq!(name(&table, &[b"get", b"k"]), None);
    assert_eq!(name(&table, &[b"set", b"k", b"v"]), None);
}
