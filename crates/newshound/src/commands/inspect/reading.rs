//! What a body says: its kind, what it declares, what it links to or lists.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context, Result};
use crawl::{HubKind, UnixMicros, identity, shape};
use extract::wall::{self, Answer as Head};
use extract::{
    AgencyHint, Article, ArticleKind, CharsetSource, FeedLimits, Guard, Input, Kind, Paragraph,
    SitemapKind, SitemapLimits, TextSource, skim,
};
use jiff::Timestamp;
use serde::Serialize;
use worker::reader::is_wanted;

/// Links to articles from which on a page is taken for one that lists them.
const HUB_LINKS_MIN: usize = 8;

/// What is read from a body. The first fields are held fixed for scripts, in this order.
#[derive(Debug, Serialize)]
pub(super) struct Reading {
    /// `article`, `hub`, `page`, `feed`, `sitemap`, `wall` or `other`.
    pub(super) kind: &'static str,
    pub(super) title: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) published: Option<String>,
    pub(super) modified: Option<String>,
    pub(super) language: Option<String>,
    pub(super) agency: Option<String>,
    pub(super) text: Option<String>,
    /// The lines of `text`.
    paragraphs: Vec<String>,
    pub(super) links: Vec<LinkLine>,
    pub(super) entries: Vec<EntryLine>,
    pub(super) robots_meta: Vec<String>,
    /// What more is read of an article.
    pub(super) article: Option<ArticleView>,
    /// More about the kind: `rss`, `atom`, `index`, ...
    pub(super) format: Option<&'static str>,
    pub(super) charset: Option<&'static str>,
    pub(super) charset_from: Option<&'static str>,
    pub(super) canonical: Option<String>,
    pub(super) feeds: Vec<FeedLine>,
    /// It is not well-formed, or its end is missing.
    pub(super) damaged: bool,
    /// A limit of ours cut it.
    pub(super) truncated: bool,
    /// Links and entries that are left out: no URL that can be crawled, or too many.
    pub(super) refused: u32,
    /// The limit for which no tree is built of a page.
    pub(super) guard: Option<&'static str>,
    /// What was served instead of a page, and what gave it away.
    pub(super) wall: Option<String>,
    /// What is said of its use: opt-outs from text and data mining and from training.
    pub(super) usage: Vec<String>,
    /// Where the article is from: `crawl`, as it was kept then, or `now`. Nothing where none was
    /// looked for.
    pub(super) article_from: Option<&'static str>,
    /// More about that.
    pub(super) article_note: Option<String>,
    /// Why there is no article although there may be one: `memory`, `time` or `crashed` by what
    /// the page did to its reader; `unread` where there was no reader.
    pub(super) unreadable: Option<String>,
    #[serde(skip)]
    pub(super) article_is: ArticleIs,
}

/// Whether an article may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArticleIs {
    /// No: it is no page, or a wall.
    Impossible,
    /// Hardly: a front page or a section that declares none.
    Unlikely,
    /// Any other page.
    Likely,
}

/// What is read of an article beside the fields that are held fixed.
#[derive(Debug, Serialize)]
pub(super) struct ArticleView {
    /// `article`, `live_blog`, `video`, `gallery` or `hub`.
    pub(super) kind: ArticleKind,
    pub(super) agencies: Vec<AgencyHint>,
    pub(super) dateline: Option<String>,
    pub(super) section: Option<String>,
    pub(super) amp: Option<String>,
    /// The page says that it is not free to read.
    pub(super) partial: bool,
    pub(super) text_from: TextSource,
    /// What each paragraph is; with captions, which are no part of the text.
    pub(super) paragraphs: Vec<Paragraph>,
}

/// A link of a page.
#[derive(Debug, Serialize)]
pub(super) struct LinkLine {
    pub(super) url: String,
    pub(super) rel: String,
}

/// An entry of a feed or a sitemap.
#[derive(Debug, Serialize)]
pub(super) struct EntryLine {
    pub(super) url: String,
    pub(super) title: Option<String>,
    pub(super) published: Option<String>,
    /// When it was last changed.
    pub(super) updated: Option<String>,
}

/// A feed that a page names.
#[derive(Debug, Serialize)]
pub(super) struct FeedLine {
    pub(super) url: String,
    pub(super) title: Option<String>,
}

impl Reading {
    /// Nothing was read of it.
    pub(super) fn nothing(kind: &'static str) -> Self {
        Self {
            kind,
            title: None,
            authors: Vec::new(),
            published: None,
            modified: None,
            language: None,
            agency: None,
            text: None,
            paragraphs: Vec::new(),
            links: Vec::new(),
            entries: Vec::new(),
            robots_meta: Vec::new(),
            article: None,
            format: None,
            charset: None,
            charset_from: None,
            canonical: None,
            feeds: Vec::new(),
            damaged: false,
            truncated: false,
            refused: 0,
            guard: None,
            wall: None,
            usage: Vec::new(),
            article_from: None,
            article_note: None,
            unreadable: None,
            article_is: ArticleIs::Impossible,
        }
    }

