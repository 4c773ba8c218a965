//! What is decided about an outlet: its kind, its habits, its server, and all it will publish.

use super::calendar::{Article, Habits, articles};
use super::sources::{Source, sources};
use super::unix;
use crate::clock::civil;
use crate::dice::Dice;
use crate::plan::{Address, Host, Plan};
use crate::text;
use crate::truth::LiveKind;

/// Which kinds of outlets there are, in turn; those that occur twice are common.
const TURN: [LiveKind; 20] = [
    LiveKind::Rss2,
    LiveKind::NewsSitemap,
    LiveKind::WellKnown,
    LiveKind::Atom,
    LiveKind::FortyFeeds,
    LiveKind::PagesOnly,
    LiveKind::SitemapIndex,
    LiveKind::DeadSitemaps,
    LiveKind::PaidLinks,
    LiveKind::JsonFeed,
    LiveKind::ManyAddresses,
    LiveKind::Lagging,
    LiveKind::NewsSitemap,
    LiveKind::Rdf,
    LiveKind::Undated,
    LiveKind::WellKnown,
    LiveKind::Paced,
    LiveKind::PagesOnly,
    LiveKind::SitemapIndex,
    LiveKind::Rss091,
];
const SECTIONS: [&str; 8] =
    ["politics", "business", "world", "sport", "culture", "health", "climate", "local"];
const STILL_SECTIONS: [&str; 3] = ["special-reports", "election-2019", "readers"];

/// Which validators a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validators {
    Both,
    Tag,
    WeakTag,
    Date,
    None,
    /// None, and lists carry the time of day, so that they never look the same.
    Stamp,
}

/// What a server says about how long its lists hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    Unsaid,
    /// About as long as they do.
    Right(u32),
    /// Much longer than they do.
    TooLong,
    NoStore,
}

/// What a robots file says besides its sitemaps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rules {
    /// There is no file, unless it has to name a sitemap.
    NoFile,
    AllowAll,
    /// An endless calendar is forbidden.
    Calendar,
    Delay(f64),
}

/// How a feed tells its readers when to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    TtlMinutes(u32),
    /// Hours of UTC in which it is night.
    SkipHours([u8; 5]),
    /// `updatePeriod`, and how often within one.
    Period(&'static str, u32),
}

/// An outlet.
pub(super) struct Outlet {
    pub(super) seed: u64,
    pub(super) starts_at: u64,
    pub(super) domain: String,
    /// The host that carries its site.
    pub(super) host: Host,
    pub(super) brand: String,
    pub(super) kind: LiveKind,
    pub(super) habits: Habits,
    pub(super) sections: Vec<&'static str>,
    /// A section that is in the menu and never changes.
    pub(super) still_section: Option<&'static str>,
    /// By how much feeds and sitemaps are behind the pages.
    pub(super) lag_s: i64,
    pub(super) validators: Validators,
    pub(super) freshness: Freshness,
    pub(super) rules: Rules,
    pub(super) pace: Option<Pace>,
    /// Whether articles say in their head that they are articles.
    pub(super) declares: bool,
    /// Whether links in feeds carry tracking parameters.
    pub(super) tracks: bool,
    pub(super) fails: bool,
    url_form: u64,
    /// Which of several ways its software spells dates and media types, 0 to 19.
    pub(super) spelling: usize,
    pub(super) sources: Vec<Source>,
    pub(super) articles: Vec<Article>,
}

impl Outlet {
    pub(super) fn new(plan: &Plan, number: usize) -> Self {
        let (config, host) = (&plan.config, plan.main_host(number));
        let domain = plan.domain(number);
        let kind = TURN[number % TURN.len()];
        let habits = Habits::of(config, &domain);
        let mut dice = Dice::new(config.seed, "outlet", &domain, 0);
        let first = dice.index(SECTIONS.len());
        let sections: Vec<&str> =
            (0..4 + dice.index(3)).map(|n| SECTIONS[(first + n) % SECTIONS.len()]).collect();
        let lag = dice.below(720);
        Self {
            seed: config.seed,
            starts_at: config.live.starts_at,
            brand: format!("The {} Herald", text::name(&mut dice)),
            still_section: dice.chance(0.5).then(|| dice.pick(&STILL_SECTIONS)),
            lag_s: if kind == LiveKind::Lagging { 180_i64.saturating_add_unsigned(lag) } else { 0 },
            freshness: freshness(&mut dice),
            rules: rules(&mut dice, &config.traits.crawl_delays_s),
            pace: (kind == LiveKind::Paced).then(|| pace(number / TURN.len(), &habits)),
            declares: dice.chance(0.85),
            tracks: dice.chance(0.15),
            fails: dice.chance(config.live.failing_share),
            url_form: dice.below(3),
            spelling: dice.index(20),
            sources: sources(kind, number / TURN.len(), &mut dice),
            articles: articles(config, &domain, &habits),
            validators: validators(&mut dice),
            sections,
            habits,
            kind,
            domain,
            host,
        }
    }

