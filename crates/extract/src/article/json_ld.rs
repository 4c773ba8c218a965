//! What the JSON-LD of a page says of its article.
//!
//! Source: <https://schema.org/NewsArticle>.

use serde_json::Value;

use super::script::line;
use super::tree::{Id, ROOT, Tree};

/// Scripts that are looked into, and how long each may be, in bytes.
const SCRIPTS_MAX: usize = 32;
const SCRIPT_BYTES_MAX: usize = 1024 * 1024;

/// How deep articles are looked for; `serde_json` itself ends at 128.
const DEPTH_MAX: usize = 12;

/// Nodes kept of a page.
const NODES_MAX: usize = 64;

/// Longest name, headline or date, in bytes.
const NAME_BYTES_MAX: usize = 2_000;

/// Names kept of a list.
const NAMES_MAX: usize = 32;

/// The article of a page, as JSON-LD has it.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The last parts of its types: `NewsArticle`.
    pub(super) kinds: Vec<String>,
    value: Value,
}

/// All nodes of a page with a type.
#[derive(Debug, Default)]
pub(super) struct JsonLd {
    nodes: Vec<Node>,
}

impl JsonLd {
    /// Reads the scripts of a page.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut found = Self::default();
        let is_script = |element: &super::tree::Element| {
            let media = element.get("type").unwrap_or_default().trim_start();
            element.name() == "script"
                && media.get(..19).is_some_and(|m| m.eq_ignore_ascii_case("application/ld+json"))
        };
        let scripts: Vec<Id> =
            tree.elements(ROOT).filter(|(_, e)| is_script(e)).map(|(id, _)| id).collect();
        for id in scripts.into_iter().take(SCRIPTS_MAX) {
            let text = tree.script_of(id);
            if text.len() <= SCRIPT_BYTES_MAX
                && let Some(value) = parse(&text)
            {
                found.collect(value, 0);
            }
        }
        found
    }

    fn collect(&mut self, value: Value, depth: usize) {
        if depth > DEPTH_MAX || self.nodes.len() >= NODES_MAX {
            return;
        }
        match value {
            Value::Array(list) => list.into_iter().for_each(|v| self.collect(v, depth + 1)),
            Value::Object(mut map) => {
                for name in ["@graph", "mainEntity", "mainEntityOfPage"] {
                    if let Some(inner) = map.get_mut(name)
                        && !inner.is_string()
                    {
                        let inner =
                            if name == "mainEntityOfPage" { inner.clone() } else { inner.take() };
                        self.collect(inner, depth + 1);
                    }
                }
                let kinds = kinds(map.get("@type"));
                if !kinds.is_empty() && self.nodes.len() < NODES_MAX {
                    self.nodes.push(Node { kinds, value: Value::Object(map) });
                }
            }
            _ => {}
        }
    }

    /// The article among the nodes: of several, the one that goes by an address of the page, else
    /// the one that says most of itself.
    pub(super) fn article(&self, is_own: impl Fn(&str) -> bool) -> Option<&Node> {
        let articles: Vec<&Node> = self.nodes.iter().filter(|node| node.is_article()).collect();
        let own = articles.iter().find(|node| node.addresses().iter().any(|url| is_own(url)));
        if let Some(node) = own {
            return Some(node);
        }
        // A list of teasers is no article, whatever its items are.
        let said = |node: &&&Node| {
            usize::from(node.text("articleBody").is_some()) * 4
                + usize::from(node.text("datePublished").is_some()) * 2
                + usize::from(!node.names("author").is_empty())
        };
        let best = articles.iter().rev().max_by_key(said)?;
        (articles.len() <= 3).then_some(best)
    }

    /// The node that goes by an `@id`.
    pub(super) fn by_id(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.value["@id"].as_str() == Some(id))
    }

    /// The first node of a type.
    pub(super) fn first(&self, kind: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.is(kind))
    }
}

impl Node {
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| known == kind)
    }

    fn is_article(&self) -> bool {
        let is_one = |kind: &String| {
            kind.ends_with("Article")
                || matches!(&**kind, "BlogPosting" | "LiveBlogPosting" | "Report" | "ClaimReview")
        };
        self.kinds.iter().any(is_one)
    }

    fn addresses(&self) -> Vec<String> {
        let mut urls = Vec::new();
        for name in ["url", "@id", "mainEntityOfPage"] {
            texts(&self.value[name], &["@id", "url"], &mut urls);
        }
        urls
    }

    /// A text of it, as written but for references.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let mut found = Vec::new();
        texts(&self.value[name], &["@value", "name"], &mut found);
        found.into_iter().map(|text| plain(&text)).find(|text| !text.is_empty())
    }

    /// A long text of it with its line ends.
    pub(super) fn body(&self) -> Option<String> {
        let text = self.value["articleBody"].as_str()?;
        Some(crate::reference::decode_attribute(text).into_owned())
    }

    /// The names of whom it names: `author`, `publisher`.
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        texts(&self.value[name], &["name", "@value"], &mut found);
        found.iter().map(|text| plain(text)).filter(|name| !name.is_empty()).collect()
    }

    /// The nodes that it refers to by their `@id`.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        texts(&self.value[name], &["@id"], &mut found);
        found
    }

    /// What it says to a question of yes or no, `"False"` included.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match &self.value[name] {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => {
                let name = text.rsplit('/').next().unwrap_or(text).to_ascii_lowercase();
                match name.as_str() {
                    "true" => Some(true),
                    "false" => Some(false),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// A headline or a name on one line, without markup.
fn plain(text: &str) -> String {
    line(&crate::text::plain_of_html(text, NAME_BYTES_MAX))
}

/// Adds the texts of a value: itself, or what an object has under one of these names.
fn texts(value: &Value, names: &[&str], found: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() && found.len() < NAMES_MAX => {
            found.push(text.clone());
        }
        Value::Array(list) => list.iter().take(NAMES_MAX).for_each(|v| texts(v, names, found)),
        Value::Object(map) => {
            if let Some(value) = names.iter().find_map(|name| map.get(*name)) {
                texts(value, names, found);
            }
        }
        _ => {}
    }
}

/// The last parts of types: `https://schema.org/NewsArticle` is `NewsArticle`.
fn kinds(value: Option<&Value>) -> Vec<String> {
    let mut found = Vec::new();
    texts(value.unwrap_or(&Value::Null), &["@id"], &mut found);
    let last = |kind: &String| kind.rsplit(['/', ':', '#']).next().unwrap_or(kind).to_owned();
    found.iter().map(last).collect()
}

/// Parses a script; line ends within texts, comments and what stands around it are forgiven.
fn parse(script: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(script) {
        return Some(value);
    }
    let mended: String = script.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let start = mended.find(['{', '['])?;
    let start = if mended[start..].starts_with("[CDATA[") { start + 7 } else { start };
    let end = mended.rfind(['}', ']'])? + 1;
    let mut values =
        serde_json::Deserializer::from_str(mended.get(start..end)?).into_iter::<Value>();
    values.next()?.ok()
}
