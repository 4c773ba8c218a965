use super::*;

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
