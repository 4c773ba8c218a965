//! Content codings: what a host does, and what the client said that it accepts.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::config::Coding;

/// A body in its coding, and the name of the coding for Content-Encoding.
pub(super) fn coded(
    body: Vec<u8>,
    coding: Coding,
    accepted: &str,
) -> io::Result<(Vec<u8>, Option<&'static str>)> {
    if body.is_empty() {
        return Ok((body, None));
    }
    Ok(match coding {
        Coding::Gzip if accepts(accepted, "gzip") => (gzip(&body)?, Some("gzip")),
        Coding::Brotli if accepts(accepted, "br") => (brotli(&body)?, Some("br")),
        Coding::Zstd => (zstd::encode_all(&body[..], 1)?, Some("zstd")),
        Coding::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&body)?;
            (encoder.finish()?, Some("deflate"))
        }
        Coding::XGzip => (gzip(&body)?, Some("x-gzip")),
        _ => (body, None),
    })
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

fn brotli(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut out, 4_096, 2, 18);
    encoder.write_all(body)?;
    encoder.flush()?;
    drop(encoder);
    Ok(out)
}

/// Whether an Accept-Encoding header names a coding without refusing it.
pub(super) fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|part| {
        let mut fields = part.split(';').map(str::trim);
        let named = fields.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = fields
            .any(|field| field.strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0_f32)));
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asked_codings_are_asked_for_and_the_others_are_not() {
        let body = b"words ".repeat(500);
        for (coding, accepted, name) in [
            (Coding::Gzip, "br, gzip", Some("gzip")),
            (Coding::Gzip, "br, gzip;q=0", None),
            (Coding::Brotli, "gzip", None),
            (Coding::Brotli, "gzip, br", Some("br")),
            (Coding::Zstd, "gzip", Some("zstd")),
            (Coding::Deflate, "", Some("deflate")),
            (Coding::XGzip, "", Some("x-gzip")),
            (Coding::Chunked, "gzip", None),
        ] {
            let (bytes, found) = coded(body.clone(), coding, accepted).unwrap();
            assert_eq!(found, name, "{coding:?}");
            assert_eq!(bytes == body, name.is_none());
        }
    }
}
