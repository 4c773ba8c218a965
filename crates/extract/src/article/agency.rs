//! Which agencies a page credits, and where: only places where credits stand are looked at.

mod words;

use crawl::agency;

use super::body::Body;
use super::script::line;
use super::tree::{ROOT, Tree};
use super::{AgencyHint, AgencySource, Facts, Paragraph, ParagraphKind};
use words::{CREDITS, METAS, PICTURES};

/// Paragraphs at the start in which a dateline may stand, and how far in it ends, in characters.
const DATELINE_PARAGRAPHS: usize = 3;
const DATELINE_CHARS_MAX: usize = 110;

/// Longest line of credit, in characters.
const CREDIT_CHARS_MAX: usize = 160;

/// Paragraphs at the end in which a credit may stand.
const CREDIT_PARAGRAPHS: usize = 4;

/// Elements of a page that are looked at.
const ELEMENTS_MAX: usize = 40;

/// All that the page credits an agency with, the surest first, each agency once a place.
pub(super) fn find(facts: &Facts<'_>, authors: &[String], body: &Body) -> Vec<AgencyHint> {
    let mut hints = Vec::new();
    of_json_ld(facts, &mut hints);
    for author in authors {
        push(&mut hints, AgencySource::Byline, named(author));
    }
    let first = body.paragraphs.iter().filter(|p| is_text(p)).take(DATELINE_PARAGRAPHS);
    let first = first.map(|p| &p.text).filter(|text| is_short(text, 60));
    for line in body.before.iter().chain(first).filter(|text| is_byline(text)) {
        push(&mut hints, AgencySource::Byline, agency::find(line));
    }
    let texts: Vec<&Paragraph> = body.paragraphs.iter().filter(|p| is_text(p)).collect();
    if let Some((_, name)) = dateline(&body.paragraphs) {
        push(&mut hints, AgencySource::Dateline, Some(name));
    }
    let last = texts.len().saturating_sub(CREDIT_PARAGRAPHS);
    let ends = texts[last..].iter().map(|p| p.text.as_str());
    for text in ends.chain(body.around.iter().map(String::as_str)) {
        push(&mut hints, AgencySource::Credit, credit(text));
        push(&mut hints, AgencySource::Copyright, copyright(text));
    }
    // The label of a teaser is a credit, but of another story.
    for text in &body.apart {
        push(&mut hints, AgencySource::Copyright, copyright(text));
    }
    for name in METAS {
        let source = if name.ends_with("right") || name.ends_with("rights") {
            AgencySource::Copyright
        } else {
            AgencySource::Source
        };
        facts.metas.all(name).for_each(|text| push(&mut hints, source, agency::find(text)));
    }
    of_elements(facts.tree, &mut hints);
    hints.sort_by_key(|hint| hint.source);
    hints
}

/// The place and sender with which a text begins, and the agency among them.
pub(super) fn dateline(paragraphs: &[Paragraph]) -> Option<(String, &'static str)> {
    let mut texts = paragraphs.iter().filter(|p| is_text(p)).take(DATELINE_PARAGRAPHS);
    texts.find_map(|paragraph| dateline_of(&paragraph.text))
}

fn dateline_of(text: &str) -> Option<(String, &'static str)> {
    let end = text.char_indices().nth(DATELINE_CHARS_MAX).map_or(text.len(), |(at, _)| at);
    let head = &text[..end];
    in_brackets(head).or_else(|| before_dash(head)).or_else(|| before_telegram(head))
}

