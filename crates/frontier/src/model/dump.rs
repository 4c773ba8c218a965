//! Everything that the model keeps, as records and from records.

use std::collections::BTreeMap;

use crawl::{Outlet, UnixMicros};

use super::outlets::Seed;
use super::state::State;
use crate::dump::{
    DirectiveRecord, HostRecord, Record, SEEN_CHUNK, Section, SeedRecord, parse_origin,
};
use crate::seeds::name;
use crate::time::{DURATION_MAX, after, ahead, back, from_micros, micros};

impl State {
    /// All records of a section.
    pub(super) fn dump(&self, section: Section, now: UnixMicros) -> Vec<Record> {
        match section {
            Section::Notes => self.dump_notes(),
            Section::Scope => {
                self.scope.iter().map(|m| Record::Scope { member: m.clone() }).collect()
            }
            Section::Directives => {
                let of = |directive| Record::Directive(DirectiveRecord::of(directive, now));
                self.directives(now).into_iter().map(of).collect()
            }
            Section::Hosts => self.dump_hosts(now),
            Section::Seeds => self.dump_seeds(now),
            Section::Outlets => self.dump_outlets(),
            Section::Urls => self.dump_urls(),
            Section::Due => self.dump_due(now),
            Section::Seen => self.dump_seen(),
        }
    }

    fn dump_notes(&self) -> Vec<Record> {
        let notes = self.notes.iter();
        notes.map(|(key, value)| Record::Note { key: key.clone(), value: value.clone() }).collect()
    }

    fn dump_hosts(&self, now: UnixMicros) -> Vec<Record> {
        let hosts = self.hosts.iter().map(|(name, host)| {
            Record::Host(HostRecord {
                host: name.clone(),
                fence: host.fence,
                in_us: host.ready_at.0 - now.0,
                delay_us: micros(host.delay),
                state: host.state.clone(),
                turn: host.turn,
            })
        });
        let robots = self.robots.iter().map(|(origin, (copy, at))| Record::Robots {
            origin: origin.as_str().to_owned(),
            copy: copy.clone(),
            age_us: now.0 - at.0,
        });
        hosts.chain(robots).collect()
    }

    fn dump_seeds(&self, now: UnixMicros) -> Vec<Record> {
        let seeds = self.outlets.seeds.values().map(|seed| {
            Record::Seed(SeedRecord {
                spec: seed.spec.clone(),
                member: seed.member.clone(),
                age_us: now.0 - seed.added_at.0,
                state: seed.state.as_ref().map(|(state, _)| state.clone()),
                state_age_us: seed.state.as_ref().map_or(0, |(_, at)| now.0 - at.0),
            })
        });
        seeds.collect()
    }

    fn dump_outlets(&self) -> Vec<Record> {
        let accounts = self.outlets.accounts.iter().map(|(outlet, account)| Record::Account {
            outlet: outlet.clone(),
            account: account.clone(),
        });
        let claims = self.outlets.claims.iter().map(|((outlet, key), by)| Record::Claim {
            outlet: outlet.clone(),
            key: *key,
            by: by.0,
        });
        accounts.chain(claims).collect()
    }

    fn dump_urls(&self) -> Vec<Record> {
        let mut urls = Vec::new();
        for host in self.hosts.values() {
            for (band, pending) in host.pending.iter().enumerate() {
                let flight = host.flight.iter().filter(|entry| entry.band.index() == band);
                let all = flight.chain(pending);
                urls.extend(all.map(|entry| Record::Url { entry: entry.clone() }));
            }
        }
        urls
    }

    fn dump_due(&self, now: UnixMicros) -> Vec<Record> {
        let due = self.hosts.values().flat_map(|host| &host.due);
        let record = |((at, _), entry): (&(UnixMicros, _), &crawl::Entry)| Record::Due {
            entry: entry.clone(),
            in_us: at.0 - now.0,
        };
        due.map(record).collect()
    }

