//! What the names of an element say of what lies in it: tables of words.
//!
//! Classes and ids are cut into words (`c-articleBody__related-links` says `article`, `body`,
//! `related`, `links`), so that one table serves all outlets. The names are those that templates
//! use in many languages; none stands for one outlet.

use super::tree::Element;

/// What an element holds, as its names have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// Nothing that is read, whatever there is of it: scripts, forms, hidden parts.
    Never,
    /// What readers wrote.
    Comments,
    /// What stands around articles: navigation, related links, newsletters, sharing, consent.
    Around,
    /// What is said about the article: byline, date, tags.
    About,
    /// A caption or a credit of a picture.
    Caption,
    /// The few lines between headline and text.
    Lede,
    /// The text of the article.
    Body,
}

/// Elements that hold no text to be read.
const NEVER: &[&str] = &[
    "audio", "button", "canvas", "dialog", "embed", "iframe", "input", "map", "math", "menu",
    "meter", "noframes", "noscript", "object", "option", "progress", "script", "select", "style",
    "svg", "template", "textarea", "track", "video", "head", "link", "meta", "title", "optgroup",
    "label", "fieldset", "legend", "rp", "rt",
];

/// Words by which comments are known.
const COMMENTS: &[&str] = &[
    "comment",
    "comments",
    "disqus",
    "commenting",
    "commentlist",
    "coral",
    "viafoura",
    "fbcomments",
    "kommentare",
    "kommentar",
    "commentaires",
    "comentarios",
    "commenti",
    "reacties",
    "livefyre",
    "respond",
    "discussion",
    "commentary",
];

/// Words by which what stands around an article is known.
const AROUND: &[&str] = &[
    "ad",
    "ads",
    "adv",
    "advert",
    "advertisement",
    "advertising",
    "adsense",
    "advertorial",
    "adslot",
    "adbox",
    "adunit",
    "anzeige",
    "publicidad",
    "publicite",
    "pubblicita",
    "werbung",
    "dfp",
    "gpt",
    "sponsor",
    "sponsored",
    "sponsors",
    "promo",
    "promos",
    "promotion",
    "promobox",
    "related",
    "relateds",
    "recirc",
    "recirculation",
    "recommend",
    "recommended",
    "recommendation",
    "recommendations",
    "recommends",
    "relacionadas",
    "relacionados",
    "correlati",
    "rekomendasi",
    "outbrain",
    "taboola",
    "plista",
    "zergnet",
    "popular",
    "trending",
    "trends",
    "mostread",
    "mostpopular",
    "mostviewed",
    "visuallyhidden",
    "sronly",
    "srhidden",
    "newsletter",
    "newsletters",
    "subscribe",
    "subscription",
    "subscriptions",
    "signup",
    "signin",
    "login",
    "register",
    "paywall",
    "regwall",
    "piano",
    "donate",
    "donation",
    "membership",
    "share",
    "sharing",
    "sharebar",
    "sharebox",
    "sharethis",
    "addthis",
    "addtoany",
    "social",
    "socials",
    "socialmedia",
    "follow",
    "cookie",
    "cookies",
    "consent",
    "gdpr",
    "cmp",
    "banner",
    "popup",
    "modal",
    "overlay",
    "toast",
    "lightbox",
    "breadcrumb",
    "breadcrumbs",
    "nav",
    "navi",
    "navigation",
    "navbar",
    "menu",
    "submenu",
    "sidebar",
    "rail",
    "footer",
    "foot",
    "copyright",
    "disclaimer",
    "masthead",
    "topbar",
    "pagination",
    "pager",
    "paging",
    "prev",
    "previous",
    "next",
    "nextpost",
    "toolbar",
    "tools",
    "carousel",
    "slider",
    "slideshow",
    "swiper",
    "ticker",
    "teaser",
    "teasers",
    "widget",
    "widgets",
    "poll",
    "survey",
    "quiz",
    "rating",
    "ratings",
    "feedback",
    "tooltip",
    "skip",
    "jump",
    "toc",
    "inhaltsverzeichnis",
    "screenreader",
    "offscreen",
    "readmore",
    "morelinks",
    "moreon",
    "seealso",
    "alsoread",
    "bacajuga",
    "lireaussi",
    "readnext",
    "upnext",
    "onward",
    "marketing",
    "upsell",
    "player",
    "playlist",
    "podcast",
    "appstore",
    "notification",
    "notifications",
    "alert",
    "alerts",
    "bookmark",
    "likes",
    "reactions",
    "latest",
    "archives",
    "calendar",
    "shop",
    "shopping",
    "affiliate",
    "commerce",
    "coupon",
    "coupons",
];

/// Words by which what is said about an article is known.
const ABOUT: &[&str] = &[
    "author",
    "authors",
    "byline",
    "bylines",
    "autor",
    "auteur",
    "bio",
    "biography",
    "contributor",
    "contributors",
    "meta",
    "metadata",
    "postmeta",
    "entrymeta",
    "timestamp",
    "date",
    "datetime",
    "pubdate",
    "published",
    "publishdate",
    "updated",
    "time",
    "tag",
    "tags",
    "taglist",
    "keywords",
    "keyword",
    "topics",
    "topic",
    "category",
    "categories",
    "kicker",
    "eyebrow",
    "dateline",
    "readtime",
    "readingtime",
    "duration",
    "reporter",
    "journalist",
    "profile",
    "info",
    "infos",
    "views",
    "counter",
    "source",
    "sources",
];

