//! Canonical URLs, host keys, origins and fingerprints.
//!
//! A URL is parsed as browsers do (WHATWG URL standard), then made canonical: no fragment, no
//! credentials, no default port, no trailing dot of the host, no known tracking parameters, no
//! empty query. The query is sorted only where a [`QueryRule`] says so: order can carry meaning.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longest canonical URL that is accepted, in bytes. Browsers and servers work up to about 8 KiB;
/// what is longer is a trap or an accident.
pub const URL_BYTES_MAX: usize = 8_192;

/// Query parameters that say where a reader came from and never change the page.
const TRACKING: &[&str] = &[
    "_ga",
    "_gl",
    "cmpid",
    "dclid",
    "fbclid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "igsh",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "msclkid",
    "oly_anon_id",
    "oly_enc_id",
    "s_cid",
    "twclid",
    "ttclid",
    "vero_id",
    "wbraid",
    "wt_mc",
    "xtor",
    "yclid",
    "_hsenc",
    "_hsmi",
];

/// Beginnings of such parameters.
const TRACKING_PREFIXES: &[&str] = &["utm_", "at_custom", "pk_campaign", "pk_kwd", "mtm_"];

/// Why a text is not a URL that can be crawled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// The WHATWG parser refused it.
    #[error("not a URL ({0})")]
    Malformed(url::ParseError),
    /// Only `http` and `https` can be crawled.
    #[error("the scheme {0:?} is not http or https")]
    Scheme(String),
    /// There is no host to talk to.
    #[error("there is no host in it")]
    NoHost,
    /// It is longer than [`URL_BYTES_MAX`].
    #[error("it is {0} bytes long, more than {URL_BYTES_MAX}")]
    TooLong(usize),
}

/// A URL in the one form in which it is compared, stored and fetched.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CanonicalUrl(Url);

impl CanonicalUrl {
    /// Parses an absolute URL and makes it canonical.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::from_url(Url::parse(text).map_err(UrlError::Malformed)?, QueryRule::Keep)
    }

    /// Resolves `reference` against `base` and makes the result canonical.
    pub fn join(base: &Url, reference: &str) -> Result<Self, UrlError> {
        if reference.len() > URL_BYTES_MAX {
            return Err(UrlError::TooLong(reference.len()));
        }
        Self::from_url(base.join(reference).map_err(UrlError::Malformed)?, QueryRule::Keep)
    }

    /// Makes a parsed URL canonical.
    pub fn from_url(mut url: Url, query: QueryRule) -> Result<Self, UrlError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        url.set_fragment(None);
        // Both setters fail only for URLs without a host, which http and https never are.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        strip_trailing_dot(&mut url)?;
        clean_query(&mut url, query);
        match url.as_str().len() {
            n if n > URL_BYTES_MAX => Err(UrlError::TooLong(n)),
            _ => Ok(Self(url)),
        }
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL in its parsed form.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The host queue this URL belongs to.
    pub fn host_key(&self) -> HostKey {
        HostKey(self.0.host_str().unwrap_or_default().to_owned())
    }

    /// The origin whose robots.txt rules this URL.
    pub fn origin(&self) -> Origin {
        Origin(self.0.origin().ascii_serialization())
    }

    /// Path and query: what robots rules are compared with.
    pub fn path_and_query(&self) -> &str {
        &self.0[url::Position::BeforePath..]
    }

    /// Whether this is the front page of its origin: path `/`, no query.
    pub fn is_front_page(&self) -> bool {
        self.0.path() == "/" && self.0.query().is_none()
    }

    /// The 64-bit fingerprint under which the frontier remembers the URL.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.as_str())
    }
}

impl fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl TryFrom<String> for CanonicalUrl {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::parse(&text)
    }
}

impl From<CanonicalUrl> for String {
    fn from(url: CanonicalUrl) -> Self {
        url.0.into()
    }
}

/// What may be done to the order of a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryRule {
    /// Leave the order as it is.
    #[default]
    Keep,
    /// Sort the parameters by bytes: for outlets known to write one page in several orders.
    Sort,
}

fn strip_trailing_dot(url: &mut Url) -> Result<(), UrlError> {
    let host = url.host_str().ok_or(UrlError::NoHost)?;
    let bare = host.trim_end_matches('.').to_owned();
    if bare.is_empty() {
        return Err(UrlError::NoHost);
    }
    if bare.len() != host.len() {
        url.set_host(Some(&bare)).map_err(UrlError::Malformed)?;
    }
    Ok(())
}

fn clean_query(url: &mut Url, rule: QueryRule) {
    let Some(query) = url.query() else { return };
    let mut kept: Vec<&str> = query.split('&').filter(|pair| !is_tracking(pair)).collect();
    if rule == QueryRule::Sort {
        kept.sort_unstable();
    }
    let cleaned = kept.join("&");
    if cleaned != query || cleaned.is_empty() {
        url.set_query((!cleaned.is_empty()).then_some(cleaned.as_str()));
    }
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or(pair).to_ascii_lowercase();
    TRACKING.contains(&name.as_str()) || TRACKING_PREFIXES.iter().any(|p| name.starts_with(p))
}