    fn dump_seen(&self) -> Vec<Record> {
        let mut by_share: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (url, share) in &self.seen {
            by_share.entry(*share).or_default().push(*url);
        }
        let mut records = Vec::new();
        for (share, urls) in by_share {
            records.extend(urls.chunks(SEEN_CHUNK).map(|urls| match share {
                Some(share) => Record::Seen { share, urls: urls.to_vec() },
                None => Record::Unplaced { urls: urls.to_vec() },
            }));
        }
        records
    }

    /// Takes in records that are in order.
    pub(super) fn load(&mut self, records: Vec<Record>, now: UnixMicros) {
        for record in records {
            match record {
                Record::Note { key, value } => drop(self.notes.insert(key, value)),
                Record::Scope { member } => self.admit([member]),
                Record::Directive(record) => {
                    let directive = record.at(now);
                    let place = (directive.about.clone(), directive.order.kind().to_owned());
                    let is_left = self.control.directives.get(&place).is_some_and(|own| {
                        own.is_in_force(now) && DirectiveRecord::leaves(own, &directive)
                    });
                    if !is_left {
                        self.control.directives.insert(place, directive.clone());
                        self.directive_changed(&directive, now);
                    }
                }
                Record::Host(host) => self.load_host(host, now),
                Record::Robots { origin, copy, age_us } => {
                    if let Ok(origin) = parse_origin(&origin) {
                        self.host(&origin.robots_url().host_key(), now);
                        let at = back(now, age_us);
                        if self.robots.get(&origin).is_none_or(|(_, own)| *own <= at) {
                            self.robots.insert(origin, (copy, at));
                        }
                    }
                }
                Record::Seed(seed) => self.load_seed(seed, now),
                Record::Account { outlet, account } => {
                    self.outlets.accounts.insert(outlet, account);
                }
                Record::Claim { outlet, key, by } => self.load_claim(outlet, key, by),
                Record::Url { entry } => drop(self.enqueue(vec![entry], now)),
                Record::Due { entry, in_us } => {
                    let (url, host) = (entry.url.fingerprint(), entry.url.host_key());
                    if self.see(url, Some(crawl::Share::of(&host))) {
                        self.host(&host, now).due.insert((ahead(now, in_us), url), entry);
                    }
                }
                Record::Seen { share, urls } => {
                    for url in urls {
                        self.see(url, Some(share));
                    }
                }
                Record::Unplaced { urls } => {
                    for url in urls {
                        self.see(url, None);
                    }
                }
            }
        }
    }

    fn load_host(&mut self, record: HostRecord, now: UnixMicros) {
        let is_known = self.hosts.contains_key(&record.host);
        let host = self.host(&record.host, now);
        let ready_at = ahead(now, record.in_us);
        host.ready_at = if is_known { host.ready_at.max(ready_at) } else { ready_at };
        let delay = from_micros(record.delay_us);
        if host.fence == 0 {
            host.turn = record.turn % 5;
            if record.fence > 0 {
                host.fence = record.fence;
                (host.delay, host.state) = (delay.min(DURATION_MAX), record.state);
            }
            return;
        }
        host.delay = host.delay.max(delay.min(DURATION_MAX));
        match host.deadline.filter(|deadline| *deadline > now) {
            Some(deadline) => host.ready_at = host.ready_at.max(after(deadline, host.delay)),
            None => host.fence = host.fence.max(record.fence),
        }
    }

    fn load_seed(&mut self, record: SeedRecord, now: UnixMicros) {
        let SeedRecord { spec, member, age_us, state, state_age_us } = record;
        let state = state.map(|state| (state, back(now, state_age_us)));
        let seed = Seed { member, added_at: back(now, age_us), state, spec };
        self.outlets.seeds.insert(name(&seed.spec), seed);
    }

    fn load_claim(&mut self, outlet: Outlet, key: u64, by: u64) {
        self.outlets.claims.entry((outlet, key)).or_insert(crawl::Fingerprint(by));
    }
}
