//! Archives as a crawl would have written them, to be broken one way at a time.

use std::path::Path;

use crawl::{CanonicalUrl, Directive, UnixMicros};
use tempfile::TempDir;

use crate::audit::{Report, Rule, run};
use crate::record::warc_date;
use crate::testing::warc::{Raw, file};
use crate::{Attempt, Purpose, payload_digest};

pub(super) const AGENT: &str = "newshound/1 (+ops@crawler.test)";
pub(super) const INFO_ID: &str = "<urn:uuid:info>";

/// When all these crawls began: 2026-11-25T04:22:23Z.
const BEGIN_US: i64 = 1_795_580_543_000_000;

/// An attempt as a test plans it.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) url: String,
    /// From the beginning to the start.
    pub(super) start_ms: i64,
    pub(super) first_byte_ms: i64,
    pub(super) end_ms: i64,
    /// None when the attempt failed.
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    pub(super) robots_for: Option<&'static str>,
    /// The frontier's clock minus the worker's.
    pub(super) offset_ms: i64,
    /// What the metadata record makes of that, and by how much it says that may be wrong.
    pub(super) told: Option<(i64, u64)>,
    /// From the beginning to the end of the lease.
    pub(super) lease_until_ms: Option<i64>,
    pub(super) flags: Vec<String>,
    /// The delay that the metadata record tells.
    pub(super) delay_ms: u64,
    pub(super) overridden: Option<Directive>,
}

/// A page at a time.
pub(super) fn page(url: &str, start_ms: i64) -> Plan {
    Plan {
        url: url.into(),
        start_ms,
        first_byte_ms: 10,
        end_ms: 20,
        status: Some(200),
        headers: vec![("Content-Type", "text/html".into())],
        body: b"<p>some text of a page".to_vec(),
        robots_for: None,
        offset_ms: 0,
        told: None,
        lease_until_ms: None,
        flags: Vec::new(),
        delay_ms: 1_000,
        overridden: None,
    }
}

/// The answer to the request for an origin's robots.txt.
pub(super) fn robots(origin: &'static str, start_ms: i64, status: u16, body: &str) -> Plan {
    let url = format!("{origin}/robots.txt");
    let body = body.as_bytes().to_vec();
    let robots_for = Some(origin);
    Plan { status: Some(status), body, robots_for, ..page(&url, start_ms) }
}

impl Plan {
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// The same without any answer.
    pub(super) fn failed(self) -> Self {
        Self { status: None, ..self }
    }

    /// When it was sent, on the worker's clock.
    pub(super) fn started(&self) -> UnixMicros {
        UnixMicros(BEGIN_US + (self.start_ms - self.offset_ms) * 1_000)
    }

    /// `WARC-Date`, as others refer to it.
    pub(super) fn date(&self) -> String {
        warc_date(self.started())
    }

    fn attempt(&self) -> Attempt {
        let after = |ms: i64| UnixMicros(self.started().0 + ms * 1_000);
        Attempt {
            outcome: self.status.map_or_else(|| "timeout".into(), |status| status.to_string()),
            purpose: if self.robots_for.is_some() { Purpose::Robots } else { Purpose::Page },
            robots_for: self.robots_for.map(Into::into),
            host: CanonicalUrl::parse(&self.url).unwrap().host_key().to_string(),
            fence: 1,
            worker: "w".into(),
            started: self.started(),
            first_byte: self.status.map(|_| after(self.first_byte_ms)),
            ended: after(self.end_ms),
            delay_ms: self.delay_ms,
            clock_offset_us: self.told.map_or(self.offset_ms, |told| told.0) * 1_000,
            clock_error_us: self.told.map(|told| told.1 * 1_000),
            lease_until: self
                .lease_until_ms
                .map(|ms| UnixMicros(BEGIN_US + (ms - self.offset_ms) * 1_000)),
            flags: self.flags.clone(),
            overridden: self.overridden.clone(),
            ..Attempt::default()
        }
    }

