//! In which encoding a body is written, and how that is known.
//!
//! The order: byte order mark, `Content-Type` header, `<meta>` in the first 4 KiB, valid UTF-8, and
//! at last a guess from the bytes. The labels are those of <https://encoding.spec.whatwg.org/>.

pub(crate) mod markup;
mod prescan;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use url::Url;

/// How far the guess looks, in bytes. It reads 24 MB/s only, and more bytes do not make it better.
const DETECT_BYTES: usize = 64 * 1024;

/// Well-formed sequences that must stand against a broken one for a body to count as UTF-8.
const WELL_FORMED_PER_BROKEN: usize = 10;

/// How far into a page a `<meta>` may declare the charset, in bytes. Browsers agreed on 1,024;
/// real pages need more, and what comes earlier wins in either case.
const PRESCAN_BYTES: usize = 4_096;

/// The charset of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    /// Name by the WHATWG encoding standard: `UTF-8`, `windows-1252`, `EUC-KR`, ...
    pub name: &'static str,
    /// How it is known.
    pub source: CharsetSource,
}

/// How a charset is known, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CharsetSource {
    /// A byte order mark.
    Bom,
    /// The `Content-Type` header.
    Header,
    /// A `<meta>` of the page.
    Meta,
    /// Every byte fits: the whole body is valid UTF-8 (plain ASCII too).
    ValidUtf8,
    /// A guess from the bytes and the top-level domain.
    Detected,
}

/// Finds the charset of a body.
pub fn detect(body: &[u8], content_type: Option<&str>, url: &Url) -> Charset {
    let (encoding, source) = find(body, content_type, url);
    Charset { name: encoding.name(), source }
}

/// The encoding that [`detect`] names.
pub(crate) fn encoding(charset: Charset) -> &'static Encoding {
    Encoding::for_label(charset.name.as_bytes()).unwrap_or(UTF_8)
}

/// The body as UTF-8, without its byte order mark; what is broken becomes U+FFFD.
pub fn decode(body: &[u8], charset: Charset) -> Cow<'_, str> {
    encoding(charset).decode_with_bom_removal(body).0
}

fn find(body: &[u8], content_type: Option<&str>, url: &Url) -> (&'static Encoding, CharsetSource) {
    if let Some((encoding, _)) = Encoding::for_bom(body) {
        return (encoding, CharsetSource::Bom);
    }
    let declared = content_type
        .and_then(label_in)
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .map(|encoding| (encoding, CharsetSource::Header))
        .or_else(|| {
            let head = &body[..body.len().min(PRESCAN_BYTES)];
            prescan::meta_charset(head).map(|encoding| (encoding, CharsetSource::Meta))
        });
    match declared {
        Some((encoding, _)) if encoding == UTF_8 && contradicts_utf8(body) => guess(body, url),
        Some(found) => found,
        None if std::str::from_utf8(body).is_ok() => (UTF_8, CharsetSource::ValidUtf8),
        None if is_damaged_utf8(body) => (UTF_8, CharsetSource::Detected),
        None => guess(body, url),
    }
}

/// The value of `charset` in a content type, as it stands in a header or a `<meta>`.
///
/// Source: <https://html.spec.whatwg.org/multipage/urls-and-fetching.html> ("extracting a character
/// encoding from a meta element"); headers in the wild need the same patience.
pub(crate) fn label_in(content_type: &str) -> Option<&str> {
    let lower = content_type.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("charset") {
        from += at + "charset".len();
        let rest = content_type[from..].trim_start();
        let Some(value) = rest.strip_prefix('=') else { continue };
        let value = value.trim_start();
        return match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split_once(quote).map(|(label, _)| label),
            _ => value.split([';', ',']).next().map(|v| v.split_whitespace().next().unwrap_or("")),
        };
    }
    None
}

/// Whether a body that is declared as UTF-8 cannot be: it has bytes beyond ASCII, and not one
/// well-formed sequence among them. A page that is UTF-8 but for a few broken bytes stays UTF-8.
fn contradicts_utf8(body: &[u8]) -> bool {
    // Most pages are what they say, which is found out much faster than what is broken.
    if std::str::from_utf8(body).is_ok() {
        return false;
    }
    let mut broken = false;
    for chunk in body.utf8_chunks() {
        if !chunk.valid().is_ascii() {
            return false;
        }
        broken |= !chunk.invalid().is_empty() && !is_cut(chunk.invalid(), body);
    }
    broken
}

/// Whether a body is UTF-8, perhaps but for a few bytes: legacy text is well-formed by accident
/// only.
fn is_damaged_utf8(body: &[u8]) -> bool {
    if std::str::from_utf8(body).is_ok() {
        return true;
    }
    let (mut well_formed, mut broken) = (0, 0);
    for chunk in body.utf8_chunks() {
        well_formed += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty() && !is_cut(chunk.invalid(), body));
    }
    broken == 0 || well_formed / broken >= WELL_FORMED_PER_BROKEN
}

/// Whether a sequence is broken only because the body ends (our limits cut bodies).
fn is_cut(invalid: &[u8], body: &[u8]) -> bool {
    let at_end = invalid.as_ptr_range().end == body.as_ptr_range().end;
    at_end && body.len() > 1 && (0xC2..=0xF4).contains(&invalid[0])
}

fn guess(body: &[u8], url: &Url) -> (&'static Encoding, CharsetSource) {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let whole = body.len() <= DETECT_BYTES;
    // The first bytes beyond ASCII may come late, after long scripts.
    let first = body.iter().position(|b| !b.is_ascii()).unwrap_or(0);
    let start = if whole { 0 } else { first.saturating_sub(DETECT_BYTES / 4) };
    let end = body.len().min(start + DETECT_BYTES);
    if !detector.feed(&body[start..end], end == body.len()) {
        return (WINDOWS_1252, CharsetSource::Detected);
    }
    let tld = top_level_domain(url);
    let encoding = detector.guess(tld.as_deref().map(str::as_bytes), Utf8Detection::Deny);
    (encoding, CharsetSource::Detected)
}

/// The last label of the host, where it is one that the detector accepts.
fn top_level_domain(url: &Url) -> Option<String> {
    let label = url.domain()?.trim_end_matches('.').rsplit('.').next()?.to_ascii_lowercase();
    (!label.is_empty() && label.is_ascii()).then_some(label)
}

#[cfg(test)]
mod tests;
