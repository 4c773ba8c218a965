//! Sitemaps that look fresh and are not: some two hundred by month, whose index claims every day
//! that all of them are new, and some whose address changes with the day. What they list is years
//! old.

use super::outlet::Outlet;
use super::route::Month;
use crate::clock::{civil, days_to};
use crate::dice::Dice;
use crate::plan::Address;
use crate::text;

/// How many months are listed; the last of them ended two years before the start.
const MONTHS: u64 = 200;
const YEARS_AGO: u64 = 2;
/// How many pages each sitemap lists.
const PAGES: u64 = 20;
/// How many sitemaps have a new address each day.
const ROTATING: u64 = 3;
/// How long old addresses of rotating sitemaps work, in days.
const KEPT_DAYS: u64 = 400;

/// A place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Index,
    Month(Month),
    /// A rotating sitemap, by its number from 1, and its day since 1970.
    Daily(u64, u64),
    /// An old page.
    Page(Month, u64),
}

/// A line of an index.
pub(super) struct Child {
    pub(super) at: Address,
    pub(super) lastmod: u64,
}

/// An old page in a list.
pub(super) struct OldPage {
    pub(super) at: Address,
    pub(super) headline: String,
    /// Seconds since 1970.
    pub(super) published: u64,
}

impl Place {
    pub(super) fn at(path: &str, starts_at: u64, now: u64) -> Option<Self> {
        if path == "/sitemaps/index.xml" {
            return Some(Self::Index);
        }
        if let Some(name) = path.strip_prefix("/sitemaps/monthly/") {
            let month = Month::parse(name.strip_suffix(".xml")?)?;
            return months(starts_at).contains(&month.0).then_some(Self::Month(month));
        }
        if let Some(name) = path.strip_prefix("/sitemaps/daily/") {
            let (nth, token) = name.strip_suffix(".xml")?.split_once('-')?;
            let (nth, today) = (nth.parse().ok()?, now / 86_400);
            let day = day_of(token)?;
            let kept = (today.saturating_sub(KEPT_DAYS)..=today).contains(&day);
            return (kept && (1..=ROTATING).contains(&nth)).then_some(Self::Daily(nth, day));
        }
        let (month, name) = path.strip_prefix("/archive/")?.split_once('/')?;
        let (month, nth) = (Month::parse(month)?, super::outlet::number_in(name)?);
        let known = months(starts_at).contains(&month.0) && (nth as u64) < PAGES;
        known.then_some(Self::Page(month, nth as u64))
    }
}

impl Outlet {
    /// What the index lists: everything is of today, it says.
    pub(super) fn dead_children(&self, elapsed_s: i64) -> Vec<Child> {
        let now = self.unix(elapsed_s);
        // Refreshed by a job in the small hours.
        let lastmod = now / 86_400 * 86_400;
        let monthly = months(self.starts_at).map(|month| self.dead_month_at(Month(month)));
        let daily = (1..=ROTATING).map(|nth| self.dead_daily_at(nth, now));
        monthly.chain(daily).map(|at| Child { at, lastmod }).collect()
    }

    /// Where a sitemap of a month is.
    pub(super) fn dead_month_at(&self, month: Month) -> Address {
        self.at(format!("/sitemaps/monthly/{month}.xml"))
    }

    /// Where a rotating sitemap is today.
    pub(super) fn dead_daily_at(&self, nth: u64, now: u64) -> Address {
        self.at(format!("/sitemaps/daily/{nth}-{}.xml", token(now / 86_400)))
    }

    /// What a sitemap of a month lists.
    pub(super) fn dead_month(&self, month: Month) -> Vec<OldPage> {
        (0..PAGES).map(|nth| self.old_page(month, nth)).collect()
    }

    /// What a rotating sitemap lists: other old pages each day.
    pub(super) fn dead_daily(&self, nth: u64, day: u64) -> Vec<OldPage> {
        let mut dice = Dice::new(self.seed, "rotating", &self.domain, nth ^ (day << 8));
        let first = months(self.starts_at).start;
        (0..PAGES)
            .map(|_| self.old_page(Month(first + dice.below(MONTHS)), dice.below(PAGES)))
            .collect()
    }

    /// An old page.
    pub(super) fn old_page(&self, month: Month, nth: u64) -> OldPage {
        let key = month.0 * PAGES + nth;
        let headline = text::headline(&mut Dice::new(self.seed, "old", &self.domain, key));
        let at = self.at(format!("/archive/{month}/{}-{nth}.html", text::slug(&headline)));
        OldPage { at, headline, published: month.starts_at() + nth * 86_400 + 36_000 }
    }
}

fn months(starts_at: u64) -> std::ops::Range<u64> {
    let end = Month::of(starts_at).0.saturating_sub(YEARS_AGO * 12);
    end.saturating_sub(MONTHS).max(1970 * 12)..end
}

/// The day of a token, in days since 1970.
fn day_of(text: &str) -> Option<u64> {
    let part = |range| text.get(range).and_then(|digits: &str| digits.parse::<u64>().ok());
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let in_range = (1970..10_000).contains(&year) && day > 0;
    let day = in_range.then(|| days_to(year, month, day))?;
    (token(day) == text).then_some(day)
}

fn token(day: u64) -> String {
    let (year, month, day) = civil(day);
    format!("{year}{month:02}{day:02}")
}
