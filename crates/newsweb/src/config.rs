//! What kind of web it is: how many outlets, how large, and how odd they are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Everything that decides what the web looks like. Two webs of equal configuration serve the same
/// bytes under every URL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where all chance comes from.
    pub seed: u64,
    /// Which of the webs it is.
    pub mode: Mode,
    /// How many outlets there are (1 to 100,000).
    pub outlets: usize,
    /// How many articles, or pages in [`Mode::Bench`], the main host of an outlet has.
    pub articles_per_outlet: usize,
    /// How many sections a site has (1 to 8).
    pub sections: usize,
    /// The product token whose robots rules decide what is allowed.
    pub agent: String,
    /// Share of the outlets that speak https; their http side redirects there. The others refuse
    /// TLS.
    pub https_share: f64,
    /// Share of the outlets with a `www` and of those with a `sport` host.
    pub subdomain_share: f64,
    /// Size of an HTML page.
    pub page_bytes: PageBytes,
    /// How bodies are coded.
    pub coding: Coding,
    /// Share of the articles that are wire stories, which several outlets run.
    pub wire_share: f64,
    /// How hosts behave.
    pub traits: Traits,
    /// When articles appear; all are there from the start without it. Not for [`Mode::Live`].
    pub publish: Option<Schedule>,
    /// How outlets publish in [`Mode::Live`].
    pub live: Live,
    /// A folder of `*.html.gz` pages, which are served as the articles.
    pub real_pages: Option<PathBuf>,
    /// The file that gets a line for each request.
    pub log: Option<PathBuf>,
    /// How many requests are kept in memory for [`crate::NewsWeb::requests`].
    pub requests_kept: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            mode: Mode::News,
            outlets: 20,
            articles_per_outlet: 40,
            sections: 4,
            agent: "newshound".to_owned(),
            https_share: 0.5,
            subdomain_share: 0.3,
            page_bytes: PageBytes::Mixed,
            coding: Coding::Mixed,
            wire_share: 0.3,
            traits: Traits::default(),
            publish: None,
            live: Live::default(),
            real_pages: None,
            log: None,
            requests_kept: 200_000,
        }
    }
}

impl Config {
    /// A web of `outlets` outlets with everything that a real one has.
    pub fn news(outlets: usize) -> Self {
        Self { outlets, ..Self::default() }
    }

    /// A small web that a polite crawler with a delay of half a second has read in well under a
    /// minute.
    pub fn demo() -> Self {
        let traits = Traits { slow_ms: 150, crawl_delays_s: vec![0.75], ..Traits::default() };
        Self { outlets: 12, articles_per_outlet: 12, sections: 3, traits, ..Self::default() }
    }

    /// `hosts` hosts that redirect their pages and their robots files to one hub.
    pub fn hub(hosts: usize) -> Self {
        Self {
            mode: Mode::Hub,
            outlets: hosts,
            articles_per_outlet: 1,
            page_bytes: PageBytes::Fixed(4_000),
            https_share: 0.0,
            subdomain_share: 0.0,
            wire_share: 0.0,
            coding: Coding::Plain,
            traits: Traits::calm(),
            ..Self::default()
        }
    }

    /// `outlets` outlets that publish over time: see [`Live`]. Pages are small, answers have no
    /// coding, and there is little that is odd, so that time is all that matters.
    pub fn live(outlets: usize) -> Self {
        let traits = Traits {
            latency_ms: 40,
            slow_share: 0.05,
            slow_ms: 900,
            crawl_delays_s: vec![2.0, 5.0, 10.0],
            ..Traits::calm()
        };
        Self {
            mode: Mode::Live,
            outlets,
            page_bytes: PageBytes::Fixed(3_000),
            https_share: 0.7,
            coding: Coding::Plain,
            wire_share: 0.0,
            traits,
            ..Self::default()
        }
    }

    /// A web that costs its server next to nothing: pages are put together from parts that were
    /// rendered and compressed beforehand. `coding` is plain or gzip; anything else counts as
    /// plain.
    pub fn bench(hosts: usize, pages_per_host: usize, page_bytes: usize, coding: Coding) -> Self {
        Self {
            mode: Mode::Bench,
            outlets: hosts,
            articles_per_outlet: pages_per_host,
            page_bytes: PageBytes::Fixed(page_bytes),
            https_share: 0.0,
            subdomain_share: 0.0,
            wire_share: 0.0,
            coding,
            traits: Traits::calm(),
            requests_kept: 0,
            ..Self::default()
        }
    }
}

