//! Tests of the module that declares this one.

use proptest::prelude::*;

use super::*;
use crate::CharsetSource;

const URL: &str = "https://news.test/a/b?x=1";

fn read_with(body: &[u8], tags: &[&str], limits: &Limits) -> Page {
    let url = Url::parse(URL).unwrap();
    let tags: Vec<String> = tags.iter().map(|&tag| tag.to_owned()).collect();
    let input = Input { url: &url, content_type: Some("text/html"), robots_tags: &tags, body };
    read_page(&input, "newshound", limits)
}

fn read(html: &str) -> Page {
    read_with(html.as_bytes(), &[], &Limits::default())
}

fn links(page: &Page) -> Vec<&str> {
    page.links.iter().map(|link| link.url.as_str()).collect()
}

#[test]
fn which_elements_are_links() {
    for (html, expected) in [
        ("<a href=/1>", &["https://news.test/1"][..]),
        ("<A HREF='c'>", &["https://news.test/a/c"]),
        ("<map><area href=//other.test/>", &["https://other.test/"]),
        ("<a name=x><a href><a href=''>", &[]),
        ("<a href='#top'>", &[]),
        ("<a href='/a/b?x=1#top'><a href='?x=1&utm_source=y'>", &[]),
        ("<link rel=next href=/2><img src=/3><form action=/4>", &[]),
        ("<a href=mailto:a@b.c><a href='javascript:x()'><a href=tel:1><a href=ftp://a.test/>", &[]),
        ("<a href=/1><a href=/2><a href=/1#x>", &["https://news.test/1", "https://news.test/2"]),
        ("<a href=' \n/1\t2 '>", &["https://news.test/12"]),
        ("<a href='/?a=1&amp;b=2&copy=3'>", &["https://news.test/?a=1&b=2&copy=3"]),
        ("<a href=/first href=/second>", &["https://news.test/first"]),
        ("<svg><a href=/svg></a></svg>", &["https://news.test/svg"]),
        ("<!-- <a href=/1> --><script>'<a href=/2>'</script><style><a href=/3></style>", &[]),
        ("<textarea><a href=/1></textarea><title><a href=/2></title>", &[]),
        ("<iframe><a href=/1></iframe><a href=/2>", &["https://news.test/2"]),
        ("<a href=/unclosed", &[]),
    ] {
        let page = read(html);
        assert_eq!(links(&page), expected, "{html}");
        assert_eq!(page.refused_links, 0, "{html}");
    }
}

#[test]
fn noscript_is_read_and_template_is_not() {
    for (html, expected) in [
        (
            "<a href=/1></a><noscript><a href=/2></a></noscript><a href=/3>",
            &["https://news.test/1", "https://news.test/2", "https://news.test/3"][..],
        ),
        ("<noscript><a href=/1>", &["https://news.test/1"]),
        ("<noscript><!-- <a href=/1> --></noscript>", &[]),
        ("<template><a href=/1></template><a href=/2>", &["https://news.test/2"]),
        (
            "<template><template></template><a href=/1></template><a href=/2>",
            &["https://news.test/2"],
        ),
        ("<template><noscript><a href=/1></noscript></template>", &[]),
        (
            "<noscript><template><a href=/1></template><a href=/2></noscript><a href=/3>",
            &["https://news.test/2", "https://news.test/3"],
        ),
        ("<template><a href=/1>", &[]),
        (
            "<noscript><noscript><a href=/1></noscript><a href=/2>",
            &["https://news.test/1", "https://news.test/2"],
        ),
        // A tree builder would take the end tag of `div` for nothing, but all is not lost.
        ("<div><template></div></template><a href=/1>", &["https://news.test/1"]),
        ("<template shadowrootmode=open><a href=/1></template>", &["https://news.test/1"]),
    ] {
        assert_eq!(links(&read(html)), expected, "{html}");
    }
}

#[test]
fn the_first_base_counts_for_all_links() {
    for (html, base, link) in [
        ("<base href=/x/><a href=c>", "https://news.test/x/", "https://news.test/x/c"),
        ("<a href=c><base href=//o.test>", "https://o.test/", "https://o.test/c"),
        (
            "<base target=x><base href=/x/><base href=/y/><a href=c>",
            "https://news.test/x/",
            "https://news.test/x/c",
        ),
        ("<base href=data:x><base href=/y/><a href=c>", URL, "https://news.test/a/c"),
        ("<base href='http://['><a href=c>", URL, "https://news.test/a/c"),
        ("<template><base href=/x/></template><a href=c>", URL, "https://news.test/a/c"),
    ] {
        let page = read(html);
        assert_eq!((page.base.as_str(), links(&page)), (base, vec![link]), "{html}");
    }
}

#[test]
fn rel_tokens_are_kept_and_nofollow_drops_the_link() {
    let page = read(
        "<a href=/1 rel=NoFollow><a href=/2 rel='noopener  UGC\tsponsored'><a href=/3 \
         rel='external nofollow'><a href=/1>",
    );
    let found: Vec<_> = page.links.iter().map(|l| (l.url.as_str(), l.rel.as_str())).collect();
    let expected = [("https://news.test/2", "noopener ugc sponsored"), ("https://news.test/1", "")];
    assert_eq!(found, expected);
}

