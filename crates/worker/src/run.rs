//! The loop that leases hosts, and knows when a crawl is over; then the drain.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fetch::Web;
use frontier::{Control, Idle, Lease, LeaseReply};
use tokio::task::{JoinError, JoinSet};

use crate::crawler::{Ended, Error, FULL_DISK_LOOK, Full};
use crate::line::{Answer, Pauses, is_outage};
use crate::visit::Visit;
use crate::{Crawler, Stop, StopHandle};

/// Leases that may be open at once, for each request that may be in flight: most of them wait out a
/// delay.
const LEASES_PER_REQUEST: usize = 4;

/// How often an idle crawl asks the frontier: seeds may have been added beside it.
const LOOK_AROUND: Duration = Duration::from_secs(10);

/// A host that is ready sooner than this and yet not leased waits for something else: a place among
/// the leases of its outlet. It is asked for again ever more rarely, up to [`PASSED_OVER_MAX`].
const PASSED_OVER: Duration = Duration::from_millis(20);

/// See [`PASSED_OVER`].
const PASSED_OVER_MAX: Duration = Duration::from_secs(1);

/// For so long a call that hangs may keep a worker from starting, or from ending.
const HANGING_MAX: Duration = Duration::from_secs(5);

type Visits = JoinSet<Result<(), Error>>;

/// What came of asking for a lease.
enum Asked {
    Leased(Box<Answer<Lease>>),
    Nothing(Idle),
    /// The frontier has no space, or does not answer: ask again after that long.
    Refused(Duration),
}

/// What the loop remembers from turn to turn.
#[derive(Default)]
struct Turns {
    full_since: Option<Duration>,
    /// While the frontier does not answer.
    pauses: Pauses,
    /// Answers in a row that told of a ready host and gave none.
    passed_over: u32,
}

