//! Gaps and overlaps of each host.

use std::time::Duration;

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
    /// The Crawl-delay.
    pub(super) asked: Duration,
}

/// What is known of each host while time goes on.
pub(super) struct Pace {
    hosts: Vec<Host>,
}

#[derive(Clone, Copy)]
struct Host {
    requests: u64,
    /// From when the delay to the next start runs.
    free: i64,
    /// When everything sent so far was over.
    over: i64,
}

impl Pace {
    pub(super) fn new(hosts: usize) -> Self {
        Self { hosts: vec![Host { requests: 0, free: i64::MIN, over: i64::MIN }; hosts] }
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
        host.free = host.free.max(seen.free);
        host.over = host.over.max(seen.ended);
    }

    pub(super) fn finish(&self, report: &mut Report) {
        let asked = self.hosts.iter().filter(|host| host.requests > 0);
        report.figures.hosts = asked.count() as u64;
        let most = self.hosts.iter().map(|host| host.requests).max();
        report.figures.requests_of_a_host_max = most.unwrap_or(0);
    }
}

fn judge(before: &Host, seen: &Seen, limits: Limits, at: Place<'_>, report: &mut Report) {
    let early = before.over.saturating_sub(seen.started);
    if early > SLACK_US {
        let early = ms(early);
        let message = format!("it began {early:.1} ms before the one before it was over");
        report.add(Rule::Overlap, at, message);
    }
    let gap = seen.started.saturating_sub(before.free);
    let promised = i64::try_from(limits.promised_ms).unwrap_or(i64::MAX).saturating_mul(1_000);
    let asked = i64::try_from(limits.asked.as_micros()).unwrap_or(i64::MAX);
    let required = promised.max(asked);
    let margin = gap.saturating_sub(required);
    let figures = &mut report.figures;
    lower(&mut figures.smallest_gap_ms, ms(gap));
    lower(&mut figures.smallest_margin_ms, ms(margin));
    if margin < -(SLACK_US + required / SLEW) {
        let source = if asked > promised { "robots.txt asks" } else { "warcinfo promises" };
        let message = format!("it came after {:.1} ms, {source} {:.1} ms", ms(gap), ms(required));
        report.add(Rule::Gap, at, message);
    }
}

fn ms(us: i64) -> f64 {
    us as f64 / 1_000.0
}

fn lower(smallest: &mut Option<f64>, value: f64) {
    *smallest = Some(smallest.map_or(value, |known| known.min(value)));
}
