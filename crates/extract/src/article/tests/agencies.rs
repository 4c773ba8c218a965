//! Where agencies are credited, and where they are only spoken of.

use super::super::{AgencySource, ParagraphKind};
use super::{article, paragraph, read};

/// A page whose first paragraph is given, and its last.
fn hints(first: &str, last: &str) -> Vec<(AgencySource, String)> {
    let head = "<meta property=og:type content=article>";
    let body = format!(
        "<h1>Headline</h1><div><p>{first}</p>{}{}{}<p>{last}</p></div>",
        paragraph(1),
        paragraph(2),
        paragraph(3)
    );
    let article = read("https://news.test/a-story-123456", head, &body).unwrap();
    article.agencies.into_iter().map(|hint| (hint.source, hint.name)).collect()
}

#[test]
fn datelines() {
    for (first, name) in [
        ("MOSCOW (AFP) - The minister said on Monday that talks would go on.", Some("AFP")),
        ("BEIRUT/THE HAGUE, March 7 (Reuters) - A tank crew fired two shells.", Some("Reuters")),
        ("Berlin (dpa) - Die Regierung hat am Montag beschlossen, mehr zu tun.", Some("dpa")),
        ("Berlin/dpa – Die Regierung hat am Montag beschlossen, mehr zu tun.", Some("dpa")),
        ("(ANSA) - ROMA, 5 MAG - Il governo ha deciso oggi di fare di più.", Some("ANSA")),
        ("Paris, 5 mai (AFP) – Le gouvernement a décidé lundi de faire plus.", Some("AFP")),
        ("ANKARA (AA) - Hükümet pazartesi günü daha fazlasını yapmaya karar.", Some("Anadolu")),
        ("新华社北京11月17日电 记者17日获悉，有关部门将进一步保障供应，稳定价格。", Some("Xinhua")),
        ("【6月18日 AFP】ナイジェリアで自爆攻撃があり、少なくとも31人が死亡した。", Some("AFP")),
        (
            "(서울=연합뉴스) 김철수 기자 = 정부는 월요일 더 많은 일을 하기로 결정했다.",
            Some("Yonhap"),
        ),
        ("Reuters said on Monday that it would cut jobs in several cities.", None),
        ("The news agency Reuters (Reuters) said that it would cut jobs.", None),
        ("A spokesman for the agency AFP - who asked not to be named - said so.", None),
        ("He had worked for the Associated Press (AP) before he came here.", None),
    ] {
        let found = hints(first, "That is how the day ended, they said, in the town.");
        let of_dateline = found.iter().find(|(source, _)| *source == AgencySource::Dateline);
        assert_eq!(of_dateline.map(|(_, found)| found.as_str()), name, "{first}");
        assert_eq!(found.is_empty(), name.is_none(), "{first}: {found:?}");
    }
}

#[test]
fn credits() {
    for (last, expected) in [
        ("dpa/jd", Some((AgencySource::Credit, "dpa"))),
        ("AFP", Some((AgencySource::Credit, "AFP"))),
        ("Quelle: ntv.test, dpa", Some((AgencySource::Credit, "dpa"))),
        ("Fonte: ANSA", Some((AgencySource::Credit, "ANSA"))),
        ("Mit Material von dpa und AFP", Some((AgencySource::Credit, "dpa"))),
        ("Source: The Associated Press", Some((AgencySource::Credit, "AP"))),
        (
            "(Reporting by Jane Doe in London; Editing by John Roe)",
            Some((AgencySource::Credit, "Reuters")),
        ),
        ("Am Ende sagte er nichts mehr, und ging. (dpa/gem)", Some((AgencySource::Credit, "dpa"))),
        ("© 2024 AFP", Some((AgencySource::Copyright, "AFP"))),
        (
            "Copyright 2024 The Associated Press. All rights reserved.",
            Some((AgencySource::Copyright, "AP")),
        ),
        ("He told Reuters that he would not comment on that, now or later.", None),
        ("The Associated Press contributed nothing to this, he said later.", None),
    ] {
        let found = hints("It began early in the morning, they said, near the river.", last);
        let first = found.first().map(|(source, name)| (*source, name.as_str()));
        assert_eq!(first, expected, "{last}: {found:?}");
    }
}

#[test]
fn the_label_of_a_teaser_is_no_credit() {
    let label = "<p>Reuters</p><p><a href=/x-123456>What else happened in the town</a></p>";
    for names in ["class=related-stories", "class=recommended", "role=complementary"] {
        for after in [
            format!("<div {names}>{label}</div>"),
            format!("</div><div {names}>{label}</div><div>"),
            format!("<div {names}>{label}</div>{}", paragraph(7)),
        ] {
            assert_eq!(article("", "", &after).agencies, [], "{after}");
        }
    }
    let bare = article("", "", "<p>Reuters</p>");
    assert_eq!(bare.agency(), Some("Reuters"));
    let foot = article("", "", "</div><footer><p>\u{a9} 2024 Reuters</p></footer><div>");
    assert_eq!(foot.agencies[0].source, AgencySource::Copyright);
}

#[test]
fn bylines_sources_and_json_ld() {
    let node = |author: &str| {
        format!(
            "<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"headline\":\"H\",\
             \"author\":{author}}}</script>"
        )
    };
    let name = |article: &super::Article| article.agency().map(str::to_owned);
    let organization = node("{\"@type\":\"Organization\",\"name\":\"Reuters\"}");
    let found = article(&organization, "", "");
    assert_eq!(found.agencies[0].source, AgencySource::JsonLd);
    assert_eq!(name(&found), Some("Reuters".to_owned()));
    assert_eq!(name(&article(&node("\"Jane Doe\""), "", "")), None);
    let found = article("", "<p class=byline>By Jane Doe, Associated Press</p>", "");
    assert_eq!(found.agencies[0].source, AgencySource::Byline);
    assert_eq!(name(&found).as_deref(), Some("AP"));
    let found = article("", "<span class=source>来源：新华社</span>", "");
    assert_eq!(name(&found).as_deref(), Some("Xinhua"));
    // The credit of a picture is none of the story.
    let picture = "<figure><img src=x><figcaption>The river. Photo: AFP</figcaption></figure>";
    let found = article("", picture, "");
    assert_eq!(name(&found), None);
    let line = "<p>A form at the airport.</p><p>(Photo: Jane Doe, AP)</p>";
    assert_eq!(name(&article("", "", line)), None);
    let captions = found.paragraphs.iter().filter(|p| p.kind == ParagraphKind::Caption);
    assert!(captions.count() <= 1);
}
