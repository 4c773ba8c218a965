//! What a user gives: a domain, a page, a feed or a sitemap.
//!
//! # Layout
//! - [`spec`]: a seed with its labels and its own delay, budget and scope
//! - [`labels`]: country, language and tags
//! - [`language`]: language tags in the form of BCP 47

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::{Band, CanonicalUrl, Entry, HostKey, UrlError};

pub mod labels;
pub mod language;
pub mod spec;

pub use labels::{LabelError, Labels};
pub use spec::{SeedSpec, SpecError, SpecField};

/// A seed as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Seed {
    /// A bare domain (`example.com`): tried with https, then with http after the delay.
    Domain(HostKey),
    /// A page, by its whole URL.
    Page(CanonicalUrl),
    /// A feed (RSS, Atom, JSON Feed), by its whole URL.
    Feed(CanonicalUrl),
    /// A sitemap or an index of sitemaps, by its whole URL.
    Sitemap(CanonicalUrl),
}

/// What kind of thing a seed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeedKind {
    /// See [`Seed::Domain`].
    Domain,
    /// See [`Seed::Page`].
    Page,
    /// See [`Seed::Feed`].
    Feed,
    /// See [`Seed::Sitemap`].
    Sitemap,
}

impl SeedKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Domain, Self::Page, Self::Feed, Self::Sitemap];

    /// The name in files, on the command line and in stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Page => "page",
            Self::Feed => "feed",
            Self::Sitemap => "sitemap",
        }
    }

    /// The kind of this name, in any case; `url`, `rss` and `atom` are understood as well.
    pub fn named(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "domain" | "host" => Some(Self::Domain),
            "page" | "url" => Some(Self::Page),
            "feed" | "rss" | "atom" => Some(Self::Feed),
            "sitemap" => Some(Self::Sitemap),
            _ => None,
        }
    }
}

impl fmt::Display for SeedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is no seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is neither a domain nor an http(s) URL: {reason}; write example.com or \
        https://example.com/news"
)]
pub struct SeedError {
    /// The text that was given, shortened.
    pub text: String,
    /// What is wrong with it.
    pub reason: SeedFault,
}

/// What is wrong with a text that is no seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeedFault {
    /// It is no URL that can be crawled.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Without a scheme and without a dot, it is a word.
    #[error("its name has no dot")]
    NoDot,
    /// The host name could not be looked up (RFC 1035, section 2.3.1; underscores are let pass).
    #[error("{0:?} cannot be part of a host name")]
    HostLabel(String),
    /// The host name is longer than a name can be (RFC 1035, section 2.3.4: 253 characters).
    #[error("its host name is {0} characters long, more than 253")]
    LongHost(usize),
    /// A number that only a URL parser takes for an address.
    #[error("it is a number, not a name")]
    Number,
    /// There is whitespace where none can be.
    #[error("there is a space in it")]
    Space,
    /// There is a control character in it, which a URL parser would drop silently.
    #[error("there is a control character in it")]
    Control,
    /// A mail address, or a login.
    #[error("there is an @ in front of the host")]
    Login,
    /// It was called a domain, but says more than a host.
    #[error("a domain has no port, path or query: call it a page, a feed or a sitemap")]
    MoreThanDomain,
}

impl Seed {
    /// Reads one seed: a URL with its scheme, or a domain (with a port or a path where needed).
    /// `feed://` and `feed:https://` are feeds; everything else is a domain or a page.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let text = text.trim();
        let read = || {
            if let Some(url) = feed_scheme(text) {
                return Ok(Self::Feed(absolute(&url)?));
            }
            if text.contains("://") {
                return Ok(Self::Page(absolute(text)?));
            }
            let url = without_scheme(text)?;
            check_dot(text)?;
            Ok(if is_bare(&url) { Self::Domain(url.host_key()) } else { Self::Page(url) })
        };
        read().map_err(|reason| SeedError { text: shorten(text), reason })
    }

    /// Reads a seed of a kind that is known. A domain may be written as the URL of its front page;
    /// the others may leave out `https://`.
    pub fn parse_as(kind: SeedKind, text: &str) -> Result<Self, SeedError> {
        let text = text.trim();
        let read = || {
            let feed = feed_scheme(text);
            let text = feed.as_deref().unwrap_or(text);
            let has_scheme = text.contains("://");
            let url = if has_scheme { absolute(text)? } else { without_scheme(text)? };
            match kind {
                SeedKind::Domain if is_bare(&url) => Ok(Self::Domain(url.host_key())),
                SeedKind::Domain => Err(SeedFault::MoreThanDomain),
                _ if !has_scheme => check_dot(text).map(|()| Self::at(kind, url)),
                _ => Ok(Self::at(kind, url)),
            }
        };
        read().map_err(|reason| SeedError { text: shorten(text), reason })
    }

    fn at(kind: SeedKind, url: CanonicalUrl) -> Self {
        match kind {
            SeedKind::Domain => Self::Domain(url.host_key()),
            SeedKind::Page => Self::Page(url),
            SeedKind::Feed => Self::Feed(url),
            SeedKind::Sitemap => Self::Sitemap(url),
        }
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> SeedKind {
        match self {
            Self::Domain(_) => SeedKind::Domain,
            Self::Page(_) => SeedKind::Page,
            Self::Feed(_) => SeedKind::Feed,
            Self::Sitemap(_) => SeedKind::Sitemap,
        }
    }

    /// The URL that is tried first.
    pub fn url(&self) -> CanonicalUrl {
        match self {
            Self::Domain(host) => CanonicalUrl::parse(&format!("https://{host}/"))
                .expect("a host key is a valid host"),
            Self::Page(url) | Self::Feed(url) | Self::Sitemap(url) => url.clone(),
        }
    }

    /// The host queue that the seed belongs to.
    pub fn host(&self) -> HostKey {
        match self {
            Self::Domain(host) => host.clone(),
            Self::Page(url) | Self::Feed(url) | Self::Sitemap(url) => url.host_key(),
        }
    }

    /// The entry with which the crawl begins.
    pub fn entry(&self) -> Entry {
        Entry {
            seed: Some(self.to_string()),
            http_fallback: self.kind() == SeedKind::Domain,
            ..Entry::new(self.url(), Band::Hub)
        }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(host) => host.fmt(f),
            Self::Page(url) | Self::Feed(url) | Self::Sitemap(url) => url.fmt(f),
        }
    }
}

