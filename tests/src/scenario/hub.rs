//! Many hosts that redirect their pages and their robots files to one hub.

use newsweb::{Config, Verdict};
use serde::Serialize;

use super::{Audited, DELAY, audit, crawl_all};
use crate::{DataDir, Web};

/// What a crawl of such a web came to.
#[derive(Debug, Serialize)]
pub struct HubReport {
    /// Hosts that redirect.
    pub hosts: usize,
    /// Requests that the hub saw.
    pub hub_requests: u64,
    /// The judge's verdict on the servers' log, the hub's among them.
    pub verdict: Verdict,
    /// What the archive says.
    pub audit: Audited,
}

/// Crawls it to the end.
///
/// # Panics
/// When the hub, or any other host, sees two requests at once or too close together, or when
/// anything is missing.
#[track_caller]
pub fn hub(hosts: usize) -> HubReport {
    let web = Web::start(Config::hub(hosts));
    let data = DataDir::new();
    let done = crawl_all(&web, &data);
    let requests = web.get().requests();
    let verdict = newsweb::judge(&requests, web.get().truth(), DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}\n{}", done.stderr);
    let hub_requests = requests.iter().filter(|request| request.host == "hub.test").count() as u64;
    assert!(hub_requests >= hosts as u64, "the hub saw {hub_requests} requests only");
    HubReport { hosts, hub_requests, verdict, audit: audit(&data.path()) }
}
