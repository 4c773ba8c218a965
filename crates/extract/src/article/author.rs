//! Who wrote an article: names without the words around them.

use super::Facts;
use super::script::{essence, line};
use super::tree::{Element, ROOT, Tree};

/// Longest name, in characters, and how many are kept.
const NAME_CHARS_MAX: usize = 80;
const AUTHORS_MAX: usize = 20;

/// Elements of a page that are looked at.
const ELEMENTS_MAX: usize = 40;

/// Names of `<meta>` that hold authors.
const METAS: &[&str] = &[
    "article:author_name",
    "parsely-author",
    "sailthru.author",
    "byl",
    "author",
    "dc.creator",
    "dcterms.creator",
    "dc.creator.name",
    "cxenseparse:author",
    "article:author",
    "citation_author",
    "authors",
    "creator",
    "twitter:data1_author",
];

/// Words before a name.
const BEFORE: &[&str] = &[
    "by",
    "von",
    "par",
    "por",
    "de",
    "di",
    "da",
    "av",
    "af",
    "door",
    "autor",
    "autorka",
    "author",
    "written",
    "text",
    "texto",
    "reported",
    "reporting",
    "od",
    "oleh",
    "yazan",
    "автор",
    "текст",
    "作者",
    "記者",
    "记者",
    "文",
    "編集",
    "penulis",
    "redaktion",
    "words",
    "story",
    "escrito",
    "a",
    "bởi",
    "theo",
    "kirjoittaja",
    "staff",
    "posted",
];

/// Finds the authors.
pub(super) fn find(facts: &Facts<'_>) -> Vec<String> {
    let outlet = outlet(facts);
    // The outlet's own name is no author where another place names a person; else it signs the
    // text.
    let mut signed_by_outlet = Vec::new();
    let mut without_outlet = |texts: &mut dyn Iterator<Item = String>| {
        let mut found = Vec::new();
        texts.for_each(|text| add(&mut found, &text));
        let (own, people): (Vec<String>, Vec<String>) =
            found.into_iter().partition(|name| outlet.contains(&essence(name)));
        if signed_by_outlet.is_empty() {
            signed_by_outlet = own;
        }
        people
    };
    let node = facts.node.into_iter();
    let of_node = node.flat_map(|node| ["author", "creator"].map(|name| node.names(name)));
    let of_meta = METAS.iter().map(|meta| facts.metas.all(meta).map(str::to_owned).collect());
    let of_elements = std::iter::once_with(|| of_elements(facts.tree));
    let mut all = of_node.chain(of_meta).chain(of_elements);
    let people = all
        .by_ref()
        .map(|texts: Vec<String>| without_outlet(&mut texts.into_iter()))
        .find(|names| !names.is_empty());
    people.unwrap_or(signed_by_outlet)
}

/// The names of the publisher, as they are compared. The name of the site is none of them: on the
/// page of one person it is the author's.
fn outlet(facts: &Facts<'_>) -> Vec<String> {
    let publisher = facts.node.map(|node| node.names("publisher")).unwrap_or_default();
    publisher.iter().map(|name| essence(name)).collect()
}

/// Texts of elements that are marked as the author.
fn of_elements(tree: &Tree) -> Vec<String> {
    let mut found: Vec<(u8, String)> = Vec::new();
    for (id, element) in tree.elements(ROOT) {
        if found.len() >= ELEMENTS_MAX {
            break;
        }
        if let Some(rank) = rank(element) {
            let text = undated(&line(&tree.text_of(id)));
            // Portraits and links of the head have no text; the name stands in the next element.
            if (2..=NAME_CHARS_MAX).contains(&text.chars().count()) {
                found.push((rank, text));
            }
        }
    }
    let Some(best) = found.iter().map(|(rank, _)| *rank).min() else { return Vec::new() };
    let of_best = found.into_iter().filter(|(rank, _)| *rank == best);
    of_best.map(|(_, text)| text).take(if best < 2 { 4 } else { 1 }).collect()
}

/// A line without the date that follows the name: `Jane Doe March 11, 2015`.
fn undated(text: &str) -> String {
    let end = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let head = text[..end].trim_end();
    let is_cut = end < text.len();
    match head.rsplit_once(' ') {
        Some((name, word)) if is_cut && crate::date::is_month(word) => name.trim_end().to_owned(),
        _ => head.to_owned(),
    }
}

