//! What an answer says: what it is, where it leads, what went wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};

use archive::Receipt;
use crawl::{
    Band, CanonicalUrl, Entry, Found, Hub, HubKind, TextDigest, UnixMicros, UrlError, Validators,
    identity, retry, shape,
};
use extract::{FeedLimits, Input, Kind, Page, SitemapKind, SitemapLimits, Skim, Wall, skim, wall};
use fetch::{Exchange, Outcome, Response, Web, coding};
use frontier::Frontier;

use crate::Crawler;
use crate::listing::{Item, Listing};
use crate::reader::seen::Seen;
use crate::reader::{ReadOutcome, ToRead};
use crate::usage;

/// What one answer means for the frontier and the counters.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
pub(crate) struct Reading {
    /// A 2xx HTML page.
    pub(crate) is_page: bool,
    /// A hub in a form made for machines: a feed or a sitemap.
    pub(crate) machine: Option<HubKind>,
    /// What it lists, where it was asked for as a hub.
    pub(crate) listing: Listing,
    /// Its head declares it an article.
    pub(crate) is_article: bool,
    /// The time of publication that its head gives.
    pub(crate) published: Option<UnixMicros>,
    /// Links that look like articles.
    pub(crate) article_links: usize,
    /// A 304 to our validators.
    pub(crate) is_unchanged: bool,
    /// The payload is the same as at the last visit.
    pub(crate) is_same_payload: bool,
    /// What went wrong, as it is counted.
    pub(crate) error: Option<String>,
    /// Try again later.
    pub(crate) retry: bool,
    /// Entries for the frontier: links in scope, or a redirect's target.
    pub(crate) links: Vec<Entry>,
    /// The place a seed redirects to: it joins the scope.
    pub(crate) admits: Option<CanonicalUrl>,
    /// Words for the metadata record: `noarchive`, `nofollow`, `unreadable`, ...
    pub(crate) flags: Vec<String>,
    /// What was served instead of the page.
    pub(crate) wall: Option<Wall>,
    /// The URL that the page calls its own.
    pub(crate) canonical: Option<CanonicalUrl>,
    /// The text of the page: of its article, where that was read.
    pub(crate) digest: Option<TextDigest>,
    /// Further fields for it.
    pub(crate) fields: Vec<(String, String)>,
    /// What it is, where no article is read of it.
    pub(crate) seen: Seen,
    /// The page, where its article is still to be read.
    pub(crate) to_read: Option<ToRead>,
    /// What was read of it.
    pub(crate) read: Option<ReadOutcome>,
}

impl Reading {
    /// A wall was served instead: nothing of it is read, and none of its links is followed.
    pub(crate) fn walled(mut self, wall: Wall) -> Self {
        self.flags.push("wall".into());
        self.fields.push(("wall-kind".into(), wall.kind.name().into()));
        self.fields.push(("wall-by".into(), wall.by.name().into()));
        self.error = Some(format!("wall-{}", wall.kind.name()));
        self.retry |= wall.kind.passes();
        self.wall = Some(wall);
        self
    }

    /// The page is what the host says of places that it does not have.
    pub(crate) fn is_nothing(&mut self) {
        self.flags.push("soft-404".into());
        self.error = Some("soft-404".into());
        self.is_page = false;
        self.read = None;
        self.links.clear();
    }

    /// Whether there was something to read, now or before.
    pub(crate) fn is_answered(&self) -> bool {
        self.is_page || self.machine.is_some() || self.is_unchanged
    }

    /// Takes in what a reader has made of the page.
    pub(crate) fn take_read(&mut self, read: ReadOutcome) {
        match &read {
            ReadOutcome::Article(article) => {
                self.digest = TextDigest::of(&article.text()).or(self.digest);
            }
            ReadOutcome::NoArticle => {}
            ReadOutcome::Unreadable(why) => {
                self.flags.push("unreadable".into());
                self.fields.push(("unreadable-by".into(), why.word().into()));
            }
            ReadOutcome::Unread => self.flags.push("unread".into()),
        }
        self.read = Some(read);
    }
}

