//! The headline: what most places of a page agree on, without the name of the site.

use super::Facts;
use super::script::{essence, line};
use super::tree::{Id, ROOT, Tree};
use super::zone::Zone;

/// Longest headline, in bytes.
const HEADLINE_BYTES_MAX: usize = 1_000;

/// What stands between a headline and the name of a site.
const SEPARATORS: &[&str] = &[
    " - ", " | ", " – ", " — ", " :: ", " · ", " » ", " « ", " • ", " / ", " @ ", "｜", "_", " : ",
    "|", "–", "－", "-", " -", "：",
];

/// Finds the headline.
pub(super) fn find(facts: &Facts<'_>) -> Option<String> {
    let sites = sites(facts);
    let h1s: Vec<String> = headings(facts.tree);
    let title = title(facts.tree);
    let without = |text: String| without_site(&text, &sites);
    let stated = facts.node.and_then(|node| node.text("headline").or_else(|| node.text("name")));
    let og = facts.metas.first(&["og:title"]).map(|text| plain(text));
    let other =
        facts.metas.first(&["twitter:title", "title", "dc.title", "parsely-title"]).map(plain);
    let mut candidates: Vec<String> =
        [stated, og, other].into_iter().flatten().map(without).collect();
    let declared = candidates.len();
    candidates.extend(h1s.iter().cloned().map(without));
    let of_title = title.clone().map(without);
    candidates.extend(of_title.iter().cloned());
    candidates.retain(|text| !text.is_empty() && !is_site(text, &sites));
    // What a heading repeats of what is declared is what readers see.
    let seen: Vec<String> = h1s.iter().map(|text| essence(text)).collect();
    let agreed = candidates.iter().take(declared).find(|text| seen.contains(&essence(text)));
    if let Some(text) = agreed {
        return Some(text.clone());
    }
    // A heading with which the title begins.
    let of_title = title.as_deref().map(essence).unwrap_or_default();
    let begins = |text: &&String| {
        let text = essence(text);
        text.chars().count() >= 8 && of_title.starts_with(&text)
    };
    if let Some(text) = h1s.iter().find(begins) {
        let is_longer = |other: &&String| essence(other).starts_with(&essence(text));
        return Some(candidates.iter().take(declared).find(is_longer).unwrap_or(text).clone());
    }
    let first = candidates.first()?;
    // What is declared is cut at 110 characters by some systems.
    let stem = essence(first.trim_end_matches(['.', '…']));
    let longer = candidates.iter().find(|other| {
        let other = essence(other);
        other.len() > stem.len() && stem.len() > 60 && other.starts_with(&stem)
    });
    Some(longer.unwrap_or(first).clone())
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
        .take(8)
        .filter(|(id, _)| !is_around(*id))
        .map(|(id, element)| match element.get("content") {
            Some(content) => line(content),
            None => line(&tree.text_of(id)),
        })
        .filter(|text| !text.is_empty() && text.len() <= HEADLINE_BYTES_MAX)
        .collect()
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
    if let Some(host) = facts.url.host_str() {
        let host = host.strip_prefix("www.").unwrap_or(host);
        names.push(essence(host));
        names.extend(host.split('.').filter(|label| label.len() > 3).map(essence));
    }
    names.retain(|name| !name.is_empty());
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
                && count <= site.chars().count() + 12)
            || (site.len() >= 5
                && name.ends_with(site.as_str())
                && count <= site.chars().count() + 12)
    })
}
