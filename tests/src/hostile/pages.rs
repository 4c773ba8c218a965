//! Pages that are made to hurt.

use std::fmt::Write as _;

use super::{HARMLESS, Hostile, READ_OR_NOT, UNTAMED, page};

/// Text without which nobody takes a page for an article.
const TEXT: &str = "<article><h1>Flood in the valley</h1><p>The river rose by two metres in one \
    night, and the lower bridge is closed until further notice, said the mayor on Tuesday.</p></article>";

/// All pages.
pub fn all() -> Vec<Hostile> {
    let mut pages = vec![
        page("20,000 deep", UNTAMED, format!("{}{TEXT}", "<div>".repeat(20_000))),
        page("200,000 deep", UNTAMED, format!("{}{TEXT}", "<div>".repeat(200_000))),
        page("100,000 deep, inline", UNTAMED, format!("{}{TEXT}", "<b><i>".repeat(50_000))),
        page("50,000 attributes", UNTAMED, attributes(50_000)),
        page("200,000 paragraphs", UNTAMED, paragraphs(200_000)),
        page("one attribute of 5 MB", UNTAMED, one_attribute(5_000_000)),
        page("1,000,000 empty elements", UNTAMED, format!("{TEXT}{}", "<br>".repeat(1_000_000))),
        page("300,000 links", UNTAMED, links(300_000)),
        page("comment without end", HARMLESS, format!("{TEXT}<!--{}", "--!".repeat(900_000))),
        page(
            "script without end",
            HARMLESS,
            format!("{TEXT}<script>{}", "<!--<script>".repeat(200_000)),
        ),
        page("cloned formatting", READ_OR_NOT, cloned_formatting()),
        page("foster parents", READ_OR_NOT, foster_parents()),
        page("misnested formatting", READ_OR_NOT, misnested()),
        page("JSON-LD 1,000,000 deep", HARMLESS, json_ld(&"[".repeat(1_000_000))),
        page("JSON-LD of 100,000 articles", HARMLESS, json_ld(&many_articles(100_000 / 4))),
        page(
            "40,000 character references",
            HARMLESS,
            format!("{TEXT}<p>{}", "&notit;&#x1F600;&ampamp".repeat(20_000)),
        ),
    ];
    pages.extend(broken());
    pages
}

fn attributes(n: usize) -> String {
    let mut tag = String::from("<p");
    for at in 0..n {
        // Writing to a string cannot fail.
        let _ = write!(tag, " a{at}={at}");
    }
    format!("{tag}>{TEXT}")
}

fn paragraphs(n: usize) -> String {
    let mut text = String::from("<article>");
    for at in 0..n {
        let _ = write!(text, "<p>{at} and so on");
    }
    text
}

fn one_attribute(bytes: usize) -> String {
    format!("<a href=\"/{}\">x</a>{TEXT}", "x".repeat(bytes))
}

fn links(n: usize) -> String {
    let mut text = String::from(TEXT);
    for at in 0..n {
        let _ = write!(text, "<a href=/l{at}>");
    }
    text
}

/// Each paragraph opens again what the first one left open (HTML, "reconstruct the active
/// formatting elements"): a page of 200 KB becomes millions of elements, none of them deep.
fn cloned_formatting() -> String {
    let mut text = String::from("<article><p>");
    for at in 0..190 {
        let _ = write!(text, "<font size={at}>");
    }
    text + &"x</p><p>".repeat(25_000) + TEXT
}

/// Text in a table goes before it, again and again, past all that went there before.
fn foster_parents() -> String {
    format!("<table>{}{TEXT}", "<tr>x<b><td><a></tr>y".repeat(8_000))
}

/// End tags that the adoption agency has to sort out.
fn misnested() -> String {
    format!("{TEXT}{}", "<a><b><i><p></a></b></i>".repeat(9_000))
}

fn json_ld(text: &str) -> String {
    format!("<script type=\"application/ld+json\">{text}</script>{TEXT}")
}

fn many_articles(n: usize) -> String {
    let article = "{\"@type\":\"NewsArticle\",\"headline\":\"A\",\"author\":[{\"name\":\"B\"}]}";
    format!("{{\"@graph\":[{}]}}", vec![article; n].join(","))
}

/// Bytes that are in no encoding.
fn broken() -> Vec<Hostile> {
    let raw = |name, content_type, body: Vec<u8>| {
        let head = b"<!doctype html><title>Hostile</title>".to_vec();
        Hostile {
            name,
            content_type,
            coding: None,
            body: [head, body].concat(),
            outcomes: HARMLESS,
        }
    };
    let noise: Vec<u8> =
        (0_u32..2_500_000).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (nul, escape) = (b"<p>a\0b\0".repeat(300_000 / 8), b"\x1b$B\x1b(J\x1b".repeat(300_000));
    vec![
        raw("noise as UTF-16", "text/html; charset=utf-16", noise.clone()),
        raw("noise as UTF-8", "text/html; charset=utf-8", noise),
        raw("NULs", "text/html", nul),
        raw("shifts of ISO-2022-JP", "text/html; charset=iso-2022-jp", escape),
    ]
}
