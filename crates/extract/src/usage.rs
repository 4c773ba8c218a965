//! What a page, its headers and an origin's tdmrep.json say of text and data mining.
//!
//! Names by the "TDM Reservation Protocol" (final report of the W3C Community Group, 2024): the
//! header and the `<meta>` `tdm-reservation` with 1 or 0, `tdm-policy` with a URL, and a list of
//! rules for paths in a file. What robots directives say (`noai`) is with [`crate::robots`].

use crawl::optout::Reservation;
use serde_json::Value;

/// Longest URL of a policy that is kept, and longest location, in bytes.
const TEXT_BYTES_MAX: usize = 500;

/// Rules of a file that are read.
const RULES_MAX: usize = 100;

/// What was said in one place of the use of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TdmNotice {
    /// Whether text and data mining is reserved.
    pub is_reserved: Option<bool>,
    /// Where the terms are.
    pub policy: Option<String>,
}

impl TdmNotice {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the headers say.
    pub fn of_headers(headers: &[(String, Vec<u8>)]) -> Self {
        let mut notice = Self::default();
        for (name, value) in headers {
            notice.add(&name.to_ascii_lowercase(), &String::from_utf8_lossy(value));
        }
        notice
    }

    /// Takes a header or a `<meta>` by its lower-case name; the first of each counts.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        match name {
            "tdm-reservation" => self.is_reserved = self.is_reserved.or_else(|| flag(value)),
            "tdm-policy" if !value.is_empty() && value.len() <= TEXT_BYTES_MAX => {
                self.policy.get_or_insert_with(|| value.to_owned());
            }
            _ => {}
        }
    }
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// The rules of a `/.well-known/tdmrep.json`; none where it is not such a file.
pub fn read_tdmrep(body: &[u8]) -> Option<Vec<Reservation>> {
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let file: Value = serde_json::from_slice(text).ok()?;
    Some(file.as_array()?.iter().take(RULES_MAX).filter_map(rule).collect())
}

fn rule(value: &Value) -> Option<Reservation> {
    let location = value.get("location")?.as_str()?;
    let is_reserved = match value.get("tdm-reservation")? {
        Value::Number(number) => number.as_u64().filter(|n| *n <= 1)? == 1,
        Value::String(text) => flag(text.trim())?,
        Value::Bool(is_reserved) => *is_reserved,
        _ => return None,
    };
    let policy = value.get("tdm-policy").and_then(Value::as_str);
    let policy = policy.filter(|text| text.len() <= TEXT_BYTES_MAX).map(str::to_owned);
    let location = location.to_owned();
    (location.len() <= TEXT_BYTES_MAX).then_some(Reservation { location, is_reserved, policy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        for (headers, is_reserved, policy) in [
            (vec![], None, None),
            (vec![header("TDM-Reservation", " 1 ")], Some(true), None),
            (
                vec![header("tdm-reservation", "0"), header("tdm-reservation", "1")],
                Some(false),
                None,
            ),
            (vec![header("tdm-reservation", "yes")], None, None),
            (
                vec![header("tdm-policy", "https://a.test/p"), header("tdm-reservation", "1")],
                Some(true),
                Some("https://a.test/p"),
            ),
        ] {
            let notice = TdmNotice::of_headers(&headers);
            assert_eq!((notice.is_reserved, notice.policy.as_deref()), (is_reserved, policy));
        }
    }

    #[test]
    fn files() {
        let file = br#"[{"location":"/","tdm-reservation":1,"tdm-policy":"https://a.test/p"},
            {"location":"/free","tdm-reservation":"0"}, {"location":"/x","tdm-reservation":7},
            {"tdm-reservation":1}, 5]"#;
        let rules = read_tdmrep(file).unwrap();
        let read: Vec<_> = rules.iter().map(|r| (r.location.as_str(), r.is_reserved)).collect();
        assert_eq!(read, [("/", true), ("/free", false)]);
        assert_eq!(rules[0].policy.as_deref(), Some("https://a.test/p"));
        for none in [&b"<html>"[..], b"{}", b"", b"[", b"\xff"] {
            assert_eq!(read_tdmrep(none), None);
        }
        assert_eq!(read_tdmrep(b"\xEF\xBB\xBF[]"), Some(Vec::new()));
    }
}