    pub(super) fn dice(&self, purpose: &str, number: usize) -> Dice {
        Dice::new(self.seed, purpose, &self.domain, number as u64)
    }

    /// Seconds since 1970.
    pub(super) fn unix(&self, elapsed_s: i64) -> u64 {
        unix(self.starts_at, elapsed_s)
    }

    pub(super) fn at(&self, target: impl Into<String>) -> Address {
        Address { https: self.host.https, host: self.host.name.clone(), target: target.into() }
    }

    /// How many articles there are by then.
    pub(super) fn count(&self, elapsed_s: i64) -> usize {
        self.articles.partition_point(|article| article.published_s <= elapsed_s)
    }

    pub(super) fn section_of(&self, number: usize) -> usize {
        self.dice("section", number).index(self.sections.len())
    }

    /// Whether an article is not important enough for the front page. Where there is nothing but
    /// pages, all are.
    pub(super) fn is_minor(&self, number: usize) -> bool {
        self.kind != LiveKind::PagesOnly && self.dice("minor", number).chance(0.15)
    }

    pub(super) fn headline(&self, number: usize) -> String {
        text::headline(&mut self.dice("headline", number))
    }

    /// Path of an article, whose headline is given.
    pub(super) fn target(&self, number: usize, headline: &str) -> String {
        let section = self.sections[self.section_of(number)];
        let (year, month, day) = civil(self.unix(self.articles[number].published_s) / 86_400);
        let slug = text::slug(headline);
        match self.url_form {
            0 => format!("/{section}/{year}/{month:02}/{day:02}/{slug}-{number}.html"),
            1 => format!("/{section}/{slug}-{number}"),
            _ => format!("/{year}/{month:02}/{day:02}/{slug}-{number}/"),
        }
    }

    /// Where an article is.
    pub(super) fn article_at(&self, number: usize) -> Address {
        self.at(self.target(number, &self.headline(number)))
    }
}

/// The number that ends the path of an article.
pub(crate) fn number_in(path: &str) -> Option<usize> {
    let stem = path.strip_suffix(".html").or_else(|| path.strip_suffix('/')).unwrap_or(path);
    stem.rsplit_once('-')?.1.parse().ok()
}

fn validators(dice: &mut Dice) -> Validators {
    match dice.below(20) {
        0..11 => Validators::Both,
        11..13 => Validators::Tag,
        13..15 => Validators::WeakTag,
        15..17 => Validators::Date,
        17 => Validators::Stamp,
        _ => Validators::None,
    }
}

fn freshness(dice: &mut Dice) -> Freshness {
    match dice.below(20) {
        0..8 => Freshness::Unsaid,
        8..11 => Freshness::Right(120),
        11..14 => Freshness::Right(600),
        14..17 => Freshness::TooLong,
        _ => Freshness::NoStore,
    }
}

fn rules(dice: &mut Dice, delays_s: &[f64]) -> Rules {
    match dice.below(20) {
        0..4 => Rules::NoFile,
        4..14 => Rules::AllowAll,
        14..18 => Rules::Calendar,
        _ if delays_s.is_empty() => Rules::AllowAll,
        _ => Rules::Delay(delays_s[dice.index(delays_s.len())]),
    }
}

fn pace(turn: usize, habits: &Habits) -> Pace {
    match turn % 4 {
        0 => Pace::TtlMinutes(30),
        1 => {
            let local = [0, 1, 2, 3, 4];
            let utc = |hour: i8| u8::try_from((hour - habits.zone_hours).rem_euclid(24));
            Pace::SkipHours(local.map(|hour| utc(hour).unwrap_or(0)))
        }
        2 => Pace::Period("hourly", 2),
        _ => Pace::Period("daily", 4),
    }
}