/// The name of a host queue: the lower-case host, without scheme and port. IPv6 addresses stand in
/// brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostKey(String);

impl HostKey {
    /// The key for a host as it stands in a URL; international names are given in either form.
    pub fn parse(host: &str) -> Result<Self, UrlError> {
        let bare = host.trim_end_matches('.');
        let host: Host<String> = Host::parse(bare).map_err(UrlError::Malformed)?;
        Ok(Self(host.to_string()))
    }

    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The publisher this host belongs to.
    pub fn outlet(&self) -> crate::Outlet {
        crate::Outlet::of(self)
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Scheme, host and port: what a robots.txt belongs to (RFC 9309, section 2.3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// The origin as text: `https://example.com` or `http://example.com:8080`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the origin keeps its robots.txt.
    pub fn robots_url(&self) -> CanonicalUrl {
        CanonicalUrl::parse(&format!("{}/robots.txt", self.0))
            .expect("an origin is made from a canonical URL only")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// 63 bits that stand for a URL in the set of seen URLs.
///
/// The first eight bytes of BLAKE3 without the lowest bit: nobody can make a URL that hides another
/// one (a second preimage costs 2^63), and among 100 million URLs one accidental collision is
/// expected in 1,800 crawls. Backends use the bit that is left over: a sign says where a URL waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// The fingerprint of a canonical URL's text.
    pub fn of(text: &str) -> Self {
        let hash = blake3::hash(text.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        Self(u64::from_le_bytes(first) >> 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn canonical_form() {
        for (given, canonical) in [
            ("HTTP://Example.COM:80/a#b", "http://example.com/a"),
            ("https://example.com:443", "https://example.com/"),
            ("https://example.com:8443/", "https://example.com:8443/"),
            ("https://example.com./x", "https://example.com/x"),
            ("https://user:pw@example.com/x", "https://example.com/x"),
            ("https://example.com/a?utm_source=x&id=3&fbclid=9", "https://example.com/a?id=3"),
            ("https://example.com/a?UTM_Medium=x", "https://example.com/a"),
            ("https://example.com/a?", "https://example.com/a"),
            ("https://example.com/a?b=2&a=1", "https://example.com/a?b=2&a=1"),
            ("https://example.com/a?x=%2F+y&z", "https://example.com/a?x=%2F+y&z"),
            ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
            ("https://example.com/a/../b/./c", "https://example.com/b/c"),
            ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
            ("http://0x7f.1/", "http://127.0.0.1/"),
        ] {
            assert_eq!(CanonicalUrl::parse(given).unwrap().as_str(), canonical, "{given}");
        }
    }

    #[test]
    fn refused() {
        assert!(matches!(CanonicalUrl::parse("mailto:a@b.c"), Err(UrlError::Scheme(_))));
        assert!(matches!(CanonicalUrl::parse("/relative"), Err(UrlError::Malformed(_))));
        assert!(CanonicalUrl::parse("https:///").is_err());
        assert!(CanonicalUrl::parse("http://./").is_err());
        let long = format!("https://example.com/{}", "a".repeat(URL_BYTES_MAX));
        assert!(matches!(CanonicalUrl::parse(&long), Err(UrlError::TooLong(_))));
    }

    #[test]
    fn the_query_is_sorted_only_by_rule() {
        let url = Url::parse("https://example.com/?b=2&a=1").unwrap();
        let sorted = CanonicalUrl::from_url(url, QueryRule::Sort).unwrap();
        assert_eq!(sorted.as_str(), "https://example.com/?a=1&b=2");
    }

    #[test]
    fn parts() {
        let url = CanonicalUrl::parse("https://News.example.com:8443/a?b").unwrap();
        assert_eq!(url.host_key().as_str(), "news.example.com");
        assert_eq!(url.origin().as_str(), "https://news.example.com:8443");
        assert_eq!(url.origin().robots_url().as_str(), "https://news.example.com:8443/robots.txt");
        assert_eq!(url.path_and_query(), "/a?b");
        assert!(!url.is_front_page());
        assert!(CanonicalUrl::parse("https://example.com").unwrap().is_front_page());
    }

    #[test]
    fn the_fingerprint_is_fixed_for_ever() {
        let url = CanonicalUrl::parse("https://example.com/").unwrap();
        assert_eq!(url.fingerprint(), Fingerprint::of("https://example.com/"));
        // Stored in every frontier: a change of this value makes all of them forget.
        assert_eq!(format!("{:016x}", url.fingerprint().0), FIXED);
    }

    const FIXED: &str = "2b3d111e38bb7c0c";

    proptest! {
        #[test]
        fn canonical_is_a_fixed_point(
            text in "https?://[a-z]{1,8}\\.(com|test)(:[0-9]{2,4})?/[ -~]{0,40}"
        ) {
            if let Ok(url) = CanonicalUrl::parse(&text) {
                prop_assert_eq!(&CanonicalUrl::parse(url.as_str()).unwrap(), &url);
            }
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,80}") {
            let _ = CanonicalUrl::parse(&text);
        }
    }
}
