//! gzip, known by its first bytes, up to a limit.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

/// What was packed.
pub(crate) struct Unpacked {
    pub(crate) bytes: Vec<u8>,
    /// The end is missing or the data is broken; `bytes` is what comes before.
    pub(crate) is_damaged: bool,
    /// There was more than the limit allows.
    pub(crate) is_cut: bool,
}

/// Whether a body is gzip with the only method there is.
pub(crate) fn is_packed(body: &[u8]) -> bool {
    body.starts_with(&[0x1F, 0x8B, 8])
}

/// Unpacks all members of a body, at most `bytes_max` bytes.
pub(crate) fn unpack(body: &[u8], bytes_max: usize) -> Unpacked {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    // One byte more shows that there is more.
    let mut decoder = MultiGzDecoder::new(body).take(limit.saturating_add(1));
    let is_damaged = decoder.read_to_end(&mut bytes).is_err();
    let is_cut = bytes.len() > bytes_max;
    bytes.truncate(bytes_max);
    Unpacked { bytes, is_damaged, is_cut }
}
