//! Entries on their way in, grouped by host as the functions read them.

use std::collections::HashMap;

use crawl::{Entry, HostKey, Share};

use super::client::Arg;
use super::{Redis, text};
use crate::{Enqueued, Result};

/// Entries of one call: Redis does nothing else meanwhile.
pub(super) const CALL_MAX: usize = 500;

/// Whether a host's name is an address, whose parts have no order.
pub(super) fn is_address(host: &HostKey) -> bool {
    host.as_str().starts_with('[') || host.as_str().parse::<std::net::Ipv4Addr>().is_ok()
}

/// Where a host stands, as `lua/host.lua` has it: its share, and how many characters of its name
/// stand before its outlet (a name has less than 256).
pub(super) fn place(host: &HostKey) -> i64 {
    let share = i64::from(Share::of(host).number());
    let before = host.as_str().len().saturating_sub(host.outlet().as_str().len());
    let before = i64::try_from(before.min(510)).unwrap_or(0);
    512 * share + if is_address(host) { 0 } else { before + 1 }
}

/// Entries by host, each host's in their order.
pub(super) struct Groups {
    hosts: Vec<(HostKey, Vec<usize>)>,
    entries: Vec<Entry>,
}

impl Groups {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut places: HashMap<HostKey, usize> = HashMap::new();
        let mut hosts: Vec<(HostKey, Vec<usize>)> = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            let host = entry.url.host_key();
            let place = *places.entry(host.clone()).or_insert_with(|| {
                hosts.push((host, Vec::new()));
                hosts.len() - 1
            });
            hosts[place].1.push(n);
        }
        Self { hosts, entries: entries.to_vec() }
    }

    /// As `take_in.lua` reads them.
    pub(super) fn args<'a>(&self, redis: &Redis) -> Result<Vec<Arg<'a>>> {
        let mut args = vec![Arg::from(self.hosts.len())];
        for (host, places) in &self.hosts {
            args.push(Arg::from(host.as_str().to_owned()));
            args.push(Arg::from(place(host)));
            args.push(Arg::from(places.len()));
            for place in places {
                let entry = &self.entries[*place];
                let text =
                    text::write(entry, host).map_err(|e| redis.caller.damaged("new entry", &e))?;
                let seed = if entry.seed.is_some() { 's' } else { '-' };
                args.push(Arg::from(text::member(entry.url.fingerprint())));
                args.push(Arg::from(format!("{}{seed}{text}", entry.band.index())));
            }
        }
        Ok(args)
    }

    /// Counts what became of the entries.
    pub(super) fn count(
        &self,
        entries: &[Entry],
        codes: &str,
        into: &mut Enqueued,
    ) -> std::result::Result<(), String> {
        let places = self.hosts.iter().flat_map(|(_, places)| places);
        if codes.len() != entries.len() {
            return Err(format!("{} codes for {} entries", codes.len(), entries.len()));
        }
        for (place, code) in places.zip(codes.bytes()) {
            let code = code.wrapping_sub(b'0');
            into.count(&entries[*place], code & 3 != 0, code & 4 != 0);
        }
        Ok(())
    }
}

impl Redis {
    /// Offers entries of one partition.
    pub(super) async fn enqueue_in(&self, at: usize, entries: &[Entry]) -> Result<Enqueued> {
        let groups = Groups::of(entries);
        let args = groups.args(self)?;
        let mut reply = self.caller.call(at, "nh1_enqueue", &args).await?;
        let codes = reply.text().map_err(|e| self.caller.unreadable(e))?;
        let mut enqueued = Enqueued::default();
        groups.count(entries, &codes, &mut enqueued).map_err(|e| self.caller.unreadable(e))?;
        if enqueued.added > 0 || !enqueued.fresh.is_empty() {
            self.hints.fresh(at);
        }
        Ok(enqueued)
    }
}

impl Enqueued {
    /// Takes another call's count in.
    pub(super) fn join(&mut self, other: Self) {
        self.added += other.added;
        self.known += other.known;
        self.fresh.extend(other.fresh);
        self.fresh.sort();
        self.fresh.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_outlet() {
        for (host, before) in
            [("www.a.test", 5), ("a.test", 1), ("x.y.bbc.co.uk", 5), ("127.0.0.1", 0), ("[::1]", 0)]
        {
            let host = HostKey::parse(host).unwrap();
            assert_eq!(place(&host) % 512, before, "{host}");
            assert_eq!(place(&host) / 512, i64::from(Share::of(&host).number()), "{host}");
        }
    }
}
