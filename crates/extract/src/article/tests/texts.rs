//! What is text and what stands around it.

use super::super::{ArticleKind, ParagraphKind, TextSource};
use super::{article, paragraph, read};

/// What stands around an article and is no part of it.
const AROUND: &[&str] = &[
    "<div class=comments><p>First! I say that this is all wrong, and I was there, so \
     I know.</p></div>",
    "<div class='c-related-links'><p>Another story that has to do with this one, as \
     we think.</p></div>",
    "<aside><p>What else happened today in the town, told in a few words for you, \
     here.</p></aside>",
    "<div id=newsletter-signup><p>Get our best stories, every morning, in your inbox.</p></div>",
    "<div class=social-share><p>Share this story with your friends, on any network \
     you like.</p></div>",
    "<div class=cookieConsent><p>We use cookies, and so do our partners, to serve \
     you better.</p></div>",
    "<div class=recommended><h3>You may like</h3><p>A story that you may like as \
     well, or not.</p></div>",
    "<p hidden>What nobody sees, though it is long enough, with commas, to be a paragraph.</p>",
    "<form><button>Send</button><label>Your name, please, and your address too.</label></form>",
    "<ul><li><a href=/1>One link to another story</a><li><a href=/2>And one more of \
     them</a></ul>",
    "<script>var text = 'a long text, which is a script, and so nothing to read';</script>",
];

#[test]
fn what_stands_around_is_no_text() {
    let plain = article("", "", "").text();
    assert_eq!(plain.lines().count(), 6);
    for around in AROUND {
        let behind = article("", "", around).text();
        assert_eq!(behind, plain, "{around}");
        let before = article("", around, "").text();
        assert_eq!(before, plain, "{around}");
    }
}

#[test]
fn paragraphs_are_marked() {
    let after = format!(
        "<h2>What comes next</h2>{}<blockquote><p>I saw it, and I shall not forget it.</p>\
         </blockquote><figure><img src=a><figcaption>The river at night</figcaption></figure>{}\
         <h2>More on this</h2>",
        paragraph(7),
        paragraph(8)
    );
    let article = article("", "", &after);
    let kinds: Vec<ParagraphKind> = article.paragraphs[6..].iter().map(|p| p.kind).collect();
    let expected = [
        ParagraphKind::Heading,
        ParagraphKind::Text,
        ParagraphKind::Quote,
        ParagraphKind::Caption,
        ParagraphKind::Text,
    ];
    assert_eq!(kinds, expected, "a heading that heads nothing is none");
    assert!(!article.text().contains("The river at night"));
    assert!(article.text().contains("I saw it"));
}

#[test]
fn names_do_not_hide_an_article() {
    let all: String = (1..=5).fold(String::new(), |text, n| text + &paragraph(n));
    for class in ["related", "social", "sidebar", "comments-on", "newsletter", "promo"] {
        let body = format!("<h1>Headline</h1><div class={class}>{all}</div>");
        let head = "<meta property=og:type content=article>";
        let text = read("https://news.test/a-1", head, &body).unwrap().text();
        assert_eq!(text.lines().count(), 5, "{class}");
    }
}

#[test]
fn an_article_in_pieces_is_one() {
    let piece = |from: usize| {
        let text = (from..from + 3).fold(String::new(), |text, n| text + &paragraph(n));
        format!("<section class=part><div class=inner>{text}</div></section><div class=ad>Ad</div>")
    };
    let body = format!("<h1>Headline</h1><main>{}{}{}</main>", piece(1), piece(4), piece(7));
    let text = read("https://news.test/a-1", "", &body).unwrap().text();
    assert_eq!(text.lines().count(), 9);
}

#[test]
fn line_breaks_make_paragraphs() {
    let text = "A line that is long enough, with a comma, to be one paragraph of this text.";
    let body =
        format!("<h1>Headline</h1><div>{text}<br><br>{text} Two.<br>\n<br />{text} Three.</div>");
    let article = read("https://news.test/a-1", "", &body).unwrap();
    assert_eq!(article.paragraphs.len(), 3);
}

#[test]
fn json_ld_holds_the_text_where_elements_hold_less() {
    let long =
        "What the script holds is the whole story, with all that there is to say. ".repeat(12);
    let head = format!(
        "<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"headline\":\"H\",\
         \"isAccessibleForFree\":\"False\",\"articleBody\":\"{long}\\n{long}\"}}</script>"
    );
    let body = "<h1>Headline</h1><p>Only the beginning of the story is shown here, as it were.</p>";
    let article = read("https://news.test/a-1", &head, body).unwrap();
    assert_eq!(article.text_from, TextSource::JsonLd);
    assert_eq!(article.paragraphs.len(), 2);
    assert!(article.partial);
}

#[test]
fn kinds() {
    let node = |kind: &str| {
        format!(
            "<script type=application/ld+json>{{\"@type\":\"{kind}\",\"headline\":\"H\"}}</script>"
        )
    };
    assert_eq!(article(&node("NewsArticle"), "", "").kind, ArticleKind::Article);
    assert_eq!(article(&node("LiveBlogPosting"), "", "").kind, ArticleKind::LiveBlog);
    // A page about one thing, and one that lists many.
    assert_eq!(article(&node("ItemPage"), "", "").kind, ArticleKind::Article);
    assert_eq!(article(&node("CollectionPage"), "", "").kind, ArticleKind::Hub);
    let head = "<meta property=og:type content=video.other>";
    let words = format!("<h1>A film</h1>{}{}", paragraph(1), paragraph(2));
    assert_eq!(read("https://news.test/v/1", head, &words).unwrap().kind, ArticleKind::Video);
    let pictures: String = (1..=8).fold(String::new(), |all, n| {
        all + &format!(
            "<figure><img src=a><figcaption>Picture {n}: what can be seen on it, told at some \
             length, so that readers know.</figcaption></figure>"
        )
    });
    let gallery = format!("<h1>Pictures</h1><div>{}{pictures}</div>", paragraph(1));
    let head = "<meta property=og:type content=article>";
    assert_eq!(read("https://news.test/g/1", head, &gallery).unwrap().kind, ArticleKind::Gallery);
    let teasers = (1..=9).fold(String::new(), |all, n| all + &paragraph(n));
    assert_eq!(read("https://news.test/", "", &teasers).unwrap().kind, ArticleKind::Hub);
    assert_eq!(read("https://news.test/none", "", "<p>Nothing here."), None);
}
