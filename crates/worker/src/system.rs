//! The real clock and the real randomness: the one place that reads them.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crawl::{Clock, Random, UnixMicros};
use rustix::time::{ClockId, clock_gettime};

/// The clocks of the machine: `CLOCK_REALTIME`, and `CLOCK_BOOTTIME`, which counts suspended time.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMicros {
        let t = clock_gettime(ClockId::Realtime);
        UnixMicros(t.tv_sec * 1_000_000 + t.tv_nsec / 1_000)
    }

    fn elapsed(&self) -> Duration {
        let t = clock_gettime(ClockId::Boottime);
        let secs = u64::try_from(t.tv_sec).unwrap_or(0);
        Duration::new(secs, u32::try_from(t.tv_nsec).unwrap_or(0))
    }
}

/// The machine by its name, and this process by its number: for people who look for a worker.
pub(crate) fn place() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = if name.trim().is_empty() { "unknown" } else { name.trim() };
    format!("{name}, process {}", std::process::id())
}

/// Random bits for jitter and record ids: `SplitMix64` from a seed that the operating system gave.
/// Not for secrets.
#[derive(Debug)]
pub struct SystemRandom {
    state: AtomicU64,
}

impl SystemRandom {
    /// A generator with a seed of its own.
    pub fn new() -> Self {
        // The standard library seeds its hash maps from the operating system.
        let seed = RandomState::new().hash_one(SystemClock.now());
        Self { state: AtomicU64::new(seed) }
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn next_u64(&self) -> u64 {
        // Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators (2014).
        let mut z = self.state.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
