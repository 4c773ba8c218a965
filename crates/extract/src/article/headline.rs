//! The headline: what most places of a page agree on, without the name of the site.

use super::Facts;
use super::script::{essence, line};
use super::tree::{Id, ROOT, Tree};
use super::zone::Zone;

/// Longest headline, in bytes.
const HEADLINE_BYTES_MAX: usize = 1_000;

/// Main headings that are looked at.
const HEADINGS_MAX: usize = 8;

/// Longest name of a site, in letters.
const SITE_CHARS_MAX: usize = 40;

/// What stands between a headline and the name of a site.
const SEPARATORS: &[&str] = &[
    " - ", " | ", " – ", " — ", " :: ", " · ", " » ", " « ", " ‹ ", " › ", " • ", " / ", " @ ",
    "｜", "_", " : ", "|", "–", "－", "-", " -", "：",
];

/// Shortest headline, in bytes of what is compared, that counts against a longer form of itself.
const BARE_BYTES_MIN: usize = 20;

/// Longest words before a headline, in characters: `Migration:`, `The day in pictures:`.
const KICKER_CHARS_MAX: usize = 60;

/// Headings within a page that are looked at.
const SUBHEADINGS_MAX: usize = 80;

/// Finds the headline.
pub(super) fn find(facts: &Facts<'_>) -> Option<String> {
    let sites = sites(facts);
    let h1s: Vec<String> = headings(facts.tree);
    let title = title(facts.tree);
    let without = |text: String| without_site(&text, &sites);
    let stated = facts.node.and_then(|node| node.text("headline").or_else(|| node.text("name")));
    let og = facts.metas.first(&["og:title"]).map(plain);
    let other =
        facts.metas.first(&["twitter:title", "title", "dc.title", "parsely-title"]).map(plain);
    let of_title = title.map(without).filter(|text| !is_site(text, &sites));
    let is_one = |text: &String| !text.is_empty() && !is_site(text, &sites);
    let headings: Vec<String> = h1s.into_iter().map(without).filter(is_one).collect();
    let fits_title = |text: &&String| of_title.as_ref().is_none_or(|title| is_alike(text, title));
    let shown: Vec<String> = headings.iter().filter(fits_title).cloned().collect();
    let declared: Vec<String> =
        [stated, og, other].into_iter().flatten().map(without).filter(is_one).collect();
    // A heading that repeats what is declared is what readers see; what only the head says is for
    // social networks and search engines, and often worded for them.
    let is_shown = |text: &&String| headings.iter().any(|other| essence(other) == essence(text));
    let agreed = declared.iter().find(is_shown);
    // What fits nothing else on the page is the name of the site, or of a section.
    let all = || shown.iter().chain(&declared).chain(&of_title);
    let fits = |text: &&String| {
        let count = all().filter(|other| is_alike(text, other)).count();
        count > 1 || all().count() == 1
    };
    let first = agreed
        .or_else(|| sole(&headings, &shown, &declared))
        .or_else(|| declared.iter().find(fits))
        .or_else(|| shown.iter().max_by_key(|text| text.len()))
        .or(of_title.as_ref())
        .or_else(|| declared.first())?;
    let others = || headings.iter().chain(&declared);
    let first = without_kicker(bare(first, others()), others());
    if headings.is_empty()
        && let Some(part) = as_heading(facts.tree, first)
    {
        return Some(part);
    }
    Some(whole(first, others().chain(&of_title)).clone())
}

/// The one main heading of a page whose head words its title somewhat otherwise. Where one holds
/// the other, a name or a kicker stands in the longer of them, and the head knows better.
fn sole<'a>(headings: &[String], shown: &'a [String], declared: &[String]) -> Option<&'a String> {
    let [first, ..] = shown else { return None };
    let own = essence(first);
    let is_only = headings.iter().all(|other| essence(other) == own);
    let is_held = |other: &String| {
        let (all, essence) = (words(other), essence(other));
        let is_within = words(first).iter().all(|word| all.contains(word));
        is_within || essence.contains(&own) || own.contains(&essence)
    };
    let is_long = own.len() >= BARE_BYTES_MIN && !super::body::is_dense(first);
    let is_near = declared.iter().any(|other| is_near(first, other));
    (is_only && is_long && is_near && !declared.iter().any(is_held)).then_some(first)
}

