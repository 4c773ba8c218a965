//! What robots.txt says to a URL, and how that is known.

use std::time::Duration;

use crawl::robots::{RobotsCopy, RobotsState, Rules};
use crawl::{CanonicalUrl, identity};
use frontier::StoredRobots;
use serde::Serialize;

use crate::units;

/// The verdict of robots.txt.
#[derive(Debug, Serialize)]
pub(super) struct Robots {
    /// `allow` or `disallow`.
    pub(super) verdict: &'static str,
    /// The rule that decides; none where none matches, or where there are no rules.
    pub(super) rule: Option<String>,
    /// Its line in the file, when that was read just now.
    pub(super) line: Option<u32>,
    /// How this is known, in words.
    pub(super) why: String,
    /// Where the file is, redirects followed.
    pub(super) url: String,
    /// What the host answered, when it was asked just now.
    pub(super) status: Option<u16>,
    /// The time since the copy was stored, where one was used.
    pub(super) copy_age_s: Option<f64>,
    /// The time between two requests that it asks for.
    pub(super) crawl_delay_s: Option<f64>,
    /// The sitemaps that it names.
    pub(super) sitemaps: Vec<String>,
}

impl Robots {
    /// What rules say.
    pub(super) fn new(url: &CanonicalUrl, rules: &Rules, why: String) -> Self {
        let verdict = rules.check(url.path_and_query());
        let word = |allow| if allow { "Allow" } else { "Disallow" };
        Self {
            verdict: if verdict.allowed { "allow" } else { "disallow" },
            rule: verdict.rule.map(|rule| format!("{}: {}", word(rule.allow), rule.pattern)),
            line: verdict.rule.map(|rule| rule.line),
            why,
            url: url.origin().robots_url().to_string(),
            status: None,
            copy_age_s: None,
            crawl_delay_s: rules.crawl_delay().map(|delay| delay.as_secs_f64()),
            sitemaps: rules.sitemaps().to_vec(),
        }
    }

    /// What a copy says. It holds our rules only, so their lines are not those of the file.
    pub(super) fn by_copy(url: &CanonicalUrl, copy: &RobotsCopy, why: String) -> Self {
        let mut robots = Self::new(url, &copy.rules(identity::TOKEN), why);
        robots.line = None;
        if !matches!(copy.state, RobotsState::Rules(_)) {
            // A rule that stands for "all of it" is in no file.
            robots.rule = None;
        }
        robots
    }

    /// What the frontier's copy says.
    pub(super) fn of_copy(url: &CanonicalUrl, StoredRobots { copy, age }: &StoredRobots) -> Self {
        let mut why = match &copy.state {
            RobotsState::Rules(_) => "by the frontier's copy".to_owned(),
            RobotsState::AllowAll => "by the frontier's copy: there is no robots.txt".to_owned(),
            RobotsState::DisallowAll => {
                "robots.txt could not be reached, which forbids everything".to_owned()
            }
            RobotsState::Redirected { to, .. } => {
                format!("robots.txt is at {to}, and was not read yet")
            }
        };
        if copy.state != RobotsState::DisallowAll && !copy.unreachable_for.is_zero() {
            let outage = units::duration(copy.unreachable_for.saturating_add(*age));
            why = format!("{why}; the file has been out of reach for {outage}");
        }
        if *age >= copy.fresh_for.max(Duration::from_secs(1)) {
            why.push_str("; too old: it is fetched again before the next page");
        }
        Self { copy_age_s: Some(age.as_secs_f64()), ..Self::by_copy(url, copy, why) }
    }

    /// Whether the URL may be fetched.
    pub(super) fn is_allowed(&self) -> bool {
        self.verdict == "allow"
    }
}

#[cfg(test)]
mod tests {
    use crawl::robots::{RobotsAnswer, next_copy};

    use super::*;

    fn url() -> CanonicalUrl {
        CanonicalUrl::parse("https://a.test/private/x").unwrap()
    }

    const FILE: &[u8] = b"User-agent: x\nDisallow: /\n\nUser-agent: *\nCrawl-delay: 2\n\
        Disallow: /private/\nSitemap: https://a.test/s.xml\n";

    #[test]
    fn a_file_names_rule_and_line() {
        let robots = Robots::new(&url(), &Rules::parse(FILE, identity::TOKEN), String::new());
        assert_eq!((robots.verdict, robots.line), ("disallow", Some(6)));
        assert_eq!(robots.rule.as_deref(), Some("Disallow: /private/"));
        assert_eq!((robots.crawl_delay_s, robots.sitemaps.len()), (Some(2.0), 1));
    }

    #[test]
    fn copies() {
        let age = Duration::from_secs(90);
        for (answer, verdict, rule, word) in [
            (RobotsAnswer::Body(FILE), "disallow", Some("Disallow: /private/"), "copy"),
            (RobotsAnswer::Status(404), "allow", None, "no robots.txt"),
            (RobotsAnswer::Status(503), "disallow", None, "could not be reached"),
        ] {
            let copy = next_copy(None, answer, identity::TOKEN);
            let robots = Robots::of_copy(&url(), &StoredRobots { copy, age });
            assert_eq!((robots.verdict, robots.rule.as_deref()), (verdict, rule));
            assert!(robots.why.contains(word) && robots.line.is_none(), "{}", robots.why);
            assert_eq!(robots.copy_age_s, Some(90.0));
        }
    }
}
