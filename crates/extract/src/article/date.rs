//! When an article was published and changed: JSON-LD, then `<meta>`, then `<time>`, then what
//! the page shows beside its headline, then its URL.

use jiff::civil::Date;

use super::Facts;
use super::body::Body;
use super::script::line;
use super::tree::{Element, ROOT, Tree};
use crate::date::{Stamp, stamp, visible};
use crate::page::article::{MODIFIED, PUBLISHED, PUBLISHED_PERHAPS};

/// Elements of a page that are looked at.
const ELEMENTS_MAX: usize = 60;

/// Text that is read of an element, in bytes; a date stands in a short line.
const TEXT_BYTES_MAX: usize = 2_000;

/// Longest line beside a headline in which a date is looked for, in characters.
const LINE_CHARS_MAX: usize = 100;

/// Longest first paragraph that may be a date, in characters.
const DAY_CHARS_MAX: usize = 40;

/// Beginnings of lines that say when an article was published.
const PUBLISHED_WORDS: &[&str] = &[
    "publi",
    "veröffentlicht",
    "erschienen",
    "erstellt",
    "pubblic",
    "posted",
    "first published",
    "gepubliceerd",
    "geplaatst",
    "publicer",
    "опубликован",
    "dodano",
    "发布",
];

/// Beginnings of lines that say when an article was changed.
const CHANGED: &[&str] = &[
    "updat",
    "last updat",
    "last modif",
    "modif",
    "aktualis",
    "zuletzt",
    "geändert",
    "mis à jour",
    "mise à jour",
    "actualiz",
    "atualiz",
    "aggiornat",
    "bijgewerkt",
    "uppdater",
    "oppdater",
    "opdater",
    "обновл",
    "оновлен",
    "güncelle",
    "更新",
];

/// When it was published.
pub(super) fn published(facts: &Facts<'_>, body: &Body) -> Option<Stamp> {
    let of_node = facts.node.and_then(|node| node.text("datePublished"));
    of_node
        .and_then(|text| stamp(&text))
        .or_else(|| of_metas(facts, PUBLISHED))
        .or_else(|| of_metas(facts, PUBLISHED_PERHAPS))
        .or_else(|| shown(facts.tree, body))
        .or_else(|| of_path(facts.url.path()).map(Stamp::Day))
}

/// What the page shows: beside the headline, else in an element that is called a date. An element
/// of the same day knows the time as well.
fn shown(tree: &Tree, body: &Body) -> Option<Stamp> {
    let marked = of_elements(tree);
    if let Some((0, stamp)) = marked {
        return Some(stamp);
    }
    let marked = marked.map(|(_, stamp)| stamp);
    let Some(near) = of_lines(body) else { return marked };
    let is_same = |stamp: &Stamp| (stamp.day() - near.day()).get_days().abs() <= 1;
    marked.filter(is_same).or(Some(near))
}

/// The first day in the lines beside the headline, else in one that says that it is the day. When
/// the article was changed counts last.
fn of_lines(body: &Body) -> Option<Stamp> {
    let day = |text: &String| visible(text).or_else(|| short(text).map(Stamp::Day));
    let first = body.paragraphs.first().map(|paragraph| &paragraph.text);
    let first = first.filter(|text| text.chars().count() <= DAY_CHARS_MAX);
    let is_line = |text: &&String| text.chars().count() <= LINE_CHARS_MAX;
    let lines = || body.near.iter().chain(first).filter(is_line);
    let (changed, fresh): (Vec<&String>, Vec<&String>) =
        lines().partition(|text| begins(text, CHANGED));
    let said = body.around.iter().filter(is_line).filter(|text| begins(text, PUBLISHED_WORDS));
    fresh.into_iter().chain(said).chain(changed).find_map(day)
}

/// Whether a line begins with one of these.
fn begins(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.starts_with(word))
}

