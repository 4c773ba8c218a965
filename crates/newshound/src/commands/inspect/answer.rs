//! An HTTP answer as it is shown: kept in the archive, or just received.

use fetch::{Response, Truncation};

/// Status line, fields, and how much came.
pub(super) struct Answer {
    pub(super) version: String,
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) headers: Vec<(String, String)>,
    /// Bytes of the body, in its content coding.
    pub(super) body_bytes: u64,
    /// It is kept as a reference to an earlier one.
    pub(super) is_revisit: bool,
    /// Why the body is not whole: `length`, `time` or `disconnect`.
    pub(super) cut: Option<String>,
}

impl Answer {
    /// An answer that has just come.
    pub(super) fn of(response: &Response) -> Self {
        let headers = response.headers.iter();
        let cut = response.truncated.map(|cut| match cut {
            Truncation::Length => "length",
            Truncation::Time => "time",
            Truncation::Disconnect => "disconnect",
        });
        Self {
            version: response.version.to_owned(),
            status: response.status,
            reason: response.reason.clone().unwrap_or_default(),
            headers: headers.map(|(name, value)| (name.clone(), text(value))).collect(),
            body_bytes: response.body.len() as u64,
            is_revisit: false,
            cut: cut.map(str::to_owned),
        }
    }
}

/// The value of a field; bytes that are no UTF-8 are replaced.
pub(super) fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}
