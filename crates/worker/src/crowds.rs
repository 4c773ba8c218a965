//! Addresses that many hosts share: how long a host waits that found no place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The shortest and the longest wait, before it is spread.
const WAIT_MIN: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_mins(10);

/// Groups that are remembered; beyond that all is forgotten, and learnt again.
const GROUPS_MAX: usize = 10_000;

/// How crowded the addresses are, as far as this worker has met them.
#[derive(Debug, Default)]
pub(crate) struct Crowds {
    /// Refusals of a group that were not yet made up for by a place given.
    refused: Mutex<HashMap<String, u32>>,
}

impl Crowds {
    /// A host got a place.
    pub(crate) fn placed(&self, group: &str) {
        let mut refused = self.lock();
        if let Some(count) = refused.get_mut(group) {
            *count -= 1;
            if *count == 0 {
                refused.remove(group);
            }
        }
    }

    /// A host was refused: how long it waits. `free_in` is when a place will be free at the latest;
    /// a visit lasts `visit`, and `places` are given at a time. The more are refused for each that
    /// is placed, the longer they wait: so about half of those who ask get a place, however many
    /// hosts there are.
    pub(crate) fn refused(
        &self,
        group: &str,
        (free_in, visit): (Duration, Duration),
        places: u32,
        random: u64,
    ) -> Duration {
        let mut refused = self.lock();
        if refused.len() >= GROUPS_MAX && !refused.contains_key(group) {
            refused.clear();
        }
        let count = refused.entry(group.to_owned()).or_default();
        *count = count.saturating_add(1);
        let turns = 1.0 + f64::from(*count) / f64::from(places.max(1));
        let one = free_in.min(visit).max(WAIT_MIN);
        let wait = one.mul_f64(turns).min(WAIT_MAX);
        wait.mul_f64(0.5 + (random % 1_000) as f64 / 1_000.0)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        // Only hints, and whole after every call.
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The group of an address: itself, or the /64 of an IPv6 one, which is one site's (RFC 4291,
/// section 2.5.4).
pub(crate) fn group_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            format!("{network}/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        for (address, group) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(group_of(address.parse().unwrap()), group);
        }
    }

    #[test]
    fn the_more_are_refused_the_longer_they_wait() {
        let (crowds, visit) = (Crowds::default(), Duration::from_secs(10));
        let wait = |free_in| crowds.refused("a", (Duration::from_secs(free_in), visit), 4, 500);
        let waits: Vec<_> = (0..4).map(|_| wait(100).as_millis()).collect();
        assert_eq!(waits, [12_500, 15_000, 17_500, 20_000]);
        (0..4).for_each(|_| crowds.placed("a"));
        crowds.placed("a");
        assert_eq!(wait(100).as_millis(), 12_500);
        assert_eq!(wait(0).as_millis(), 1_500);
        assert!((0..10_000).map(|_| wait(100)).max() <= Some(WAIT_MAX));
    }
}
