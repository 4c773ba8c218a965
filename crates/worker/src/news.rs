//! What is new on a hub: asked of the frontier, and taken in as fresh.

use std::collections::HashSet;
use std::time::Duration;

use crawl::hub::Rate;
use crawl::robots::RobotsState;
use crawl::{
    Band, Brought, CanonicalUrl, Entry, Fingerprint, Found, Hub, HubKind, Listed, Outlet, Seed,
    SeedKind, UnixMicros, budget, identity, revisit,
};
use fetch::Web;
use frontier::Control;

use crate::crawler::Error;
use crate::discover;
use crate::listing::Item;
use crate::page::Reading;
use crate::visit::Visit;

/// From how far back the first visit of a feed tells the rate.
const RATE_SPAN: Duration = Duration::from_hours(72);

/// Outlets that a feed which is a seed may bring into the scope.
const ADMITTED_MAX: usize = 100;

/// Foreign hosts whose robots.txt is looked up for one listing.
const FOREIGN_MAX: usize = 20;

/// What a listing brought.
#[derive(Debug, Default)]
pub(crate) struct New {
    /// Articles that were not known.
    pub(crate) count: u32,
    /// Articles that appeared here since the last visit, and were known from elsewhere.
    pub(crate) echoes: u32,
    /// What their dates tell of the rate, at a first visit.
    pub(crate) rate: Rate,
}

impl<F: Control, W: Web> Visit<F, W> {
    /// Whether a feed that was just found is one that is polled under another address.
    pub(crate) async fn is_double(
        &mut self,
        entry: &Entry,
        reading: &Reading,
    ) -> Result<bool, Error> {
        if reading.machine != Some(HubKind::Feed) || entry.seed.is_some() {
            return Ok(false);
        }
        let (outlet, own) = (self.host.outlet(), entry.url.fingerprint());
        let mut is_double = false;
        for key in &reading.listing.identities {
            let holder = self.call(|frontier| frontier.claim(&outlet, *key, own)).await?;
            is_double |= holder.value != own;
        }
        if !is_double {
            self.post(|posting| posting.feeds += 1);
        }
        Ok(is_double)
    }

    /// Where else the outlet of a domain seed may publish: robots.txt, then guesses for what
    /// neither that nor the page names.
    pub(crate) fn look_around(&mut self, entry: &Entry, hub: &Hub, reading: &mut Reading) {
        if hub.kind != HubKind::Page || hub.found != Found::Seed || !entry.url.is_front_page() {
            return;
        }
        let rules = self.rules.get(&entry.url.origin());
        let sitemaps = rules.map(|rules| discover::in_robots(rules, &entry.url));
        let sitemaps = sitemaps.unwrap_or_default();
        let has_feed = !reading.listing.hubs.is_empty();
        let kinds = [(has_feed, HubKind::Feed), (!sitemaps.is_empty(), HubKind::Sitemap)];
        reading.listing.hubs.extend(sitemaps);
        if is_domain_seed(entry) {
            let missing = kinds.into_iter().filter(|(is_known, _)| !is_known);
            let guesses = missing.filter_map(|(_, kind)| discover::first_guess(kind, &entry.url));
            reading.listing.hubs.extend(guesses);
        }
    }

