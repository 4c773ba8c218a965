//! Wire agencies: under which names news name them.
//!
//! A name in a text is no credit: whoever asks looks only where credits stand (a byline, a
//! dateline,
//! a line of source). Here is only which agency is meant.

mod table;

use table::AGENCIES;

/// A wire agency.
#[derive(Debug)]
struct Agency {
    /// Its short name, under which stories are attributed to it.
    name: &'static str,
    /// Names that mean it wherever they stand in a credit, in any case.
    names: &'static [&'static str],
    /// Abbreviations that mean it where they stand as a word, in this case.
    short: &'static [&'static str],
    /// Abbreviations that mean other things too: they count only where they stand alone.
    alone: &'static [&'static str],
}

/// What may stand around a name that stands alone.
const EDGES: &[char] = &[
    ' ', '(', ')', '[', ']', '.', ',', ':', ';', '/', '-', '–', '—', '©', '*', '"', '“', '”', '|',
    '（', '）',
];

/// The agency that a text is the name of, with nothing beside it but marks.
pub fn exact(text: &str) -> Option<&'static str> {
    let text = text.trim_matches(EDGES);
    let text = text.strip_prefix("The ").or_else(|| text.strip_prefix("the ")).unwrap_or(text);
    let is = |name: &&str| is_same(name, text);
    AGENCIES
        .iter()
        .find(|agency| {
            let all = agency.names.iter().chain(agency.short).chain(agency.alone);
            is(&agency.name) || all.copied().any(|name| is(&name))
        })
        .map(|agency| agency.name)
}

/// The agency that a line of credit names first.
pub fn find(line: &str) -> Option<&'static str> {
    let lower = line.to_lowercase();
    let first = |agency: &Agency| {
        let long = agency.names.iter().filter_map(|name| word_at(&lower, &name.to_lowercase()));
        let short = agency.short.iter().filter_map(|name| word_at(line, name));
        long.chain(short).min().map(|at| (at, agency.name))
    };
    let named = AGENCIES.iter().filter_map(first).min_by_key(|(at, _)| *at);
    named.map(|(_, name)| name)
}

/// Two names, whatever their case; most of them are no ASCII.
fn is_same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!b.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

/// Where a name stands as a word of its own; scripts without spaces have no such words.
fn word_at(text: &str, name: &str) -> Option<usize> {
    let is_spaced =
        name.chars().any(|c| c.is_ascii_alphabetic() || ('\u{370}'..'\u{5d0}').contains(&c));
    let is_edge =
        |c: Option<char>| !is_spaced || c.is_none_or(|c| !c.is_alphanumeric() || c > '\u{2e80}');
    text.match_indices(name)
        .find(|(at, _)| {
            is_edge(text[..*at].chars().next_back())
                && is_edge(text[at + name.len()..].chars().next())
        })
        .map(|(at, _)| at)
}

#[cfg(test)]
mod tests;
