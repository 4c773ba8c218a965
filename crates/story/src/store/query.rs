//! Which stories are asked for, and in which pages they come.

use crawl::UnixMicros;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::rows::{self, Story};

/// Which stories are asked for. All conditions hold for what is given; without any, all stories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Seen at this time or later, at least in part.
    pub from: Option<UnixMicros>,
    /// Seen before this time, at least in part.
    pub to: Option<UnixMicros>,
    /// With a document of this outlet.
    pub outlet: Option<String>,
    /// Attributed to this wire service.
    pub agency: Option<String>,
    /// With a document of an outlet that has all of these labels.
    pub labels: Vec<Label>,
    /// Carried by so many URLs at least.
    pub size_min: u64,
    /// Carried by so many outlets at least.
    pub outlets_min: u64,
    /// Behind this place.
    pub after: Option<Cursor>,
}

/// A label of an outlet: `tag`, or `country` or `language`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// `country`, `language`, `tag`; any of them where nothing is given.
    pub name: Option<String>,
    /// Its value: `FR`, `pt-BR`, `local`. Letter case does not matter.
    pub value: String,
}

/// A place in the order of stories: those of most outlets first, then those of most URLs, then the
/// newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    outlets: u64,
    size: u64,
    id: u64,
}

/// Stories in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The stories.
    pub stories: Vec<Story>,
    /// The place behind the last one, where there may be more.
    pub next: Option<Cursor>,
}

impl Cursor {
    pub(super) fn behind(story: &Story) -> Self {
        Self { outlets: story.outlets, size: story.size, id: story.id.0 }
    }
}

/// A query as SQL, with its values.
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn of(query: &Query, limit: usize) -> Self {
        let mut sql = Self { text: String::new(), values: Vec::new() };
        let least = |n: u64| (n > 1).then(|| number(n));
        sql.when("s.seen_last >= ?", query.from.map(|at| Value::Integer(at.0)));
        sql.when("s.seen_first < ?", query.to.map(|at| Value::Integer(at.0)));
        sql.when("s.agency = ? COLLATE NOCASE", query.agency.clone().map(Value::Text));
        sql.when("s.size >= ?", least(query.size_min));
        sql.when("s.outlets >= ?", least(query.outlets_min));
        sql.when(
            "EXISTS (SELECT 1 FROM document m JOIN outlet n ON n.id = m.outlet
                WHERE m.story = s.id AND n.name = ?)",
            query.outlet.clone().map(Value::Text),
        );
        sql.labels(&query.labels);
        if let Some(Cursor { outlets, size, id }) = query.after {
            sql.text.push_str(" AND (s.outlets, s.size, s.id) < (?, ?, ?)");
            sql.values.extend([outlets, size, id].map(number));
        }
        sql.values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        let (columns, from) = (rows::STORY, rows::STORY_FROM);
        sql.text = format!(
            "SELECT {columns} FROM {from} WHERE 1{}
             ORDER BY s.outlets DESC, s.size DESC, s.id DESC LIMIT ?",
            sql.text
        );
        sql
    }

    fn when(&mut self, condition: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.text.push_str(" AND ");
            self.text.push_str(condition);
            self.values.push(value);
        }
    }

    /// One document's outlet has all of the labels.
    fn labels(&mut self, labels: &[Label]) {
        if labels.is_empty() {
            return;
        }
        self.text.push_str(" AND EXISTS (SELECT 1 FROM document m WHERE m.story = s.id");
        for Label { name, value } in labels {
            self.text.push_str(
                " AND EXISTS (SELECT 1 FROM label l WHERE l.outlet = m.outlet
                    AND l.value = ? COLLATE NOCASE",
            );
            self.values.push(Value::Text(value.clone()));
            self.when("l.name = ?", name.clone().map(Value::Text));
            self.text.push(')');
        }
        self.text.push(')');
    }
}

fn number(n: u64) -> Value {
    Value::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}