    /// A wall was served instead.
    pub(super) fn walled(self, wall: String) -> Self {
        let article_is = ArticleIs::Impossible;
        Self { kind: "wall", wall: Some(wall), article_is, ..self }
    }

    /// Reads a body, by what it is, all but an article, which needs a tree. Fails only on a fault
    /// of ours.
    pub(super) fn of(input: &Input<'_>, head: &Head<'_>) -> Result<Self> {
        let url = head.url;
        // Whatever is in it, the person who asks gets an answer.
        catch_unwind(AssertUnwindSafe(|| Self::read(input, head)))
            .ok()
            .with_context(|| format!("reading {url} panicked: please report this URL"))
    }

    fn read(input: &Input<'_>, head: &Head<'_>) -> Self {
        let read = match extract::kind_of(input) {
            Kind::Page => Some(Self::of_page(input, head)),
            Kind::Feed => Self::of_feed(input),
            Kind::Sitemap => Self::of_sitemap(input),
            Kind::Other => None,
        };
        let mut reading = read.unwrap_or_else(|| Self::nothing("other"));
        if reading.robots_meta.is_empty() {
            // The header speaks for files that are no pages, too.
            let mut robots = extract::RobotsMeta::default();
            input.robots_tags.iter().for_each(|tag| robots.add_header(tag, identity::TOKEN));
            reading.robots_meta = robots.directives;
        }
        if let (None, Some(wall)) = (&reading.wall, wall::of_head(head)) {
            reading = reading.walled(wall.to_string());
        }
        reading
    }

    fn of_page(input: &Input<'_>, head: &Head<'_>) -> Self {
        let url = head.url;
        let limits = extract::Limits::default();
        let page = extract::read_page(input, identity::TOKEN, &limits);
        let skim = skim::of(input.body, page.charset);
        let wall = wall::of_page(head, input.body, &page, &skim);
        let usage = worker::usage_of(head.headers, &page);
        let to_articles = page.links.iter().filter(|link| shape::is_article_like(&link.url));
        let is_hub = url.is_front_page() || to_articles.count() >= HUB_LINKS_MIN;
        let is_article = page.article.is_some();
        let kind = match (is_article, is_hub) {
            _ if wall.is_some() => "wall",
            (true, _) => "article",
            (false, true) => "hub",
            (false, false) => "page",
        };
        // As a crawl decides it.
        let article_is = match is_wanted(url, &page) {
            _ if wall.is_some() => ArticleIs::Impossible,
            true => ArticleIs::Likely,
            false => ArticleIs::Unlikely,
        };
        let declared = page.article.unwrap_or_default();
        let link = |link: extract::Link| LinkLine { url: link.url.to_string(), rel: link.rel };
        let feed =
            |feed: extract::FeedLink| FeedLine { url: feed.url.to_string(), title: feed.title };
        Self {
            title: declared.title,
            published: declared.published.map(time),
            modified: declared.modified.map(time),
            links: page.links.into_iter().map(link).collect(),
            robots_meta: page.robots.directives,
            charset: Some(page.charset.name),
            charset_from: Some(charset_from(page.charset.source)),
            canonical: page.canonical.map(|url| url.to_string()),
            feeds: page.feeds.into_iter().map(feed).collect(),
            truncated: page.guard == Some(Guard::Memory),
            refused: page.refused_links,
            guard: page.guard.map(guard),
            wall: wall.map(|wall| wall.to_string()),
            usage,
            article_is,
            ..Self::nothing(kind)
        }
    }

    /// Takes what was read of the article. A page that declares none is one all the same, where
    /// its text is most of it.
    pub(super) fn take(&mut self, article: Article) {
        self.kind = "article";
        self.agency = article.agency().map(str::to_owned);
        self.text = some(article.text());
        self.paragraphs =
            self.text.iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
        self.title = article.headline.or(self.title.take());
        self.published = article.published.map(|stamp| stamp.to_string()).or(self.published.take());
        self.modified = article.modified.map(|stamp| stamp.to_string()).or(self.modified.take());
        self.authors = article.authors;
        self.language = article.language;
        self.article = Some(ArticleView {
            kind: article.kind,
            agencies: article.agencies,
            dateline: article.dateline,
            section: article.section,
            amp: article.amp.map(|url| url.to_string()),
            partial: article.partial,
            text_from: article.text_from,
            paragraphs: article.paragraphs,
        });
    }

