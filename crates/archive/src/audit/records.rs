//! A file from end to end, each record by itself.

use std::net::IpAddr;

use super::about::About;
use super::evidence::Evidence;
use super::group::{At, Group};
use super::report::{Place, Report, Rule};
use crate::Error;
use crate::read::digest::Check;
use crate::read::{Damage, DamageKind, Reader, Record, RecordType};
use crate::segment::marker_of;

/// Reads a file to its end.
pub(super) fn read(
    number: usize,
    evidence: &mut Evidence,
    report: &mut Report,
) -> Result<(), Error> {
    let path = evidence.files[number].clone();
    // Looked for before the file is read: a crawl that runs may seal it meanwhile.
    let is_open = marker_of(&path).exists();
    let mut reader = Reader::open(&path)?;
    report.figures.bytes += reader.file_bytes();
    report.figures.segments += 1;
    let file = evidence.file_name(number);
    let (info, group) = (Info::default(), None);
    let mut walk = Walk { number, file, is_open, evidence, report, info, group };
    loop {
        match reader.next_record() {
            Ok(Some(record)) => walk.record(record),
            Ok(None) => break,
            Err(damage) => walk.damage(&damage),
        }
    }
    walk.end();
    Ok(())
}

/// The warcinfo record that is in force.
#[derive(Default)]
struct Info {
    id: String,
    about: Option<u32>,
    /// That there is none was said.
    is_missed: bool,
}

/// What happens to a file.
struct Walk<'a> {
    number: usize,
    file: String,
    is_open: bool,
    evidence: &'a mut Evidence,
    report: &'a mut Report,
    info: Info,
    /// The records of the attempt that is being read.
    group: Option<Group>,
}