    /// Request, response and metadata records.
    pub(super) fn records(&self, name: &str) -> Vec<Raw> {
        let url = CanonicalUrl::parse(&self.url).unwrap();
        let id = |kind: &str| format!("<urn:uuid:{name}-{kind}>");
        let record = |kind: &str, block: &[u8]| {
            Raw::new(kind, block)
                .with("WARC-Record-ID", &id(kind))
                .with("WARC-Date", &self.date())
                .with("WARC-Target-URI", &self.url)
                .with("WARC-Warcinfo-ID", INFO_ID)
                .with("WARC-IP-Address", "192.0.2.1")
        };
        let host = url.host_key();
        let target = url.path_and_query();
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {AGENT}\r\n\r\n");
        let request = record("request", request.as_bytes())
            .with("Content-Type", "application/http; msgtype=request");
        let metadata = record("metadata", self.attempt().to_fields().as_bytes())
            .with("Content-Type", "application/warc-fields");
        let Some(status) = self.status else {
            return vec![request, metadata.with("WARC-Concurrent-To", &id("request"))];
        };
        let response = record("response", &self.message(status))
            .with("Content-Type", "application/http; msgtype=response")
            .with("WARC-Payload-Digest", &payload_digest(&self.body))
            .with("WARC-Concurrent-To", &id("request"));
        let response_id = id("response");
        vec![
            request.with("WARC-Concurrent-To", &response_id),
            response,
            metadata.with("WARC-Concurrent-To", &response_id),
        ]
    }

    fn message(&self, status: u16) -> Vec<u8> {
        let mut message = format!("HTTP/1.1 {status} \r\n");
        for (name, value) in &self.headers {
            message.extend([*name, ": ", value, "\r\n"]);
        }
        if !self.headers.iter().any(|(name, _)| *name == "Content-Length") {
            let length = self.body.len().to_string();
            message.extend(["Content-Length: ", &length, "\r\n"]);
        }
        [message.as_bytes(), b"\r\n", &self.body].concat()
    }

    /// The records of a visit that found the payload of another attempt again.
    pub(super) fn records_as_revisit_of(&self, original: &Self, name: &str) -> Vec<Raw> {
        let mut records = self.records(name);
        let head = &records[1].block[..records[1].block.len() - self.body.len()];
        let is_unmodified = self.status == Some(304);
        let profile =
            if is_unmodified { "server-not-modified" } else { "identical-payload-digest" };
        records[1] = records[1]
            .clone()
            .with_block(head)
            .with("WARC-Type", "revisit")
            .with("WARC-Profile", &format!("http://netpreserve.org/warc/1.1/revisit/{profile}"))
            .with("WARC-Refers-To-Target-URI", &original.url)
            .with("WARC-Refers-To-Date", &original.date());
        records
    }
}

/// The warcinfo record of a crawl with a delay of one second.
pub(super) fn warcinfo(lines: &str) -> Raw {
    let block = format!(
        "software: newshound/1\r\nformat: WARC File Format 1.1\r\nrobots: obey\r\n\
         http-header-user-agent: {AGENT}\r\noperator: ops@crawler.test\r\n\
         newshound-token: newshound\r\nnewshound-delay-ms: 1000\r\n{lines}"
    );
    Raw::new("warcinfo", block.as_bytes())
        .with("WARC-Record-ID", INFO_ID)
        .with("WARC-Date", &warc_date(UnixMicros(BEGIN_US)))
        .with("WARC-Filename", "a.warc.gz")
        .with("Content-Type", "application/warc-fields")
}

/// All records of a segment.
pub(super) fn segment(plans: &[Plan]) -> Vec<Raw> {
    let named = plans.iter().enumerate();
    let records = named.flat_map(|(number, plan)| plan.records(&number.to_string()));
    std::iter::once(warcinfo("")).chain(records).collect()
}

/// Writes records as they are packed by a crawl.
pub(super) fn write(folder: &Path, records: &[Raw]) {
    let bytes: Vec<u8> = records.iter().flat_map(Raw::member).collect();
    file(folder, "a.warc.gz", &bytes);
}

pub(super) fn audit(folder: &Path) -> Report {
    run(&[folder.to_owned()], &mut |_| {}).unwrap()
}

/// What the audit says of a segment with these records.
pub(super) fn judge(records: &[Raw]) -> Report {
    let bytes: Vec<u8> = records.iter().flat_map(Raw::member).collect();
    judge_bytes(&bytes)
}

/// What the audit says of a segment with these bytes.
pub(super) fn judge_bytes(bytes: &[u8]) -> Report {
    let dir = TempDir::new().unwrap();
    file(dir.path(), "a.warc.gz", bytes);
    audit(dir.path())
}

/// The rules that were broken.
pub(super) fn rules(report: &Report) -> Vec<Rule> {
    report.counts.keys().copied().collect()
}

/// The rules that a crawl of these attempts breaks.
pub(super) fn broken(plans: &[Plan]) -> Vec<Rule> {
    rules(&judge(&segment(plans)))
}
