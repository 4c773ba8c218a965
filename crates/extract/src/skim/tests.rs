//! Tests of the module that declares this one.

use proptest::prelude::*;

use super::*;

#[test]
fn blocks_banners_and_what_lies_beside() {
    let seen = skim(
        "<html><head><title>A &amp; B</title><style>p{x}</style></head><body>\
         <nav><a href=/>Menu</a></nav>\
         <div class='top'><h1>Head <b>line</b></h1><p>One &lt; two.</p><a href=/x>more</a></div>\
         <div id=\"cookie-banner\"><div>We use <a href=/c>cookies</a>.</div>\
         <button>Accept all</button></div>\
         <script>if (a < b) document.write('<p>no</p>')</script><!-- <p>no</p> -->\
         <p>Last</p><footer>Imprint</footer>",
    );
    assert_eq!(seen.title, "A & B");
    assert_eq!(seen.blocks, ["Head line", "One < two.", "more", "Last"]);
    assert_eq!(seen.overlay.trim(), "We use cookies. Accept all");
    assert_eq!((seen.links, seen.buttons, seen.passwords), (1, 1, 0));
}

#[test]
fn fields_and_banners_in_banners() {
    let seen = skim(
        "<div class=modal><div class=overlay><p>x</p></div><p>y</p></div><p>z</p>\
         <form><input type=password name=p><input type=submit></form>",
    );
    assert_eq!((seen.overlay.as_str(), &seen.blocks[..]), ("x y ", &["z".to_owned()][..]));
    assert_eq!((seen.passwords, seen.buttons), (1, 1));
}

#[test]
fn comments_that_end_at_once() {
    for html in ["<p>a<!--><p>b", "<p>a<!---><p>b", "<p>a<!-- > --><p>b", "<p>a<!----><p>b"] {
        assert_eq!(skim(html).blocks, ["a", "b"], "{html}");
    }
}

#[test]
fn no_more_is_decoded_than_is_looked_at() {
    let url = "https://a.test/".parse().unwrap();
    let body = [b"<p>\xe4 ".repeat(BODY_BYTES_MAX / 5), b"<a href=/x>".repeat(3)].concat();
    let charset = charset::detect(&body, Some("text/html; charset=windows-1252"), &url);
    assert_eq!(skim_body(&body, charset).links, 3);
    let longer = [b"<p>".repeat(BODY_BYTES_MAX / 3), body].concat();
    assert_eq!(skim_body(&longer, charset).links, 0);
}

#[test]
fn the_digest_is_of_the_text_only() {
    let text = "<p>Talks went on until Friday. Nobody had expected that they would end so soon. \
        </p><p>The second day begins at nine in the morning, in the large hall.</p>";
    let digest = |html: &str| skim(html).digest;
    assert!(digest(text).is_some());
    assert_eq!(
        digest(text),
        digest(&text.replace("<p>", "<div class='x'>").replace("</p>", "</div>"))
    );
    assert_eq!(digest(text), digest(&format!("<div id=consent>Accept?</div>{text}")));
    assert_ne!(digest(text), digest(&text.replace("nine", "ten")));
}

proptest! {
    #[test]
    fn any_text_is_skimmed(html in "([ -~]|<[/!a-z]|[\"'=>]|\u{e4}|<script|</sc|<!--|-->){0,80}") {
        let seen = skim(&html);
        prop_assert!(seen.blocks.len() <= BLOCKS_MAX);
    }
}
