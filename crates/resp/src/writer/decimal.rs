//! Integers to decimal text, without an allocation: every reply has one.

/// `00` to `99`: two digits for one division.
const PAIRS: [[u8; 2]; 100] = pairs();

/// The longest is a marker, a sign, 19 digits and a line end.
const LEN_MAX: usize = 24;

/// The decimal text of an integer.
pub(super) struct Decimal {
    /// Filled from the end.
    text: [u8; LEN_MAX],
    start: usize,
}

impl Decimal {
    /// The digits of `number`, with a sign if it is negative.
    pub(super) fn new(number: i64) -> Decimal {
        let mut decimal = Decimal { text: [0; LEN_MAX], start: LEN_MAX };
        decimal.number(number);
        decimal
    }

    /// `marker`, the digits of `number`, and the end of the line.
    #[inline]
    pub(super) fn line(marker: u8, number: i64) -> Decimal {
        let mut decimal = Decimal { text: [0; LEN_MAX], start: LEN_MAX };
        decimal.prepend([b'\r', b'\n']);
        decimal.number(number);
        decimal.prepend([marker]);
        decimal
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }

    #[inline]
    fn number(&mut self, number: i64) {
        let mut rest = number.unsigned_abs();
        while rest >= 10 {
            self.prepend(PAIRS.get((rest % 100) as usize).copied().unwrap_or_default());
            rest /= 100;
        }
        // What is left is one digit, or none: an even number of digits ends as pairs.
        if rest > 0 || number == 0 {
            self.prepend([b'0' + rest as u8]);
        }
        if number < 0 {
            self.prepend([b'-']);
        }
    }

    #[inline]
    fn prepend<const N: usize>(&mut self, bytes: [u8; N]) {
        let Some(start) = self.start.checked_sub(N) else { return };
        if let Some(slot) = self.text.get_mut(start..self.start) {
            slot.copy_from_slice(&bytes);
            self.start = start;
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "computed while compiling, where it cannot panic")]
const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
}
