//! Tags, as far as a glance tells them apart.

use memchr::{memchr, memchr_iter, memchr3};

/// What the class or id of a banner holds.
const BANNER_NAMES: &[&str] = &[
    "consent",
    "cookie",
    "gdpr",
    "onetrust",
    "didomi",
    "usercentrics",
    "sp_message",
    "cmp-",
    "cmpbox",
    "qc-cmp",
    "overlay",
    "modal",
    "popup",
    "newsletter",
    "paywall",
    "lightbox",
];

/// The first two letters of these names: few places of a class need a closer look.
const BANNER_STARTS: [bool; 1024] = starts();

/// The longest name that is told from others, in bytes.
const NAME_BYTES_MAX: usize = 8;

/// What an element is to a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Title,
    /// Its content is no text.
    Raw,
    Anchor,
    /// A line of text goes through it.
    Inline,
    Button,
    Input,
    Nav,
    Footer,
    Aside,
    Dialog,
    Div,
    Section,
    Form,
    Other,
}

impl Element {
    /// The element of a name, in any case.
    pub(super) fn of(name: &str) -> Self {
        let mut lower = [0; NAME_BYTES_MAX];
        let Some(lower) = lower.get_mut(..name.len()) else { return Self::Other };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"title" => Self::Title,
            b"script" | b"style" | b"svg" | b"template" | b"textarea" | b"select" | b"iframe" => {
                Self::Raw
            }
            b"a" => Self::Anchor,
            b"abbr" | b"b" | b"bdi" | b"cite" | b"code" | b"em" | b"font" | b"i" | b"img"
            | b"kbd" | b"mark" | b"q" | b"s" | b"small" | b"span" | b"strong" | b"sub" | b"sup"
            | b"time" | b"u" | b"wbr" => Self::Inline,
            b"button" => Self::Button,
            b"input" => Self::Input,
            b"nav" => Self::Nav,
            b"footer" => Self::Footer,
            b"aside" => Self::Aside,
            b"dialog" => Self::Dialog,
            b"div" => Self::Div,
            b"section" => Self::Section,
            b"form" => Self::Form,
            _ => Self::Other,
        }
    }

    /// Whether a line of text goes through it.
    pub(super) fn is_inline(self) -> bool {
        matches!(self, Self::Anchor | Self::Inline)
    }

    /// Whether it stands beside the page proper.
    pub(super) fn is_beside(self) -> bool {
        matches!(self, Self::Nav | Self::Footer | Self::Aside)
    }

    /// Whether it may be a banner, by its class or id.
    pub(super) fn may_be_banner(self) -> bool {
        matches!(self, Self::Div | Self::Section | Self::Dialog | Self::Form | Self::Aside)
    }
}

/// Where a tag ends, its quoted values skipped.
pub(super) fn tag_end(tag: &str) -> usize {
    let bytes = tag.as_bytes();
    let mut from = 0;
    while let Some(at) = memchr3(b'>', b'"', b'\'', &bytes[from..]).map(|at| from + at) {
        if bytes[at] == b'>' {
            return at;
        }
        from = at + 1;
        // A quote opens a value only behind an equals sign.
        if bytes[..at].trim_ascii_end().ends_with(b"=") {
            let Some(close) = memchr(bytes[at], &bytes[from..]) else { break };
            from += close + 1;
        }
    }
    // An open quote would hide all the rest.
    memchr(b'>', bytes).unwrap_or(bytes.len())
}

/// The content of an element that holds no elements, and what follows it.
pub(super) fn raw_content<'a>(name: &str, after: &'a str) -> (&'a str, &'a str) {
    let bytes = after.as_bytes();
    for end in memchr_iter(b'<', bytes) {
        let candidate = bytes[end + 1..].strip_prefix(b"/");
        let candidate = candidate.and_then(|candidate| candidate.get(..name.len()));
        if candidate.is_some_and(|c| c.eq_ignore_ascii_case(name.as_bytes())) {
            let rest = &after[end + 2 + name.len()..];
            let close = memchr(b'>', rest.as_bytes());
            return (&after[..end], close.map_or("", |close| &rest[close + 1..]));
        }
    }
    (after, "")
}

/// Whether the attributes of an element say that it lies over the page.
pub(super) fn is_banner(attributes: &str) -> bool {
    let bytes = attributes.as_bytes();
    memchr_iter(b'=', bytes).any(|at| {
        let (before, value) = (&bytes[..at], &bytes[at + 1..]);
        (ends_with(before, b"id") || ends_with(before, b"class")) && names_banner(value_of(value))
    })
}

fn ends_with(bytes: &[u8], end: &[u8]) -> bool {
    let from = bytes.len().checked_sub(end.len());
    from.is_some_and(|from| bytes[from..].eq_ignore_ascii_case(end))
}

/// The value that stands behind an equals sign.
fn value_of(text: &[u8]) -> &[u8] {
    if let Some(quote @ (b'"' | b'\'')) = text.first() {
        let inner = &text[1..];
        return &inner[..memchr(*quote, inner).unwrap_or(inner.len())];
    }
    let text = text.trim_ascii_start();
    &text[..text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len())]
}

fn names_banner(value: &[u8]) -> bool {
    let mut places = value.windows(2).enumerate();
    places.any(|(at, pair)| {
        BANNER_STARTS[start(pair[0], pair[1])]
            && BANNER_NAMES.iter().any(|name| {
                let place = value.get(at..at + name.len());
                place.is_some_and(|place| place.eq_ignore_ascii_case(name.as_bytes()))
            })
    })
}

/// Two letters in any case as one number; other characters may come to the same.
const fn start(first: u8, second: u8) -> usize {
    (first as usize & 31) << 5 | (second as usize & 31)
}

const fn starts() -> [bool; 1024] {
    let mut starts = [false; 1024];
    let mut at = 0;
    while at < BANNER_NAMES.len() {
        let name = BANNER_NAMES[at].as_bytes();
        starts[start(name[0], name[1])] = true;
        at += 1;
    }
    starts
}