/// Reads an answer. Pure but for the scope, which it only asks.
pub(crate) fn read<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    exchange: &Exchange,
) -> Reading {
    let response = match &exchange.outcome {
        Outcome::Response(response) => response,
        Outcome::Failed(failure) => return failed(entry, failure),
    };
    match response.status {
        304 => Reading { is_unchanged: true, seen: Seen::Unchanged, ..Reading::default() },
        200..=299 => read_content(crawler, entry, response),
        status @ 300..=399 => {
            Reading { seen: Seen::Status(status), ..read_redirect(crawler, entry, response) }
        }
        status => {
            let reading = Reading {
                seen: Seen::Status(status),
                error: Some(format!("http-{status}")),
                retry: retry::is_retryable_status(status),
                flags: response_flags(response),
                ..Reading::default()
            };
            match wall_of_refusal(crawler, entry, response) {
                Some(wall) => reading.walled(wall),
                None => reading,
            }
        }
    }
}

/// The wall behind a status that refuses.
fn wall_of_refusal<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    response: &Response,
) -> Option<Wall> {
    let answer = answer(entry, response);
    if let Some(wall) = wall::of_head(&answer) {
        return Some(wall);
    }
    if !wall::is_refusal(response.status) {
        return None;
    }
    let codings = coding::codings(&response.headers);
    let decoded = coding::decode(&codings, &response.body, crawler.parts.decoded_bytes_max).ok()?;
    let content_type = response.header("content-type");
    let body = &decoded.bytes;
    let input = Input { url: entry.url.as_url(), content_type, robots_tags: &[], body };
    let read = || {
        let is_page = extract::kind_of(&input) == Kind::Page;
        is_page
            .then(|| look(&input))
            .and_then(|(page, skim)| wall::of_page(&answer, body, &page, &skim))
    };
    catch_unwind(AssertUnwindSafe(read)).ok().flatten()
}

fn answer<'a>(entry: &'a Entry, response: &'a Response) -> wall::Answer<'a> {
    wall::Answer { url: &entry.url, status: response.status, headers: &response.headers }
}

/// Reads a page, and glances at its text.
fn look(input: &Input<'_>) -> (Page, Skim) {
    let page = extract::read_page(input, identity::TOKEN, &extract::Limits::default());
    let skim = skim::skim_body(input.body, page.charset);
    (page, skim)
}

fn failed(entry: &Entry, failure: &fetch::Failure) -> Reading {
    let mut reading = Reading {
        error: Some(failure.kind().to_owned()),
        retry: failure.is_transient(),
        ..Reading::default()
    };
    if entry.http_fallback && failure.may_be_https_only() {
        reading.links.extend(http_fallback(entry));
        reading.retry = reading.links.is_empty();
    }
    reading
}

/// The http side of a bare domain.
pub(crate) fn http_fallback(entry: &Entry) -> Option<Entry> {
    let http = entry.url.as_str().replacen("https:", "http:", 1);
    let url = CanonicalUrl::parse(&http).ok()?;
    Some(Entry { url, http_fallback: false, attempt: 0, ..entry.clone() })
}

fn read_redirect<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    response: &Response,
) -> Reading {
    let wrong = |kind: &str| Reading { error: Some(kind.to_owned()), ..Reading::default() };
    let target = match redirect_target(&entry.url, response) {
        None => return wrong("redirect-without-location"),
        Some(Err(_)) => return wrong("redirect-bad-location"),
        Some(Ok(target)) => target,
    };
    if let Some(wall) = wall::of_redirect(&entry.url, &target) {
        return Reading::default().walled(wall);
    }
    if entry.hops >= crawler.config.hops_max {
        return wrong("redirect-limit");
    }
    let is_seed = entry.seed.is_some();
    if !is_seed && !crawler.scope().contains(&target) {
        return Reading { flags: vec!["out-of-scope".into()], ..Reading::default() };
    }
    let admits = is_seed.then(|| target.clone());
    // Its place among the hubs of the outlet is the new one's to earn.
    let hub = entry.hub.as_deref().map(|hub| Hub { share: 0, ..hub.clone() });
    let next = Entry {
        url: target,
        hops: entry.hops + 1,
        attempt: 0,
        http_fallback: false,
        revisit: None,
        hub: hub.map(Box::new),
        ..entry.clone()
    };
    Reading { links: vec![next], admits, ..Reading::default() }
}

