//! The attempts in the order of time, on the frontier's clock.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap};

use crawl::{CanonicalUrl, HostKey};

use super::about::About;
use super::directive::{self, Replaced};
use super::evidence::{Evidence, Seen};
use super::pace::{Limits, Pace};
use super::report::{Place, Report, Rule};
use super::robots::{Judge, Request, Source};
use crate::read::{Reader, Record};
use crate::{Attempt, Error, Purpose};

/// Files that are held open at a time.
const READERS_MAX: usize = 64;

/// Goes through all attempts: what a robots.txt says holds from the end of the attempt that brought
/// it, pace and obedience are judged at each start.
pub(super) fn check(evidence: &mut Evidence, report: &mut Report) -> Result<(), Error> {
    let mut seen = std::mem::take(&mut evidence.seen);
    seen.sort_unstable_by_key(|seen| (seen.started, seen.ended, seen.file, seen.offset));
    let mut pace = Pace::new(evidence.hosts.len());
    let mut judge = Judge::default();
    let mut shelf = Shelf::default();
    // Robots answers that are on their way, by the time at which they are there.
    let mut coming: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
    for (index, one) in seen.iter().enumerate() {
        while let Some(Reverse((ended, robots))) = coming.peek().copied() {
            if ended > one.started {
                break;
            }
            coming.pop();
            if !learn(&seen[robots], evidence, &mut shelf, &mut judge)? {
                let file = evidence.file_name(seen[robots].file as usize);
                let at = Place { file: &file, offset: seen[robots].offset, url: None };
                let message = "it is said to be a robots.txt, but that origin did not lead there";
                report.add(Rule::Attempt, at, message);
            }
        }
        let file = evidence.file_name(one.file as usize);
        let at = Place { file: &file, offset: one.offset, url: None };
        let Some((url, attempt)) = shelf.attempt(evidence, one)? else {
            report.add(Rule::Damage, at, "the attempt could be read once, but not again");
            continue;
        };
        let about = &evidence.abouts[one.about as usize];
        let at = Place { url: url.as_ref().map(CanonicalUrl::as_str), ..at };
        let replaced = replaced(&attempt, one.started, about, (at, &mut *report));
        let replaced = &replaced;
        let asks = (attempt.purpose == Purpose::Robots).then_some(one.about);
        let request =
            url.as_ref().map(|url| Request { url, started: one.started, about, replaced, asks });
        let asked = request.as_ref().map(|request| judge.crawl_delay(request)).unwrap_or_default();
        let (promised_ms, recorded_ms) = (about.delay_ms, attempt.delay_ms);
        pace.start(one, Limits { promised_ms, recorded_ms, asked }, at, report);
        match (attempt.purpose, request) {
            (Purpose::Robots, _) => coming.push(Reverse((one.ended, index))),
            (Purpose::Page | Purpose::TdmRep, Some(request)) => judge.page(&request, at, report),
            // That it has no URL was said.
            (Purpose::Page | Purpose::TdmRep, None) => {}
        }
    }
    pace.finish(report);
    Ok(())
}

/// What the override of an attempt replaces. One that nobody can answer for replaces nothing.
fn replaced(
    attempt: &Attempt,
    started: i64,
    about: &About,
    (at, report): (Place<'_>, &mut Report),
) -> Replaced {
    let Some(directive) = &attempt.overridden else { return Replaced::default() };
    report.figures.overrides.insert(directive::line(directive));
    let host = HostKey::parse(&attempt.host).map_err(|_| "for which host");
    let found = host.and_then(|host| Replaced::by(directive, (&host, started), &about.token));
    found.unwrap_or_else(|untold| {
        let message =
            format!("an override does not count {untold}: {}", directive::line(directive));
        report.add(Rule::Override, at, message);
        Replaced::default()
    })
}

/// Takes what a robots.txt says. False when it was asked for where nothing led to.
fn learn(
    seen: &Seen,
    evidence: &Evidence,
    shelf: &mut Shelf,
    judge: &mut Judge,
) -> Result<bool, Error> {
    let Some((Some(url), attempt)) = shelf.attempt(evidence, seen)? else { return Ok(true) };
    let Some(origin) = attempt.robots_for.as_deref() else { return Ok(true) };
    if !judge.leads(origin, &url) {
        return Ok(false);
    }
    let answer = match seen.back {
        0 => None,
        back => shelf.record(evidence, seen, seen.offset - u64::from(back))?,
    };
    if seen.is_held() {
        judge.learn_late(origin, &url, answer.as_ref());
        return Ok(true);
    }
    let token = &evidence.abouts[seen.about as usize].token;
    let source = Source { since: seen.ended, token, segment: seen.about };
    judge.learn(origin, &url, answer.as_ref(), source);
    Ok(true)
}

/// The files, held open while they are used.
#[derive(Default)]
struct Shelf(HashMap<u32, Reader>);

impl Shelf {
    /// A record that was read before; none where it cannot be read any more.
    fn record(
        &mut self,
        evidence: &Evidence,
        seen: &Seen,
        offset: u64,
    ) -> Result<Option<Record>, Error> {
        if self.0.len() >= READERS_MAX && !self.0.contains_key(&seen.file) {
            self.0.clear();
        }
        let path = &evidence.files[seen.file as usize];
        let reader = match self.0.entry(seen.file) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(place) => place.insert(Reader::open(path)?),
        };
        reader.seek(offset).map_err(|e| Error::disk("read", path, e))?;
        Ok(reader.next_record().ok().flatten().filter(|record| record.offset == offset))
    }

    /// An attempt, and what it asked for where that is a URL.
    fn attempt(
        &mut self,
        evidence: &Evidence,
        seen: &Seen,
    ) -> Result<Option<(Option<CanonicalUrl>, Attempt)>, Error> {
        let Some(record) = self.record(evidence, seen, seen.offset)? else { return Ok(None) };
        let url = record.header.uri("WARC-Target-URI").map(CanonicalUrl::parse);
        let attempt = Attempt::parse(&record.block).ok();
        Ok(attempt.map(|attempt| (url.and_then(Result::ok), attempt)))
    }
}