/// Words by which captions are known.
const CAPTION: &[&str] = &[
    "caption",
    "captions",
    "figcaption",
    "imagecaption",
    "credit",
    "credits",
    "legende",
    "bildunterschrift",
    "photocredit",
    "imgcaption",
    "photographer",
    "pie",
    "didascalia",
];

/// Words by which the lines below a headline are known.
const LEDE: &[&str] = &[
    "lede",
    "lead",
    "leadin",
    "standfirst",
    "dek",
    "deck",
    "subtitle",
    "subhead",
    "subheadline",
    "subheading",
    "summary",
    "abstract",
    "intro",
    "introduction",
    "excerpt",
    "chapo",
    "chapeau",
    "sapo",
    "entradilla",
    "bajada",
    "sommario",
    "vorspann",
    "perex",
    "ingress",
    "preamble",
    "teasertext",
    "standfirsttext",
    "manchet",
    "zajawka",
    "description",
    "strapline",
    "sommaire",
    "occhiello",
    "catenaccio",
    "olho",
    "linhafina",
];

/// Pairs of words by which the text is known, as they follow one another.
const BODY: &[&str] = &[
    "articlebody",
    "storybody",
    "entrycontent",
    "postcontent",
    "articlecontent",
    "storycontent",
    "articletext",
    "storytext",
    "postbody",
    "entrybody",
    "bodytext",
    "bodycontent",
    "articlebodytext",
    "newsbody",
    "newscontent",
    "newstext",
    "contentbody",
    "articlemain",
    "fulltext",
    "maintext",
    "textbody",
    "textcontent",
    "bodycopy",
    "detailtext",
    "detailcontent",
    "detailbody",
    "newsdetail",
    "articledetail",
    "pagecontent",
    "contenttext",
    "documentbody",
    "docbody",
    "richtext",
    "articlecopy",
    "liveblog",
    "articleviewcontent",
    "cuerponoticia",
    "corpsarticle",
    "articlesection",
    "readcontent",
    "readbody",
    "contentarticle",
    "singlecontent",
    "tdpostcontent",
];

impl Zone {
    /// What the names of an element say; nothing for most.
    pub(super) fn of(element: &Element, words: &mut Vec<String>) -> Option<Self> {
        let name = element.name();
        if name.is_empty() || NEVER.contains(&name) || is_hidden(element) {
            return Some(Self::Never);
        }
        if matches!(name, "html" | "body" | "main") {
            return None;
        }
        if let Some(zone) = by_element(element, name) {
            return Some(zone);
        }
        words.clear();
        for attribute in [
            "class",
            "id",
            "itemprop",
            "data-testid",
            "data-component",
            "data-type",
            "role",
            "aria-label",
        ] {
            if let Some(value) = element.get(attribute) {
                // Long values are the utility classes of a style system.
                split(&value[..value.floor_char_boundary(400)], words);
            }
        }
        by_words(words)
    }
}

fn is_hidden(element: &Element) -> bool {
    let style = element.get("style").unwrap_or_default();
    element.get("hidden").is_some()
        || (style.contains("none") && {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
            style.contains("display:none")
        })
}

fn by_element(element: &Element, name: &str) -> Option<Zone> {
    match name {
        "nav" | "footer" | "aside" => return Some(Zone::Around),
        "figcaption" => return Some(Zone::Caption),
        "time" | "address" => return Some(Zone::About),
        _ => {}
    }
    match element.get("role") {
        Some(
            "navigation" | "complementary" | "contentinfo" | "search" | "banner" | "dialog"
            | "alertdialog",
        ) => {
            return Some(Zone::Around);
        }
        _ => {}
    }
    match element.get("itemprop") {
        Some("articleBody") => Some(Zone::Body),
        Some("author" | "datePublished" | "dateModified" | "publisher" | "keywords") => {
            Some(Zone::About)
        }
        Some("comment") => Some(Zone::Comments),
        _ => None,
    }
}

fn by_words(words: &[String]) -> Option<Zone> {
    let has = |table: &[&str]| words.iter().any(|word| table.contains(&word.as_str()));
    let has_pair = |table: &[&str]| {
        words.windows(2).any(|pair| table.contains(&[&*pair[0], &*pair[1]].concat().as_str()))
    };
    let is_body = has(BODY) || has_pair(BODY);
    if has(COMMENTS) {
        return Some(Zone::Comments);
    }
    if has(CAPTION) {
        return Some(Zone::Caption);
    }
    if has(AROUND) || has_pair(AROUND) {
        return Some(Zone::Around);
    }
    if is_body {
        return Some(Zone::Body);
    }
    if has(LEDE) || has_pair(LEDE) {
        return Some(Zone::Lede);
    }
    has(ABOUT).then_some(Zone::About)
}

/// Cuts names into words in lower case: at what is no letter, and where a capital follows a small
/// letter.
fn split(names: &str, words: &mut Vec<String>) {
    let mut word = String::new();
    let mut was_small = false;
    for c in names.chars() {
        let ends = !c.is_alphabetic() || (c.is_uppercase() && was_small);
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        was_small = c.is_lowercase();
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
}
