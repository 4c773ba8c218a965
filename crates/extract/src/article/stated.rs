//! The text of an article as its JSON-LD states it: paragraphs of their own, and a witness for what
//! the elements hold.

use super::body::{self, Known};
use super::script::{Measure, essence, line};
use super::tree::Tree;
use super::{Paragraph, ParagraphKind};
use crate::Limits;

/// How much of it is searched through, in bytes: more says nothing more, and each paragraph of a
/// page is looked for in it.
const SEARCHED_BYTES_MAX: usize = 128 * 1024;

/// Paragraphs that are looked for, with the same reason.
pub(super) const LOOKED_FOR_MAX: usize = 1_000;

/// By how much of its beginning a paragraph is known, in bytes.
const BEGINNING_BYTES: usize = 60;

/// A text that JSON-LD states.
#[derive(Debug, Default)]
pub(super) struct Stated {
    pub(super) paragraphs: Vec<Paragraph>,
    /// Letters and digits of its beginning.
    essence: String,
}

/// How far paragraphs agree with a text, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreement {
    /// Of the paragraphs that were looked for.
    pub(super) units: usize,
    /// Of those that were found.
    pub(super) found: usize,
}

impl Stated {
    /// Reads a text: lines, or HTML in some.
    pub(super) fn of(text: &str, headline: Option<&str>, limits: &Limits) -> Self {
        let is_html = text.contains("<p") || text.contains("<br") || text.contains("</");
        let paragraphs = if is_html { of_html(text, headline, limits) } else { of_lines(text) };
        let mut pieces = String::new();
        for paragraph in &paragraphs {
            pieces.push_str(&essence(&paragraph.text));
            if pieces.len() >= SEARCHED_BYTES_MAX {
                pieces.truncate(pieces.floor_char_boundary(SEARCHED_BYTES_MAX));
                break;
            }
        }
        Self { paragraphs, essence: pieces }
    }

    /// Whether the beginning of a paragraph stands in it.
    pub(super) fn holds(&self, text: &str) -> bool {
        let beginning: String = text.chars().take(4 * BEGINNING_BYTES).collect();
        let text = essence(&beginning);
        let end = text.floor_char_boundary(BEGINNING_BYTES);
        !text.is_empty() && self.essence.contains(&text[..end])
    }

    /// How far the first paragraphs of an article agree with it, as many as it is searched for.
    pub(super) fn agreement(&self, paragraphs: &[Paragraph]) -> Agreement {
        let (mut agreement, mut bytes) = (Agreement::default(), 0);
        for paragraph in paragraphs.iter().take(LOOKED_FOR_MAX) {
            let units = Measure::of(&paragraph.text).units;
            let is_text = paragraph.kind != ParagraphKind::Caption;
            agreement.units += units;
            agreement.found += if is_text && self.holds(&paragraph.text) { units } else { 0 };
            // What lies further on would be looked for where nothing was kept.
            bytes += paragraph.text.len();
            if bytes > SEARCHED_BYTES_MAX {
                break;
            }
        }
        agreement
    }

    /// How long all of it is, in units.
    pub(super) fn units(&self) -> usize {
        self.paragraphs.iter().map(|p| Measure::of(&p.text).units).sum()
    }
}

/// The guard of a page saw the text as a script: what nests in it has to be looked at again before
/// a tree is built. One that is not tame is one paragraph.
fn of_html(text: &str, headline: Option<&str>, limits: &Limits) -> Vec<Paragraph> {
    if crate::page::guard_of(text, limits).is_some() {
        return of_lines(&crate::text::plain_of_html(text, text.len()));
    }
    let known = Known { headline, ..Known::default() };
    body::all(&Tree::parse(text), &known)
}

fn of_lines(text: &str) -> Vec<Paragraph> {
    let lines = text.lines().map(line).filter(|text| !text.is_empty());
    lines.map(|text| Paragraph { kind: ParagraphKind::Text, text }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(stated: &Stated) -> Vec<&str> {
        stated.paragraphs.iter().map(|p| p.text.as_str()).collect()
    }

    const TWO: [&str; 2] = [
        "The river rose by two metres in one night, said the mayor.",
        "The lower bridge is closed, and nobody knows for how long.",
    ];

    #[test]
    fn no_tree_is_built_of_what_is_not_tame() {
        let html = format!("<p>{}</p><p>{}</p>", TWO[0], TWO[1]);
        let limits = Limits::default();
        let read = |html: &str| Stated::of(html, None, &limits);
        assert_eq!(texts(&read(&html)), TWO);
        let one = format!("{} {}", TWO[0], TWO[1]);
        let apart = html.replace("</p><p>", "</p> <p>");
        for wild in [
            "<b>".repeat(limits.depth_max + 1),
            "<br>".repeat(limits.elements_max + 1),
            format!("<b {}>", "a=b ".repeat(limits.attributes_max + 1)),
            "<b>".repeat(5_000),
        ] {
            assert_eq!(texts(&read(&format!("{wild}{apart}"))), [&*one], "{wild:.20}");
        }
    }

    #[test]
    fn only_the_beginning_is_searched() {
        let line = |n: usize| format!("Line {n:06} of a text that goes on and on, with no end.");
        let last = 10_000;
        let text: String = (0..=last).map(|n| line(n) + "\n").collect();
        let stated = Stated::of(&text, None, &Limits::default());
        assert_eq!(stated.paragraphs.len(), last + 1);
        assert!(stated.essence.len() <= SEARCHED_BYTES_MAX);
        assert!(stated.holds(&line(0)) && stated.holds(&line(2_000)));
        assert!(!stated.holds(&line(last)) && !stated.holds("") && !stated.holds("..."));
        // The same text agrees with itself, however long it is.
        let agreement = stated.agreement(&stated.paragraphs);
        let units = Measure::of(&line(0)).units;
        assert_eq!(agreement, Agreement { units: 1_000 * units, found: 1_000 * units });
        let long: Vec<Paragraph> = [0, 1, 2, 3]
            .map(|n| Paragraph { kind: ParagraphKind::Text, text: line(n).repeat(1_500) })
            .into();
        let of_long: String = long.iter().flat_map(|p| [&*p.text, "\n"]).collect();
        let agreement = Stated::of(&of_long, None, &Limits::default()).agreement(&long);
        assert_eq!(agreement.units, agreement.found);
        assert!(agreement.units < Measure::of(&of_long).units);
    }
}
