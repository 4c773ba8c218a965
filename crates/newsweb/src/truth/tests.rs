//! The truth of webs of several kinds.

use super::*;
use crate::config::Coding;

fn page<'a>(truth: &'a Truth, end: &str) -> Vec<&'a TruthPage> {
    truth.pages.iter().filter(|page| page.url.ends_with(end)).collect()
}

#[test]
fn the_same_configuration_has_the_same_truth() {
    let config = Config::news(6);
    assert_eq!(Truth::of(&config), Truth::of(&config));
    assert_ne!(Truth::of(&config), Truth::of(&Config { seed: 2, ..config }));
}

#[test]
fn every_oddity_and_every_trap_occurs_on_a_web_of_fifty() {
    let truth = Truth::of(&Config::news(50));
    for (end, expected) in [
        ("/x/moved-301.html", true),
        ("/x/chain/3.html", true),
        ("/x/loop/1.html", true),
        ("/x/meta-nofollow.html", true),
        ("/x/meta-nofollow/1.html", false),
        ("/x/header-nofollow/1.html", false),
        ("/x/link-nofollow.html", true),
        ("/x/link-nofollow/1.html", false),
        ("/x/otherbot/1.html", true),
        ("/x/hidden/1.html", false),
        ("/x/hidden/2.html", false),
        ("/x/hidden/3.html", false),
        ("/x/noscript/1.html", true),
        ("/x/refresh/1.html", true),
        ("/x/base/1.html", true),
        ("/x/relative/1.html", true),
        ("/x/query.html?b=2&a=1", true),
        ("/x/busy-until.html", true),
        ("/x/empty.html", true),
    ] {
        let found = page(&truth, end);
        assert!(!found.is_empty(), "{end}");
        for page in found.iter().filter(|page| page.allowed) {
            assert_eq!(page.expected(), expected, "{}", page.url);
        }
    }
    for trap in crate::plan::Trap::ALL {
        let end = trap.target().unwrap_or("?print=1");
        assert!(page(&truth, end).iter().any(|page| page.allowed), "{trap:?}");
    }
    assert!(truth.forbidden_urls().count() > 50);
    assert!(page(&truth, "desk.html").iter().any(|page| page.linked && !page.allowed));
}

#[test]
fn strangers_are_known_and_out_of_scope() {
    let truth = Truth::of(&Config::news(3));
    let strangers: Vec<_> = truth.pages.iter().filter(|p| p.url.contains("elsewhere")).collect();
    assert!(!strangers.is_empty());
    assert!(strangers.iter().all(|page| !page.in_scope && !page.expected()));
}

#[test]
fn every_article_of_an_open_host_is_expected() {
    let truth = Truth::of(&Config { articles_per_outlet: 60, ..Config::news(12) });
    for outlet in 1..=12 {
        let name = format!("outlet-{outlet:03}.test/");
        let articles = truth.pages.iter().filter(|page| {
            page.kind == "article"
                && page.expected()
                && page.url.contains(&name)
                && !page.url.contains("sport.")
        });
        assert_eq!(articles.count(), 60, "{name}");
    }
}

#[test]
fn hub_and_bench_webs_are_wholly_reachable() {
    let hub = Truth::of(&Config::hub(20));
    assert_eq!(hub.expected_urls().count(), 20 * 4);
    let bench = Truth::of(&Config::bench(4, 50, 10_000, Coding::Plain));
    assert_eq!(bench.expected_urls().count(), 4 * 50);
    assert_eq!(bench.forbidden_urls().count(), 0);
}

#[test]
fn stories_name_pages_that_carry_them() {
    let truth = Truth::of(&Config::news(9));
    assert!(truth.stories.len() > 5);
    let by_url: HashMap<&str, &TruthPage> =
        truth.pages.iter().map(|page| (page.url.as_str(), page)).collect();
    for story in &truth.stories {
        assert!(story.members.len() >= 2);
        for member in &story.members {
            if let Some(page) = by_url.get(member.as_str()) {
                assert_eq!(page.story, Some(story.id));
            }
        }
    }
}

#[test]
fn a_saved_truth_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("truth.json");
    let truth = Truth::of(&Config::news(2));
    truth.save(&path).unwrap();
    assert_eq!(Truth::load(&path).unwrap(), truth);
}