/// Where a redirect leads; nothing for an answer that is none (RFC 9110, section 15.4).
pub(crate) fn redirect_target(
    url: &CanonicalUrl,
    response: &Response,
) -> Option<Result<CanonicalUrl, UrlError>> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.header("location")?;
    Some(CanonicalUrl::join(url.as_url(), location))
}

fn read_content<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    response: &Response,
) -> Reading {
    let mut reading = Reading { flags: response_flags(response), ..Reading::default() };
    if let Some(digest) = entry.revisit.as_ref().and_then(|v| v.payload_digest.as_deref()) {
        reading.is_same_payload = archive::payload_digest(&response.body) == digest;
    }
    let content_type = response.header("content-type");
    let codings = coding::codings(&response.headers);
    let bytes_max = crawler.parts.decoded_bytes_max;
    let Ok(decoded) = coding::decode(&codings, &response.body, bytes_max) else {
        reading.flags.push("undecodable".into());
        reading.error = Some("bad-coding".into());
        reading.seen = Seen::Undecodable;
        return reading;
    };
    let robots_tags = robots_tags(response);
    let input = Input {
        url: entry.url.as_url(),
        content_type,
        robots_tags: &robots_tags,
        body: &decoded.bytes,
    };
    // A page must never take the crawl down with it, whatever is in it.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut reading = Reading::default();
        let kind = extract::kind_of(&input);
        reading.seen = Seen::of_kind(kind);
        match kind {
            Kind::Page => read_links(crawler, entry, (&input, response), &mut reading),
            Kind::Feed => read_feed(&input, &mut reading),
            Kind::Sitemap => read_sitemap(&input, entry, &mut reading),
            Kind::Other => {}
        }
        reading
    }));
    let Ok(read) = read else {
        tracing::error!(url = %entry.url, "reading the page panicked: please report this URL");
        reading.flags.push("unreadable".into());
        reading.error = Some("unreadable".into());
        return reading;
    };
    for flag in std::mem::take(&mut reading.flags) {
        if !read.flags.contains(&flag) {
            reading.flags.push(flag);
        }
    }
    reading.flags.extend(read.flags.iter().cloned());
    // What came again byte for byte was read, or was found unreadable, when it came first.
    let is_same_payload = reading.is_same_payload;
    let to_read = read.to_read.filter(|_| !is_same_payload);
    let seen = if is_same_payload { Seen::Unchanged } else { read.seen };
    Reading { flags: reading.flags, is_same_payload, to_read, seen, ..read }
}

fn read_feed(input: &Input<'_>, reading: &mut Reading) {
    let Some(feed) = extract::read_feed(input, &FeedLimits::default()) else { return };
    if feed.is_damaged {
        reading.flags.push("damaged".into());
    }
    reading.machine = Some(HubKind::Feed);
    reading.listing = Listing::of_feed(feed);
}

fn read_sitemap(input: &Input<'_>, entry: &Entry, reading: &mut Reading) {
    let Some(sitemap) = extract::read_sitemap(input, &SitemapLimits::default()) else { return };
    if sitemap.is_damaged {
        reading.flags.push("damaged".into());
    }
    let is_index = sitemap.kind == SitemapKind::Index;
    reading.machine = Some(if is_index { HubKind::Index } else { HubKind::Sitemap });
    reading.listing = Listing::of_sitemap(sitemap, &entry.url);
}

fn read_links<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    (input, response): (&Input<'_>, &Response),
    reading: &mut Reading,
) {
    let (page, skim) = look(input);
    let usage = usage::usage_of(&response.headers, &page);
    reading.fields.extend(usage.into_iter().map(|said| (usage::FIELD.to_owned(), said)));
    if let Some(wall) = wall::of_page(&answer(entry, response), input.body, &page, &skim) {
        *reading = std::mem::take(reading).walled(wall);
        return;
    }
    reading.is_page = true;
    reading.canonical.clone_from(&page.canonical);
    reading.digest = skim.digest;
    let robots = &page.robots;
    for (word, is_set) in [
        ("nofollow", robots.nofollow),
        ("noindex", robots.noindex),
        ("noarchive", robots.noarchive),
    ] {
        if is_set {
            reading.flags.push(word.to_owned());
        }
    }
    reading.is_article = page.article.is_some();
    reading.published = page.article.as_ref().and_then(|article| article.published);
    note_article(crawler, entry, input, &page, reading);
    let depth = entry.depth.saturating_add(1);
    if crawler.config.depth_max.is_none_or(|max| depth <= max) && !page.robots.nofollow {
        read_links_of(crawler, entry, page, reading);
    }
}