/// The kinds of web.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// News sites.
    News,
    /// Hosts whose pages and robots files all lead to `hub.test`.
    Hub,
    /// Plain pages of equal size, for throughput.
    Bench,
    /// News sites that publish over time, with feeds and sitemaps of every kind.
    Live,
}

/// Size of an HTML page before it is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageBytes {
    /// 40 to 110 KB, as on real news sites.
    Mixed,
    /// About this many bytes, or a little more where the content needs it.
    Fixed(usize),
}

/// How bodies are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coding {
    /// Each host its own way: the others below, asked for or not.
    Mixed,
    /// As they are, with their length.
    Plain,
    /// As they are, in chunks.
    Chunked,
    /// Gzip where the client accepts it.
    Gzip,
    /// Brotli where the client accepts it.
    Brotli,
    /// Zstandard, whatever the client accepts.
    Zstd,
    /// Deflate, in the zlib form, whatever the client accepts.
    Deflate,
    /// Gzip under its old name, whatever the client accepts.
    XGzip,
}

/// How hosts behave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traits {
    /// Which robots files there are.
    pub robots: RobotsMix,
    /// The Crawl-delay values in use, in seconds; hosts with one take turns.
    pub crawl_delays_s: Vec<f64>,
    /// Time to first byte of an ordinary host, in milliseconds.
    pub latency_ms: u64,
    /// Share of the hosts that are slow.
    pub slow_share: f64,
    /// Time to first byte of a slow host, in milliseconds.
    pub slow_ms: u64,
    /// How many kinds of oddity (redirects, errors, broken bodies, strange headers) each site has;
    /// hosts take turns through all kinds.
    pub oddities_per_site: usize,
    /// How many links to places that some robots files forbid each site has.
    pub traps_per_site: usize,
    /// Share of the hosts that send validators and answer 304.
    pub validators_share: f64,
    /// Whether the main host of each outlet has places without end: slugs, sessions, parameters,
    /// a calendar, a list, pages that are not there, relative links that go wrong.
    pub mazes: bool,
    /// Whether it has walls: consent pages, challenges, a login, pages closed to a region.
    pub walls: bool,
}

impl Default for Traits {
    fn default() -> Self {
        Self {
            robots: RobotsMix::Mixed,
            crawl_delays_s: vec![0.75, 1.5, 0.3],
            latency_ms: 2,
            slow_share: 0.1,
            slow_ms: 300,
            oddities_per_site: 5,
            traps_per_site: 5,
            validators_share: 0.7,
            mazes: false,
            walls: false,
        }
    }
}

impl Traits {
    /// Fast hosts without robots files or oddities.
    pub fn calm() -> Self {
        Self {
            robots: RobotsMix::Open,
            crawl_delays_s: Vec::new(),
            latency_ms: 0,
            slow_share: 0.0,
            slow_ms: 0,
            oddities_per_site: 0,
            traps_per_site: 0,
            validators_share: 0.0,
            mazes: false,
            walls: false,
        }
    }
}

/// Which robots files there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobotsMix {
    /// Every kind, in turn.
    Mixed,
    /// None: the file is not found.
    Open,
}

/// When articles appear.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Share of each site's articles that is there from the start.
    pub initial_share: f64,
    /// The others appear evenly over this time from the start, in seconds.
    pub period_s: f64,
}

/// How outlets publish in [`Mode::Live`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Live {
    /// Time 0 of the web, in seconds since 1970. All dates follow from it.
    pub starts_at: u64,
    /// How long outlets publish, in days from time 0 (1 to 90). Nothing new appears later.
    pub days: u32,
    /// Seconds of the web for each second of the server's clock. Answers in process take the time
    /// of the web itself.
    pub time_scale: f64,
    /// How many articles an outlet has at time 0; the newest of its past.
    pub old_articles: usize,
    /// The mean number of articles a day of the slowest outlet; all rates between the two are
    /// equally likely on a logarithmic scale.
    pub slowest_per_day: f64,
    /// The mean number of articles a day of the fastest outlet.
    pub fastest_per_day: f64,
    /// Share of the articles that is edited minutes to hours after publication.
    pub edited_share: f64,
    /// Share of the outlets whose server fails now and then.
    pub failing_share: f64,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            // 2026-11-25T00:00:00Z.
            starts_at: 1_795_564_800,
            days: 30,
            time_scale: 1.0,
            old_articles: 200,
            slowest_per_day: 1.0,
            fastest_per_day: 24.0,
            edited_share: 0.25,
            failing_share: 0.02,
        }
    }
}
