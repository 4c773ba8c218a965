//! From the path of a request to a place of an outlet.

use super::dead;
use super::outlet::{Outlet, Rules, number_in};
use crate::clock::civil;
use crate::truth::LiveKind;

/// A place of an outlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Robots,
    Front,
    /// A section, by its number, and the page of it.
    Section(usize, usize),
    StillSection,
    Article(usize),
    /// A feed or sitemap, by its number.
    Source(usize),
    /// The index of the sitemaps by month.
    Index,
    /// A sitemap of one month.
    Month(Month),
    Dead(dead::Place),
    /// A page of the endless calendar that the robots file forbids.
    Calendar(u64),
}

/// A month of the calendar, counted from the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(pub(super) u64);

impl Month {
    pub(super) fn of(unix_s: u64) -> Self {
        let (year, month, _) = civil(unix_s / 86_400);
        Self(year * 12 + month - 1)
    }

    /// Year and month.
    pub(super) fn parts(self) -> (u64, u64) {
        (self.0 / 12, self.0 % 12 + 1)
    }

    /// When it begins, in seconds since 1970.
    pub(super) fn starts_at(self) -> u64 {
        let (year, month) = self.parts();
        crate::clock::days_to(year, month, 1) * 86_400
    }

    /// Reads `2026-11`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |s: &str, n| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        let written = digits(year, 4) && digits(month, 2);
        let (year, month): (u64, u64) = (year.parse().ok()?, month.parse().ok()?);
        (written && (1..=12).contains(&month)).then(|| Self(year * 12 + month - 1))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month) = self.parts();
        write!(f, "{year}-{month:02}")
    }
}

impl Outlet {
    /// The place of a request's target. Queries that mean nothing here are ignored, as most servers
    /// do.
    pub(super) fn place(&self, target: &str, elapsed_s: i64) -> Option<Place> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if let Some(nth) = self.sources.iter().position(|source| {
            let is = |known: &str| known == target || !known.contains('?') && known == path;
            // A front page with a query may be a feed, so a whole match comes first.
            is(&source.target) || source.also.iter().any(|known| is(known))
        }) {
            return Some(Place::Source(nth));
        }
        match path {
            "/" => Some(Place::Front),
            "/robots.txt" => Some(Place::Robots),
            _ if path.starts_with("/sitemap") || path.starts_with("/archive/") => {
                self.sitemap(path, elapsed_s)
            }
            _ if path.starts_with("/calendar/") => self.calendar(path),
            _ => self.section_at(path, query).or_else(|| self.article(path, elapsed_s)),
        }
    }

    /// Where the index of the sitemaps by month is, for outlets that have one.
    pub(super) fn index_target(&self) -> Option<&'static str> {
        (self.kind == LiveKind::SitemapIndex).then_some(match self.spelling % 3 {
            0 => "/sitemap.xml",
            1 => "/sitemap_index.xml",
            _ => "/sitemap-index.xml",
        })
    }

    /// The months from the first article to a moment.
    pub(super) fn months(&self, elapsed_s: i64) -> std::ops::RangeInclusive<u64> {
        let first_s = self.articles.first().map_or(0, |article| article.published_s.min(0));
        Month::of(self.unix(first_s)).0..=Month::of(self.unix(elapsed_s)).0
    }

    fn sitemap(&self, path: &str, elapsed_s: i64) -> Option<Place> {
        if self.kind == LiveKind::DeadSitemaps {
            let dead = dead::Place::at(path, self.starts_at, self.unix(elapsed_s));
            return dead.map(Place::Dead);
        }
        let index = self.index_target()?;
        if path == index {
            return Some(Place::Index);
        }
        let month = path.strip_prefix("/sitemap/posts-")?.strip_suffix(".xml")?;
        let month = Month::parse(month)?;
        self.months(elapsed_s).contains(&month.0).then_some(Place::Month(month))
    }

    fn calendar(&self, path: &str) -> Option<Place> {
        let month = path.strip_prefix("/calendar/")?.strip_suffix('/')?;
        let known = self.rules == Rules::Calendar;
        known.then(|| Month::parse(month)).flatten().map(|month| Place::Calendar(month.0))
    }

    fn section_at(&self, path: &str, query: &str) -> Option<Place> {
        let name = path.strip_prefix('/')?.strip_suffix('/')?;
        if self.still_section == Some(name) {
            return Some(Place::StillSection);
        }
        let section = self.sections.iter().position(|section| *section == name)?;
        let page = query.strip_prefix("page=").and_then(|page| page.parse().ok());
        Some(Place::Section(section, page.filter(|page| (1..=100).contains(page)).unwrap_or(1)))
    }

    fn article(&self, path: &str, elapsed_s: i64) -> Option<Place> {
        let number = number_in(path)?;
        let known = number < self.count(elapsed_s);
        let is_it = known && self.target(number, &self.headline(number)) == path;
        is_it.then_some(Place::Article(number))
    }
}
