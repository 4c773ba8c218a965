//! JSON Feed. A file that breaks off gives the items before the break.

use std::fmt;

use crawl::CanonicalUrl;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use url::Url;

use super::entry::{Draft, Rank};
use super::walk::language_of;
use super::{Feed, FeedEntry, FeedFormat, FeedLimits};
use crate::text::{plain, plain_of_html};

/// Reads a JSON Feed; none when the version is missing or another one.
pub(super) fn read(text: &str, url: &Url, limits: &FeedLimits) -> Option<Feed> {
    let mut state = State { feed: Feed::new(FeedFormat::Json), is_feed: false, url, limits };
    let mut json = serde_json::Deserializer::from_str(text);
    let whole = TopLevel(&mut state).deserialize(&mut json).is_ok() && json.end().is_ok();
    state.feed.is_damaged = !whole;
    state.is_feed.then_some(state.feed)
}

struct State<'i> {
    feed: Feed,
    is_feed: bool,
    url: &'i Url,
    limits: &'i FeedLimits,
}

impl State<'_> {
    fn member(&mut self, name: &str, value: &Value) {
        let Some(text) = value.as_str() else { return };
        match name {
            "version" => self.is_feed = text.contains("jsonfeed.org/version/"),
            "title" => self.feed.title = plain_of_html(text, self.limits.title_bytes_max),
            "home_page_url" => self.feed.site_link = self.resolve(text),
            "feed_url" => self.feed.self_link = self.resolve(text),
            "language" => self.feed.language = language_of(text),
            _ => {}
        }
    }

    fn resolve(&self, text: &str) -> Option<CanonicalUrl> {
        (!text.trim().is_empty()).then(|| CanonicalUrl::join(self.url, text).ok()).flatten()
    }

    fn entry(&self, item: &Value) -> Option<FeedEntry> {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut draft = Draft::default();
        draft.link(Rank::Alternate, self.url, text("url"), self.url);
        draft.link(Rank::OtherRelation, self.url, text("external_url"), self.url);
        draft.link(Rank::Identifier, self.url, text("id"), self.url);
        // Titles are plain text by the standard; exporters put HTML there all the same.
        draft.title(0, plain_of_html(text("title"), self.limits.title_bytes_max));
        draft.published(0, &plain(text("date_published"), 128));
        draft.updated(0, &plain(text("date_modified"), 128));
        draft.finish()
    }
}

/// The object that is the feed.
struct TopLevel<'s, 'i>(&'s mut State<'i>);

impl<'de> DeserializeSeed<'de> for TopLevel<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TopLevel<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "items" => map.next_value_seed(Items(self.0))?,
                "version" | "title" | "home_page_url" | "feed_url" | "language" => {
                    let value = map.next_value()?;
                    self.0.member(&name, &value);
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// The items; anything but a list has none.
struct Items<'s, 'i>(&'s mut State<'i>);

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Value>()? {
            let entry = self.0.entry(&item);
            self.0.feed.push(entry, self.0.limits);
        }
        Ok(())
    }
}
