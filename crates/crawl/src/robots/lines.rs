//! A file's bytes as clean lines: ASCII, trimmed, bounded, one for each line of the file.

use std::borrow::Cow;

/// Bytes of a file that are read: RFC 9309, section 2.5, asks for at least 500 KiB.
const FILE_BYTES_MAX: usize = 512 * 1024;

/// Bytes of a line that are read, counted before and after encoding; Google's parser cuts at the
/// same place (8 URLs of 2,083 bytes).
pub(super) const LINE_BYTES_MAX: usize = 2_083 * 8 - 1;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of a file from the web: its first [`FILE_BYTES_MAX`].
pub(super) fn clean(body: &[u8]) -> String {
    clean_whole(cut(body))
}

/// The lines of a file, ended by LF alone, whatever its size. What is not ASCII is percent-encoded,
/// so that no later step can cut a character.
pub(super) fn clean_whole(body: &[u8]) -> String {
    let body = without_mark(body);
    let mut text = String::with_capacity(body.len() + body.len() / 16);
    let mut rest = body;
    while !rest.is_empty() {
        let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(rest.len());
        push_line(&mut text, &rest[..end]);
        let step = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + step..).unwrap_or_default();
    }
    text
}

/// The first part of a long file, up to its last whole line: half a rule could say the opposite.
fn cut(body: &[u8]) -> &[u8] {
    if body.len() <= FILE_BYTES_MAX {
        return body;
    }
    let head = &body[..FILE_BYTES_MAX];
    match head.iter().rposition(|b| matches!(b, b'\r' | b'\n')) {
        Some(end) => &head[..=end],
        None => head,
    }
}

/// Without a byte order mark, or the first part of one.
fn without_mark(body: &[u8]) -> &[u8] {
    let marked = body.iter().zip(BYTE_ORDER_MARK).take_while(|(a, b)| a == b).count();
    &body[marked..]
}

fn push_line(text: &mut String, line: &[u8]) {
    let line = &line[..line.len().min(LINE_BYTES_MAX)];
    let end = line.iter().position(|b| *b == 0).unwrap_or(line.len());
    text.push_str(head(&ascii(line[..end].trim_ascii()), LINE_BYTES_MAX));
    text.push('\n');
}

/// The first bytes of an ASCII text; an escape is kept whole or not at all.
pub(super) fn head(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let is_cut = |back: &usize| is_escape(&text.as_bytes()[bytes_max - back..]);
    let back = (1..=bytes_max.min(2)).find(is_cut).unwrap_or(0);
    &text[..bytes_max - back]
}

/// Percent-encodes bytes outside ASCII, and writes the hex digits of what is encoded already in
/// upper case.
pub(super) fn ascii(bytes: &[u8]) -> Cow<'_, str> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let is_clean = |b: &u8| b.is_ascii() && *b != b'%';
    if let (true, Ok(text)) = (bytes.iter().all(is_clean), std::str::from_utf8(bytes)) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        if !byte.is_ascii() {
            text.push('%');
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        } else if byte == b'%' && is_escape(&bytes[i..]) {
            text.push('%');
            text.push(char::from(bytes[i + 1].to_ascii_uppercase()));
            text.push(char::from(bytes[i + 2].to_ascii_uppercase()));
            i += 2;
        } else {
            text.push(char::from(byte));
        }
        i += 1;
    }
    Cow::Owned(text)
}

/// Whether the bytes begin with a percent sign and two hex digits.
pub(super) fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_for_each_line() {
        for (body, text) in [
            (&b"a\r\nb\rc\nd"[..], "a\nb\nc\nd\n"),
            (b"a\r\n\r\nb", "a\n\nb\n"),
            (b"\xef\xbb\xbfa", "a\n"),
            (b"\xef\xbba", "a\n"),
            (b"  a \t\nb\0c\nd", "a\nb\nd\n"),
            (b"/\xc3\xa9%c3%Zz", "/%C3%A9%C3%Zz\n"),
        ] {
            assert_eq!(clean(body), text);
        }
    }

    #[test]
    fn long_files_end_with_a_whole_line_and_long_lines_are_cut() {
        let mut body = vec![b'a'; FILE_BYTES_MAX - 10];
        body.extend_from_slice(b"\nDisallow: /half-of-this");
        let text = clean(&body);
        assert_eq!(text.len(), LINE_BYTES_MAX + 1);
    }

    #[test]
    fn lines_stay_short_when_they_are_encoded() {
        let text = clean("\u{e9}".repeat(8_000).as_bytes());
        assert!(text.len() <= LINE_BYTES_MAX + 1 && text.ends_with("%A9\n"));
        for (bytes, kept) in [(7, "ab%C3"), (6, "ab%C3"), (5, "ab%C3"), (4, "ab"), (3, "ab")] {
            assert_eq!(head("ab%C3%A9", bytes), kept, "{bytes}");
        }
        assert_eq!((head("ab%", 2), head("%41", 1)), ("ab", ""));
    }
}
