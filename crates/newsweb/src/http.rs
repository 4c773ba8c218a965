//! HTTP/1.1 by hand: request heads in, responses out to the byte. A library would refuse to send
//! most of what real servers send, and would not say when a byte reaches the socket.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

use crate::clock::Clock;

/// Request heads are small; what is larger is not answered.
const HEAD_BYTES_MAX: usize = 64 * 1_024;

/// A request without a body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Lower case, without port.
    pub(crate) host: String,
    pub(crate) user_agent: String,
    pub(crate) accept_encoding: String,
    pub(crate) if_none_match: String,
    pub(crate) if_modified_since: String,
    /// Whether the client wants the connection to be closed.
    pub(crate) close: bool,
}

/// Reads the next request head; `None` when the client closed the connection before one.
/// `buffer` keeps what came after it.
pub(crate) async fn read_head<R: AsyncRead + Unpin>(
    io: &mut R,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<Head>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = parse_head(&buffer[..end]);
            buffer.drain(..end + 4);
            return head.map(Some).ok_or_else(|| io::ErrorKind::InvalidData.into());
        }
        if buffer.len() > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if io.read_buf(buffer).await? == 0 {
            return if buffer.is_empty() {
                Ok(None)
            } else {
                Err(io::ErrorKind::UnexpectedEof.into())
            };
        }
    }
}

fn parse_head(bytes: &[u8]) -> Option<Head> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let mut head =
        Head { method: words.next()?.into(), target: words.next()?.into(), ..Head::default() };
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "host" => {
                let host = value.split(':').next().unwrap_or(value);
                head.host = host.to_ascii_lowercase();
            }
            "user-agent" => value.clone_into(&mut head.user_agent),
            "accept-encoding" => value.clone_into(&mut head.accept_encoding),
            "if-none-match" => value.clone_into(&mut head.if_none_match),
            "if-modified-since" => value.clone_into(&mut head.if_modified_since),
            "connection" => head.close |= value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    Some(head)
}

/// A response, ready to be sent.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Header lines in order; values are bytes, since real ones are.
    pub(crate) headers: Vec<(Cow<'static, str>, Vec<u8>)>,
    pub(crate) body: Vec<Bytes>,
    pub(crate) chunked: bool,
    /// Where it breaks off: the part of the body, in thousandths, after which it is cut.
    pub(crate) cut: Option<usize>,
    pub(crate) wait: Option<Wait>,
}

/// What the client is asked to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// Seconds from the response on.
    Seconds(f64),
    /// Until a time, in seconds since 1970.
    Until(f64),
}

impl Wait {
    /// The seconds that it asks for, from the first byte of its response on.
    pub(crate) fn asked_s(self, first_byte: f64) -> f64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Until(until) => (until - first_byte).max(0.0),
        }
    }
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            chunked: false,
            cut: None,
            wait: None,
        }
    }

    /// Adds a header line.
    pub(crate) fn header(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Vec<u8>>,
    ) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Whether it breaks off on purpose.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// The parts in which it goes out, head first. `with_body` is false for HEAD requests.
    pub(crate) fn parts(&self, date: &str, with_body: bool) -> Vec<Bytes> {
        let length: usize = self.body.iter().map(Bytes::len).sum();
        let mut head =
            format!("HTTP/1.1 {} {}\r\nDate: {date}\r\n", self.status, reason(self.status));
        if self.chunked {
            head.push_str("Transfer-Encoding: chunked\r\n");
        } else if self.status != 304 {
            // Writing into a String cannot fail.
            let _ = write!(head, "Content-Length: {length}\r\n");
        }
        let mut head = head.into_bytes();
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        let mut parts = vec![Bytes::from(head)];
        if with_body {
            let kept = self.cut.map_or(length, |thousandths| length * thousandths / 1_000);
            let body = shortened(&self.body, kept);
            if self.chunked {
                chunks(&body, self.cut.is_none(), &mut parts);
            } else {
                parts.extend(body);
            }
        }
        parts
    }
}

fn shortened(body: &[Bytes], mut kept: usize) -> Vec<Bytes> {
    let mut parts = Vec::new();
    for part in body {
        let part = part.slice(..kept.min(part.len()));
        kept -= part.len();
        parts.push(part);
    }
    parts
}

