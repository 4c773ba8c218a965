//! Tests of the module that declares this one.

use super::*;

const PAIRS: u8 = 3;

fn url(path: &str) -> CanonicalUrl {
    CanonicalUrl::parse(&format!("https://a.test{path}")).unwrap()
}

/// Notes pages with their texts, as `Habits` would.
fn learn(pages: &[(&str, u64)]) -> Variants {
    let mut variants = Variants::default();
    let mut before: Vec<((u32, u32), u64)> = Vec::new();
    for (path, text) in pages {
        let url = url(path);
        let (slug, query) = cores(&url);
        let mut same = before.iter().filter(|(_, known)| known == text);
        let has_slug_twin = same.clone().any(|((core, _), _)| *core == slug);
        let has_query_twin = same.any(|((_, core), _)| *core == query);
        before.push(((slug, query), *text));
        let digest = Some(TextDigest(*text));
        variants.note(&Seen { url: &url, digest, has_slug_twin, has_query_twin, canonical: None });
    }
    variants
}

fn learn_names(pages: &[(&str, &str)]) -> Variants {
    let mut variants = Variants::default();
    for (path, canonical) in pages {
        let (url, canonical) = (url(path), url(canonical));
        let canonical = Some(&canonical);
        variants.note(&Seen {
            url: &url,
            digest: None,
            has_slug_twin: false,
            has_query_twin: false,
            canonical,
        });
    }
    variants
}

#[test]
fn slugs_by_their_text() {
    for (paths, other, stranger) in [
        (
            ["/article/12345/a-b", "/article/12345/c", "/article/12345/d-e-f", "/article/12345/g"],
            "/article/99887/x-y",
            "/article/99887",
        ),
        (["/a-b-12345", "/c-12345", "/d-e-12345", "/f-12345"], "/x-99887", "/about-us"),
        (
            ["/n/a.html?id=12345", "/n/b.html?id=12345", "/n/c.html?id=12345", "/n/d?id=12345"],
            "/n/x?id=99887",
            "/n/x?id=99887&print=1",
        ),
    ] {
        let pages: Vec<(&str, u64)> = paths.iter().map(|path| (*path, 7)).collect();
        assert_eq!(learn(&pages[..3]).key(&url(other), PAIRS), None, "too early");
        let learnt = learn(&pages);
        let keys: HashSet<_> = paths.iter().map(|path| learnt.key(&url(path), PAIRS)).collect();
        assert_eq!(keys.len(), 1, "one article: {paths:?}");
        let other = learnt.key(&url(other), PAIRS);
        assert!(other.is_some() && !keys.contains(&other), "another article: {paths:?}");
        assert_eq!(learnt.key(&url(stranger), PAIRS), None, "{stranger}");
    }
}

#[test]
fn slugs_by_the_name_that_pages_give() {
    let learnt = learn_names(&[
        ("/article/1234/a", "/article/1234/right"),
        ("/article/5678/b", "/article/5678/right"),
        ("/article/1234/c", "/article/1234/right"),
    ]);
    assert!(learnt.key(&url("/article/1234/d"), PAIRS).is_some());
    assert_eq!(learnt.learnt(PAIRS), ["slug"]);
    // A name that is another article says nothing.
    let other = learn_names(&[
        ("/article/1234/a", "/article/4321/a"),
        ("/article/1235/a", "/article/4321/a"),
        ("/article/1236/a", "/article/4321/a"),
    ]);
    assert!(other.is_empty());
}

#[test]
fn words_without_a_number_are_the_article() {
    let learnt = learn(&[("/a-b-c-d", 7), ("/e-f-g-h", 7), ("/i-j-k-l", 7), ("/m-n-o-p", 7)]);
    assert!(learnt.is_empty());
}

#[test]
fn parameters_by_text_and_by_name() {
    let by_text = learn(&[("/a?ref=1", 7), ("/a?ref=2", 7), ("/a?ref=3", 7), ("/a?ref=4", 7)]);
    let by_name = learn_names(&[("/a?ref=1", "/a"), ("/b?ref=1", "/b"), ("/c?ref=9", "/c")]);
    for learnt in [by_text, by_name] {
        let bare = learnt.stripped(&url("/z?ref=5"), PAIRS);
        assert_eq!(bare, Some((url("/z"), "ref".to_owned())));
        assert_eq!(learnt.stripped(&url("/z?id=5"), PAIRS), None);
    }
    let two = learn_names(&[
        ("/a?x=1&id=7&y=2", "/a?id=7"),
        ("/a?x=1&id=8&y=2", "/a?id=8"),
        ("/a?x=1&id=9&y=2", "/a?id=9"),
    ]);
    assert_eq!(two.learnt(PAIRS), ["?x", "?y"]);
}

#[test]
fn one_other_text_outweighs_all() {
    let mut pages = vec![("/a?v=1", 7), ("/a?v=2", 7), ("/a?v=3", 7), ("/a?v=4", 7)];
    assert!(learn(&pages).stripped(&url("/b?v=5"), PAIRS).is_some());
    pages.push(("/a?v=5", 8));
    assert_eq!(learn(&pages).stripped(&url("/b?v=6"), PAIRS), None);
}

#[test]
fn the_number_of_a_page_always_matters() {
    let same = [("/a?page=1", 7), ("/a?page=2", 7), ("/a?page=3", 7), ("/a?page=4", 7)];
    assert!(learn(&same).is_empty());
    let named = learn_names(&[("/a?page=2", "/a"), ("/a?page=3", "/a"), ("/b?page=2", "/b")]);
    assert!(named.is_empty());
}

#[test]
fn it_stays_small() {
    let names: Vec<String> = (0..200).map(|n| format!("/s{n}/t?p{n}=1&q{n}=2")).collect();
    let twice: Vec<(&str, u64)> =
        names.iter().flat_map(|path| [(path.as_str(), 7), (path.as_str(), 7)]).collect();
    let learnt = learn(&twice);
    let size = serde_json::to_string(&learnt).unwrap().len();
    assert!((300..1_600).contains(&size), "{size}");
}
