//! The header of a WARC record: a version line and named fields.

use std::fmt;

/// The version of the WARC format that a record says it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// WARC 1.0 (ISO 28500:2009).
    V1_0,
    /// WARC 1.1 (ISO 28500:2017).
    V1_1,
}

/// What kind of record it is (WARC 1.1, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// Describes the records that follow it.
    Warcinfo,
    /// What a server answered.
    Response,
    /// Something kept without the exchange that brought it.
    Resource,
    /// What was sent to a server.
    Request,
    /// Says more about another record.
    Metadata,
    /// An answer whose payload an earlier record holds.
    Revisit,
    /// Another form of another record.
    Conversion,
    /// The rest of a record that was cut into segments.
    Continuation,
    /// A kind that the standard does not name; it says that readers shall pass over it.
    Other,
}

impl RecordType {
    const NAMES: [(&'static str, Self); 8] = [
        ("warcinfo", Self::Warcinfo),
        ("response", Self::Response),
        ("resource", Self::Resource),
        ("request", Self::Request),
        ("metadata", Self::Metadata),
        ("revisit", Self::Revisit),
        ("conversion", Self::Conversion),
        ("continuation", Self::Continuation),
    ];

    fn named(name: &str) -> Self {
        let known = Self::NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        known.map_or(Self::Other, |(_, kind)| *kind)
    }

    /// The word of the standard.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("other", |(name, _)| name)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The header of a record, its fields in the order in which they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The version in the first line.
    pub version: Version,
    /// Names and values; a value that runs over several lines is joined with single spaces.
    pub fields: Vec<(String, String)>,
}

impl Header {
    /// Parses a header without the empty line that ends it. The error says what is wrong.
    pub fn parse(head: &[u8]) -> Result<Self, String> {
        let mut lines = head.split(|byte| *byte == b'\n');
        let version = match whole_line(lines.next().unwrap_or_default())? {
            b"WARC/1.0" => Version::V1_0,
            b"WARC/1.1" => Version::V1_1,
            other => return Err(format!("it begins with {}", shown(other))),
        };
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            let line = whole_line(line)?;
            match (line.first(), fields.last_mut()) {
                (Some(b' ' | b'\t'), Some((_, value))) => {
                    value.push(' ');
                    value.push_str(String::from_utf8_lossy(line).trim());
                }
                _ => fields.push(field(line)?),
            }
        }
        Ok(Self { version, fields })
    }

    /// The first value of a field; names are compared without case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    /// All values of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The value of a field that holds a URI, without the angle brackets that record ids carry and
    /// that some writers put round every URI.
    pub fn uri(&self, name: &str) -> Option<&str> {
        self.get(name).map(bare_uri)
    }

    /// What kind of record it is; [`RecordType::Other`] also where the field is missing.
    pub fn record_type(&self) -> RecordType {
        self.get("WARC-Type").map_or(RecordType::Other, RecordType::named)
    }

    /// The block's length in bytes.
    pub fn content_length(&self) -> Result<u64, String> {
        let mut said = self.all("Content-Length");
        let first = said.next().ok_or("Content-Length is missing")?;
        if said.any(|other| other != first) {
            return Err("there are two Content-Lengths".into());
        }
        let digits = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
        let value = first.parse().ok().filter(|_| digits);
        value.ok_or_else(|| format!("Content-Length is {}", shown(first.as_bytes())))
    }

    /// The media type in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.get("Content-Type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }
}

/// A URI without the angle brackets around it.
pub(crate) fn bare_uri(value: &str) -> &str {
    value.strip_prefix('<').and_then(|v| v.strip_suffix('>')).unwrap_or(value)
}

/// A line without its CR, which must be there (WARC 1.1, section 4).
fn whole_line(line: &[u8]) -> Result<&[u8], String> {
    line.strip_suffix(b"\r").ok_or_else(|| format!("no CR ends the line {}", shown(line)))
}

fn field(line: &[u8]) -> Result<(String, String), String> {
    let colon = line.iter().position(|byte| *byte == b':');
    let (name, value) = line.split_at(colon.ok_or_else(|| no_field(line))?);
    if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) {
        return Err(no_field(line));
    }
    let name = String::from_utf8_lossy(name).into_owned();
    Ok((name, String::from_utf8_lossy(&value[1..]).trim().to_owned()))
}

fn no_field(line: &[u8]) -> String {
    format!("{} is no field", shown(line))
}

/// Whether a byte may stand in a field's name (a token of RFC 2616, section 2.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte)
}

/// The beginning of some bytes, printable and quoted.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const SHOWN_BYTES_MAX: usize = 60;
    let cut = bytes.len().min(SHOWN_BYTES_MAX);
    let more = if cut < bytes.len() { "…" } else { "" };
    format!("\"{}\"{more}", bytes[..cut].escape_ascii())
}
