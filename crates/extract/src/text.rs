//! Short texts of feeds and pages made plain: no markup, no references, single spaces, a length.

use crate::reference::decode_attribute;

/// A text as it is collected, up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    text: String,
    bytes_max: usize,
    /// Whether something did not fit.
    pub(crate) is_cut: bool,
}

impl Collected {
    /// Begins anew with room for `bytes_max` bytes.
    pub(crate) fn begin(&mut self, bytes_max: usize) {
        self.text.clear();
        self.bytes_max = bytes_max;
        self.is_cut = false;
    }

    /// Adds a piece as far as there is room. White space at the start takes none.
    pub(crate) fn push(&mut self, piece: &str) {
        if self.is_cut {
            return;
        }
        let piece = if self.text.is_empty() { piece.trim_start() } else { piece };
        let piece_cut = cut(piece, self.bytes_max - self.text.len());
        self.is_cut |= piece_cut.len() < piece.trim_end().len();
        self.text.push_str(piece_cut);
    }

    /// What was collected, without white space around it.
    pub(crate) fn as_str(&self) -> &str {
        self.text.trim()
    }
}

/// The start of a text in at most `bytes_max` bytes, cut between characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// A text with single spaces, in at most `bytes_max` bytes.
pub(crate) fn plain(text: &str, bytes_max: usize) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.len() > bytes_max {
            break;
        }
    }
    let length = cut(&out, bytes_max).trim_end().len();
    out.truncate(length);
    out
}

/// A text that may be HTML: tags are dropped, references resolved, then as [`plain`].
pub(crate) fn plain_of_html(html: &str, bytes_max: usize) -> String {
    if !html.contains(['<', '&']) {
        return plain(html, bytes_max);
    }
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c)) {
            text.push('<');
            rest = &rest[1..];
            continue;
        }
        // Without an end there is no tag in all the rest.
        let Some(end) = rest.find('>') else { break };
        rest = &rest[end + 1..];
    }
    text.push_str(rest);
    plain(&decode_attribute(&text), bytes_max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_plain() {
        for (html, expected) in [
            ("a  b\n c", "a b c"),
            ("<b>Bold</b> &amp; <i class='x'>free</i>", "Bold & free"),
            ("AT&amp;T &#8211; it&rsquo;s", "AT&T \u{2013} it\u{2019}s"),
            ("1 < 2 &lt; 3", "1 < 2 < 3"),
            ("a <b", "a <b"),
            ("x<br/>y", "xy"),
            ("", ""),
        ] {
            assert_eq!(plain_of_html(html, 100), expected, "{html}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(plain("ab \u{e4}\u{e4}", 4), "ab");
        assert_eq!(plain("ab \u{e4}\u{e4}", 5), "ab \u{e4}");
        let mut collected = Collected::default();
        collected.begin(4);
        for piece in ["  ", "a\u{e4}", "\u{e4}\u{e4}", "x"] {
            collected.push(piece);
        }
        assert_eq!((collected.as_str(), collected.is_cut), ("a\u{e4}", true));
    }
}