    /// Takes what a hub lists into the settlement: what is new as fresh, the rest as backfill.
    pub(crate) async fn take_listed(
        &mut self,
        entry: &Entry,
        hub: &Hub,
        reading: &mut Reading,
        now: UnixMicros,
    ) -> Result<New, Error> {
        let depth = entry.depth.saturating_add(1);
        let hubs = std::mem::take(&mut reading.listing.hubs);
        reading.links.extend(self.affordable(hubs).map(|hub| Entry { depth, ..hub }));
        if self.crawler.config.depth_max.is_some_and(|max| depth > max) {
            return Ok(New::default());
        }
        let items = self.in_scope(entry, hub, &reading.listing.items).await?;
        let asked: Vec<CanonicalUrl> = items.iter().map(|item| item.url.clone()).collect();
        let unknown = self.call(|frontier| frontier.unknown(asked.clone())).await?.value;
        let mut unknown: HashSet<Fingerprint> = unknown.into_iter().collect();
        for link in &self.links {
            unknown.remove(&link.url.fingerprint());
        }
        let mut new = New::default();
        let (mut dates, mut echoes) = (Vec::new(), Vec::new());
        // At the first visit, what is recent tells the rate.
        let first_since = UnixMicros(now.0 - UnixMicros(0).after(RATE_SPAN).0);
        let since = hub.visited_at.unwrap_or(first_since);
        for item in items {
            let is_recent = match item.at {
                Some(at) => at > since,
                None => hub.visits > 0 && !hub.has_marked(item.url.fingerprint()),
            };
            if !unknown.remove(&item.url.fingerprint()) {
                new.echoes += u32::from(is_recent);
                echoes.extend(item.at.filter(|_| is_recent));
                if is_recent {
                    // It may wait as backfill: another article had linked to it.
                    let listed = (hub.visits > 0).then(|| listed(&item, now));
                    reading.links.push(Entry {
                        depth,
                        listed,
                        ..Entry::new(item.url, Band::Article)
                    });
                }
                continue;
            }
            let is_fresh = revisit::is_fresh(hub, item.at, new.count, now);
            new.count += u32::from(is_fresh);
            if is_fresh && item.url.host_key() == self.host {
                self.fresh.set();
            }
            dates.extend(item.at.filter(|_| is_fresh));
            let band = if is_fresh { Band::Article } else { Band::Backfill };
            let listed = (is_fresh && hub.visits > 0).then(|| listed(&item, now));
            reading.links.push(Entry { depth, listed, ..Entry::new(item.url, band) });
        }
        new.rate = rate_of(&dates, &echoes, now);
        let is_seen_now = new.count > 0 && hub.visits > 0;
        let last_new_at = dates.iter().max().copied().or(is_seen_now.then_some(now));
        let appeared =
            if hub.visits > 0 && dates.is_empty() { vec![now; new.count as usize] } else { dates };
        self.post(|posting| {
            posting.appeared.extend(appeared);
            posting.last_new_at = posting.last_new_at.max(last_new_at);
        });
        Ok(new)
    }

    /// Hubs that were found. An outlet whose sitemaps are mostly asleep gets few more looked at.
    fn affordable(&self, hubs: Vec<Entry>) -> impl Iterator<Item = Entry> + use<F, W> {
        let is_child =
            |entry: &Entry| entry.hub.as_deref().is_some_and(|hub| hub.found == Found::Index);
        let left = match self.account.asleep {
            0..10 => usize::MAX,
            10..30 => 5,
            _ => 1,
        };
        let mut children = 0;
        hubs.into_iter().filter(move |entry| {
            children += usize::from(is_child(entry));
            !is_child(entry) || children <= left
        })
    }

    /// Those items that belong to the crawl. Foreign ones count when the user vouches for the hub
    /// (then their outlets join the scope), or when their own robots.txt names it.
    async fn in_scope(
        &mut self,
        entry: &Entry,
        hub: &Hub,
        items: &[Item],
    ) -> Result<Vec<Item>, Error> {
        let vouched = hub.found.is_given() && hub.kind != HubKind::Page;
        let mut admitted: HashSet<Outlet> = HashSet::new();
        let mut named: Vec<(crawl::Origin, bool)> = Vec::new();
        let mut kept = Vec::with_capacity(items.len());
        for item in items {
            let is_inside = self.crawler.scope().contains(&item.url);
            if is_inside {
                kept.push(item.clone());
            } else if vouched {
                let outlet = item.url.host_key().outlet();
                if admitted.len() < ADMITTED_MAX || admitted.contains(&outlet) {
                    admitted.insert(outlet);
                    self.admit(&item.url).await?;
                    kept.push(item.clone());
                }
            } else if self.is_named(&entry.url, &item.url, &mut named).await? {
                kept.push(item.clone());
            }
        }
        Ok(kept)
    }

    /// Whether the robots.txt of a foreign URL, as far as it is known, names this sitemap.
    async fn is_named(
        &mut self,
        sitemap: &CanonicalUrl,
        url: &CanonicalUrl,
        asked: &mut Vec<(crawl::Origin, bool)>,
    ) -> Result<bool, Error> {
        let origin = url.origin();
        if let Some((_, is_named)) = asked.iter().find(|(known, _)| *known == origin) {
            return Ok(*is_named);
        }
        if asked.len() >= FOREIGN_MAX {
            return Ok(false);
        }
        let stored = self.call(|frontier| frontier.robots(&origin)).await?.value;
        let is_named = stored.is_some_and(|stored| {
            matches!(stored.copy.state, RobotsState::Rules(_))
                && stored.copy.rules(identity::TOKEN).sitemaps().iter().any(|named| {
                    CanonicalUrl::join(origin.robots_url().as_url(), named).as_ref() == Ok(sitemap)
                })
        });
        asked.push((origin, is_named));
        Ok(is_named)
    }

