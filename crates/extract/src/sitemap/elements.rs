//! Sitemaps as XML: one walk over the elements.

use crawl::CanonicalUrl;
use crawl::url::URL_BYTES_MAX;
use url::Url;

use super::{News, Sitemap, SitemapEntry, SitemapKind, SitemapLimits};
use crate::date;
use crate::text::{Collected, plain_of_html};
use crate::xml::{Tag, Token, Tokens};

/// Longest text of a field that is neither a title nor a URL, in bytes.
const FIELD_BYTES_MAX: usize = 128;

/// How much longer than what is kept of it a title may be written, with its markup.
const MARKUP_FACTOR: usize = 4;

/// Reads a sitemap in XML; none when the first element is not that of a sitemap.
pub(super) fn read(text: &str, url: &Url, limits: &SitemapLimits) -> Option<Sitemap> {
    let mut tokens = Tokens::new(text);
    let root = tokens.root()?;
    let kind = match root.local.to_ascii_lowercase().as_str() {
        "urlset" => SitemapKind::Urls,
        "sitemapindex" => SitemapKind::Index,
        _ => return None,
    };
    let mut walk = Walk {
        tokens,
        url,
        limits,
        sitemap: Sitemap::new(kind),
        draft: None,
        field: None,
        text: Collected::default(),
    };
    walk.run();
    walk.sitemap.is_damaged = walk.tokens.is_damaged();
    Some(walk.sitemap)
}

/// What the text of an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Loc,
    /// Text right in a `<sitemap>`: some write the URL there.
    Bare,
    Lastmod,
    Title,
    Published,
    Language,
    Publication,
}

/// An entry that is being read.
struct Draft<'a> {
    depth: usize,
    prefix: &'a str,
    entry: Option<CanonicalUrl>,
    /// Whether there was a `<loc>`, usable or not.
    has_loc: bool,
    lastmod: Option<crawl::UnixMicros>,
    news: Option<News>,
}

/// The state of the walk.
struct Walk<'a, 'i> {
    tokens: Tokens<'a>,
    url: &'i Url,
    limits: &'i SitemapLimits,
    sitemap: Sitemap,
    draft: Option<Draft<'a>>,
    /// The field that is being read, with the depth of its element.
    field: Option<(Field, usize)>,
    text: Collected,
}

