//! What an answered visit leads to: when the URL is visited again, and what is posted.

use std::time::Duration;

use crawl::{
    Band, Brought, Entry, Hub, HubKind, Seed, SeedState, UnixMicros, Validators, retry, revisit,
};
use fetch::{Exchange, Outcome, Web};
use frontier::{Control, Verdict};

use crate::crawler::Error;
use crate::discover;
use crate::page::Reading;
use crate::visit::Visit;

/// Revisits that a crawl leaves to the next run come no sooner than this.
const NEXT_RUN: Duration = Duration::from_hours(1);

/// Links to articles that make a page a section.
const SECTION_LINKS_MIN: usize = 8;

/// Sections that are found by themselves on one outlet.
const SECTIONS_MAX: u64 = 40;

impl<F: Control, W: Web> Visit<F, W> {
    /// Decides about a URL that was asked for, and takes what follows into the settlement.
    pub(crate) async fn conclude(
        &mut self,
        entry: &Entry,
        exchange: &Exchange,
        reading: &mut Reading,
        validators: Validators,
    ) -> Result<Verdict, Error> {
        self.tell_seed(entry, reading);
        if reading.retry
            && let Some(verdict) = self.retried(entry)
        {
            return Ok(verdict);
        }
        if entry.band != Band::Hub {
            return Ok(self.conclude_page(entry, exchange, reading, validators));
        }
        let is_wanted = match entry.hub.as_deref() {
            Some(Hub { guess: Some(_), .. }) => reading.machine.is_some() || reading.is_unchanged,
            _ => reading.is_answered(),
        };
        if is_wanted {
            return self.conclude_hub(entry, exchange, reading, validators).await;
        }
        if reading.error.is_none() && !reading.links.is_empty() {
            return Ok(self.moved_hub(entry, exchange));
        }
        Ok(self.failed_hub(entry, reading))
    }

    fn retried(&self, entry: &Entry) -> Option<Verdict> {
        let parts = &self.crawler.parts;
        let random = parts.random.next_u64();
        let after = retry::next_in(&parts.retry, entry.attempt, random)?;
        let again = Entry { attempt: entry.attempt + 1, ..entry.clone() };
        Some(Verdict::Again { after, entry: Box::new(again) })
    }

    /// A hub that redirects: the new place is the hub now. One that does so for the time being
    /// (RFC 9110, section 15.4: 302, 303, 307) is asked again later.
    fn moved_hub(&mut self, entry: &Entry, exchange: &Exchange) -> Verdict {
        let dropped = self.dropped(entry);
        let is_for_good = match &exchange.outcome {
            Outcome::Response(response) => matches!(response.status, 301 | 308),
            Outcome::Failed(_) => true,
        };
        if is_for_good || !self.crawler.config.watch {
            return dropped;
        }
        let hub = entry.hub.as_deref().map(|hub| Hub { share: 0, ..hub.clone() });
        let again = Entry { attempt: 0, hub: hub.map(Box::new), ..entry.clone() };
        Verdict::Again { after: revisit::away_in(), entry: Box::new(again) }
    }

    /// A hub that gave nothing: guesses go on, given hubs are tried again ever more rarely.
    fn failed_hub(&mut self, entry: &Entry, reading: &mut Reading) -> Verdict {
        let hub = entry.hub.as_deref().cloned().unwrap_or_default();
        if hub.guess.is_some() && hub.visits == 0 {
            reading.links.extend(discover::next_guess(entry));
            return Verdict::Done;
        }
        let has_fallback = !reading.links.is_empty();
        let again_in = revisit::failed_in(&hub).filter(|_| !has_fallback);
        let Some(after) = again_in else { return self.dropped(entry) };
        let hub = Some(Box::new(Hub { failures: hub.failures + 1, ..hub }));
        let again = Entry { attempt: entry.attempt.max(1), hub, ..entry.clone() };
        Verdict::Again { after, entry: Box::new(again) }
    }

    /// What becomes of a URL that robots.txt forbids. A given hub is asked about again: the file
    /// may change.
    pub(crate) fn forbidden(&mut self, entry: &Entry) -> Verdict {
        let is_given = entry.hub.as_deref().is_some_and(|hub| hub.found.is_given());
        if is_given && self.crawler.config.watch {
            let again = Entry { attempt: entry.attempt.max(1), ..entry.clone() };
            return Verdict::Again { after: revisit::away_in(), entry: Box::new(again) };
        }
        self.dropped(entry)
    }