/// Whether the page goes to a reader, or why it does not.
fn note_article<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    input: &Input<'_>,
    page: &Page,
    reading: &mut Reading,
) {
    let Some(readers) = &crawler.parts.reader else { return };
    if let Some(guard) = page.guard {
        reading.flags.push("links-only".into());
        reading.fields.push(("guard".into(), format!("{guard:?}").to_lowercase()));
    }
    reading.seen = Seen::of_page(&entry.url, page, &**readers);
    if reading.seen == Seen::Page {
        reading.to_read = Some(ToRead::of(input));
    }
}

/// The links of a page that belong to the crawl. Front pages are hubs. What a hub lists is looked
/// at more closely; the rest is backfill.
fn read_links_of<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    page: Page,
    reading: &mut Reading,
) {
    let is_hub = entry.band == Band::Hub;
    if is_hub {
        reading.listing = Listing::of_page(&page, &entry.url);
    }
    let depth = entry.depth.saturating_add(1);
    let scope = crawler.scope();
    let refresh = page.refresh.into_iter();
    let urls = page.links.into_iter().map(|link| link.url).chain(refresh).chain(page.canonical);
    for url in urls.filter(|url| *url != entry.url && scope.contains(url)) {
        let is_article = shape::is_article_like(&url);
        reading.article_links += usize::from(is_article);
        if is_article && is_hub {
            reading.listing.items.push(Item { url, at: None, is_published: false });
        } else if url.is_front_page() {
            let hub = Hub::new(HubKind::Page, Found::Front, Some(entry.url.to_string()));
            reading.links.push(Entry { depth, ..Entry::hub(url, hub) });
        } else {
            reading.links.push(Entry { depth, ..Entry::new(url, Band::Backfill) });
        }
    }
}

/// What the header alone says: an `X-Robots-Tag` counts for files that are no pages, too.
fn response_flags(response: &Response) -> Vec<String> {
    let mut robots = extract::RobotsMeta::default();
    for tag in robots_tags(response) {
        robots.add_header(&tag, identity::TOKEN);
    }
    robots.noarchive.then(|| "noarchive".to_owned()).into_iter().collect()
}

fn robots_tags(response: &Response) -> Vec<String> {
    let values = response.header_values("x-robots-tag");
    values.map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}

/// What this visit leaves for the next one.
pub(crate) fn validators(exchange: &Exchange, receipt: &Receipt) -> Validators {
    let Outcome::Response(response) = &exchange.outcome else { return Validators::default() };
    Validators {
        etag: response.header("etag").map(str::to_owned),
        last_modified: response.header("last-modified").map(str::to_owned),
        payload_digest: receipt.payload_digest.clone(),
        stored_at: exchange.started.wall,
    }
}

/// Counts what a visit of a page came to.
pub(crate) fn count<F: Frontier, W: Web>(
    crawler: &Crawler<F, W>,
    entry: &Entry,
    reading: &Reading,
) {
    let seed = entry.seed.as_deref();
    if reading.is_page {
        crawler.tally.page_stored();
    }
    if let Some(wall) = &reading.wall {
        crawler.tally.wall(wall.kind);
    }
    if let Some(read) = &reading.read {
        crawler.tally.read(read);
    }
    if reading.is_unchanged || reading.is_same_payload {
        crawler.tally.unchanged();
    }
    if reading.is_answered() {
        crawler.ledger.page(seed);
    } else if let Some(kind) = &reading.error {
        // That a guess leads nowhere is no error of anybody.
        let is_guess = entry.hub.as_deref().is_some_and(|hub| hub.guess.is_some());
        if !is_guess && reading.wall.is_none() {
            crawler.tally.error(kind);
        }
        crawler.ledger.no_page(seed, kind);
    } else if reading.links.is_empty() {
        crawler.ledger.no_page(seed, "neither a page nor a feed or sitemap");
    }
}
