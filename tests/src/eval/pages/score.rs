//! How near what was read is to what is known.

use std::collections::{HashMap, HashSet};

/// What may stand between a headline and the name of a site.
const SEPARATORS: &[&str] = &[
    " - ", " | ", " – ", " — ", " :: ", " · ", " » ", " « ", " • ", "｜", "_", "--", "：", "＜",
    " @ ", "|", " [",
];

/// The overlap of two texts: of words, or of characters where no spaces part words.
pub(super) fn overlap(expected: &str, found: &str) -> f64 {
    let (expected, found) = (tokens(expected), tokens(found));
    let total: usize = expected.values().sum::<usize>() + found.values().sum::<usize>();
    if total == 0 {
        return 1.0;
    }
    let shared: usize = expected
        .iter()
        .map(|(token, count)| (*count).min(found.get(token).copied().unwrap_or(0)))
        .sum();
    2.0 * shared as f64 / total as f64
}

fn tokens(text: &str) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    let mut word = String::new();
    // Soft hyphens part no words.
    let seen = text.chars().filter(|c| *c != '\u{ad}');
    for c in seen.flat_map(char::to_lowercase).chain([' ']) {
        let is_dense = is_dense(c);
        if (is_dense || !c.is_alphanumeric()) && !word.is_empty() {
            *counts.entry(std::mem::take(&mut word)).or_default() += 1;
        }
        if is_dense {
            *counts.entry(c.to_string()).or_default() += 1;
        } else if c.is_alphanumeric() {
            word.push(c);
        }
    }
    counts
}

/// Whether no spaces part the words of a text, mostly.
pub(super) fn is_cjk(text: &str) -> bool {
    let dense = text.chars().filter(|c| is_dense(*c)).count();
    dense * 4 > text.chars().filter(|c| c.is_alphanumeric()).count().max(1)
}

/// Han, kana, Hangul; and Thai, Lao, Burmese, Khmer, whose words nobody parts either.
fn is_dense(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3041..=0x30FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF)
}

/// Whether two headlines are one, the name of the site left aside.
pub(super) fn is_same_title(expected: &str, found: &str) -> bool {
    let found = essence(found);
    !found.is_empty() && forms(expected).any(|form| essence(form) == found)
}

/// A title, and what is left of it without its last parts, or its first.
fn forms(title: &str) -> impl Iterator<Item = &str> {
    let title = title.trim();
    let cut = SEPARATORS.iter().flat_map(move |separator| {
        let ends = title.match_indices(separator).map(|(at, _)| &title[..at]);
        let starts = title.match_indices(separator).map(|(at, s)| &title[at + s.len()..]);
        // What is left is a good part of it: names of sites with their sections are long.
        ends.chain(starts).filter(|part| part.len() * 3 > title.len())
    });
    std::iter::once(title).chain(cut)
}

/// Letters and digits only, in lower case.
pub(super) fn essence(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Words before a name that are not part of it, in what is expected and in what was found.
const BEFORE: &[&str] = &["by ", "par ", "von "];

/// Names as they are compared: without `By`, and without the date or the office that some expect on
/// a line below. Full names with commas between them are one each.
fn each(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut lines = lower.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "by");
    let line = lines.next().unwrap_or_default();
    let rest = BEFORE.iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
    let parts: Vec<&str> = rest.split(", ").collect();
    let is_list = parts.iter().all(|part| part.contains(' '));
    if is_list { parts.into_iter().map(essence).collect() } else { vec![essence(rest)] }
}

/// The F1 of names.
pub(super) fn names(expected: &[String], found: &[String]) -> f64 {
    let set = |names: &[String]| {
        let names = names.iter().flat_map(|text| each(text)).filter(|name| !name.is_empty());
        names.collect::<HashSet<String>>()
    };
    let (expected, found) = (set(expected), set(found));
    let shared = expected.intersection(&found).count();
    2.0 * shared as f64 / (expected.len() + found.len()).max(1) as f64
}

/// The share of phrases that are there, or that are not there, as they should.
pub(super) fn phrases(with: &[String], without: &[String], text: &str) -> Option<f64> {
    let text = essence(text);
    let has = |phrase: &&String| text.contains(&essence(phrase));
    let right = with.iter().filter(has).count() + without.iter().filter(|p| !has(p)).count();
    let all = with.len() + without.len();
    (all > 0).then(|| right as f64 / all as f64)
}
