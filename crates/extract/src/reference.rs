//! Character references (`&amp;`, `&#x41;`) in attribute values, decoded as browsers do.
//!
//! `html-escape` has the names; the rules are ours, because they differ inside attributes: an old
//! name without a semicolon (`&copy=1`) is text there, so that unescaped queries survive.
//! Source: <https://html.spec.whatwg.org/multipage/parsing.html#named-character-reference-state>.

use std::borrow::Cow;

use html_escape::NAMED_ENTITIES;
use memchr::memchr2;

/// Longest name there is (`CounterClockwiseContourIntegral`), in bytes.
const NAME_BYTES_MAX: usize = 31;

/// Names that count without a semicolon too, sorted by bytes.
const WITHOUT_SEMICOLON: &[&str] = &[
    "AElig", "AMP", "Aacute", "Acirc", "Agrave", "Aring", "Atilde", "Auml", "COPY", "Ccedil",
    "ETH", "Eacute", "Ecirc", "Egrave", "Euml", "GT", "Iacute", "Icirc", "Igrave", "Iuml", "LT",
    "Ntilde", "Oacute", "Ocirc", "Ograve", "Oslash", "Otilde", "Ouml", "QUOT", "REG", "THORN",
    "Uacute", "Ucirc", "Ugrave", "Uuml", "Yacute", "aacute", "acirc", "acute", "aelig", "agrave",
    "amp", "aring", "atilde", "auml", "brvbar", "ccedil", "cedil", "cent", "copy", "curren", "deg",
    "divide", "eacute", "ecirc", "egrave", "eth", "euml", "frac12", "frac14", "frac34", "gt",
    "iacute", "icirc", "iexcl", "igrave", "iquest", "iuml", "laquo", "lt", "macr", "micro",
    "middot", "nbsp", "not", "ntilde", "oacute", "ocirc", "ograve", "ordf", "ordm", "oslash",
    "otilde", "ouml", "para", "plusmn", "pound", "quot", "raquo", "reg", "sect", "shy", "sup1",
    "sup2", "sup3", "szlig", "thorn", "times", "uacute", "ucirc", "ugrave", "uml", "uuml",
    "yacute", "yen", "yuml",
];

/// Decodes the character references of an attribute's value, and turns NUL into U+FFFD.
pub fn decode_attribute(value: &str) -> Cow<'_, str> {
    if memchr2(b'&', 0, value.as_bytes()).is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = memchr2(b'&', 0, rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[push_one(rest, &mut out)..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Decodes what stands at the start of `text`, a `&` or NUL; returns how many bytes it took.
fn push_one(text: &str, out: &mut String) -> usize {
    if text.starts_with('\0') {
        out.push(char::REPLACEMENT_CHARACTER);
        return 1;
    }
    match numeric(text).or_else(|| named(text)) {
        Some((Reference::Char(c), taken)) => {
            out.push(c);
            taken
        }
        Some((Reference::Named(s), taken)) => {
            out.push_str(s);
            taken
        }
        None => {
            out.push('&');
            1
        }
    }
}

enum Reference {
    Char(char),
    Named(&'static str),
}

fn named(text: &str) -> Option<(Reference, usize)> {
    let bytes = text.as_bytes();
    let window = &bytes[1..bytes.len().min(NAME_BYTES_MAX + 2)];
    let length = window.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let name = &text[1..=length];
    match bytes.get(1 + length) {
        Some(b';') => Some((Reference::Named(look_up(name)?), length + 2)),
        Some(b'=') => None,
        _ if WITHOUT_SEMICOLON.binary_search(&name).is_ok() => {
            Some((Reference::Named(look_up(name)?), length + 1))
        }
        _ => None,
    }
}

fn look_up(name: &str) -> Option<&'static str> {
    let at = NAMED_ENTITIES.binary_search_by(|(n, _)| (*n).cmp(name.as_bytes())).ok()?;
    Some(NAMED_ENTITIES[at].1)
}

fn numeric(text: &str) -> Option<(Reference, usize)> {
    let digits = text.strip_prefix("&#")?;
    let (digits, radix, mark) = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16, 3),
        None => (digits, 10, 2),
    };
    let length = digits.chars().take_while(|c| c.is_digit(radix)).count();
    if length == 0 {
        return None;
    }
    // What does not fit is beyond Unicode and becomes U+FFFD like other impossible numbers.
    let number = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
    let semicolon = usize::from(digits[length..].starts_with(';'));
    Some((Reference::Char(scalar(number)), mark + length + semicolon))
}

/// The character a number stands for; 0x80 to 0x9F are read as windows-1252, as browsers do.
fn scalar(number: u32) -> char {
    match number {
        0 => char::REPLACEMENT_CHARACTER,
        0x80..=0x9F => {
            let byte = [number.to_le_bytes()[0]];
            let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0;
            text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

#[cfg(test)]
mod tests;
