//! Each record by itself, and the records of one snapshot together.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crawl::UnixMicros;

use super::report::{Report, Rule};
use crate::read::digest::Check;
use crate::read::http::{self, RequestHead};
use crate::read::{DamageKind, Reader, Record, RecordType};
use crate::segment::marker_of;
use crate::{Attempt, Error, Purpose};

/// Fields of a request that hold secrets.
const SECRETS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// One attempt as the archive tells it.
pub(super) struct Seen {
    pub(super) attempt: Attempt,
    pub(super) url: String,
    pub(super) about: Arc<About>,
    pub(super) offset: u64,
    /// A robots.txt, decoded enough to be read; kept for robots attempts only.
    pub(super) body: Option<Vec<u8>>,
    /// `Location` of an answer to a robots request.
    pub(super) location: Option<String>,
}

/// What the warcinfo record of a segment promises.
#[derive(Default)]
pub(super) struct About {
    pub(super) file: String,
    pub(super) token: String,
    pub(super) user_agent: String,
    pub(super) contact: String,
    pub(super) delay_ms: u64,
}

impl Seen {
    /// On the frontier's clock.
    pub(super) fn started(&self) -> i64 {
        self.on_frontier(self.attempt.started)
    }

    pub(super) fn on_frontier(&self, at: UnixMicros) -> i64 {
        at.0.saturating_add(self.attempt.clock_offset_us)
    }

    pub(super) fn at(&self) -> (&str, u64) {
        (&self.about.file, self.offset)
    }
}

/// Reads a file to its end.
pub(super) fn read(path: &Path, report: &mut Report, seen: &mut Vec<Seen>) -> Result<(), Error> {
    let mut reader = Reader::open(path)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_open = marker_of(path).exists();
    report.figures.bytes += reader.file_bytes();
    let mut walk = Walk {
        report,
        seen,
        file,
        about: None,
        info_id: String::new(),
        ids: HashSet::new(),
        group: Vec::new(),
    };
    loop {
        match reader.next_record() {
            Ok(Some(record)) => walk.record(record),
            Ok(None) => break,
            Err(damage) if is_open && matches!(damage.kind, DamageKind::Torn) => {
                let note = format!(
                    "{} is open and ends inside a record: a crawl runs, or died",
                    walk.file
                );
                walk.report.notes.push(note);
                walk.group.clear();
                break;
            }
            Err(damage) => {
                walk.find(Rule::Damage, damage.offset, None, damage.kind.to_string());
                walk.group.clear();
                if matches!(damage.kind, DamageKind::Torn | DamageKind::Unreadable(_)) {
                    break;
                }
            }
        }
    }
    if !is_open && !walk.group.is_empty() {
        let offset = walk.group[0].offset;
        walk.find(Rule::Group, offset, None, "the file ends inside a snapshot".into());
    }
    Ok(())
}

struct Walk<'a> {
    report: &'a mut Report,
    seen: &'a mut Vec<Seen>,
    file: String,
    about: Option<Arc<About>>,
    info_id: String,
    ids: HashSet<String>,
    /// Records of the snapshot that is being read.
    group: Vec<Record>,
}