/// `MOSCOW, May 3 (AFP) -`, `(ANSA) - ROMA`, `【北京＝共同】`, `[ロンドン　１日　ロイター]`.
fn in_brackets(head: &str) -> Option<(String, &'static str)> {
    let open = head.find(['(', '[', '【', '（', '［'])?;
    let place = &head[..open];
    let inner_start = open + head[open..].chars().next()?.len_utf8();
    let inner_end = inner_start + head[inner_start..].find([')', ']', '】', '）', '］'])?;
    let inner = &head[inner_start..inner_end];
    let behind = head[inner_end..].chars().next().map_or(inner_end, |c| inner_end + c.len_utf8());
    let name = named(inner)?;
    let is_place =
        place.chars().count() <= 60 && !place.contains(['。', '"', '“']) && is_place(place);
    // An agency in brackets within a sentence is the subject of it: `the agency (AFP) said`.
    let rest = head[behind..].trim_start();
    let goes_on = rest.starts_with(char::is_lowercase) && !place.trim().is_empty();
    (is_place && inner.chars().count() <= 50 && !goes_on)
        .then(|| (head[..behind].trim().to_owned(), name))
}

/// Whether what stands before the brackets may be a place and a day: few words, in capitals or with
/// a capital each.
fn is_place(place: &str) -> bool {
    let words: Vec<&str> = place.split_whitespace().collect();
    let is_small = |word: &&&str| {
        word.starts_with(char::is_lowercase)
            && word.chars().count() > 3
            && !crate::date::is_month(word)
    };
    words.len() <= 9 && words.iter().filter(is_small).count() <= 1
}

/// `AFP - Le président`, `Berlin/dpa –`, `ANKARA, AA -`.
fn before_dash(head: &str) -> Option<(String, &'static str)> {
    let at = [" - ", " – ", " — ", " -- ", ".- ", "– ", "— "]
        .iter()
        .filter_map(|dash| head.find(dash))
        .min()?;
    let before = head[..at].trim();
    if before.chars().count() > 50 || !is_place(before) {
        return None;
    }
    let parts = before.split(['/', ',', '(', ')', '|', '.']).map(str::trim);
    let name = parts.rev().find_map(agency::exact)?;
    Some((before.to_owned(), name))
}

/// `新华社北京11月17日电`, `中新社记者`.
fn before_telegram(head: &str) -> Option<(String, &'static str)> {
    let at = head.find(['电', '電', '讯', '訊'])?;
    let before = &head[..at + '电'.len_utf8()];
    let name = agency::find(before)?;
    (before.chars().count() <= 40).then(|| (before.to_owned(), name))
}

/// The agency of a line that is a credit and nothing else.
fn credit(text: &str) -> Option<&'static str> {
    if !is_short(text, CREDIT_CHARS_MAX) {
        return reporting(text).or_else(|| at_end(text));
    }
    let is_alone = |part: &str| {
        let part = part.trim();
        // Who sent it, and the initials of who edited it.
        part.is_empty() || agency::exact(part).is_some() || part.chars().count() <= 4
    };
    let parts: Vec<&str> =
        text.split(['/', ',', ';', '(', ')', '|', '+', '-', '–', '—', '·', '，']).collect();
    let named = parts.iter().find_map(|part| agency::exact(part));
    if named.is_some() && parts.iter().all(|part| is_alone(part)) {
        return named;
    }
    let lower = text
        .trim_start_matches(['(', '[', '*', '（', '【', '-', '–', '—', ' ', '|'])
        .to_lowercase();
    let begins = |words: &&&str| {
        let rest = lower.strip_prefix(**words);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) || !words.is_ascii())
    };
    let is_credit = CREDITS.iter().any(|words| begins(&words)) && is_short(text, 80);
    let of_credit = if is_credit { agency::find(text) } else { None };
    of_credit.or_else(|| reporting(text)).or_else(|| at_end(text))
}

/// The line with which Reuters ends its stories.
fn reporting(text: &str) -> Option<&'static str> {
    let lower = text.trim_start_matches(['(', '[', ' ']).to_lowercase();
    let is_reporting = lower.starts_with("reporting by") || lower.starts_with("writing by");
    (is_reporting && lower.contains("editing by")).then_some("Reuters")
}

