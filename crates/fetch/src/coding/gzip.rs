//! gzip: in one go where it is one whole member, as a stream where it is not.

use libdeflater::{DecompressionError, Decompressor};

use super::{CodingError, Step, stream};

/// First guess at how much larger the output is; news pages come to about 5.
const RATIO_GUESS: usize = 6;

/// The least output that is made room for.
const OUTPUT_MIN: usize = 16 * 1024;

/// A member has a header of 10 bytes and a trailer of 8 (RFC 1952).
const MEMBER_BYTES_MIN: usize = 18;

pub(super) fn decode(body: &[u8], bytes_max: usize) -> Result<Step, CodingError> {
    match whole_member(body, bytes_max) {
        Some(bytes) => Ok(Step { bytes, complete: true }),
        None => stream::gather(flate2::read::MultiGzDecoder::new(body), "gzip", bytes_max),
    }
}

/// The one member that the body is; nothing when it is cut, damaged, too large or several.
///
/// The trailer's size is compared with what came out, never used to make room: a second member, or
/// padding behind the first, shows itself in that it differs.
fn whole_member(body: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
    if body.len() < MEMBER_BYTES_MIN {
        return None;
    }
    let mut decompressor = Decompressor::new();
    let mut room = body.len().saturating_mul(RATIO_GUESS).max(OUTPUT_MIN).min(bytes_max);
    loop {
        let mut bytes = vec![0; room];
        match decompressor.gzip_decompress(body, &mut bytes) {
            Ok(size) => {
                bytes.truncate(size);
                return is_all(body, &bytes).then_some(bytes);
            }
            Err(DecompressionError::InsufficientSpace) if room < bytes_max => {
                room = room.saturating_mul(4).min(bytes_max);
            }
            Err(_) => return None,
        }
    }
}

/// Whether the trailer at the very end belongs to this output: its size (modulo 2^32), and its
/// checksum, which a second member shares only when both are the same.
fn is_all(body: &[u8], output: &[u8]) -> bool {
    let Some((rest, size)) = body.split_last_chunk() else { return false };
    let Some((_, sum)) = rest.split_last_chunk() else { return false };
    if u32::from_le_bytes(*size) as usize != output.len() & 0xffff_ffff {
        return false;
    }
    let mut crc = libdeflater::Crc::new();
    crc.update(output);
    crc.sum() == u32::from_le_bytes(*sum)
}
