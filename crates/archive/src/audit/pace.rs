//! Gaps and overlaps of each host.

use std::time::Duration;

use super::clock::Clock;
use super::evidence::Seen;
use super::report::{Place, Report, Rule};

/// Start and end are read from the wall clock one after the other: what is less is no breach.
const SLACK_US: i64 = 1_000;

/// The wall clock may be slewed by 500 parts in a million while a delay is measured on another one
/// (adjtimex(2)): twice that, as a divisor.
const SLEW: i64 = 1_000;

/// The delays that were in force for a start.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// By the warcinfo record.
    pub(super) promised_ms: u64,
    /// By the attempt itself: the adaptive part shows itself here only.
    pub(super) recorded_ms: u64,
    /// The Crawl-delay.
    pub(super) asked: Duration,
}

impl Limits {
    /// The longest delay in microseconds, and who says so. `rest_us` is what is left of a rest that
    /// an answer before asked for, from when the delay runs.
    fn longest(self, rest_us: i64) -> (i64, &'static str) {
        let asked = i64::try_from(self.asked.as_micros()).unwrap_or(i64::MAX);
        // Of equal ones the last is told.
        let all = [
            (us(self.recorded_ms), "the attempt itself says"),
            (rest_us, "Retry-After asked for"),
            (asked, "robots.txt asks for"),
            (us(self.promised_ms), "warcinfo promises"),
        ];
        all.into_iter().max_by_key(|(delay, _)| *delay).unwrap_or_default()
    }
}

/// What is known of each host while time goes on.
pub(super) struct Pace {
    hosts: Vec<Host>,
}

#[derive(Clone, Copy)]
struct Host {
    requests: u64,
    /// From when the delay to the next start runs.
    free: Mark,
    /// When everything sent so far was over.
    over: Mark,
    /// Until when the host asked to be left alone.
    rest_until: i64,
}

impl Host {
    const NEW: Self =
        Self { requests: 0, free: Mark::NEVER, over: Mark::NEVER, rest_until: i64::MIN };
}

/// A moment, and the clock that told it.
#[derive(Clone, Copy)]
struct Mark {
    at: i64,
    clock: Clock,
}

impl Mark {
    const NEVER: Self = Self { at: i64::MIN, clock: Clock::EXACT };

    fn put_off(&mut self, at: i64, clock: Clock) {
        if at >= self.at {
            *self = Self { at, clock };
        }
    }
}

impl Pace {
    pub(super) fn new(hosts: usize) -> Self {
        Self { hosts: vec![Host::NEW; hosts] }
    }

    /// Judges the start of an attempt by those before it on its host.
    pub(super) fn start(
        &mut self,
        seen: &Seen,
        limits: Limits,
        at: Place<'_>,
        report: &mut Report,
    ) {
        let Some(host) = self.hosts.get_mut(seen.host as usize) else { return };
        if host.requests > 0 {
            judge(host, seen, limits, at, report);
        }
        host.requests += 1;
        if seen.started > seen.lease_until {
            report.add(Rule::Lease, at, "it was sent when its lease was over");
        }
        // A worker that runs closes a connection before its lease is over. Of one that was stopped
        // the others cannot know: they wait for the end of its lease, and the delay.
        report.figures.held += u64::from(seen.is_held());
        host.free.put_off(seen.free.min(seen.lease_until), seen.clock);
        host.over.put_off(seen.ended.min(seen.lease_until), seen.clock);
        // What the answer asks for, a worker that was stopped told nobody.
        if !seen.is_held() {
            let rest_until = seen.free.saturating_add(us(u64::from(seen.rest_ms)));
            host.rest_until = host.rest_until.max(rest_until);
        }
    }

    pub(super) fn finish(&self, report: &mut Report) {
        let asked = self.hosts.iter().filter(|host| host.requests > 0);
        report.figures.hosts = asked.count() as u64;
        let most = self.hosts.iter().map(|host| host.requests).max();
        report.figures.requests_of_a_host_max = most.unwrap_or(0);
    }
}

fn judge(before: &Host, seen: &Seen, limits: Limits, at: Place<'_>, report: &mut Report) {
    let early = before.over.at.saturating_sub(seen.started);
    if early > SLACK_US + before.over.clock.error_to(seen.clock) {
        let early = ms(early);
        let message = format!("it began {early:.1} ms before an earlier one was over");
        report.add(Rule::Overlap, at, message);
    }
    let free = before.free.at;
    let gap = seen.started.saturating_sub(free);
    let (required, source) = limits.longest(before.rest_until.saturating_sub(free));
    let margin = gap.saturating_sub(required);
    let figures = &mut report.figures;
    lower(&mut figures.smallest_gap_ms, ms(gap));
    lower(&mut figures.smallest_margin_ms, ms(margin));
    if margin < -(SLACK_US + required / SLEW + before.free.clock.error_to(seen.clock)) {
        let came = match gap {
            0.. => format!("it came after {:.1} ms", ms(gap)),
            _ => "it came before the answer to an earlier one".to_owned(),
        };
        report.add(Rule::Gap, at, format!("{came}, {source} {:.1} ms", ms(required)));
    }
}

fn us(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000)
}

fn ms(us: i64) -> f64 {
    us as f64 / 1_000.0
}

fn lower(smallest: &mut Option<f64>, value: f64) {
    *smallest = Some(smallest.map_or(value, |known| known.min(value)));
}
