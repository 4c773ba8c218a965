//! Pages: links are canonical, once each, within bounds, and none to the page itself.

use std::collections::HashSet;

use crawl::CanonicalUrl;
use crawl::identity::TOKEN;
use extract::{Guard, Limits};

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
    // The same bytes say the same.
    let again = extract::read_page(&input(&url, body), TOKEN, &limits);
    assert_eq!(page, again);
    // Where fewer links are kept, none is made up, and their order stays.
    let few = Limits { links_max: 5, ..limits };
    let few = extract::read_page(&input(&url, body), TOKEN, &few);
    let mut all = page.links.iter();
    assert!(few.links.len() <= 5 && few.links.iter().all(|link| all.any(|other| other == link)));
}