/// A name in brackets at the end of a line: `... sagte er. (dpa)`.
fn at_end(text: &str) -> Option<&'static str> {
    let text = text.trim_end_matches(['.', ' ', '。']);
    let inner = text.strip_suffix([')', '）'])?;
    let at = inner.rfind(['(', '（'])?;
    let inner = &inner[at + inner[at..].chars().next()?.len_utf8()..];
    let lower = inner.trim_start().to_lowercase();
    // `(Photo: Jane Doe, AP)` is of a picture.
    if PICTURES.iter().any(|word| lower.starts_with(word)) {
        return None;
    }
    inner.split(['/', ',', '=', '-']).find_map(agency::exact)
}

/// The agency of a copyright line.
fn copyright(text: &str) -> Option<&'static str> {
    let lower = text.trim_start().to_lowercase();
    let begins = [
        "©",
        "copyright",
        "(c)",
        "&copy;",
        "all rights reserved",
        "alle rechte",
        "riproduzione riservata",
        "tous droits",
    ];
    (is_short(text, 300) && begins.iter().any(|words| lower.starts_with(words)))
        .then(|| agency::find(text))
        .flatten()
}

fn of_json_ld(facts: &Facts<'_>, hints: &mut Vec<AgencyHint>) {
    let Some(node) = facts.node else { return };
    for name in [
        "author",
        "creator",
        "sourceOrganization",
        "provider",
        "copyrightHolder",
        "creditText",
        "contributor",
        "publisher",
    ] {
        for text in node.names(name) {
            push(hints, AgencySource::JsonLd, named(&text));
        }
    }
}

/// Elements that are called source or agency, with a short text or a picture in it.
fn of_elements(tree: &Tree, hints: &mut Vec<AgencyHint>) {
    let is_called = |element: &super::tree::Element| {
        let names = [element.get("class"), element.get("id"), element.get("itemprop")]
            .into_iter()
            .flatten();
        let words = names.flat_map(|names| names.split(|c: char| !c.is_alphabetic()));
        words.map(str::to_lowercase).any(|word| {
            matches!(
                word.as_str(),
                "source"
                    | "sources"
                    | "agency"
                    | "agencia"
                    | "agence"
                    | "provider"
                    | "quelle"
                    | "fuente"
                    | "fonte"
                    | "sourceorganization"
                    | "agencies"
                    | "agentur"
                    | "agenturen"
                    | "laiyuan"
            )
        })
    };
    let found = tree.elements(ROOT).filter(|(_, element)| {
        !matches!(element.name(), "html" | "body" | "source" | "img" | "script" | "link")
            && is_called(element)
    });
    for (id, _) in found.take(ELEMENTS_MAX) {
        let is_caption = tree.ancestors(id).any(|id| {
            matches!(
                tree.name(id),
                "figure" | "figcaption" | "aside" | "footer" | "picture" | "ul" | "ol"
            )
        });
        let text = line(&tree.text_of(id));
        if is_caption || !is_short(&text, 60) {
            continue;
        }
        push(hints, AgencySource::Source, named(&text));
        let pictures = tree.elements(id).filter(|(_, element)| element.name() == "img");
        let shown = pictures.filter_map(|(_, element)| element.get("alt")).find_map(agency::exact);
        push(hints, AgencySource::Source, shown);
    }
}

fn push(hints: &mut Vec<AgencyHint>, source: AgencySource, name: Option<&'static str>) {
    let Some(name) = name else { return };
    let hint = AgencyHint { source, name: name.to_owned() };
    if !hints.contains(&hint) {
        hints.push(hint);
    }
}

fn is_text(paragraph: &Paragraph) -> bool {
    paragraph.kind == ParagraphKind::Text
}

fn is_short(text: &str, chars_max: usize) -> bool {
    !text.is_empty() && text.chars().count() <= chars_max
}

/// Whether a line between headline and text is a byline: no sentence, no credit of a picture.
fn is_byline(text: &str) -> bool {
    let lower = text.to_lowercase();
    is_short(text, 100)
        && !text.contains(". ")
        && !text.contains('(')
        && text.split_whitespace().count() <= 14
        && !PICTURES.iter().any(|word| lower.contains(word))
}

/// The agency that a name is of, or names.
fn named(text: &str) -> Option<&'static str> {
    agency::find(text).or_else(|| agency::exact(text))
}
