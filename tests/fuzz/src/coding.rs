//! Content codings: whatever bytes claim to be, what comes of them stays within bounds.

use fetch::coding;

/// Bytes of what is decoded.
const BYTES_MAX: u64 = 100_000;

pub(crate) fn check(body: &[u8]) {
    for codings in [&["gzip"][..], &["deflate"], &["br"], &["zstd"], &["gzip", "br"]] {
        let Ok(decoded) = coding::decode(codings, body, BYTES_MAX) else { continue };
        assert!(decoded.bytes.len() as u64 <= BYTES_MAX);
        let fewer = coding::decode(codings, body, BYTES_MAX / 10);
        if let (Ok(fewer), true) = (fewer, decoded.complete) {
            let whole = decoded.bytes.len() as u64 <= BYTES_MAX / 10;
            assert!(!whole || fewer.bytes == decoded.bytes, "{codings:?}");
        }
    }
}
