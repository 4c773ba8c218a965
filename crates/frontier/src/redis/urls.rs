//! Entries on their way in, grouped by host as the functions read them.

use std::collections::HashMap;

use crawl::{Entry, HostKey};

use super::client::Arg;
use super::{Redis, text};
use crate::{Enqueued, Result};

/// Entries of one call: Redis does nothing else meanwhile.
pub(super) const CALL_MAX: usize = 500;

/// How many characters of a host's name stand before its outlet; negative for an address, whose
/// parts have no order.
pub(super) fn cut(host: &HostKey) -> i64 {
    let text = host.as_str();
    if text.starts_with('[') || text.parse::<std::net::Ipv4Addr>().is_ok() {
        return -1;
    }
    let outlet = host.outlet();
    i64::try_from(text.len().saturating_sub(outlet.as_str().len())).unwrap_or(0)
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
            args.push(Arg::from(cut(host)));
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
        for (host, before) in [
            ("www.a.test", 4),
            ("a.test", 0),
            ("x.y.bbc.co.uk", 4),
            ("127.0.0.1", -1),
            ("[::1]", -1),
        ] {
            assert_eq!(cut(&HostKey::parse(host).unwrap()), before, "{host}");
        }
    }
}
