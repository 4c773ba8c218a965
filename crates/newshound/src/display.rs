//! What a running crawl shows: a live line on a terminal, plain lines otherwise.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use fetch::Web;
use frontier::{Frontier, Stats};
use indicatif::{ProgressBar, ProgressStyle};
use worker::{Crawler, Full, Totals};

use crate::{telemetry, units};

/// How often the live line is drawn anew.
const LIVE_EVERY: Duration = Duration::from_millis(500);

/// How often a plain line is written.
const PLAIN_EVERY: Duration = Duration::from_secs(15);

/// Shows progress until it is dropped or aborted.
pub(crate) async fn show<F: Frontier, W: Web>(crawler: Arc<Crawler<F, W>>) {
    let is_live = std::io::stderr().is_terminal();
    let every = if is_live { LIVE_EVERY } else { PLAIN_EVERY };
    let bar = is_live.then(live_line);
    let _cleared = Cleared(bar.clone());
    telemetry::above(bar.clone());
    let mut before = 0;
    loop {
        tokio::time::sleep(every).await;
        let totals = crawler.tally().totals();
        let Ok(stats) = crawler.stats().await else { continue };
        let rate = totals.pages.saturating_sub(before) as f64 / every.as_secs_f64();
        before = totals.pages;
        let line = line(&totals, &stats, rate, crawler.full());
        match &bar {
            Some(bar) => bar.set_message(line),
            None => eprintln!("{line}"),
        }
    }
}

fn live_line() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {elapsed_precise} {wide_msg}");
    let bar = ProgressBar::new_spinner();
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Takes the live line off the screen.
struct Cleared(Option<ProgressBar>);

impl Drop for Cleared {
    fn drop(&mut self) {
        telemetry::above(None);
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn line(totals: &Totals, stats: &Stats, rate: f64, full: Option<Full>) -> String {
    let mut line = format!(
        "{} ({rate:.1}/s), {} | hosts ready: {} fresh, {} backfill; {} leased | {} queued",
        units::plural(totals.pages, "page"),
        units::bytes(totals.bytes),
        units::count(stats.lanes[0].ready),
        units::count(stats.lanes[1].ready),
        units::count(stats.hosts_leased),
        units::count(stats.pending),
    );
    if let Some(errors) = errors(totals) {
        line.push_str(" | ");
        line.push_str(&errors);
    }
    match full {
        Some(Full::Disk) => line.push_str(" | DISK FULL, waiting"),
        Some(Full::Frontier) => line.push_str(" | FRONTIER FULL, waiting"),
        None => {}
    }
    line
}

/// `404: 12, timeout: 3`, the most frequent first.
pub(crate) fn errors(totals: &Totals) -> Option<String> {
    let mut kinds: Vec<_> = totals.errors.iter().collect();
    kinds.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let words: Vec<_> = kinds.iter().take(6).map(|(kind, n)| format!("{kind}: {n}")).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
