//! What an allocation really takes.

/// What jemalloc gives for a request: classes of 16 up to 128, then four to each doubling.
pub fn size_class(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        1..=8 => 8,
        9..=128 => bytes.next_multiple_of(16),
        _ => bytes.next_multiple_of(bytes.next_power_of_two() / 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_jemallocs() {
        for (bytes, class) in [
            (1, 8),
            (9, 16),
            (113, 128),
            (129, 160),
            (161, 192),
            (257, 320),
            (4097, 5120),
            (5121, 6144),
        ] {
            assert_eq!(size_class(bytes), class, "{bytes}");
        }
    }
}