/// The form in which seeds are stored; what is read from it is checked again.
#[derive(Serialize, Deserialize)]
struct Written {
    kind: SeedKind,
    at: String,
}

impl From<Seed> for Written {
    fn from(seed: Seed) -> Self {
        Self { kind: seed.kind(), at: seed.to_string() }
    }
}

impl TryFrom<Written> for Seed {
    type Error = SeedError;

    fn try_from(written: Written) -> Result<Self, SeedError> {
        Self::parse_as(written.kind, &written.at)
    }
}

/// What browsers once called feeds: `feed://example.com/rss` (by http) and `feed:https://…`.
fn feed_scheme(text: &str) -> Option<String> {
    let rest = text.get(..5).filter(|s| s.eq_ignore_ascii_case("feed:")).map(|_| &text[5..])?;
    match rest.strip_prefix("//") {
        Some(place) => Some(format!("http://{place}")),
        None => rest.contains("://").then(|| rest.to_owned()),
    }
}

fn absolute(text: &str) -> Result<CanonicalUrl, SeedFault> {
    if text.contains(char::is_control) {
        return Err(SeedFault::Control);
    }
    let url = CanonicalUrl::parse(text)?;
    check_host(&url)?;
    Ok(url)
}

fn without_scheme(text: &str) -> Result<CanonicalUrl, SeedFault> {
    if text.is_empty() {
        return Err(UrlError::NoHost.into());
    }
    if text.contains(char::is_whitespace) {
        return Err(SeedFault::Space);
    }
    let url = absolute(&format!("https://{text}"))?;
    // `mailto:someone@example.com` parses as user and host behind our https.
    if authority(text).contains('@') {
        return Err(SeedFault::Login);
    }
    let is_address = url.host_key().as_str().parse::<Ipv4Addr>().is_ok();
    let written = authority(text).split(':').next().unwrap_or_default();
    if is_address && written.parse::<Ipv4Addr>().is_err() {
        return Err(SeedFault::Number);
    }
    Ok(url)
}

/// What stands before the path of a URL without a scheme.
fn authority(text: &str) -> &str {
    let text = text.trim_start_matches('/');
    text.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

/// A word without a dot is taken for a host only where somebody says so, or it is this machine.
fn check_dot(text: &str) -> Result<(), SeedFault> {
    // The full stops that international names may be written with (UTS 46, section 4.5).
    const STOPS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];
    let place = authority(text);
    let name = place.split(':').next().unwrap_or_default();
    let is_known = place.starts_with('[')
        || name.eq_ignore_ascii_case("localhost")
        || name.trim_end_matches(STOPS).contains(STOPS);
    if is_known { Ok(()) } else { Err(SeedFault::NoDot) }
}

fn check_host(url: &CanonicalUrl) -> Result<(), SeedFault> {
    let host = url.host_key();
    let host = host.as_str();
    if host.starts_with('[') {
        return Ok(());
    }
    if host.len() > 253 {
        return Err(SeedFault::LongHost(host.len()));
    }
    let is_label = |label: &str| {
        let fits = (1..=63).contains(&label.len());
        let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        fits && label.bytes().all(known) && !label.starts_with('-') && !label.ends_with('-')
    };
    match host.split('.').find(|label| !is_label(label)) {
        Some(label) => Err(SeedFault::HostLabel(shorten(label))),
        None => Ok(()),
    }
}

/// Whether the URL says no more than a host.
fn is_bare(url: &CanonicalUrl) -> bool {
    url.is_front_page() && url.as_url().port().is_none()
}

/// A text from outside, short enough for a message.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