/// `02.12.19` at the start of a line.
fn short(text: &str) -> Option<Date> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mut parts = text[..end].trim_end_matches('.').split('.');
    let mut number = || {
        let part = parts.next()?;
        (1..=2).contains(&part.len()).then(|| part.parse::<i8>().ok()).flatten()
    };
    let [day, month, year] = [number()?, number()?, number()?];
    let is_short = text[..end].rsplit('.').next().is_some_and(|year| year.len() == 2);
    (is_short && parts.next().is_none())
        .then(|| Date::new(2000 + i16::from(year), month, day).ok())
        .flatten()
}

/// When it was last changed.
pub(super) fn modified(facts: &Facts<'_>) -> Option<Stamp> {
    let of_node = facts.node.and_then(|node| node.text("dateModified"));
    of_node.and_then(|text| stamp(&text)).or_else(|| of_metas(facts, MODIFIED))
}

fn of_metas(facts: &Facts<'_>, names: &[&str]) -> Option<Stamp> {
    names.iter().find_map(|name| facts.metas.all(name).find_map(stamp))
}

/// The first `<time>` that is marked as the publication, then the first of all, then the first
/// element that is called a date and holds one; with how sure it is, 0 the surest.
fn of_elements(tree: &Tree) -> Option<(u8, Stamp)> {
    let mut best: Option<(u8, Stamp)> = None;
    let mut looked = 0;
    for (id, element) in tree.elements(ROOT) {
        let Some(rank) = rank(element) else { continue };
        looked += 1;
        if looked > ELEMENTS_MAX {
            break;
        }
        let attribute = element.get("datetime").or_else(|| element.get("content"));
        let text = || line(&tree.text_up_to(id, TEXT_BYTES_MAX));
        let found = attribute.and_then(stamp).or_else(|| visible(&text()));
        if let Some(found) = found
            && best.is_none_or(|(known, _)| rank < known)
        {
            best = Some((rank, found));
        }
    }
    best
}

/// How sure an element is to hold when the article was published, the surest first.
fn rank(element: &Element) -> Option<u8> {
    let itemprop = element.get("itemprop").unwrap_or_default();
    let is_time = element.name() == "time";
    if itemprop.eq_ignore_ascii_case("datePublished") || element.get("pubdate").is_some() {
        return Some(0);
    }
    if is_time {
        return Some(if itemprop.is_empty() { 1 } else { 3 });
    }
    if matches!(element.name(), "body" | "html" | "script" | "style" | "input" | "form" | "a") {
        return None;
    }
    let names = [element.get("class"), element.get("id")].into_iter().flatten();
    let words = names.flat_map(|names| names.split(|c: char| !c.is_alphanumeric()));
    let is_date = words.map(str::to_ascii_lowercase).any(|word| {
        matches!(
            word.as_str(),
            "date"
                | "datetime"
                | "pubdate"
                | "published"
                | "publish"
                | "publishdate"
                | "timestamp"
                | "pubtime"
                | "time"
                | "postdate"
                | "datum"
                | "fecha"
                | "data"
                | "byline"
                | "dateline"
                | "publication"
                | "createdate"
                | "articledate"
                | "info"
                | "meta"
                | "source"
        )
    });
    is_date.then_some(2)
}

/// `/2024/05/31/`, `/2024-05-31-`, `/20240531/`; nothing where the day is missing.
fn of_path(path: &str) -> Option<Date> {
    let parts: Vec<&str> = path.split(|c: char| !c.is_ascii_digit()).collect();
    let number = |text: &str| text.parse::<i16>().ok();
    let date = |year: i16, month: i16, day: i16| {
        let small = |n: i16| i8::try_from(n).ok();
        (1990..=2100).contains(&year).then(|| Date::new(year, small(month)?, small(day)?).ok())?
    };
    for at in 0..parts.len() {
        if parts[at].len() == 8 {
            let (year, rest) = parts[at].split_at(4);
            let found = date(number(year)?, number(&rest[..2])?, number(&rest[2..])?);
            if found.is_some() {
                return found;
            }
        }
        let year = parts[at];
        let (Some(month), Some(day)) = (parts.get(at + 1), parts.get(at + 2)) else { continue };
        if year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len()) {
            let found = date(number(year)?, number(month)?, number(day)?);
            if found.is_some() {
                return found;
            }
        }
    }
    None
}
