//! Tests of the module that declares this one.

use url::Url;

use super::*;
use crate::{Input, Limits, Page, read_page};

const AT: UnixMicros = UnixMicros(1_700_000_000_000_000);
const TEXT: &str = "2023-11-14T22:13:20Z";

fn read(html: &str) -> Page {
    let url = Url::parse("https://news.test/a/1").unwrap();
    let body = html.as_bytes();
    let input = Input { url: &url, content_type: Some("text/html"), robots_tags: &[], body };
    read_page(&input, "newshound", &Limits::default())
}

fn article(html: &str) -> Option<Declared> {
    read(html).article
}

#[test]
fn what_makes_a_page_an_article() {
    for (head, expected) in [
        ("<meta property='og:type' content='article'>", true),
        ("<meta name='OG:Type' content=' Article '>", true),
        ("<meta property='og:type' content='website'>", false),
        ("<meta property='article:published_time' content='TEXT'>", true),
        ("<meta property='article:published_time' content='soon'>", false),
        ("<meta name='parsely-pub-date' content='TEXT'>", true),
        ("<meta name='date' content='TEXT'>", true),
        ("<meta name='date' content='TEXT'><meta property='og:type' content='website'>", false),
        ("<meta name='article:modified_time' content='TEXT'>", false),
        ("<meta property='og:title' content='T'>", false),
        ("<script type='application/ld+json'>{\"@type\": \"NewsArticle\"}</script>", true),
        ("<script type='Application/LD+JSON; x'>{\"@type\": \"NewsArticle\"}</script>", true),
        ("<script>{\"@type\": \"NewsArticle\"}</script>", false),
        ("<script type='application/json'>{\"@type\": \"NewsArticle\"}</script>", false),
        ("<script type='application/ld+json'>{\"@type\": \"NewsArticle\"}", false),
        ("<template><meta property='og:type' content='article'></template>", false),
        (
            "<script type='application/ld+json'>{\"@type\": \"ItemList\", \"itemListElement\": \
             [{\"@type\": \"NewsArticle\"}]}</script>",
            false,
        ),
        ("", false),
    ] {
        let html = head.replace("TEXT", TEXT);
        assert_eq!(article(&html).is_some(), expected, "{html}");
    }
}

#[test]
fn json_ld_comes_before_meta() {
    let declared = article(&format!(
        "<meta property='og:type' content='article'><meta property='og:title' content='O &amp; T'>\
         <meta property='article:published_time' content='2001-01-01'><meta \
         property='article:modified_time' content='{TEXT}'><script type='application/ld+json'>\
         {{\"@type\": \"NewsArticle\", \"headline\": \"A &amp; B\", \"datePublished\": \"{TEXT}\"}}\
         </script>"
    ));
    let declared = declared.unwrap();
    assert_eq!((declared.published, declared.modified), (Some(AT), Some(AT)));
    assert_eq!(declared.title.as_deref(), Some("A & B"));
    let declared = article(&format!(
        "<meta property='og:title' content='O &amp; T'><meta name='twitter:title' content='T\
         '><meta \
         name='pubdate' content='{TEXT}'><meta name='date' content='2001-01-01'>"
    ));
    let expected = Declared { published: Some(AT), modified: None, title: Some("O & T".into()) };
    assert_eq!(declared, Some(expected));
}

#[test]
fn of_several_articles_the_one_of_the_page_counts() {
    let node = |url: &str, date: &str| {
        format!("{{\"@type\": \"NewsArticle\", \"url\": \"{url}\", \"datePublished\": \"{date}\"}}")
    };
    let script = |nodes: &[String]| {
        format!("<script type='application/ld+json'>[{}]</script>", nodes.join(","))
    };
    let two =
        script(&[node("https://news.test/a/2", "2001-01-01"), node("https://news.test/a/1", TEXT)]);
    assert_eq!(article(&two).unwrap().published, Some(AT));
    let others = script(&[node("/a/2", TEXT), node("/a/3", "2001-01-01")]);
    assert_eq!(article(&others), None);
    let typed = format!("<meta property='og:type' content='article'>{others}");
    assert_eq!(article(&typed).unwrap().published, Some(AT));
    let canonical = format!("<link rel=canonical href='https://news.test/a/2'>{two}");
    assert!(article(&canonical).is_some());
    let same = script(&[node("/a/2", TEXT), node("/a/3", TEXT)]);
    assert_eq!(article(&same).unwrap().published, Some(AT));
}

#[test]
fn feeds_of_a_page() {
    let page = read(
        "<base href='/b/'><link rel='alternate' type='application/rss+xml' title=' All \
         news ' href='feed'>\
<link rel=ALTERNATE type='Application/Atom+XML; charset=x' href='/atom'>\
         <link rel='alternate' type='application/feed+json' href='/f.json'><link rel='feed' \
         href='/f'><link rel='alternate' hreflang='de' href='/de/'><link rel='alternate' \
         type='text/html' href='/m/'><link rel='alternate' type='application/json' \
         href='/wp-json/wp/v2/posts/1'><link rel='alternate' type='application/json+oembed' \
         href='/o'><link rel='alternate' type='application/rss+xml' href='/b/feed'><link \
         rel='alternate nofollow' type='application/rss+xml' href='/n'><link rel='alternate' \
         type='application/rss+xml' href='mailto:x'><link rel='alternate stylesheet' \
         type='text/xml' href='/x'><link rel='alternate' type='application/rss+xml'>",
    );
    let feeds: Vec<_> =
        page.feeds.iter().map(|f| (f.url.as_str(), f.title.as_deref(), f.media.as_str())).collect();
    assert_eq!(
        feeds,
        [
            ("https://news.test/b/feed", Some("All news"), "application/rss+xml"),
            ("https://news.test/atom", None, "application/atom+xml"),
            ("https://news.test/f.json", None, "application/feed+json"),
            ("https://news.test/f", None, ""),
        ]
    );
    assert!(page.links.is_empty());
    let silent = read(
        "<meta name=robots content=nofollow><link rel=alternate type=application/rss+xml href=/f>",
    );
    assert!(silent.feeds.is_empty());
    let many = "<link rel=alternate type=application/rss+xml href=/N>";
    let many: String = (0..1_000).map(|n| many.replace('N', &n.to_string())).collect();
    assert_eq!(read(&many).feeds.len(), 128);
}

#[test]
fn hostile_heads_cost_a_bounded_amount() {
    let meta = "<meta property='og:title' content='x'>".repeat(100_000);
    assert!(article(&meta).is_none());
    let script = "<script type='application/ld+json'>{\"@type\": \"NewsArticle\"}</script>";
    assert!(article(&script.repeat(50_000)).is_some());
    let large = format!(
        "<script type='application/ld+json'>{{\"@type\": \"NewsArticle\", \"x\": \"{}\"}}</script>",
        "x".repeat(1_000_000)
    );
    assert!(article(&large).is_none());
    assert!(article(&format!("{large}{script}")).is_some());
    let title = format!(
        "<meta property='og:type' content='article'><meta property='og:title' content='{}'>",
        "x".repeat(1_000_000)
    );
    assert!(article(&title).unwrap().title.unwrap().len() <= 1_000);
}
