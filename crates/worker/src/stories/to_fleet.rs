//! The way of a worker's articles to the service of stories of its fleet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crawl::{Clock, Fingerprint};
use frontier::Wire;
use story::store::{Arrival, Segment};
use tokio::runtime::Handle;

use super::embedded::Shared;
use super::packed::pack;
use super::progress::{self, Sent};
use super::sink::{Refusal, Sink, in_words};

/// The file in a worker's data directory that says what was handed on as a whole.
const FILE: &str = "stories.sent.json";

/// While Redis does not answer, articles wait for so long in the queue; then they are picked up
/// from beside the archive once it does.
const WAIT_MAX: Duration = Duration::from_mins(2);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// What was sent within this time is sent again when the connection breaks: a Redis that was killed
/// may have lost what it did not write yet (it writes each second), or did not pass on.
const MAY_BE_LOST: Duration = Duration::from_secs(5);

/// Bytes of that at most.
const MAY_BE_LOST_BYTES_MAX: usize = 32 << 20;

/// Where a worker's articles go.
#[derive(Clone, Debug)]
pub struct WireTo {
    /// The stream.
    pub wire: Wire,
    /// Which stream that is, for people and for other runs: frontier and crawl.
    pub stream: String,
    /// The name of the worker.
    pub worker: String,
    /// Articles that the stream keeps, about.
    pub keep: u64,
}

/// Hands articles on.
pub(super) struct ToFleet {
    to: WireTo,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    runtime: Handle,
    path: PathBuf,
    sent: Sent,
    /// The records that were sent of segments that still grow.
    records: HashMap<String, HashSet<Fingerprint>>,
    /// What may be lost with the tail of Redis, with when it was sent.
    recent: VecDeque<(Duration, Vec<u8>)>,
    recent_bytes: usize,
    /// The connection broke since `recent` was sent.
    is_broken: bool,
}

impl ToFleet {
    pub(super) fn new(
        data: &Path,
        to: WireTo,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        runtime: Handle,
    ) -> Self {
        Self {
            to,
            shared,
            clock,
            runtime,
            path: data.join(FILE),
            sent: Sent::default(),
            records: HashMap::new(),
            recent: VecDeque::new(),
            recent_bytes: 0,
            is_broken: false,
        }
    }

    /// Sends articles, and those again that may be lost; waits for a Redis that is away.
    fn send(&mut self, packed: Vec<Vec<u8>>) -> Result<(), Refusal> {
        let begun = self.clock.elapsed();
        loop {
            match self.try_send(&packed) {
                Ok(()) => break,
                Err(error) => {
                    self.is_broken = true;
                    let waited = self.clock.elapsed().saturating_sub(begun);
                    let is_hasty = self.shared.is_hasty.load(Ordering::Relaxed);
                    if !error.is_transient() || is_hasty || waited >= WAIT_MAX {
                        return Err(refusal(&error));
                    }
                    // Made within the runtime: a timer wants that.
                    self.runtime.block_on(async { tokio::time::sleep(PAUSE).await });
                }
            }
        }
        self.is_broken = false;
        let now = self.clock.elapsed();
        self.recent_bytes += packed.iter().map(Vec::len).sum::<usize>();
        self.recent.extend(packed.into_iter().map(|article| (now, article)));
        self.forget_old(now);
        Ok(())
    }

    fn try_send(&self, packed: &[Vec<u8>]) -> Result<(), frontier::Error> {
        let WireTo { wire, worker, keep, .. } = &self.to;
        if self.is_broken {
            let again: Vec<Vec<u8>> =
                self.recent.iter().map(|(_, article)| article.clone()).collect();
            self.runtime.block_on(wire.append(worker, &again, *keep))?;
        }
        self.runtime.block_on(wire.append(worker, packed, *keep))
    }

    fn forget_old(&mut self, now: Duration) {
        while let Some((at, article)) = self.recent.front() {
            let is_old = now.saturating_sub(*at) > MAY_BE_LOST;
            if !is_old && self.recent_bytes <= MAY_BE_LOST_BYTES_MAX {
                break;
            }
            self.recent_bytes -= article.len();
            self.recent.pop_front();
        }
    }

    fn is_sent(&self, arrival: &Arrival) -> bool {
        let Some(place) = &arrival.place else { return false };
        let records = self.records.get(&place.segment);
        records.is_some_and(|records| records.contains(&Fingerprint::of(&place.record)))
    }
}

impl Sink for ToFleet {
    fn begin(&mut self) -> Result<(), Refusal> {
        let sent: Sent = progress::read(&self.path).map_err(|e| self.unreadable(&e))?;
        // Another fleet, or another crawl, has none of it.
        let stream = self.to.stream.clone();
        self.sent = if sent.stream == stream { sent } else { Sent { stream, ..Sent::default() } };
        Ok(())
    }

    fn take(&mut self, batch: &[Arrival]) -> Result<u64, Refusal> {
        let fresh: Vec<&Arrival> = batch.iter().filter(|one| !self.is_sent(one)).collect();
        if fresh.is_empty() {
            return Ok(0);
        }
        let packed: std::io::Result<Vec<_>> =
            fresh.iter().map(|arrival| pack(arrival, &self.to.worker)).collect();
        self.send(packed.map_err(|e| refusal(&e))?)?;
        for place in fresh.iter().filter_map(|arrival| arrival.place.as_ref()) {
            let records = self.records.entry(place.segment.clone()).or_default();
            records.insert(Fingerprint::of(&place.record));
        }
        Ok(fresh.len() as u64)
    }

    fn segments(&mut self) -> Result<Vec<Segment>, Refusal> {
        Ok(self.sent.segments())
    }

    fn note_segment(&mut self, segment: &Segment, is_sealed: bool) -> Result<(), Refusal> {
        if is_sealed {
            self.records.remove(&segment.name);
        }
        self.sent.note(segment);
        progress::write(&self.path, &self.sent).map_err(|e| self.unreadable(&e))
    }

    /// Asks whether Redis is still the one that has what was sent last.
    fn look_after(&mut self) -> Result<(), Refusal> {
        if self.recent.is_empty() {
            return Ok(());
        }
        if self.is_broken || self.runtime.block_on(self.to.wire.check()).is_err() {
            self.is_broken = true;
            return self.send(Vec::new());
        }
        self.forget_old(self.clock.elapsed());
        Ok(())
    }

    fn end(&mut self) -> Result<(), Refusal> {
        self.look_after()
    }
}

impl ToFleet {
    fn unreadable(&self, error: &std::io::Error) -> Refusal {
        Refusal { why: format!("{}: {error}", self.path.display()), is_lasting: false }
    }
}

fn refusal(error: &(dyn std::error::Error + 'static)) -> Refusal {
    Refusal { why: in_words(error), is_lasting: false }
}
