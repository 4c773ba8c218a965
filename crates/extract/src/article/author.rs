//! Who wrote an article: names without the words around them.

mod words;

use crawl::agency;

use super::body::Body;
use super::json_ld::Node;
use super::script::{essence, line};
use super::tree::{Element, ROOT, Tree};
use super::{Facts, ParagraphKind};
use words::{AFTER, BEFORE, BEFORE_OFFICE, BYLINES, OFFICES};

/// Longest name, in characters, and how many are kept.
const NAME_CHARS_MAX: usize = 80;
const AUTHORS_MAX: usize = 20;

/// Elements of a page that are looked at.
const ELEMENTS_MAX: usize = 40;

/// How sure elements may be to hold the author; 0 the surest.
const RANKS: u8 = 4;

/// Longest name that is known by its form alone, in characters.
const FULL_NAME_CHARS_MAX: usize = 40;

/// Longest line that is a byline, in characters.
const LINE_CHARS_MAX: usize = 120;

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
    "analyticsattributes.author",
    "og:article:author",
];

/// Finds the authors.
pub(super) fn find(facts: &Facts<'_>, body: &Body) -> Vec<String> {
    let outlet = Outlet::of(facts);
    // The outlet's own name is no author where another place names a person; else it signs the
    // text.
    let mut signed_by_outlet = Vec::new();
    let mut without_outlet = |texts: &mut dyn Iterator<Item = String>| {
        let mut found = Vec::new();
        let mut own = Vec::new();
        for text in texts {
            add(if outlet.is_addressed(&text) { &mut own } else { &mut found }, &text);
        }
        let (named, people): (Vec<String>, Vec<String>) =
            found.into_iter().partition(|name| outlet.is(name));
        own.extend(named);
        if signed_by_outlet.is_empty() {
            signed_by_outlet = own;
        }
        people
    };
    let node = facts.node.into_iter();
    let of_node = node.flat_map(|node| ["author", "creator"].map(|name| named(facts, node, name)));
    let of_meta = METAS.iter().map(|meta| facts.metas.all(meta).map(str::to_owned).collect());
    let elements = std::cell::LazyCell::new(|| of_elements(facts.tree));
    let of_elements = (0..RANKS).map(|rank| of_rank(&elements, rank));
    let of_lines = std::iter::once_with(|| of_lines(body));
    let mut all = of_node.chain(of_meta).chain(of_elements).chain(of_lines.flatten());
    let people = all
        .by_ref()
        .map(|texts: Vec<String>| without_outlet(&mut texts.into_iter()))
        .find(|names| !names.is_empty());
    people.unwrap_or(signed_by_outlet)
}

/// The names under a field of the article's node: its own, else those of the nodes it refers to.
fn named(facts: &Facts<'_>, node: &Node, field: &str) -> Vec<String> {
    let names = node.names(field);
    if !names.is_empty() {
        return names;
    }
    let ids = node.ids(field);
    let nodes = ids.iter().filter_map(|id| facts.json_ld.by_id(id));
    nodes.flat_map(|node| node.names("name")).collect()
}

/// What the outlet goes by.
struct Outlet {
    /// The names of the publisher and the host, as they are compared. The name of the site is none
    /// of them: on the page of one person it is the author's.
    names: Vec<String>,
    /// The host, without `www.`.
    host: String,
}

impl Outlet {
    fn of(facts: &Facts<'_>) -> Self {
        let publisher = facts.node.map(|node| node.names("publisher")).unwrap_or_default();
        let host = facts.url.host_str().unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(host);
        let publisher = publisher.iter().map(String::as_str);
        let mut names: Vec<String> = publisher.chain([host]).map(essence).collect();
        names.extend(host.split('.').filter(|label| label.len() > 2).map(essence));
        Self { names, host: host.to_owned() }
    }

    fn is(&self, name: &str) -> bool {
        self.names.contains(&essence(name))
    }

    /// Whether a text gives the outlet with its address: `The Paper (www.paper.test)`.
    fn is_addressed(&self, text: &str) -> bool {
        self.host.len() > 4 && text.contains(&self.host)
    }
}

/// The bylines beside the text, a stage each, the surest first.
fn of_lines(body: &Body) -> [Vec<String>; 4] {
    let before = body.before.iter().find_map(|text| byline(text, false));
    let around = body.around.iter().find_map(|text| byline(text, true));
    let dated = body.near.iter().find_map(|text| before_date(text));
    [before, around, dated, signature(body)].map(|names| names.into_iter().collect())
}

