//! The hashes that all parts share. They are fixed: a checkpoint outlives the program that wrote
//! it.

/// An odd constant with well spread bits (the golden ratio's).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Adds a value to a running hash.
pub(crate) fn add(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value).wrapping_mul(SPREAD)
}

/// Spreads each bit over all (the finaliser of `SplitMix64`).
pub(crate) fn mix(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    hash ^ (hash >> 31)
}

/// The hash of a text.
pub(crate) fn text(text: &str) -> u64 {
    mix(text.bytes().fold(SPREAD, |hash, byte| add(hash, u64::from(byte))))
}

/// The hash of a sequence.
pub(crate) fn sequence(values: &[u64]) -> u64 {
    mix(values.iter().fold(SPREAD, |hash, value| add(hash, *value)))
}
