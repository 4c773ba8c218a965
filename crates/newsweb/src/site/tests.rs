//! A few properties of all pages.

use super::*;
use crate::config::{Config, Schedule};

fn page(plan: &Plan, at: &Address) -> Box<Page> {
    match plan.answer(at, None) {
        Some(Answer::Page(page)) => page,
        _ => panic!("{at} is no page"),
    }
}

#[test]
fn pages_have_the_links_that_real_ones_have() {
    let plan = Plan::new(Config::news(3));
    let host = plan.main_host(1);
    let site = Site::new(&plan, &host, None);
    assert!(page(&plan, &site.article_at(3)).links.len() >= 25);
    assert!(page(&plan, &site.at("/")).links.len() >= 25);
}

#[test]
fn every_article_is_listed_once_in_its_section() {
    let plan = Plan::new(Config { articles_per_outlet: 97, ..Config::news(3) });
    let host = plan.main_host(0);
    let site = Site::new(&plan, &host, None);
    let mut listed: Vec<u64> = Vec::new();
    for section in 0..site.sections().len() {
        for page in 1..=site.pages_of(section) {
            let part = site.listed(section, page);
            assert!(!part.is_empty());
            listed.extend(part);
        }
        assert!(site.listed(section, site.pages_of(section) + 1).is_empty());
    }
    listed.sort_unstable();
    assert_eq!(listed, (0..97).collect::<Vec<_>>());
}

#[test]
fn articles_appear_in_time() {
    let publish = Some(Schedule { initial_share: 0.5, period_s: 10.0 });
    let plan = Plan::new(Config { publish, articles_per_outlet: 20, ..Config::news(2) });
    let host = plan.main_host(0);
    let count = |elapsed_s| Site::new(&plan, &host, Some(elapsed_s)).articles;
    assert_eq!(
        [count(0.0), count(0.99), count(1.01), count(5.01), count(10.0)],
        [10, 10, 11, 15, 20]
    );
    let late = Site::new(&plan, &host, None).article_at(19);
    assert!(matches!(plan.answer(&late, Some(1.0)), Some(Answer::Failed { status: 404, .. })));
    assert!(matches!(plan.answer(&late, Some(10.0)), Some(Answer::Page(_))));
}

#[test]
fn every_bench_page_is_reached() {
    let plan = Plan::new(Config::bench(2, 300, 10_000, crate::Coding::Plain));
    let host = plan.main_host(0);
    let site = Site::new(&plan, &host, None);
    let mut seen = std::collections::HashSet::new();
    let mut todo = vec![site.at("/")];
    while let Some(at) = todo.pop() {
        if seen.insert(at.clone()) {
            let links = page(&plan, &at).links;
            assert_eq!(links.len(), 25);
            todo.extend(links.into_iter().map(|link| link.to));
        }
    }
    assert_eq!(seen.len(), 300);
}
