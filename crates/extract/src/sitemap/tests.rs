//! Tests of the module that declares this one.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use url::Url;

use super::*;

fn read_with(body: &[u8], limits: &SitemapLimits) -> Option<Sitemap> {
    let url = Url::parse("https://news.test/sitemap.xml").unwrap();
    read_sitemap(&Input { url: &url, content_type: None, robots_tags: &[], body }, limits)
}

fn read(body: &str) -> Sitemap {
    let sitemap = read_with(body.as_bytes(), &SitemapLimits::default());
    sitemap.unwrap_or_else(|| panic!("no sitemap: {body}"))
}

fn urls(sitemap: &Sitemap) -> Vec<&str> {
    sitemap.entries.iter().map(|entry| entry.url.as_str()).collect()
}

fn urlset(entries: &str) -> Sitemap {
    read(&format!("<urlset>{entries}</urlset>"))
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_an_entry() {
    for (entries, expected) in [
        ("<url><loc>https://a.test/1</loc></url>", &["https://a.test/1"][..]),
        ("<url><loc>\n https://a.test/1\t</loc></url>", &["https://a.test/1"]),
        ("<url><loc><![CDATA[https://a.test/?a&b]]></loc></url>", &["https://a.test/?a&b"]),
        ("<url><loc>https://a.test/?a&amp;b&#38;c</loc></url>", &["https://a.test/?a&b&c"]),
        ("<url><loc>/1</loc></url>", &["https://news.test/1"]),
        ("<URL><LOC>https://a.test/1</LOC></URL>", &["https://a.test/1"]),
        ("<x:url><x:loc>https://a.test/1</x:loc></x:url>", &["https://a.test/1"]),
        (
            "<url><loc>https://a.test/1</loc><image:image><image:loc>https://a.test/i</image:loc>\
             </image:image>\
<xhtml:link rel='alternate' hreflang='de' href='https://a.test/de'/></url>",
            &["https://a.test/1"],
        ),
        (
            "<url><image:image><image:loc>https://a.test/i</image:loc></image:image>\
             <loc>https://a.test/1</loc></url>",
            &["https://a.test/1"],
        ),
        (
            "<url><video:video><loc>https://a.test/v</loc><video:title>x</video:title>\
             </video:video><loc>https://a.test/1</loc></url>",
            &["https://a.test/1"],
        ),
        ("<url><image:loc>https://a.test/i</image:loc></url>", &[]),
        ("<url>https://a.test/1</url>", &[]),
        ("<url><loc></loc></url>", &[]),
        ("<url><loc>mailto:a@b.test</loc></url>", &[]),
        ("<sitemap><loc>https://a.test/s</loc></sitemap>", &["https://a.test/s"]),
    ] {
        let sitemap = urlset(entries);
        assert_eq!(urls(&sitemap), expected, "{entries}");
        assert_eq!(sitemap.refused_links, u32::from(expected.is_empty()), "{entries}");
        assert!(!sitemap.is_damaged, "{entries}");
    }
}

#[test]
fn an_index_may_have_bare_urls() {
    let sitemap = read(
        "<sitemapindex><sitemap> https://a.test/1?a&amp;b </sitemap><sitemap>x<loc>https://a.test/2\
         </loc><lastmod>2024-05-31</lastmod></sitemap><sitemap>\n</sitemap></sitemapindex>",
    );
    assert_eq!(sitemap.kind, SitemapKind::Index);
    assert_eq!(urls(&sitemap), ["https://a.test/1?a&b", "https://a.test/2"]);
    assert!(sitemap.entries[1].lastmod.is_some());
    assert_eq!(sitemap.refused_links, 1);
}

#[test]
fn news_of_an_entry() {
    let sitemap = urlset(
        "<url><loc>/1</loc><lastmod>2023-11-14T22:13:20Z</lastmod><n:news><n:publication><n:\
         name>The \
         Times</n:name><n:language>en</n:language></n:publication><n:publication_date>\
         2023-11-14T22:13:20Z</n:publication_date>\
<n:title>A &amp;amp; &lt;b&gt;B&lt;/b&gt;</n:title>\
         <n:keywords>x</n:keywords></n:news></url>\
<url><loc>/2</loc><n:news/></url><url><loc>/3</loc>\
         </url>",
    );
    let at = Some(UnixMicros(1_700_000_000_000_000));
    let news = News {
        title: "A & B".into(),
        published: at,
        language: Some("en".into()),
        publication: Some("The Times".into()),
    };
    assert_eq!(sitemap.entries[0].news.as_ref(), Some(&news));
    assert_eq!(sitemap.entries[0].lastmod, at);
    assert_eq!(sitemap.entries[1].news, Some(News::default()));
    assert_eq!(sitemap.entries[2].news, None);
}

#[test]
fn texts_with_a_url_a_line() {
    for (text, expected) in [
        ("https://a.test/1", Some(1)),
        ("https://a.test/1\r\nHTTP://a.test/2\r\n\r\n", Some(2)),
        ("https://a.test/1\rhttps://a.test/2", Some(2)),
        ("\u{feff}https://a.test/1\n", Some(1)),
        ("# pages\nhttps://a.test/1\n", None),
        ("hello\nworld", None),
        ("https://a.test/1 is a page\nhttps://a.test/2", None),
        ("/1\n/2", None),
    ] {
        let sitemap = read_with(text.as_bytes(), &SitemapLimits::default());
        assert_eq!(sitemap.map(|sitemap| sitemap.entries.len()), expected, "{text}");
    }
    let long = format!("# pages\n{}", "https://a.test/1\n".repeat(20));
    let sitemap = read(&long);
    assert_eq!((sitemap.kind, sitemap.entries.len()), (SitemapKind::Text, 20));
    assert_eq!(sitemap.refused_links, 1);
}

#[test]
fn what_is_broken_costs_what_it_touches() {
    for (entries, expected) in [
        ("<url><loc>/1?a&b</loc></url>", &["1?a&b"][..]),
        ("<url><loc>/1</url><url><loc>/2</loc></url>", &["1", "2"]),
        ("<url><loc>/1</loc><url><loc>/2</loc></url>", &["1", "2"]),
        ("<url><loc>/1<lastmod>2024</lastmod></url><url><loc>/2</loc></url>", &["1", "2"]),
        ("<url><loc>/1</lok><lastmod>2024</lastmod></url><url><loc>/2</loc></url>", &["1", "2"]),
        ("<url><loc>/1</loc></urls><url><loc>/2</loc></url>", &["1", "2"]),
        ("<url><x y='><loc>/1</loc></url><url><loc>/2</loc></url>", &["1", "2"]),
        ("<url><loc>/1</loc><news:news><news:title>a < b</news:title></url>", &["1"]),
    ] {
        let sitemap = urlset(entries);
        let expected: Vec<_> = expected.iter().map(|u| format!("https://news.test/{u}")).collect();
        assert_eq!(urls(&sitemap), expected, "{entries}");
        assert!(sitemap.is_damaged, "{entries}");
    }
    let sitemap = read("<urlset><url><loc>/1</loc></url><url><loc>/2</loc>");
    assert_eq!((sitemap.entries.len(), sitemap.is_damaged), (1, true));
}

#[test]
fn what_is_no_sitemap() {
    let gzip_of_nothing = packed(b"");
    for body in [
        &b""[..],
        b"<",
        b"<html><urlset/></html>",
        b"<rss/>",
        b"{\"url\": 1}",
        b"\x1f\x8b\x08",
        &gzip_of_nothing,
    ] {
        assert_eq!(read_with(body, &SitemapLimits::default()), None, "{body:?}");
    }
}

#[test]
fn limits_cut_and_are_told() {
    let entry = "<url><loc>/1</loc></url>";
    let body = format!("<urlset>{}</urlset>", entry.repeat(10));
    let limits = SitemapLimits { entries_max: 3, ..SitemapLimits::default() };
    let sitemap = read_with(body.as_bytes(), &limits).unwrap();
    assert_eq!((sitemap.entries.len(), sitemap.refused_links), (3, 7));
    assert!(sitemap.is_truncated && !sitemap.is_damaged);
    let limits = SitemapLimits { decoded_bytes_max: 100, ..SitemapLimits::default() };
    for body in [body.clone().into_bytes(), packed(body.as_bytes())] {
        let sitemap = read_with(&body, &limits).unwrap();
        assert_eq!(sitemap.entries.len(), 3);
        assert!(sitemap.is_truncated && sitemap.is_damaged);
    }
    let exact = SitemapLimits { decoded_bytes_max: body.len(), ..SitemapLimits::default() };
    let sitemap = read_with(&packed(body.as_bytes()), &exact).unwrap();
    assert!(!sitemap.is_truncated && !sitemap.is_damaged);
}

#[test]
fn packed_members_are_joined() {
    let body = [packed(b"<urlset><url><loc>/1</l"), packed(b"oc></url></urlset>")].concat();
    let sitemap = read_with(&body, &SitemapLimits::default()).unwrap();
    assert_eq!((sitemap.entries.len(), sitemap.is_damaged), (1, false));
    let broken = [packed(b"<urlset><url><loc>/1</loc></url>"), b"\x1f\x8b\x08rest".to_vec()];
    let sitemap = read_with(&broken.concat(), &SitemapLimits::default()).unwrap();
    assert_eq!((sitemap.entries.len(), sitemap.is_damaged), (1, true));
}

#[test]
fn hostile_sitemaps_cost_a_bounded_amount() {
    // 200 MB in 200 KB: no more than the limit is ever unpacked.
    let bomb = packed(&vec![b' '; 200_000_000]);
    let limits = SitemapLimits { decoded_bytes_max: 1_000_000, ..SitemapLimits::default() };
    assert_eq!(read_with(&bomb, &limits), None);
    let url = "<url><loc>/1</loc></url></urlset>";
    for noise in [
        "<url>".repeat(500_000),
        "<url><loc>".repeat(300_000),
        "<a>".repeat(1_000_000),
        "<".repeat(1_000_000),
        format!("<url a='{}'>", "x".repeat(5_000_000)),
        format!("<url><loc>{}</loc></url>", "x".repeat(5_000_000)),
        format!(
            "<url><news:news><news:title>{}</news:title></news:news></url>",
            "&amp;".repeat(500_000)
        ),
    ] {
        let sitemap = read(&format!("<urlset>{noise}{url}"));
        let head = &noise[..noise.len().min(30)];
        assert!(sitemap.entries.len() <= 1, "{head}: {}", sitemap.entries.len());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_sitemap_or_none(body: Vec<u8>, pack: bool) {
        let body = if pack { packed(&body) } else { body };
        let _ = read_with(&body, &SitemapLimits::default());
    }

    #[test]
    fn any_soup_is_a_sitemap(
        soup in "(</?(urlset|url|sitemap|loc|lastmod|n:news|n:title|x)/?>?|<!\\[CDATA\\[|\\]\
         \\]>|<!--|\
            -->|&(amp|x)?;?|[a-z \u{e4}'\"]|<){0,60}"
    ) {
        let sitemap = read(&format!("<urlset>{soup}"));
        prop_assert!(sitemap.entries.len() <= soup.len());
    }

    #[test]
    fn any_piece_of_a_sitemap_lost_leaves_a_sitemap(from in 8_usize..500, length in 0_usize..100) {
        let entry = "<url><loc>https://a.test/1</loc><lastmod>2024-05-31</lastmod><news:news>\
            <news:title>T</news:title></news:news></url>";
        let whole = format!("<urlset>{}</urlset>", entry.repeat(6));
        let lost = format!("{}{}", &whole[..from], &whole[(from + length).min(whole.len())..]);
        prop_assert!(read(&lost).entries.len() >= 3, "{}", lost);
    }
}
