//! The world's readers of WARC files, as judges of our archives.
//!
//! None of them sees every damage: warcio passes flipped bits and torn members, `FastWARC` passes
//! records that share a gzip member. Together, and with equal counts, they see most.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use archive::read::Reader;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use crate::binary;
use crate::process::{Finished, Running};

/// Records by their WARC-Type.
pub type Counts = BTreeMap<String, u64>;

/// What a reader may take for all files of a test.
const LIMIT: Duration = Duration::from_mins(5);

/// What all readers say about the same files.
#[derive(Debug)]
pub struct Verdict {
    /// What our own reader counts.
    pub ours: Counts,
    /// What `warcio index` counts.
    pub warcio: Counts,
    /// What `FastWARC` counts.
    pub fastwarc: Counts,
    /// Lines that cdxj-indexer writes: one for each response and revisit.
    pub indexed: u64,
    /// Revisits whose payload `FastWARC` cannot prove: all of them, by its nature.
    pub revisits_unproven: u64,
    /// What any of them has against the files.
    pub findings: Vec<String>,
}

impl Verdict {
    /// Fails the test unless nobody found anything and all counted the same.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.findings.is_empty(), "{:#?}", self.findings);
        assert!(!self.ours.is_empty(), "no records at all");
        assert_eq!(self.warcio, self.ours, "warcio counts other records than we do");
        assert_eq!(self.fastwarc, self.ours, "FastWARC counts other records than we do");
        let count = |kind| self.ours.get(kind).copied().unwrap_or(0);
        assert_eq!(self.indexed, count("response") + count("revisit"), "lines of cdxj-indexer");
        assert_eq!(self.revisits_unproven, count("revisit"), "revisits that FastWARC calls bad");
    }
}

/// Lets all readers judge these files. One that fails has a finding, and counts what it saw.
pub fn judge(files: &[PathBuf]) -> Verdict {
    let mut findings = Vec::new();
    warcio_check(files, &mut findings);
    let warcio = warcio_index(files, &mut findings);
    let cdxj = run(&mut tool("warcio", "cdxj-indexer", &[], files), b"");
    let indexed = heard("cdxj-indexer", cdxj, &mut findings).lines().count();
    let fastwarc = fastwarc(files, &mut findings);
    let indexed = u64::try_from(indexed).expect("counts fit");
    let ours = ours(files, &mut findings);
    let FastWarc { records, revisits_unproven, .. } = fastwarc;
    Verdict { ours, warcio, fastwarc: records, indexed, revisits_unproven, findings }
}

fn warcio_check(files: &[PathBuf], findings: &mut Vec<String>) {
    let check = run(&mut tool("warcio", "warcio", &["check"], files), b"");
    if check.code != Some(0) {
        // What it found is on its output; an exception is not.
        findings.push(format!("warcio check: {}{}", check.stdout, check.stderr));
    }
}

/// Records by type, as our own reader counts them.
fn ours(files: &[PathBuf], findings: &mut Vec<String>) -> Counts {
    let mut counts = Counts::new();
    for path in files {
        let mut reader = Reader::open(path).expect("a segment can be opened");
        loop {
            match reader.next_record() {
                Ok(Some(record)) => {
                    let kind = record.header.get("WARC-Type").unwrap_or("none").to_owned();
                    *counts.entry(kind).or_default() += 1;
                }
                Ok(None) => break,
                Err(damage) => {
                    findings.push(format!("{}: {damage:?}", path.display()));
                    break;
                }
            }
        }
    }
    counts
}

/// Records by type, as `warcio index` lists them.
fn warcio_index(files: &[PathBuf], findings: &mut Vec<String>) -> Counts {
    #[derive(Deserialize)]
    struct Line {
        #[serde(rename = "warc-type")]
        kind: String,
    }
    let args = ["index", "--fields", "warc-type"];
    let index = run(&mut tool("warcio", "warcio", &args, files), b"");
    let output = heard("warcio index", index, findings);
    let mut counts = Counts::new();
    for line in output.lines() {
        let line: Line = serde_json::from_str(line).expect("warcio index writes JSON lines");
        *counts.entry(line.kind).or_default() += 1;
    }
    counts
}

/// What `tests/peers/fastwarc_counts.py` prints.
#[derive(Default, Deserialize)]
struct FastWarc {
    records: Counts,
    bad: Vec<String>,
    revisits_unproven: u64,
}

fn fastwarc(files: &[PathBuf], findings: &mut Vec<String>) -> FastWarc {
    let counts = run(&mut script("fastwarc", "fastwarc_counts.py", files), b"");
    let output = heard("FastWARC", counts, findings);
    if output.is_empty() {
        return FastWarc::default();
    }
    let mut said: FastWarc = from_json(&output);
    findings.append(&mut said.bad);
    said
}

/// The output of a reader; its failure is a finding, with the last line of what it complains.
fn heard(reader: &str, finished: Finished, findings: &mut Vec<String>) -> String {
    if finished.code != Some(0) {
        let last = finished.stderr.lines().last().unwrap_or("without a word");
        findings.push(format!("{reader} fails: {last}"));
    }
    finished.stdout
}

