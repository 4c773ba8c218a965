//! RSS, RDF and Atom: one walk over the elements.

use std::borrow::Cow;
use std::time::Duration;

use crawl::CanonicalUrl;
use crawl::url::URL_BYTES_MAX;
use url::Url;

use super::entry::{Draft, Rank, rank};
use super::names::{self, Field, Owner, Prefixes};
use super::{Feed, FeedFormat, FeedLimits};
use crate::text::{Collected, plain, plain_of_html};
use crate::xml::{Tag, Token, Tokens};

/// Longest text of a field that is neither a title nor a link, in bytes.
const FIELD_BYTES_MAX: usize = 128;

/// How much longer than what is kept of it a title may be written, with its markup.
const MARKUP_FACTOR: usize = 4;

/// Longest wait that is believed: a year, the longest `updatePeriod`.
const WAIT_MAX: Duration = Duration::from_hours(366 * 24);

/// Seconds in a period of <https://web.resource.org/rss/1.0/modules/syndication/>.
const PERIODS: &[(&str, u32)] = &[
    ("hourly", 3_600),
    ("daily", 86_400),
    ("weekly", 604_800),
    ("monthly", 2_592_000),
    ("yearly", 31_536_000),
];

/// Reads a feed in XML; none when the first element is not that of a feed.
pub(super) fn read(text: &str, url: &Url, limits: &FeedLimits) -> Option<Feed> {
    let mut tokens = Tokens::new(text);
    let root = tokens.root()?;
    let format = match root.local.to_ascii_lowercase().as_str() {
        "rss" => FeedFormat::Rss,
        "rdf" => FeedFormat::Rdf,
        "feed" => FeedFormat::Atom,
        _ => return None,
    };
    let mut walk = Walk::new(tokens, format, url, limits);
    walk.prefixes.learn(&root);
    walk.enter(&root);
    walk.run();
    // RDF is written of many things.
    (format != FeedFormat::Rdf || walk.saw_channel).then(|| walk.finish())
}

/// The state of the walk.
struct Walk<'a, 'i> {
    tokens: Tokens<'a>,
    url: &'i Url,
    limits: &'i FeedLimits,
    feed: Feed,
    prefixes: Prefixes,
    /// What `xml:base` says, with the depth of its element.
    bases: Vec<(usize, Url)>,
    /// The entry that is being read, with the depth and prefix of its element.
    draft: Option<(Draft, usize, &'a str)>,
    /// The field that is being read, with the depth of its element.
    field: Option<(Field, usize)>,
    /// Whether the title that is being read may have markup.
    is_html: bool,
    text: Collected,
    saw_channel: bool,
    ttl: Option<Duration>,
    period_s: Option<u32>,
    frequency: Option<u32>,
}

impl<'a, 'i> Walk<'a, 'i> {
    fn new(tokens: Tokens<'a>, format: FeedFormat, url: &'i Url, limits: &'i FeedLimits) -> Self {
        Self {
            tokens,
            url,
            limits,
            feed: Feed::new(format),
            prefixes: Prefixes::default(),
            bases: Vec::new(),
            draft: None,
            field: None,
            is_html: false,
            text: Collected::default(),
            saw_channel: false,
            ttl: None,
            period_s: None,
            frequency: None,
        }
    }

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

    fn finish(mut self) -> Feed {
        self.feed.is_damaged = self.tokens.is_damaged();
        let seconds = match (self.period_s, self.frequency) {
            (None, None) => None,
            // The defaults of the module: daily, once.
            (period, frequency) => Some(period.unwrap_or(86_400) / frequency.unwrap_or(1)),
        };
        let period = seconds.map(|s| Duration::from_secs(u64::from(s)));
        let wait = self.ttl.max(period).filter(|wait| !wait.is_zero());
        self.feed.wait = wait.map(|wait| wait.min(WAIT_MAX));
        self.feed.skip_hours.sort_unstable();
        self.feed
    }

    /// Notes what rules all below an element.
    fn enter(&mut self, tag: &Tag<'a>) {
        let depth = self.tokens.depth();
        if let Some(base) = tag.attribute("xml:base")
            && let Ok(base) = self.base().join(&base)
            && matches!(base.scheme(), "http" | "https")
            && base.as_str().len() <= URL_BYTES_MAX
        {
            self.bases.push((depth, base));
        }
        if depth <= 2
            && self.feed.language.is_none()
            && let Some(language) = tag.attribute("xml:lang")
        {
            self.feed.language = language_of(&language);
        }
    }

    fn base(&self) -> &Url {
        self.bases.last().map_or(self.url, |(_, base)| base)
    }

