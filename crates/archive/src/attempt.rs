//! The metadata record: what one attempt was for, when it was, and what came of it.
//!
//! It is written as `application/warc-fields` (WARC 1.1, section 6.4.2): one `name: value` a line.
//! With the warcinfo record it is all that `audit` needs to prove politeness.

use std::fmt::Write as _;

use crawl::{Directive, UnixMicros};

/// Why a request was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// For a page, or whatever else the URL turns out to be.
    #[default]
    Page,
    /// For the robots.txt of an origin, perhaps over redirects.
    Robots,
    /// For what an origin says of text and data mining (`/.well-known/tdmrep.json`).
    TdmRep,
}

impl Purpose {
    /// The word in the record.
    fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Robots => "robots",
            Self::TdmRep => "tdmrep",
        }
    }
}

/// One attempt to fetch a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The status code, or the kind of failure.
    pub outcome: String,
    /// More about a failure, for people.
    pub detail: Option<String>,
    /// Why the request was sent.
    pub purpose: Purpose,
    /// The origin whose robots.txt it serves.
    pub robots_for: Option<String>,
    /// The host queue whose lease it was sent under.
    pub host: String,
    /// The fence of that lease.
    pub fence: u64,
    /// The worker.
    pub worker: String,
    /// When it began, on the worker's wall clock.
    pub started: UnixMicros,
    /// When the head of the response was there.
    pub first_byte: Option<UnixMicros>,
    /// When it was over.
    pub ended: UnixMicros,
    /// The delay that was in force before its start.
    pub delay_ms: u64,
    /// The frontier's clock minus the worker's, in microseconds.
    pub clock_offset_us: i64,
    /// By how much that may be wrong, in microseconds: it was told by a call, which took its time.
    pub clock_error_us: Option<u64>,
    /// When the lease ended at the latest, as known at the start, on the worker's wall clock.
    pub lease_until: Option<UnixMicros>,
    /// Links followed from a seed.
    pub depth: u16,
    /// Redirects followed to get here.
    pub hops: u8,
    /// The page that linked to it.
    pub via: Option<String>,
    /// The seed it stands for.
    pub seed: Option<String>,
    /// What the page asks for, or what is odd about it: `noarchive`, `nofollow`, ...
    pub flags: Vec<String>,
    /// The override of an operator under which it was sent: who asked for it, why, until when.
    pub overridden: Option<Directive>,
    /// Further fields, in order.
    pub extra: Vec<(String, String)>,
}

