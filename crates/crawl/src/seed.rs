//! What a user gives: a domain or a page.

use crate::{Band, CanonicalUrl, Entry, HostKey, UrlError};

/// A seed as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seed {
    /// A bare domain (`example.com`): tried with https, then with http after the delay.
    Domain(HostKey),
    /// A page, by its whole URL.
    Page(CanonicalUrl),
}

/// Why a line is not a seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is neither a domain nor an http(s) URL: {reason}; write example.com or \
        https://example.com/news"
)]
pub struct SeedError {
    /// The text that was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: UrlError,
}

impl Seed {
    /// Reads one seed: a URL with its scheme, or a domain (with a port or a path where needed).
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let text = text.trim();
        let refused = |reason| SeedError { text: shorten(text), reason };
        if text.contains("://") {
            return CanonicalUrl::parse(text).map(Self::Page).map_err(refused);
        }
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(refused(UrlError::NoHost));
        }
        let url = CanonicalUrl::parse(&format!("https://{text}")).map_err(refused)?;
        // `mailto:someone@example.com` parses as user and host behind our https.
        if text.contains('@') {
            return Err(refused(UrlError::NoHost));
        }
        let is_known_form =
            text.contains('.') || text.starts_with('[') || text.starts_with("localhost");
        match (is_known_form, url.is_front_page() && url.as_url().port().is_none()) {
            (false, _) => Err(refused(UrlError::NoHost)),
            (true, true) => Ok(Self::Domain(url.host_key())),
            (true, false) => Ok(Self::Page(url)),
        }
    }

    /// The entry with which the crawl begins.
    pub fn entry(&self) -> Entry {
        let (url, http_fallback) = match self {
            Self::Domain(host) => (
                CanonicalUrl::parse(&format!("https://{host}/"))
                    .expect("a host key is a valid host"),
                true,
            ),
            Self::Page(url) => (url.clone(), false),
        };
        let seed = Some(self.to_string());
        Entry { seed, http_fallback, ..Entry::new(url, Band::Hub) }
    }
}

impl std::fmt::Display for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Domain(host) => host.fmt(f),
            Self::Page(url) => url.fmt(f),
        }
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_pages() {
        for (text, seed, url, fallback) in [
            ("example.com", "example.com", "https://example.com/", true),
            (" Example.COM/ ", "example.com", "https://example.com/", true),
            ("bücher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example/", true),
            ("example.com/news", "https://example.com/news", "https://example.com/news", false),
            ("http://example.com", "http://example.com/", "http://example.com/", false),
            ("localhost:8080", "https://localhost:8080/", "https://localhost:8080/", false),
        ] {
            let parsed = Seed::parse(text).unwrap();
            assert_eq!(parsed.to_string(), seed);
            let entry = parsed.entry();
            assert_eq!((entry.url.as_str(), entry.http_fallback), (url, fallback));
            assert_eq!(entry.band, Band::Hub);
        }
    }

    #[test]
    fn refused_with_the_text_and_a_remedy() {
        for text in
            ["", "two words.com", "mailto:a@b.com", "ftp://example.com/", "word", "https://"]
        {
            let error = Seed::parse(text).unwrap_err().to_string();
            assert!(error.contains("example.com"), "{error}");
        }
    }
}
