//! Repeatable chance: the same seed and key always fall the same way, on every machine.

/// A generator for one purpose, keyed by the seed of the web and a name.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of `purpose` for one thing: a host name, and a number within it.
    pub(crate) fn new(seed: u64, purpose: &str, name: &str, number: u64) -> Self {
        // FNV-1a over everything, parted by a byte that no name contains; the first draw mixes it.
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        let parts =
            [&seed.to_le_bytes(), purpose.as_bytes(), name.as_bytes(), &number.to_le_bytes()];
        for byte in parts.into_iter().flat_map(|part| part.iter().copied().chain([0xFF])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Self(hash)
    }

    /// The next 64 bits (`SplitMix64`, see Steele, Lea, Flood: Fast Splittable Pseudorandom Number
    /// Generators, 2014).
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; zero when `end` is.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.roll() % end }
    }

    /// An index into something of `len` parts.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// One of several.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.index(of.len())]
    }

    /// True in `share` of all cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        ((self.roll() >> 11) as f64) / ((1_u64 << 53) as f64) < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_falls_the_same_way_and_another_does_not() {
        let roll = |purpose, name, number| Dice::new(7, purpose, name, number).roll();
        assert_eq!(roll("text", "a.test", 1), roll("text", "a.test", 1));
        assert_ne!(roll("text", "a.test", 1), roll("text", "a.test", 2));
        assert_ne!(roll("text", "a.test", 1), roll("links", "a.test", 1));
        assert_ne!(roll("ab", "c", 1), roll("a", "bc", 1));
    }

    #[test]
    fn shares_are_kept() {
        let mut dice = Dice::new(1, "share", "", 0);
        let hits = (0..10_000).filter(|_| dice.chance(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!(!dice.chance(0.0) && dice.chance(1.0));
    }
}
