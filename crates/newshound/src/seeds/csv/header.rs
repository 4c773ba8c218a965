//! The header of a table: what separates its cells, and which column holds what.

use crawl::seed::spec::plain_name;
use crawl::{Seed, SeedKind, SpecField};

use super::super::error::ReadError;
use super::super::lines::{Lines, TextLine};
use super::super::txt::shorten;
use super::record::split;

/// What may stand between cells; the first one wins where several would do.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Columns that hold the seed, the best first, with the kind that the name implies.
const SEED_COLUMNS: [(&str, Option<SeedKind>); 15] = [
    ("seed", None),
    ("url", None),
    ("seedurl", None),
    ("homepage", None),
    ("homepageurl", None),
    ("website", None),
    ("site", None),
    ("siteurl", None),
    ("domain", None),
    ("host", None),
    ("feed", Some(SeedKind::Feed)),
    ("feedurl", Some(SeedKind::Feed)),
    ("rss", Some(SeedKind::Feed)),
    ("xmlurl", Some(SeedKind::Feed)),
    ("sitemap", Some(SeedKind::Sitemap)),
];

/// Columns that hold the kind of the seed.
const KIND_COLUMNS: [&str; 3] = ["kind", "type", "seedkind"];

/// Which column holds what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// What stands between the cells.
    pub(super) separator: u8,
    /// How many the header names.
    pub(super) count: usize,
    pub(super) seed: usize,
    /// What the name of the seed's column implies.
    pub(super) kind_of_all: Option<SeedKind>,
    pub(super) kind: Option<usize>,
    pub(super) fields: Vec<(usize, SpecField)>,
    /// The names of the columns that are not read.
    unread: Vec<String>,
}

impl Columns {
    fn of(cells: &[String], separator: u8) -> Option<Self> {
        // The first line of a table without a header may hold a known word: it is data all the
        // same where a seed stands beside it.
        if cells.iter().any(|cell| !is_known(cell) && Seed::parse(cell).is_ok()) {
            return None;
        }
        // So is a line of our own text form, though a tag in it may be such a word.
        let is_said = |word: &str| {
            word.split_once('=').is_some_and(|(field, _)| SpecField::named(field).is_some())
        };
        if cells.iter().any(|cell| cell.split_whitespace().any(is_said)) {
            return None;
        }
        let names: Vec<String> = cells.iter().map(|cell| plain_name(cell)).collect();
        let place = |name: &str| names.iter().position(|given| given == name);
        let (seed, kind_of_all) =
            SEED_COLUMNS.iter().find_map(|(name, kind)| place(name).map(|index| (index, *kind)))?;
        let kind = KIND_COLUMNS.iter().find_map(|name| place(name));
        let mut fields: Vec<(usize, SpecField)> = Vec::new();
        let mut unread = Vec::new();
        for (index, cell) in cells.iter().enumerate() {
            let is_new = |field: &SpecField| fields.iter().all(|(_, known)| known != field);
            match SpecField::named(cell).filter(is_new) {
                Some(field) => fields.push((index, field)),
                None if index == seed || Some(index) == kind || cell.trim().is_empty() => {}
                None => unread.push(shorten(cell.trim())),
            }
        }
        Some(Self { separator, count: cells.len(), seed, kind_of_all, kind, fields, unread })
    }

    /// How many columns are understood.
    fn known(&self) -> usize {
        1 + usize::from(self.kind.is_some()) + self.fields.len()
    }

    /// The columns by the separator that makes most of a line.
    fn by_best_separator(line: &str) -> Option<Self> {
        let mut best: Option<Self> = None;
        for separator in SEPARATORS {
            let columns = split(line, separator).and_then(|cells| Self::of(&cells, separator));
            let rank = |columns: &Self| (columns.known(), columns.count);
            if let Some(columns) = columns
                && best.as_ref().is_none_or(|best| rank(&columns) > rank(best))
            {
                best = Some(columns);
            }
        }
        best
    }
}

fn is_known(cell: &str) -> bool {
    let name = plain_name(cell);
    SpecField::named(cell).is_some()
        || KIND_COLUMNS.contains(&name.as_str())
        || SEED_COLUMNS.iter().any(|(known, _)| *known == name)
}

/// Whether a line names columns, one of them that of the seed.
pub(in super::super) fn is_header(line: &str) -> bool {
    Columns::by_best_separator(line).is_some()
}

/// Reads up to the header. Gives the columns, and a sentence where some of them are not read.
pub(super) fn find(lines: &mut Lines) -> Result<(Columns, Option<String>), ReadError> {
    let refused =
        |name: &str, line, found: String| ReadError::Header { name: name.to_owned(), line, found };
    let TextLine { number, text } = loop {
        match lines.next()? {
            None => return Err(refused(&lines.name, 1, "missing: the file is empty".to_owned())),
            Some(TextLine { text: Ok(text), .. }) if is_passed_over(&text) => {}
            Some(line) => break line,
        }
    };
    let text = text.map_err(|fault| refused(&lines.name, number, format!("damaged ({fault})")))?;
    let Some(columns) = Columns::by_best_separator(&text) else {
        return Err(refused(&lines.name, number, format!("{:?}", shorten(text.trim()))));
    };
    let notice = (!columns.unread.is_empty()).then(|| {
        let shown = columns.unread.iter().take(10).map(|name| format!("{name:?}"));
        let more = if columns.unread.len() > 10 { ", …" } else { "" };
        let shown = shown.collect::<Vec<_>>().join(", ");
        format!("{}: these columns are not read: {shown}{more}", lines.name)
    });
    Ok((columns, notice))
}

/// Empty lines, comments, and the line with which Excel names the separator.
pub(in super::super) fn is_passed_over(text: &str) -> bool {
    let text = text.trim();
    let is_excel = text.len() == 5 && text.to_ascii_lowercase().starts_with("sep=");
    text.is_empty() || text.starts_with('#') || is_excel
}
