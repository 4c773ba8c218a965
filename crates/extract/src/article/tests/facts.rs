//! Headline, authors, times, language: what a page says of its article.

use super::{article, read};

fn node(fields: &str) -> String {
    format!("<script type=application/ld+json>{{\"@type\":\"NewsArticle\",{fields}}}</script>")
}

#[test]
fn headlines_lose_the_name_of_the_site() {
    for (head, expected) in [
        ("<title>A headline of some length - The News</title>", "A headline of some length"),
        (
            "<meta property=og:title content='Another headline, longer | Daily Paper'>\
             <meta property=og:site_name content='Daily Paper'>\
             <title>Another headline, longer</title>",
            "Another headline, longer",
        ),
        (
            "<meta property=og:site_name content='Daily Paper'>\
             <meta property=og:title content='Daily Paper'>",
            "A headline of some length",
        ),
        (
            "<meta property=og:title content='A headline of some length &amp; more'>\
             <title>A headline of some length &amp; more</title>",
            "A headline of some length & more",
        ),
        ("", "A headline of some length"),
        (
            // Worded otherwise for social networks; the heading and JSON-LD agree.
            "<meta property=og:title content='A headline for other people'>\
             <script type=application/ld+json>{\"@type\":\"NewsArticle\",\
             \"headline\":\"A headline of some length\"}</script>",
            "A headline of some length",
        ),
        (
            // The heading stands without the words before it, and without sections behind.
            "<meta property=og:title content='Our town: A headline of some length'>\
             <script type=application/ld+json>{\"@type\":\"NewsArticle\",\
             \"headline\":\"Our town: A headline of some length\"}</script>",
            "A headline of some length",
        ),
        (
            "<meta property=og:title content='A headline of some length - Paper - Regional daily'>",
            "A headline of some length",
        ),
        (
            // The head alone says nearly the same: readers see the heading.
            "<meta property=og:title content='The headline of no length'>",
            "A headline of some length",
        ),
    ] {
        assert_eq!(article(head, "", "").headline.as_deref(), Some(expected), "{head}");
    }
}

#[test]
fn a_title_without_main_heading_is_the_part_that_is_a_heading() {
    let text = super::paragraph(1) + &super::paragraph(2) + &super::paragraph(3);
    let read = |title: &str, heading: &str| {
        let body = format!("<h3>{heading}</h3><div>{text}</div>");
        let head = format!("<title>{title}</title>");
        read("https://news.test/a-story-123456", &head, &body).unwrap().headline.unwrap()
    };
    for title in ["Sheep lose their way home ‹ A project", "A project :: Sheep lose their way home"]
    {
        assert_eq!(read(title, "Sheep lose their way home"), "Sheep lose their way home");
        assert_eq!(read(title, "Something else"), title);
    }
}

#[test]
fn a_heading_that_leads_home_is_the_name_of_the_site() {
    let body = super::paragraph(1) + &super::paragraph(2) + &super::paragraph(3);
    let body = format!(
        "<h1><a href=/ rel=home>The sheep of the hill</a></h1><h1>Small lore of sheep</h1>{body}"
    );
    let head = "<title>Small lore of sheep | The sheep of the hill</title>";
    let article = read("https://news.test/a-story-123456", head, &body).unwrap();
    assert_eq!(article.headline.as_deref(), Some("Small lore of sheep"));
}

#[test]
fn dots_that_belong_to_a_headline_do_not_cut_it() {
    let headline = "Three films about the sea, one about sheep, and some others…";
    let head =
        format!("<meta property=og:title content='{headline}'><title>{headline} - Culture</title>");
    assert_eq!(article(&head, "", "").headline.as_deref(), Some(headline));
}

#[test]
fn authors_are_names() {
    for (head, expected) in [
        (node("\"author\":{\"name\":\"Jane Doe\"}"), vec!["Jane Doe"]),
        (node("\"author\":[{\"name\":\"Jane Doe\"},\"John Roe\"]"), vec!["Jane Doe", "John Roe"]),
        (
            "<meta name=author content='By Jane Doe and John Roe'>".into(),
            vec!["Jane Doe", "John Roe"],
        ),
        ("<meta name=author content='Von Jana Dorn, Berlin'>".into(), vec!["Jana Dorn"]),
        ("<meta property=article:author content=https://social.test/x>".into(), vec![]),
        ("<meta name=author content='jane@news.test'>".into(), vec![]),
        ("<meta name=author content='Jane (J.R.) Doe'>".into(), vec!["Jane (J.R.) Doe"]),
        ("<meta name=author content='Jane Doe (Berlin)'>".into(), vec!["Jane Doe"]),
        ("<meta name=author content='Sheep & i'>".into(), vec!["Sheep & i"]),
        (
            node("\"author\":\"The Paper\",\"publisher\":{\"name\":\"The Paper\"}")
                + "<meta name=author content='Jane Doe'>",
            vec!["Jane Doe"],
        ),
        (
            node("\"author\":\"The Paper\",\"publisher\":{\"name\":\"The Paper\"}"),
            vec!["The Paper"],
        ),
    ] {
        assert_eq!(article(&head, "", "").authors, expected, "{head}");
    }
    let graph = "<script type=application/ld+json>{\"@graph\":[\
        {\"@type\":\"NewsArticle\",\"author\":{\"@id\":\"#jane\"}},\
        {\"@type\":\"Person\",\"@id\":\"#jane\",\"name\":\"Jane Doe\"}]}</script>";
    assert_eq!(article(graph, "", "").authors, ["Jane Doe"]);
    let byline = "<a rel=author href=/jane>Jane Doe</a>";
    assert_eq!(article("", byline, "").authors, ["Jane Doe"]);
    let portrait = "<a rel=author href=/jane><img src=/jane.jpg></a>";
    let byline = format!("{portrait}<p class=byline>By Jane Doe May 31, 2024</p>");
    assert_eq!(article("", &byline, "").authors, ["Jane Doe"]);
}

