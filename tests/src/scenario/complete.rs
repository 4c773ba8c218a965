//! The whole of a web, politely: every allowed page once, and as fast as politeness lets it.

use newsweb::{Config, Verdict};
use serde::Serialize;

use super::{Audited, DELAY, audit, crawl_all};
use crate::pace::{Pace, pace};
use crate::{DataDir, Web, peers};

/// What a complete crawl came to.
#[derive(Serialize)]
pub struct Complete {
    /// Outlets of the web.
    pub outlets: usize,
    /// The judge's verdict on the servers' log.
    pub verdict: Verdict,
    /// How fast it was, against the ideal.
    pub pace: Pace,
    /// What the archive says.
    pub audit: Audited,
    /// Records by kind, as all readers of the world count them.
    pub records: peers::Counts,
    /// What the crawl said at its end.
    pub summary: serde_json::Value,
    /// Web and data, for whoever looks on.
    #[serde(skip)]
    pub web: Web,
    /// See `web`.
    #[serde(skip)]
    pub data: DataDir,
}

/// Crawls a web of so many outlets to the end, and lets everybody judge it.
///
/// # Panics
/// When anything is wrong but the pace.
#[track_caller]
pub fn complete(config: Config) -> Complete {
    let outlets = config.outlets;
    let web = Web::start(config);
    let data = DataDir::new();
    let done = crawl_all(&web, &data);
    let requests = web.get().requests();
    let verdict = newsweb::judge(&requests, web.get().truth(), DELAY);
    assert!(verdict.is_clean(), "{verdict:#?}\n{}", done.stderr);
    assert!(matches!(done.code, Some(0 | 3)), "{}", done.stderr);
    let summary = serde_json::from_str(&done.stdout).expect("--json writes JSON");
    let audit = audit(&data.path());
    assert_eq!(audit.attempts, verdict.requests, "the archive and the servers disagree");
    let judged = peers::judge(&data.segments());
    judged.assert_clean();
    let pace = pace(&requests, web.get().truth(), DELAY);
    Complete { outlets, verdict, pace, audit, records: judged.ours, summary, web, data }
}
