//! What a URL of this web answers, and which links its page holds. Pure: the server shows it, and
//! the truth walks it.

mod links;
mod maze;
mod oddity;
mod route;

pub(crate) use links::{How, Link};
pub(crate) use maze::MAZES;
pub(crate) use oddity::Oddity;

use crate::clock::civil;
use crate::config::Mode;
use crate::plan::{Address, Host, Plan, RobotsAnswer, Role};
use crate::{story, text};

/// The day on which the newest articles of every web appeared: 2026-11-25T00:00:00Z.
pub(crate) const NEWEST_S: u64 = 1_795_564_800;
/// How many articles a page of a section lists.
const LISTED: u64 = 20;
const SECTIONS: [&str; 8] =
    ["politics", "business", "world", "science", "culture", "health", "climate", "opinion"];
const SPORT_SECTIONS: [&str; 2] = ["football", "athletics"];

/// What a request gets.
pub(crate) enum Answer {
    /// The TLS handshake is refused.
    Refused,
    /// A robots file.
    Robots(RobotsAnswer),
    /// A redirect, with the Location as sent and where it leads.
    Moved { status: u16, location: String, to: Address },
    /// An error; `once` when a second request for the same URL gets the page.
    Failed { status: u16, retry_after: Option<RetryAfter>, once: Option<Box<Page>> },
    /// A page.
    Page(Box<Page>),
    /// A page as it is: in a maze, or a wall.
    Raw { status: u16, headers: Vec<(&'static str, &'static str)>, html: String },
    /// Something that is no page.
    File { media: &'static str },
}

/// What a Retry-After header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryAfter {
    /// This many seconds, written as a number.
    Seconds(u64),
    /// This many seconds, written as a date.
    Date(u64),
}

/// An HTML page.
pub(crate) struct Page {
    pub(crate) at: Address,
    pub(crate) kind: Kind,
    pub(crate) links: Vec<Link>,
    pub(crate) oddity: Option<Oddity>,
    /// The URL of which this one is another spelling.
    pub(crate) duplicate_of: Option<Address>,
}

/// What a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Front,
    Section,
    /// An article, by its number on the site.
    Article(u64),
    /// The print view of an article.
    Print(u64),
    /// A page without news.
    Plain,
    /// A page of [`Mode::Bench`], by its number.
    Bench(u64),
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Section => "section",
            Self::Article(_) => "article",
            Self::Print(_) => "print",
            Self::Plain => "plain",
            Self::Bench(_) => "bench",
        }
    }
}

impl Page {
    /// Whether its links may be followed at all.
    pub(crate) fn follows(&self) -> bool {
        !matches!(self.oddity, Some(Oddity::MetaNofollow | Oddity::HeaderNofollow))
    }
}

/// A host seen as a news site at one moment.
pub(crate) struct Site<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) host: &'a Host,
    /// How many of its articles have appeared.
    pub(crate) articles: u64,
}

impl<'a> Site<'a> {
    /// The site after `elapsed_s` seconds of the schedule; with all articles when that is `None`.
    pub(crate) fn new(plan: &'a Plan, host: &'a Host, elapsed_s: Option<f64>) -> Self {
        let mut site = Self { plan, host, articles: 0 };
        site.articles = site.appeared(elapsed_s);
        site
    }

    pub(crate) fn sections(&self) -> &'static [&'static str] {
        if self.host.role == Role::Sport {
            &SPORT_SECTIONS
        } else {
            &SECTIONS[..self.plan.config.sections.clamp(1, SECTIONS.len())]
        }
    }

    /// When an article appears, in seconds from the start.
    pub(crate) fn appears_s(&self, article: u64) -> f64 {
        let Some(schedule) = self.plan.config.publish else { return 0.0 };
        let total = self.articles_in_all() as f64;
        let initial = (total * schedule.initial_share).floor();
        if (article as f64) < initial {
            return 0.0;
        }
        schedule.period_s * (article as f64 + 1.0 - initial) / (total - initial).max(1.0)
    }

    /// The date that an article bears, in seconds since 1970.
    pub(crate) fn dated_s(&self, article: u64) -> u64 {
        let age = self.articles_in_all().saturating_sub(article) % 100_000;
        NEWEST_S - age * 2_700
    }

    /// The wire story that an article carries.
    pub(crate) fn story(&self, article: u64) -> Option<u32> {
        let main = self.host.role == Role::Main && self.plan.config.mode == Mode::News;
        main.then(|| story::story_in(&self.plan.config, self.host.outlet, article)).flatten()
    }

    /// What an article says.
    pub(crate) fn article(&self, article: u64) -> story::Article {
        let config = &self.plan.config;
        match self.story(article) {
            Some(story) => story::republished(config, story, &self.host.name),
            None => story::own(config, &self.host.name, article),
        }
    }

    /// Where an article is.
    pub(crate) fn article_at(&self, article: u64) -> Address {
        let sections = self.sections();
        let section = sections[usize::try_from(article).unwrap_or(0) % sections.len()];
        let (year, month, day) = civil(self.dated_s(article) / 86_400);
        let headline = story::url_headline(&self.plan.config, &self.host.name, article);
        let slug = text::slug(&headline);
        self.at(format!("/{section}/{year}/{month:02}/{day:02}/{slug}-{article}.html"))
    }

    /// Where a page of a section is; pages count from 1.
    pub(crate) fn section_at(&self, section: &str, page: u64) -> Address {
        match page {
            0 | 1 => self.at(format!("/{section}/")),
            _ => self.at(format!("/{section}/?page={page}")),
        }
    }

    /// The articles of a section's page, newest first.
    pub(crate) fn listed(&self, section: usize, page: u64) -> Vec<u64> {
        let of = self.sections().len() as u64;
        let held = self.articles_in(section);
        let first = (page - 1) * LISTED;
        (first..held.min(first + LISTED))
            .map(|nth| section as u64 + of * (held - 1 - nth))
            .collect()
    }

    /// How many pages a section has.
    pub(crate) fn pages_of(&self, section: usize) -> u64 {
        self.articles_in(section).div_ceil(LISTED).max(1)
    }

    fn articles_in(&self, section: usize) -> u64 {
        self.articles.saturating_sub(section as u64).div_ceil(self.sections().len() as u64)
    }

    pub(crate) fn at(&self, target: impl Into<String>) -> Address {
        Address { https: self.host.https, host: self.host.name.clone(), target: target.into() }
    }

    fn articles_in_all(&self) -> u64 {
        let all = self.plan.config.articles_per_outlet as u64;
        if self.host.role == Role::Sport { (all / 4).max(3) } else { all.max(1) }
    }

    fn appeared(&self, elapsed_s: Option<f64>) -> u64 {
        let total = self.articles_in_all();
        let (Some(elapsed_s), Some(_)) = (elapsed_s, self.plan.config.publish) else {
            return total;
        };
        let (mut low, mut high) = (0, total);
        while low < high {
            let middle = low.midpoint(high);
            if self.appears_s(middle) <= elapsed_s { low = middle + 1 } else { high = middle }
        }
        low.max(1)
    }
}

impl Plan {
    /// What a URL answers `elapsed_s` seconds after the start, or with all articles there.
    /// `None` when this web has no such host.
    pub(crate) fn answer(&self, at: &Address, elapsed_s: Option<f64>) -> Option<Answer> {
        let host = self.host(&at.host)?;
        if at.https && !host.https {
            return Some(Answer::Refused);
        }
        Some(Site::new(self, &host, elapsed_s).route(at))
    }
}

#[cfg(test)]
mod tests;
