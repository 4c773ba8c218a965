//! How many readers, and what one may use.

use std::time::Duration;

use crawl::duration;
use serde::{Deserialize, Serialize};

/// The processes that read articles. All keys are optional in a config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Processes at most; 0 for as many as there are processors.
    pub processes: usize,
    /// Address space of a process, in bytes: what it is given at most, used or not.
    pub memory_bytes_max: u64,
    /// Time that a page may take. Where the machine is too busy to give a reader half of it, a
    /// page may take up to four times as long.
    #[serde(with = "duration::text")]
    pub time_max: Duration,
    /// A page waits so long for a free reader; then it stays unread.
    #[serde(with = "duration::text")]
    pub wait_max: Duration,
    /// A process is replaced after so many pages.
    pub pages_max: u32,
    /// Read pages that are too deep or too large for a tree as well. They cost their limits.
    pub untamed: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            processes: 0,
            memory_bytes_max: 256 * 1024 * 1024,
            time_max: Duration::from_millis(1_500),
            wait_max: Duration::from_secs(30),
            pages_max: 2_000,
            untamed: false,
        }
    }
}

impl Config {
    /// Processes at most.
    pub fn processes(&self) -> usize {
        match self.processes {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        }
    }
}
