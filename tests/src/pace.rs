//! How fast a polite crawl was, against the fastest that its delays allow.

use std::collections::HashMap;
use std::time::Duration;

use newsweb::{Request, Truth};
use serde::Serialize;

/// Hosts with fewer requests are left out: their rate says nothing.
const REQUESTS_MIN: usize = 10;

/// Rates, summed over the hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Pace {
    /// Hosts that count.
    pub hosts: u64,
    /// Requests a second while each host was being visited.
    pub seen_per_s: f64,
    /// The ideal: the sum over hosts of 1 / (delay + time to first byte).
    pub ideal_per_s: f64,
    /// Share of the ideal that was reached.
    pub share: f64,
}

/// Measures the pace from the servers' log.
///
/// The delay of a host is the configured one, its Crawl-delay or its last time to first byte,
/// whichever is longest; after a `Retry-After` it is that.
pub fn pace(requests: &[Request], truth: &Truth, delay: Duration) -> Pace {
    let crawl_delays: HashMap<&str, f64> =
        truth.hosts.iter().map(|h| (h.host.as_str(), h.crawl_delay_s.unwrap_or(0.0))).collect();
    let mut by_host: HashMap<&str, Vec<&Request>> = HashMap::new();
    for request in requests {
        by_host.entry(&request.host).or_default().push(request);
    }
    let mut pace = Pace::default();
    for (host, mut requests) in by_host {
        if requests.len() < REQUESTS_MIN {
            continue;
        }
        requests.sort_by(|a, b| a.start.total_cmp(&b.start));
        let crawl_delay = crawl_delays.get(host).copied().unwrap_or(0.0);
        let least_s = delay.as_secs_f64().max(crawl_delay);
        let gaps = (requests.len() - 1) as f64;
        let taken_s = requests[requests.len() - 1].start - requests[0].start;
        let ideal_s: f64 =
            requests[..requests.len() - 1].iter().map(|before| ideal_gap_s(before, least_s)).sum();
        pace.hosts += 1;
        pace.seen_per_s += gaps / taken_s;
        pace.ideal_per_s += gaps / ideal_s;
    }
    pace.share = pace.seen_per_s / pace.ideal_per_s;
    pace
}

/// From a start to the next one that politeness allows.
fn ideal_gap_s(before: &Request, least_s: f64) -> f64 {
    let first_byte_s = before.first_byte.unwrap_or(before.end) - before.start;
    least_s.max(first_byte_s).max(before.retry_after_s.unwrap_or(0.0)) + first_byte_s
}
