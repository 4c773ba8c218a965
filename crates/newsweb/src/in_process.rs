//! A live web without sockets: a request in, an answer out, at any time of the web.

use std::ops::Range;
use std::time::Duration;

use crate::config::{Config, Mode};
use crate::live::{LiveWeb, check};
use crate::plan::Plan;
use crate::server::Error;
use crate::truth::LiveTruth;

/// A request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// Whether it comes over TLS.
    pub https: bool,
    /// Lower case, without port.
    pub host: &'a str,
    /// Path and query, as they stand in a request line.
    pub target: &'a str,
    /// The header of this name.
    pub if_none_match: Option<&'a str>,
    /// The header of this name.
    pub if_modified_since: Option<&'a str>,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A response.
    Told(Told),
    /// The host speaks no TLS: the handshake ends with an alert.
    Refused,
    /// There is no such name.
    NoSuchHost,
}

/// A response, without transfer or content coding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its status.
    pub status: u16,
    /// Its headers, in order; no `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// How long after the request it begins. A server that hangs answers after
    /// [`Told::HANGS`], when nobody waits any more.
    pub first_byte: Duration,
}

impl Told {
    /// What a server that hangs takes.
    pub const HANGS: Duration = Duration::from_mins(2);

    /// The first header of a name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }
}

/// A live web ([`Config::live`]) in this process. Its answers depend on the configuration, the
/// request and the time of the web, on nothing else; they are those of [`crate::NewsWeb`].
pub struct InProcess {
    live: LiveWeb,
}

impl InProcess {
    /// The web of a configuration. Outlets are worked out when they are first asked for.
    pub fn new(config: Config) -> Result<Self, Error> {
        if config.mode != Mode::Live {
            return Err(Error::Config("only a live web answers in process"));
        }
        check(&config)?;
        Ok(Self { live: LiveWeb::new(&Plan::new(config)) })
    }

    /// The answer to a GET, `elapsed_s` seconds after time 0 of the web.
    pub fn respond(&self, asked: &Asked<'_>, elapsed_s: f64) -> Reply {
        self.live.respond(asked, elapsed_s)
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.live.plan().config
    }

    /// The front page of each outlet.
    pub fn seeds(&self) -> Vec<String> {
        let plan = self.live.plan();
        (0..plan.config.outlets).map(|outlet| plan.seed(outlet).to_string()).collect()
    }

    /// The bare domain of each outlet.
    pub fn domains(&self) -> Vec<String> {
        let plan = self.live.plan();
        (0..plan.config.outlets).map(|outlet| plan.domain(outlet)).collect()
    }

    /// What is published in a span of web time, and where it is found.
    pub fn truth(&self, span_s: Range<f64>) -> LiveTruth {
        self.live.truth(span_s)
    }
}
