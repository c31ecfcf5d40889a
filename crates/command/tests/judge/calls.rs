//! Calls made up from what the command table says of their arguments, right and wrong ones.

use hadal_command::{
    Arg, Command, Group,
    spec::{ArgType, Spec},
};

/// The few keys that all calls share: they collide. Two are mostly strings, two hashes, two sets,
/// two sorted sets, and two lists.
pub(crate) const KEYS: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// Texts that are numbers, nearly numbers, bits, a HyperLogLog, or nothing special.
const VALUES: [&[u8]; 15] = [
    b"",
    b"abc",
    b"abcabcbca",
    b"12",
    b"-5",
    b"01",
    b" 1",
    b"1.5",
    b"3.0e3",
    b"9223372036854775807",
    b"\xff\xff",
    b"\x00\x01\x00",
    b"\x80abc\x00",
    b"a string that is longer than forty-four bytes: raw",
    b"HYLL\x01\0\0\0\0\0\0\0\0\0\0\x80\x71\xa6\x84\x4e\x57",
];

/// The few fields and members that all calls share.
const MEMBERS: [&[u8]; 8] = [b"f", b"g", b"12", b"\xff", b"", b"c", b"5", b"-1.5"];

/// What elements are sorted by.
const PATTERNS: [&str; 6] = ["nosort", "*", "#", "*->f", "*->12", "x_*"];

/// What arguments are called that such a text is for.
const MEMBER_NAMES: [&str; 6] = ["field", "member", "member1", "member2", "element", "pivot"];

const NUMBERS: [i64; 24] = [
    0,
    1,
    2,
    3,
    5,
    7,
    8,
    9,
    15,
    16,
    17,
    31,
    63,
    64,
    100,
    1_000,
    -1,
    -2,
    -8,
    -9,
    -100,
    1 << 32,
    i64::MAX,
    i64::MIN,
];

const FLOATS: [&str; 10] = ["1.5", "0.1", "-3", "1e3", "2.5e-2", "1e17", "inf", "-inf", "nan", "x"];

/// Arguments that are ends of ranges.
const BOUNDED: [&str; 4] = ["min", "max", "start", "stop"];

/// Degrees and lengths.
const PLACES: [&str; 8] = ["0", "1.5", "13.361389", "38.115556", "-75", "200", "86", "181"];

/// Ends of ranges: four ranks, some more scores, and members.
const BOUNDS: [&str; 14] =
    ["0", "1", "-1", "-2", "(1", "1.5", "-inf", "+inf", "-", "+", "[f", "(f", "[", "x"];

/// What Redis dumps of `v`, of 1000 and of forty bytes, and a dump that is damaged.
const DUMPS: [&[u8]; 4] = [
    b"\x00\x01v\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce",
    b"\x00\xc1\xe8\x03\x0a\x00\x89\xd1\x47\x8e\xba\xc4\xb7\x64",
    b"\x00\xc3\x0a\x28\x02aba\xe0\x1a\x01\x01ab\x0a\x00\xf7\x27\xec\x34\x07\x32\xc3\xb6",
    b"\x00\x01w\x0a\x00\x91\x08\xce\xb2\x19\x38\x8a\xce",
];

const SHAPES: [&str; 12] =
    ["u1", "u8", "u5", "u13", "u63", "u64", "i1", "i8", "i5", "i16", "i33", "i64"];

/// What `PFDEBUG` can do.
const SUBCOMMANDS: [&str; 4] = ["GETREG", "DECODE", "ENCODING", "TODENSE"];

/// `SplitMix64`: the same seed makes the same calls.
#[derive(Debug)]
pub(crate) struct Calls {
    state: u64,
    group: Group,
    /// The word that says how often the next argument comes.
    count_at: Option<usize>,
}