#[test]
fn names_are_not_taken_apart() {
    for name in ["Theo Leggett", "A Martinez", "Von Miller", "Di Maria", "Our Foreign Staff"] {
        let stated = node(&format!("\"author\":\"{name}\""));
        assert_eq!(article(&stated, "", "").authors, [name]);
        let shown = format!("<span class=author>{name}</span>");
        assert_eq!(article("", &shown, "").authors, [name]);
    }
    let lower = "<span class=author>von Miller</span>";
    assert_eq!(article("", lower, "").authors, ["Miller"]);
    assert_eq!(
        article("", "<span class=author>Von: Miller Doe</span>", "").authors,
        ["Miller Doe"]
    );
}

#[test]
fn offices_agencies_and_dates_are_no_part_of_a_name() {
    for byline in [
        "By Jane Doe Senior Political Correspondent",
        "By Jane Doe Reuters",
        "By Jane Doe on Friday, May 31, 2024",
        "By Jane Doe / Northern Hills Reporter",
        "Author: Jane Doe (jd)",
        "geschrieben von Jane Doe",
    ] {
        let shown = format!("<span class=author>{byline}</span>");
        assert_eq!(article("", &shown, "").authors, ["Jane Doe"], "{byline}");
    }
}

#[test]
fn bylines_are_found_by_their_place() {
    for (before, after, expected) in [
        ("<div>By Jane Doe</div>", "", vec!["Jane Doe"]),
        ("<div>By Jane Doe and John Roe, 31 May 2024</div>", "", vec!["Jane Doe", "John Roe"]),
        ("<div>Jane Doe | 31 May 2024</div>", "", vec!["Jane Doe"]),
        ("", "<p>Jane Doe</p>", vec![]),
        ("<div>by the sea it was quiet</div>", "", vec![]),
    ] {
        assert_eq!(article("", before, after).authors, expected, "{before}{after}");
    }
    // What stands above the heading belongs to the site.
    let text = super::paragraph(1) + &super::paragraph(2) + &super::paragraph(3);
    let marked = |name: &str| format!("<p class=auteurs>{name}</p>");
    let body = marked("All Writers") + "<h1>A headline of some length</h1>" + &marked("Jane Doe");
    let page = read("https://news.test/a-story-123456", "", &(body + &text)).unwrap();
    assert_eq!(page.authors, ["Jane Doe"]);
    // The outlet, by its address, signs only what nobody else does.
    let outlet = "<meta name=author content='The Paper (news.test)'>";
    assert_eq!(article(outlet, "", "").authors, ["The Paper"]);
    assert_eq!(article(outlet, "<p class=byline>By Jane Doe</p>", "").authors, ["Jane Doe"]);
}

#[test]
fn the_day_beside_the_headline_is_before_days_elsewhere() {
    let day = |before: &str, after: &str| {
        article("", before, after).published.map(|stamp| stamp.day().to_string())
    };
    let elsewhere = "<ul><li><time datetime=2020-01-01>1 January 2020</time></li></ul>";
    for before in [
        "<div>31 May 2024</div>",
        "<div>31.05.24</div>",
        "<div>Updated 2 June 2024</div><div>Published 31 May 2024</div>",
        "<time datetime=2024-05-31T09:30>31 May 2024</time>",
    ] {
        assert_eq!(day(before, elsewhere).as_deref(), Some("2024-05-31"), "{before}");
    }
    assert_eq!(day("", elsewhere).as_deref(), Some("2020-01-01"));
    let published = article("", "<time datetime=2024-05-31T09:30>31 May 2024</time>", "").published;
    assert_eq!(published.unwrap().to_string(), "2024-05-31T09:30:00", "the time is kept");
    assert_eq!(day("", "<div>31.05.2400 1.2.3.4</div>"), None);
}

