//! One attempt as its records: request, response or revisit, metadata.

use std::net::IpAddr;

use crawl::{Fingerprint, Random, UnixMicros};

use crate::attempt::Attempt;
use crate::index::Row;
use crate::read::bare_uri;
use crate::record::{Packing, Record, digest, record_id, warc_date};
use crate::{Error, http};

/// Profiles of revisit records (WARC 1.1, section 6.7).
const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// All that is kept of one attempt.
#[derive(Clone, Debug)]
pub struct Snapshot<'a> {
    /// What was asked for.
    pub url: &'a str,
    /// Request line and header lines as they were sent; empty when nothing was sent.
    pub request_head: &'a [u8],
    /// The address that was asked.
    pub remote: Option<IpAddr>,
    /// The answer; none when the attempt failed.
    pub response: Option<StoredResponse<'a>>,
    /// The metadata record.
    pub attempt: Attempt,
}

/// An answer in the form in which it is stored.
#[derive(Clone, Debug)]
pub struct StoredResponse<'a> {
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub version: &'a str,
    /// The status code.
    pub status: u16,
    /// The reason phrase, when there was one.
    pub reason: Option<&'a str>,
    /// Header lines as received.
    pub headers: &'a [(String, Vec<u8>)],
    /// The body as it is stored: without chunks; coded as received, unless `decoded_from` is set.
    pub body: &'a [u8],
    /// The content coding that was removed, because it does not replay.
    pub decoded_from: Option<&'a str>,
    /// What cut the body short.
    pub truncated: Option<Truncated>,
    /// The snapshot that holds the payload, when this one does not.
    pub revisit_of: Option<RevisitOf<'a>>,
}

/// The reasons of `WARC-Truncated` (WARC 1.1, section 5.13) that can happen here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncated {
    /// Too many bytes.
    Length,
    /// Too long a time.
    Time,
    /// The connection broke.
    Disconnect,
}

/// Why a payload is not stored again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisitKind {
    /// It came again, byte for byte.
    IdenticalPayload,
    /// The server said that it has not changed.
    NotModified,
}

/// The snapshot that a revisit record refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevisitOf<'a> {
    /// Why.
    pub kind: RevisitKind,
    /// Its URL.
    pub uri: &'a str,
    /// Its `WARC-Date`.
    pub date: UnixMicros,
    /// Its payload digest.
    pub payload_digest: Option<&'a str>,
}

/// The records of a snapshot, ready to be appended.
#[derive(Default)]
pub(crate) struct Packed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) row: Option<Row>,
    pub(crate) payload_digest: Option<String>,
    /// The id of the response or revisit record, without angle brackets.
    pub(crate) response_id: Option<String>,
    pub(crate) records: u64,
}

/// What the records of one snapshot have in common.
struct Group<'a> {
    snapshot: &'a Snapshot<'a>,
    warcinfo: &'a str,
    request_id: String,
    response_id: String,
    random: &'a dyn Random,
}

impl Snapshot<'_> {
    /// Makes the records for the segment whose warcinfo record is named.
    pub(crate) fn pack(&self, warcinfo: &str, random: &dyn Random) -> Result<Packed, Error> {
        let (request_id, response_id) = (record_id(random), record_id(random));
        let group = Group { snapshot: self, warcinfo, request_id, response_id, random };
        let mut packed = Packed { records: 1, ..Packed::default() };
        if !self.request_head.is_empty() {
            group.request(&mut packed.bytes)?;
            packed.records += 1;
        }
        if let Some(response) = &self.response {
            packed.response_id = Some(bare_uri(&group.response_id).to_owned());
            packed.payload_digest = group.response(response, &mut packed.bytes)?;
            packed.row = Some(Row {
                fingerprint: Fingerprint::of(self.url),
                offset: 0,
                date: self.attempt.started,
            });
            packed.records += 1;
        }
        group.metadata(&mut packed.bytes)?;
        Ok(packed)
    }
}

impl Group<'_> {
    fn record<'b>(&self, kind: &str, id: &str, block: &'b [u8]) -> Record<'b> {
        let mut record = Record::new(kind, id, self.snapshot.attempt.started, block);
        record.field("WARC-Target-URI", self.snapshot.url);
        record.field("WARC-Warcinfo-ID", self.warcinfo);
        record
    }

    /// A message of HTTP carries the address and the protocol.
    fn message(&self, record: &mut Record<'_>, kind: &str) {
        record.field("Content-Type", &format!("application/http; msgtype={kind}"));
        let address = self.snapshot.remote.map(|ip| ip.to_canonical().to_string());
        record.field_some("WARC-IP-Address", address.as_deref());
        let version = self.snapshot.response.as_ref().map_or("HTTP/1.1", |r| r.version);
        record.field("WARC-Protocol", &version.to_ascii_lowercase());
    }

    fn request(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut record = self.record("request", &self.request_id, self.snapshot.request_head);
        self.message(&mut record, "request");
        if self.snapshot.response.is_some() {
            record.field("WARC-Concurrent-To", &self.response_id);
        }
        record.write(out)
    }

    /// Writes the record; gives the digest of the payload that it holds or refers to.
    fn response(
        &self,
        response: &StoredResponse<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Option<String>, Error> {
        let payload_digest = match &response.revisit_of {
            // The body of a 304 is not the payload.
            Some(of) if of.kind == RevisitKind::NotModified => of.payload_digest.map(str::to_owned),
            _ => Some(digest(response.body)),
        };
        let is_revisit = response.revisit_of.is_some();
        let body = if is_revisit { &[][..] } else { response.body };
        let block = http::response_block(response, body);
        let kind = if is_revisit { "revisit" } else { "response" };
        let mut record = self.record(kind, &self.response_id, &block);
        self.message(&mut record, "response");
        record.field("WARC-Concurrent-To", &self.request_id);
        if let Some(of) = &response.revisit_of {
            refer(&mut record, of);
        }
        record.field_some("WARC-Payload-Digest", payload_digest.as_deref());
        record.field_some(
            "WARC-Truncated",
            response.truncated.map(|reason| match reason {
                Truncated::Length => "length",
                Truncated::Time => "time",
                Truncated::Disconnect => "disconnect",
            }),
        );
        let is_coded = http::is_coded(response) && !is_revisit;
        record.packed(if is_coded { Packing::Stored } else { Packing::Deflated }).write(out)?;
        Ok(payload_digest)
    }

    fn metadata(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let block = self.snapshot.attempt.to_fields();
        let mut record = self.record("metadata", &record_id(self.random), block.as_bytes());
        record.field("Content-Type", "application/warc-fields");
        if self.snapshot.response.is_some() {
            record.field("WARC-Concurrent-To", &self.response_id);
        } else if !self.snapshot.request_head.is_empty() {
            record.field("WARC-Concurrent-To", &self.request_id);
        }
        record.write(out)
    }
}

/// pywb and wabac.js find the payload by URI and date, never by the record id.
fn refer(record: &mut Record<'_>, of: &RevisitOf<'_>) {
    let profile = match of.kind {
        RevisitKind::IdenticalPayload => SAME_PAYLOAD,
        RevisitKind::NotModified => NOT_MODIFIED,
    };
    record.field("WARC-Profile", profile);
    record.field("WARC-Refers-To-Target-URI", of.uri);
    record.field("WARC-Refers-To-Date", &warc_date(of.date));
}

#[cfg(test)]
mod tests;
