//! What it costs to read articles in processes that may die, beside reading them right here.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde::Serialize;
use worker::reader::{Config, InProcess, Launch, Pool, ReadOutcome, Reader, ToRead};

use crate::binary;
use crate::wait::Since;

/// Pages that are read at once, so that no reader waits for work.
const AT_ONCE: usize = 16;

/// What reading has cost.
#[derive(Clone, Debug, Serialize)]
pub struct ReadCost {
    /// `in-process`, or how many processes.
    pub how: String,
    /// Pages read.
    pub pages: usize,
    /// Articles among them.
    pub articles: usize,
    /// Wall-clock time.
    pub seconds: f64,
    /// Pages a second; depends on what else the machine does.
    pub pages_per_s: f64,
    /// CPU-seconds for 1,000 pages, of all processes.
    pub cpu_per_1000_pages: f64,
    /// Resident memory of the largest reader at its peak, in MB; 0 in process.
    pub reader_memory_peak_mb: f64,
}

/// The pages of the fixtures, unpacked.
///
/// # Panics
/// When there are none.
pub fn fixtures() -> Vec<ToRead> {
    let folder = binary::root().join("crates/extract/fixtures/pages");
    let entries = std::fs::read_dir(&folder).expect("the fixtures are there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    let pages: Vec<_> = paths.iter().filter_map(|path| page(path)).collect();
    assert!(!pages.is_empty(), "no pages in {}", folder.display());
    pages
}

fn page(path: &Path) -> Option<ToRead> {
    let name = path.file_name()?.to_str()?.strip_suffix(".html.gz")?;
    let mut body = Vec::new();
    let packed = std::fs::File::open(path).expect("it can be read");
    GzDecoder::new(packed).read_to_end(&mut body).expect("it is gzip");
    let url = format!("https://www.paper.test/2026/11/25/{name}").parse().expect("it is a URL");
    let content_type = Some("text/html".into());
    Some(ToRead { url, content_type, robots_tags: Vec::new(), body })
}

/// Reads the pages so many times over in this process.
pub async fn in_process(pages: &[ToRead], times: usize) -> ReadCost {
    let before = worker::process_cpu();
    let (articles, seconds) = read(&InProcess, pages, times).await;
    let cpu = worker::process_cpu().saturating_sub(before);
    cost("in-process".into(), (pages.len() * times, articles), seconds, (cpu, 0))
}

/// Reads the pages so many times over in so many processes.
pub async fn pool(pages: &[ToRead], times: usize, processes: usize) -> ReadCost {
    let launch = Launch { program: binary::built("newshound"), args: vec!["read-pages".into()] };
    let pool = Pool::new(Config { processes, ..Config::default() }, launch);
    let before = worker::process_cpu();
    let (articles, seconds) = read(&pool, pages, times).await;
    let cpu = worker::process_cpu().saturating_sub(before) + pool.cpu();
    let how = format!("processes: {processes}");
    let cost = cost(how, (pages.len() * times, articles), seconds, (cpu, pool.memory_peak_bytes()));
    pool.close().await;
    cost
}

async fn read(reader: &dyn Reader, pages: &[ToRead], times: usize) -> (usize, f64) {
    use futures_util::StreamExt as _;
    let since = Since::now();
    let all = std::iter::repeat_n(pages, times).flatten();
    let reading = futures_util::stream::iter(all.map(|page| reader.read(page)));
    let is_article = |read: ReadOutcome| async move { matches!(read, ReadOutcome::Article(_)) };
    let articles = reading.buffer_unordered(AT_ONCE).filter(|read| is_article(read.clone()));
    (articles.count().await, since.passed().as_secs_f64())
}

fn cost(
    how: String,
    (pages, articles): (usize, usize),
    seconds: f64,
    (cpu, memory_peak_bytes): (Duration, u64),
) -> ReadCost {
    ReadCost {
        how,
        pages,
        articles,
        seconds,
        pages_per_s: pages as f64 / seconds,
        cpu_per_1000_pages: cpu.as_secs_f64() * 1_000.0 / pages as f64,
        reader_memory_peak_mb: memory_peak_bytes as f64 / 1e6,
    }
}