/// Why a block is no metadata of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// It is not made of `name: value` lines.
    #[error("line {0} is not `name: value`")]
    Line(usize),
    /// A field that every attempt has is not there.
    #[error("the field {0} is missing")]
    Missing(&'static str),
    /// A field has a value that cannot be.
    #[error("the field {0} has the value {1:?}")]
    Value(&'static str, String),
}

impl Attempt {
    /// The block of the metadata record.
    pub fn to_fields(&self) -> String {
        let mut fields = Fields::default();
        fields.put("outcome", &self.outcome);
        fields.put_some("detail", self.detail.as_ref());
        fields.put("purpose", self.purpose.word());
        fields.put_some("robots-for", self.robots_for.as_ref());
        fields.put("host", &self.host);
        fields.put("fence", self.fence);
        fields.put("worker", &self.worker);
        fields.put("started-us", self.started);
        fields.put_some("first-byte-us", self.first_byte);
        fields.put("ended-us", self.ended);
        fields.put("delay-ms", self.delay_ms);
        fields.put("clock-offset-us", self.clock_offset_us);
        fields.put_some("clock-error-us", self.clock_error_us);
        fields.put_some("lease-until-us", self.lease_until);
        fields.put("depth", self.depth);
        fields.put("hops", self.hops);
        fields.put_some("via", self.via.as_ref());
        fields.put_some("seed", self.seed.as_ref());
        for flag in &self.flags {
            fields.put("flag", flag);
        }
        // One line: JSON holds no line breaks.
        let overridden = self.overridden.as_ref().and_then(|d| serde_json::to_string(d).ok());
        fields.put_some("override", overridden);
        for (name, value) in &self.extra {
            fields.put(name, value);
        }
        fields.0
    }

    /// Reads the block of a metadata record.
    pub fn parse(block: &[u8]) -> Result<Self, AttemptError> {
        let text = String::from_utf8_lossy(block);
        let mut attempt = Self::default();
        let mut seen = [false; REQUIRED.len()];
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(AttemptError::Line(index + 1))?;
            let value = value.trim();
            if let Some(place) = REQUIRED.iter().position(|required| *required == name) {
                seen[place] = true;
            }
            attempt.take(name, value)?;
        }
        match seen.iter().position(|seen| !seen) {
            Some(place) => Err(AttemptError::Missing(REQUIRED[place])),
            None => Ok(attempt),
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), AttemptError> {
        let text = || Some(value.to_owned());
        match name {
            "outcome" => value.clone_into(&mut self.outcome),
            "detail" => self.detail = text(),
            "purpose" => self.purpose = purpose(value)?,
            "robots-for" => self.robots_for = text(),
            "host" => value.clone_into(&mut self.host),
            "fence" => self.fence = number("fence", value)?,
            "worker" => value.clone_into(&mut self.worker),
            "started-us" => self.started = UnixMicros(number("started-us", value)?),
            "first-byte-us" => self.first_byte = Some(UnixMicros(number("first-byte-us", value)?)),
            "ended-us" => self.ended = UnixMicros(number("ended-us", value)?),
            "delay-ms" => self.delay_ms = number("delay-ms", value)?,
            "clock-offset-us" => self.clock_offset_us = number("clock-offset-us", value)?,
            "clock-error-us" => self.clock_error_us = Some(number("clock-error-us", value)?),
            "lease-until-us" => {
                self.lease_until = Some(UnixMicros(number("lease-until-us", value)?));
            }
            "depth" => self.depth = number("depth", value)?,
            "hops" => self.hops = number("hops", value)?,
            "via" => self.via = text(),
            "seed" => self.seed = text(),
            "override" => self.overridden = Some(directive(value)?),
            "flag" => self.flags.push(value.to_owned()),
            _ => self.extra.push((name.to_owned(), value.to_owned())),
        }
        Ok(())
    }
}

/// The fields without which nothing can be proved.
const REQUIRED: [&str; 7] =
    ["outcome", "purpose", "host", "fence", "started-us", "ended-us", "delay-ms"];

fn purpose(value: &str) -> Result<Purpose, AttemptError> {
    match value {
        "page" => Ok(Purpose::Page),
        "robots" => Ok(Purpose::Robots),
        "tdmrep" => Ok(Purpose::TdmRep),
        _ => Err(AttemptError::Value("purpose", value.to_owned())),
    }
}

fn directive(value: &str) -> Result<Directive, AttemptError> {
    serde_json::from_str(value).map_err(|_| AttemptError::Value("override", value.to_owned()))
}

fn number<T: std::str::FromStr>(name: &'static str, value: &str) -> Result<T, AttemptError> {
    value.parse().map_err(|_| AttemptError::Value(name, value.to_owned()))
}

/// Lines of `name: value`; a line break in a value becomes a space.
#[derive(Default)]
pub(crate) struct Fields(pub(crate) String);

impl Fields {
    pub(crate) fn put(&mut self, name: &str, value: impl std::fmt::Display) {
        let value = value.to_string();
        let clean = value.replace(['\r', '\n', '\0'], " ");
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{name}: {}\r\n", clean.trim());
    }

    pub(crate) fn put_some(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crawl::Order;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn written_and_read() {
        let attempt = Attempt {
            outcome: "timeout".into(),
            detail: Some("the time limit passed:\r\nconnecting".into()),
            purpose: Purpose::Robots,
            robots_for: Some("https://a.test".into()),
            host: "a.test".into(),
            fence: 7,
            worker: "w".into(),
            started: UnixMicros(1),
            first_byte: None,
            ended: UnixMicros(3),
            delay_ms: 1_500,
            clock_offset_us: -4,
            clock_error_us: Some(2),
            lease_until: Some(UnixMicros(9)),
            depth: 2,
            hops: 1,
            via: None,
            seed: Some("a.test".into()),
            flags: vec!["noarchive".into(), "nofollow".into()],
            overridden: Some(Directive {
                about: "a.test".into(),
                order: Order::Override {
                    robots: Some("User-agent: *\r\nAllow: /\n".into()),
                    delay: Some(Duration::from_millis(1_500)),
                },
                by: "ann".into(),
                why: "they\ninvited us; \"soon\"".into(),
                since: UnixMicros(5),
                until: None,
            }),
            extra: vec![("label".into(), "a: b".into())],
        };
        let read = Attempt::parse(attempt.to_fields().as_bytes()).unwrap();
        let detail = Some("the time limit passed:  connecting".into());
        assert_eq!(read, Attempt { detail, ..attempt });
    }

    proptest! {
        /// Whatever stands in a value, it stays in its line and the others are read right.
        #[test]
        fn a_value_never_breaks_out(
            detail in "\\PC{0,30}|[ \r\n\t:a]{0,8}",
            flags in prop::collection::vec("[a-z]{1,5}|[\r\n]fence: 9", 0..4),
            times in any::<(i64, Option<i64>, i64)>(),
        ) {
            let attempt = Attempt {
                outcome: "200".into(),
                host: "a.test".into(),
                fence: 7,
                worker: "w".into(),
                started: UnixMicros(times.0),
                first_byte: times.1.map(UnixMicros),
                clock_offset_us: times.2,
                detail: Some(detail),
                flags,
                ..Attempt::default()
            };
            let read = Attempt::parse(attempt.to_fields().as_bytes()).unwrap();
            prop_assert_eq!(read.flags.len(), attempt.flags.len());
            let (detail, flags) = (read.detail.clone(), read.flags.clone());
            prop_assert_eq!(read, Attempt { detail, flags, ..attempt });
        }

        #[test]
        fn any_block_is_read_or_refused(block in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Attempt::parse(&block);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Attempt::parse(b"outcome: 200\r\npurpose: page\r\n").unwrap_err();
        assert_eq!(error, AttemptError::Missing("host"));
        assert!(matches!(Attempt::parse(b"fence: x\r\n"), Err(AttemptError::Value("fence", _))));
        assert_eq!(Attempt::parse(b"outcome\r\n"), Err(AttemptError::Line(1)));
    }
}