impl Walk<'_> {
    fn find(&mut self, rule: Rule, offset: u64, url: Option<&str>, message: String) {
        self.report.add(rule, (&self.file, offset), url, message);
    }

    fn record(&mut self, record: Record) {
        let kind = record.header.record_type();
        *self.report.figures.records.entry(kind.as_str().to_owned()).or_default() += 1;
        self.fields(&record);
        self.digests(&record);
        match kind {
            RecordType::Warcinfo => self.info(&record),
            RecordType::Metadata => {
                let group = std::mem::take(&mut self.group);
                self.snapshot(&group, &record);
            }
            _ => self.group.push(record),
        }
    }

    fn fields(&mut self, record: &Record) {
        let id = record.header.get("WARC-Record-ID").unwrap_or_default().to_owned();
        let url = record.header.uri("WARC-Target-URI").map(str::to_owned);
        let date = record.header.get("WARC-Date").unwrap_or_default();
        if date.parse::<jiff::Timestamp>().is_err() {
            let message = format!("WARC-Date {date:?} is no date");
            self.find(Rule::Field, record.offset, url.as_deref(), message);
        }
        if id.is_empty() {
            self.find(
                Rule::Field,
                record.offset,
                url.as_deref(),
                "WARC-Record-ID is missing".into(),
            );
        } else if !self.ids.insert(id) {
            self.find(
                Rule::Duplicate,
                record.offset,
                url.as_deref(),
                "its record id stands twice".into(),
            );
        }
        if record.header.record_type() == RecordType::Warcinfo {
            return;
        }
        if url.is_none() {
            self.find(Rule::Field, record.offset, None, "WARC-Target-URI is missing".into());
        }
        let names = record.header.get("WARC-Warcinfo-ID").unwrap_or_default();
        if self.about.is_none() || names != self.info_id {
            let message = "it names no warcinfo record of this file".to_owned();
            self.find(Rule::Field, record.offset, url.as_deref(), message);
        }
        let is_answer =
            matches!(record.header.record_type(), RecordType::Response | RecordType::Revisit);
        if is_answer && record.header.get("WARC-IP-Address").is_none() {
            self.find(
                Rule::Field,
                record.offset,
                url.as_deref(),
                "WARC-IP-Address is missing".into(),
            );
        }
    }

    fn digests(&mut self, record: &Record) {
        let url = record.header.uri("WARC-Target-URI").map(str::to_owned);
        match record.check_block_digest() {
            Check::Right | Check::RightWithoutChunks => {}
            Check::Absent => {
                self.find(
                    Rule::Digest,
                    record.offset,
                    url.as_deref(),
                    "it has no block digest".into(),
                );
            }
            Check::Unknown(said) => {
                let message = format!("the block digest {said:?} is of no known kind");
                self.find(Rule::Digest, record.offset, url.as_deref(), message);
            }
            Check::Wrong { said, found } => {
                let message = format!("the block digest is {said}, but its bytes give {found:?}");
                self.find(Rule::Digest, record.offset, url.as_deref(), message);
            }
        }
        if record.header.record_type() != RecordType::Response {
            return;
        }
        match record.check_payload_digest() {
            Check::Right | Check::RightWithoutChunks => {}
            other => {
                let message = format!("the payload digest is not right: {other:?}");
                self.find(Rule::Digest, record.offset, url.as_deref(), message);
            }
        }
    }

    fn info(&mut self, record: &Record) {
        let text = String::from_utf8_lossy(&record.block).into_owned();
        let value = |name: &str| {
            let lines = text.lines().filter_map(|line| line.split_once(':'));
            let found =
                lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
            found.map(str::to_owned).collect::<Vec<_>>()
        };
        let one = |name: &str| value(name).into_iter().next().unwrap_or_default();
        let about = About {
            file: self.file.clone(),
            token: one("newshound-token"),
            user_agent: one("http-header-user-agent"),
            contact: one("operator"),
            delay_ms: one("newshound-delay-ms").parse().unwrap_or(0),
        };
        for (what, text) in [
            ("http-header-user-agent", &about.user_agent),
            ("operator", &about.contact),
            ("newshound-token", &about.token),
        ] {
            if text.is_empty() {
                let message = format!("the warcinfo record does not say {what}");
                self.find(Rule::Identity, record.offset, None, message);
            }
        }
        self.report.figures.overrides.extend(value("newshound-override"));
        record.header.get("WARC-Record-ID").unwrap_or_default().clone_into(&mut self.info_id);
        self.about = Some(Arc::new(about));
    }

    /// The records that end with a metadata record.
    fn snapshot(&mut self, group: &[Record], metadata: &Record) {
        let url = metadata.header.uri("WARC-Target-URI").unwrap_or_default().to_owned();
        let attempt = match Attempt::parse(&metadata.block) {
            Ok(attempt) => attempt,
            Err(error) => {
                self.find(Rule::Group, metadata.offset, Some(&url), error.to_string());
                return;
            }
        };
        let of = |kinds: &[RecordType]| {
            group.iter().find(|record| kinds.contains(&record.header.record_type()))
        };
        let request = of(&[RecordType::Request]);
        let answer = of(&[RecordType::Response, RecordType::Revisit]);
        self.whole(group, metadata, &attempt, &url);
        if let Some(request) = request {
            self.request(request, &url);
        }
        let head = answer.and_then(|answer| self.answer(answer, &attempt, &url));
        let figures = &mut self.report.figures;
        match attempt.purpose {
            Purpose::Page => figures.pages += 1,
            Purpose::Robots => figures.robots += 1,
        }
        figures.failed += u64::from(answer.is_none());
        let is_robots = attempt.purpose == Purpose::Robots;
        let location = head.as_ref().and_then(|h| h.headers.text("location").map(Cow::into_owned));
        let body = answer.filter(|_| is_robots).map(|a| plain(a, head.as_ref()));
        let offset = metadata.offset;
        let about = self.about.clone().unwrap_or_default();
        self.seen.push(Seen { attempt, url, about, offset, body, location });
    }

    fn whole(&mut self, group: &[Record], metadata: &Record, attempt: &Attempt, url: &str) {
        let count = |kinds: &[RecordType]| {
            group.iter().filter(|r| kinds.contains(&r.header.record_type())).count()
        };
        let requests = count(&[RecordType::Request]);
        let answers = count(&[RecordType::Response, RecordType::Revisit]);
        let is_answered = attempt.outcome.parse::<u16>().is_ok();
        let is_whole = answers == usize::from(is_answered)
            && (requests == 1 || (requests == 0 && !is_answered))
            && group.iter().all(|r| r.header.uri("WARC-Target-URI") == Some(url));
        if !is_whole {
            let message = format!(
                "outcome {} with {requests} request and {answers} response records: the \
                    snapshot is not whole",
                attempt.outcome
            );
            self.find(Rule::Group, metadata.offset, Some(url), message);
        }
    }

    fn request(&mut self, record: &Record, url: &str) {
        let head = match http::parse_request(&record.block) {
            Ok(head) => head,
            Err(error) => {
                self.find(Rule::Http, record.offset, Some(url), format!("the request: {error}"));
                return;
            }
        };
        for secret in SECRETS {
            if head.headers.get(secret).is_some() {
                let message = format!("the request carries {secret}");
                self.find(Rule::Secret, record.offset, Some(url), message);
            }
        }
        self.identity(record, &head, url);
    }

    fn identity(&mut self, record: &Record, head: &RequestHead, url: &str) {
        let agent = head.headers.text("user-agent").unwrap_or_default().into_owned();
        let about = self.about.clone().unwrap_or_default();
        let has_both = agent.contains(&about.token) && agent.contains(&about.contact);
        if agent.is_empty() || agent != about.user_agent || !has_both {
            let message =
                format!("the user agent is {agent:?}, warcinfo says {:?}", about.user_agent);
            self.find(Rule::Identity, record.offset, Some(url), message);
        }
    }

    fn answer(
        &mut self,
        record: &Record,
        attempt: &Attempt,
        url: &str,
    ) -> Option<http::ResponseHead> {
        let head = match http::parse_response(&record.block) {
            Ok(head) => head,
            Err(error) => {
                self.find(Rule::Http, record.offset, Some(url), format!("the response: {error}"));
                return None;
            }
        };
        if attempt.outcome != head.status.to_string() {
            let message = format!("outcome {} but the status is {}", attempt.outcome, head.status);
            self.find(Rule::Group, record.offset, Some(url), message);
        }
        let said = head.headers.text("content-length").and_then(|text| text.trim().parse().ok());
        let stored = record.block_bytes - head.body_at as u64;
        let is_response = record.header.record_type() == RecordType::Response;
        let has_body = !matches!(head.status, 100..=199 | 204 | 304);
        if is_response && has_body && said.is_some_and(|said: u64| said != stored) {
            let message = format!("Content-Length says {said:?}, {stored} bytes are stored");
            self.find(Rule::Http, record.offset, Some(url), message);
        }
        if is_response && has_body && head.headers.get("transfer-encoding").is_some() {
            let message = "it says Transfer-Encoding, but is stored without".to_owned();
            self.find(Rule::Http, record.offset, Some(url), message);
        }
        Some(head)
    }
}

/// The body of a robots answer without its coding; what cannot be decoded stays as it is.
fn plain(record: &Record, head: Option<&http::ResponseHead>) -> Vec<u8> {
    use std::io::Read as _;
    let payload = record.payload();
    let codings = head.map(|head| head.headers.list("content-encoding")).unwrap_or_default();
    let mut plain = Vec::new();
    let read = match codings.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["gzip"] => {
            flate2::read::MultiGzDecoder::new(payload).take(ROBOTS_MAX).read_to_end(&mut plain)
        }
        ["br"] => {
            brotli::Decompressor::new(payload, 4_096).take(ROBOTS_MAX).read_to_end(&mut plain)
        }
        _ => return payload.to_vec(),
    };
    if read.is_ok() { plain } else { payload.to_vec() }
}

/// Bytes of a robots.txt that are read.
const ROBOTS_MAX: u64 = 512 * 1024;
