//! robots.txt: every file is read, and what the frontier keeps of it says the same.

use std::time::Duration;

use crawl::identity::TOKEN;
use crawl::robots::{RobotsCopy, RobotsState, Rules};

/// Paths that are asked about; the file's own patterns join them.
const PATHS: [&str; 6] = ["/", "/a/b.html", "/a?b=%2F", "/%E4%B8%AD", "/robots.txt", "?q"];

pub(crate) fn check(body: &[u8]) {
    let rules = Rules::parse(body, TOKEN);
    let state = RobotsState::Rules(rules.compact());
    let copy = RobotsCopy { state, fresh_for: Duration::ZERO, unreachable_for: Duration::ZERO };
    let again = copy.rules(TOKEN);
    let text = String::from_utf8_lossy(body);
    let own = text.lines().filter_map(|line| line.split_once(':')).map(|(_, path)| path.trim());
    for path in PATHS.into_iter().chain(own.take(50)) {
        let (ruling, kept) = (rules.check(path), again.check(path));
        assert_eq!(ruling.allowed, kept.allowed, "{path:?} by {ruling:?} and {kept:?}");
        if let Some(rule) = ruling.rule {
            assert_eq!(rule.allow, ruling.allowed);
        }
    }
    assert_eq!(rules.crawl_delay(), again.crawl_delay());
    assert_eq!(rules.sitemaps(), again.sitemaps());
    assert!(rules.check("/robots.txt").allowed);
}
