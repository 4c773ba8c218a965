//! `newshound inspect`: what is kept of a URL.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use archive::read::{Record, RecordType, http};
use archive::{Kept, Location};
use crawl::{CanonicalUrl, identity};
use fetch::coding;
use jiff::Timestamp;
use serde::Serialize;

use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::{out, units};

/// Decoded bytes of a page that are read or printed.
const DECODED_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Links that are listed for people; --json lists all.
const LINKS_SHOWN: usize = 20;

/// Shows what the archive keeps of a URL: every snapshot, and the last one in detail. Works
/// beside a
/// running crawl.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The URL, or a domain for its front page
    url: String,
    /// The data directory of the crawl
    #[arg(long, value_name = "DIR", default_value = "newshound-data")]
    data: PathBuf,
    /// Print the content of the last snapshot, decoded, on standard output
    #[arg(long, conflicts_with = "json")]
    content: bool,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let url = url(&args.url)?;
    let data = DataDir::beside(&args.data)?;
    let found = archive::find(&data.archive(), url.as_str())?;
    let Some(last) = found.last() else {
        eprintln!(
            "newshound: {} keeps no snapshot of {url}; URLs are compared whole, with scheme \
                and path",
            data.root().display()
        );
        return Ok(Exit::Failed);
    };
    let view = View::of(&url, &found, archive::load(last)?);
    if args.content {
        let content = content(&view.kept, &data)?;
        out::bytes(&content)?;
    } else if args.json {
        out::json(&view.report())?;
    } else {
        out::text(&view.render()?)?;
    }
    Ok(Exit::Ok)
}

/// A domain stands for its front page, as a seed does.
fn url(text: &str) -> Result<CanonicalUrl> {
    let seed = crawl::Seed::parse(text).map_err(usage)?;
    Ok(seed.entry().url)
}

/// The content of a snapshot; of the snapshot it refers to when it is a revisit.
fn content(kept: &Kept, data: &DataDir) -> Result<Vec<u8>> {
    let record = kept.response.as_ref().context("the last attempt brought no response")?;
    if record.header.record_type() == RecordType::Revisit {
        let of = record.header.uri("WARC-Refers-To-Target-URI").context("it refers to nothing")?;
        let found = archive::find(&data.archive(), of)?;
        for location in found.iter().rev().filter(|l| **l < kept.location) {
            let before = archive::load(location)?;
            let is_whole = |r: &&Record| r.header.record_type() == RecordType::Response;
            if let Some(whole) = before.response.as_ref().filter(is_whole) {
                return decoded(whole);
            }
        }
        anyhow::bail!("the snapshot that this revisit refers to is not in the archive");
    }
    decoded(record)
}

fn decoded(record: &Record) -> Result<Vec<u8>> {
    let head = http::parse_response(&record.block).context("the record holds no HTTP response")?;
    let codings = head.headers.list("content-encoding");
    let body = &record.block[head.body_at..];
    let decoded = coding::decode(&codings, body, DECODED_BYTES_MAX)?;
    Ok(decoded.bytes.into_owned())
}

/// What there is to show.
struct View<'a> {
    url: &'a CanonicalUrl,
    found: &'a [Location],
    kept: Kept,
    page: Option<extract::Page>,
}

/// The JSON object.
#[derive(Serialize)]
struct Report<'a> {
    url: &'a str,
    kind: &'static str,
    snapshots: Vec<SnapshotLine>,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    charset: Option<&'static str>,
    canonical: Option<String>,
    robots_meta: Vec<String>,
    links: Vec<LinkLine<'a>>,
    attempt: Option<Vec<(String, String)>>,
}

#[derive(Serialize)]
struct SnapshotLine {
    date: String,
    segment: String,
    offset: u64,
}

#[derive(Serialize)]
struct LinkLine<'a> {
    url: &'a str,
    rel: &'a str,
}

impl<'a> View<'a> {
    fn of(url: &'a CanonicalUrl, found: &'a [Location], kept: Kept) -> Self {
        let page = kept.response.as_ref().and_then(|record| page(url, record));
        Self { url, found, kept, page }
    }

    fn head(&self) -> Option<http::ResponseHead> {
        http::parse_response(&self.kept.response.as_ref()?.block).ok()
    }