    fn of_feed(input: &Input<'_>) -> Option<Self> {
        let feed = extract::read_feed(input, &FeedLimits::default())?;
        let entry = |entry: extract::FeedEntry| EntryLine {
            url: entry.url.to_string(),
            title: some(entry.title),
            published: entry.published.map(time),
            updated: entry.updated.map(time),
        };
        Some(Self {
            title: some(feed.title),
            language: feed.language,
            entries: feed.entries.into_iter().map(entry).collect(),
            format: Some(match feed.format {
                extract::FeedFormat::Rss => "rss",
                extract::FeedFormat::Rdf => "rdf",
                extract::FeedFormat::Atom => "atom",
                extract::FeedFormat::Json => "json",
            }),
            canonical: feed.self_link.map(|url| url.to_string()),
            damaged: feed.is_damaged,
            refused: feed.refused_links,
            ..Self::nothing("feed")
        })
    }

    fn of_sitemap(input: &Input<'_>) -> Option<Self> {
        let sitemap = extract::read_sitemap(input, &SitemapLimits::default())?;
        let language = sitemap.entries.iter().find_map(|e| e.news.as_ref()?.language.clone());
        let entry = |entry: extract::SitemapEntry| {
            let news = entry.news.unwrap_or_default();
            EntryLine {
                url: entry.url.to_string(),
                title: some(news.title),
                published: news.published.map(time),
                updated: entry.lastmod.map(time),
            }
        };
        Some(Self {
            language,
            entries: sitemap.entries.into_iter().map(entry).collect(),
            format: Some(match sitemap.kind {
                SitemapKind::Index => "index",
                SitemapKind::Urls => "urls",
                SitemapKind::Text => "text",
            }),
            damaged: sitemap.is_damaged,
            truncated: sitemap.is_truncated,
            refused: sitemap.refused_links,
            ..Self::nothing("sitemap")
        })
    }
}

/// What a hub of this kind is called here.
pub(super) fn kind_of_hub(kind: HubKind) -> &'static str {
    match kind {
        HubKind::Page => "hub",
        HubKind::Feed => "feed",
        HubKind::Sitemap | HubKind::Index => "sitemap",
    }
}

/// A point in time as RFC 3339 has it.
pub(super) fn time(at: UnixMicros) -> String {
    Timestamp::from_microsecond(at.0).unwrap_or_default().to_string()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn charset_from(source: CharsetSource) -> &'static str {
    match source {
        CharsetSource::Bom => "byte order mark",
        CharsetSource::Header => "header",
        CharsetSource::Meta => "meta",
        CharsetSource::ValidUtf8 => "every byte fits",
        CharsetSource::Detected => "guessed",
    }
}

fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::Size => "size",
        Guard::Depth => "depth",
        Guard::Elements => "elements",
        Guard::Attributes => "attributes",
        Guard::Memory => "memory",
    }
}

#[cfg(test)]
mod tests {
    use crawl::CanonicalUrl;

    use super::*;

    fn read(url: &str, body: &str) -> Reading {
        let url = CanonicalUrl::parse(url).unwrap();
        let tags = ["noarchive".to_owned()];
        let input = Input {
            url: url.as_url(),
            content_type: None,
            robots_tags: &tags,
            body: body.as_bytes(),
        };
        Reading::of(&input, &Head { url: &url, status: 200, headers: &[] }).unwrap()
    }

    const WALL: &str = "<html><title>We value your privacy</title><p>Our partners use cookies.\
        <button>Accept all</button>";

    #[test]
    fn kinds() {
        let links = (10..18)
            .fold(String::new(), |links, n| links + &format!("<a href=/news/{n}123456>x</a>"));
        let article = "<meta property=og:type content=article>";
        for (path, body, kind) in [
            ("/", "<html><p>".to_owned(), "hub"),
            ("/news", format!("<html>{links}"), "hub"),
            ("/news", format!("<html><a href=/a>{}", &links[..100]), "page"),
            ("/x", format!("<html><head>{article}</head>{links}"), "article"),
            ("/f", "<rss><channel><title>t</title></channel></rss>".to_owned(), "feed"),
            ("/s", "<urlset><url><loc>http://a.test/</loc></url></urlset>".to_owned(), "sitemap"),
            ("/s", "https://a.test/1\nhttps://a.test/2\n".to_owned(), "sitemap"),
            ("/w", WALL.to_owned(), "wall"),
            ("/o", "just words".to_owned(), "other"),
            ("/o", String::new(), "other"),
        ] {
            let read = read(&format!("https://a.test{path}"), &body);
            assert_eq!((read.kind, &read.robots_meta[..]), (kind, &["noarchive".to_owned()][..]));
        }
    }

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time(UnixMicros(1_614_248_100_000_000)), "2021-02-25T10:15:00Z");
        assert_eq!(time(UnixMicros(i64::MAX)), "1970-01-01T00:00:00Z", "beyond the calendar");
    }
}