    /// Posts to the account of the outlet, here and in the settlement.
    pub(crate) fn post(&mut self, change: impl FnOnce(&mut crawl::Posting)) {
        let mut posting = crawl::Posting::default();
        change(&mut posting);
        self.account.post(self.crawler.parts.clock.now(), &posting);
        self.posting.add(&posting);
    }

    /// Posts by how much a hub's share in its outlet's visits has changed.
    pub(crate) fn change_share(&mut self, before: &Hub, after: &Hub) {
        let difference = |after: u64, before: u64| {
            i64::try_from(after).unwrap_or(i64::MAX) - i64::try_from(before).unwrap_or(i64::MAX)
        };
        let shares = difference(after.share, before.share);
        self.post(|posting| posting.shares = shares);
    }

    /// Whether the outlet may be asked for such a URL today.
    pub(crate) fn may_spend(&self, is_old: bool, band: Band, now: UnixMicros) -> bool {
        budget::allows(self.budget(), &self.account, band, is_old, now)
    }

    /// The smaller budget of the crawl and of the outlet's seeds.
    fn budget(&self) -> Option<u32> {
        let of_all = self.crawler.config.budget_per_day;
        [of_all, self.terms.budget_per_day].into_iter().flatten().min()
    }

    /// What the visits of the outlet's hubs may come to in a day.
    pub(crate) fn hub_visits_per_day(&self) -> f64 {
        let parts = &self.crawler.parts;
        let (wanted, now) = (parts.revisit.visits_per_day, parts.clock.now());
        budget::hub_visits_per_day(wanted, self.budget(), &self.account, now)
    }
}

/// Whether an entry stands for a bare domain, wherever that led to.
fn is_domain_seed(entry: &Entry) -> bool {
    let seed = entry.seed.as_deref().and_then(|seed| Seed::parse(seed).ok());
    seed.is_some_and(|seed| seed.kind() == SeedKind::Domain)
}

fn listed(item: &Item, now: UnixMicros) -> Listed {
    // A time in the future is none.
    let published = item.at.filter(|at| item.is_published && *at <= now);
    Listed { at: published.unwrap_or(now), is_published: published.is_some() }
}

/// The rate that the dates of what is new tell.
fn rate_of(dates: &[UnixMicros], echoes: &[UnixMicros], now: UnixMicros) -> Rate {
    let recent = |dates: &[UnixMicros]| -> Vec<UnixMicros> {
        dates.iter().copied().filter(|at| now.since(*at) < RATE_SPAN).collect()
    };
    let (dates, echoes) = (recent(dates), recent(echoes));
    let mut rate = Rate::default();
    if let Some(oldest) = dates.iter().chain(&echoes).min() {
        let count = |dates: &[UnixMicros]| u32::try_from(dates.len()).unwrap_or(u32::MAX);
        let span = now.since(*oldest).max(Duration::from_hours(1));
        let brought = Brought { new: count(&dates), echoes: count(&echoes) };
        rate.observe(brought, 0, span);
        // What was found elsewhere meanwhile is not known.
        (rate.here_milli, rate.anywhere_milli) = (0, 0);
    }
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMicros = UnixMicros(1_795_564_800_000_000);

    fn item(age: Option<Duration>) -> Item {
        let url = CanonicalUrl::parse("https://a.test/x").unwrap();
        let at = age.map(|age| UnixMicros(NOW.0 - UnixMicros(0).after(age).0));
        Item { url, at, is_published: true }
    }

    #[test]
    fn a_time_in_the_future_is_none() {
        let mut future = item(Some(Duration::ZERO));
        assert_eq!(listed(&future, NOW), Listed { at: NOW, is_published: true });
        future.at = Some(NOW.after(Duration::from_secs(1)));
        assert_eq!(listed(&future, NOW), Listed { at: NOW, is_published: false });
    }

    #[test]
    fn dates_of_a_first_visit_tell_the_rate() {
        let at = |hours| item(Some(Duration::from_hours(hours))).at.unwrap();
        let rate = rate_of(&[at(1), at(12), at(24), at(100)], &[], NOW);
        assert_eq!((rate.span_s, rate.here_milli), (86_400, 0));
        // By halves, as nothing is known of what else there is.
        assert!((rate.per_day(6.0) - 2.5).abs() < 1.0, "{}", rate.per_day(6.0));
        assert_eq!(rate_of(&[], &[at(100)], NOW), Rate::default());
    }
}
