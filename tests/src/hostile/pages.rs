//! Pages that are made to hurt.

use std::fmt::Write as _;

use super::{HARMLESS, Hostile, READ_OR_NOT, UNTAMED};

/// With what they all begin.
const HEAD: &str = "<!doctype html><title>Hostile</title>";

/// Text without which nobody takes a page for an article.
const TEXT: &str = "<article><h1>Flood in the valley</h1><p>The river rose by two metres in one \
    night, and the lower bridge is closed until further notice, said the mayor on Tuesday.</p>\
    </article>";

/// What is read of a page, and how its body is made.
type Row = (&'static str, &'static [&'static str], fn() -> Vec<u8>);

/// A body in a claimed type.
type Broken = (&'static str, &'static str, fn() -> Vec<u8>);

/// In UTF-8.
const PAGES: [Row; 18] = [
    ("20,000 deep", UNTAMED, || nested("<div>", 20_000)),
    ("200,000 deep", UNTAMED, || nested("<div>", 200_000)),
    ("100,000 deep, inline", UNTAMED, || nested("<b><i>", 50_000)),
    ("50,000 attributes", UNTAMED, || attributes(50_000)),
    ("200,000 paragraphs", UNTAMED, || paragraphs(200_000)),
    ("one attribute of 5 MB", UNTAMED, || one_attribute(5_000_000)),
    ("1,000,000 empty elements", UNTAMED, || behind_text("", "<br>", 1_000_000)),
    ("300,000 links", UNTAMED, || links(300_000)),
    ("comment without end", HARMLESS, || behind_text("<!--", "--!", 900_000)),
    ("script without end", HARMLESS, || behind_text("<script>", "<!--<script>", 200_000)),
    ("cloned formatting", READ_OR_NOT, cloned_formatting),
    ("foster parents", READ_OR_NOT, foster_parents),
    ("misnested formatting", READ_OR_NOT, || behind_text("", "<a><b><i><p></a></b></i>", 9_000)),
    ("JSON-LD 1,000,000 deep", HARMLESS, || json_ld(&"[".repeat(1_000_000))),
    ("JSON-LD of 25,000 articles", HARMLESS, || json_ld(&many_articles(25_000))),
    ("articleBody 300,000 deep", HARMLESS, || json_ld(&article_body(&"<b>".repeat(300_000)))),
    ("20,000 blocks beside articleBody", HARMLESS, blocks_beside_article_body),
    ("60,000 references", HARMLESS, || behind_text("<p>", "&notit;&#x1F600;&ampamp", 20_000)),
];

/// In no encoding, or in one that is broken.
const BROKEN: [Broken; 4] = [
    ("noise as UTF-16", "text/html; charset=utf-16", noise),
    ("noise as UTF-8", "text/html; charset=utf-8", noise),
    ("NULs", "text/html", || raw(&b"<p>a\0b\0".repeat(37_500))),
    ("shifts of ISO-2022-JP", "text/html; charset=iso-2022-jp", || {
        raw(&b"\x1b$B\x1b(J\x1b".repeat(300_000))
    }),
];

/// All pages.
pub fn all() -> Vec<Hostile> {
    let page = |(name, outcomes, body)| Hostile {
        name,
        content_type: "text/html; charset=utf-8",
        coding: None,
        body,
        outcomes,
    };
    let broken = |(name, content_type, body)| Hostile {
        name,
        content_type,
        coding: None,
        body,
        outcomes: HARMLESS,
    };
    PAGES.into_iter().map(page).chain(BROKEN.into_iter().map(broken)).collect()
}

fn raw(body: &[u8]) -> Vec<u8> {
    [HEAD.as_bytes(), body].concat()
}

fn html(body: &str) -> Vec<u8> {
    raw(body.as_bytes())
}

fn nested(piece: &str, times: usize) -> Vec<u8> {
    html(&(piece.repeat(times) + TEXT))
}

fn behind_text(start: &str, piece: &str, times: usize) -> Vec<u8> {
    html(&format!("{TEXT}{start}{}", piece.repeat(times)))
}

fn attributes(n: usize) -> Vec<u8> {
    let mut tag = String::from("<p");
    for at in 0..n {
        // Writing to a string cannot fail.
        let _ = write!(tag, " a{at}={at}");
    }
    html(&format!("{tag}>{TEXT}"))
}

fn paragraphs(n: usize) -> Vec<u8> {
    let mut text = String::from("<article>");
    for at in 0..n {
        let _ = write!(text, "<p>{at} and so on");
    }
    html(&text)
}

fn one_attribute(bytes: usize) -> Vec<u8> {
    html(&format!("<a href=\"/{}\">x</a>{TEXT}", "x".repeat(bytes)))
}

fn links(n: usize) -> Vec<u8> {
    let mut text = String::from(TEXT);
    for at in 0..n {
        let _ = write!(text, "<a href=/l{at}>");
    }
    html(&text)
}

/// Each paragraph opens again what the first one left open (HTML, "reconstruct the active
/// formatting elements"): a page of 200 KB becomes millions of elements, none of them deep.
fn cloned_formatting() -> Vec<u8> {
    let mut text = String::from("<article><p>");
    for at in 0..190 {
        let _ = write!(text, "<font size={at}>");
    }
    html(&(text + &"x</p><p>".repeat(25_000) + TEXT))
}

/// Text in a table goes before it, again and again, past all that went there before.
fn foster_parents() -> Vec<u8> {
    html(&format!("<table>{}{TEXT}", "<tr>x<b><td><a></tr>y".repeat(8_000)))
}

fn json_ld(text: &str) -> Vec<u8> {
    html(&format!("<script type=\"application/ld+json\">{text}</script>{TEXT}"))
}

/// An article of HTML in JSON, which the guard of the page takes for a script.
fn article_body(html: &str) -> String {
    format!("{{\"@type\":\"NewsArticle\",\"headline\":\"A\",\"articleBody\":\"{html}</b>\"}}")
}

/// Each paragraph is looked for in 1 MB, and none is there.
fn blocks_beside_article_body() -> Vec<u8> {
    let mut text =
        String::from_utf8(json_ld(&article_body(&"And so it goes, on. ".repeat(50_000))))
            .expect("it was made of texts");
    for at in 0..20_000 {
        let _ = write!(text, "<p>And so it went, on day {at}, and nobody knew for how long.");
    }
    text.into_bytes()
}

fn many_articles(n: usize) -> String {
    let article = "{\"@type\":\"NewsArticle\",\"headline\":\"A\",\"author\":[{\"name\":\"B\"}]}";
    format!("{{\"@graph\":[{}]}}", vec![article; n].join(","))
}

/// Bytes without a pattern.
fn noise() -> Vec<u8> {
    let byte = |n: u32| n.wrapping_mul(2_654_435_761).to_be_bytes()[0];
    raw(&(0..2_500_000).map(byte).collect::<Vec<u8>>())
}