    fn report(&self) -> Report<'_> {
        let head = self.head();
        let headers = head.iter().flat_map(|head| head.headers.iter());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let page = self.page.as_ref();
        let attempt = self.kept.attempt.as_ref().map(|attempt| fields(&attempt.to_fields()));
        Report {
            url: self.url.as_str(),
            kind: if page.is_some() { "page" } else { "other" },
            snapshots: self.found.iter().map(line).collect(),
            status: head.as_ref().map(|head| head.status),
            headers: headers.map(|(name, value)| (name.to_owned(), text(value))).collect(),
            charset: page.map(|page| page.charset.name),
            canonical: page.and_then(|p| p.canonical.as_ref()).map(ToString::to_string),
            robots_meta: page.map(|page| page.robots.directives.clone()).unwrap_or_default(),
            links: page.map(links).unwrap_or_default(),
            attempt,
        }
    }

    fn render(&self) -> Result<String> {
        let mut out = String::new();
        let report = self.report();
        writeln!(out, "{}", report.url)?;
        for snapshot in &report.snapshots {
            writeln!(out, "  {}  {} at byte {}", snapshot.date, snapshot.segment, snapshot.offset)?;
        }
        if let (Some(head), Some(record)) = (self.head(), &self.kept.response) {
            let kind = match record.header.record_type() {
                RecordType::Revisit => "revisit: the payload is in an earlier snapshot",
                _ => "response",
            };
            writeln!(out, "last snapshot ({kind}):")?;
            writeln!(out, "  {} {} {}", head.version, head.status, head.reason)?;
            for (name, value) in &report.headers {
                writeln!(out, "  {name}: {value}")?;
            }
            let body = (record.block.len() - head.body_at) as u64;
            writeln!(out, "  {} stored", units::bytes(body))?;
        } else {
            writeln!(out, "the last attempt brought no response")?;
        }
        for (name, value) in report.attempt.iter().flatten() {
            writeln!(out, "  {name}: {value}")?;
        }
        if let Some(page) = &self.page {
            render_page(&mut out, page, &report.links)?;
        }
        Ok(out)
    }
}

fn render_page(out: &mut String, page: &extract::Page, links: &[LinkLine<'_>]) -> std::fmt::Result {
    writeln!(out, "page ({}):", page.charset.name)?;
    if let Some(canonical) = &page.canonical {
        writeln!(out, "  canonical: {canonical}")?;
    }
    if !page.robots.directives.is_empty() {
        writeln!(out, "  asks robots: {}", page.robots.directives.join(", "))?;
    }
    writeln!(out, "  {}", units::plural(links.len() as u64, "link"))?;
    for link in links.iter().take(LINKS_SHOWN) {
        writeln!(out, "  {} {}", link.url, link.rel)?;
    }
    if links.len() > LINKS_SHOWN {
        writeln!(out, "  and {} more (--json lists all)", links.len() - LINKS_SHOWN)?;
    }
    Ok(())
}

fn links(page: &extract::Page) -> Vec<LinkLine<'_>> {
    page.links.iter().map(|l| LinkLine { url: l.url.as_str(), rel: &l.rel }).collect()
}

fn page(url: &CanonicalUrl, record: &Record) -> Option<extract::Page> {
    let head = http::parse_response(&record.block).ok()?;
    let body = decoded(record).ok()?;
    let content_type = head.headers.text("content-type");
    let robots_tags: Vec<String> = head
        .headers
        .all("x-robots-tag")
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect();
    let input = extract::Input {
        url: url.as_url(),
        content_type: content_type.as_deref(),
        robots_tags: &robots_tags,
        body: &body,
    };
    let is_page = !body.is_empty() && extract::is_html(&input);
    is_page.then(|| extract::read_page(&input, identity::TOKEN, &extract::Limits::default()))
}

fn line(location: &Location) -> SnapshotLine {
    let date = Timestamp::from_microsecond(location.date.0).unwrap_or_default();
    let name = location.segment.file_name().unwrap_or_default();
    SnapshotLine {
        date: date.to_string(),
        segment: name.to_string_lossy().into_owned(),
        offset: location.offset,
    }
}

fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.split_once(": "));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
