//! What the stages of a crawl cost: CPU time, counted where the work is done; and memory.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time by stage. What is counted nowhere here is the network and the joining of stages.
#[derive(Debug, Default)]
pub struct Cost {
    read_ns: AtomicU64,
    archive_ns: AtomicU64,
}

/// A stage whose work is done in one go, on one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Decoding and reading pages.
    Read,
    /// Digests, compression and writing.
    Archive,
}

impl Cost {
    /// Does `work` and counts its CPU time.
    pub(crate) fn of<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let begun = thread_cpu();
        let done = work();
        let spent = thread_cpu().saturating_sub(begun);
        let counter = match stage {
            Stage::Read => &self.read_ns,
            Stage::Archive => &self.archive_ns,
        };
        counter.fetch_add(u64::try_from(spent.as_nanos()).unwrap_or(0), Ordering::Relaxed);
        done
    }

    /// CPU time of decoding and reading pages.
    pub fn read(&self) -> Duration {
        Duration::from_nanos(self.read_ns.load(Ordering::Relaxed))
    }

    /// CPU time of digests, compression and writing.
    pub fn archive(&self) -> Duration {
        Duration::from_nanos(self.archive_ns.load(Ordering::Relaxed))
    }
}

/// CPU time of this whole process so far.
pub fn process_cpu() -> Duration {
    cpu(ClockId::ProcessCPUTime)
}

/// Resident memory of a process (`self`, or its number) at its peak, in bytes, as Linux tells it;
/// none where it does not, or where there is no such process.
pub fn memory_peak_bytes(pid: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

fn thread_cpu() -> Duration {
    cpu(ClockId::ThreadCPUTime)
}

fn cpu(clock: ClockId) -> Duration {
    let t = clock_gettime(clock);
    Duration::new(u64::try_from(t.tv_sec).unwrap_or(0), u32::try_from(t.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_processes_that_are_there() {
        assert!(memory_peak_bytes("self").is_some_and(|bytes| bytes > 1_000_000));
        // No process has the number 0.
        assert_eq!(memory_peak_bytes("0"), None);
    }
}
