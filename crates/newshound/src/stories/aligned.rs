//! Two texts laid beside one another, for people and as JSON.

use std::io::stdout;
use std::ops::Range;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use story::diff::{Diff, Passage};

use crate::out;

/// In which text a passage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// In both.
    Same,
    /// In both, at different places.
    Moved,
    /// Only in the first.
    Cut,
    /// Only in the second.
    Added,
}

/// What the marks mean, for the head of a comparison.
pub(crate) const LEGEND: &str = "[-only in the first-] {+only in the second+} [~moved~]";

impl Mark {
    const fn brackets(self) -> (&'static str, &'static str) {
        match self {
            Self::Same => ("", ""),
            Self::Moved => ("[~", "~]"),
            Self::Cut => ("[-", "-]"),
            Self::Added => ("{+", "+}"),
        }
    }

    const fn style(self) -> Style {
        match self {
            Self::Same => Style::new(),
            Self::Moved => AnsiColor::Cyan.on_default(),
            Self::Cut => AnsiColor::Red.on_default(),
            Self::Added => AnsiColor::Green.on_default(),
        }
    }
}

/// Whether standard output shows colours: a terminal does, unless `NO_COLOR` asks for none.
pub(crate) fn is_coloured() -> bool {
    AutoStream::choice(&stdout()) != ColorChoice::Never
}

/// A paragraph of both texts as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paragraph {
    /// With its marks.
    pub(crate) text: String,
    /// Something in it is marked.
    pub(crate) is_marked: bool,
}

/// Both texts as one, in the order of the first: what only one of them has is marked.
pub(crate) fn marked(a: &str, b: &str, diff: &Diff, is_coloured: bool) -> Vec<Paragraph> {
    let paragraphs = vec![Paragraph::default()];
    let mut flow = Flow { a, b, at_a: 0, at_b: 0, is_in_b: false, is_coloured, paragraphs };
    for passage in &diff.passages {
        match passage {
            Passage::Same { a, b, moved: false } => flow.same(a, b),
            Passage::Same { a, moved: true, .. } => flow.of_a(Mark::Moved, a),
            Passage::Cut { a } => flow.of_a(Mark::Cut, a),
            Passage::Added { b } => flow.of_b(b),
            Passage::Changed { a, b } => {
                flow.of_a(Mark::Cut, a);
                flow.changed(b);
            }
        }
    }
    flow.end()
}

/// Writes passages one after the other, with what stands between them in their text.
struct Flow<'a> {
    a: &'a str,
    b: &'a str,
    /// How far each text has been written.
    at_a: usize,
    at_b: usize,
    /// What was written last is of the second text.
    is_in_b: bool,
    is_coloured: bool,
    /// The last one is written to.
    paragraphs: Vec<Paragraph>,
}

impl Flow<'_> {
    fn same(&mut self, a: &Range<usize>, b: &Range<usize>) {
        if self.is_in_b {
            self.gap_of_b(b.start);
        } else {
            self.gap_of_a(a.start);
        }
        self.write(Mark::Same, &self.a[a.clone()]);
        (self.at_a, self.at_b, self.is_in_b) = (a.end, b.end, false);
    }

    fn of_a(&mut self, mark: Mark, a: &Range<usize>) {
        self.gap_of_a(a.start);
        let end = with_marks(self.a, a.end);
        self.write(mark, &self.a[a.start..end]);
        (self.at_a, self.is_in_b) = (end, false);
    }

    fn of_b(&mut self, b: &Range<usize>) {
        self.gap_of_b(b.start);
        self.changed(b);
    }

    /// What stands in place of what was written last.
    fn changed(&mut self, b: &Range<usize>) {
        let end = with_marks(self.b, b.end);
        self.write(Mark::Added, &self.b[b.start..end]);
        (self.at_b, self.is_in_b) = (end, true);
    }

    fn gap_of_a(&mut self, to: usize) {
        self.gap(self.a.get(self.at_a..to));
    }

    fn gap_of_b(&mut self, to: usize) {
        self.gap(self.b.get(self.at_b..to));
    }

    /// Between passages that do not follow one another in their text, a paragraph ends.
    fn gap(&mut self, between: Option<&str>) {
        match between.filter(|text| !text.contains(char::is_alphanumeric)) {
            Some(text) => self.write(Mark::Same, text),
            None => self.write(Mark::Same, "\n"),
        }
    }

    /// Paragraph by paragraph, so that each is marked by itself.
    fn write(&mut self, mark: Mark, text: &str) {
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                self.paragraphs.push(Paragraph::default());
            }
            let Some(paragraph) = self.paragraphs.last_mut().filter(|_| !line.is_empty()) else {
                continue;
            };
            let (line, (open, close)) = (out::printable(line), mark.brackets());
            let style = if self.is_coloured { mark.style() } else { Style::new() };
            let (begin, end) = (style.render().to_string(), style.render_reset().to_string());
            paragraph.text.extend([&begin, open, &line, close, &end]);
            paragraph.is_marked |= mark != Mark::Same;
        }
    }

    /// Adds the marks that end the texts.
    fn end(mut self) -> Vec<Paragraph> {
        let rest = if self.is_in_b { self.b.get(self.at_b..) } else { self.a.get(self.at_a..) };
        self.gap(rest);
        self.paragraphs.retain(|paragraph| !paragraph.text.trim().is_empty());
        self.paragraphs
    }
}

