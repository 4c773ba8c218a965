//! What the names of an element say of what lies in it: tables of words.
//!
//! Classes and ids are cut into words (`c-articleBody__related-links` says `article`, `body`,
//! `related`, `links`), so that one table serves all outlets. The names are those that templates
//! use in many languages; none stands for one outlet.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

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
const NEVER: &str = "\
    audio button canvas dialog embed iframe input map math menu meter noframes noscript object \
    option progress script select style svg template textarea track video head link meta title \
    optgroup label fieldset legend rp rt";

/// Words by which comments are known.
const COMMENTS: &str = "\
    comment comments disqus commenting commentlist coral viafoura fbcomments kommentare kommentar \
    commentaires comentarios commenti reacties livefyre respond discussion commentary";

/// Words by which what stands around an article is known.
const AROUND: &str = "\
    ad ads adv advert advertisement advertising adsense advertorial adslot adbox adunit anzeige \
    publicidad publicite pubblicita werbung dfp gpt sponsor sponsored sponsors promo promos \
    promotion promobox related relateds recirc recirculation recommend recommended recommendation \
    recommendations recommends relacionadas relacionados correlati rekomendasi outbrain taboola \
    plista zergnet popular trending trends mostread mostpopular mostviewed visuallyhidden sronly \
    srhidden newsletter newsletters subscribe subscription subscriptions signup signin login \
    register donate donation membership share sharing sharebar sharebox sharethis addthis addtoany \
    social socials socialmedia follow cookie cookies consent gdpr cmp banner popup modal overlay \
    toast lightbox breadcrumb breadcrumbs nav navi navigation navbar menu submenu sidebar rail \
    footer foot copyright disclaimer masthead topbar pagination pager paging prev previous next \
    nextpost toolbar tools carousel slider slideshow swiper ticker teaser teasers widget widgets \
    poll survey quiz rating ratings feedback tooltip skip jump toc inhaltsverzeichnis screenreader \
    offscreen readmore morelinks moreon seealso alsoread bacajuga lireaussi readnext upnext onward \
    marketing upsell player playlist podcast appstore notification notifications alert alerts \
    bookmark likes reactions latest archives calendar shop shopping affiliate commerce coupon \
    coupons";

/// Beginnings of words by which it is known as well.
const AROUND_BEGINS: &[&str] = &[
    "related",
    "recommend",
    "newsletter",
    "breadcrumb",
    "advert",
    "sponsor",
    "outbrain",
    "taboola",
    "cookie",
    "paginat",
    "navig",
    "sidebar",
    "sharing",
    "trending",
    "carousel",
    "zergnet",
    "mostread",
    "mostpop",
];

/// Words by which what is said about an article is known.
const ABOUT: &str = "\
    author authors byline bylines autor auteur bio biography contributor contributors meta \
    metadata postmeta entrymeta timestamp date datetime pubdate published publishdate updated time \
    tag tags taglist keywords keyword topics topic category categories kicker eyebrow dateline \
    readtime readingtime duration reporter journalist profile info infos views counter source \
    sources";

/// Words by which captions are known.
const CAPTION: &str = "\
    caption captions figcaption imagecaption credit credits legende bildunterschrift photocredit \
    imgcaption photographer pie didascalia";

/// Words by which the lines below a headline are known.
const LEDE: &str = "\
    lede lead leadin standfirst dek deck subtitle subhead subheadline subheading summary abstract \
    intro introduction excerpt chapo chapeau sapo entradilla bajada sommario vorspann perex \
    ingress preamble teasertext standfirsttext manchet zajawka description strapline sommaire \
    occhiello catenaccio olho linhafina";

/// Pairs of words by which the text is known, as they follow one another.
const BODY: &str = "\
    articlebody storybody entrycontent postcontent articlecontent storycontent articletext \
    storytext postbody entrybody bodytext bodycontent articlebodytext newsbody newscontent \
    newstext contentbody articlemain fulltext maintext textbody textcontent bodycopy detailtext \
    detailcontent detailbody newsdetail articledetail pagecontent contenttext documentbody docbody \
    richtext articlecopy liveblog articleviewcontent cuerponoticia corpsarticle articlesection \
    readcontent readbody contentarticle singlecontent tdpostcontent";

impl Zone {
    /// Which counts where names say several things.
    fn strength(self) -> u8 {
        match self {
            Self::About => 0,
            Self::Lede => 1,
            Self::Body => 2,
            Self::Around => 3,
            Self::Caption => 4,
            Self::Comments => 5,
            Self::Never => 6,
        }
    }

    /// What the names of an element say; nothing for most.
    pub(super) fn of(element: &Element, words: &mut Vec<String>) -> Option<Self> {
        let name = element.name();
        if name.is_empty() || NEVER_NAMES.contains(name) || is_hidden(element) {
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

/// Roles of what stands around an article.
const AROUND_ROLES: &[&str] =
    &["navigation", "complementary", "contentinfo", "search", "banner", "dialog", "alertdialog"];

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
    let role = element.get("role").unwrap_or_default();
    if AROUND_ROLES.contains(&role) {
        return Some(Zone::Around);
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

/// What each word says.
static ZONES: LazyLock<HashMap<&str, Zone>> = LazyLock::new(|| {
    let tables = [
        (ABOUT, Zone::About),
        (LEDE, Zone::Lede),
        (BODY, Zone::Body),
        (AROUND, Zone::Around),
        (CAPTION, Zone::Caption),
        (COMMENTS, Zone::Comments),
    ];
    tables.iter().flat_map(|(words, zone)| words.split(' ').map(|word| (word, *zone))).collect()
});

static NEVER_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| NEVER.split(' ').collect());

/// What words say, and two words that follow one another: the strongest of it.
fn by_words(words: &[String]) -> Option<Zone> {
    let single = words.iter().filter_map(|word| ZONES.get(word.as_str()).copied());
    let pairs = words.windows(2).filter_map(|pair| {
        let pair = [&*pair[0], &*pair[1]].concat();
        // Captions and what is said about an article are called by one word.
        ZONES
            .get(pair.as_str())
            .copied()
            .filter(|zone| !matches!(zone, Zone::About | Zone::Caption))
    });
    let begins = |word: &&String| AROUND_BEGINS.iter().any(|begin| word.starts_with(begin));
    let around = words.iter().find(begins).map(|_| Zone::Around);
    single.chain(pairs).chain(around).max_by_key(|zone| zone.strength())
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
