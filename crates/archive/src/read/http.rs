//! The HTTP message inside the block of a request, response or revisit record.

use std::borrow::Cow;

use super::header::shown;

/// Most fields that a head may have: more than any server sends, few enough to bound the work.
const FIELDS_MAX: usize = 20_000;

/// The fields of an HTTP head, in order, repeats kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    /// The first value of a field; names are compared without case.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let mut named = self.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value)
    }

    /// The first value of a field as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(String::from_utf8_lossy)
    }

    /// All values of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The elements of a field that holds a list, over all its lines, in lower case (RFC 9110,
    /// section 5.6.1).
    pub fn list(&self, name: &str) -> Vec<String> {
        let mut elements = Vec::new();
        for value in self.all(name) {
            let text = String::from_utf8_lossy(value).to_ascii_lowercase();
            elements.extend(text.split(',').map(|e| e.trim().to_owned()).filter(|e| !e.is_empty()));
        }
        elements
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }
}

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// `HTTP/1.1`, as it stands.
    pub version: String,
    /// The three digits.
    pub status: u16,
    /// The reason phrase; may be empty.
    pub reason: String,
    /// The fields.
    pub headers: Headers,
    /// Where in the block the body begins.
    pub body_at: usize,
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// `GET`.
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// `HTTP/1.1`.
    pub version: String,
    /// The fields.
    pub headers: Headers,
    /// Where in the block the body begins.
    pub body_at: usize,
}

/// Why a block holds no HTTP message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// No empty line ends the head.
    #[error("the HTTP head has no end")]
    Unended,
    /// The first line is neither a status line nor a request line.
    #[error("the first HTTP line is {0}")]
    FirstLine(String),
    /// A line is no field.
    #[error("the HTTP line {0} is no field")]
    Field(String),
    /// There are too many fields.
    #[error("the HTTP head has more than {FIELDS_MAX} fields")]
    TooManyFields,
}

/// Parses the head of a response.
pub fn parse_response(block: &[u8]) -> Result<ResponseHead, HttpError> {
    let (first, headers, body_at) = parse_head(block)?;
    let refused = || HttpError::FirstLine(shown(first.as_bytes()));
    let mut parts = first.splitn(3, ' ');
    let version = parts.next().filter(|v| v.starts_with("HTTP/")).ok_or_else(refused)?.to_owned();
    let digits = parts.next().filter(|s| s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit()));
    let status = digits.and_then(|s| s.parse().ok()).ok_or_else(refused)?;
    let reason = parts.next().unwrap_or_default().to_owned();
    Ok(ResponseHead { version, status, reason, headers, body_at })
}

/// Parses the head of a request.
pub fn parse_request(block: &[u8]) -> Result<RequestHead, HttpError> {
    let (first, headers, body_at) = parse_head(block)?;
    let mut parts = first.splitn(3, ' ').map(str::to_owned);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(method), Some(target), Some(version))
            if version.starts_with("HTTP/") && !method.is_empty() && !target.is_empty() =>
        {
            Ok(RequestHead { method, target, version, headers, body_at })
        }
        _ => Err(HttpError::FirstLine(shown(first.as_bytes()))),
    }
}

fn parse_head(block: &[u8]) -> Result<(String, Headers, usize), HttpError> {
    let body_at = body_offset(block).ok_or(HttpError::Unended)?;
    let mut lines = block[..body_at].split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        if fields.len() == FIELDS_MAX {
            return Err(HttpError::TooManyFields);
        }
        match (line.first(), fields.last_mut()) {
            // Folded values are obsolete (RFC 9112, section 5.2), but old servers send them.
            (Some(b' ' | b'\t'), Some((_, value))) => {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii_start());
            }
            _ => fields.push(field(line)?),
        }
    }
    Ok((first, Headers(fields), body_at))
}

fn field(line: &[u8]) -> Result<(String, Vec<u8>), HttpError> {
    let colon = line.iter().position(|b| *b == b':').filter(|at| *at > 0);
    let (name, value) = line.split_at(colon.ok_or_else(|| HttpError::Field(shown(line)))?);
    Ok((String::from_utf8_lossy(name).trim().to_owned(), value[1..].trim_ascii().to_owned()))
}

/// Where the body begins: behind the first empty line. Lines may end with LF alone.
pub fn body_offset(block: &[u8]) -> Option<usize> {
    let mut line_at = 0;
    loop {
        let length = block[line_at..].iter().position(|b| *b == b'\n')?;
        let line = &block[line_at..line_at + length];
        line_at += length + 1;
        if line.is_empty() || line == b"\r" {
            return Some(line_at);
        }
    }
}

/// The body without its chunks (RFC 9112, section 7.1); `None` where it is not chunked to its end.
pub fn without_chunks(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(body.len());
    loop {
        let (line, rest) = split_line(body)?;
        let size = line.split(|b| *b == b';').next()?.trim_ascii();
        let size = usize::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if size == 0 {
            return trailers_end(rest).then_some(whole);
        }
        let (chunk, rest) = rest.split_at_checked(size)?;
        whole.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n")?;
    }
}

fn trailers_end(mut rest: &[u8]) -> bool {
    while let Some((line, next)) = split_line(rest) {
        if line.is_empty() {
            return next.is_empty();
        }
        rest = next;
    }
    false
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let line = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    Some((line, &bytes[end + 1..]))
}
