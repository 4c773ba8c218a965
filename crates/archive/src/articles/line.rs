//! One line of a sidecar, and its header.

use crawl::UnixMicros;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The format that this program writes.
pub(super) const VERSION: u32 = 1;

/// The name of the format in a header.
const FORMAT: &str = "newshound-articles";

/// Bytes of a line at most: what a page of the largest size can come to. An article that is longer
/// is told as unreadable.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// The reason of [`Found::Unreadable`] for an article whose line would be too long.
const TOO_LONG: &str = "size";

/// The first line of a sidecar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// `newshound-articles`.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// The name of the segment's file.
    pub segment: String,
    /// The version of what has read the pages: lines of another one are stale.
    pub reader: u32,
}

impl Header {
    pub(super) fn new(segment: &str, reader: u32) -> Self {
        Self { format: FORMAT.into(), version: VERSION, segment: segment.into(), reader }
    }

    /// What is wrong with it, if anything.
    pub(super) fn fault(&self) -> Option<String> {
        (self.format != FORMAT).then(|| format!("it says that its format is {:?}", self.format))
    }
}

/// What was read of one snapshot. `T` is the article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line<T> {
    /// The id of the response or revisit record, without angle brackets.
    pub record: String,
    /// The URL.
    pub url: String,
    /// When the request began: the `WARC-Date` of the record, in UTC.
    #[serde(with = "date")]
    pub fetched: UnixMicros,
    /// Where the first record of the snapshot begins in the segment, in bytes.
    pub offset: u64,
    /// The payload digest of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// The version of what has read the page.
    pub reader: u32,
    /// The page asks not to be shown from an archive: no export has it unless it is asked for.
    #[serde(default, skip_serializing_if = "is_false")]
    pub noarchive: bool,
    /// What was found, under the name of its kind.
    #[serde(flatten)]
    pub found: Found<T>,
}

/// What a page holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found<T> {
    /// An article.
    Article(T),
    /// None, since it is something else, which is named: a hub, a feed, an error page.
    #[serde(rename = "none")]
    Nothing(String),
    /// A wall instead of content; its kind.
    Wall(String),
    /// It could not be read; the reason.
    Unreadable(String),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A line as it is written, with what its group has to know of it.
pub(super) struct Encoded {
    pub(super) json: Vec<u8>,
    pub(super) fetched: UnixMicros,
    pub(super) is_article: bool,
}

impl<T: Serialize> Line<T> {
    pub(super) fn encode(&self) -> Result<Encoded, Error> {
        let is_article = matches!(self.found, Found::Article(_));
        let json = serde_json::to_vec(self).map_err(Error::Encode)?;
        if json.len() < LINE_BYTES_MAX {
            return Ok(Encoded::new(json, self.fetched, is_article));
        }
        let found = Found::<()>::Unreadable(TOO_LONG.into());
        let (record, url, digest) = (self.record.clone(), self.url.clone(), self.digest.clone());
        let Self { fetched, offset, reader, noarchive, .. } = *self;
        let short = Line { record, url, fetched, offset, digest, reader, noarchive, found };
        Ok(Encoded::new(serde_json::to_vec(&short).map_err(Error::Encode)?, fetched, false))
    }
}

impl Encoded {
    fn new(mut json: Vec<u8>, fetched: UnixMicros, is_article: bool) -> Self {
        // JSON holds no line break outside of a string, and in a string it is escaped.
        json.push(b'\n');
        Self { json, fetched, is_article }
    }
}

/// A time as WARC 1.1 writes it: `2026-11-25T04:22:23.123456Z`.
mod date {
    use crawl::UnixMicros;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::record::warc_date;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    pub(super) fn serialize<S: Serializer>(at: &UnixMicros, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&warc_date(*at))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<UnixMicros, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(from)?;
        let parsed = text.parse::<jiff::Timestamp>().map_err(D::Error::custom)?;
        Ok(UnixMicros(parsed.as_microsecond()))
    }
}

/// What is looked at before a line is read as a whole.
#[derive(Deserialize)]
pub(super) struct Peek<'a> {
    #[serde(borrow)]
    pub(super) record: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    pub(super) url: std::borrow::Cow<'a, str>,
    #[serde(with = "date")]
    pub(super) fetched: UnixMicros,
    pub(super) offset: u64,
    pub(super) reader: u32,
}
