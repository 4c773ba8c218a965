//! How much at once, how long, how far.

use std::time::Duration;

use crawl::duration;
use serde::{Deserialize, Serialize};

/// How a worker works. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Config {
    /// Requests in flight at most, over all hosts.
    pub concurrency: usize,
    /// Hosts of one outlet that are leased at the same time, over the whole fleet.
    pub outlet_leases_max: u32,
    /// Hosts with the same address (IPv4 address, IPv6 /64) that are visited at the same time, over
    /// the whole fleet; 0 for as many as there are.
    pub address_requests_max: u32,
    /// Whether that holds in networks that were opened by hand (`--allow-network`) as well.
    pub address_cap_for_allowed: bool,
    /// URLs taken with one lease of a host.
    pub lease_urls_max: usize,
    /// Links offered lately that are remembered, so that they are not offered again (about 20 bytes
    /// each); 0 for none.
    pub seen_links_max: usize,
    /// How long a lease lasts before it has to be extended.
    #[serde(with = "duration::text")]
    pub lease_for: Duration,
    /// A lease is kept over a delay up to this long; over a longer one the host is handed back.
    #[serde(with = "duration::text")]
    pub hold_max: Duration,
    /// A visit that has lasted so long is settled, so that a kill costs little: what a visit has
    /// not settled is fetched again.
    #[serde(with = "duration::text")]
    pub visit_max: Duration,
    /// After a stop, what is in flight may take so long to be settled; the rest stays leased.
    #[serde(with = "duration::text")]
    pub drain_max: Duration,
    /// Redirects of a page that are followed.
    pub hops_max: u8,
    /// Without `--watch`, a crawl ends when no queue becomes ready within this time.
    #[serde(with = "duration::text")]
    pub patience: Duration,
    /// Stored HTML pages (2xx) of this run after which it drains.
    pub pages_max: Option<u64>,
    /// Go on for new articles and revisits when there is nothing to do.
    pub watch: bool,
    /// Visit hubs (and what looks like one) only: to find out where outlets publish.
    pub hubs_only: bool,
    /// Read the articles of pages.
    pub articles: bool,
    /// Ask hosts whose articles are read for their tdmrep.json, once a day.
    pub tdmrep: bool,
    /// Requests that an outlet may cost in a day (UTC); a seed may ask for fewer.
    pub budget_per_day: Option<u32>,
    /// Links followed from a seed (seeds are 0).
    pub depth_max: Option<u16>,
    /// Time after which this run drains.
    #[serde(with = "duration::option_text")]
    pub time_max: Option<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            concurrency: 100,
            outlet_leases_max: 8,
            address_requests_max: 16,
            address_cap_for_allowed: false,
            lease_urls_max: 32,
            seen_links_max: 1_000_000,
            lease_for: Duration::from_mins(3),
            hold_max: Duration::from_secs(10),
            visit_max: Duration::from_secs(10),
            drain_max: Duration::from_secs(30),
            hops_max: 10,
            patience: Duration::from_mins(5),
            watch: false,
            hubs_only: false,
            articles: true,
            tdmrep: true,
            budget_per_day: None,
            pages_max: None,
            depth_max: None,
            time_max: None,
        }
    }
}