/// The headline without a section at its end, where it stands elsewhere without it.
fn bare<'a>(headline: &'a String, others: impl Iterator<Item = &'a String>) -> &'a String {
    let heads: Vec<String> = parts(headline).map(|(head, _)| essence(head)).collect();
    others.into_iter().find(|other| heads.contains(&essence(other))).unwrap_or(headline)
}

/// What stands before and behind each separator of a title.
fn parts(title: &str) -> impl Iterator<Item = (&str, &str)> {
    SEPARATORS.iter().flat_map(move |separator| {
        let found = title.match_indices(separator);
        found.map(move |(at, _)| (&title[..at], &title[at + separator.len()..]))
    })
}

/// The headline without the words before it (`Migration: `), where it stands elsewhere so.
fn without_kicker<'a>(
    headline: &'a String,
    others: impl Iterator<Item = &'a String>,
) -> &'a String {
    let is_rest = |other: &&String| {
        let kicker = headline.strip_suffix(other.as_str()).map(str::trim_end);
        kicker.is_some_and(|kicker| {
            kicker.ends_with(':') && kicker.chars().count() <= KICKER_CHARS_MAX
        }) && essence(other).len() >= BARE_BYTES_MIN
    };
    others.into_iter().find(is_rest).unwrap_or(headline)
}

/// The part of a title that stands in the page as a heading by itself.
fn as_heading(tree: &Tree, title: &str) -> Option<String> {
    let is_heading = |element: &super::tree::Element| matches!(element.name(), "h2" | "h3" | "h4");
    let found = tree.elements(ROOT).filter(|(_, element)| is_heading(element));
    let known: Vec<String> =
        found.take(SUBHEADINGS_MAX).map(|(id, _)| essence(&tree.text_of(id))).collect();
    let is_known = |part: &&str| {
        let part = essence(part);
        part.len() >= BARE_BYTES_MIN && known.contains(&part)
    };
    parts(title).flat_map(|(head, tail)| [head, tail]).find(is_known).map(line)
}

/// The same headline at greater length, where it is cut: some systems do so at 110 characters.
fn whole<'a>(headline: &'a String, others: impl Iterator<Item = &'a String>) -> &'a String {
    let is_marked = headline.ends_with("...") || headline.ends_with('…');
    let stem = essence(headline.trim_end_matches(['.', '…']));
    if !is_marked && !(100..=112).contains(&headline.chars().count()) {
        return headline;
    }
    let is_whole = |other: &&String| {
        // Where text follows the dots, they are part of the headline.
        let goes_on = is_marked && other.starts_with(headline.as_str());
        let other = essence(other);
        !goes_on && other.len() > stem.len() && stem.len() > 40 && other.starts_with(&stem)
    };
    others.into_iter().find(is_whole).unwrap_or(headline)
}

