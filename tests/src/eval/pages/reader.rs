//! Who reads the pages: we, and Python trafilatura beside us.

use std::path::Path;

use extract::{Input, Limits, Stamp};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use url::Url;

use super::sample::Sample;
use crate::peers;

/// What a reader says of a page.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) title: Option<String>,
    pub(super) authors: Vec<String>,
    /// The day where it was written, and the day in UTC.
    pub(super) days: Vec<String>,
    pub(super) agency: Option<String>,
    /// CPU time, in milliseconds.
    pub(super) ms: f64,
}

/// What a reader says of all pages.
#[derive(Debug, Deserialize)]
pub(super) struct Readings {
    /// In the order of the pages.
    pub(super) pages: Vec<Reading>,
    /// The most memory that it took, in bytes.
    pub(super) memory_bytes: u64,
}

/// Reads all pages ourselves, each with a pass before that is not counted: what a page costs is
/// not what the first page costs.
pub(super) fn ours(samples: &[Sample]) -> Readings {
    let pages = samples.iter().map(read).collect();
    Readings { pages, memory_bytes: memory_bytes() }
}

fn read(sample: &Sample) -> Reading {
    let url = Url::parse(&sample.url).expect("the URLs of the index are URLs");
    let input = Input { url: &url, content_type: None, robots_tags: &[], body: &sample.body };
    let limits = Limits::default();
    let page = extract::read_page(&input, crawl::identity::TOKEN, &limits);
    let before = cpu_ms();
    let article = extract::read_article(&input, &page, &limits);
    let ms = cpu_ms() - before;
    let Some(article) = article else { return Reading { ms, ..Reading::default() } };
    Reading {
        text: article.text(),
        days: article.published.iter().flat_map(days).collect(),
        agency: article.agency().map(str::to_owned),
        title: article.headline,
        authors: article.authors,
        ms,
    }
}

fn days(stamp: &Stamp) -> Vec<String> {
    let in_utc = Stamp::from(stamp.instant_or_utc()).day();
    vec![stamp.day().to_string(), in_utc.to_string()]
}

/// The CPU time of this thread so far.
fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// The most memory that this process has taken.
fn memory_bytes() -> u64 {
    worker::memory_peak_bytes("self").expect("Linux tells")
}

/// Lets Python trafilatura read the pages of a folder.
pub(super) fn trafilatura(dir: &Path) -> Readings {
    let output = peers::read_pages(dir);
    serde_json::from_str(&output).expect("the script writes JSON")
}
