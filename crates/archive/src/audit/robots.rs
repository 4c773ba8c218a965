//! Every page against the robots.txt of that time.

use std::collections::HashMap;
use std::time::Duration;

use crawl::robots::{RobotsAnswer, RobotsCopy, RobotsState, Rules, next_copy};
use crawl::{CanonicalUrl, Origin};

use super::records::Seen;
use super::report::{Report, Rule};
use crate::Purpose;

/// What is known of an origin's robots.txt at a moment of the archive.
struct Known {
    copy: RobotsCopy,
    rules: Rules,
    since: i64,
}

/// Judges every page, in the order of time. Gives, for each attempt, the Crawl-delay in force at
/// its
/// start, in microseconds.
pub(super) fn check(attempts: &[Seen], report: &mut Report) -> Vec<i64> {
    let mut origins: HashMap<String, Known> = HashMap::new();
    let mut delays: HashMap<String, i64> = HashMap::new();
    let mut in_force = Vec::with_capacity(attempts.len());
    for seen in attempts {
        in_force.push(delays.get(&seen.attempt.host).copied().unwrap_or(0));
        match seen.attempt.purpose {
            Purpose::Robots => learn(seen, &mut origins, &mut delays),
            Purpose::Page => judge(seen, &origins, report),
        }
    }
    in_force
}

fn learn(seen: &Seen, origins: &mut HashMap<String, Known>, delays: &mut HashMap<String, i64>) {
    let Some(origin) = seen.attempt.robots_for.clone() else { return };
    let token = &seen.about.token;
    let since = seen.on_frontier(seen.attempt.ended);
    let known = origins.get(&origin);
    let last = known.map(|known| (&known.copy, age(known.since, since)));
    let answer = match (seen.attempt.outcome.parse::<u16>(), &seen.body) {
        (Ok(200..=299), Some(body)) => RobotsAnswer::Body(body),
        // A redirect that leads on: its target is another attempt for the same origin.
        (Ok(301 | 302 | 303 | 307 | 308), _) if seen.location.is_some() => {
            let target = seen.location.as_deref().and_then(|to| target_copy(seen, to, origins));
            if let Some((copy, since)) = target {
                origins.insert(origin, Known { rules: copy.rules(token), copy, since });
            } else if known.is_none() {
                let copy = next_copy(None, RobotsAnswer::TooManyRedirects, token);
                origins.insert(origin, Known { rules: copy.rules(token), copy, since });
            }
            return;
        }
        (Ok(status), _) => RobotsAnswer::Status(status),
        (Err(_), _) => RobotsAnswer::Unreachable,
    };
    let copy = next_copy(last, answer, token);
    let rules = copy.rules(token);
    if let Some(host) = host_of(&origin) {
        let asked =
            rules.crawl_delay().map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
        delays.insert(host, asked);
    }
    // The file may be that of another origin at the same time.
    let own = CanonicalUrl::parse(&seen.url).ok().map(|url| (url.origin(), url));
    if let Some((other, url)) = own
        && other.robots_url() == url
        && other.as_str() != origin
    {
        origins
            .insert(other.to_string(), Known { copy: copy.clone(), rules: rules.clone(), since });
    }
    origins.insert(origin, Known { copy, rules, since });
}

/// The copy that another origin's own robots.txt had left: it answers without another request.
fn target_copy(
    seen: &Seen,
    location: &str,
    origins: &HashMap<String, Known>,
) -> Option<(RobotsCopy, i64)> {
    let base = CanonicalUrl::parse(&seen.url).ok()?;
    let to = CanonicalUrl::join(base.as_url(), location).ok()?;
    let own = to.origin();
    let known = origins.get(own.as_str()).filter(|_| own.robots_url() == to)?;
    Some((known.copy.clone(), known.since))
}

fn judge(seen: &Seen, origins: &HashMap<String, Known>, report: &mut Report) {
    let Ok(url) = CanonicalUrl::parse(&seen.url) else {
        let message = "the URL cannot be read".to_owned();
        report.add(Rule::Field, seen.at(), Some(&seen.url), message);
        return;
    };
    let Some(known) = known(&url.origin(), origins) else {
        let message = format!("no robots.txt of {} was archived before it", url.origin());
        report.add(Rule::NoRobots, seen.at(), Some(&seen.url), message);
        return;
    };
    let age = age(known.since, seen.started());
    if age > known.copy.fresh_for && known.copy.state != RobotsState::DisallowAll {
        let message = format!("the robots.txt it relied on was {} s old", age.as_secs());
        report.add(Rule::NoRobots, seen.at(), Some(&seen.url), message);
    }
    let verdict = known.rules.check(url.path_and_query());
    if !verdict.allowed {
        let rule = verdict.rule.map_or("everything", |rule| &rule.pattern);
        let message = format!("robots.txt forbade it then ({rule})");
        report.add(Rule::Disallowed, seen.at(), Some(&seen.url), message);
    }
}

fn known<'a>(origin: &Origin, origins: &'a HashMap<String, Known>) -> Option<&'a Known> {
    origins.get(origin.as_str())
}

fn age(since: i64, now: i64) -> Duration {
    Duration::from_micros(u64::try_from(now.saturating_sub(since)).unwrap_or(0))
}

fn host_of(origin: &str) -> Option<String> {
    CanonicalUrl::parse(origin).ok().map(|url| url.host_key().as_str().to_owned())
}
