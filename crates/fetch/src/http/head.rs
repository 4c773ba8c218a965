//! The head of a request: as header map for the client, and as the bytes that leave.

use http::HeaderMap;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, HOST, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    USER_AGENT,
};

use crate::Request;

/// What we can read, HTML first.
const ACCEPT_VALUE: HeaderValue =
    HeaderValue::from_static("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

/// The codings that replay from an archive as received.
const ACCEPT_ENCODING_VALUE: HeaderValue = HeaderValue::from_static("gzip, br");

/// A head in both forms. Every field is named here, so that the client adds none.
pub(super) struct Head {
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Head {
    pub(super) fn new(request: &Request, user_agent: &HeaderValue) -> Self {
        let url = &request.url;
        let mut bytes = Vec::with_capacity(256 + url.as_str().len());
        for part in ["GET ", url.path_and_query(), " HTTP/1.1\r\n"] {
            bytes.extend_from_slice(part.as_bytes());
        }
        let mut head = Self { headers: HeaderMap::with_capacity(8), bytes };
        // A host of a parsed URL is visible ASCII.
        if let Ok(host) = HeaderValue::from_str(&authority(url.as_url())) {
            head.add(HOST, "Host", host);
        }
        head.add(USER_AGENT, "User-Agent", user_agent.clone());
        head.add(ACCEPT, "Accept", ACCEPT_VALUE);
        head.add(ACCEPT_ENCODING, "Accept-Encoding", ACCEPT_ENCODING_VALUE);
        if let Some(validators) = &request.validators {
            head.add_condition(IF_NONE_MATCH, "If-None-Match", validators.etag.as_deref());
            let date = validators.last_modified.as_deref();
            head.add_condition(IF_MODIFIED_SINCE, "If-Modified-Since", date);
        }
        head.bytes.extend_from_slice(b"\r\n");
        head
    }

    /// What a server once sent may hold bytes that cannot be sent back; then there is no condition.
    fn add_condition(&mut self, name: HeaderName, written: &str, value: Option<&str>) {
        if let Some(Ok(value)) = value.map(|text| HeaderValue::from_bytes(text.as_bytes())) {
            self.add(name, written, value);
        }
    }

    /// `written` is the name as the client writes it: in title case.
    fn add(&mut self, name: HeaderName, written: &str, value: HeaderValue) {
        for part in [written.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            self.bytes.extend_from_slice(part);
        }
        self.headers.insert(name, value);
    }
}

/// Host and, where it is not the default, port.
fn authority(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
