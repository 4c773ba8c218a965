//! Who wrote an article: names without the words around them.

mod name;
mod words;

use super::body::Body;
use super::json_ld::Node;
use super::script::{essence, line};
use super::tree::{Element, ROOT, Tree};
use super::{Facts, ParagraphKind};
use name::{NAME_CHARS_MAX, Place, add, is_full_name};
use words::{AFTER, BYLINES};

/// Elements of a page that are looked at.
const ELEMENTS_MAX: usize = 40;

/// Text that is read of an element, in bytes; names are far shorter.
const TEXT_BYTES_MAX: usize = 2_000;

/// How sure elements may be to hold the author; 0 the surest.
const RANKS: u8 = 4;

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
    let mut without_outlet = |place: Place, texts: &mut dyn Iterator<Item = String>| {
        let mut found = Vec::new();
        let mut own = Vec::new();
        for text in texts {
            add(if outlet.is_addressed(&text) { &mut own } else { &mut found }, &text, place);
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
    let of_node = of_node.map(|names: Vec<String>| (Place::Field, names));
    let of_page = of_meta.chain(of_elements).chain(of_lines.flatten());
    let mut all = of_node.chain(of_page.map(|texts: Vec<String>| (Place::Page, texts)));
    let people = all
        .by_ref()
        .map(|(place, texts)| without_outlet(place, &mut texts.into_iter()))
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
    let mut looked = 0;
    for (id, element) in tree.elements(ROOT) {
        is_below |= element.name() == "h1";
        if let Some(rank) = rank(element) {
            looked += 1;
            if looked > ELEMENTS_MAX {
                break;
            }
            let text = undated(&line(&tree.text_up_to(id, TEXT_BYTES_MAX)));
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
