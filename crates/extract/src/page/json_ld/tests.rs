//! Tests of the module that declares this one.

use proptest::prelude::*;

use super::*;

fn read(script: &str) -> Vec<Node> {
    let mut nodes = Vec::new();
    articles(script, &mut nodes);
    nodes
}

fn headlines(script: &str) -> Vec<String> {
    read(script).into_iter().map(|node| node.headline.unwrap_or_default()).collect()
}

#[test]
fn which_nodes_are_articles() {
    for (script, expected) in [
        (r#"{"@type": "NewsArticle", "headline": "A"}"#, &["A"][..]),
        (
            r#"{"headline": "A", "@type": ["WebPage", "https://schema.org/ReportageNewsArticle"]}"#,
            &["A"],
        ),
        (r#"{"@type": "LiveBlogPosting", "headline": "A"}"#, &["A"]),
        (r#"[{"@type": "WebPage"}, {"@type": "Article", "headline": "A"}]"#, &["A"]),
        (r#"{"@graph": [{"@type": "Article", "headline": "A"}]}"#, &["A"]),
        (r#"{"@type": "WebPage", "mainEntity": {"@type": "Article", "headline": "A"}}"#, &["A"]),
        (r#"{"@type": "ItemList", "itemListElement": [{"item": {"@type": "NewsArticle"}}]}"#, &[]),
        (r#"{"@type": "CollectionPage", "hasPart": [{"@type": "NewsArticle"}]}"#, &[]),
        (r#"{"@type": "NewsMediaOrganization", "name": "Article"}"#, &[]),
        (r#"{"@type": "Reporter"}"#, &[]),
        (r#""NewsArticle""#, &[]),
        ("", &[]),
    ] {
        assert_eq!(headlines(script), expected, "{script}");
    }
}

#[test]
fn what_is_kept_of_an_article() {
    let nodes = read(
        r#"{"@type": "NewsArticle", "@id": "https://a.test/#x", "url": ["https://a.test/1"],
            "mainEntityOfPage": {"@type": "WebPage", "@id": "https://a.test/2"},
            "datePublished": "2024-05-31", "dateModified": {"@value": "2024-06-01"},
            "headline": 7, "author": [{"name": "X"}], "articleBody": "..."}"#,
    );
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        nodes,
        [Node {
            headline: None,
            published: text("2024-05-31"),
            modified: text("2024-06-01"),
            addresses: ["https://a.test/#x", "https://a.test/1", "https://a.test/2"]
                .map(str::to_owned)
                .to_vec(),
        }]
    );
}

#[test]
fn usual_faults_are_mended() {
    for script in [
        "{\"@type\": \"Article\", \"articleBody\": \"two\nlines\", \"headline\": \"A\"}",
        "<!-- {\"@type\": \"Article\", \"headline\": \"A\"} -->",
        "//<![CDATA[\n{\"@type\": \"Article\", \"headline\": \"A\"}\n//]]>",
        "{\"@type\": \"Article\", \"headline\": \"A\"};",
        "[{\"@type\": \"Article\", \"headline\": \"A\"}, {\"x\": }]",
    ] {
        assert_eq!(headlines(script), ["A"], "{script}");
    }
    assert!(headlines("{\"@type\": \"Article\", \"headline\": \"A\"").is_empty());
}

#[test]
fn hostile_scripts_cost_a_bounded_amount() {
    let article = r#"{"@type": "Article", "headline": "A"}"#;
    assert!(read(&format!("{}{article}", "[".repeat(1_000_000))).is_empty());
    assert!(read(&format!("{}{article}{}", "[".repeat(100), "]".repeat(100))).is_empty());
    assert!(read(&format!("{}{article}", r#"{"@graph":"#.repeat(100_000))).is_empty());
    let many = format!("[{}{article}]", format!("{article},").repeat(10_000));
    assert_eq!(read(&many).len(), ARTICLES_MAX);
    let long = format!(r#"{{"@type": "Article", "headline": "{}"}}"#, "x".repeat(1_000_000));
    assert_eq!(read(&long)[0].headline, None);
    let addresses = format!(r#"{{"@type": "Article", "url": [{}"x"]}}"#, r#""x","#.repeat(10_000));
    assert!(read(&addresses)[0].addresses.len() <= TEXTS_MAX);
    let twice = format!(r#"{{"@type": "Article"{}}}"#, r#","url":["x","y","z","u","v"]"#.repeat(9));
    assert!(read(&twice)[0].addresses.len() <= 2 * TEXTS_MAX);
}

proptest! {
    #[test]
    fn any_text_is_read(
        soup in "(\\{|\\}|\\[|\\]|\"|,|:|\"@type\":|\"Article\"|\"@graph\":|\"url\":|1|null|\
         \n|[a-z\u{e4}]){0,60}"
    ) {
        let _ = read(&soup);
        let _ = read(&format!("\"Article\"{soup}"));
    }
}
