//! Bytes to links and metadata.
//!
//! What it is: pure functions on the bytes of one response. Which charset is it in, what does it
//! link to, what does it ask of robots, and is it tame enough for a parser that builds a tree.
//!
//! What it is not: it fetches nothing, reads no clock, keeps no state and never fails. Whatever the
//! web sends has an answer, and every answer has a bounded size.
//!
//! # Layout
//! - [`page`]: one HTML page: base, canonical, robots, links, guard
//! - [`charset`]: in which encoding a body is written, and how that is known
//! - [`robots`]: `X-Robots-Tag` and `<meta name=robots>`
//! - [`sniff`]: whether a body is HTML at all
//! - [`mod@reference`]: character references in attribute values

pub mod charset;
pub mod page;
pub mod reference;
pub mod robots;
pub mod sniff;

pub use charset::{Charset, CharsetSource};
pub use page::{Guard, Input, Limits, Link, Page, read_page};
pub use robots::RobotsMeta;
pub use sniff::is_html;
