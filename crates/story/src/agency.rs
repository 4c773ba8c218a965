//! The wire service that a text comes from.
//!
//! A name in a text is no credit: agencies are quoted everywhere. They are looked for only where
//! credits stand: what the page declares, the byline, a dateline, a short line of credit.

use crate::article::Article;

/// A wire service, under its short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Agency(pub &'static str);

/// Paragraphs from either end in which a credit may stand.
const LINES: usize = 8;
/// A line of credit has at most so many characters.
const CREDIT_CHARS: usize = 60;
/// A line that is nothing but the name of an agency has at most so many bytes.
const CREDIT_BYTES: usize = 40;
/// A dateline ends within so many characters.
const DATELINE_CHARS: usize = 70;

/// Finds the agency of an article.
pub fn attribute(article: &Article<'_>) -> Option<Agency> {
    let declared = article.hints.agency.and_then(crawl::agency::find);
    let signed = || article.hints.byline.and_then(crawl::agency::find);
    let dated = || article.text.lines().filter(|line| !line.trim().is_empty()).find_map(dateline);
    declared.or_else(signed).or_else(dated).or_else(|| credit(article.text)).map(Agency)
}

/// The agency of `MOSCOW (AFP) - ...` or `MOSCOW, June 1 (Reuters) ...`: in brackets near the
/// beginning of a paragraph, behind a place.
fn dateline(line: &str) -> Option<&'static str> {
    let end = line.char_indices().nth(DATELINE_CHARS).map_or(line.len(), |(at, _)| at);
    let (place, rest) = line[..end].split_once(['(', '（'])?;
    let (name, _) = rest.split_once([')', '）'])?;
    // `Moscow`, `NEW YORK`, and behind a comma a country or a day.
    let town = place.split([',', '，']).next().unwrap_or(place);
    let is_name = |word: &str| word.chars().next().is_some_and(|c| !c.is_lowercase());
    let is_town = !town.trim().is_empty() && town.split_whitespace().all(is_name);
    let is_short = place.split_whitespace().count() <= 6 && !place.contains(['.', '!', '?']);
    (is_town && is_short).then(|| crawl::agency::exact(name)).flatten()
}

/// The agency of a line such as `© 2025 AFP`, near the beginning or the end of the text.
fn credit(text: &str) -> Option<&'static str> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let near = lines.len().saturating_sub(LINES);
    let is_near = |at: usize| at < LINES || at >= near;
    lines.iter().enumerate().rev().find_map(|(at, line)| {
        // Some outlets end the text itself with the mark.
        let marked = line.rsplit_once('©').map(|(_, rest)| rest);
        let marked = marked.filter(|rest| rest.chars().count() <= CREDIT_CHARS);
        let is_short = line.len() <= CREDIT_BYTES && line.split_whitespace().count() <= 4;
        let named = marked.and_then(crawl::agency::find);
        let alone = || is_short.then(|| crawl::agency::exact(line)).flatten();
        named.or_else(|| is_near(at).then(alone).flatten())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Hints;

    fn of(text: &str) -> Option<&'static str> {
        attribute(&Article { text, ..Article::default() }).map(|agency| agency.0)
    }

    #[test]
    fn datelines_and_lines_of_credit_name_the_agency() {
        for (text, agency) in [
            ("MOSCOW (AFP) - The minister left.", Some("AFP")),
            ("LIMA, June 3 (Reuters) - Copper rose.", Some("Reuters")),
            ("The minister left.\n© 2025 AFP\n©2025 Outlet Inc.", Some("AFP")),
            ("The minister left.\nAFP", Some("AFP")),
            ("The agency AFP reported that the minister had left on Tuesday evening.", None),
            ("He told a news agency (AFP) that he would leave.", None),
            ("Nobody signs this.", None),
        ] {
            assert_eq!(of(text), agency, "{text}");
        }
    }

    #[test]
    fn what_the_page_declares_comes_first() {
        let hints = Hints { agency: Some("Reuters"), byline: Some("AFP"), ..Hints::default() };
        let text = "MOSCOW (AFP) - The minister left.";
        let found = attribute(&Article { text, hints, ..Article::default() });
        assert_eq!(found, Some(Agency("Reuters")));
    }
}
