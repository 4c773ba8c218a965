//! The way of a worker's articles to the service of stories of its fleet.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crawl::{Clock, Fingerprint};
use frontier::{Sender, Standing, Wire};
use story::store::{Arrival, Segment};
use tokio::runtime::Handle;

use super::beside::Known;
use super::embedded::Shared;
use super::packed::pack;
use super::sent::Sent;
use super::sink::{PickedUp, Refusal, Sink, in_words};

/// The file in a worker's data directory that says what was handed on as a whole.
const FILE: &str = "stories.sent.jsonl";

/// While Redis does not answer, articles wait for so long in the queue; then they are picked up
/// from beside the archive once it does.
const WAIT_MAX: Duration = Duration::from_mins(2);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// What was sent within this time is sent again when another process of Redis answers: the one
/// before may have died with what it did not write yet (it writes each second), or did not pass on.
const MAY_BE_LOST: Duration = Duration::from_secs(5);

/// Bytes of that at most.
const MAY_BE_LOST_BYTES_MAX: usize = 32 << 20;

/// Where a worker's articles go.
#[derive(Clone, Debug)]
pub struct WireTo {
    /// The stream.
    pub wire: Wire,
    /// Whose articles they are.
    pub sender: Sender,
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
    /// The process of Redis that has `recent`.
    server: String,
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
            sent: Sent::none(data.join(FILE)),
            path: data.join(FILE),
            records: HashMap::new(),
            recent: VecDeque::new(),
            recent_bytes: 0,
            server: String::new(),
        }
    }

    /// Sends articles, and those again that may be lost; waits for a Redis that is away.
    fn send(&mut self, packed: Vec<Vec<u8>>) -> Result<(), Refusal> {
        let begun = self.clock.elapsed();
        while let Err(error) = self.try_send(&packed) {
            let waited = self.clock.elapsed().saturating_sub(begun);
            let is_hasty = self.shared.is_hasty.load(Ordering::Relaxed);
            if !error.is_transient() || is_hasty || waited >= WAIT_MAX {
                return Err(refusal(&error));
            }
            // Made within the runtime: a timer wants that.
            self.runtime.block_on(async { tokio::time::sleep(PAUSE).await });
        }
        let now = self.clock.elapsed();
        self.recent_bytes += packed.iter().map(Vec::len).sum::<usize>();
        self.recent.extend(packed.into_iter().map(|article| (now, article)));
        self.forget_old(now);
        Ok(())
    }

    fn try_send(&mut self, packed: &[Vec<u8>]) -> Result<(), frontier::Error> {
        let standing = self.append(packed)?;
        self.meet(&standing.stream);
        if self.server != standing.server && !self.recent.is_empty() {
            // Another process, or one that was started again: it may lack what the one before had.
            let again: Vec<Vec<u8>> =
                self.recent.iter().map(|(_, article)| article.clone()).collect();
            let server = self.append(&again)?.server;
            // It may lose them as well.
            let now = self.clock.elapsed();
            self.recent.iter_mut().for_each(|(at, _)| *at = now);
            // One that came between the two is told apart at the next call.
            self.server = if server == standing.server { server } else { String::new() };
            return Ok(());
        }
        self.server = standing.server;
        Ok(())
    }

    fn append(&self, packed: &[Vec<u8>]) -> Result<Standing, frontier::Error> {
        let WireTo { wire, sender, keep } = &self.to;
        self.runtime.block_on(wire.append(sender, packed, *keep))
    }

    /// Another stream has nothing of what was sent to the one before.
    fn meet(&mut self, stream: &str) {
        if self.sent.stream() == stream {
            return;
        }
        let has_sent = !self.sent.segments().is_empty() || !self.records.is_empty();
        self.sent.go_to(stream);
        self.records.clear();
        if has_sent {
            tracing::warn!("another stream of articles: what it lacks is sent as it has room");
            self.shared.is_behind.store(true, Ordering::Relaxed);
        }
    }

    /// Sends those of these that were not sent.
    fn send_all(&mut self, fresh: &[&Arrival]) -> Result<u64, Refusal> {
        if fresh.is_empty() {
            return Ok(0);
        }
        let archive = &self.to.sender.archive;
        let packed: std::io::Result<Vec<_>> =
            fresh.iter().map(|arrival| pack(arrival, archive)).collect();
        self.send(packed.map_err(|e| refusal(&e))?)?;
        for place in fresh.iter().filter_map(|arrival| arrival.place.as_ref()) {
            let records = self.records.entry(place.segment.clone()).or_default();
            records.insert(Fingerprint::of(&place.record));
        }
        Ok(fresh.len() as u64)
    }

    fn fresh<'a>(&self, batch: &'a [Arrival]) -> Vec<&'a Arrival> {
        batch.iter().filter(|one| !self.is_sent(one)).collect()
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
        self.sent = Sent::read(&self.path).map_err(|e| self.unreadable(&e))?;
        Ok(())
    }

    fn take(&mut self, batch: &[Arrival]) -> Result<u64, Refusal> {
        let fresh = self.fresh(batch);
        self.send_all(&fresh)
    }

    /// What is old must not push out what is new and was not read yet: it has half of the stream.
    fn pick_up(&mut self, batch: &[Arrival]) -> Result<PickedUp, Refusal> {
        let mut fresh = self.fresh(batch);
        if fresh.is_empty() {
            return Ok(PickedUp { added: 0, is_all: true });
        }
        let standing = self.standing()?;
        let room = (self.to.keep / 2).saturating_sub(standing.waiting);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let is_all = fresh.len() <= room;
        fresh.truncate(room);
        Ok(PickedUp { added: self.send_all(&fresh)?, is_all })
    }

    fn segments(&mut self) -> Result<Known, Refusal> {
        self.standing()?;
        Ok(self.sent.segments().clone())
    }

    fn note_segment(&mut self, segment: &Segment, is_sealed: bool) -> Result<(), Refusal> {
        if is_sealed {
            self.records.remove(&segment.name);
        }
        self.sent.note(segment).map_err(|e| self.unreadable(&e))
    }

    /// Asks whether Redis is still the one that has what was sent last.
    fn look_after(&mut self) -> Result<(), Refusal> {
        if self.recent.is_empty() { Ok(()) } else { self.send(Vec::new()) }
    }

    fn end(&mut self) -> Result<(), Refusal> {
        self.look_after()
    }
}

impl ToFleet {
    /// How things stand with the stream, which is the one that `sent` is about from here on.
    fn standing(&mut self) -> Result<Standing, Refusal> {
        let asked = self.runtime.block_on(self.to.wire.standing());
        let standing = asked.map_err(|error| refusal(&error))?;
        self.meet(&standing.stream);
        Ok(standing)
    }

    fn unreadable(&self, error: &std::io::Error) -> Refusal {
        Refusal { why: format!("{}: {error}", self.path.display()), is_lasting: false }
    }
}

fn refusal(error: &(dyn std::error::Error + 'static)) -> Refusal {
    Refusal { why: in_words(error), is_lasting: false }
}