    fn open(&mut self, tag: &Tag<'a>) {
        if self.begins_entry(tag) {
            // Without its end, an entry ends where the next one begins.
            if let Some((draft, depth, _)) = self.draft.take() {
                self.end_field();
                self.feed.push(draft.finish(), self.limits);
                self.lift(depth);
            }
            self.field = None;
            self.enter(tag);
            return self.begin_entry(tag);
        }
        if tag.is("channel") {
            self.saw_channel = true;
            self.prefixes.learn(tag);
        }
        self.end_unclosed(tag);
        self.enter(tag);
        if self.field.is_some() {
            return;
        }
        let depth = self.tokens.depth();
        match &self.draft {
            Some((_, entry, own)) if depth == entry + 1 => {
                let owner = self.prefixes.owner(tag, own);
                self.open_in_entry(tag, owner);
            }
            Some(_) => {}
            None => self.open_in_feed(tag),
        }
    }

    /// An entry holds no other one: where one begins, the end of the one before is missing.
    fn begins_entry(&self, tag: &Tag<'_>) -> bool {
        let name = if self.feed.format == FeedFormat::Atom { "entry" } else { "item" };
        tag.is(name) && self.draft.as_ref().is_none_or(|(_, _, own)| *own == tag.prefix)
    }

    fn begin_entry(&mut self, tag: &Tag<'a>) {
        self.saw_channel = true;
        let mut draft = Draft::default();
        if let Some(about) = tag.attribute("rdf:about") {
            draft.link(Rank::Identifier, self.base(), &about, self.url);
        }
        self.draft = Some((draft, self.tokens.depth(), tag.prefix));
    }

    /// Ends a text that was left open: what begins now is no part of it.
    fn end_unclosed(&mut self, tag: &Tag<'a>) {
        let Some((_, depth)) = self.field else { return };
        let Some((_, entry, own)) = &self.draft else { return };
        let owner = self.prefixes.owner(tag, own);
        let is_leaf = depth == entry + 1 && self.tokens.depth() == depth + 1;
        let begins =
            owner == Owner::Own && (tag.is("link") || names::of_entry(tag, owner).is_some());
        if is_leaf && begins && !self.is_html_title() {
            self.end_field();
            self.lift(depth);
        }
    }

    /// XHTML in a title has elements of its own.
    fn is_html_title(&self) -> bool {
        self.feed.format == FeedFormat::Atom && matches!(self.field, Some((Field::Title(_), _)))
    }

    fn lift(&mut self, depth: usize) {
        self.tokens.lift(depth);
        self.leave_bases(depth - 1);
    }

    fn open_in_entry(&mut self, tag: &Tag<'a>, owner: Owner) {
        if tag.is("link") && owner != Owner::Dublin {
            let Some((draft, ..)) = &mut self.draft else { return };
            if let Some(href) = tag.attribute("href") {
                let (rel, media) = (tag.attribute("rel"), tag.attribute("type"));
                if owner != Owner::Other
                    && let Some(rank) = rank(rel.as_deref(), media.as_deref())
                {
                    let base = self.bases.last().map_or(self.url, |(_, base)| base);
                    draft.link(rank, base, &href, self.url);
                }
            } else if owner == Owner::Own {
                self.begin_field(Field::Link);
            }
            return;
        }
        let Some(field) = names::of_entry(tag, owner) else { return };
        let is_name_only = tag.attribute("isPermaLink");
        if field == Field::Guid
            && is_name_only.is_some_and(|value| value.trim().eq_ignore_ascii_case("false"))
        {
            return;
        }
        let is_atom = self.feed.format == FeedFormat::Atom;
        if field == Field::Other || (field == Field::Description && is_atom) {
            return;
        }
        self.is_html = self.feed.format != FeedFormat::Atom
            || tag.attribute("type").is_some_and(|media| media.trim().eq_ignore_ascii_case("html"));
        self.begin_field(field);
    }

    fn open_in_feed(&mut self, tag: &Tag<'a>) {
        let parent = self.tokens.parent();
        if parent.eq_ignore_ascii_case("skipHours") && tag.is("hour") {
            return self.begin_field(Field::Hour);
        }
        let own = if self.feed.format == FeedFormat::Atom { tag.prefix } else { "" };
        let holder = if self.feed.format == FeedFormat::Atom { "feed" } else { "channel" };
        if !parent.eq_ignore_ascii_case(holder) {
            return;
        }
        let owner = self.prefixes.owner(tag, own);
        if tag.is("link") {
            return self.feed_link(tag, owner);
        }
        if let Some(field) = names::of_feed(tag, owner) {
            self.is_html = self.feed.format != FeedFormat::Atom
                || tag.attribute("type").is_some_and(|m| m.trim().eq_ignore_ascii_case("html"));
            self.begin_field(field);
        }
    }

