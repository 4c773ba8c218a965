//! What the `<meta>` elements of a page say.

use super::script::line;
use super::tree::{ROOT, Tree};

/// Elements kept, and bytes of each.
const METAS_MAX: usize = 400;
const CONTENT_BYTES_MAX: usize = 4_000;

/// Names and contents in document order; names in lower case.
#[derive(Debug, Default)]
pub(super) struct Metas {
    list: Vec<(String, String)>,
}

impl Metas {
    pub(super) fn of(tree: &Tree) -> Self {
        let mut list = Vec::new();
        for (_, element) in tree.elements(ROOT) {
            if element.name() != "meta" || list.len() >= METAS_MAX {
                continue;
            }
            let Some(content) = element.get("content") else { continue };
            let content = line(&content[..content.floor_char_boundary(CONTENT_BYTES_MAX)]);
            if content.is_empty() {
                continue;
            }
            let names = ["property", "name", "itemprop", "http-equiv"];
            for name in names.iter().filter_map(|attribute| element.get(attribute)) {
                list.push((name.trim().to_ascii_lowercase(), content.clone()));
            }
        }
        Self { list }
    }

    /// The first content of the first of these names that has any.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            let found = self.list.iter().find(|(known, _)| known == name);
            found.map(|(_, content)| content.as_str())
        })
    }

    /// All contents of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.list.iter().filter(move |(known, _)| known == name).map(|(_, content)| &**content)
    }
}
