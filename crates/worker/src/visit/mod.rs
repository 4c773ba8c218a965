//! One lease, from its first request to its settle.

mod address;
mod orders;
mod pace;
mod settle;

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use archive::{Purpose, Receipt};
use crawl::politeness::HostState;
use crawl::robots::{RobotsCopy, Rules};
use crawl::{
    Account, Band, CanonicalUrl, Entry, Fingerprint, HostKey, Origin, Posting, SeedState, Terms,
    budget,
};
use fetch::{Exchange, Request, Web};
use frontier::{Control, Lease, LeaseToken, Verdict};

use self::address::Places;
pub(crate) use self::orders::Overriding;
use crate::clock_offset::ClockOffset;
use crate::cost::Stage;
use crate::crawler::Error;
use crate::fresh::FreshFlag;
use crate::line::{self, Answer};
use crate::orders::HostOrders;
use crate::page::{self, Reading};
use crate::reader::{ReadOutcome, ReadSnapshot};
use crate::robots::{HeldCopy, Ruling};
use crate::snapshot::{self, Errand, Kept};
use crate::{Crawler, Stop};

/// Pages that are looked at as possible sections of one outlet, where only hubs are wanted.
const SECTIONS_TRIED_MAX: usize = 15;

/// How long a page is still read for when the process is to end.
const READ_BEFORE_END: Duration = Duration::from_secs(2);

/// A visit to one host queue.
pub(crate) struct Visit<F: Control, W: Web> {
    pub(crate) crawler: Arc<Crawler<F, W>>,
    pub(crate) host: HostKey,
    pub(crate) stop: Stop,
    session: W::Session,
    token: LeaseToken,
    /// When the visit began, on the clock that counts suspended time.
    begun: Duration,
    /// The first lease of a host: nobody has asked it anything yet.
    is_first: bool,
    /// When the lease ends, on the clock that counts suspended time.
    deadline: Duration,
    /// The frontier's clock against ours, as of the lease.
    clock: ClockOffset,
    /// From when the delay runs: the last first byte or the end of the last failed attempt.
    paced_from: Option<Duration>,
    /// No start before this, whatever the delay: the lease's beginning, or a rest asked for.
    not_before: Duration,
    /// The delay that the frontier holds: an abandoned lease heals by it.
    stored_delay: Duration,
    pub(crate) state: HostState,
    /// The robots copies of this host's origins: brought by the lease, or learnt since.
    pub(crate) copies: HashMap<Origin, HeldCopy>,
    /// The rules of those copies that were needed so far.
    pub(crate) rules: HashMap<Origin, Arc<Rules>>,
    /// Robots copies that the frontier does not have yet.
    pub(crate) learned: Vec<(Origin, RobotsCopy)>,
    pub(crate) verdicts: Vec<(Fingerprint, Verdict)>,
    pub(crate) links: Vec<Entry>,
    /// What the seeds of the outlet ask for.
    pub(crate) terms: Terms,
    /// The account of the outlet, with what this visit has posted.
    pub(crate) account: Account,
    /// What this visit posts.
    pub(crate) posting: Posting,
    /// What came of seeds.
    pub(crate) seeds: Vec<(String, SeedState)>,
    /// What the lease took the delay to be.
    lease_delay: Duration,
    /// Whether fresh links for this host came in meanwhile.
    pub(crate) fresh: FreshFlag,
    /// What operators ask for about the host.
    orders: HostOrders,
    /// The override that it goes by.
    overriding: Option<Overriding>,
    /// Its places at addresses.
    places: Places,
    receipts: Vec<Receipt>,
    /// The https side of the host refused to talk.
    pub(crate) is_https_refused: bool,
    /// The host asked for more than its delay: hand it back.
    is_resting: bool,
}

/// Whether the visit goes on.
enum Step {
    Next,
    End,
}

