//! The charset of XML and JSON: byte order mark, header, XML declaration, and what the bytes allow.
//!
//! Source: <https://www.rfc-editor.org/rfc/rfc7303#section-3>. It gives the header precedence over
//! the declaration; servers set a header for all files alike, so here it loses where the bytes
//! disprove it.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use url::Url;

use super::{contradicts_utf8, guess, is_damaged_utf8, label_in};

/// How far the declaration may reach, in bytes.
const DECLARATION_BYTES: usize = 512;

/// Finds the encoding of a body that is no HTML.
pub(crate) fn encoding(body: &[u8], content_type: Option<&str>, url: &Url) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(body) {
        return encoding;
    }
    if let Some(encoding) = utf16_without_mark(body) {
        return encoding;
    }
    let labels = [content_type.and_then(label_in), declared(body)];
    let declared = labels
        .into_iter()
        .flatten()
        .filter_map(|label| Encoding::for_label(label.trim().as_bytes()))
        // What could be read up to here is not in an encoding of two bytes.
        .filter(|encoding| !is_utf16(encoding));
    let (mut legacy, mut is_declared_utf8) = (None, false);
    for encoding in declared {
        is_declared_utf8 |= encoding == UTF_8;
        if encoding != UTF_8 {
            legacy = legacy.or(Some(encoding));
        }
    }
    match legacy {
        // Legacy text beyond ASCII is well-formed UTF-8 by accident only.
        Some(_) if is_declared_utf8 && is_wide_utf8(body) => UTF_8,
        Some(legacy) if is_declared_utf8 && !contradicts_utf8(body) => {
            // Both are named, and nothing is disproved: ASCII, or UTF-8 with damage.
            if is_damaged_utf8(body) { UTF_8 } else { legacy }
        }
        Some(legacy) if legacy.is_single_byte() && is_wide_utf8(body) => UTF_8,
        Some(legacy) => legacy,
        None if is_damaged_utf8(body) => UTF_8,
        None => guess(body, url).0,
    }
}

/// The label in `<?xml version="1.0" encoding="..."?>`.
fn declared(body: &[u8]) -> Option<&str> {
    let head = &body[..body.len().min(DECLARATION_BYTES)];
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|window| window == b"?>")?;
    let inside = std::str::from_utf8(&head[..end]).ok()?;
    let (_, value) = inside.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(label, _)| label)
}

/// UTF-16 shows in its first character, a `<` or `{`.
fn utf16_without_mark(body: &[u8]) -> Option<&'static Encoding> {
    match body {
        [0, b'<' | b'{' | b' ' | b'\n' | b'\r' | b'\t', 0, second, ..] if *second != 0 => {
            Some(UTF_16BE)
        }
        [b'<' | b'{' | b' ' | b'\n' | b'\r' | b'\t', 0, second, 0, ..] if *second != 0 => {
            Some(UTF_16LE)
        }
        _ => None,
    }
}

fn is_utf16(encoding: &'static Encoding) -> bool {
    encoding == UTF_16BE || encoding == UTF_16LE
}

/// Whether a body is valid UTF-8 and says so by at least one character beyond ASCII.
fn is_wide_utf8(body: &[u8]) -> bool {
    !body.is_ascii() && std::str::from_utf8(body).is_ok()
}