#[test]
fn a_page_that_says_nofollow_has_no_links() {
    let html = "<meta http-equiv=refresh content='0;/r'><link rel=canonical href=/c><a href=/1>";
    for (head, tags) in [
        ("<meta name=robots content='noindex, NOFOLLOW'>", &[][..]),
        ("<meta name=ROBOTS content=none>", &[]),
        ("<meta name=' NewsHound ' content=nofollow>", &[]),
        ("<noscript><meta name=robots content=nofollow></noscript>", &[]),
        ("<meta name=robots content=follow>", &["newshound: nofollow"]),
        ("", &["noindex, nofollow"]),
    ] {
        let page = read_with(format!("{head}{html}").as_bytes(), tags, &Limits::default());
        assert!(page.robots.nofollow && page.links.is_empty() && page.refresh.is_none(), "{head}");
        assert_eq!(page.canonical.unwrap().as_str(), "https://news.test/c");
    }
    for head in ["<meta name=googlebot content=nofollow>", "<meta property=robots content=none>"] {
        let page = read(&format!("{head}{html}"));
        assert_eq!((page.robots.nofollow, page.links.len()), (false, 1), "{head}");
    }
    let page = read_with(html.as_bytes(), &["otherbot: nofollow"], &Limits::default());
    assert_eq!(page.links.len(), 1);
}

#[test]
fn robots_rules_of_headers_and_page_are_joined() {
    let html = b"<meta name=robots content='noarchive, unavailable_after: Mon, 1 Jan 2027 GMT'>";
    let robots = read_with(html, &["noindex, noarchive"], &Limits::default()).robots;
    let expected = ["noindex", "noarchive", "unavailable_after: mon, 1 jan 2027 gmt"];
    assert_eq!(robots.directives, expected);
    assert!(robots.noarchive && robots.noindex && !robots.nofollow);
}

#[test]
fn the_canonical_url_is_the_first_that_can_be_crawled() {
    for (html, expected) in [
        ("<link rel=canonical href=/c>", Some("https://news.test/c")),
        ("<link rel='shortlink CANONICAL' href='/c?a=1&amp;b'>", Some("https://news.test/c?a=1&b")),
        (
            "<link rel=canonical href='http://['><link rel=canonical href=/d>",
            Some("https://news.test/d"),
        ),
        ("<link rel=canonical href=/c><link rel=canonical href=/d>", Some("https://news.test/c")),
        ("<link rel=canonical href=app:x>", None),
        ("<link rel=alternate href=/c><link href=/d><link rel=canonical>", None),
    ] {
        let page = read(html);
        assert_eq!(page.canonical.as_ref().map(CanonicalUrl::as_str), expected, "{html}");
        assert!(page.links.is_empty(), "{html}");
    }
}

#[test]
fn a_refresh_is_a_link() {
    for (content, target) in [
        ("0;url=/r", Some("/r")),
        ("0; URL = '/r' ", Some("/r")),
        ("5 , \"/r\"x", Some("/r")),
        ("5 /r", Some("/r")),
        (" .5;/r", Some("/r")),
        ("0;urls", Some("urls")),
        ("0;url", Some("url")),
        ("0; ur\u{fc}", Some("ur\u{fc}")),
        ("5", None),
        ("5;", None),
        ("5/r", None),
        ("url=/r", None),
        ("", None),
    ] {
        assert_eq!(refresh_target(content).as_deref(), target, "{content}");
    }
    let page = read(
        "<meta http-equiv=Refresh content='3; url=?x=1'><meta http-equiv=refresh content='0; /r'>",
    );
    assert_eq!(page.refresh.unwrap().as_str(), "https://news.test/r");
    assert!(read("<meta http-equiv=refresh content=300>").refresh.is_none());
}

#[test]
fn links_are_read_in_the_charset_of_the_page() {
    let latin = b"<meta charset=iso-8859-1><a href='/M\xFCnchen?q=\xFC'>";
    let utf16: Vec<u8> = "\u{feff}<a href='/M\u{fc}nchen?q=\u{fc}'>"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let iso2022 = b"<meta charset=iso-2022-jp><a href='/M\xC3'><a href='/\x1B$B0!\x1B(B'>";
    let limits = Limits::default();
    for body in [&latin[..], &utf16] {
        let page = read_with(body, &[], &limits);
        assert_eq!(links(&page), ["https://news.test/M%C3%BCnchen?q=%C3%BC"], "{:?}", page.charset);
    }
    let page = read_with(iso2022, &[], &limits);
    assert_eq!(page.charset.name, "ISO-2022-JP");
    assert_eq!(page.charset.source, CharsetSource::Meta);
    assert_eq!(links(&page)[1], "https://news.test/%E4%BA%9C");
}

#[test]
fn what_cannot_be_a_url_is_counted() {
    let long = "x".repeat(URL_BYTES_MAX);
    let html = format!(
        "<a href='http://['><a href='https:///'><a href='/{long}'><a href='data:,{long}'><a \
            href=/1>"
    );
    let page = read(&html);
    assert_eq!(links(&page), ["https://news.test/1"]);
    assert_eq!(page.refused_links, 3);
}