/// The full name with which a line begins that goes on with a date: `Jane Doe | 31.05.2024`.
fn before_date(text: &str) -> Option<String> {
    let (name, rest) = text.split_once(['|', '·', '•'])?;
    (is_full_name(name.trim()) && crate::date::visible(rest).is_some())
        .then(|| name.trim().to_owned())
}

/// The full name that stands alone under the text.
fn signature(body: &Body) -> Option<String> {
    let last = body.paragraphs.iter().rev().find(|p| p.kind != ParagraphKind::Caption)?;
    is_full_name(&last.text).then(|| last.text.clone())
}

/// Whether a text is two to four words with capitals, and nothing else.
fn is_full_name(text: &str) -> bool {
    let is_capital = |word: &str| word.starts_with(char::is_uppercase);
    let count = text.split(' ').count();
    (2..=4).contains(&count)
        && text.chars().count() <= FULL_NAME_CHARS_MAX
        && text.split(' ').all(is_capital)
        && text.chars().all(|c| c.is_alphabetic() || " -'’.".contains(c))
}

/// The names of a line that begins as bylines do; with a colon, where only that tells it.
fn byline(text: &str, has_colon: bool) -> Option<String> {
    let text = text.trim_start_matches(['(', '|', '•', '-', '–', '—', ' ']);
    let word = text.split([' ', ':']).next()?;
    let rest = text[word.len()..].trim_start();
    let is_byline = BYLINES.contains(&word.to_lowercase().as_str())
        && (!has_colon || rest.starts_with(':'))
        && text.chars().count() <= LINE_CHARS_MAX;
    let names = undated(rest.trim_start_matches([':', ' ']).trim_end_matches(')'));
    let names = names.split(" in ").next().unwrap_or(&names).to_owned();
    let is_capital = |c: char| !c.is_lowercase() && !c.is_ascii_digit();
    (is_byline && names.starts_with(is_capital)).then_some(names)
}

/// A text of an element that is marked as the author.
struct Marked {
    rank: u8,
    /// Whether it follows the main heading; before it stands what belongs to the site.
    is_below: bool,
    text: String,
}

/// Texts of elements that are marked as the author.
fn of_elements(tree: &Tree) -> Vec<Marked> {
    let mut found: Vec<Marked> = Vec::new();
    let mut is_below = false;
    for (id, element) in tree.elements(ROOT) {
        if found.len() >= ELEMENTS_MAX {
            break;
        }
        is_below |= element.name() == "h1";
        if let Some(rank) = rank(element) {
            let text = undated(&line(&tree.text_of(id)));
            // Portraits and links of the head have no text; the name stands in the next element.
            if (2..=NAME_CHARS_MAX).contains(&text.chars().count()) {
                found.push(Marked { rank, is_below, text });
            }
        }
    }
    found
}

/// The texts of a rank: of surer ones several, of others one, below the heading where there is one.
fn of_rank(elements: &[Marked], rank: u8) -> Vec<String> {
    let all = || elements.iter().filter(|marked| marked.rank == rank);
    if rank < 2 {
        return all().map(|marked| marked.text.clone()).take(4).collect();
    }
    let one = all().find(|marked| marked.is_below).or_else(|| all().next());
    one.map(|marked| marked.text.clone()).into_iter().collect()
}

/// A line without the date that follows the name, and what stands between them:
/// `Jane Doe March 11, 2015`, `Jane Doe on Friday, 2 May`.
fn undated(text: &str) -> String {
    let end = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let is_cut = end < text.len();
    let mut head = text[..end].trim_end();
    while is_cut && let Some((name, word)) = head.rsplit_once(' ') {
        let bare = word.trim_matches([',', '.', ':', '(']);
        let is_after = bare.is_empty() || AFTER.contains(&bare.to_lowercase().as_str());
        if !is_after && !crate::date::is_month(word) && !crate::date::is_month(bare) {
            break;
        }
        head = name.trim_end();
    }
    head.to_owned()
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
    if has(&[
        "author",
        "autor",
        "auteur",
        "authorname",
        "authors",
        "authorbox",
        "auteurs",
        "autoren",
        "autores",
        "autora",
        "autori",
    ]) {
        return Some(2);
    }
    let is_byline = has(&["bylines", "reporter", "journalist", "firma", "signature"])
        || words().any(|word| word.ends_with("byline"));
    is_byline.then_some(3)
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
    for (at, part) in parts.into_iter().enumerate() {
        // `Jane Doe / City Reporter`: what she is.
        if at > 0 && text.contains(" / ") && is_office(part) {
            continue;
        }
        for name in names(part) {
            let name = clean(name);
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