impl Walk<'_> {
    fn find(&mut self, rule: Rule, record: &Record, message: impl Into<String>) {
        let url = record.header.uri("WARC-Target-URI");
        let place = Place { file: &self.file, offset: record.offset, url };
        self.report.add(rule, place, message);
    }

    fn damage(&mut self, damage: &Damage) {
        // An attempt that lost a record cannot be judged as one.
        self.group = None;
        if self.is_open && matches!(damage.kind, DamageKind::Torn) {
            let file = &self.file;
            self.report.note(format!("{file} is still written to: its last record is not whole"));
            return;
        }
        let place = Place { file: &self.file, offset: damage.offset, url: None };
        self.report.add(Rule::Damage, place, damage.kind.to_string());
    }

    fn record(&mut self, record: Record) {
        let kind = record.header.record_type();
        *self.report.figures.records.entry(kind.as_str().to_owned()).or_default() += 1;
        self.identifiers(&record);
        self.digests(&record);
        if kind == RecordType::Warcinfo {
            self.close_group();
            self.warcinfo(&record);
            return;
        }
        self.warcinfo_reference(&record);
        self.fields(&record, kind);
        self.join(record, kind);
    }

    /// Puts a record to those of its attempt. A metadata record ends them.
    fn join(&mut self, record: Record, kind: RecordType) {
        use RecordType as T;
        if !matches!(kind, T::Request | T::Response | T::Revisit | T::Metadata) {
            return;
        }
        if self.group.as_ref().is_some_and(|group| !group.takes(&record)) {
            self.close_group();
        }
        self.group.get_or_insert_with(Group::default).push(record);
        if kind == T::Metadata {
            self.close_group();
        }
    }

    fn close_group(&mut self) {
        let Some(group) = self.group.take() else { return };
        // Without a warcinfo record nothing was promised, which was said.
        let about = self.info.about.unwrap_or_else(|| {
            let about = About { is_foreign: true, ..About::default() };
            self.adopt(about)
        });
        let at = At { file: &self.file, number: self.number, about };
        group.check(at, self.evidence, self.report);
    }

    fn adopt(&mut self, about: About) -> u32 {
        let number = u32::try_from(self.evidence.abouts.len()).unwrap_or(u32::MAX);
        self.evidence.abouts.push(about);
        self.info.about = Some(number);
        number
    }

    fn end(&mut self) {
        if self.is_open {
            // The rest of it may be on its way.
            self.group = None;
        }
        self.close_group();
        if !self.is_open && self.info.id.is_empty() && !self.info.is_missed {
            let place = Place { file: &self.file, offset: 0, url: None };
            self.report.add(Rule::Warcinfo, place, "there is no warcinfo record in the file");
        }
    }

    /// What every record must say (WARC 1.1, section 5).
    fn identifiers(&mut self, record: &Record) {
        let id = record.header.uri("WARC-Record-ID").unwrap_or_default().to_owned();
        if id.is_empty() {
            self.find(Rule::Field, record, "WARC-Record-ID is missing");
        } else if !self.evidence.is_new(&id) {
            self.find(Rule::Duplicate, record, format!("the record id {id} stands twice"));
        }
        if record.header.get("WARC-Type").is_none() {
            self.find(Rule::Field, record, "WARC-Type is missing");
        }
        match record.header.get("WARC-Date") {
            None => self.find(Rule::Date, record, "WARC-Date is missing"),
            Some(said) if date(said).is_none() => {
                self.find(Rule::Date, record, format!("WARC-Date {said:?} is no date"));
            }
            Some(_) => {}
        }
        if record.block_bytes > 0 && record.header.get("Content-Type").is_none() {
            self.find(Rule::Field, record, "Content-Type is missing");
        }
    }

    fn digests(&mut self, record: &Record) {
        let block = record.check_block_digest();
        self.digest(record, "block", &block);
        // A revisit record says the digest of a payload that lies elsewhere (section 6.7.2).
        if record.header.record_type() == RecordType::Response {
            let payload = record.check_payload_digest();
            self.digest(record, "payload", &payload);
        }
    }

    fn digest(&mut self, record: &Record, what: &str, check: &Check) {
        match check {
            Check::Right => {}
            Check::RightWithoutChunks => self.report.note(format!(
                "{} has payload digests without chunks, which warcio calls wrong",
                self.file
            )),
            Check::Absent => self.find(Rule::Digest, record, format!("it has no {what} digest")),
            Check::Unknown(said) => {
                let message = format!("the {what} digest {said:?} is of no kind that is known");
                self.find(Rule::Digest, record, message);
            }
            Check::Wrong { said, found } => {
                let message = format!("the {what} digest says {said}, the bytes give {found}");
                self.find(Rule::Digest, record, message);
            }
        }
    }

    fn warcinfo(&mut self, record: &Record) {
        if record.offset > 0 && self.info.about.is_none() && !self.info.is_missed {
            self.find(Rule::Warcinfo, record, "it is not the first record");
        }
        match record.header.get("WARC-Filename") {
            None => self.find(Rule::Warcinfo, record, "it does not say WARC-Filename"),
            Some(name) if name != self.file => {
                self.report.note(format!("{} was made as {name}", self.file));
            }
            Some(_) => {}
        }
        let mut about = About::parse(&record.block);
        if !about.missing.is_empty() {
            let mut message = format!("it does not say {}", about.missing.join(", "));
            if about.is_foreign {
                message.push_str(": nothing about pace and obedience can be proved");
            }
            self.find(Rule::Warcinfo, record, message);
        }
        for (untold, line) in std::mem::take(&mut about.doubtful) {
            let message =
                format!("the override {line:?} does not say {untold}, and does not count");
            self.find(Rule::Override, record, message);
        }
        self.report.figures.overrides.append(&mut about.overrides);
        let id = record.header.uri("WARC-Record-ID").unwrap_or_default();
        id.clone_into(&mut self.info.id);
        self.adopt(about);
    }

    /// Each record names the warcinfo record that tells how it was made (section 5.15).
    fn warcinfo_reference(&mut self, record: &Record) {
        if self.info.id.is_empty() {
            if !self.info.is_missed {
                self.find(Rule::Warcinfo, record, "no warcinfo record stands before it");
                self.info.is_missed = true;
            }
            return;
        }
        if record.header.uri("WARC-Warcinfo-ID") != Some(&self.info.id) {
            let said = record.header.get("WARC-Warcinfo-ID").unwrap_or("nothing");
            let message = format!("it names {said} as its warcinfo record");
            self.find(Rule::Warcinfo, record, message);
        }
    }

    fn fields(&mut self, record: &Record, kind: RecordType) {
        use RecordType as T;
        if kind != T::Other && record.header.get("WARC-Target-URI").is_none() {
            self.find(Rule::Field, record, "WARC-Target-URI is missing");
        }
        match record.header.get("WARC-IP-Address") {
            Some(said) if said.parse::<IpAddr>().is_err() => {
                self.find(Rule::Address, record, format!("{said:?} is no address"));
            }
            None if matches!(kind, T::Response | T::Revisit) => {
                self.find(Rule::Address, record, "WARC-IP-Address is missing");
            }
            _ => {}
        }
        if let Some(reason) = record.header.get("WARC-Truncated")
            && !matches!(reason, "length" | "time" | "disconnect" | "unspecified")
        {
            self.find(Rule::Field, record, format!("WARC-Truncated says {reason:?}"));
        }
        let url = record.header.uri("WARC-Target-URI").unwrap_or_default();
        if url.split('/').nth(2).is_some_and(|authority| authority.contains('@')) {
            self.find(Rule::Secret, record, "the URL holds a name and perhaps a password");
        }
    }
}

/// Microseconds of a date as WARC 1.1 writes it: UTC, to the second or finer (section 5.4).
pub(super) fn date(text: &str) -> Option<i64> {
    let is_utc = text.len() >= 20 && text.ends_with('Z') && text.as_bytes()[10] == b'T';
    let parsed: jiff::Timestamp = text.parse().ok().filter(|_| is_utc)?;
    Some(parsed.as_microsecond())
}
