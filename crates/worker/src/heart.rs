//! The heartbeat: what this worker tells of itself, and what it hears in return.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crawl::{ScopeRule, UnixMicros};
use fetch::Web;
use frontier::{Beat, Beaten, Control};

use crate::Crawler;
use crate::crawler::Full;
use crate::line::is_outage;
use crate::system;

/// How often it beats: a directive has to be obeyed within 5 s.
pub(crate) const BEAT_EVERY: Duration = Duration::from_secs(2);

/// How long a worker may be silent before it counts as gone: a few beats may get lost.
const SILENT_MAX: Duration = Duration::from_secs(15);

/// Over how long rates are told.
const RATE_SPAN: Duration = Duration::from_mins(1);

/// The scope is read again no sooner than this: while seeds redirect, it changes all the time.
const SCOPE_EVERY: Duration = Duration::from_secs(10);

/// Reading the scope shall take no more than this part of the time.
const SCOPE_SHARE: u32 = 20;

/// Beats in a row that are sent at once because something has changed.
const AT_ONCE_MAX: usize = 3;

/// How long saying good-bye may take.
pub(crate) const GOOD_BYE_MAX: Duration = Duration::from_secs(2);

/// Who beats.
#[derive(Debug)]
pub(crate) struct Member {
    name: String,
    /// The machine and the process.
    place: String,
    started_at: UnixMicros,
}

impl Member {
    pub(crate) fn new(name: &str, started_at: UnixMicros) -> Self {
        Self { name: name.to_owned(), place: system::place(), started_at }
    }

    /// A beat that tells nothing yet of what is done.
    pub(crate) fn beat(&self, is_gone: bool) -> Beat {
        Beat {
            name: self.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            place: self.place.clone(),
            started_at: self.started_at,
            lasts_ms: u64::try_from(SILENT_MAX.as_millis()).unwrap_or(u64::MAX),
            is_gone,
            ..Beat::default()
        }
    }
}

/// What is remembered from beat to beat.
#[derive(Debug)]
pub(crate) struct Heart {
    member: Member,
    /// When how many pages were stored, over the last minute.
    pages: VecDeque<(Duration, u64)>,
    /// Losses of the frontier that are known.
    losses: u64,
    /// The count of changed directives that is obeyed.
    obeys: u64,
    /// The count of changes of the scope that is known.
    scope: Option<u64>,
    scope_not_before: Duration,
}

impl Heart {
    pub(crate) fn new(member: Member) -> Self {
        Self {
            member,
            pages: VecDeque::new(),
            losses: 0,
            obeys: 0,
            scope: None,
            scope_not_before: Duration::ZERO,
        }
    }

    /// Pages a second over the last minute, in thousandths.
    fn rate(&mut self, now: Duration, pages: u64) -> u64 {
        self.pages.push_back((now, pages));
        while self.pages.front().is_some_and(|(at, _)| now.saturating_sub(*at) > RATE_SPAN) {
            self.pages.pop_front();
        }
        let Some((at, before)) = self.pages.front() else { return 0 };
        let span_ms = u64::try_from(now.saturating_sub(*at).as_millis()).unwrap_or(u64::MAX);
        (pages.saturating_sub(*before) * 1_000_000).checked_div(span_ms).unwrap_or(0)
    }
}

