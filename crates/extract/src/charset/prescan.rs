//! The look for `<meta charset>` in the first bytes of a page.
//!
//! Source: <https://html.spec.whatwg.org/multipage/parsing.html> ("prescan a byte stream to
//! determine its encoding").

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::label_in;

/// The charset that a `<meta>` within `head` declares.
pub(super) fn meta_charset(head: &[u8]) -> Option<&'static Encoding> {
    let mut rest = head;
    while let Some(at) = rest.iter().position(|b| *b == b'<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix(b"<!--") {
            // `<!-->` is a whole comment, so the two dashes may be the opening ones.
            let end = find(&rest[2..], b"-->").map(|end| end + 5)?;
            rest = rest.get(end..).unwrap_or(&comment[comment.len()..]);
        } else if is_tag(rest, b"<meta") {
            let mut attributes = Attributes { rest: &rest[5..] };
            if let Some(encoding) = declared(&mut attributes) {
                return Some(encoding);
            }
            rest = attributes.rest;
        } else if opens_tag(rest) {
            let name = rest.iter().position(|b| b.is_ascii_whitespace() || *b == b'>')?;
            let mut attributes = Attributes { rest: &rest[name..] };
            while attributes.next().is_some() {}
            rest = attributes.rest;
        } else if matches!(rest.get(1), Some(b'!' | b'/' | b'?')) {
            rest = &rest[rest.iter().position(|b| *b == b'>')?..];
        } else {
            rest = &rest[1..];
        }
    }
    None
}

fn is_tag(rest: &[u8], tag: &[u8]) -> bool {
    rest.len() > tag.len()
        && rest[..tag.len()].eq_ignore_ascii_case(tag)
        && (rest[tag.len()].is_ascii_whitespace() || rest[tag.len()] == b'/')
}

/// `<a` or `</a`.
fn opens_tag(rest: &[u8]) -> bool {
    let name = rest.strip_prefix(b"</").unwrap_or(&rest[1..]);
    name.first().is_some_and(u8::is_ascii_alphabetic)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn declared(attributes: &mut Attributes<'_>) -> Option<&'static Encoding> {
    let (mut is_pragma, mut needs_pragma) = (false, false);
    let mut label: Option<String> = None;
    while let Some((name, value)) = attributes.next() {
        match name.as_str() {
            "http-equiv" => is_pragma |= value.eq_ignore_ascii_case("content-type"),
            "charset" => {
                needs_pragma = false;
                label = Some(value);
            }
            "content" if label.is_none() => {
                label = label_in(&value).map(str::to_owned);
                needs_pragma = label.is_some();
            }
            _ => {}
        }
    }
    if needs_pragma && !is_pragma {
        return None;
    }
    let encoding = Encoding::for_label(label?.trim().as_bytes())?;
    Some(match encoding {
        // A page whose `<meta>` could be read as ASCII is not UTF-16, whatever it says.
        e if e == UTF_16LE || e == UTF_16BE => UTF_8,
        e if e.name() == "x-user-defined" => WINDOWS_1252,
        e => e,
    })
}

/// The attributes of a tag, as far as the bytes reach.
struct Attributes<'a> {
    rest: &'a [u8],
}

impl Attributes<'_> {
    /// The next attribute with its name in lower case; none at the end of the tag.
    fn next(&mut self) -> Option<(String, String)> {
        self.skip(|b| b.is_ascii_whitespace() || b == b'/');
        if matches!(self.rest.first(), None | Some(b'>')) {
            return None;
        }
        // A leading `=` belongs to the name.
        let first = self.rest.len().min(1);
        let length = first
            + self.rest[first..]
                .iter()
                .take_while(|b| !b.is_ascii_whitespace() && !b"=/>".contains(b))
                .count();
        let name = self.take(length).to_ascii_lowercase();
        self.skip(|b| b.is_ascii_whitespace());
        if self.rest.first() != Some(&b'=') {
            return Some((name, String::new()));
        }
        self.rest = &self.rest[1..];
        self.skip(|b| b.is_ascii_whitespace());
        Some((name, self.value()?))
    }

    fn value(&mut self) -> Option<String> {
        if let Some(quote @ (b'"' | b'\'')) = self.rest.first().copied() {
            let end = self.rest[1..].iter().position(|b| *b == quote);
            // Without its closing quote the tag is cut: what it says is not known.
            let Some(end) = end else {
                self.rest = &[];
                return None;
            };
            let value = lossy(&self.rest[1..=end]);
            self.rest = &self.rest[end + 2..];
            return Some(value);
        }
        let length =
            self.rest.iter().take_while(|b| !b.is_ascii_whitespace() && **b != b'>').count();
        Some(self.take(length))
    }

    fn skip(&mut self, unwanted: impl Fn(u8) -> bool) {
        let length = self.rest.iter().take_while(|b| unwanted(**b)).count();
        self.rest = &self.rest[length..];
    }

    fn take(&mut self, length: usize) -> String {
        let taken = lossy(&self.rest[..length]);
        self.rest = &self.rest[length..];
        taken
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
