//! How stories and articles are named on the command line.

use std::fmt;
use std::str::FromStr;

use crawl::{CanonicalUrl, Seed};

/// Numbers are kept as `SQLite` has them.
const NUMBER_MAX: u64 = i64::MAX as u64;

/// What a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// `s12`: a story.
    Story(u64),
    /// `d40`: an article, by its number in the order of arrival.
    Document(u64),
    /// `12`: what the command is about by itself.
    Number(u64),
    /// All versions of an article, by their URL.
    Url {
        /// Where they are looked for first.
        url: CanonicalUrl,
        /// Where they are looked for then: the scheme was not given.
        otherwise: Option<CanonicalUrl>,
    },
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        // No store has numbers beyond that.
        let number = |text: &str| text.parse().ok().filter(|number| *number <= NUMBER_MAX);
        if let Some(number) = number(text) {
            return Ok(Self::Number(number));
        }
        if let Some(number) = text.strip_prefix(['s', 'S']).and_then(number) {
            return Ok(Self::Story(number));
        }
        if let Some(number) = text.strip_prefix(['d', 'D']).and_then(number) {
            return Ok(Self::Document(number));
        }
        let Ok(seed) = Seed::parse(text) else {
            return Err("write the number of a story (s12) or of a document (d40), or a URL".into());
        };
        let url = seed.entry().url;
        let otherwise = (!text.contains("://"))
            .then(|| CanonicalUrl::parse(&url.as_str().replacen("https:", "http:", 1)).ok());
        Ok(Self::Url { url, otherwise: otherwise.flatten() })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Story(number) => write!(f, "s{number}"),
            Self::Document(number) => write!(f, "d{number}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Url { url, .. } => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stories_documents_and_urls() {
        let read = |text: &str| text.parse::<Name>();
        assert_eq!(read("s12"), Ok(Name::Story(12)));
        assert_eq!(read("D40"), Ok(Name::Document(40)));
        assert_eq!(read(" 7 "), Ok(Name::Number(7)));
        for (text, first, then) in [
            ("http://a.test/x", "http://a.test/x", None),
            ("a.test/x", "https://a.test/x", Some("http://a.test/x")),
        ] {
            let Ok(Name::Url { url, otherwise }) = read(text) else { panic!("{text}") };
            assert_eq!((url.as_str(), otherwise.as_ref().map(CanonicalUrl::as_str)), (first, then));
        }
        for text in ["", "s", "story", "-1", "s1x", "9223372036854775808"] {
            assert!(read(text).unwrap_err().contains("s12"), "{text}");
        }
    }
}