/// Counters as a beat tells them.
fn named(counts: &BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

impl<F: Control, W: Web> Crawler<F, W> {
    /// Beats for as long as the crawl lasts.
    pub(crate) async fn beat_on(self: Arc<Self>) {
        loop {
            tokio::time::sleep(BEAT_EVERY).await;
            self.parts.articles.flush_old();
            self.beat().await;
        }
    }

    /// Beats, and obeys what has changed; that it does so is told at once. A beat that fails is no
    /// failure of the crawl: the next one comes soon.
    pub(crate) async fn beat(&self) {
        let mut heart = self.heart.lock().await;
        for _ in 0..AT_ONCE_MAX {
            let beat = self.beat_of(&mut heart, false);
            let Some(beaten) = self.ask_once(self.parts.frontier.beat(beat).await) else { return };
            let heard_at = self.parts.clock.elapsed();
            self.learn_scope(&mut heart, &beaten).await;
            if beaten.losses != heart.losses {
                heart.losses = beaten.losses;
                self.seen_links.clear();
                self.claims.clear();
            }
            if beaten.directives == heart.obeys {
                return;
            }
            let all = self.ask_once(self.parts.frontier.directives().await);
            let Some(all) = all else { return };
            self.orders.hear(all, heard_at);
            // What an operator had forgotten is to be offered again.
            self.seen_links.clear();
            heart.obeys = beaten.directives;
        }
    }

    /// Tells that the worker has ended.
    pub(crate) async fn say_good_bye(&self) {
        let mut heart = self.heart.lock().await;
        let beat = self.beat_of(&mut heart, true);
        let told = self.parts.frontier.beat(beat);
        if let Ok(told) = tokio::time::timeout(GOOD_BYE_MAX, told).await {
            self.ask_once(told);
        }
    }

    fn beat_of(&self, heart: &mut Heart, is_gone: bool) -> Beat {
        let totals = self.tally.totals();
        Beat {
            requests: totals.requests,
            pages: totals.pages,
            bytes: totals.bytes,
            skipped: named(&totals.skipped),
            walls: named(&totals.walls),
            leases: if is_gone { 0 } else { self.leases.load(Ordering::Relaxed) },
            pages_per_s_milli: heart.rate(self.parts.clock.elapsed(), totals.pages),
            waits_for: self.waits_for(),
            obeys: heart.obeys,
            ..heart.member.beat(is_gone)
        }
    }

    /// What the crawl waits for, where it does.
    fn waits_for(&self) -> Option<String> {
        match self.full() {
            Some(Full::Disk) => Some("space on the disk".into()),
            Some(Full::Frontier) => Some("room in the frontier".into()),
            None => self.line.outage(),
        }
    }

    /// What came of a call that is not tried again.
    fn ask_once<T>(&self, replied: frontier::Result<T>) -> Option<T> {
        let now = self.parts.clock.elapsed();
        match replied {
            Ok(reply) => {
                self.line.answered(now);
                Some(reply)
            }
            Err(error) => {
                tracing::debug!(%error, "a beat failed");
                if is_outage(&error) {
                    self.line.failed(&error, now);
                }
                None
            }
        }
    }

    /// Goes by the scope as it is now, also by what was taken out of it.
    async fn learn_scope(&self, heart: &mut Heart, beaten: &Beaten) {
        let now = self.parts.clock.elapsed();
        let is_known = heart.scope == Some(beaten.scope) || self.parts.scope == ScopeRule::Any;
        if is_known || now < heart.scope_not_before {
            return;
        }
        let joined = self.scope().joined();
        let members = self.ask_once(self.parts.frontier.scope_members().await);
        let read_at = self.parts.clock.elapsed();
        let pause = SCOPE_EVERY.max(read_at.saturating_sub(now) * SCOPE_SHARE);
        heart.scope_not_before = read_at + pause;
        if let Some(members) = members {
            let mut scope = self.scope();
            if scope.joined() != joined {
                // A visit has taken a place in since the list was read, and goes on from there:
                // the list is read again, and nothing is thrown out by this one.
                scope.extend(members);
                return;
            }
            let is_narrower = scope.replace(members);
            drop(scope);
            if is_narrower {
                // With a seed that is removed, the URLs of its outlet are forgotten.
                self.seen_links.clear();
            }
            heart.scope = Some(beaten.scope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_last_minute() {
        let mut heart = Heart::new(Member::new("w", UnixMicros(0)));
        let at = Duration::from_secs;
        assert_eq!(heart.rate(at(0), 0), 0);
        assert_eq!(heart.rate(at(10), 5), 500);
        assert_eq!(heart.rate(at(60), 60), 1_000);
        // From the tenth second on.
        assert_eq!(heart.rate(at(70), 185), 3_000);
        assert_eq!(heart.rate(at(500), 200), 0);
    }
}