impl<F: Control, W: Web> Crawler<F, W> {
    /// Crawls until there is nothing to do or somebody asks to stop; then drains: what is in flight
    /// is settled, as far as that takes no longer than [`Config::drain_max`](crate::Config). What
    /// is not settled then stays leased, and comes again when the lease has healed.
    pub async fn run(self: &Arc<Self>, stop: &StopHandle) -> Result<Ended, Error> {
        let mut visits = Visits::new();
        let begun = self.parts.clock.elapsed();
        // What operators ask for is known before the first lease, where the frontier answers.
        let _ = tokio::time::timeout(HANGING_MAX, self.beat()).await;
        let mut beating = JoinSet::new();
        beating.spawn(Arc::clone(self).beat_on());
        let outcome = self.lease_until_over(&mut visits, stop, begun).await;
        stop.drain();
        let drained_by = self.parts.clock.elapsed() + self.config.drain_max;
        let ended = self.drain(visits, outcome).await;
        beating.shutdown().await;
        self.parts.articles.flush();
        if let Some(reader) = &self.parts.reader {
            reader.close().await;
        }
        self.say_good_bye().await;
        if self.panicked.load(Ordering::Relaxed) {
            return Err(Error::Panicked("see the log above".into()));
        }
        let ended = ended?;
        match self.call(Some(drained_by), F::sync).await {
            Err(error) if is_outage(&error) => {
                tracing::warn!(%error, "ended while the frontier does not answer");
            }
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        Ok(ended)
    }

    /// Leases that the last drain has left to heal.
    pub fn left_leased(&self) -> u64 {
        self.left_leased.load(Ordering::Relaxed)
    }

    async fn lease_until_over(
        self: &Arc<Self>,
        visits: &mut Visits,
        stop: &StopHandle,
        begun: Duration,
    ) -> Result<Ended, Error> {
        let mut watch = stop.watch();
        let mut turns = Turns::default();
        let leases_max = self.config.concurrency.max(1) * LEASES_PER_REQUEST;
        loop {
            while let Some(joined) = visits.try_join_next() {
                self.joined(joined)?;
            }
            if let Some(ended) = self.ended(&watch, begun, visits.is_empty()) {
                return Ok(ended);
            }
            if self.rests_for_disk(&mut turns.full_since)? {
                if self.gives_up(turns.full_since) {
                    return Ok(Ended::DiskFull);
                }
                self.wait(FULL_DISK_LOOK, visits, &mut watch).await?;
                continue;
            }
            self.leases.store(visits.len() as u64, Ordering::Relaxed);
            let is_crowded = visits.len() >= leases_max;
            self.crowded.store(is_crowded, Ordering::Relaxed);
            if is_crowded || self.tally.is_spent() {
                self.wait(self.until_time_max(begun), visits, &mut watch).await?;
                continue;
            }
            let wait = match self.lease(&mut turns, &mut watch).await? {
                Asked::Leased(lease) => {
                    visits.spawn(Visit::run(Arc::clone(self), *lease, stop.watch()));
                    continue;
                }
                Asked::Nothing(idle) if visits.is_empty() && self.is_over(&idle) => {
                    return Ok(Ended::Idle);
                }
                Asked::Nothing(idle) => self.idle_for(&idle, &mut turns.passed_over),
                Asked::Refused(pause) => pause,
            };
            self.wait(wait.min(self.until_time_max(begun)), visits, &mut watch).await?;
        }
    }

    /// Asks for a lease. That the frontier has no space, or does not answer, is noted.
    async fn lease(&self, turns: &mut Turns, watch: &mut Stop) -> Result<Asked, Error> {
        let ask = self.ask(self.config.lease_urls_max);
        let asked = self.moment();
        let replied = tokio::select! {
            replied = self.parts.frontier.lease(ask) => replied,
            // What was leased all the same heals by itself.
            () = stopped_for(HANGING_MAX, watch) => return Ok(Asked::Refused(Duration::ZERO)),
        };
        let answered = self.moment();
        if let Err(error) = &replied
            && is_outage(error)
        {
            self.line.failed(error, answered.elapsed);
            return Ok(Asked::Refused(turns.pauses.next(self.parts.random.next_u64())));
        }
        self.line.answered(answered.elapsed);
        turns.pauses = Pauses::default();
        if replied.is_ok() {
            self.note_room();
        }
        match replied {
            Ok(LeaseReply::Leased(lease)) => {
                turns.passed_over = 0;
                Ok(Asked::Leased(Box::new(Answer { value: *lease, asked, answered })))
            }
            Ok(LeaseReply::Nothing(idle)) => Ok(Asked::Nothing(idle)),
            Err(error) if error.is_full() => {
                self.note_full(Full::of(&error), &error.to_string());
                Ok(Asked::Refused(Duration::ZERO))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// How long to wait when nothing is to be had: until the next host is ready, and up to a tenth
    /// more, so that workers who wait for the same host do not come together.
    fn idle_for(&self, idle: &Idle, passed_over: &mut u32) -> Duration {
        let ready_in = idle.next_ready_in.unwrap_or(LOOK_AROUND).min(LOOK_AROUND);
        let wait = if ready_in < PASSED_OVER {
            *passed_over = passed_over.saturating_add(1);
            PASSED_OVER.saturating_mul(1 << (*passed_over).min(10)).min(PASSED_OVER_MAX)
        } else {
            *passed_over = 0;
            ready_in
        };
        wait + wait.mul_f64((self.parts.random.next_u64() % 10_000) as f64 / 100_000.0)
    }

    /// Settles what is in flight, within the bound; leaves the rest leased.
    async fn drain(
        &self,
        mut visits: Visits,
        mut outcome: Result<Ended, Error>,
    ) -> Result<Ended, Error> {
        let over = tokio::time::sleep(self.config.drain_max);
        tokio::pin!(over);
        loop {
            self.leases.store(visits.len() as u64, Ordering::Relaxed);
            tokio::select! {
                joined = visits.join_next() => match joined.map(|joined| self.joined(joined)) {
                    None => return outcome,
                    Some(Ok(())) => {}
                    Some(Err(error)) => outcome = outcome.and(Err(error)),
                },
                () = &mut over => break,
            }
        }
        let left = visits.len() as u64;
        visits.shutdown().await;
        self.left_leased.store(left, Ordering::Relaxed);
        tracing::warn!(
            left,
            "not all was settled in time: these leases heal, their URLs come again"
        );
        outcome
    }

    /// Whether a disk has been full for longer than anybody wants to wait. Who watches, waits.
    fn gives_up(&self, full_since: Option<Duration>) -> bool {
        let is_long = |since| self.passed(since) > self.config.patience;
        !self.config.watch && full_since.is_some_and(is_long)
    }

    /// Nothing is leased anywhere, and nothing becomes ready within the patience.
    fn is_over(&self, idle: &Idle) -> bool {
        !self.config.watch
            && idle.leased == 0
            && idle.next_ready_in.is_none_or(|d| d > self.config.patience)
    }

    fn ended(&self, watch: &Stop, begun: Duration, is_empty: bool) -> Option<Ended> {
        if watch.is_asked() {
            return Some(Ended::Stopped);
        }
        if self.config.time_max.is_some_and(|max| self.passed(begun) >= max) {
            return Some(Ended::TimeMax);
        }
        (is_empty && self.tally.is_spent()).then_some(Ended::PagesMax)
    }

    fn until_time_max(&self, begun: Duration) -> Duration {
        let Some(max) = self.config.time_max else { return Duration::from_hours(1) };
        max.saturating_sub(self.passed(begun)).max(Duration::from_millis(1))
    }

    /// Waits until a visit ends, somebody asks to stop, or the time is over.
    async fn wait(
        &self,
        at_most: Duration,
        visits: &mut JoinSet<Result<(), Error>>,
        watch: &mut Stop,
    ) -> Result<(), Error> {
        tokio::select! {
            Some(joined) = visits.join_next() => self.joined(joined),
            () = watch.asked() => Ok(()),
            () = tokio::time::sleep(at_most) => Ok(()),
        }
    }

    /// What a finished visit means for the crawl: a full disk makes it rest, a panic is logged and
    /// remembered (its lease heals), any other failure ends it.
    fn joined(&self, joined: Result<Result<(), Error>, JoinError>) -> Result<(), Error> {
        match joined {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if error.is_full() => {
                self.note_full(error.full_of(), &error.to_string());
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(error) => {
                tracing::error!(%error, "a visit ended in a panic; its lease heals by itself");
                self.tally.error("panic");
                self.panicked.store(true, Ordering::Relaxed);
                Ok(())
            }
        }
    }
}

/// Waits until somebody has asked to stop, and then for so long.
async fn stopped_for(time: Duration, watch: &mut Stop) {
    watch.asked().await;
    tokio::time::sleep(time).await;
}
