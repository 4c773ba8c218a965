//! Whether a body is HTML: by its content type, else by its first bytes.
//!
//! Source: <https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type>.

use crate::Input;

/// How far into a body a signature may begin, in bytes (WHATWG MIME sniffing, "resource header").
const HEADER_BYTES: usize = 1_445;

/// Types that say nothing, so that the bytes decide.
const UNKNOWN: &[&str] = &["", "*/*", "application/unknown", "unknown/unknown"];

/// Beginnings of HTML, in upper case. A space or `>` must follow, but after a comment's start.
const SIGNATURES: &[&str] = &[
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
];

/// Whether the response is an HTML page (XHTML served as such included).
///
/// A content type that says something is believed, also where it is wrong: a browser would show
/// such a body as text or offer it as a download. Only where it is absent or empty of meaning do
/// the first bytes decide.
pub fn is_html(input: &Input<'_>) -> bool {
    let essence = essence(input.content_type.unwrap_or_default());
    match essence.as_str() {
        "text/html" | "application/xhtml+xml" => true,
        // Without a slash it is not a MIME type, which counts as none.
        other if UNKNOWN.contains(&other) || !other.contains('/') => looks_like_html(input.body),
        _ => false,
    }
}

pub(crate) fn essence(content_type: &str) -> String {
    let end = content_type.find([';', ',']).unwrap_or(content_type.len());
    content_type[..end].trim().to_ascii_lowercase()
}

pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let header = &body[..body.len().min(HEADER_BYTES)];
    let start = header.trim_ascii_start();
    start.starts_with(b"<!--") || SIGNATURES.iter().any(|s| begins_with_tag(start, s.as_bytes()))
}

fn begins_with_tag(text: &[u8], signature: &[u8]) -> bool {
    text.len() > signature.len()
        && text[..signature.len()].eq_ignore_ascii_case(signature)
        && matches!(text[signature.len()], b' ' | b'>')
}

#[cfg(test)]
mod tests;