/// How sure an element is to hold the author, the surest first.
fn rank(element: &Element) -> Option<u8> {
    let class = element.get("class").unwrap_or_default();
    let words = || class.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase);
    let has = |names: &[&str]| words().any(|word| names.contains(&word.as_str()));
    if element.get("rel").is_some_and(|rel| rel.split(' ').any(|r| r == "author")) {
        return Some(0);
    }
    if element.get("itemprop") == Some("author") {
        return Some(1);
    }
    let is_around = has(&[
        "comment", "related", "bio", "image", "img", "avatar", "photo", "more", "date", "time",
    ]);
    if is_around
        || matches!(element.name(), "img" | "script" | "section" | "article" | "ul" | "body")
    {
        return None;
    }
    if has(&["author", "autor", "auteur", "authorname", "authors"]) {
        return Some(2);
    }
    has(&["byline", "bylines", "reporter", "journalist", "firma", "signature"]).then_some(3)
}

/// Adds the names of a text.
fn add(authors: &mut Vec<String>, text: &str) {
    let text = without_before(text.trim());
    let mut parts: Vec<&str> = vec![text];
    for separator in [
        " and ", " und ", " et ", " y ", " & ", ";", " | ", " / ", " i ", "、", "·", " og ",
        " och ",
    ] {
        parts = parts.into_iter().flat_map(|part| split(part, separator)).collect();
    }
    for part in parts {
        for name in names(part) {
            let name = clean(name);
            let known = authors.iter().any(|known| essence(known) == essence(&name));
            if is_name(&name) && !known && authors.len() < AUTHORS_MAX {
                authors.push(name);
            }
        }
    }
}

/// The parts of a list; what would leave a single letter is a name: `Mac & i`.
fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let is_letter = |part: &str| part.trim().chars().count() == 1;
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.iter().any(|part| is_letter(part)) { vec![text] } else { parts }
}

/// The names of a list; `John Smith, Reporter` and `Smith, John` are one each.
fn names(part: &str) -> Vec<&str> {
    let names: Vec<&str> = part.split(',').collect();
    let is_full = |name: &&str| name.trim().contains(' ');
    if names.len() > 1 && names.iter().filter(|n| is_full(n)).count() == names.len() {
        return names;
    }
    // What follows the first full name is a place or an office.
    if names.len() > 1 && is_full(&names[0]) { vec![names[0]] } else { vec![part] }
}

fn without_before(text: &str) -> &str {
    let mut text = text;
    loop {
        let trimmed = text.trim_start_matches([':', '：', '|', '•', '-', '–', '—', ' ', '/']);
        let word = trimmed.split([' ', ':', '：', '/']).next().unwrap_or_default();
        let lower = word.to_lowercase();
        let rest = &trimmed[word.len()..];
        if !BEFORE.contains(&lower.as_str()) || rest.trim().is_empty() {
            return trimmed;
        }
        text = rest;
    }
}

fn clean(name: &str) -> String {
    let name = without_before(name.trim());
    let name = name.split(['[', '<', '|', '\u{2022}']).next().unwrap_or(name).trim_end();
    // Brackets at the end hold a place or an office; within a name, a part of it.
    let name = match name.split_once('(') {
        Some((head, tail)) if tail.find(')').is_none_or(|at| at + 1 == tail.len()) => head,
        None => name.trim_end_matches(')'),
        Some(_) => name,
    };
    name.trim_matches(|c: char| c.is_whitespace() || ",.;:-–—*\"“”".contains(c)).to_owned()
}

/// Whether a text may be a name: no address, no sentence, no file.
fn is_name(name: &str) -> bool {
    let count = name.chars().count();
    (2..=NAME_CHARS_MAX).contains(&count)
        && !name.contains("://")
        && !name.contains('@')
        && !name.starts_with("www.")
        && name.chars().filter(char::is_ascii_digit).count() < 4
        && name.chars().any(char::is_alphabetic)
        && name.split_whitespace().count() <= 8
        && !matches!(
            name.to_lowercase().as_str(),
            "admin" | "null" | "undefined" | "none" | "author" | "updated" | "last updated"
        )
}
