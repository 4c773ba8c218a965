//! Codings that are read as streams.

use std::io::{self, Read};

use super::{CodingError, Step};

/// Base-2 logarithm of the largest zstd window: 8 MiB, which is all that RFC 9659 lets servers use.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// Bytes that the brotli reader takes at a time.
const BROTLI_BUFFER: usize = 16 * 1024;

pub(super) fn brotli(body: &[u8], bytes_max: usize) -> Result<Step, CodingError> {
    gather(brotli::Decompressor::new(body, BROTLI_BUFFER), "br", bytes_max)
}

pub(super) fn zstd(body: &[u8], bytes_max: usize) -> Result<Step, CodingError> {
    let malformed = |_| CodingError::Malformed("zstd");
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(malformed)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(malformed)?;
    gather(decoder, "zstd", bytes_max)
}

/// By the standard `deflate` is zlib (RFC 9110, section 8.4.1.2); some servers leave its header
/// out.
pub(super) fn deflate(body: &[u8], bytes_max: usize) -> Result<Step, CodingError> {
    let is_zlib = matches!(body, [first, second, ..]
        if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0);
    if is_zlib && let Ok(step) = gather(flate2::read::ZlibDecoder::new(body), "deflate", bytes_max)
    {
        return Ok(step);
    }
    gather(flate2::read::DeflateDecoder::new(body), "deflate", bytes_max)
}

/// Reads to the end, to the limit or to the first error. An error after some output is a cut.
pub(super) fn gather(
    mut reader: impl Read,
    name: &'static str,
    bytes_max: usize,
) -> Result<Step, CodingError> {
    let mut bytes = Vec::new();
    // One more than the limit tells a body that fits from one that does not.
    let limit = (bytes_max as u64).saturating_add(1);
    match reader.by_ref().take(limit).read_to_end(&mut bytes) {
        Ok(_) => {
            let complete = bytes.len() <= bytes_max;
            bytes.truncate(bytes_max);
            Ok(Step { bytes, complete })
        }
        Err(error) if bytes.is_empty() && error.kind() != io::ErrorKind::UnexpectedEof => {
            Err(CodingError::Malformed(name))
        }
        Err(_) => {
            bytes.truncate(bytes_max);
            Ok(Step { bytes, complete: false })
        }
    }
}
