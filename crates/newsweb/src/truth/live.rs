//! What there is to be found on a live web: each outlet's sources and articles.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::live::is_foreign;

/// How an outlet makes its news known. Its other traits (rate, size of feeds, validators, robots
/// file) vary apart from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveKind {
    /// A linked feed in RSS 2.0.
    Rss2,
    /// A linked feed in Atom.
    Atom,
    /// A linked feed in RSS 1.0.
    Rdf,
    /// A linked JSON feed.
    JsonFeed,
    /// A linked feed in RSS 0.91, which has no dates.
    Rss091,
    /// A feed at a usual place, linked nowhere.
    WellKnown,
    /// No feed; a news sitemap that the robots file names.
    NewsSitemap,
    /// No feed; an index of sitemaps by month, at a usual place or named in the robots file.
    SitemapIndex,
    /// Nothing but a front page and sections.
    PagesOnly,
    /// A feed with everything and 39 by tag, nearly all of which never change; all are linked.
    FortyFeeds,
    /// One feed under four addresses.
    ManyAddresses,
    /// A linked feed, and sitemaps that look fresh and are years old.
    DeadSitemaps,
    /// A feed and a sitemap that list paid links to other hosts in between.
    PaidLinks,
    /// A linked feed without dates.
    Undated,
    /// A linked feed that says when to come back.
    Paced,
    /// A linked feed that is some minutes behind the front page.
    Lagging,
}

/// How one learns of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveFound {
    /// It is the front page, or a section in its menu.
    Page,
    /// The head of the front page links to it.
    Head,
    /// By trying usual places.
    WellKnown,
    /// The robots file names it.
    Robots,
    /// A sitemap index lists it.
    Index,
}

/// What kind of document a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveSourceKind {
    /// The front page or a section.
    Page,
    /// A feed of any format.
    Feed,
    /// A sitemap of the last two days.
    NewsSitemap,
    /// A sitemap.
    Sitemap,
    /// An index of sitemaps. It is complete by way of what it lists.
    Index,
}

/// A document that lists articles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveSource {
    /// Where it is.
    pub url: String,
    /// What it is.
    pub kind: LiveSourceKind,
    /// How one learns of it.
    pub found: LiveFound,
    /// Whether every article appears in it.
    pub is_complete: bool,
    /// Whether it never changes.
    pub is_still: bool,
    /// How long after its publication an article appears in it, in seconds.
    pub lag_s: f64,
    /// How many articles it holds at most; `None` where all remain.
    pub listed: Option<usize>,
    /// The address that it gives as its own, when that is another one.
    pub same_as: Option<String>,
}

/// An article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveArticle {
    /// Its URL, without tracking parameters.
    pub url: String,
    /// Its number on the outlet, oldest first.
    pub number: usize,
    /// When it appears, in seconds from time 0.
    pub published_s: f64,
    /// When its text changes, in seconds from time 0.
    pub edited_s: Option<f64>,
}

/// An outlet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveOutlet {
    /// Its bare domain, from which discovery starts.
    pub domain: String,
    /// The host of its site.
    pub host: String,
    /// The URL from which a crawl starts.
    pub seed: String,
    /// How it makes its news known.
    pub kind: LiveKind,
    /// Its mean rate, to four places.
    pub articles_per_day: f64,
    /// What its robots file asks for, in seconds.
    pub crawl_delay_s: Option<f64>,
    /// Whether its server fails now and then.
    pub is_failing: bool,
    /// All its sources but dead sitemaps and rotating ones.
    pub sources: Vec<LiveSource>,
    /// The URLs of the sources that are complete and quickest: whoever polls one of them, and, for
    /// an index, what it lists, finds every article as soon as can be.
    pub best: Vec<String>,
    /// What it publishes in the span, oldest first.
    pub articles: Vec<LiveArticle>,
}

/// What costs a crawler requests and brings nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrapKind {
    /// A page of a host to which paid links lead.
    Foreign,
    /// A sitemap that looks fresh and is years old, or the index of these.
    DeadSitemap,
    /// One of these whose address changes with the day.
    RotatingSitemap,
    /// A page that only dead sitemaps list.
    OldPage,
    /// A feed or a section that never changes.
    Still,
    /// A calendar without end that the robots file forbids.
    Forbidden,
}

/// Everything about a live web that a judge must know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveTruth {
    /// Time 0, in seconds since 1970.
    pub starts_at: u64,
    /// Where the span of the listed articles begins, in seconds from time 0.
    pub from_s: f64,
    /// Where it ends; an article of this very moment is not in it.
    pub to_s: f64,
    /// All outlets.
    pub outlets: Vec<LiveOutlet>,
}

impl LiveTruth {
    /// The outlet to which a URL belongs, on any of its hosts.
    pub fn outlet(&self, url: &str) -> Option<&LiveOutlet> {
        let (host, _) = parts(url)?;
        let domain = host.strip_prefix("www.").unwrap_or(host);
        // Domains are numbered from 1, in order.
        let number: usize = domain.strip_prefix("outlet-")?.split('.').next()?.parse().ok()?;
        self.outlets.get(number.checked_sub(1)?).filter(|outlet| outlet.domain == domain)
    }

    /// The article of the span that is at a URL; scheme, `www.`, query and fragment do not matter.
    pub fn article(&self, url: &str) -> Option<(&LiveOutlet, &LiveArticle)> {
        let outlet = self.outlet(url)?;
        let (_, target) = parts(url)?;
        let path = target.split('?').next().unwrap_or(target);
        let number = crate::live::number_in(path)?;
        let nth = outlet.articles.binary_search_by_key(&number, |article| article.number).ok()?;
        let article = &outlet.articles[nth];
        let (_, known) = parts(&article.url)?;
        (known == path).then_some((outlet, article))
    }

    /// What kind of trap a URL is, if it is one.
    pub fn is_trap(&self, url: &str) -> Option<TrapKind> {
        const PLACES: [(&str, TrapKind); 5] = [
            ("/sitemaps/daily/", TrapKind::RotatingSitemap),
            ("/sitemaps/monthly/", TrapKind::DeadSitemap),
            ("/sitemaps/index.xml", TrapKind::DeadSitemap),
            ("/archive/", TrapKind::OldPage),
            ("/calendar/", TrapKind::Forbidden),
        ];
        let (host, target) = parts(url)?;
        if is_foreign(host) {
            return Some(TrapKind::Foreign);
        }
        let outlet = self.outlet(url)?;
        if let Some((_, kind)) = PLACES.iter().find(|(place, _)| target.starts_with(place)) {
            return Some(*kind);
        }
        let still = |source: &&LiveSource| {
            source.is_still && parts(&source.url).is_some_and(|(_, known)| known == target)
        };
        outlet.sources.iter().find(still).map(|_| TrapKind::Still)
    }

    /// Reads what [`LiveTruth::save`] has written.
    pub fn load(path: &Path) -> std::io::Result<Self> {
        Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
    }

    /// Writes it as JSON.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut out, self)?;
        out.flush()
    }
}

/// Host and target of a URL, without port and fragment.
fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let rest = rest.split('#').next().unwrap_or(rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let host = authority.split(':').next().unwrap_or(authority);
    Some((host, if target.is_empty() { "/" } else { target }))
}
