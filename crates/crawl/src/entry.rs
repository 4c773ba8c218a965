//! What the frontier keeps of a URL.

use serde::{Deserialize, Serialize};

use crate::{CanonicalUrl, Hub, UnixMicros};

/// The priority of a URL within its host queue. Bands take turns (see `frontier`), so that none
/// holds back another for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Seeds, front pages and other hubs: they list new articles.
    Hub,
    /// Articles that a hub has just listed for the first time.
    Article,
    /// Everything else.
    Backfill,
}

impl Band {
    /// All bands, in the order of their turn.
    pub const ALL: [Self; 3] = [Self::Hub, Self::Article, Self::Backfill];

    /// The lane from which hosts with URLs of this band are leased.
    pub fn lane(self) -> Lane {
        match self {
            Self::Hub | Self::Article => Lane::Fresh,
            Self::Backfill => Lane::Backfill,
        }
    }

    /// The name in figures, logs and stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Article => "article",
            Self::Backfill => "backfill",
        }
    }

    /// The place in [`Band::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Hub => 0,
            Self::Article => 1,
            Self::Backfill => 2,
        }
    }
}

/// From which queue of hosts a lease is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Hubs, and the articles just found through them.
    Fresh,
    /// Everything else.
    Backfill,
}

/// A URL on its way through the frontier, with all that its visit needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where to go.
    pub url: CanonicalUrl,
    /// Its priority within the host queue.
    pub band: Band,
    /// Links followed from a seed; seeds are 0. A redirect does not add to it.
    #[serde(default, skip_serializing_if = "is_zero_u16")]
    pub depth: u16,
    /// Redirects followed to get here.
    #[serde(default, skip_serializing_if = "is_zero_u8")]
    pub hops: u8,
    /// Failed attempts so far.
    #[serde(default, skip_serializing_if = "is_zero_u8")]
    pub attempt: u8,
    /// The seed that this entry stands for, as the user gave it (it survives redirects).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// A bare domain that is tried with `http` when `https` does not answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub http_fallback: bool,
    /// What the last visit left behind; present on a revisit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revisit: Option<Box<Validators>>,
    /// What is remembered of a hub; present where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<Box<Hub>>,
    /// When a hub listed it as new; present on articles found so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Listed>,
}

impl Entry {
    /// A URL of this band without history.
    pub fn new(url: CanonicalUrl, band: Band) -> Self {
        Self {
            url,
            band,
            depth: 0,
            hops: 0,
            attempt: 0,
            seed: None,
            http_fallback: false,
            revisit: None,
            hub: None,
            listed: None,
        }
    }

    /// A hub that was found, not visited yet.
    pub fn hub(url: CanonicalUrl, hub: Hub) -> Self {
        Self { hub: Some(Box::new(hub)), ..Self::new(url, Band::Hub) }
    }
}

/// Since when an article is known to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The time of publication that the hub gives, or the time at which it was first seen there.
    pub at: UnixMicros,
    /// Whether it is the time of publication.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_published: bool,
}

/// What a visit leaves for the next one of the same URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The `ETag` field as received; sent back as `If-None-Match` (RFC 9110, section 8.8.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The `Last-Modified` field as received; sent back as `If-Modified-Since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// Digest of the stored payload, as WARC writes it: `sha1:BASE32`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload_digest: Option<String>,
    /// `WARC-Date` of the snapshot that holds the payload.
    #[serde(default)]
    pub stored_at: UnixMicros,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero_u16(n: &u16) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero_u8(n: &u8) -> bool {
    *n == 0
}