impl Calls {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, group: Group::Generic, count_at: None }
    }

    /// The words of a call of one of `commands`.
    pub(crate) fn call(&mut self, commands: &[&Command]) -> Vec<Vec<u8>> {
        let spec: &Spec = &commands[self.below(commands.len())].spec;
        (self.group, self.count_at) = (spec.group, None);
        let mut words: Vec<Vec<u8>> = spec.name.split('|').map(Into::into).collect();
        for arg in spec.args {
            self.arg(arg, &mut words);
        }
        if self.below(12) == 0 {
            self.spoil(&mut words);
        }
        words
    }

    fn arg(&mut self, arg: &Arg, words: &mut Vec<Vec<u8>>) {
        if arg.optional && self.below(2) == 0 {
            return;
        }
        let times = if arg.multiple { 1 + self.below(3) } else { 1 };
        if let Some(at) = self.count_at.take_if(|_| arg.multiple)
            && self.below(8) > 0
        {
            words[at] = times.to_string().into();
        }
        for time in 0..times {
            if let Some(token) = arg.token
                && (time == 0 || arg.multiple_token)
            {
                let lower = self.below(4) == 0;
                words.push(if lower { token.to_lowercase().into() } else { token.into() });
            }
            self.body(arg, words);
        }
    }

    fn body(&mut self, arg: &Arg, words: &mut Vec<Vec<u8>>) {
        let word = match arg.kind {
            ArgType::PureToken => return,
            ArgType::Block(parts) => return parts.iter().for_each(|part| self.arg(part, words)),
            ArgType::OneOf(parts) => {
                let part = self.pick(parts);
                return self.arg(&part, words);
            }
            ArgType::Key => self.key().into(),
            ArgType::Integer if matches!(arg.name, "numfields" | "numkeys") => {
                self.count_at = Some(words.len());
                self.integer(arg.name).into_bytes()
            }
            ArgType::Integer | ArgType::UnixTime => self.integer(arg.name).into_bytes(),
            ArgType::Double if arg.name == "timeout" => self.pick(&["0", "0.01", "1", "x"]).into(),
            ArgType::Double | ArgType::String if BOUNDED.contains(&arg.name) => {
                self.bound(arg).into()
            }
            ArgType::Double if self.group == Group::Geo && self.below(8) > 0 => {
                self.pick(&PLACES).into()
            }
            ArgType::Double => self.pick(&FLOATS).into(),
            ArgType::String if arg.name == "serialized-value" => self.pick(&DUMPS).to_vec(),
            ArgType::String if arg.name == "encoding" => self.pick(&SHAPES).into(),
            ArgType::String if arg.name == "subcommand" => self.pick(&SUBCOMMANDS).into(),
            ArgType::String if MEMBER_NAMES.contains(&arg.name) => self.pick(&MEMBERS).to_vec(),
            ArgType::Pattern if arg.display.is_some() => self.pick(&PATTERNS).into(),
            ArgType::String | ArgType::Pattern => self.pick(&VALUES).to_vec(),
        };
        words.push(word);
    }

    /// Mostly one of those that mostly hold what the command is about.
    fn key(&mut self) -> &'static str {
        let own = match self.group {
            Group::Generic => return self.pick(&KEYS),
            Group::Hash => 2,
            Group::Set => 4,
            Group::SortedSet | Group::Geo => 6,
            Group::List => 8,
            _ => 0,
        };
        if self.below(4) == 0 { self.pick(&KEYS) } else { KEYS[own + self.below(2)] }
    }

    /// Where a range ends, mostly one that makes sense.
    fn bound(&mut self, arg: &Arg) -> &'static str {
        match arg.name {
            _ if self.below(4) == 0 => self.pick(&BOUNDS),
            "start" | "stop" => self.pick(&BOUNDS[..4]),
            _ if arg.kind == ArgType::Double => self.pick(&BOUNDS[..8]),
            _ => self.pick(&BOUNDS[8..13]),
        }
    }

    fn integer(&mut self, name: &str) -> String {
        if self.below(30) == 0 {
            return "1x".to_owned();
        }
        // No two times to live are close together: which of them is later must not depend on how
        // long a call takes.
        let far = i64::from(1 + self.below(1_000_000) as u32) * 1_000_000;
        let odd = self.pick(&[0, -1, i64::MAX, i64::MIN]);
        let number = match name {
            "seconds" | "milliseconds" | "ttl" => self.pick(&[far, far, far, odd]),
            "unix-time-seconds" => self.pick(&[33_177_117_420 + far, 1, odd]),
            "unix-time-milliseconds" => self.pick(&[33_177_117_420_123 + far, 1, odd]),
            "index" | "start" | "stop" if self.below(2) == 0 => self.pick(&[0, 1, 2, -1, -2, -3]),
            "frequency" => self.pick(&[0, 5, 255, 256, -1]),
            "db" | "destination-db" => self.pick(&[0, 1, 2, 16, -1]),
            "bit" | "value" if self.below(2) == 0 => self.pick(&[0, 1]),
            "offset" if self.below(8) == 0 => return format!("#{}", self.pick(&[0, 1, 5, 77])),
            _ => self.pick(&NUMBERS),
        };
        number.to_string()
    }

    /// Makes a mistake.
    fn spoil(&mut self, words: &mut Vec<Vec<u8>>) {
        let at = 1 + self.below(words.len());
        match self.below(3) {
            // Errors that quote a word are only promised to be right for text.
            0 => words.insert(at, self.pick(&VALUES[..10]).to_vec()),
            _ if at == words.len() => words.push(b"BOGUS".to_vec()),
            1 => _ = words.remove(at),
            _ => words[at] = words[self.below(words.len())].clone(),
        }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}
