//! Feeds: entries within bounds, with canonical URLs and plain titles.

use extract::FeedLimits;

use crate::target::{assert_canonical, input, url};

pub(crate) fn check(body: &[u8]) {
    let url = url();
    let limits = FeedLimits { entries_max: 30, ..FeedLimits::default() };
    // Whatever its kind is found to be, it may be asked for.
    let _ = extract::kind_of(&input(&url, body));
    let Some(feed) = extract::read_feed(&input(&url, body), &limits) else { return };
    assert!(feed.entries.len() <= limits.entries_max);
    for entry in &feed.entries {
        assert_canonical(&entry.url);
        assert!(entry.title.len() <= limits.title_bytes_max);
    }
    assert!(feed.title.len() <= limits.title_bytes_max);
    feed.self_link.iter().chain(&feed.site_link).for_each(assert_canonical);
    assert!(feed.skip_hours.iter().all(|hour| *hour < 24), "{:?}", feed.skip_hours);
    assert_eq!(extract::read_feed(&input(&url, body), &limits).as_ref(), Some(&feed));
}
