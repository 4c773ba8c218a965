//! The seam to the web, so that a simulation can stand in for it.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use crawl::{CanonicalUrl, Clock, HostKey, UnixMicros, Validators};

use crate::Failure;

/// Where exchanges happen: the real web, or a simulated one.
pub trait Web: Send + Sync + 'static {
    /// The state of one lease: connections and addresses of one host.
    type Session: Session;

    /// Opens a session for the time of a lease. Nothing is sent yet.
    fn open(&self, host: &HostKey) -> Self::Session;
}

/// What is kept while one host is leased. Its connections are closed when it is dropped.
pub trait Session: Send + Sync {
    /// Sends one request and waits for its end. It always ends, within [`crate::Limits::total`].
    fn exchange(&mut self, request: &Request) -> impl Future<Output = Exchange> + Send;

    /// Closes the connections that wait for another request: to be called before a long delay.
    fn close_idle(&mut self);

    /// Chooses one address for the requests to a URL, and keeps to it: who counts requests by
    /// address asks before each of them. None where there is no address to count: in a simulation,
    /// or when the name is not found (the next exchange tells why).
    fn pin(&mut self, url: &CanonicalUrl) -> impl Future<Output = Option<Peer>> + Send {
        let _ = url;
        std::future::ready(None)
    }

    /// Chooses the next address of the name, when no connection could be made to the one before.
    fn pin_next(&mut self) -> Option<Peer> {
        None
    }
}

/// Where requests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address: vetted, or where a `connect-to` rule leads.
    pub address: IpAddr,
    /// It lies in a network that was opened by hand.
    pub is_allowed: bool,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to go; its host is that of the session.
    pub url: CanonicalUrl,
    /// What the last visit left: makes the request conditional (RFC 9110, section 13.1).
    pub validators: Option<Validators>,
    /// Another cap on the bytes of the body than [`crate::Limits::body_bytes_max`].
    pub body_bytes_max: Option<u64>,
}

impl Request {
    /// A plain request under the configured limits.
    pub fn new(url: CanonicalUrl) -> Self {
        Self { url, validators: None, body_bytes_max: None }
    }
}

/// One request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What was asked for.
    pub url: CanonicalUrl,
    /// Request line and header lines as they are sent, ending with the empty line. Empty when the
    /// request was refused before there was one.
    pub request_head: Vec<u8>,
    /// When it began: before the name was looked up.
    pub started: Moment,
    /// When the head of the response was there.
    pub first_byte: Option<Moment>,
    /// When it was over.
    pub ended: Moment,
    /// The address that answered.
    pub remote: Option<SocketAddr>,
    /// What the web did.
    pub outcome: Outcome,
}

/// A point in time on both hands of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// For what is written down.
    pub wall: UnixMicros,
    /// For what is measured.
    pub elapsed: Duration,
}

impl Moment {
    /// The present of a clock.
    pub fn of(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), elapsed: clock.elapsed() }
    }
}

/// What the web did: a value, not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered; perhaps only in part (see [`Response::truncated`]).
    Response(Box<Response>),
    /// It did not answer, or not in HTTP, or was not asked.
    Failed(Failure),
}

/// An answer as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code, 100 to 999.
    pub status: u16,
    /// The reason phrase, when there is one.
    pub reason: Option<String>,
    /// `HTTP/1.1` or `HTTP/1.0`.
    pub version: &'static str,
    /// Names (in lower case) and values as bytes, repeated ones kept. Lines of one name stand where
    /// the first of them stood.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as received: without chunks, still in its content coding.
    pub body: Bytes,
    /// Why the body is not whole.
    pub truncated: Option<Truncation>,
}

impl Response {
    /// The first value of a field, when it is text. `name` is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n == name)?;
        std::str::from_utf8(value).ok()
    }

    /// All values of a field. `name` is given in lower case.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_slice())
    }
}

/// What cut a body short; the reasons of `WARC-Truncated` (WARC 1.1, section 5.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truncation {
    /// The cap on its bytes.
    Length,
    /// The total time, or the least rate.
    Time,
    /// The connection broke.
    Disconnect,
}
