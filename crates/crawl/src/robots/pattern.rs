//! Percent-encoding on both sides, and the glob matcher.

use super::lines::{ascii, is_escape};

/// A pattern as it is compared: cut at its stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// What stands between the stars; the first part is anchored at the beginning.
    parts: Vec<String>,
    /// Whether the path has to end where the pattern ends.
    is_anchored: bool,
}

impl Pattern {
    /// Compiles a pattern. `*` stands for any run of characters, `$` at the end for the end of the
    /// path (RFC 9309, section 2.2.3); elsewhere `$` is a character like any other.
    pub(super) fn new(text: &str) -> Self {
        let (text, is_anchored) = match text.strip_suffix('$') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let mut parts: Vec<String> = text.split('*').map(normal).collect();
        // Stars in a row are one star.
        let last = parts.len() - 1;
        let mut place = 0;
        parts.retain(|part| {
            place += 1;
            !part.is_empty() || place == 1 || place == last + 1
        });
        Self { parts, is_anchored }
    }

    /// Whether a path (normal, see [`normal`]) matches. Each part is taken at the first place where
    /// it fits, which is enough: a later place would leave less for the rest. So the time is linear
    /// in the path for each part, and no pattern makes it worse.
    pub(super) fn matches(&self, path: &str) -> bool {
        let Some((first, rest)) = self.parts.split_first() else { return false };
        let Some(mut left) = path.strip_prefix(first.as_str()) else { return false };
        let Some((last, middle)) = rest.split_last() else {
            return !self.is_anchored || left.is_empty();
        };
        for part in middle {
            match left.find(part.as_str()) {
                Some(at) => left = &left[at + part.len()..],
                None => return false,
            }
        }
        if self.is_anchored { left.ends_with(last.as_str()) } else { left.contains(last.as_str()) }
    }
}

/// Whether a pattern, written as robots.txt has them, matches a path.
pub(crate) fn matches_location(pattern: &str, path_and_query: &str) -> bool {
    Pattern::new(pattern).matches(&normal(path_and_query))
}

/// The one form in which paths and patterns are compared: what is not ASCII is percent-encoded,
/// encoded characters that need no encoding are decoded (RFC 9309, section 2.2.2; RFC 3986, section
/// 6.2.2). So are a star and a dollar sign (RFC 9309, section 2.2.3): what is special in a pattern
/// has been taken out of it before, and here each stands for itself.
pub(super) fn normal(text: &str) -> String {
    let text = ascii(text.as_bytes());
    if !text.contains('%') {
        return text.into_owned();
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let byte = bytes[i];
        if byte == b'%' && is_escape(&bytes[i..]) {
            let decoded = hex(bytes[i + 1]) << 4 | hex(bytes[i + 2]);
            if decoded.is_ascii_alphanumeric() || b"-._~*$".contains(&decoded) {
                out.push(char::from(decoded));
            } else {
                out.push_str(&text[i..i + 3]);
            }
            i += 2;
        } else {
            out.push(char::from(byte));
        }
        i += 1;
    }
    out
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit.to_ascii_uppercase() - b'A') + 10,
    }
}

/// Path and query of an http(s) URL as it is written: what rules are compared with. The fragment is
/// off, an empty path is `/`. Nothing for other texts.
pub fn path_and_query(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let host_end = rest.find(['/', '?']).unwrap_or(rest.len());
    if host_end == 0 {
        return None;
    }
    match &rest[host_end..] {
        "" => Some("/"),
        path => Some(path),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 9309, section 2.2.3, and the corners of its wildcards.
    #[test]
    fn stars_and_dollars() {
        for (pattern, path, matches) in [
            ("/", "/x", true),
            ("/fish", "/fish.html", true),
            ("/fish", "/Fish", false),
            ("/*.pdf$", "/docs/v1.2/file.pdf", true),
            ("/*.pdf$", "/file.pdf?x", false),
            ("/*.pdf", "/file.pdf?x", true),
            ("/a*b*c$", "/abcbc", true),
            ("/a*b*c$", "/abcb", false),
            ("/a**b", "/axb", true),
            ("/$", "/", true),
            ("/$", "/x", false),
            ("/a$b", "/a$b", true),
            ("/a*", "/a", true),
            ("/a*$", "/a/b", true),
            ("*", "/anything", true),
            ("*/x", "/a/x", true),
            ("$", "/", false),
            ("/x*x$", "/x", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(&normal(path)), matches, "{pattern} {path}");
        }
    }

    /// RFC 9309, section 2.2.2, the table of examples, and more of its kind.
    #[test]
    fn encoded_and_not() {
        for (pattern, path, matches) in [
            ("/foo/bar?baz=quz", "/foo/bar?baz=quz", true),
            ("/foo/bar?baz=https://foo.bar", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false),
            ("/foo/bar/\u{30c4}", "/foo/bar/%E3%83%84", true),
            ("/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84", true),
            ("/foo/bar/%62%61%7A", "/foo/bar/baz", true),
            ("/%61b", "/ab", true),
            ("/ab", "/%61b", true),
            ("/path/file-with-a-%2A.html", "/path/file-with-a-*.html", true),
            ("/path/foo-%24", "/path/foo-$", true),
            ("/path/foo-%24", "/path/foo-", false),
            ("/a%2Ab", "/axb", false),
            ("/%2", "/*", false),
            ("/a%2Fb", "/a/b", false),
            ("/100%", "/100%", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(&normal(path)), matches, "{pattern} {path}");
        }
    }

    #[test]
    fn hostile_patterns_stay_cheap() {
        let pattern = Pattern::new(&"*a".repeat(50_000));
        assert!(!pattern.matches(&"a".repeat(8_000)));
        assert!(Pattern::new(&"*".repeat(100_000)).matches("/x"));
    }

    #[test]
    fn paths_of_urls() {
        for (url, path) in [
            ("https://example.com", Some("/")),
            ("HTTPS://example.com?a=/b", Some("?a=/b")),
            ("https://example.com//a/../b#c", Some("//a/../b")),
            ("mailto:a@b", None),
            ("https:///x", None),
            ("/x", None),
        ] {
            assert_eq!(path_and_query(url), path, "{url}");
        }
    }

    /// The definition, without any cleverness: exponential, for short texts only.
    fn naive(pattern: &[u8], path: &[u8]) -> bool {
        match (pattern, path) {
            ([], _) => true,
            ([b'$'], rest) => rest.is_empty(),
            ([b'*', more @ ..], rest) => (0..=rest.len()).any(|n| naive(more, &rest[n..])),
            ([p, more @ ..], [c, rest @ ..]) => p == c && naive(more, rest),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_matcher_is_the_definition(pattern in "/?[ab/*]{0,8}\\$?", path in "/[ab/]{0,10}") {
            let expected = !pattern.is_empty() && naive(pattern.as_bytes(), path.as_bytes());
            if !pattern.is_empty() {
                prop_assert_eq!(Pattern::new(&pattern).matches(&normal(&path)), expected);
            }
        }

        #[test]
        fn normal_is_a_fixed_point(text in "([ -$&-~é]|%[0-9a-fA-F]{2}){0,30}") {
            let once = normal(&text);
            prop_assert_eq!(normal(&once), once);
        }
    }
}
