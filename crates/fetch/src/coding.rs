//! Content codings (RFC 9110, section 8.4), undone within bounds.
//!
//! Nothing that a body says about its size is believed: output grows as it comes, up to the limit
//! that the caller gives. A body that was cut gives what can be read of it.

mod gzip;
mod stream;

use std::borrow::Cow;

/// Codings undone one after another; more of them are nothing but an attack.
const CODINGS_MAX: usize = 3;

/// A body without its codings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The bytes; borrowed where there was nothing to undo.
    pub bytes: Cow<'a, [u8]>,
    /// Whether this is all of it: neither the input ended too early nor the output too late.
    pub complete: bool,
}

/// Why nothing could be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodingError {
    /// A coding that we do not know.
    #[error("the content coding {0:?} is not known")]
    Unknown(String),
    /// More codings than anybody honest uses.
    #[error("{0} content codings one over the other")]
    TooMany(usize),
    /// The body is not in the coding that it claims.
    #[error("the body is not {0}")]
    Malformed(&'static str),
}

/// The codings that header lines name, in the order in which they were applied; lower case,
/// `identity` left out.
pub fn codings(headers: &[(String, Vec<u8>)]) -> Vec<String> {
    headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
        .flat_map(|(_, value)| value.split(|&b| b == b','))
        .map(|token| String::from_utf8_lossy(token).trim().to_ascii_lowercase())
        .filter(|token| !token.is_empty() && token != "identity")
        .collect()
}

/// Whether archives replay a body in these codings: one of gzip and br, or none. Others are stored
/// decoded.
pub fn is_stored_as_received(codings: &[String]) -> bool {
    match codings {
        [] => true,
        [one] => matches!(one.as_str(), "gzip" | "br" | "identity"),
        _ => false,
    }
}

/// Undoes codings, the last one first, to at most `bytes_max` bytes at each step.
///
/// What is cut gives what can be read of it (`complete` is false). A body of which nothing can be
/// read is an error; an empty one is complete in any coding.
pub fn decode<'a, S: AsRef<str>>(
    codings: &[S],
    body: &'a [u8],
    bytes_max: u64,
) -> Result<Decoded<'a>, CodingError> {
    if codings.len() > CODINGS_MAX {
        return Err(CodingError::TooMany(codings.len()));
    }
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let mut decoded = Decoded { bytes: Cow::Borrowed(body), complete: true };
    if body.is_empty() {
        return Ok(decoded);
    }
    for coding in codings.iter().rev() {
        let Some(step) = decode_one(coding.as_ref(), &decoded.bytes, bytes_max)? else { continue };
        decoded.complete &= step.complete;
        decoded.bytes = Cow::Owned(step.bytes);
    }
    if decoded.bytes.len() > bytes_max {
        decoded.complete = false;
        decoded.bytes = match decoded.bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[..bytes_max]),
            Cow::Owned(mut bytes) => {
                bytes.truncate(bytes_max);
                Cow::Owned(bytes)
            }
        };
    }
    Ok(decoded)
}

/// What one step gives.
struct Step {
    bytes: Vec<u8>,
    complete: bool,
}

/// Nothing for `identity`.
fn decode_one(coding: &str, body: &[u8], bytes_max: usize) -> Result<Option<Step>, CodingError> {
    let step = match coding {
        "" | "identity" => return Ok(None),
        "gzip" | "x-gzip" => gzip::decode(body, bytes_max),
        "br" => stream::brotli(body, bytes_max),
        "zstd" => stream::zstd(body, bytes_max),
        "deflate" => stream::deflate(body, bytes_max),
        other => return Err(CodingError::Unknown(other.to_owned())),
    };
    step.map(Some)
}

#[cfg(test)]
mod tests;