/// How pywb shows a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Mode {
    /// As stored, byte for byte.
    #[serde(rename = "id_")]
    Stored,
    /// Rewritten for a browser.
    #[serde(rename = "mp_")]
    Shown,
}

/// A capture to be replayed.
#[derive(Debug, Clone, Serialize)]
pub struct Ask {
    /// The URL as it was fetched.
    pub url: String,
    /// `YYYYMMDDhhmmss`, UTC.
    pub timestamp: String,
    /// As stored or as shown.
    pub mode: Mode,
}

/// What pywb answers.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, without its content coding.
    pub body: Vec<u8>,
}

/// Replays captures with pywb, on a port of loopback that is free; it ends before this returns.
pub fn replay(files: &[PathBuf], asks: &[Ask]) -> Vec<Answer> {
    #[derive(Deserialize)]
    struct Coded {
        status: u16,
        coding: Option<String>,
        body: String,
    }
    let input = serde_json::to_vec(asks).expect("strings are JSON");
    let output = expect_output(run(&mut script("pywb", "pywb_replay.py", files), &input));
    let answers: Vec<Coded> = from_json(&output);
    let decoded = answers.into_iter().map(|answer| {
        let body = BASE64.decode(answer.body.as_bytes()).expect("the script writes base64");
        Answer { status: answer.status, body: decode(answer.coding.as_deref(), &body) }
    });
    decoded.collect()
}

/// Fails the test unless pywb gives back the page that we stored, and shows it with `phrase`.
#[track_caller]
pub fn assert_replays(files: &[PathBuf], url: &str, phrase: &str) {
    let (timestamp, stored) =
        stored_page(files, url).unwrap_or_else(|| panic!("no response with a page of {url}"));
    let ask = |mode| Ask { url: url.to_owned(), timestamp: timestamp.clone(), mode };
    let answers = replay(files, &[ask(Mode::Stored), ask(Mode::Shown)]);
    assert_eq!(answers[0].status, 200, "{url} as stored");
    assert!(answers[0].body == stored, "pywb gives other bytes of {url} than we stored");
    assert_eq!(answers[1].status, 200, "{url} as shown");
    let shown = String::from_utf8_lossy(&answers[1].body);
    assert!(shown.contains(phrase), "{url} is shown without {phrase:?}:\n{shown}");
}

/// Timestamp and decoded body of the first response of a URL.
fn stored_page(files: &[PathBuf], url: &str) -> Option<(String, Vec<u8>)> {
    for path in files {
        let mut reader = Reader::open(path).expect("a segment can be opened");
        while let Some(record) = reader.next_record().expect("a segment is whole") {
            let field = |name| record.header.get(name).unwrap_or_default();
            if field("WARC-Type") == "response" && field("WARC-Target-URI") == url {
                let digits = field("WARC-Date").chars().filter(char::is_ascii_digit);
                return Some((digits.take(14).collect(), page_of(&record.block)));
            }
        }
    }
    None
}

/// The decoded body of an HTTP response. Read here once more, so that our reader is judged too.
fn page_of(block: &[u8]) -> Vec<u8> {
    let end = block.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = block.split_at(end.expect("a response has a head") + 4);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let coding = head.lines().find_map(|line| line.strip_prefix("content-encoding:"));
    decode(coding.map(str::trim), body)
}

fn decode(coding: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let read = match coding {
        None | Some("identity") => return body.to_vec(),
        Some("gzip") => flate2::read::MultiGzDecoder::new(body).read_to_end(&mut plain),
        Some("br") => brotli::Decompressor::new(body, 1 << 16).read_to_end(&mut plain),
        Some(other) => panic!("a coding that we do not store: {other}"),
    };
    read.expect("the coding is what the head says");
    plain
}

/// Reads the pages of a folder with Python trafilatura; what it makes of them, as JSON.
pub fn read_pages(folder: &Path) -> String {
    let folder = [folder.to_path_buf()];
    expect_output(run(&mut script("trafilatura", "trafilatura_pages.py", &folder), b""))
}

/// Writes a small archive with warcio: for trying the readers without a crawler.
pub fn write_sample(path: &Path) {
    expect_output(run(&mut script("warcio", "warcio_sample.py", &[path.to_path_buf()]), b""));
}

/// A program of one of the Python environments.
fn tool(environment: &str, program: &str, args: &[&str], files: &[PathBuf]) -> Command {
    let path = binary::root().join(".venvs").join(environment).join("bin").join(program);
    assert!(
        File::open(&path).is_ok(),
        "{program} of the Python environment `{environment}` is missing: run `cargo xtask setup`"
    );
    let mut command = Command::new(path);
    command.args(args).args(files);
    command
}

/// A script of `tests/peers`, run by the Python of its environment.
fn script(environment: &str, name: &str, files: &[PathBuf]) -> Command {
    let path = binary::root().join("tests/peers").join(name);
    let path = path.to_str().expect("the workspace has a path in UTF-8");
    tool(environment, "python", &[path], files)
}

fn run(command: &mut Command, input: &[u8]) -> Finished {
    Running::start(command, input).wait(LIMIT)
}

#[track_caller]
fn expect_output(finished: Finished) -> String {
    finished.expect_code(0).stdout
}

#[track_caller]
fn from_json<T: for<'a> Deserialize<'a>>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}