    /// A hub that is visited no more gives its share back.
    pub(crate) fn dropped(&mut self, entry: &Entry) -> Verdict {
        if let Some(hub) = entry.hub.as_deref() {
            self.change_share(hub, &Hub::default());
        }
        Verdict::Done
    }

    async fn conclude_hub(
        &mut self,
        entry: &Entry,
        exchange: &Exchange,
        reading: &mut Reading,
        validators: Validators,
    ) -> Result<Verdict, Error> {
        let before = entry.hub.as_deref().cloned().unwrap_or_default();
        let now = exchange.started.wall;
        let mut hub = Hub { kind: reading.machine.unwrap_or(before.kind), ..before.clone() };
        if reading.is_page && reading.machine.is_none() {
            hub.kind = HubKind::Page;
        }
        if before.visits == 0 && self.is_double(entry, reading).await? {
            return Ok(self.dropped(entry));
        }
        if before.visits == 0 {
            self.look_around(entry, &hub, reading);
        }
        let new = self.take_listed(entry, &hub, reading, now).await?;
        if is_asleep(&hub, reading, now) {
            self.post(|posting| posting.asleep += 1);
            return Ok(self.dropped(entry));
        }
        if hub.visits == 0 {
            hub.rate = new.rate;
        }
        let brought = Brought { new: new.count, echoes: new.echoes };
        hub.note(brought, self.account.discovered, now);
        if before.visits > 0 {
            self.post(|posting| posting.discovered += u64::from(new.count));
        }
        if !reading.is_unchanged {
            hub.mark(reading.listing.items.iter().map(|item| item.url.fingerprint()));
        }
        if before.visits == 0 && brought == Brought::default() && !reading.listing.items.is_empty()
        {
            // All that it lists is old.
            hub.barren = 2;
        }
        hub.share = revisit::share(&self.crawler.parts.revisit, &hub);
        self.change_share(&before, &hub);
        let after = self.next_visit(&hub, exchange, reading, now);
        hub.interval_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let is_same = reading.is_unchanged || reading.is_same_payload;
        let revisit = if is_same { entry.revisit.clone() } else { Some(Box::new(validators)) };
        let again = Entry { attempt: 0, revisit, hub: Some(Box::new(hub)), ..entry.clone() };
        Ok(Verdict::Again { after, entry: Box::new(again) })
    }

    /// When a hub that has just been noted is visited next.
    fn next_visit(
        &self,
        hub: &Hub,
        exchange: &Exchange,
        reading: &Reading,
        now: UnixMicros,
    ) -> Duration {
        let config = &self.crawler.parts.revisit;
        let asked = reading.listing.wait.max(max_age(exchange));
        let terms = revisit::Terms { visits_per_day: self.hub_visits_per_day(), asked, now };
        let after = revisit::next_in(config, hub, &self.account, &terms);
        // Hubs that were found together shall not always come together.
        let random = self.crawler.parts.random.next_u64() % 1_000;
        let spread = after.mul_f64(0.95 + random as f64 / 10_000.0);
        self.not_in_this_run(spread + skipped(now.after(spread), &reading.listing.skip_hours))
    }

    /// A crawl that does not watch ends when all is visited once: what comes again comes after it.
    fn not_in_this_run(&self, after: Duration) -> Duration {
        let config = &self.crawler.config;
        if config.watch { after } else { after.max(config.patience * 2).max(NEXT_RUN) }
    }

    /// A page that is no hub: a section where it lists articles, else perhaps a young article.
    fn conclude_page(
        &mut self,
        entry: &Entry,
        exchange: &Exchange,
        reading: &Reading,
        validators: Validators,
    ) -> Verdict {
        if !reading.is_answered() {
            return Verdict::Done;
        }
        let now = exchange.started.wall;
        self.count_freshness(entry, reading, now);
        if self.is_section(entry, reading) {
            let from = entry.seed.clone();
            let mut hub = Hub::new(HubKind::Page, crawl::Found::Listing, from);
            hub.note(Brought::default(), self.account.discovered, now);
            let links = reading.links.iter().map(|link| &link.url);
            let articles = links.filter(|url| crawl::shape::is_article_like(url));
            hub.mark(articles.map(crawl::CanonicalUrl::fingerprint));
            hub.share = revisit::share(&self.crawler.parts.revisit, &hub);
            self.change_share(&Hub::default(), &hub);
            self.post(|posting| posting.sections += 1);
            let after = self.next_visit(&hub, exchange, reading, now);
            let again = Entry {
                band: Band::Hub,
                attempt: 0,
                revisit: Some(Box::new(validators)),
                hub: Some(Box::new(hub)),
                ..entry.clone()
            };
            return Verdict::Again { after, entry: Box::new(again) };
        }
        self.edit_visit(entry, reading, validators, now).unwrap_or(Verdict::Done)
    }

