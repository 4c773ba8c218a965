//! Whether stories are recognised, and how long an article is remembered.

use std::time::Duration;

use crawl::duration;
use serde::{Deserialize, Serialize};

/// Stories of a crawl. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Recognise the same story across outlets, beside the archive.
    pub enabled: bool,
    /// An article is compared with those that were seen within this time before it.
    #[serde(with = "duration::text")]
    pub window: Duration,
    /// Articles that the stream of a fleet keeps in Redis, about: the newest ones. What waits there
    /// when the service of stories is away for longer is caught up from archives.
    pub stream_articles_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { enabled: true, window: Duration::from_hours(14 * 24), stream_articles_max: 50_000 }
    }
}

impl Config {
    /// The bounds of the engine.
    pub fn engine(&self) -> story::Config {
        story::Config { window_s: self.window.as_secs(), ..story::Config::default() }
    }
}
