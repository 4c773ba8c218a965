//! What this process has used of the machine, as Linux tells it.

use std::fs;
use std::time::Duration;

/// CPU time of the live threads of a name; zero where the system does not tell it.
pub(crate) fn thread_cpu(name: &str) -> Duration {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let path = thread.path();
        let named = fs::read_to_string(path.join("comm")).ok()?;
        let times = (named.trim_end() == name).then(|| path.join("schedstat"))?;
        // The first figure of the line is the time spent on a processor.
        fs::read_to_string(times).ok()?.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_a_name() {
        let worked = std::thread::Builder::new().name("counted".into()).spawn(|| {
            while thread_cpu("counted") < Duration::from_millis(5) {}
            thread_cpu("counted") > thread_cpu("unheard-of")
        });
        assert!(worked.unwrap().join().unwrap());
    }
}
