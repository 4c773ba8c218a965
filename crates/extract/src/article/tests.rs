//! What articles look like when written, and the rules by which they are read.

use super::*;
use crate::{Input, Limits};

#[test]
fn what_is_absent_is_not_written() {
    let empty = serde_json::to_string(&Article::default()).unwrap();
    assert_eq!(empty, r#"{"kind":"article","text_from":"none"}"#);
}

#[test]
fn an_article_is_read_back_as_written() {
    let paragraph = |kind, text: &str| Paragraph { kind, text: text.to_owned() };
    let article = Article {
        kind: ArticleKind::LiveBlog,
        headline: Some("Head".to_owned()),
        paragraphs: vec![
            paragraph(ParagraphKind::Text, "One."),
            paragraph(ParagraphKind::Caption, "A picture"),
            paragraph(ParagraphKind::Heading, "Two"),
            paragraph(ParagraphKind::Quote, "Three."),
        ],
        agencies: vec![AgencyHint { source: AgencySource::JsonLd, name: "AFP".to_owned() }],
        published: "2024-05-31T10:00:00+02:00".parse().ok(),
        modified: "2024-05-31".parse().ok(),
        partial: true,
        ..Article::default()
    };
    let written = serde_json::to_string(&article).unwrap();
    for part in [
        r#""kind":"live_blog""#,
        r#"{"kind":"caption","text":"A picture"}"#,
        r#"{"source":"json_ld","name":"AFP"}"#,
        r#""published":"2024-05-31T10:00:00+02:00","modified":"2024-05-31","partial":true"#,
    ] {
        assert!(written.contains(part), "{part} in {written}");
    }
    assert_eq!(serde_json::from_str::<Article>(&written).unwrap(), article);
    assert_eq!(article.text(), "One.\nTwo\nThree.");
    assert_eq!(article.agency(), Some("AFP"));
}

#[test]
fn fields_of_later_versions_are_no_fault() {
    let article: Article = serde_json::from_str(r#"{"headline":"h","later":[1]}"#).unwrap();
    assert_eq!(article.headline.as_deref(), Some("h"));
}

mod agencies;
mod facts;
mod texts;

/// Reads a page of which the body is given.
fn read(url: &str, head: &str, body: &str) -> Option<Article> {
    let html = format!("<!doctype html><html><head>{head}</head><body>{body}</body></html>");
    let url = url::Url::parse(url).unwrap();
    let input = Input { url: &url, content_type: None, robots_tags: &[], body: html.as_bytes() };
    let page = crate::read_page(&input, "newshound", &Limits::default());
    read_article(&input, &page, &Limits::default())
}

/// A page with paragraphs that nobody would take for anything but an article.
fn article(head: &str, before: &str, after: &str) -> Article {
    let text: String = (1..=6).fold(String::new(), |text, n| text + &paragraph(n));
    let body = format!(
        "<div id=page><h1>A headline of some length</h1>{before}<div>{text}{after}</div></div>"
    );
    read("https://news.test/politics/a-story-123456", head, &body).unwrap()
}

fn paragraph(n: usize) -> String {
    format!(
        "<p>Paragraph {n} of the story says a good deal, with commas, about what happened in the \
         town that day, and who saw it, and what they had to say.</p>"
    )
}

#[test]
fn a_page_that_is_not_tame_has_no_article() {
    let url = url::Url::parse("https://news.test/a").unwrap();
    let deep = "<div>".repeat(300) + &paragraph(1).repeat(5);
    let input = Input { url: &url, content_type: None, robots_tags: &[], body: deep.as_bytes() };
    let page = crate::read_page(&input, "newshound", &Limits::default());
    assert!(page.guard.is_some());
    assert_eq!(read_article(&input, &page, &Limits::default()), None);
}