/// Where a passage ends with the marks that follow its last word.
fn with_marks(text: &str, end: usize) -> usize {
    let is_mark = |c: char| !c.is_alphanumeric() && !c.is_whitespace();
    let rest = &text[end..];
    end + rest.find(|c| !is_mark(c)).unwrap_or(rest.len())
}

/// How often each thing was done to the first text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) same: u64,
    pub(crate) moved: u64,
    pub(crate) cut: u64,
    pub(crate) added: u64,
    pub(crate) changed: u64,
}

impl Counts {
    pub(crate) fn of(diff: &Diff) -> Self {
        let mut counts = Self::default();
        for passage in &diff.passages {
            match passage {
                Passage::Same { moved, .. } => {
                    counts.same += 1;
                    counts.moved += u64::from(*moved);
                }
                Passage::Cut { .. } => counts.cut += 1,
                Passage::Added { .. } => counts.added += 1,
                Passage::Changed { .. } => counts.changed += 1,
            }
        }
        counts
    }
}

/// A passage as JSON.
#[derive(Serialize)]
pub(crate) struct PassageView<'a> {
    kind: &'static str,
    /// It stands in the second text before what it follows in the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<Stretch<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<Stretch<'a>>,
}

/// A part of a text, and where it stands in it, in bytes.
#[derive(Serialize)]
struct Stretch<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

/// The passages of a comparison as JSON.
pub(crate) fn passages<'a>(a: &'a str, b: &'a str, diff: &Diff) -> Vec<PassageView<'a>> {
    diff.passages.iter().map(|passage| view(a, b, passage)).collect()
}

fn view<'a>(a: &'a str, b: &'a str, passage: &Passage) -> PassageView<'a> {
    let in_a = |range: &Range<usize>| Some(Stretch::of(a, range));
    let in_b = |range: &Range<usize>| Some(Stretch::of(b, range));
    let (kind, moved, a, b) = match passage {
        Passage::Same { a, b, moved } => ("same", Some(*moved), in_a(a), in_b(b)),
        Passage::Cut { a } => ("cut", None, in_a(a), None),
        Passage::Added { b } => ("added", None, None, in_b(b)),
        Passage::Changed { a, b } => ("changed", None, in_a(a), in_b(b)),
    };
    PassageView { kind, moved, a, b }
}

impl<'a> Stretch<'a> {
    fn of(text: &'a str, range: &Range<usize>) -> Self {
        Self { start: range.start, end: range.end, text: &text[range.clone()] }
    }
}

#[cfg(test)]
mod tests {
    use story::diff::diff;

    use super::*;

    const WIRE: &str = "“The ferry ran aground off the northern coast early on Monday,” officials \
        said.\nRescue boats from three villages took all the passengers off before the storm \
        came.\nAn inquiry into the cause has been opened by the ministry of transport this week.";

    fn shown(a: &str, b: &str) -> String {
        let paragraphs = marked(a, b, &diff(a, b), false);
        let text: Vec<String> = paragraphs.into_iter().map(|paragraph| paragraph.text).collect();
        text.join("\n")
    }

    #[test]
    fn what_is_the_same_is_shown_as_it_stands() {
        assert_eq!(shown(WIRE, WIRE), WIRE);
        assert_eq!(shown("", ""), "");
    }

    #[test]
    fn cut_and_added_paragraphs_are_marked_as_wholes() {
        let lines: Vec<&str> = WIRE.lines().collect();
        let cut = [lines[0], lines[2]].join("\n");
        assert_eq!(shown(WIRE, &cut), WIRE.replace(lines[1], &format!("[-{}-]", lines[1])));
        assert_eq!(shown(&cut, WIRE), WIRE.replace(lines[1], &format!("{{+{}+}}", lines[1])));
        let marks = marked(WIRE, &cut, &diff(WIRE, &cut), false);
        let marks: Vec<bool> = marks.iter().map(|paragraph| paragraph.is_marked).collect();
        assert_eq!(marks, [false, true, false]);
    }

    #[test]
    fn changed_words_stand_beside_one_another() {
        let other = WIRE.replace("three villages took", "four towns nearby took");
        let text = shown(WIRE, &other);
        assert!(
            text.contains("Rescue boats from [-three villages-]{+four towns nearby+} took all"),
            "{text}"
        );
    }

    #[test]
    fn what_has_moved_is_shown_once() {
        let lines: Vec<&str> = WIRE.lines().collect();
        let turned = [lines[1], lines[0], lines[2]].join("\n");
        let text = shown(WIRE, &turned);
        assert_eq!(text.matches("[~").count(), 1, "{text}");
        assert_eq!(text.matches("Rescue boats").count(), 1, "{text}");
        assert!(!text.contains("[-") && !text.contains("{+"), "{text}");
    }

    #[test]
    fn colours_surround_marks_and_the_web_cannot_set_any() {
        let added = format!("{WIRE}\nA new \u{1b}[31mparagraph of the local desk stands here.");
        let paragraphs = marked(WIRE, &added, &diff(WIRE, &added), true);
        let text = &paragraphs[3].text;
        assert_eq!(text.matches('\u{1b}').count(), 2, "{text:?}");
        assert!(text.starts_with("\u{1b}[32m{+A new \u{fffd}[31mparagraph"), "{text:?}");
    }
}
