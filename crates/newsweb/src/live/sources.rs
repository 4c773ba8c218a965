//! The feeds and sitemaps of an outlet: where each is, what it lists, and how one learns of it.

use crate::dice::Dice;
use crate::text;
use crate::truth::{LiveFound, LiveKind};

/// The format of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Rss2,
    Rss091,
    Rdf,
    Atom,
    Json,
    /// A sitemap of the last 48 hours, with titles.
    News,
    /// A plain sitemap.
    Urls,
}

impl Form {
    pub(super) fn is_sitemap(self) -> bool {
        matches!(self, Self::News | Self::Urls)
    }
}

/// Which articles a source lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    /// Those with one of the tags in use, by its number.
    Tag(usize),
    /// Always the same old ones.
    Still,
}

/// A feed or a sitemap. Sitemaps by month and dead ones are elsewhere, since they are too many.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) target: String,
    /// Other addresses of the same bytes.
    pub(super) also: Vec<&'static str>,
    pub(super) form: Form,
    pub(super) scope: Scope,
    /// How many entries it holds at most.
    pub(super) listed: usize,
    pub(super) found: LiveFound,
}

const LISTED: [usize; 6] = [10, 15, 20, 25, 30, 50];
/// The protocol allows 1,000 in a news sitemap.
const NEWS_LISTED: usize = 1_000;
/// Netscape's format allows 15.
const RSS_091_LISTED: usize = 15;
/// Addresses that readers guess.
const WELL_KNOWN: [(&str, Form); 8] = [
    ("/feed", Form::Rss2),
    ("/rss.xml", Form::Rss2),
    ("/feeds/all.xml", Form::Rss2),
    ("/feed/", Form::Rss2),
    ("/atom.xml", Form::Atom),
    ("/rss", Form::Rss2),
    ("/index.xml", Form::Rdf),
    ("/feed.xml", Form::Atom),
];
/// Addresses that nobody guesses.
const LINKED: [&str; 5] =
    ["/feeds/latest", "/rss/home.xml", "/services/feed.php?format=full", "/news.rss", "/out/rss"];
/// Numbers of the tag feeds that change, among all.
const LIVE_TAGS: [usize; 4] = [5, 13, 22, 31];
const TAGS: usize = 39;

/// The sources of an outlet that is the `turn`-th of its kind.
pub(super) fn sources(kind: LiveKind, turn: usize, dice: &mut Dice) -> Vec<Source> {
    let listed = LISTED[dice.index(LISTED.len())];
    let linked = LINKED[turn % LINKED.len()];
    let feed = |form| source(linked, form, listed, LiveFound::Head);
    let news = || source("/news-sitemap.xml", Form::News, NEWS_LISTED, LiveFound::Robots);
    let mut sources = match kind {
        LiveKind::Rss2
        | LiveKind::Undated
        | LiveKind::Paced
        | LiveKind::Lagging
        | LiveKind::DeadSitemaps => {
            vec![feed(Form::Rss2)]
        }
        LiveKind::Atom => vec![feed(Form::Atom)],
        LiveKind::Rdf => vec![feed(Form::Rdf)],
        LiveKind::JsonFeed => vec![feed(Form::Json)],
        LiveKind::Rss091 => {
            vec![source(linked, Form::Rss091, RSS_091_LISTED, LiveFound::Head)]
        }
        LiveKind::WellKnown => {
            let (target, form) = WELL_KNOWN[(turn + dice.index(2) * 4) % WELL_KNOWN.len()];
            vec![source(target, form, listed, LiveFound::WellKnown)]
        }
        LiveKind::NewsSitemap => vec![news()],
        LiveKind::SitemapIndex | LiveKind::PagesOnly => Vec::new(),
        LiveKind::FortyFeeds => forty(listed, dice),
        LiveKind::ManyAddresses => {
            let also = vec!["/feed", "/rss", "/?feed=rss2"];
            vec![Source { also, ..source("/feed/", Form::Rss2, listed, LiveFound::Head) }]
        }
        LiveKind::PaidLinks => {
            vec![feed(Form::Rss2), source("/partners.xml", Form::Urls, 50, LiveFound::Robots)]
        }
    };
    let plain = [LiveKind::Rss2, LiveKind::Atom, LiveKind::Rdf, LiveKind::JsonFeed];
    if plain.contains(&kind) && dice.chance(0.3) {
        sources.push(news());
    }
    sources
}

/// A main feed among many by tag, most of which are about what nobody writes about any more.
fn forty(listed: usize, dice: &mut Dice) -> Vec<Source> {
    let mut feeds: Vec<Source> = (0..TAGS)
        .map(|nth| {
            let tag = format!("{}-{nth}", text::name(dice).to_lowercase());
            let live = LIVE_TAGS.iter().position(|live| *live == nth);
            let scope = live.map_or(Scope::Still, Scope::Tag);
            let target = format!("/feeds/tag/{tag}.xml");
            Source { scope, ..source(&target, Form::Rss2, 20, LiveFound::Head) }
        })
        .collect();
    let main = source("/feeds/news.xml", Form::Rss2, listed, LiveFound::Head);
    feeds.insert(dice.index(TAGS), main);
    feeds
}

fn source(target: &str, form: Form, listed: usize, found: LiveFound) -> Source {
    let target = target.to_owned();
    Source { target, also: Vec::new(), form, scope: Scope::All, listed, found }
}
