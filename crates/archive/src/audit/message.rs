//! The HTTP request and answer of an attempt.

use std::io::{self, Read};

use crawl::CanonicalUrl;

use super::about::About;
use super::report::{Place, Report, Rule};
use crate::read::http::{self, RequestHead, ResponseHead};
use crate::read::{Record, RecordType};
use crate::{Attempt, Purpose};

/// Fields of a request that give access.
const SECRETS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// Unpacked bytes of a body that are looked at; what is longer is believed. More than the crawler
/// unpacks: a bomb costs a moment each.
const UNPACKED_BYTES_MAX: u64 = 128 << 20;

/// Bytes of a robots.txt that are read (RFC 9309, section 2.5: at least 500 KiB).
const ROBOTS_BYTES_MAX: u64 = 512 * 1024;

/// The messages of one attempt, and what is known about it.
pub(super) struct Exchange<'a> {
    pub(super) place: Place<'a>,
    pub(super) about: &'a About,
    pub(super) attempt: Option<&'a Attempt>,
    pub(super) report: &'a mut Report,
}

impl Exchange<'_> {
    fn find(&mut self, rule: Rule, record: &Record, message: impl Into<String>) {
        self.report.add(rule, Place { offset: record.offset, ..self.place }, message);
    }

    /// Judges a request: whom it names, and what it gives away.
    pub(super) fn request(&mut self, record: &Record) {
        let head = match http::parse_request(&record.block) {
            Ok(head) => head,
            Err(error) => return self.find(Rule::Http, record, format!("the request: {error}")),
        };
        for secret in SECRETS {
            if head.headers.get(secret).is_some() {
                self.find(Rule::Secret, record, format!("the request carries {secret}"));
            }
        }
        self.destination(record, &head);
        self.identity(record, &head);
    }

    /// What was asked for is what the record says.
    fn destination(&mut self, record: &Record, head: &RequestHead) {
        let Some(Ok(url)) = self.place.url.map(CanonicalUrl::parse) else { return };
        let said = head.headers.text("host").unwrap_or_default().to_ascii_lowercase();
        let host = match url.as_url().port() {
            Some(port) => format!("{}:{port}", url.host_key()),
            None => url.host_key().to_string(),
        };
        let target = url.path_and_query();
        let is_target = head.target == target || head.target == url.as_str();
        if said != host || !is_target {
            let message = format!("the request asks {said:?} for {:?}", head.target);
            self.find(Rule::Http, record, message);
        }
    }

    fn identity(&mut self, record: &Record, head: &RequestHead) {
        let agent = head.headers.text("user-agent").unwrap_or_default().into_owned();
        let About { user_agent, token, contact, .. } = self.about;
        let names = |what: &str| agent.to_lowercase().contains(&what.to_lowercase());
        let message = if agent.is_empty() {
            "it has no user agent".to_owned()
        } else if !user_agent.is_empty() && agent != *user_agent {
            format!("the user agent is {agent:?}, warcinfo says {user_agent:?}")
        } else if !names(token) {
            format!("the user agent {agent:?} does not name the token {token}")
        } else if contact.is_empty() {
            "it is not known who can be reached about it".to_owned()
        } else if !names(contact) {
            format!("the user agent {agent:?} does not tell how to reach {contact}")
        } else {
            return;
        };
        self.find(Rule::Identity, record, message);
    }

    /// Judges an answer: it must be what it says of itself. Gives its head.
    pub(super) fn answer(&mut self, record: &Record) -> Option<ResponseHead> {
        let head = match http::parse_response(&record.block) {
            Ok(head) => head,
            Err(error) => {
                self.find(Rule::Http, record, format!("the response: {error}"));
                return None;
            }
        };
        if !matches!(head.version.as_str(), "HTTP/1.1" | "HTTP/1.0") {
            // pywb answers 503 for it.
            self.find(Rule::Http, record, format!("the status line says {}", head.version));
        }
        if let Some(attempt) = self.attempt
            && attempt.outcome.parse() != Ok(head.status)
        {
            let message = format!("the outcome is {}, the status {}", attempt.outcome, head.status);
            self.find(Rule::Attempt, record, message);
        }
        let has_body = !matches!(head.status, 100..=199 | 204 | 304);
        if record.header.record_type() == RecordType::Response && has_body {
            self.body(record, &head);
        }
        Some(head)
    }

    fn body(&mut self, record: &Record, head: &ResponseHead) {
        let stored = record.block_bytes - head.body_at as u64;
        let is_cut = record.header.get("WARC-Truncated").is_some();
        if !head.headers.list("transfer-encoding").is_empty() {
            if record.is_whole() && !is_cut && http::without_chunks(record.payload()).is_none() {
                self.find(Rule::Coding, record, "it says chunked, and is stored without chunks");
            }
            return;
        }
        let said = head.headers.text("content-length").map(|text| text.trim().to_owned());
        if let Some(said) = said
            && said.parse() != Ok(stored)
        {
            let message = format!("Content-Length says {said}, {stored} bytes are stored");
            self.find(Rule::Http, record, message);
        }
        if record.is_whole() && stored > 0 {
            self.coding(record, head, is_cut);
        }
    }

    /// A body must be in the coding that its header says, and in one that replay tools undo.
    fn coding(&mut self, record: &Record, head: &ResponseHead, is_cut: bool) {
        let codings = codings(head);
        let fault = match codings.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => return,
            [coding @ ("gzip" | "br")] => match unpack(coding, record.payload()) {
                Ok(()) => return,
                Err(Broken::Late) if is_cut => return,
                // It may be what it says, and ends badly: servers cut, or add bytes at the end.
                Err(Broken::Late) => {
                    self.report.figures.undecodable += 1;
                    return;
                }
                Err(Broken::AtOnce) => format!("it says Content-Encoding {coding}, but is not"),
            },
            _ => format!("replay tools do not undo Content-Encoding {}", codings.join(", ")),
        };
        // A server may say what is not so: then this is what was received, and was marked. Only
        // pages are read, so that others are not.
        let is_page = (200..300).contains(&head.status);
        let is_marked = self.attempt.is_some_and(|attempt| {
            let flags = &attempt.flags;
            !is_page
                || attempt.purpose != Purpose::Page
                || flags.iter().any(|flag| flag == "undecodable")
        });
        if is_marked {
            self.report.figures.undecodable += 1;
        } else {
            self.find(Rule::Coding, record, fault);
        }
    }
}

