//! A server with very many names: few of them are visited at a time.

use newsweb::{Config, Request, Traits, Verdict};
use serde::Serialize;

use super::crew::Crew;
use super::shared::Shared;
use super::{Audited, judge};
use crate::Web;
use crate::scenario::DELAY;

/// Time to first byte: long enough that requests meet.
const LATENCY_MS: u64 = 150;

/// Articles of each host.
const ARTICLES: usize = 3;

/// What came of it.
#[derive(Debug, Serialize)]
pub struct AddressCap {
    /// Hosts at one address.
    pub hosts: usize,
    /// Worker processes.
    pub workers: usize,
    /// The cap.
    pub cap: u32,
    /// Requests in flight at the same time at most, by the servers' log.
    pub in_flight_max: usize,
    /// The judge's verdict on the servers' log.
    pub verdict: Verdict,
    /// What the archives say together.
    pub audit: Audited,
}

/// Crawls so many virtual hosts at one address of loopback, of which only `cap` may be visited at a
/// time.
///
/// # Panics
/// When there are ever more requests in flight, and when anything is lost or impolite.
#[track_caller]
pub fn address_cap(hosts: usize, workers: usize, cap: u32) -> AddressCap {
    let web = Web::start(Config {
        articles_per_outlet: ARTICLES,
        sections: 1,
        subdomain_share: 0.0,
        traits: Traits { latency_ms: LATENCY_MS, ..Traits::calm() },
        ..Config::news(hosts)
    });
    let shared = Shared::one(frontier::testing::Options::default());
    let rules = ["--address-hosts", &cap.to_string(), "--address-cap-for-allowed", "true"];
    shared.prepare(&web, DELAY, &rules);
    let done = Crew::start(&web, &shared, workers).wait();
    let in_flight_max = in_flight_max(&web.get().requests());
    assert!(in_flight_max <= cap as usize, "{in_flight_max} requests in flight, the cap is {cap}");
    let (verdict, _) = judge::log(&web, DELAY, &[], &[]);
    let data: Vec<_> = done.iter().map(|worker| worker.data.path()).collect();
    let audit = judge::audit(&data, verdict.requests);
    AddressCap { hosts, workers, cap, in_flight_max, verdict, audit }
}

/// The most requests that were in flight at any time.
fn in_flight_max(requests: &[Request]) -> usize {
    let starts = requests.iter().map(|request| (request.start, 1));
    let mut moments: Vec<(f64, i32)> =
        starts.chain(requests.iter().map(|request| (request.end, -1))).collect();
    // What ends when another begins does not meet it.
    moments.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut in_flight = 0;
    let counts = moments.into_iter().map(|(_, change)| {
        in_flight += change;
        in_flight
    });
    usize::try_from(counts.max().unwrap_or(0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(start: f64, end: f64) -> Request {
        Request {
            host: "a.test".to_owned(),
            path: "/".to_owned(),
            start,
            first_byte: None,
            end,
            status: 200,
            ua: String::new(),
            bytes: 1,
            scheme: "http".to_owned(),
            complete: true,
            retry_after_s: None,
            given_up: false,
        }
    }

    #[test]
    fn only_what_is_in_flight_at_the_same_time_counts() {
        let apart = [request(1.0, 2.0), request(2.0, 3.0), request(3.5, 4.0)];
        assert_eq!(in_flight_max(&apart), 1);
        let nested = [request(1.0, 4.0), request(1.5, 2.0), request(3.0, 3.5), request(3.2, 5.0)];
        assert_eq!(in_flight_max(&nested), 3);
        assert_eq!(in_flight_max(&[]), 0);
    }
}
