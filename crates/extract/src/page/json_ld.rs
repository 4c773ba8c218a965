//! JSON-LD: the articles that a script of a page describes, and no more of it.
//!
//! What is of no use is skipped without being kept. Lists, `@graph` and `mainEntity` are looked
//! into; an `ItemList`, and whatever else a front page describes its teasers with, is not.
//!
//! Source: <https://schema.org/Article>.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Articles kept of a page.
const ARTICLES_MAX: usize = 32;

/// Deepest node that is looked into; `serde_json` itself ends at 128.
const DEPTH_MAX: usize = 16;

/// Longest text kept, in bytes.
const TEXT_BYTES_MAX: usize = 4_000;

/// An article as JSON-LD describes it, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) headline: Option<String>,
    pub(super) published: Option<String>,
    pub(super) modified: Option<String>,
    /// `url`, `@id` and `mainEntityOfPage`.
    pub(super) addresses: Vec<String>,
}

/// Adds the articles of a script.
pub(super) fn articles(script: &str, nodes: &mut Vec<Node>) {
    // Most scripts describe something else: they need not be taken apart.
    if !["Article", "Posting", "Report"].iter().any(|name| script.contains(name)) {
        return;
    }
    let before = nodes.len();
    if parse(script, nodes).is_ok() {
        return;
    }
    // Line ends within texts are the usual fault, then comments and a forgotten CDATA mark around
    // it all. Names are never broken by either.
    let mended: String = script.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let start = mended.find(['{', '[']).unwrap_or(0);
    let start = if mended[start..].starts_with("[CDATA[") { start + 7 } else { start };
    let end = mended.rfind(['}', ']']).map_or(mended.len(), |at| at + 1);
    nodes.truncate(before);
    // What was read before a fault that remains is kept.
    let _ = parse(mended.get(start..end).unwrap_or_default(), nodes);
}

fn parse(script: &str, nodes: &mut Vec<Node>) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_str(script);
    Value { nodes, depth: 0 }.deserialize(&mut json)?;
    json.end()
}

/// Whether a type is one of articles: `NewsArticle`, `https://schema.org/LiveBlogPosting`.
fn is_article(kind: &str) -> bool {
    let name = kind.rsplit(['/', ':', '#']).next().unwrap_or(kind);
    name.ends_with("Article") || matches!(name, "BlogPosting" | "LiveBlogPosting" | "Report")
}

/// A node, a list of nodes, or anything else.
struct Value<'n> {
    nodes: &'n mut Vec<Node>,
    depth: usize,
}

impl Value<'_> {
    fn below(&mut self) -> Value<'_> {
        Value { nodes: self.nodes, depth: self.depth + 1 }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        if self.depth > DEPTH_MAX {
            return json.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self.below())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut node = Node::default();
        let mut is_one = false;
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "@type" => {
                    let kinds = map.next_value_seed(Texts(&["@id"]))?;
                    is_one |= kinds.iter().any(|kind| is_article(kind));
                }
                "headline" => node.headline = first(map.next_value_seed(Texts(&["@value"]))?),
                "datePublished" => {
                    node.published = first(map.next_value_seed(Texts(&["@value"]))?);
                }
                "dateModified" => {
                    node.modified = first(map.next_value_seed(Texts(&["@value"]))?);
                }
                "url" | "@id" | "mainEntityOfPage" => {
                    node.addresses.extend(map.next_value_seed(Texts(&["@id", "url"]))?);
                    node.addresses.truncate(2 * TEXTS_MAX);
                }
                "@graph" | "mainEntity" => map.next_value_seed(self.below())?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if is_one && self.nodes.len() < ARTICLES_MAX {
            self.nodes.push(node);
        }
        Ok(())
    }
}

fn first(texts: Vec<String>) -> Option<String> {
    texts.into_iter().next()
}

/// A text, a list of texts, or an object that has one under one of these names.
#[derive(Clone, Copy)]
struct Texts(&'static [&'static str]);

/// Texts kept of one value.
const TEXTS_MAX: usize = 8;

impl<'de> DeserializeSeed<'de> for Texts {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<String>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Vec<String>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
        let fits = !text.is_empty() && text.len() <= TEXT_BYTES_MAX;
        Ok(if fits { vec![text.to_owned()] } else { Vec::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(more) = list.next_element_seed(self)? {
            texts.extend(more);
            texts.truncate(TEXTS_MAX);
        }
        Ok(texts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.0.contains(&name.as_str()) {
                texts.extend(map.next_value_seed(self)?);
                texts.truncate(TEXTS_MAX);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(texts)
    }
}

#[cfg(test)]
mod tests;