/// Whether two titles share more than half of the words of the longer one.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b) = (words(a), words(b));
    let shared = a.iter().filter(|word| b.contains(word)).count();
    shared * 2 > a.len().max(b.len())
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Whether two titles share half of the words of the shorter one; where words are not parted, a
/// third of its characters.
fn is_alike(a: &str, b: &str) -> bool {
    if super::body::is_dense(a) {
        let shared = a.chars().filter(|c| b.contains(*c)).count();
        return shared * 3 >= a.chars().count().min(b.chars().count());
    }
    let (a, b) = (words(a), words(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let shared = short.iter().filter(|word| long.contains(word)).count();
    shared * 2 >= short.len() && shared > 0
}

fn plain(text: &str) -> String {
    line(&crate::text::plain_of_html(text, HEADLINE_BYTES_MAX))
}

/// The main headings, but for those of the site itself and of what stands around.
fn headings(tree: &Tree) -> Vec<String> {
    let mut words = Vec::new();
    let mut is_around = |id: Id| {
        let zone = |id| tree.element(id).and_then(|e| Zone::of(e, &mut words));
        let inner: Vec<Option<Zone>> = tree.ancestors(id).map(zone).collect();
        inner.iter().any(|zone| matches!(zone, Some(Zone::Never | Zone::Comments)))
    };
    let is_heading = |element: &super::tree::Element| {
        element.name() == "h1" || element.get("itemprop") == Some("headline")
    };
    let found = tree.elements(ROOT).filter(|(_, element)| is_heading(element));
    found
        .take(HEADINGS_MAX)
        .filter(|(id, _)| !is_around(*id) && !leads_home(tree, *id))
        .map(|(id, element)| match element.get("content") {
            Some(content) => line(content),
            None => line(&tree.text_of(id)),
        })
        .filter(|text| !text.is_empty() && text.len() <= HEADLINE_BYTES_MAX)
        .collect()
}

/// Whether a heading is a link to the front page: then it is the name of the site.
fn leads_home(tree: &Tree, heading: Id) -> bool {
    let links = tree.elements(heading).filter(|(_, element)| element.name() == "a");
    links.take(2).any(|(_, link)| {
        let is_home = link.get("rel").is_some_and(|rel| rel.split(' ').any(|r| r == "home"));
        is_home || link.get("href") == Some("/")
    })
}

/// The title of the document.
fn title(tree: &Tree) -> Option<String> {
    let (id, _) = tree.elements(ROOT).find(|(_, element)| element.name() == "title")?;
    let text = line(&tree.text_of(id));
    (!text.is_empty()).then(|| text[..text.floor_char_boundary(HEADLINE_BYTES_MAX)].to_owned())
}

/// The names of the site, as they are compared.
fn sites(facts: &Facts<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let metas = [
        "og:site_name",
        "application-name",
        "apple-mobile-web-app-title",
        "al:ios:app_name",
        "twitter:site",
        "publisher",
        "author",
        "copyright",
        "dc.publisher",
        "al:android:app_name",
    ];
    names.extend(metas.iter().filter_map(|name| facts.metas.first(&[name])).map(essence));
    if let Some(node) = facts.node {
        names.extend(node.names("publisher").iter().map(|name| essence(name)));
    }
    for kind in ["NewsMediaOrganization", "Organization", "WebSite"] {
        let node = facts.json_ld.first(kind);
        names.extend(node.iter().flat_map(|node| node.names("name")).map(|name| essence(&name)));
    }
    let headings = facts.tree.elements(ROOT).filter(|(_, element)| element.name() == "h1");
    let home = headings.take(HEADINGS_MAX).filter(|(id, _)| leads_home(facts.tree, *id));
    names.extend(home.map(|(id, _)| essence(&facts.tree.text_of(id))));
    if let Some(host) = facts.url.host_str() {
        let host = host.strip_prefix("www.").unwrap_or(host);
        names.push(essence(host));
        names.extend(host.split('.').filter(|label| label.len() > 3).map(essence));
    }
    // Some templates give the headline as the name of the site.
    names.retain(|name| !name.is_empty() && name.chars().count() <= SITE_CHARS_MAX);
    names
}

fn is_site(text: &str, sites: &[String]) -> bool {
    sites.contains(&essence(text))
}

/// A headline without the name of the site at its end or its start, and the sections beside it.
pub(super) fn without_site(text: &str, sites: &[String]) -> String {
    let mut text = text.trim();
    loop {
        let cut = SEPARATORS.iter().find_map(|separator| {
            let (head, tail) = text.rsplit_once(separator)?;
            let is_rest = is_site_name(tail, sites) && essence(head).len() >= 8;
            is_rest.then_some(head).or_else(|| {
                let (head, tail) = text.split_once(separator)?;
                (is_site_name(head, sites) && essence(tail).len() >= 8).then_some(tail)
            })
        });
        let Some(rest) = cut else { break };
        text = rest.trim();
    }
    text.trim_end_matches(['|', '-', '–', '—', '_', ':']).trim().to_owned()
}

/// Whether a part of a title is the name of the site: it is one of the names, begins one, or one
/// begins it.
fn is_site_name(part: &str, sites: &[String]) -> bool {
    let name = essence(part);
    let count = name.chars().count();
    if name.is_empty() || part.split_whitespace().count() > 6 {
        return false;
    }
    sites.iter().any(|site| {
        *site == name
            || (count >= 3 && site.starts_with(&name))
            || (site.len() >= 4
                && name.starts_with(site.as_str())
                && count <= site.chars().count() + if site.len() > 5 { 24 } else { 12 })
            || (site.len() >= 5
                && name.ends_with(site.as_str())
                && count <= site.chars().count() + 12)
    })
}