#[test]
fn links_beyond_the_limit_are_counted() {
    use std::fmt::Write as _;
    let mut html = String::new();
    for n in 0..1_000 {
        write!(html, "<a href=/{n}><a href=/0>").unwrap();
    }
    let limits = Limits { links_max: 100, ..Limits::default() };
    let page = read_with(html.as_bytes(), &[], &limits);
    assert_eq!(page.links.len(), 100);
    assert!(page.refused_links >= 900);
    assert_eq!(page.guard, None);
}

#[test]
fn each_guard_is_noted_and_the_links_are_read() {
    let end = "<a href=/last>";
    let with = |html: String| read(&format!("{html}{end}"));
    for (html, guard) in [
        ("<div>".repeat(255), None),
        ("<div>".repeat(256), Some(Guard::Depth)),
        ("<p>".repeat(1_000), None),
        ("<ul><li><b>x</b>".to_owned() + &"<li>".repeat(1_000), None),
        ("<br>".repeat(1_000), None),
        ("<i></i>".repeat(59_999), None),
        ("<i></i>".repeat(60_000), Some(Guard::Elements)),
        (format!("<p {}>", "a ".repeat(200)), None),
        (format!("<p {}>", "a ".repeat(201)), Some(Guard::Attributes)),
        (format!("<p title='{}'>", "a ".repeat(201)), None),
        (" ".repeat(3_000_000), Some(Guard::Size)),
        (format!("<noscript>{}</noscript>", "<div>".repeat(300)), Some(Guard::Depth)),
    ] {
        let page = with(html.clone());
        let head = &html[..html.len().min(40)];
        assert_eq!((page.guard, links(&page)), (guard, vec!["https://news.test/last"]), "{head}");
    }
}

#[test]
fn hostile_pages_cost_a_bounded_amount() {
    let link = "<a href=/1></a>";
    for (html, guard) in [
        (format!("{}{link}", "<div>".repeat(200_000)), Guard::Depth),
        (format!("{}{link}", "<p><b><table><td></p>".repeat(50_000)), Guard::Depth),
        (format!("{}{link}", "<svg><math>".repeat(100_000)), Guard::Depth),
        (format!("<p {}>{link}", "a=b ".repeat(50_000)), Guard::Attributes),
        (format!("{}{link}", "<noscript>".repeat(100_000)), Guard::Depth),
    ] {
        let page = read(&html);
        let head = &html[..40];
        assert_eq!(page.guard, Some(guard), "{head}");
        assert!(page.links.len() <= 1, "{head}");
    }
    let page = read(&format!("{link}<a href='{}'>", "x".repeat(10_000_000)));
    assert_eq!((page.links.len(), page.refused_links, page.guard), (1, 1, Some(Guard::Size)));
    let page = read(&format!("{link}\0<a\0 href=/2><a href='/\0'>{}", "\0".repeat(100_000)));
    assert_eq!(links(&page), ["https://news.test/1", "https://news.test/%EF%BF%BD"]);
    let page = read(&format!("{link}{}", "&".repeat(1_000_000)));
    assert_eq!(page.links.len(), 1);
}

#[test]
fn reading_stops_where_the_memory_of_the_parser_ends() {
    let limits = Limits { parser_memory_bytes_max: 256 * 1024, ..Limits::default() };
    let html = format!("<a href=/1></a>{}<a href=/2>", "<div>".repeat(200_000));
    let page = read_with(html.as_bytes(), &[], &limits);
    assert_eq!(page.guard, Some(Guard::Memory));
    assert_eq!(links(&page), ["https://news.test/1"]);
    let unclosed = format!("<a href=/1></a><p title='{}", "x".repeat(400_000));
    let page = read_with(unclosed.as_bytes(), &[], &limits);
    assert_eq!((page.guard, page.links.len()), (Some(Guard::Memory), 1));
}

proptest! {
    #[test]
    fn any_bytes_are_a_page(body: Vec<u8>) {
        let _ = read_with(&body, &[], &Limits::default());
    }

    #[test]
    fn any_soup_is_a_page(
        soup in "(<(/?(a|b|p|td|table|li|template|noscript|svg|math|title|script|base|meta|\
            select|mi|desc|font color=x)( (href|rel|name|content)=('|\")?)?)?>?|<!--\
            |-->|&amp|\u{0}|[a-z \u{e4}'\"]){0,60}"
    ) {
        let page = read(&soup);
        prop_assert!(page.links.len() <= soup.len());
    }
}

#[test]
fn text_and_data_mining() {
    let page = read(
        "<meta name=TDM-Reservation content=1><meta name=tdm-policy content='https://a.test/p'>\
         <meta name=robots content='noai, noimageai'>",
    );
    assert_eq!(page.tdm.is_reserved, Some(true));
    assert_eq!(page.tdm.policy.as_deref(), Some("https://a.test/p"));
    assert_eq!(page.robots.directives, ["noai", "noimageai"]);
    assert!(read("<meta name=robots content=noai>").tdm.is_empty());
}
