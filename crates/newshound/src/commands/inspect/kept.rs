//! What the archive keeps of a URL.

use std::path::Path;

use anyhow::{Context, Result};
use archive::articles::{line_of, sidecar_of};
use archive::read::{Record, RecordType, http};
use archive::{Kept, Location};
use crawl::CanonicalUrl;
use extract::{Article, Input};
use fetch::coding;
use serde::Serialize;
use worker::reader::VERSION;

use super::DECODED_BYTES_MAX;
use super::answer::{Answer, text};
use super::article::{self, KeptArticle};
use super::reading::{Reading, time};

/// The snapshots of a URL: all of them by place, the last one whole.
pub(super) struct Snapshots {
    pub(super) lines: Vec<SnapshotLine>,
    last: Kept,
    /// The snapshot with the payload, where the last one is a revisit.
    referred: Option<Kept>,
}

/// Where a snapshot is.
#[derive(Debug, Serialize)]
pub(super) struct SnapshotLine {
    pub(super) date: String,
    pub(super) segment: String,
    pub(super) offset: u64,
}

impl Snapshots {
    /// Looks into an archive folder, beside a crawl; nothing when it keeps none.
    pub(super) fn look(folder: &Path, url: &CanonicalUrl) -> Result<Option<Self>> {
        let found = archive::find(folder, url.as_str())?;
        let Some(location) = found.last() else { return Ok(None) };
        let last = archive::load(location)?;
        let referred = match &last.response {
            Some(record) if is_revisit(record) => referred(folder, record, location)?,
            _ => None,
        };
        Ok(Some(Self { lines: found.iter().map(line).collect(), last, referred }))
    }

    /// The response that holds the payload.
    fn payload(&self) -> Result<&Record> {
        let record = self.last.response.as_ref().context("the last attempt brought no response")?;
        if !is_revisit(record) {
            return Ok(record);
        }
        let missing = "the snapshot that this revisit refers to is not in the archive";
        self.referred.as_ref().and_then(|kept| kept.response.as_ref()).context(missing)
    }

    /// What the crawl has kept of the article of the payload, beside the archive.
    fn article(&self) -> KeptArticle {
        let location = &self.referred.as_ref().unwrap_or(&self.last).location;
        let path = sidecar_of(&location.segment);
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let record = self.payload().ok().and_then(|record| record.header.uri("WARC-Record-ID"));
        match line_of::<Article>(location) {
            Ok(Some(line)) if line.reader != VERSION => KeptArticle::None(format!(
                "what {file} has is of reader {}, and this one is {VERSION}: `newshound archive \
                    read` makes it anew",
                line.reader
            )),
            Ok(Some(line)) if Some(line.record.as_str()) == record => {
                KeptArticle::Line(Box::new(line.found), file)
            }
            Ok(_) => KeptArticle::None("the crawl kept none beside the archive".to_owned()),
            Err(error) => KeptArticle::None(format!("what the crawl kept is damaged: {error}")),
        }
    }

    /// The content of the last snapshot, decoded; of the one it refers to when it is a revisit.
    pub(super) fn content(&self) -> Result<Vec<u8>> {
        let record = self.payload()?;
        let head = http::parse_response(&record.block).context("it holds no HTTP response")?;
        let codings = head.headers.list("content-encoding");
        let decoded = coding::decode(&codings, &record.block[head.body_at..], DECODED_BYTES_MAX)?;
        Ok(decoded.bytes.into_owned())
    }

    /// What the content says, where there is any that can be decoded.
    pub(super) async fn reading(
        &self,
        url: &CanonicalUrl,
        readers: &worker::reader::Config,
    ) -> Result<Option<Reading>> {
        let Ok(body) = self.content() else { return Ok(None) };
        let head = http::parse_response(&self.payload()?.block)?;
        let content_type = head.headers.text("content-type");
        let robots_tags: Vec<String> = head.headers.all("x-robots-tag").map(text).collect();
        let input = Input {
            url: url.as_url(),
            content_type: content_type.as_deref(),
            robots_tags: &robots_tags,
            body: &body,
        };
        let all: Vec<(String, Vec<u8>)> =
            head.headers.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
        let answer = extract::wall::Answer { url, status: head.status, headers: &all };
        let reading = self.as_judged(Reading::of(&input, &answer)?);
        Ok(Some(article::kept_or_read(readers, self.article(), &input, reading).await))
    }

    /// The reading, with what the crawl knew besides: that it met a wall, and what the origin said
    /// of the use.
    fn as_judged(&self, mut reading: Reading) -> Reading {
        let Some(attempt) = &self.last.attempt else { return reading };
        let fields = attempt.extra.iter();
        let said = fields.filter(|(name, _)| name == "usage").map(|(_, said)| said.clone());
        let said: Vec<String> = said.collect();
        if !said.is_empty() {
            reading.usage = said;
        }
        let field = |wanted: &str| {
            let found = attempt.extra.iter().find(|(name, _)| name == wanted);
            found.map_or("", |(_, value)| value.as_str())
        };
        if attempt.flags.iter().any(|flag| flag == "wall") {
            let wall = format!("{} by {}", field("wall-kind"), field("wall-by"));
            return reading.walled(wall);
        }
        reading
    }

    /// The last answer; nothing when the last attempt brought none.
    pub(super) fn answer(&self) -> Option<Answer> {
        let record = self.last.response.as_ref()?;
        let head = http::parse_response(&record.block).ok()?;
        let headers = head.headers.iter().map(|(name, value)| (name.to_owned(), text(value)));
        Some(Answer {
            is_revisit: is_revisit(record),
            headers: headers.collect(),
            body_bytes: (record.block.len() - head.body_at) as u64,
            version: head.version,
            status: head.status,
            reason: head.reason,
            cut: record.header.get("WARC-Truncated").map(str::to_owned),
        })
    }

    /// The fields of the last attempt's metadata record.
    pub(super) fn attempt(&self) -> Option<Vec<(String, String)>> {
        let written = self.last.attempt.as_ref()?.to_fields();
        let pairs = written.lines().filter_map(|line| line.split_once(": "));
        Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

fn is_revisit(record: &Record) -> bool {
    record.header.record_type() == RecordType::Revisit
}

/// The latest whole response before a revisit, of the URL that it refers to.
fn referred(folder: &Path, record: &Record, at: &Location) -> Result<Option<Kept>> {
    let Some(of) = record.header.uri("WARC-Refers-To-Target-URI") else { return Ok(None) };
    let found = archive::find(folder, of)?;
    for location in found.iter().rev().filter(|location| *location < at) {
        let kept = archive::load(location)?;
        let kind = kept.response.as_ref().map(|response| response.header.record_type());
        if kind == Some(RecordType::Response) {
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

fn line(location: &Location) -> SnapshotLine {
    let name = location.segment.file_name().unwrap_or_default();
    SnapshotLine {
        date: time(location.date),
        segment: name.to_string_lossy().into_owned(),
        offset: location.offset,
    }
}
