//! A process that is stopped now and then, as a whole: SIGSTOP, a suspended laptop, a disk that
//! does not answer.
//!
//! While it is stopped, nothing of it goes on: what comes back from a seam waits at [`Gate::pass`]
//! until the process goes on, and its clock stands still. The second is for sleepers, which have no
//! seam: one that wakes meanwhile reads a time at which it had not slept long enough, and sleeps
//! again; it wakes for good when the process goes on, or later. Then the clock shows the time that
//! has really passed, as `CLOCK_BOOTTIME` does. No other stop begins before such a sleeper is
//! awake, for it would take the time at which the next one stands for its own.
//!
//! A stop begins where the process touches a seam. What is on its way (a request to a server, a
//! call of the frontier that was sent) goes on: only the process stands still.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crawl::{Clock, Random, UnixMicros};

use super::{SimClock, SimRandom};

/// How often a process is stopped, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// A stop in so many touches of a seam; none when 0.
    pub one_in: u64,
    /// A stop in so many readings of the clock; none when 0. Nothing can be awaited between two
    /// readings without a seam but sleeps, permits and flushes: these are the stops at them.
    pub one_in_readings: u64,
    /// The longest stop lasts 2 to the power of this, in milliseconds; the shortest one lasts one.
    /// All powers are equally likely.
    pub length_bits: u64,
    /// The longest sleep of the process after which it goes by the clock.
    pub sleep_max: Duration,
    /// A message takes at most this long; half of them take no time.
    pub travel_max: Duration,
}

/// What was done to a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stops {
    /// How often it was stopped.
    pub count: u64,
    /// Those that lasted longer than [`Gate::new`] was told.
    pub long: u64,
    /// All together.
    pub total: Duration,
}

/// A process that is stopped now and then. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: SimClock,
    random: SimRandom,
    habits: Habits,
    long: Duration,
    /// The stop in force, or the last one: from when and until when.
    last: Mutex<Option<(Duration, Duration)>>,
    /// By then all have woken that went to sleep again during a stop.
    awake: Mutex<Duration>,
    stops: Mutex<Stops>,
    is_blind: bool,
}

impl Gate {
    /// A process that runs. Stops longer than `long` are counted apart.
    pub fn new(clock: SimClock, seed: u64, habits: Habits, long: Duration) -> Self {
        Self(Arc::new(Inner {
            clock,
            random: SimRandom::new(seed),
            habits,
            long,
            last: Mutex::default(),
            awake: Mutex::default(),
            stops: Mutex::default(),
            is_blind: false,
        }))
    }

    /// The same, with a clock that does not count the time for which the process was stopped.
    ///
    /// # Panics
    /// When the process has begun.
    #[must_use]
    pub fn blind(self) -> Self {
        let inner = Arc::into_inner(self.0).expect("nobody shares it yet");
        Self(Arc::new(Inner { is_blind: true, ..inner }))
    }

    /// What was done to it so far.
    pub fn stops(&self) -> Stops {
        *lock(&self.0.stops)
    }

    /// Whether it is stopped since an earlier moment than this one.
    pub fn is_stopped(&self) -> bool {
        let now = self.0.clock.elapsed();
        lock(&self.0.last).is_some_and(|(from, until)| from < now && now < until)
    }

    /// Perhaps the process is stopped here.
    pub fn touch(&self) {
        self.maybe_stop(self.0.habits.one_in);
    }

    /// Goes on when the process does.
    pub async fn pass(&self) {
        loop {
            let now = self.0.clock.elapsed();
            let Some(left) = self.until().checked_sub(now).filter(|left| !left.is_zero()) else {
                return;
            };
            tokio::time::sleep(left).await;
        }
    }

    /// Makes a call to somewhere else: the process may be stopped before it is sent and before its
    /// reply is read, while the call itself goes on.
    pub async fn around<T>(&self, call: impl Future<Output = T> + Send) -> T {
        self.touch();
        self.pass().await;
        self.travel().await;
        let reply = call.await;
        self.travel().await;
        self.touch();
        self.pass().await;
        reply
    }

    async fn travel(&self) {
        let draw = self.0.random.next_u64();
        let max = u64::try_from(self.0.habits.travel_max.as_millis()).unwrap_or(u64::MAX);
        if draw.is_multiple_of(2) && max > 0 {
            tokio::time::sleep(Duration::from_millis(1 + (draw >> 1) % max)).await;
        }
    }

    fn maybe_stop(&self, one_in: u64) {
        let now = self.0.clock.elapsed();
        let is_free = now >= self.until().max(*lock(&self.0.awake));
        if one_in == 0 || !is_free || !self.0.random.next_u64().is_multiple_of(one_in) {
            return;
        }
        let shortest = 1_u64 << (self.0.random.next_u64() % self.0.habits.length_bits.max(1));
        let length = Duration::from_millis(shortest + self.0.random.next_u64() % shortest);
        *lock(&self.0.last) = Some((now, now + length));
        let mut stops = lock(&self.0.stops);
        stops.count += 1;
        stops.long += u64::from(length > self.0.long);
        stops.total += length;
    }

    fn until(&self) -> Duration {
        lock(&self.0.last).map_or(Duration::ZERO, |(_, until)| until)
    }

    /// What the clocks of the process show for a moment of the world.
    fn shown(&self, now: Duration) -> Duration {
        let stopped = lock(&self.0.last).filter(|(from, until)| *from <= now && now < *until);
        let shown = stopped.map_or(now, |(from, _)| from);
        if !self.0.is_blind {
            return shown;
        }
        let ahead = stopped.map_or(Duration::ZERO, |(from, until)| until.saturating_sub(from));
        let counted = lock(&self.0.stops).total.saturating_sub(ahead);
        shown.saturating_sub(counted)
    }
}

/// The clocks of the process.
impl Clock for Gate {
    fn now(&self) -> UnixMicros {
        let now = self.0.clock.elapsed();
        UnixMicros(self.0.clock.now().0 - micros(now) + micros(self.shown(now)))
    }

    fn elapsed(&self) -> Duration {
        self.maybe_stop(self.0.habits.one_in_readings);
        if self.is_stopped() {
            *lock(&self.0.awake) = self.0.clock.elapsed() + self.0.habits.sleep_max;
        }
        self.shown(self.0.clock.elapsed())
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
