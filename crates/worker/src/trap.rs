//! Which URLs are not asked for although they may be, and what is learnt of those that were.
//!
//! The rules are `crawl`'s; here is where they are asked: before the request for a URL that waits,
//! and before a link is offered. What a hub lists, what was given, and what was fetched before is
//! no trap.

use std::collections::HashSet;

use crawl::shape::{self, Shape};
use crawl::traps::{self, Rule, ShapeKind};
use crawl::{Band, CanonicalUrl, Entry, Fetched, Fingerprint, budget};
use fetch::{Exchange, Outcome, Web};
use frontier::{Control, Verdict};

use crate::crawler::Error;
use crate::page::Reading;
use crate::visit::Visit;

/// Links of a list that are asked about: one that is not known is enough.
const ASKED_MAX: usize = 200;

/// What becomes of a link.
enum Judged {
    /// It is offered.
    Offered(Entry),
    /// It is not, by this rule; what is in its place.
    LeftOut(Rule, Option<Entry>),
}

impl<F: Control, W: Web> Visit<F, W> {
    /// Whether a URL is not asked for; then its verdict is there, and it is counted.
    pub(crate) fn is_skipped(&mut self, entry: &Entry) -> bool {
        if is_exempt(entry) || entry.revisit.is_some() {
            return false;
        }
        let config = &self.crawler.parts.traps;
        let now = self.crawler.parts.clock.now();
        let skip = self.state.habits.skip(config, &entry.url, now);
        // What a hub has listed shall be seen, whatever others of its form were.
        let skip = skip.filter(|skip| entry.band != Band::Article || !yields_to_hubs(skip.rule));
        let Some(skip) = skip else { return false };
        tracing::debug!(url = %entry.url, rule = %skip.rule, why = skip.why, "skipped");
        self.links.extend(skip.instead.map(|url| Entry { url, attempt: 0, ..entry.clone() }));
        // A hub may still list it: what is left alone for the day waits for the next.
        let verdict = if yields_to_hubs(skip.rule) {
            let after = budget::until_tomorrow(now, self.crawler.parts.random.next_u64());
            Verdict::Again { after, entry: Box::new(entry.clone()) }
        } else {
            Verdict::Done
        };
        self.skipped(skip.rule, entry, verdict);
        true
    }

    /// Whether another URL stands for the same article; then its verdict is there, and it is
    /// counted. Otherwise this one does from now on: it has to be one that may be fetched.
    pub(crate) async fn is_variant(&mut self, entry: &Entry) -> Result<bool, Error> {
        let key = self.state.habits.variant_key(&self.crawler.parts.traps, &entry.url);
        let Some(key) = key.filter(|_| !is_exempt(entry) && entry.revisit.is_none()) else {
            return Ok(false);
        };
        let holder = match self.crawler.claims.holder(key) {
            Some(holder) => holder,
            None => self.claim(key, &entry.url).await?,
        };
        let is_other = holder != entry.url.fingerprint();
        if is_other {
            self.skipped(Rule::SlugVariant, entry, Verdict::Done);
        }
        Ok(is_other)
    }

    fn skipped(&mut self, rule: Rule, entry: &Entry, verdict: Verdict) {
        self.crawler.tally.skipped(rule);
        self.state.habits.count_skipped(rule);
        self.verdicts.push((entry.url.fingerprint(), verdict));
    }

    async fn claim(&self, key: u64, url: &CanonicalUrl) -> Result<Fingerprint, Error> {
        let (outlet, own) = (self.host.outlet(), url.fingerprint());
        let holder = self.call(|frontier| frontier.claim(&outlet, key, own)).await?.value;
        self.crawler.claims.learn(key, holder);
        Ok(holder)
    }

    /// The links that are offered: without those that would not be asked for, sessions taken out,
    /// and one URL for each article. What is left out is counted when it is met first.
    pub(crate) fn offer(&mut self, links: Vec<Entry>) -> Vec<Entry> {
        let mut keys = HashSet::new();
        let mut offered = Vec::with_capacity(links.len());
        for link in links {
            let url = link.url.clone();
            match self.judge(link, &mut keys) {
                Judged::Offered(link) => offered.push(link),
                Judged::LeftOut(rule, instead) => {
                    offered.extend(instead);
                    // A name of its own: what is left out now may be offered later.
                    let mark = Fingerprint::of(&format!("left out\n{url}"));
                    if self.crawler.seen_links.is_first(mark) {
                        self.crawler.tally.skipped(rule);
                        self.state.habits.count_skipped(rule);
                    }
                }
            }
        }
        offered
    }