    fn is_section(&self, entry: &Entry, reading: &Reading) -> bool {
        reading.is_page
            && !reading.is_article
            && entry.listed.is_none()
            && reading.article_links >= SECTION_LINKS_MIN
            && self.account.sections < SECTIONS_MAX
            && crawl::shape::is_section_like(&entry.url)
    }

    /// The next visit of an article that is young enough to be edited.
    fn edit_visit(
        &self,
        entry: &Entry,
        reading: &Reading,
        validators: Validators,
        now: UnixMicros,
    ) -> Option<Verdict> {
        let listed = entry.listed.map(|listed| listed.at);
        let born = listed.or(reading.published)?;
        let age = now.since(born);
        if !self.may_spend(true, Band::Article, now) {
            return None;
        }
        let after = revisit::edit_in(&self.crawler.parts.revisit, age)?;
        let after = self.not_in_this_run(after);
        let is_same = reading.is_unchanged || reading.is_same_payload;
        let revisit = if is_same { entry.revisit.clone() } else { Some(Box::new(validators)) };
        let again = Entry { attempt: 0, revisit, band: Band::Article, ..entry.clone() };
        Some(Verdict::Again { after, entry: Box::new(again) })
    }

    /// Counts the snapshot of an article that a hub had listed as new.
    fn count_freshness(&mut self, entry: &Entry, reading: &Reading, now: UnixMicros) {
        let (Some(listed), None, true) = (entry.listed, &entry.revisit, reading.is_page) else {
            return;
        };
        let delay = now.since(listed.at);
        self.crawler.tally.fresh(delay);
        self.post(|posting| {
            posting.articles += 1;
            posting.freshness.add(delay);
        });
    }

    /// Notes what came of a seed.
    fn tell_seed(&mut self, entry: &Entry, reading: &Reading) {
        let Some(seed) = &entry.seed else { return };
        let outlet = Seed::parse(seed).map(|seed| seed.outlet());
        let is_elsewhere = outlet.is_ok_and(|outlet| outlet != entry.url.host_key().outlet());
        let state = if reading.is_answered() && is_elsewhere {
            SeedState::Moved(entry.url.to_string())
        } else if reading.is_answered() {
            SeedState::Alive
        } else if let Some(target) = &reading.admits {
            if target.host_key().outlet() == entry.url.host_key().outlet() {
                return;
            }
            SeedState::Moved(target.to_string())
        } else if let Some(error) = &reading.error {
            SeedState::Failed(error.clone())
        } else {
            SeedState::Failed("neither a page nor a feed or sitemap".into())
        };
        self.seeds.push((seed.clone(), state));
    }
}

/// Whether a sitemap holds nothing recent: all is dated, and all is old.
fn is_asleep(hub: &Hub, reading: &Reading, now: UnixMicros) -> bool {
    let listing = &reading.listing;
    hub.kind == HubKind::Sitemap
        && listing.is_dated()
        && listing.newest().is_some_and(|newest| revisit::is_asleep(newest, now))
}

/// The `max-age` of a `Cache-Control` header (RFC 9111, section 5.2.2.1).
fn max_age(exchange: &Exchange) -> Option<Duration> {
    let Outcome::Response(response) = &exchange.outcome else { return None };
    let control = response.header("cache-control")?;
    let age = control.split(',').find_map(|part| part.trim().strip_prefix("max-age="))?;
    age.trim_matches('"').parse().ok().map(Duration::from_secs)
}

/// How long to wait on top, where a visit would fall into an hour that the feed asks to skip.
fn skipped(at: UnixMicros, hours: &[u8]) -> Duration {
    const HOUR: Duration = Duration::from_hours(1);
    let hour_of = |at: UnixMicros| at.0.div_euclid(3_600_000_000).rem_euclid(24);
    let is_skipped = |at| hours.iter().any(|hour| i64::from(*hour) == hour_of(at));
    let mut wait = Duration::ZERO;
    while is_skipped(at.after(wait)) && wait < 24 * HOUR {
        wait += HOUR;
    }
    wait
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_are_skipped() {
        let at = |hour: u32| UnixMicros(0).after(hour * Duration::from_hours(1));
        assert_eq!(skipped(at(5), &[]), Duration::ZERO);
        assert_eq!(skipped(at(29), &[4, 5, 6]), Duration::from_hours(2));
        let all: Vec<u8> = (0..24).collect();
        assert_eq!(skipped(at(5), &all), Duration::from_hours(24));
    }
}
