//! What it costs to find the links of a page, and to glance at its text: both run on every page.

use std::hint::black_box;
use std::time::Duration;

use crawl::identity;
use extract::{Limits, charset, read_page, skim};
use serde::Serialize;
use worker::reader::ToRead;

/// What one way of reading costs.
#[derive(Clone, Debug, Serialize)]
pub struct LinksCost {
    /// `links`, `skim` or `both`: as a visit calls them, each with the decoding that it needs.
    pub what: &'static str,
    /// Bytes of the pages, read so many times over.
    pub bytes: usize,
    /// Links that were found.
    pub links: usize,
    /// Megabytes (of 10^6 bytes) for each second of CPU.
    pub mb_per_cpu_s: f64,
    /// The same for the page that takes longest for its size, and which it is.
    pub slowest: (String, f64),
}

/// A way of reading; gives how many links it saw.
type Way = fn(&ToRead) -> usize;

/// Reads pages so many times over, each way.
pub fn links(pages: &[ToRead], times: usize) -> Vec<LinksCost> {
    let ways: [(&'static str, Way); 3] =
        [("links", links_of), ("skim", skim_of), ("both", both_of)];
    ways.into_iter().map(|(what, read)| cost(what, read, pages, times)).collect()
}

fn links_of(page: &ToRead) -> usize {
    black_box(read_page(&page.input(), identity::TOKEN, &Limits::default())).links.len()
}

/// The charset is found as a part of the links.
fn skim_of(page: &ToRead) -> usize {
    let charset = charset::detect(&page.body, page.content_type.as_deref(), &page.url);
    black_box(skim::of(&page.body, charset)).links
}

fn both_of(page: &ToRead) -> usize {
    let read = black_box(read_page(&page.input(), identity::TOKEN, &Limits::default()));
    black_box(skim::of(&page.body, read.charset));
    read.links.len()
}

fn cost(what: &'static str, read: Way, pages: &[ToRead], times: usize) -> LinksCost {
    let (mut bytes, mut links, mut cpu) = (0, 0, Duration::ZERO);
    let mut slowest = (String::new(), f64::INFINITY);
    for page in pages {
        let before = worker::process_cpu();
        for _ in 0..times {
            links += read(page);
        }
        let taken = worker::process_cpu().saturating_sub(before);
        let rate = (page.body.len() * times) as f64 / 1e6 / taken.as_secs_f64();
        if rate < slowest.1 {
            slowest = (page.url.to_string(), rate);
        }
        bytes += page.body.len() * times;
        cpu += taken;
    }
    let mb_per_cpu_s = bytes as f64 / 1e6 / cpu.as_secs_f64();
    LinksCost { what, bytes, links, mb_per_cpu_s, slowest }
}