    /// A link of the feed itself.
    fn feed_link(&mut self, tag: &Tag<'a>, owner: Owner) {
        let Some(href) = tag.attribute("href") else {
            if owner == Owner::Own {
                self.begin_field(Field::Link);
            }
            return;
        };
        if !matches!(owner, Owner::Own | Owner::Atom) {
            return;
        }
        let Ok(url) = CanonicalUrl::join(self.base(), &href) else { return };
        let rel = tag.attribute("rel").unwrap_or(Cow::Borrowed("alternate"));
        match rel.trim().to_ascii_lowercase().as_str() {
            "self" => drop(self.feed.self_link.get_or_insert(url)),
            "alternate" => drop(self.feed.site_link.get_or_insert(url)),
            _ => {}
        }
    }

    fn begin_field(&mut self, field: Field) {
        self.field = Some((field, self.tokens.depth()));
        self.text.begin(match field {
            Field::Title(_) => self.limits.title_bytes_max.saturating_mul(MARKUP_FACTOR),
            Field::Link | Field::OrigLink | Field::Guid | Field::Id => URL_BYTES_MAX + 1,
            Field::Description | Field::Other => 0,
            _ => FIELD_BYTES_MAX,
        });
    }

    fn close(&mut self) {
        let depth = self.tokens.depth();
        if self.field.is_some_and(|(_, at)| at > depth) {
            self.end_field();
        }
        if let Some((draft, ..)) = self.draft.take_if(|(_, at, _)| *at > depth) {
            self.feed.push(draft.finish(), self.limits);
        }
        self.leave_bases(depth);
    }

    fn leave_bases(&mut self, depth: usize) {
        while self.bases.last().is_some_and(|(at, _)| *at > depth) {
            self.bases.pop();
        }
    }

    fn end_field(&mut self) {
        let Some((field, _)) = self.field.take() else { return };
        if self.draft.is_some() {
            self.end_field_of_entry(field);
        } else {
            self.end_field_of_feed(field);
        }
    }

    fn title(&self) -> String {
        let bytes_max = self.limits.title_bytes_max;
        let text = self.text.as_str();
        if self.is_html { plain_of_html(text, bytes_max) } else { plain(text, bytes_max) }
    }

    fn end_field_of_entry(&mut self, field: Field) {
        let title = if matches!(field, Field::Title(_)) { self.title() } else { String::new() };
        let base = self.bases.last().map_or(self.url, |(_, base)| base);
        let text = self.text.as_str();
        let Some((draft, ..)) = &mut self.draft else { return };
        match field {
            Field::Title(rank) => draft.title(rank, title),
            Field::Link => draft.link(Rank::Alternate, base, text, self.url),
            Field::OrigLink => draft.link(Rank::Original, base, text, self.url),
            Field::Guid => draft.link(Rank::Guid, base, text, self.url),
            Field::Id => draft.link(Rank::Identifier, base, text, self.url),
            Field::Published(rank) => draft.published(rank, text),
            Field::Updated(rank) => draft.updated(rank, text),
            _ => {}
        }
    }

    fn end_field_of_feed(&mut self, field: Field) {
        let text = self.text.as_str();
        match field {
            Field::Title(_) if self.feed.title.is_empty() => self.feed.title = self.title(),
            Field::Link if self.feed.site_link.is_none() && !text.is_empty() => {
                self.feed.site_link = CanonicalUrl::join(self.base(), text).ok();
            }
            Field::Language => self.feed.language = language_of(text),
            Field::Ttl => {
                let minutes = text.parse::<u32>().ok();
                self.ttl = minutes.map(|m| Duration::from_secs(u64::from(m) * 60));
            }
            Field::Period => {
                let found = PERIODS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
                self.period_s = found.map(|(_, seconds)| *seconds);
            }
            Field::Frequency => self.frequency = text.parse().ok().filter(|n| *n > 0),
            Field::Hour => {
                // Early versions count from 1 to 24.
                let hour = text.parse::<u8>().ok().filter(|hour| *hour <= 24).map(|h| h % 24);
                if let Some(hour) = hour.filter(|hour| !self.feed.skip_hours.contains(hour)) {
                    self.feed.skip_hours.push(hour);
                }
            }
            _ => {}
        }
    }
}

/// A language tag as it is written; none when it cannot be one.
pub(super) fn language_of(text: &str) -> Option<String> {
    let text = text.trim();
    let is_tag = (2..=35).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    is_tag.then(|| text.to_owned())
}
