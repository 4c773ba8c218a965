//! Pages: links are canonical, once each, within bounds, and none to the page itself; a glance at
//! their text is within bounds, and whatever else is read of every page reads it.

use std::collections::HashSet;

use crawl::CanonicalUrl;
use crawl::identity::TOKEN;
use extract::{Guard, Limits, Page, skim, wall};

use crate::target::{assert_canonical, input, url};

pub(crate) fn check(body: &[u8]) {
    let url = url();
    let limits = Limits { links_max: 50, depth_max: 20, ..Limits::default() };
    let page = extract::read_page(&input(&url, body), TOKEN, &limits);
    assert!(page.links.len() <= limits.links_max);
    let own = CanonicalUrl::parse(url.as_str()).expect("it is a URL");
    let mut seen = HashSet::new();
    for link in &page.links {
        assert_canonical(&link.url);
        assert_ne!(link.url, own);
        assert!(seen.insert(&link.url), "twice: {}", link.url);
        assert!(!link.rel.split(' ').any(|token| token == "nofollow"));
    }
    page.canonical.iter().chain(&page.refresh).for_each(assert_canonical);
    page.feeds.iter().for_each(|feed| assert_canonical(&feed.url));
    assert!(!page.robots.nofollow || page.links.is_empty());
    assert!(page.guard != Some(Guard::Memory), "small pages need no 64 MB");
    glance(body, &page);
    // The same bytes say the same.
    let again = extract::read_page(&input(&url, body), TOKEN, &limits);
    assert_eq!(page, again);
    // Where fewer links are kept, none is made up, and their order stays.
    let few = Limits { links_max: 5, ..limits };
    let few = extract::read_page(&input(&url, body), TOKEN, &few);
    let mut all = page.links.iter();
    assert!(few.links.len() <= 5 && few.links.iter().all(|link| all.any(|other| other == link)));
}

/// Blocks and bytes of banners that are kept of a page, as the glance limits them.
const BLOCKS_MAX: usize = 80;
const OVERLAY_BYTES_MAX: usize = 8_000;

/// What a crawler does with every page in its own process.
fn glance(body: &[u8], page: &Page) {
    let seen = skim::of(body, page.charset);
    assert!(seen.blocks.len() <= BLOCKS_MAX && seen.overlay.len() <= OVERLAY_BYTES_MAX);
    assert!(seen.blocks.iter().all(|block| !block.is_empty() && !block.contains('\n')));
    assert!(seen.links <= body.len() && seen.chars <= body.len() + 4);
    assert_eq!(skim::of(body, page.charset), seen);
    let url = CanonicalUrl::parse(url().as_str()).expect("it is a URL");
    for status in [200, 403] {
        let answer = wall::Answer { url: &url, status, headers: &[] };
        let wall = wall::of_page(&answer, body, page, &seen);
        // A page that leads somewhere stands in nobody's way.
        assert!(wall.is_none() || seen.links < 12, "{wall:?}");
    }
    let rules = extract::read_tdmrep(body).unwrap_or_default();
    assert!(rules.len() <= 100 && rules.iter().all(|rule| rule.location.len() <= 500));
}
