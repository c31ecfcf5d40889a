//! Long lists, whose pages are not in memory, against a plain one.

use std::collections::VecDeque;

use crate::testing::Dataset;

const NOW: u64 = 1_700_000_000_000;

/// `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}

/// One list, here and in a dataset that forgets it after every call.
struct Twice {
    dataset: Dataset,
    plain: VecDeque<String>,
    dice: Dice,
    next: usize,
}

impl Twice {
    fn new(seed: u64) -> Self {
        let (dataset, plain) = (Dataset::new(NOW), VecDeque::new());
        Self { dataset, plain, dice: Dice(seed), next: 0 }
    }

    /// The reply, its lines joined by blanks.
    fn call(&mut self, line: &str) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let reply = self.dataset.run(&words);
        self.dataset.cool();
        String::from_utf8_lossy(&reply).trim_end().replace("\r\n", " ")
    }

    /// An item like no other, but for one in eight, which there are several of.
    fn item(&mut self) -> String {
        self.next += 1;
        if self.dice.below(8) == 0 {
            return format!("same{}", self.dice.below(3));
        }
        format!("{:x<1$}", self.next, 5 + self.dice.below(60))
    }

    fn push(&mut self, count: usize) {
        let items: Vec<String> = (0..count).map(|_| self.item()).collect();
        self.call(&format!("RPUSH l {}", items.join(" ")));
        self.plain.extend(items);
    }

    fn check(&mut self) {
        let items = self.plain.iter().map(|item| format!(" ${} {item}", item.len()));
        let expected = format!("*{}{}", self.plain.len(), items.collect::<String>());
        assert!(self.call("LRANGE l 0 -1") == expected, "the list is not what it should be");
    }

    fn step(&mut self) {
        let len = self.plain.len();
        let at = self.dice.below(len);
        match self.dice.below(8) {
            0 => {
                let item = self.plain.pop_front().expect("it is long");
                assert_eq!(self.call("LPOP l"), format!("${} {item}", item.len()));
            }
            1 => {
                let item = self.item();
                assert_eq!(self.call(&format!("LPUSH l {item}")), format!(":{}", len + 1));
                self.plain.push_front(item);
            }
            2 => {
                let item = self.item();
                self.call(&format!("LSET l -{} {item}", len - at));
                self.plain[at] = item;
            }
            3 => {
                let (pivot, item) = (self.plain[at].clone(), self.item());
                let first = self.plain.iter().position(|item| *item == pivot);
                self.call(&format!("LINSERT l AFTER {pivot} {item}"));
                self.plain.insert(first.expect("it is there") + 1, item);
            }
            4 => self.remove("same1", self.dice.0 % 3),
            5 => {
                self.call("LMOVE l l RIGHT LEFT");
                self.plain.rotate_right(1);
            }
            6 => {
                let (start, rest) = (self.dice.below(30), self.dice.below(30));
                // Counted from behind: what is cut in vain is cut twice.
                self.call(&format!("LTRIM l {start} -{}", rest + 1));
                self.plain = self.plain.range(start..len - rest).cloned().collect();
            }
            _ => {
                let same = |(_, item): &(usize, &String)| **item == "same2";
                let found = self.plain.iter().enumerate().filter(same).nth(1);
                let expected = found.map_or("$-1".into(), |(at, _)| format!(":{at}"));
                assert_eq!(self.call("LPOS l same2 RANK 2"), expected);
            }
        }
    }

    /// Removes so many of the items from behind; 0: all.
    fn remove(&mut self, item: &str, count: u64) {
        let all: Vec<usize> = (0..self.plain.len()).filter(|at| self.plain[*at] == item).collect();
        let count = if count == 0 { all.len() } else { all.len().min(count as usize) };
        let minus = if count == all.len() { "0".to_owned() } else { format!("-{count}") };
        assert_eq!(self.call(&format!("LREM l {minus} {item}")), format!(":{count}"));
        all.iter().rev().take(count).for_each(|at| _ = self.plain.remove(*at));
    }
}

#[test]
fn a_long_list_is_changed_anywhere_without_being_in_memory() {
    for seed in 1..=4 {
        let mut lists = Twice::new(seed);
        lists.push(1_500);
        for step in 0..120 {
            if lists.plain.len() < 500 {
                lists.push(1_000);
            }
            lists.step();
            if step % 10 == 0 {
                lists.check();
            }
        }
        lists.check();
    }
}

#[test]
fn only_the_part_of_a_list_that_is_meant_is_loaded() {
    let mut lists = Twice::new(1);
    (0..10).for_each(|_| lists.push(1_000));
    let mut loads = |line: &str| {
        let before = lists.dataset.loads();
        lists.call(line);
        lists.dataset.loads() - before
    };
    let all = loads("LRANGE l 0 -1");
    assert!(all > 100, "{all} loads are too few for this test");
    for line in ["LLEN l", "LINDEX l 5000", "LPUSH l a", "RPOP l", "LSET l 5000 a", "LRANGE l 8 9"]
    {
        assert!(loads(line) < 8, "{line} takes {} loads", loads(line));
    }
    assert!(loads("LTRIM l 100 -100") < 16);
    assert!(loads("LPOS l same1") < all / 4);
}
