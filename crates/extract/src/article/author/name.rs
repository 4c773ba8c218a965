//! Names as they stand in texts: taken apart, and without the words around them.

use crawl::agency;

use super::super::script::essence;
use super::words::{BEFORE, BEFORE_OFFICE, BYLINES, NAMELIKE, OFFICES};

/// Longest name, in characters, and how many are kept.
pub(super) const NAME_CHARS_MAX: usize = 80;
const AUTHORS_MAX: usize = 20;

/// Longest name that is known by its form alone, in characters.
const FULL_NAME_CHARS_MAX: usize = 40;

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a field for names.
    Field,
    /// Where words may stand before the name.
    Page,
}

/// Whether a text is two to four words with capitals, and nothing else.
pub(super) fn is_full_name(text: &str) -> bool {
    let is_capital = |word: &str| word.starts_with(char::is_uppercase);
    let count = text.split(' ').count();
    (2..=4).contains(&count)
        && text.chars().count() <= FULL_NAME_CHARS_MAX
        && text.split(' ').all(is_capital)
        && text.chars().all(|c| c.is_alphabetic() || " -'’.".contains(c))
}

/// Adds the names of a text.
pub(super) fn add(authors: &mut Vec<String>, text: &str, place: Place) {
    let text = without_before(text.trim(), place);
    let mut parts: Vec<&str> = vec![text];
    for separator in [
        " and ", " und ", " et ", " y ", " & ", ";", " | ", " / ", " i ", "、", "·", " og ",
        " och ",
    ] {
        parts = parts.into_iter().flat_map(|part| split(part, separator)).collect();
    }
    for (at, part) in parts.into_iter().enumerate() {
        // `Jane Doe / City Reporter`: what she is.
        if at > 0 && text.contains(" / ") && is_office(part) {
            continue;
        }
        for name in names(part) {
            let name = clean(name, place);
            let known = authors.iter().any(|known| essence(known) == essence(&name));
            if is_name(&name) && !known && authors.len() < AUTHORS_MAX {
                authors.push(name);
            }
        }
    }
}

/// Whether a text ends with what somebody is.
fn is_office(text: &str) -> bool {
    let last = text.trim().rsplit(' ').next().unwrap_or_default().to_lowercase();
    OFFICES.contains(&last.as_str())
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

fn without_before(text: &str, place: Place) -> &str {
    let mut text = text;
    loop {
        let trimmed = text.trim_start_matches([':', '：', '|', '•', '-', '–', '—', ' ', '/']);
        let word = trimmed.split([' ', ':', '：', '/']).next().unwrap_or_default();
        let rest = &trimmed[word.len()..];
        if rest.trim().is_empty() || !is_before(word, rest, place) {
            return trimmed;
        }
        text = rest;
    }
}

/// Whether a word stands before a name and is none: `Von Jana Dorn` but `Von Miller`, `Theo Doe`.
fn is_before(word: &str, rest: &str, place: Place) -> bool {
    let lower = word.to_lowercase();
    if !BEFORE.contains(&lower.as_str()) {
        return false;
    }
    if rest.trim_start().starts_with([':', '：']) || !NAMELIKE.contains(&lower.as_str()) {
        return true;
    }
    let is_full = rest.split_whitespace().count() > 1 && BYLINES.contains(&lower.as_str());
    place == Place::Page && (word == lower || is_full)
}

fn clean(name: &str, place: Place) -> String {
    let name = without_before(name.trim(), place);
    let name = name.split(['[', '<', '|', '\u{2022}']).next().unwrap_or(name).trim_end();
    // Brackets at the end hold a place or an office; within a name, a part of it.
    let name = match name.split_once('(') {
        Some((head, tail)) if tail.find(')').is_none_or(|at| at + 1 == tail.len()) => head,
        None => name.trim_end_matches(')'),
        Some(_) => name,
    };
    let is_mark = |c: char| c.is_whitespace() || ",.;:-–—*\"“”".contains(c);
    without_agency(without_office(name.trim_matches(is_mark))).trim_matches(is_mark).to_owned()
}

/// A name without what somebody is: `Jane Doe Senior Political Correspondent`. Nothing is left
/// where no name stands before it.
fn without_office(name: &str) -> &str {
    let word = |word: &str| word.trim_matches([',', '.']).to_lowercase();
    let ends = || name.match_indices(' ').map(|(at, _)| at).chain([name.len()]);
    let starts: Vec<usize> = std::iter::once(0).chain(ends().map(|at| at + 1)).collect();
    let words: Vec<String> = name.split(' ').map(word).collect();
    let Some(mut at) = words.iter().position(|word| OFFICES.contains(&word.as_str())) else {
        return name;
    };
    while at > 0 && BEFORE_OFFICE.contains(&words[at - 1].as_str()) && at != 2 {
        at -= 1;
    }
    if at < 2 {
        return "";
    }
    name[..starts[at]].trim_end()
}

/// A full name without the agency behind it: `Jane Doe Reuters`.
fn without_agency(name: &str) -> &str {
    match name.rsplit_once(' ') {
        Some((person, word)) if person.contains(' ') && agency::exact(word).is_some() => person,
        _ => name,
    }
}

/// Whether a text may be a name: no address, no sentence, no file.
fn is_name(name: &str) -> bool {
    let count = name.chars().count();
    (2..=NAME_CHARS_MAX).contains(&count)
        && !name.contains("://")
        && !name.contains('@')
        && !name.starts_with("www.")
        && !name.to_lowercase().ends_with(" author")
        && name.chars().filter(char::is_ascii_digit).count() < 4
        && name.chars().any(char::is_alphabetic)
        && name.split_whitespace().count() <= 8
        && !matches!(
            name.to_lowercase().as_str(),
            "admin"
                | "null"
                | "undefined"
                | "none"
                | "author"
                | "updated"
                | "last updated"
                | "last"
        )
}