impl<F: Control, W: Web> Visit<F, W> {
    /// Visits the host of a lease and settles it.
    pub(crate) async fn run(
        crawler: Arc<Crawler<F, W>>,
        lease: Answer<Lease>,
        stop: Stop,
    ) -> Result<(), Error> {
        let (mut visit, mut queue) = Self::begin(crawler, lease, stop);
        while let Some(entry) = queue.pop_front() {
            if entry.band == Band::Backfill && visit.has_fresh() {
                break;
            }
            match visit.step(entry).await {
                Ok(Step::Next) => {}
                Ok(Step::End) => break,
                // What was done before is settled; the rest goes back to the head of its band.
                Err(error) if error.is_full() => {
                    visit.settle().await?;
                    return Err(error);
                }
                // A settlement waits until the frontier answers again; a visit does not.
                Err(Error::Frontier(error)) if line::is_outage(&error) => break,
                Err(Error::Frontier(error)) if error.is_stale() => {
                    visit.abandon(&error).await;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        visit.settle().await
    }

    pub(crate) fn begin(
        crawler: Arc<Crawler<F, W>>,
        lease: Answer<Lease>,
        stop: Stop,
    ) -> (Self, VecDeque<Entry>) {
        let Answer { value: lease, asked, answered } = lease;
        let now = answered.elapsed;
        let host = lease.token.host.clone();
        let visit = Self {
            session: crawler.parts.web.open(&host),
            orders: HostOrders::new(host.clone(), lease.directives, asked.elapsed),
            host,
            stop,
            begun: now,
            is_first: lease.token.fence == 1,
            // Counted from before the call: the lease must never be thought longer than it is.
            deadline: asked.elapsed + lease.deadline_in,
            clock: ClockOffset::of(lease.at, asked, answered),
            overriding: None,
            paced_from: None,
            not_before: now,
            stored_delay: lease.delay,
            state: lease.state,
            copies: lease.robots.into_iter().map(|(o, s)| (o, HeldCopy::new(s, now))).collect(),
            rules: HashMap::new(),
            learned: Vec::new(),
            verdicts: Vec::new(),
            links: Vec::new(),
            terms: lease.terms,
            account: lease.account,
            posting: Posting::default(),
            seeds: Vec::new(),
            lease_delay: lease.delay,
            fresh: crawler.fresh.watch(&lease.token.host),
            token: lease.token,
            places: Places::default(),
            receipts: Vec::new(),
            is_https_refused: false,
            is_resting: false,
            crawler,
        };
        (visit, lease.urls.into())
    }

    async fn step(&mut self, entry: Entry) -> Result<Step, Error> {
        if self.is_skipped(&entry) {
            return Ok(Step::Next);
        }
        let rules = match self.rules_for(&entry.url.origin()).await? {
            Ruling::Rules(rules) => rules,
            Ruling::Wait { .. } if entry.http_fallback && self.is_https_refused => {
                self.fall_back(&entry);
                return Ok(Step::Next);
            }
            Ruling::Wait { rest, reason } => {
                self.crawler.tally.error(reason);
                self.crawler.ledger.no_page(entry.seed.as_deref(), reason);
                let failed = |seed| (seed, SeedState::Failed(reason.to_owned()));
                self.seeds.extend(entry.seed.clone().map(failed));
                self.rest(rest);
                return Ok(Step::End);
            }
            Ruling::Ended => return Ok(Step::End),
        };
        if entry.seed.is_some() {
            self.look_up_scope(&entry.url).await?;
        }
        let now = self.crawler.parts.clock.now();
        if !self.may_spend(budget::is_old(&entry), entry.band, now) {
            let random = self.crawler.parts.random.next_u64();
            let after = budget::until_tomorrow(now, random);
            let verdict = Verdict::Again { after, entry: Box::new(entry.clone()) };
            self.verdicts.push((entry.url.fingerprint(), verdict));
            return Ok(Step::Next);
        }
        let ruling = rules.check(entry.url.path_and_query());
        if !ruling.allowed {
            self.forbid(&entry);
            return Ok(Step::Next);
        }
        if self.is_variant(&entry).await? {
            return Ok(Step::Next);
        }
        if !self.ask_for_reservations(&entry.url, &rules).await? {
            return Ok(Step::End);
        }
        if !self.crawler.tally.reserve_page() {
            return Ok(Step::End);
        }
        let fetched = self.fetch_page(&entry).await;
        if !matches!(fetched, Ok(Some(true))) {
            self.crawler.tally.release_page();
        }
        Ok(match fetched? {
            Some(_) if !self.is_resting => Step::Next,
            _ => Step::End,
        })
    }

    /// A bare domain whose https side does not answer is tried with http.
    fn fall_back(&mut self, entry: &Entry) {
        self.links.extend(page::http_fallback(entry));
        let verdict = self.dropped(entry);
        self.verdicts.push((entry.url.fingerprint(), verdict));
    }

    fn forbid(&mut self, entry: &Entry) {
        tracing::debug!(url = %entry.url, "robots.txt forbids it");
        self.crawler.tally.forbidden();
        self.crawler.ledger.no_page(entry.seed.as_deref(), "robots.txt forbids it");
        self.seeds.extend(entry.seed.clone().map(|seed| (seed, SeedState::Forbidden)));
        let verdict = self.forbidden(entry);
        self.verdicts.push((entry.url.fingerprint(), verdict));
    }

    /// Fetches, keeps and reads one page. Nothing when the visit has to end before the request;
    /// otherwise whether a page was stored.
    async fn fetch_page(&mut self, entry: &Entry) -> Result<Option<bool>, Error> {
        let errand = Errand::page(entry);
        let validators = entry.revisit.as_deref().cloned();
        let request = Request { url: entry.url.clone(), validators, body_bytes_max: None };
        let Some((exchange, delay)) = self.exchange(&request).await? else { return Ok(None) };
        if budget::is_old(entry) {
            self.post(|posting| posting.requests_for_old += 1);
        }
        let cost = &self.crawler.cost;
        let mut reading = cost.of(Stage::Read, || page::read(&self.crawler, entry, &exchange));
        // Before the snapshot is kept: its metadata tells what came of reading it.
        self.read_article(&mut reading).await;
        // Whatever comes of it, the request has its record.
        let learnt = self.learn_from(entry, &exchange, &mut reading).await;
        self.add_usage(&entry.url, &mut reading);
        let receipt = self.keep(&Kept {
            errand,
            exchange: &exchange,
            delay,
            clock: self.clock,
            deadline: self.deadline,
            overriding: self.overriding.as_ref(),
            reading: Some(&reading),
            labels: &self.terms.labels,
        })?;
        self.crawler.parts.articles.keep(&ReadSnapshot {
            url: &exchange.url,
            at: exchange.started.wall,
            receipt: &receipt,
            flags: &reading.flags,
            fields: &reading.fields,
            labels: &self.terms.labels,
            seen: reading.seen,
            read: reading.read.as_ref(),
        });
        let validators = page::validators(&exchange, &receipt);
        self.receipts.push(receipt);
        learnt?;
        if let Some(target) = &reading.admits {
            self.admit(target).await?;
        }
        let verdict = self.conclude(entry, &exchange, &mut reading, validators).await?;
        self.verdicts.push((entry.url.fingerprint(), verdict));
        let is_page = reading.is_page;
        page::count(&self.crawler, entry, &reading);
        // A verdict is never without its links: what follows may end the visit.
        let links = self.offer(reading.links);
        self.links.extend(self.wanted(entry, links));
        self.store_pace().await?;
        Ok(Some(is_page))
    }

    /// Hands a page to a reader of articles, and waits for what it says: not for long when this
    /// process is to end, since the request has no record yet.
    async fn read_article(&mut self, reading: &mut Reading) {
        let (Some(reader), Some(page)) = (&self.crawler.parts.reader, reading.to_read.take())
        else {
            return;
        };
        let stop = &mut self.stop;
        let is_late = async {
            stop.asked().await;
            tokio::time::sleep(READ_BEFORE_END).await;
        };
        let read = tokio::select! {
            read = reader.read(&page) => read,
            () = is_late => ReadOutcome::Unread,
        };
        read.warn_of(&page.url);
        reading.take_read(read);
    }

    /// Links that are followed: all, or those to hubs and what looks like one from a front page.
    fn wanted(&self, entry: &Entry, links: Vec<Entry>) -> Vec<Entry> {
        if !self.crawler.config.hubs_only {
            return links;
        }
        let is_front = entry.url.is_front_page();
        let sections = links.iter().filter(|link| {
            is_front && link.band == Band::Backfill && crawl::shape::is_section_like(&link.url)
        });
        let hubs = links.iter().filter(|link| link.band == Band::Hub);
        hubs.chain(sections.take(SECTIONS_TRIED_MAX)).cloned().collect()
    }

    /// Whether the host asked for more than its delay.
    pub(crate) fn is_resting(&self) -> bool {
        self.is_resting
    }

    /// Whether fresh links for this host wait, that this lease does not hold.
    fn has_fresh(&self) -> bool {
        self.fresh.is_set()
    }

    /// Archives an exchange. It is durable only when the settle has waited for it.
    pub(crate) fn keep(&self, kept: &Kept<'_>) -> Result<Receipt, Error> {
        let cost = &self.crawler.cost;
        cost.of(Stage::Archive, || snapshot::append(&self.crawler, &self.token, kept))
    }

    pub(crate) fn keep_robots(
        &mut self,
        origin: &Origin,
        exchange: &Exchange,
        delay: Duration,
    ) -> Result<(), Error> {
        let errand = Errand::robots(origin);
        debug_assert_eq!(errand.purpose, Purpose::Robots);
        self.keep_errand(errand, exchange, delay)
    }

    /// Archives what was asked for beside pages.
    pub(crate) fn keep_errand(
        &mut self,
        errand: Errand<'_>,
        exchange: &Exchange,
        delay: Duration,
    ) -> Result<(), Error> {
        let receipt = self.keep(&Kept {
            errand,
            exchange,
            delay,
            clock: self.clock,
            deadline: self.deadline,
            overriding: self.overriding.as_ref(),
            reading: None,
            labels: &self.terms.labels,
        })?;
        self.receipts.push(receipt);
        Ok(())
    }

    /// Calls the frontier for what the visit needs to know. While it does not answer the call is
    /// tried again, until the lease is over.
    pub(crate) async fn call<'a, T, C>(
        &'a self,
        call: impl Fn(&'a F) -> C,
    ) -> Result<Answer<T>, Error>
    where
        C: Future<Output = frontier::Result<T>>,
    {
        Ok(self.crawler.call(Some(self.deadline), call).await?)
    }

    /// Takes a seed's place, or the place that a seed redirects to, into the scope.
    pub(crate) async fn admit(&self, url: &CanonicalUrl) -> Result<(), Error> {
        let missing = self.crawler.scope().missing(url);
        if let Some(member) = missing {
            self.call(|frontier| frontier.admit(vec![member.clone()])).await?;
            self.crawler.scope().extend([member]);
        }
        Ok(())
    }

    /// Takes in what others have added to the scope, where a seed does not belong to it yet.
    async fn look_up_scope(&self, seed: &CanonicalUrl) -> Result<(), Error> {
        let is_known = self.crawler.scope().contains(seed);
        if !is_known {
            let members = self.call(F::scope_members).await?.value;
            self.crawler.scope().extend(members);
        }
        Ok(())
    }
}