impl<'a> Walk<'a, '_> {
    fn run(&mut self) {
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Open(tag) => self.open(&tag),
                Token::Text(text) if self.field.is_some() => self.text.push(&text),
                Token::Text(_) => {}
                Token::Close => self.close(),
            }
        }
    }

    fn open(&mut self, tag: &Tag<'a>) {
        let depth = self.tokens.depth();
        if self.begins_entry(tag) {
            if let Some(draft) = self.draft.take() {
                // Without its end, an entry ends where the next one begins.
                self.tokens.lift(draft.depth);
                self.end_field_of(draft);
            }
            return self.begin_entry(tag);
        }
        let Some(draft) = &mut self.draft else { return };
        if let Some((field, at)) = self.field {
            // A text that was left open ends where the next element begins.
            if field != Field::Bare && !is_field(tag, draft) {
                return;
            }
            if field != Field::Bare && depth == at + 1 {
                self.tokens.lift(at);
            }
            self.end_field();
        }
        let Some(draft) = &mut self.draft else { return };
        let below = self.tokens.depth().saturating_sub(draft.depth);
        if below == 1 && tag.is("news") {
            draft.news.get_or_insert_default();
            return;
        }
        let field = match below {
            1 => own_field(tag).filter(|_| tag.has_prefix(draft.prefix)),
            _ if draft.news.is_some() => news_field(tag, self.tokens.parent()),
            _ => None,
        };
        if let Some(field) = field {
            self.begin_field(field);
        }
    }

    /// An entry holds no other one: where one begins, the end of the one before is missing.
    fn begins_entry(&self, tag: &Tag<'_>) -> bool {
        // Either may stand in either list; what it is shows when it is fetched.
        let is_entry = tag.is("url") || tag.is("sitemap");
        is_entry && self.draft.as_ref().is_none_or(|draft| tag.has_prefix(draft.prefix))
    }

    fn begin_entry(&mut self, tag: &Tag<'a>) {
        self.draft = Some(Draft {
            depth: self.tokens.depth(),
            prefix: tag.prefix,
            entry: None,
            has_loc: false,
            lastmod: None,
            news: None,
        });
        if tag.is("sitemap") {
            self.begin_field(Field::Bare);
        }
    }

    fn begin_field(&mut self, field: Field) {
        self.field = Some((field, self.tokens.depth()));
        self.text.begin(match field {
            Field::Loc | Field::Bare => URL_BYTES_MAX + 1,
            Field::Title | Field::Publication => {
                self.limits.title_bytes_max.saturating_mul(MARKUP_FACTOR)
            }
            Field::Lastmod | Field::Published | Field::Language => FIELD_BYTES_MAX,
        });
    }

    fn close(&mut self) {
        let depth = self.tokens.depth();
        if self.field.is_some_and(|(_, at)| at > depth) {
            self.end_field();
        }
        if let Some(draft) = self.draft.take_if(|draft| draft.depth > depth) {
            self.finish(draft);
        }
    }

    fn end_field_of(&mut self, draft: Draft<'a>) {
        self.draft = Some(draft);
        self.end_field();
        if let Some(draft) = self.draft.take() {
            self.finish(draft);
        }
    }

    fn end_field(&mut self) {
        let (Some((field, _)), Some(draft)) = (self.field.take(), &mut self.draft) else { return };
        let text = self.text.as_str();
        let title_bytes_max = self.limits.title_bytes_max;
        let news = &mut draft.news;
        match field {
            Field::Loc | Field::Bare if text.is_empty() || draft.has_loc => {}
            Field::Loc | Field::Bare => {
                draft.has_loc = field == Field::Loc;
                draft.entry = CanonicalUrl::join(self.url, text).ok();
            }
            Field::Lastmod => draft.lastmod = date::parse(text),
            Field::Title => {
                news.get_or_insert_default().title = plain_of_html(text, title_bytes_max);
            }
            Field::Published => news.get_or_insert_default().published = date::parse(text),
            Field::Language if text.is_empty() => {}
            Field::Language => news.get_or_insert_default().language = Some(text.to_owned()),
            Field::Publication => {
                let name = plain_of_html(text, title_bytes_max);
                news.get_or_insert_default().publication = (!name.is_empty()).then_some(name);
            }
        }
    }

    fn finish(&mut self, draft: Draft<'a>) {
        if !self.sitemap.has_room(self.limits) {
            return;
        }
        match draft.entry {
            Some(url) => {
                let entry = SitemapEntry { url, lastmod: draft.lastmod, news: draft.news };
                self.sitemap.entries.push(entry);
            }
            None => self.sitemap.refuse(),
        }
    }
}

/// Whether a tag begins a field of an entry, so that a text before it is over.
fn is_field(tag: &Tag<'_>, draft: &Draft<'_>) -> bool {
    let own = ["loc", "lastmod", "changefreq", "priority"];
    (tag.has_prefix(draft.prefix) && own.iter().any(|name| tag.is(name))) || tag.is("news")
}

fn own_field(tag: &Tag<'_>) -> Option<Field> {
    if tag.is("loc") { Some(Field::Loc) } else { tag.is("lastmod").then_some(Field::Lastmod) }
}

fn news_field(tag: &Tag<'_>, parent: &str) -> Option<Field> {
    let local = tag.local.to_ascii_lowercase();
    let field = match (parent.to_ascii_lowercase().as_str(), local.as_str()) {
        ("news", "title") => Field::Title,
        ("news", "publication_date") => Field::Published,
        ("publication" | "news", "language") => Field::Language,
        ("publication" | "news", "name") => Field::Publication,
        _ => return None,
    };
    Some(field)
}
