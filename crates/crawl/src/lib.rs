//! The words and the rules of a polite crawl.
//!
//! What it is: the vocabulary that every other crate speaks (URLs, hosts, outlets, bands, entries)
//! and every decision of policy as a pure function: what robots.txt allows, how long a host rests,
//! when a page is visited again, what is in scope.
//!
//! What it is not: it does no I/O, reads no clock and draws no random number. The traits for those
//! ([`Clock`], [`Random`]) are named here, because every crate is handed them; who implements them
//! is another matter.
//!
//! # Layout
//! - [`time`]: points in time, the clock and the source of randomness as they are handed in
//! - [`url`]: canonical URLs, host keys, origins, fingerprints
//! - [`outlet`]: the publisher a host belongs to
//! - [`share`]: which part of all outlets a host belongs to, whatever the list says
//! - [`seed`]: what a user gives: a domain, a page, a feed or a sitemap
//! - [`entry`]: what the frontier keeps of a URL: band, lane, depth, validators
//! - [`hub`]: what is remembered of a hub: what it is, how it was found, what it brings
//! - [`account`]: what a crawl has spent on an outlet and got for it
//! - [`budget`]: what an outlet may cost in a day, and how that is shared out
//! - [`digest`]: the digest of a text
//! - [`directive`]: what operators ask of a host or an outlet
//! - [`freshness`]: the histogram from publication to snapshot
//! - [`terms`]: what seeds ask for their outlet, and what came of them
//! - [`scope`]: which links belong to a crawl
//! - [`shape`]: what the form of a URL tells
//! - [`variants`]: parts of a URL that do not change the article
//! - [`traps`]: URLs without end that bring nothing
//! - [`habits`]: what the URLs of a host have shown, by which both are told
//! - [`robots`]: robots.txt: rules, matcher, and what the answer to its request means
//! - [`optout`]: what a site says of the use of its texts
//! - [`wall`]: what stands between us and a page, and when a host rests for it
//! - [`politeness`]: delay, back-off and `Retry-After`
//! - [`retry`]: which failures are tried again
//! - [`revisit`]: when a hub is visited again
//! - [`duration`]: durations as people write them
//! - [`identity`]: who we say we are
//! - [`agency`]: wire agencies and their names

pub mod account;
pub mod agency;
pub mod budget;
pub mod digest;
pub mod directive;
pub mod duration;
pub mod entry;
pub mod freshness;
pub mod habits;
pub mod hub;
pub mod identity;
pub mod optout;
pub mod outlet;
pub mod politeness;
pub mod retry;
pub mod revisit;
pub mod robots;
pub mod scope;
pub mod seed;
pub mod shape;
pub mod share;
pub mod terms;
pub mod time;
pub mod traps;
pub mod url;
pub mod variants;
pub mod wall;

pub use account::{Account, Posting};
pub use digest::TextDigest;
pub use directive::{Directive, Order};
pub use entry::{Band, Entry, Lane, Listed, Validators};
pub use freshness::Freshness;
pub use habits::{Fetched, Habits};
pub use hub::{Brought, Found, Hub, HubKind};
pub use identity::Identity;
pub use outlet::Outlet;
pub use scope::{Scope, ScopeRule};
pub use seed::{LabelError, Labels, Seed, SeedError, SeedKind, SeedSpec, SpecError, SpecField};
pub use share::{SHARES, Share};
pub use terms::{SeedState, Terms};
pub use time::{Clock, Random, UnixMicros};
pub use url::{CanonicalUrl, Fingerprint, HostKey, Origin, UrlError};
pub use wall::WallKind;
