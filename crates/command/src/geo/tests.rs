use hadal_resp::{Proto, Writer};

use crate::testing::Dataset;

#[test]
fn coordinates_are_doubles_in_resp3_and_distances_are_text() {
    let mut dataset = Dataset::new(1_700_000_000_000);
    let mut answer = |call: &str| {
        let words: Vec<&[u8]> = call.split(' ').map(str::as_bytes).collect();
        let mut reply = Writer::new(Proto::Resp3);
        dataset.run_on(0, &words, &mut reply);
        String::from_utf8_lossy(reply.as_slice()).replace("\r\n", " ").trim_end().to_owned()
    };
    assert_eq!(answer("geoadd k 13.361389 38.115556 a"), ":1");
    let place = "*2 ,13.36138933897018433 ,38.11555639549629859";
    assert_eq!(answer("geopos k a x"), format!("*2 {place} _"));
    assert_eq!(answer("geodist k a a"), "$6 0.0000");
    assert_eq!(
        answer("geosearch k frommember a byradius 1 km withdist withcoord withhash"),
        format!("*1 *4 $1 a $6 0.0000 :3479099956230698 {place}")
    );
}