/// The content codings that a head names, in order.
pub(super) fn codings(head: &ResponseHead) -> Vec<String> {
    let mut codings = head.headers.list("content-encoding");
    codings.retain(|coding| coding != "identity");
    codings
}

/// How the unpacking of a body failed.
enum Broken {
    /// Nothing shows that it is in this coding.
    AtOnce,
    /// Something came out of it, or it ended before it could.
    Late,
}

/// Whether a body can be unpacked.
fn unpack(coding: &str, body: &[u8]) -> Result<(), Broken> {
    let mut counted = Counted(0);
    let read = io::copy(&mut unpacker(coding, body).take(UNPACKED_BYTES_MAX), &mut counted);
    read.map(drop).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Broken::Late,
        _ if counted.0 > 0 => Broken::Late,
        _ => Broken::AtOnce,
    })
}

fn unpacker<'a>(coding: &str, body: &'a [u8]) -> Box<dyn Read + 'a> {
    match coding {
        "gzip" => Box::new(flate2::read::MultiGzDecoder::new(body)),
        "br" => Box::new(brotli::Decompressor::new(body, 4_096)),
        _ => Box::new(body),
    }
}

struct Counted(u64);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A robots.txt as it is read; nothing where the file did not come whole, for half a file could
/// allow what the whole one forbids.
pub(super) fn robots_text(record: &Record, head: &ResponseHead) -> Option<Vec<u8>> {
    let cut = record.header.get("WARC-Truncated");
    if matches!(cut, Some("time" | "disconnect")) {
        return None;
    }
    let body = record.payload();
    let codings = codings(head);
    let coding = match &codings[..] {
        _ if body.is_empty() => "",
        [] => "",
        [coding] if matches!(coding.as_str(), "gzip" | "br") => coding,
        _ => return None,
    };
    let mut text = Vec::new();
    let read = unpacker(coding, body).take(ROBOTS_BYTES_MAX).read_to_end(&mut text);
    // Half of what is packed gives what can be read of it, as long as that is something.
    (read.is_ok() || !text.is_empty()).then_some(text)
}