/// Chunks of uneven sizes, in one buffer, so that they cost few writes.
fn chunks(body: &[Bytes], ended: bool, parts: &mut Vec<Bytes>) {
    let mut out = Vec::new();
    for part in body {
        let (mut rest, mut size) = (&part[..], 1_000);
        while !rest.is_empty() {
            let (chunk, tail) = rest.split_at(size.min(rest.len()));
            out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            out.extend_from_slice(chunk);
            out.extend_from_slice(b"\r\n");
            rest = tail;
            size = size * 2 % 15_013 + 100;
        }
    }
    if ended {
        out.extend_from_slice(b"0\r\n\r\n");
    }
    parts.push(out.into());
}

/// When a response went out, in seconds since 1970, and how much of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) first_byte: Option<f64>,
    pub(crate) end: f64,
    pub(crate) bytes: u64,
    pub(crate) complete: bool,
}

/// Hands the parts of a response to the socket.
///
/// Both times are taken just before the write that the socket accepts: whatever the client does
/// with the bytes is later, so a log never shows a breach that there was not. Nor does the flush
/// count: all bytes may have arrived long before.
pub(crate) async fn send<W: AsyncWrite + Unpin>(
    io: &mut W,
    parts: Vec<Bytes>,
    clock: Clock,
) -> Sent {
    let mut sent = Sent { first_byte: None, end: clock.now_s(), bytes: 0, complete: false };
    for mut part in joined(parts) {
        while !part.is_empty() {
            let (at_s, taken) = poll_fn(|context| {
                let at_s = clock.now_s();
                Pin::new(&mut *io).poll_write(context, &part).map(|taken| (at_s, taken))
            })
            .await;
            match taken {
                Ok(count) if count > 0 => {
                    sent.first_byte.get_or_insert(at_s);
                    sent.end = at_s;
                    sent.bytes += count as u64;
                    part = part.slice(count..);
                }
                // The client was there when it last took something; since when not is not known.
                _ => return sent,
            }
        }
    }
    let (at_s, flushed) = poll_fn(|context| {
        let at_s = clock.now_s();
        Pin::new(&mut *io).poll_flush(context).map(|flushed| (at_s, flushed))
    })
    .await;
    sent.end = at_s;
    sent.complete = flushed.is_ok();
    sent
}

/// Head and body in one buffer: a write each costs more than the copy.
fn joined(parts: Vec<Bytes>) -> Vec<Bytes> {
    const JOINED_BYTES_MAX: usize = 256 * 1_024;
    let length: usize = parts.iter().map(Bytes::len).sum();
    if parts.len() < 2 || length > JOINED_BYTES_MAX {
        return parts;
    }
    let mut whole = Vec::with_capacity(length);
    for part in &parts {
        whole.extend_from_slice(part);
    }
    vec![whole.into()]
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        421 => "Misdirected Request",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        let bytes =
            b"GET /x?y HTTP/1.1\r\nHost: A.test:80\r\nUser-Agent:  n/1 (+m)\r\nconnection: Close";
        let head = parse_head(bytes).unwrap();
        assert_eq!((head.method.as_str(), head.target.as_str()), ("GET", "/x?y"));
        assert_eq!(
            (head.host.as_str(), head.user_agent.as_str(), head.close),
            ("a.test", "n/1 (+m)", true)
        );
        assert_eq!(parse_head(b"GET"), None);
    }

    #[tokio::test]
    async fn two_heads_in_one_read_are_parted() {
        let mut io = &b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"[..];
        let mut buffer = Vec::new();
        for target in ["/a", "/b"] {
            let head = read_head(&mut io, &mut buffer).await.unwrap().unwrap();
            assert_eq!(head.target, target);
        }
        assert_eq!(read_head(&mut io, &mut buffer).await.unwrap(), None);
    }

    #[test]
    fn a_cut_body_is_shorter_than_its_length_says() {
        let mut response = Response::new(200);
        response.body = vec![Bytes::from_static(b"0123456789")];
        response.cut = Some(500);
        let whole: Vec<u8> = response.parts("now", true).concat();
        let text = String::from_utf8(whole).unwrap();
        assert!(text.contains("Content-Length: 10\r\n") && text.ends_with("\r\n\r\n01234"));
        response.chunked = true;
        let whole: Vec<u8> = response.parts("now", true).concat();
        assert!(whole.ends_with(b"5\r\n01234\r\n"));
    }
}
