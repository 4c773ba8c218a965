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
    assert_eq!(seen.overlay, "We use cookies. Accept all");
    assert_eq!((seen.links, seen.buttons, seen.passwords), (1, 1, 0));
}

#[test]
fn fields_and_banners_in_banners() {
    let seen = skim(
        "<div class=modal><div class=overlay><p>x</p></div><p>y</p></div><p>z</p>\
         <form><input type=password name=p><input type=submit></form>",
    );
    assert_eq!((seen.overlay.as_str(), &seen.blocks[..]), ("x y", &["z".to_owned()][..]));
    assert_eq!((seen.passwords, seen.buttons), (1, 1));
}

#[test]
fn comments_without_a_text_are_whole() {
    for comment in ["<!-->", "<!--->", "<!---->", "<!-- > -> -->", "<!--\n<p>no</p>-->"] {
        let seen = skim(&format!("<p>One</p>{comment}<p>Two</p><!-- end --><p>Three</p>"));
        assert_eq!(seen.blocks, ["One", "Two", "Three"], "{comment}");
    }
}

#[test]
fn a_frame_that_is_called_like_a_banner_is_no_banner() {
    let teaser = |n| format!("<p><a href=/{n}>What happened in the town on day {n}</a></p>");
    let list: String = (1..=LINKS_MIN).map(teaser).collect();
    let text = "<p>A paragraph of some length, with commas, and no link in it at all.</p>";
    let framed = |inner: &str| {
        let seen =
            skim(&format!("<nav>Menu</nav><div class='layout has-newsletter'>{inner}</div>"));
        assert!(seen.overlay.is_empty() || seen.blocks.is_empty());
        (seen.blocks.len(), seen.links, seen.digest)
    };
    let bare = |inner: &str| skim(&format!("<div>{inner}</div>")).digest;
    assert_eq!(framed(&list), (LINKS_MIN, LINKS_MIN, bare(&list)));
    let long: String = (0..=OVERLAY_BYTES_MAX / 67).map(|_| text).collect();
    let (blocks, links, digest) = framed(&long);
    assert_eq!((blocks, links), (BLOCKS_MAX, 0));
    assert_eq!(digest, bare(&long));
    // What may be a banner is one, also where nothing else is there, and over a page in any case.
    assert_eq!(framed(&text.repeat(3)).0, 0);
    let page = text.repeat(9);
    let seen = skim(&format!("{page}<div class=modal>{list}</div>"));
    assert_eq!((seen.blocks.len(), seen.links, seen.digest), (9, 0, bare(&page)));
}

#[test]
fn no_more_is_decoded_than_is_looked_at() {
    let charset = |name| Charset { name, source: crate::CharsetSource::Header };
    let text = "<p>gr\u{fc}n, \u{2014} und bl\u{e4}ulich.</p>";
    let latin = encoding_rs::WINDOWS_1252.encode(text).0;
    assert_eq!(of(&latin, charset("windows-1252")), skim(text));
    // The last character is cut.
    let mut long = "<p>a</p>".repeat(BODY_BYTES_MAX / 8).into_bytes();
    long.truncate(BODY_BYTES_MAX - 1);
    long.extend("\u{e4}<p>behind".bytes());
    let seen = of(&long, charset("UTF-8"));
    assert_eq!((seen.blocks.len(), seen.chars), (BLOCKS_MAX, BODY_BYTES_MAX / 8));
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
