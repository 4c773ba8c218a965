//! Reading a body under its limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, timeout_at};

use crate::Truncation;

/// Room that is made at once for a body that says its length; the rest grows as bytes come.
const RESERVE_MAX: u64 = 256 * 1024;

/// The limits of one body.
pub(super) struct BodyLimits {
    pub(super) bytes_max: u64,
    pub(super) rate_bytes_per_s_min: u64,
    pub(super) rate_grace: Duration,
    /// When the whole exchange has to be over.
    pub(super) deadline: Instant,
}

impl BodyLimits {
    /// When the next bytes have to be there, so that the body keeps to the least rate.
    fn due(&self, begun: Instant, received: u64) -> Instant {
        if self.rate_bytes_per_s_min == 0 {
            return self.deadline;
        }
        let micros = received.saturating_mul(1_000_000) / self.rate_bytes_per_s_min;
        let allowed = self.rate_grace.saturating_add(Duration::from_micros(micros));
        begun.checked_add(allowed).map_or(self.deadline, |due| due.min(self.deadline))
    }
}

/// Reads to the end, or as far as the limits and the server let it.
pub(super) async fn read(
    response: &mut reqwest::Response,
    limits: &BodyLimits,
) -> (Bytes, Option<Truncation>) {
    let mut gathered = Gathered::new(response.content_length().unwrap_or(0).min(limits.bytes_max));
    let begun = Instant::now();
    loop {
        let due = limits.due(begun, gathered.len());
        let truncation = match timeout_at(due, response.chunk()).await {
            Err(_) => Truncation::Time,
            Ok(Err(_)) => Truncation::Disconnect,
            Ok(Ok(None)) => return (gathered.finish(), None),
            Ok(Ok(Some(chunk))) => {
                let room = limits.bytes_max - gathered.len();
                if chunk.len() as u64 <= room {
                    gathered.push(chunk);
                    continue;
                }
                let room = usize::try_from(room).unwrap_or(usize::MAX);
                gathered.push(chunk.slice(..room));
                Truncation::Length
            }
        };
        return (gathered.finish(), Some(truncation));
    }
}

/// The bytes so far. A body that comes in one piece is never copied.
struct Gathered {
    expected: usize,
    first: Bytes,
    joined: Option<BytesMut>,
}

impl Gathered {
    fn new(expected: u64) -> Self {
        let expected = usize::try_from(expected.min(RESERVE_MAX)).unwrap_or(0);
        Self { expected, first: Bytes::new(), joined: None }
    }

    fn len(&self) -> u64 {
        self.joined.as_ref().map_or(self.first.len(), BytesMut::len) as u64
    }

    fn push(&mut self, chunk: Bytes) {
        match &mut self.joined {
            Some(joined) => joined.extend_from_slice(&chunk),
            None if self.first.is_empty() => self.first = chunk,
            None => {
                let least = self.first.len() + chunk.len();
                let mut joined = BytesMut::with_capacity(self.expected.max(least));
                joined.extend_from_slice(&self.first);
                joined.extend_from_slice(&chunk);
                self.joined = Some(joined);
            }
        }
    }

    fn finish(self) -> Bytes {
        self.joined.map_or(self.first, BytesMut::freeze)
    }
}