    fn judge(&self, link: Entry, keys: &mut HashSet<u64>) -> Judged {
        if is_exempt(&link) {
            return Judged::Offered(link);
        }
        let (config, now) = (&self.crawler.parts.traps, self.crawler.parts.clock.now());
        let is_own = link.url.host_key() == self.host;
        let skip = if is_own {
            self.state.habits.skip(config, &link.url, now)
        } else {
            traps::by_form(config, &link.url, now)
        };
        match skip {
            Some(skip) if link.band == Band::Article && yields_to_hubs(skip.rule) => {
                return Judged::Offered(link);
            }
            Some(skip) => {
                let instead = skip.instead.map(|url| Entry { url, ..link });
                return Judged::LeftOut(skip.rule, instead);
            }
            None => {}
        }
        let key = self.state.habits.variant_key(config, &link.url).filter(|_| is_own);
        let Some(key) = key else { return Judged::Offered(link) };
        let holder = self.crawler.claims.holder(key);
        let is_other = holder.is_some_and(|holder| holder != link.url.fingerprint());
        if is_other || !keys.insert(key) {
            return Judged::LeftOut(Rule::SlugVariant, None);
        }
        Judged::Offered(link)
    }

    /// Learns from a page that was fetched for the first time, and from a wall.
    pub(crate) async fn learn_from(
        &mut self,
        entry: &Entry,
        exchange: &Exchange,
        reading: &mut Reading,
    ) -> Result<(), Error> {
        if let (Some(wall), Outcome::Response(response)) = (&reading.wall, &exchange.outcome) {
            self.state.habits.count_wall(wall.kind.name());
            self.note_wall(wall.kind, response.status);
            return Ok(());
        }
        if reading.is_answered() {
            self.state.note_content();
        }
        let is_guess = entry.hub.as_deref().is_some_and(|hub| hub.guess.is_some());
        if let (true, true, 0, Some(digest)) =
            (is_guess, reading.is_page, entry.hops, reading.digest)
        {
            self.state.habits.note_probe(&self.crawler.parts.traps, digest);
        }
        if !reading.is_page || entry.revisit.is_some() || is_exempt(entry) {
            return Ok(());
        }
        let kind = ShapeKind::of(&entry.url);
        let leads_on = kind.is_list() && self.leads_on(entry, reading).await?;
        let fetched = Fetched {
            url: &entry.url,
            canonical: reading.canonical.as_ref(),
            digest: reading.digest,
            is_article: reading.is_article,
            leads_on,
        };
        let config = &self.crawler.parts.traps;
        if self.state.habits.note(config, &fetched, exchange.started.wall) {
            reading.is_nothing();
        }
        // The page that has taught that slugs do not matter stands for its article.
        if let Some(key) = self.state.habits.variant_key(config, &entry.url)
            && self.crawler.claims.holder(key).is_none()
        {
            self.claim(key, &entry.url).await?;
        }
        Ok(())
    }

    /// Whether a page leads to articles that are not known, and not only to others of its form.
    async fn leads_on(&self, entry: &Entry, reading: &Reading) -> Result<bool, Error> {
        let own = Shape::of(&entry.url);
        let mut keys = HashSet::new();
        let links = reading.links.iter();
        let urls = links.filter_map(|link| match self.judge(link.clone(), &mut keys) {
            Judged::Offered(link) => Some(link.url),
            Judged::LeftOut(..) => None,
        });
        let asked: Vec<CanonicalUrl> = urls
            .filter(|url| shape::is_article_like(url) && Shape::of(url) != own)
            .filter(|url| !self.links.iter().any(|link| link.url == *url))
            .take(ASKED_MAX)
            .collect();
        if asked.is_empty() {
            return Ok(false);
        }
        let unknown = self.call(|frontier| frontier.unknown(asked.clone())).await?.value;
        Ok(!unknown.is_empty())
    }
}

/// What somebody has given, what is visited again and again, and where a redirect led.
fn is_exempt(entry: &Entry) -> bool {
    entry.seed.is_some() || entry.band == Band::Hub || entry.hops > 0
}

/// Rules by what others of the form brought, or by a date: what a hub lists is stronger evidence.
fn yields_to_hubs(rule: Rule) -> bool {
    matches!(rule, Rule::Shape | Rule::Pagination | Rule::Calendar | Rule::FutureDate)
}