#[test]
fn times_keep_their_zone_and_nothing_is_guessed() {
    let published = |head: &str, before: &str| {
        article(head, before, "").published.map(|stamp| stamp.to_string())
    };
    for (head, before, expected) in [
        (
            node("\"datePublished\":\"2024-05-31T10:00:00+02:00\""),
            "",
            Some("2024-05-31T10:00:00+02:00"),
        ),
        (node("\"datePublished\":\"2024-05-31T10:00:00\""), "", Some("2024-05-31T10:00:00")),
        (node("\"datePublished\":\"2024-05-31\""), "", Some("2024-05-31")),
        (
            "<meta property=article:published_time content=2024-05-31T08:00:00Z>".into(),
            "<time datetime=2020-01-01>",
            Some("2024-05-31T08:00:00Z"),
        ),
        (
            String::new(),
            "<time datetime='2024-05-31 09:30'>today</time>",
            Some("2024-05-31T09:30:00"),
        ),
        (String::new(), "<p class=date>31.05.2024, 09:30 Uhr</p>", Some("2024-05-31")),
        (String::new(), "<p class=date>Published 31 May 2024 at noon</p>", Some("2024-05-31")),
        (String::new(), "<p class=date>2024年5月31日</p>", Some("2024-05-31")),
        (String::new(), "<p class=date>5/31/2024</p>", Some("2024-05-31")),
        (String::new(), "<p class=date>5/6/2024</p>", None),
        (String::new(), "<p class=date>yesterday</p>", None),
        (String::new(), "", None),
    ] {
        assert_eq!(published(&head, before).as_deref(), expected, "{head}{before}");
    }
    let body = super::paragraph(1) + &super::paragraph(2) + &super::paragraph(3);
    let of_url = read("https://news.test/2024/05/31/a-story", "", &body).unwrap().published;
    assert_eq!(of_url.map(|stamp| stamp.to_string()).as_deref(), Some("2024-05-31"));
    for (path, expected) in [
        ("/news/story-20240531", Some("2024-05-31")),
        ("/20240531/story", Some("2024-05-31")),
        ("/news/2024-05-31", Some("2024-05-31")),
        ("/news/2024/05", None),
        ("/news/story-20241331", None),
    ] {
        let of_url = read(&format!("https://news.test{path}"), "", &body).unwrap().published;
        assert_eq!(of_url.map(|stamp| stamp.to_string()).as_deref(), expected, "{path}");
    }
}

#[test]
fn what_lies_in_a_template_says_nothing() {
    let page = "<meta property=og:type content=article>";
    let head = format!(
        "{page}<template><meta property=article:section content='{{{{section}}}}'>\
         <meta property=article:published_time content=2020-01-01>{}</template>",
        node("\"author\":\"{{user}}\"")
    );
    let before = "<p class=byline>By Jane Doe</p><time datetime=2024-05-31>31 May</time>";
    let after = "<template id=comment><a rel=author>{{user}}</a><p class=source>Reuters</p>\
                 <template><a rel=author>{{other}}</a></template></template>";
    for (head, before, after) in [
        (page, before.to_owned(), after),
        (page, format!("{after}{before}"), ""),
        (&*head, before.to_owned(), after),
        (page, format!("<table><tr><td>{after}</td></tr>{after}</table>{before}"), ""),
    ] {
        let article = article(head, &before, after);
        assert_eq!(article.authors, ["Jane Doe"], "{head}{before}");
        assert_eq!((article.agencies.len(), article.section), (0, None), "{head}{before}");
        assert_eq!(article.published.unwrap().to_string(), "2024-05-31", "{head}{before}");
        assert_eq!(article.paragraphs.len(), 6, "{head}{before}");
    }
}

#[test]
fn languages() {
    let english = article("<meta name=x content=y>", "", "").language;
    assert_eq!(english.as_deref(), Some("en"), "the text says it");
    let stated = node("\"inLanguage\":\"de-DE\"");
    assert_eq!(article(&stated, "", "").language.as_deref(), Some("en"), "the text knows better");
    let agreed = node("\"inLanguage\":\"en-GB\"");
    assert_eq!(article(&agreed, "", "").language.as_deref(), Some("en"));
}

#[test]
fn section_amp_and_canonical() {
    let head = "<meta property=article:section content=Politics>\
                <link rel=amphtml href=/amp/a><link rel=canonical href=/a>";
    let article = article(head, "", "");
    assert_eq!(article.section.as_deref(), Some("Politics"));
    assert_eq!(article.amp.unwrap().as_str(), "https://news.test/amp/a");
    assert_eq!(article.canonical.unwrap().as_str(), "https://news.test/a");
    assert!(!article.partial);
}

#[test]
fn of_several_articles_the_pages_own_counts() {
    let head = "<script type=application/ld+json>[\
                {\"@type\":\"NewsArticle\",\"headline\":\"Other\",\
                \"url\":\"https://news.test/other\",\"datePublished\":\"2020-01-01\"},\
                {\"@type\":\"NewsArticle\",\"headline\":\"Own\",\"datePublished\":\"2024-05-31\",\
                \"url\":\"https://news.test/politics/a-story-123456\"}]</script>";
    let published = article(head, "", "").published.unwrap().to_string();
    assert_eq!(published, "2024-05-31");
}
