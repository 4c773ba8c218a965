//! Validators and caching: what a server says about a document, and whether the client has it.

use super::outlet::{Freshness, Outlet, Validators};
use crate::clock::{http_date, read_http_date};
use crate::dice::Dice;
use crate::in_process::Asked;

/// What is known of a document before it is written.
pub(super) struct Document {
    pub(super) media: &'static str,
    /// Changes when the document does.
    pub(super) mark: u64,
    pub(super) modified_s: i64,
    /// Whether it lists what is new.
    pub(super) is_list: bool,
}

impl Outlet {
    fn tag(&self, document: &Document, target: &str) -> Option<String> {
        let mark = Dice::new(self.seed, target, &self.domain, document.mark).roll();
        match self.validators {
            Validators::Both | Validators::Tag => Some(format!("\"{mark:016x}\"")),
            Validators::WeakTag => Some(format!("W/\"{mark:016x}\"")),
            Validators::Date | Validators::None | Validators::Stamp => None,
        }
    }

    fn last_modified(&self, document: &Document) -> Option<u64> {
        let dated = matches!(self.validators, Validators::Both | Validators::Date);
        dated.then(|| self.unix(document.modified_s))
    }

    /// The headers that a document goes out with, and a 304 too.
    pub(super) fn headers(&self, document: &Document, target: &str) -> Vec<(String, String)> {
        let mut headers = Vec::with_capacity(6);
        let mut header = |name: &str, value| headers.push((name.to_owned(), value));
        if let Some(tag) = self.tag(document, target) {
            header("ETag", tag);
        }
        if let Some(unix_s) = self.last_modified(document) {
            header("Last-Modified", http_date(unix_s));
        }
        match self.freshness {
            Freshness::Unsaid => {}
            Freshness::Right(seconds) => header("Cache-Control", format!("max-age={seconds}")),
            Freshness::TooLong => header("Cache-Control", "public, max-age=604800".to_owned()),
            Freshness::NoStore => header("Cache-Control", "no-store".to_owned()),
        }
        headers
    }

    /// Whether the client has it already (RFC 9110, section 13.2.2).
    pub(super) fn is_known(&self, asked: &Asked<'_>, document: &Document) -> bool {
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        if let Some(known) = asked.if_none_match.filter(|known| !known.is_empty()) {
            let tag = self.tag(document, asked.target).map(|tag| bare(&tag));
            return tag.is_some_and(|tag| known.split(',').any(|known| bare(known) == tag));
        }
        let since = asked.if_modified_since.and_then(read_http_date);
        let modified = self.last_modified(document);
        modified.zip(since).is_some_and(|(modified, since)| modified <= since)
    }
}
