//! Gaps and overlaps of each host.

use std::collections::HashMap;

use super::records::Seen;
use super::report::{Report, Rule};

/// Rounding of wall clocks that are read twice: what is less than this is no breach.
const SLACK_US: i64 = 1_000;

/// Checks that no two requests to a host overlapped, and that each kept its delay. `delays` holds,
/// for each attempt, what robots.txt asked for at that time, in microseconds.
pub(super) fn check(attempts: &[Seen], delays: &[i64], report: &mut Report) {
    let mut last: HashMap<&str, &Seen> = HashMap::new();
    for (seen, asked_us) in attempts.iter().zip(delays) {
        let host = seen.attempt.host.as_str();
        if let Some(before) = last.insert(host, seen) {
            judge(before, seen, *asked_us, report);
        }
    }
    report.figures.hosts = last.len() as u64;
}

fn judge(before: &Seen, seen: &Seen, asked_us: i64, report: &mut Report) {
    let start = seen.started();
    let ended = before.on_frontier(before.attempt.ended);
    if start < ended - SLACK_US {
        let message = format!(
            "it began {:.1} ms before the request for {} had ended on the same host",
            ms(ended - start),
            before.url
        );
        report.add(Rule::Overlap, seen.at(), Some(&seen.url), message);
    }
    let from = before.attempt.first_byte.unwrap_or(before.attempt.ended);
    let gap = start - before.on_frontier(from);
    let promised = i64::try_from(seen.about.delay_ms).unwrap_or(i64::MAX).saturating_mul(1_000);
    let required = promised.max(asked_us);
    lower(&mut report.figures.smallest_gap_ms, ms(gap));
    lower(&mut report.figures.smallest_margin_ms, ms(gap - required));
    if gap < required - SLACK_US {
        let message = format!(
            "it came {:.1} ms after the first byte of {}; {:.1} ms were asked for",
            ms(gap),
            before.url,
            ms(required)
        );
        report.add(Rule::Gap, seen.at(), Some(&seen.url), message);
    }
}

fn ms(us: i64) -> f64 {
    us as f64 / 1_000.0
}

fn lower(smallest: &mut Option<f64>, value: f64) {
    *smallest = Some(smallest.map_or(value, |known| known.min(value)));
}
