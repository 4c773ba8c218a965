//! The frames of feeds and sitemaps, as files: they name vocabularies by the addresses of others.

pub(super) const RSS_2: &str = include_str!("forms/rss2.xml");
pub(super) const RSS_091: &str = include_str!("forms/rss091.xml");
pub(super) const RDF: &str = include_str!("forms/rdf.xml");
pub(super) const ATOM: &str = include_str!("forms/atom.xml");
pub(super) const JSON: &str = include_str!("forms/feed.json");
pub(super) const NEWS: &str = include_str!("forms/news.xml");
pub(super) const URLS: &str = include_str!("forms/urls.xml");
pub(super) const INDEX: &str = include_str!("forms/index.xml");

/// A frame with its places, written `{name}`, filled in. Places without a value stay empty.
pub(super) fn filled(frame: &str, values: &[(&str, &str)]) -> String {
    let length: usize = values.iter().map(|(_, value)| value.len()).sum();
    let mut out = String::with_capacity(frame.len() + length + 200);
    let mut rest = frame;
    while let Some((before, place)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = place.split_once('}') else { break };
        let value = values.iter().find(|(known, _)| *known == name);
        out.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}
