//! Every page against the robots.txt of that time.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use crawl::robots::{RobotsAnswer, RobotsCopy, RobotsState, Rules, next_copy};
use crawl::{CanonicalUrl, Fingerprint, HostKey, Origin};

use super::about::About;
use super::directive::Replaced;
use super::message::robots_text;
use super::report::{Place, Report, Rule};
use crate::read::http::{self, ResponseHead};
use crate::read::{Record, RecordType};

/// How old a robots.txt may be (RFC 9309, section 2.4).
const AGE_MAX: Duration = Duration::from_hours(24);

/// From the end of an answer to the moment from which its age is counted, and from the look at its
/// age to the request, together at most: it is stored first, and a request waits for its turn.
const AGE_SLACK: Duration = Duration::from_mins(5);

/// Origins of a host whose Crawl-delays are looked at: a host of ours may name thousands of ports.
const ORIGINS_MAX: usize = 16;

/// Redirects of a robots.txt that are followed (RFC 9309, section 2.3.1.2).
const HOPS_MAX: u8 = 5;

/// A request that is about to be sent.
pub(super) struct Request<'a> {
    pub(super) url: &'a CanonicalUrl,
    pub(super) started: i64,
    pub(super) about: &'a About,
    /// What the override replaces under which it was sent.
    pub(super) replaced: &'a Replaced,
    /// The segment of whoever asks for a robots.txt: who asks for one has none, and cannot know
    /// what another worker had read that died before it could tell.
    pub(super) asks: Option<u32>,
}

/// When an answer was there, for which token, and in which segment it lies.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) since: i64,
    pub(super) token: &'a str,
    pub(super) segment: u32,
}

/// What is known of all robots.txt at a moment.
#[derive(Default)]
pub(super) struct Judge {
    origins: HashMap<String, Known>,
    /// The origins of each host, the first of them.
    hosts: HashMap<HostKey, Vec<Origin>>,
    /// Many origins have the same file.
    rules: HashMap<u64, Rc<Rules>>,
}

/// What is known of an origin's robots.txt.
#[derive(Default)]
struct Known {
    copy: Option<Copy>,
    /// Where it leads, while no answer has come from there for this origin.
    redirect: Option<Redirect>,
    /// Where it has led, the latest last. Two workers may be on their way at once: one that was
    /// stopped goes on where another has begun anew.
    led: Vec<Redirect>,
}

#[derive(Clone)]
struct Copy {
    kept: RobotsCopy,
    rules: Rc<Rules>,
    since: i64,
    segment: u32,
}

#[derive(Clone)]
struct Redirect {
    to: CanonicalUrl,
    /// Redirects so far, this one included.
    hops: u8,
}

/// Places where a robots.txt has led that are remembered.
const LED_MAX: usize = 8;

impl Known {
    /// The redirects that lead to a place, if they do.
    fn led_to(&self, url: &CanonicalUrl) -> Option<u8> {
        self.led.iter().find(|redirect| redirect.to == *url).map(|redirect| redirect.hops)
    }

    fn remember(&mut self, redirect: Redirect) {
        self.led.retain(|other| other.to != redirect.to);
        self.led.push(redirect);
        if self.led.len() > LED_MAX {
            self.led.remove(0);
        }
    }
}

impl Judge {
    /// Whether a request for a robots.txt goes where that of the origin is, or where it led: what
    /// another place says proves nothing.
    pub(super) fn leads(&self, origin: &str, url: &CanonicalUrl) -> bool {
        let is_own = CanonicalUrl::parse(origin).is_ok_and(|o| o.origin().robots_url() == *url);
        is_own || self.origins.get(origin).is_some_and(|known| known.led_to(url).is_some())
    }

    /// Takes where an answer leads that came to a worker which was stopped. It rules nothing: when
    /// it went on, others had the host.
    pub(super) fn learn_late(&mut self, origin: &str, url: &CanonicalUrl, answer: Option<&Record>) {
        let head = answer.and_then(|record| http::parse_response(&record.block).ok());
        let Some(to) = head.and_then(|head| target(url, &head)) else { return };
        let known = self.origins.entry(origin.to_owned()).or_default();
        let hops = known.led_to(url).unwrap_or(0);
        known.remember(Redirect { to, hops: hops + 1 });
    }

