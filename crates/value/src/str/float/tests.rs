use super::Float;

fn parsed(text: &str) -> Option<String> {
    Float::parse(text.as_bytes()).map(Float::to_text)
}

fn sum(a: &str, b: &str) -> Option<String> {
    let parse = |text: &str| Float::parse(text.as_bytes()).expect("a float");
    parse(a).checked_add(parse(b)).map(Float::to_text)
}

#[test]
fn simple_sums_read_as_people_expect() {
    assert_eq!(sum("10.5", "0.1").as_deref(), Some("10.6"));
}
