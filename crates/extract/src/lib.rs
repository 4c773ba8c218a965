//! Bytes to links, entries of feeds and sitemaps, and metadata.
//!
//! What it is: pure functions on the bytes of one response. What kind is it, which charset is it
//! in,
//! what does it link to or list, what does it ask of robots, and is it tame enough for a parser
//! that
//! builds a tree.
//!
//! What it is not: it fetches nothing, reads no clock, keeps no state and never fails. Whatever the
//! web sends has an answer, and every answer has a bounded size.
//!
//! # Layout
//! - [`kind`]: what a body is: a page, a feed, a sitemap
//! - [`page`]: one HTML page: base, canonical, robots, links, guard
//! - [`article`]: the article of a page: headline, text, authors, dates, agency
//! - [`feed`]: one feed: its entries, and how often to ask for it
//! - [`sitemap`]: one sitemap: its URLs, their dates, their news
//! - [`charset`]: in which encoding a body is written, and how that is known
//! - [`robots`]: `X-Robots-Tag` and `<meta name=robots>`
//! - [`mod@skim`]: a glance at the text of a page, and its digest
//! - [`sniff`]: whether a body is HTML at all
//! - [`usage`]: what is said of text and data mining
//! - [`wall`]: consent pages, challenges, logins and geo blocks served instead of content
//! - [`mod@reference`]: character references in attribute values

pub mod article;
pub mod charset;
pub mod feed;
pub mod kind;
pub mod page;
pub mod reference;
pub mod robots;
pub mod sitemap;
pub mod skim;
pub mod sniff;
pub mod usage;
pub mod wall;

mod date;
mod text;
mod xml;

pub use article::{
    AgencyHint, AgencySource, Article, ArticleKind, Paragraph, ParagraphKind, TextSource,
    read_article,
};
pub use charset::{Charset, CharsetSource};
pub use date::{NoStamp, Stamp};
pub use feed::{Feed, FeedEntry, FeedFormat, FeedLimits, read_feed};
pub use kind::{Kind, kind_of};
pub use page::{Declared, FeedLink, Guard, Input, Limits, Link, Page, read_page};
pub use robots::RobotsMeta;
pub use sitemap::{News, Sitemap, SitemapEntry, SitemapKind, SitemapLimits, read_sitemap};
pub use skim::{Skim, skim};
pub use sniff::is_html;
pub use usage::{TdmNotice, read_tdmrep};
pub use wall::{Wall, WallSign};