    /// Takes the answer to a request for a robots.txt, at the time at which it was there.
    pub(super) fn learn(
        &mut self,
        origin: &str,
        url: &CanonicalUrl,
        answer: Option<&Record>,
        source: Source<'_>,
    ) {
        self.belongs(origin);
        self.belongs(url.origin().as_str());
        let head = answer.and_then(|record| http::parse_response(&record.block).ok());
        let known = self.origins.entry(origin.to_owned()).or_default();
        let pending = known.redirect.take().filter(|redirect| redirect.to == *url);
        let is_own = CanonicalUrl::parse(origin).is_ok_and(|o| o.origin().robots_url() == *url);
        let led = if is_own { None } else { known.led_to(url) };
        let hops = pending.map(|redirect| redirect.hops).or(led).unwrap_or(0);
        let text;
        let meaning = match (answer, &head) {
            (Some(record), Some(head)) => match target(url, head) {
                Some(to) if hops < HOPS_MAX => {
                    let redirect = Redirect { to, hops: hops + 1 };
                    known.remember(redirect.clone());
                    known.redirect = Some(redirect);
                    return;
                }
                Some(_) => RobotsAnswer::TooManyRedirects,
                None if (200..300).contains(&head.status) => {
                    text = whole_text(record, head);
                    text.as_deref().map_or(RobotsAnswer::Unreachable, RobotsAnswer::Body)
                }
                None => RobotsAnswer::Status(head.status),
            },
            _ => RobotsAnswer::Unreachable,
        };
        self.keep(origin, meaning, source);
        // What was asked for may be the own robots.txt of an origin on another host: the answer is
        // that one's too. One on the same host asks for its own, and goes by that.
        let own = url.origin();
        let is_answer = !matches!(meaning, RobotsAnswer::TooManyRedirects);
        let is_elsewhere =
            CanonicalUrl::parse(origin).is_ok_and(|o| o.host_key() != url.host_key());
        if is_answer && is_elsewhere && own.robots_url() == *url {
            self.keep(own.as_str(), meaning, source);
        }
    }

    /// Keeps what an answer means for an origin, by what was known of it before.
    fn keep(&mut self, origin: &str, meaning: RobotsAnswer<'_>, source: Source<'_>) {
        let Source { since, token, segment } = source;
        let last = self.origins.get(origin).and_then(|known| known.copy.as_ref());
        let last = last.map(|last| (&last.kept, age(last.since, since)));
        let kept = next_copy(last, meaning, token);
        let rules = compiled(&mut self.rules, &kept, token);
        let known = self.origins.entry(origin.to_owned()).or_default();
        known.copy = Some(Copy { kept, rules, since, segment });
        known.redirect = None;
    }

    /// Remembers which host an origin belongs to: robots.txt is the origin's, the pace the host's.
    fn belongs(&mut self, origin: &str) {
        let Ok(url) = CanonicalUrl::parse(origin) else { return };
        let origins = self.hosts.entry(url.host_key()).or_default();
        let origin = url.origin();
        if origins.len() < ORIGINS_MAX && !origins.contains(&origin) {
            origins.push(origin);
        }
    }

    /// The copy that rules an origin now. A redirect to another origin's robots.txt is answered by
    /// what is known of that one, without a request of its own.
    fn in_force(&self, origin: &str) -> Option<&Copy> {
        let mut known = self.origins.get(origin)?;
        let fallback = known.copy.as_ref();
        for _ in 0..=HOPS_MAX {
            let Some(Redirect { to, .. }) = &known.redirect else { return known.copy.as_ref() };
            let own = to.origin();
            match self.origins.get(own.as_str()) {
                Some(next) if own.robots_url() == *to => known = next,
                _ => return fallback,
            }
        }
        fallback
    }

