use super::*;

#[test]
fn an_int_is_written() {
    let mut writer = Writer::new(Proto::Resp2);
    writer.int(-105);
    assert_eq!(writer.as_slice(), b":-105\r\n");
}