    /// The longest Crawl-delay of the host that was in force for a request.
    pub(super) fn crawl_delay(&self, request: &Request<'_>) -> Duration {
        let host = request.url.host_key();
        if request.about.exceptions.cover(&host, request.started) {
            return Duration::ZERO;
        }
        if let Some(delay) = request.replaced.crawl_delay {
            return delay;
        }
        let own = request.url.origin();
        let others = self.hosts.get(&host).into_iter().flatten();
        let others = others.filter_map(|origin| self.in_force(origin.as_str()));
        // What another origin said more than a day ago binds nobody.
        let others = others.filter(|copy| age(copy.since, request.started) <= AGE_MAX);
        let copies = others.chain(self.in_force(own.as_str()));
        let copies = copies.filter(|copy| request.asks.is_none_or(|asks| asks == copy.segment));
        copies.filter_map(|copy| copy.rules.crawl_delay()).max().unwrap_or_default()
    }

    /// Judges a request for a page.
    pub(super) fn page(&self, request: &Request<'_>, at: Place<'_>, report: &mut Report) {
        let host = request.url.host_key();
        if request.about.exceptions.cover(&host, request.started) {
            report.figures.overridden += 1;
            return;
        }
        if let Some(rules) = &request.replaced.rules {
            report.figures.overridden += 1;
            let verdict = rules.check(request.url.path_and_query());
            if !verdict.allowed {
                let rule = verdict.rule.map_or("/", |rule| &rule.pattern);
                let message = format!("the override said \"Disallow: {rule}\"");
                report.add(Rule::Disallowed, at, message);
            }
            return;
        }
        let ended = request.about.exceptions.ended(&host, request.started);
        let ended = ended.map_or(String::new(), |at| format!(" (the override ended {at})"));
        let origin = request.url.origin();
        let Some(copy) = self.in_force(origin.as_str()) else {
            let message =
                format!("what was given has no robots.txt of {origin} from before{ended}");
            report.add(Rule::NoRobots, at, message);
            return;
        };
        let age = age(copy.since, request.started);
        if age > AGE_MAX + AGE_SLACK {
            let hours = age.as_secs_f64() / 3_600.0;
            report.add(Rule::StaleRobots, at, format!("robots.txt was {hours:.1} h old{ended}"));
        }
        let verdict = copy.rules.check(request.url.path_and_query());
        if !verdict.allowed {
            let message = match (&copy.kept.state, verdict.rule) {
                (RobotsState::Rules(_), Some(rule)) => {
                    format!("robots.txt said \"Disallow: {}\"", rule.pattern)
                }
                _ => "robots.txt could not be reached, which forbids everything".to_owned(),
            };
            report.add(Rule::Disallowed, at, message + &ended);
        }
    }
}

fn compiled(known: &mut HashMap<u64, Rc<Rules>>, kept: &RobotsCopy, token: &str) -> Rc<Rules> {
    let RobotsState::Rules(text) = &kept.state else { return Rc::new(kept.rules(token)) };
    let key = Fingerprint::of(&format!("{token}\n{text}")).0;
    Rc::clone(known.entry(key).or_insert_with(|| Rc::new(kept.rules(token))))
}

/// A robots.txt that came in a response of its own; a revisit holds none.
fn whole_text(record: &Record, head: &ResponseHead) -> Option<Vec<u8>> {
    let is_response = record.header.record_type() == RecordType::Response;
    if is_response { robots_text(record, head) } else { None }
}

/// Where an answer redirects to, when it does.
fn target(url: &CanonicalUrl, head: &ResponseHead) -> Option<CanonicalUrl> {
    if !matches!(head.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = std::str::from_utf8(head.headers.get("location")?).ok()?;
    CanonicalUrl::join(url.as_url(), location).ok()
}

fn age(since: i64, now: i64) -> Duration {
    Duration::from_micros(u64::try_from(now.saturating_sub(since)).unwrap_or(0))
}
