//! Sitemaps: of the news of two days, of months, of everything, and the indexes above them.

use std::fmt::Write as _;

use super::dead::{Child, OldPage};
use super::foreign;
use super::forms::{self, filled};
use super::listing::Listing;
use super::outlet::Outlet;
use super::route::Month;
use super::sources::Form;
use crate::clock::iso_date;
use crate::html::escape;
use crate::plan::Address;
use crate::truth::{LiveFound, LiveKind};

/// How many paid links a sitemap carries; they are new each day.
const PAID: u64 = 300;

impl Outlet {
    /// The bytes of a sitemap with these articles.
    pub(super) fn sitemap_of(&self, form: Form, listing: &Listing, elapsed_s: i64) -> Vec<u8> {
        let mut entries = String::with_capacity(listing.items.len() * 400);
        for item in &listing.items {
            let headline = self.headline(item.number);
            let at = self.at(self.target(item.number, &headline));
            // Writing into a String cannot fail.
            let _ = write!(entries, "<url><loc>{at}</loc>");
            if form == Form::News {
                let date = self.zoned_date(self.unix(item.published_s));
                let (brand, title) = (&self.brand, escape(&headline));
                let _ = write!(
                    entries,
                    "<news:news><news:publication><news:name>{brand}</news:name>\
                     <news:language>en</news:language></news:publication>\
                     <news:publication_date>{date}</news:publication_date>\
                     <news:title>{title}</news:title></news:news>"
                );
            }
            let modified = self.zoned_date(self.unix(item.modified_s));
            let _ = writeln!(entries, "<lastmod>{modified}</lastmod></url>");
        }
        if self.kind == LiveKind::PaidLinks {
            let day = self.unix(elapsed_s) / 86_400;
            for nth in 0..PAID {
                let url = foreign::offer(self.seed, &self.domain, day, 1_000 + nth);
                let _ = writeln!(entries, "<url><loc>{url}</loc></url>");
            }
        }
        let frame = if form == Form::News { forms::NEWS } else { forms::URLS };
        filled(frame, &[("entries", &entries)]).into_bytes()
    }

    /// The sitemaps that the robots file names.
    pub(super) fn named_sitemaps(&self, elapsed_s: i64) -> Vec<Address> {
        let mut named: Vec<Address> = self
            .sources
            .iter()
            .filter(|source| source.found == LiveFound::Robots)
            .map(|source| self.at(&source.target))
            .collect();
        if let Some(index) = self.index_target().filter(|_| self.index_is_named()) {
            named.push(self.at(index));
        }
        if self.kind == LiveKind::DeadSitemaps {
            named.push(self.at("/sitemaps/index.xml"));
            named.push(self.dead_daily_at(1, self.unix(elapsed_s)));
        }
        named
    }

    /// Whether the robots file names the index of months; it is at a usual place, too.
    pub(super) fn index_is_named(&self) -> bool {
        self.dice("index named", 0).chance(0.5)
    }

    /// The bytes of the index of months.
    pub(super) fn index(&self, elapsed_s: i64) -> Vec<u8> {
        let children = self.months(elapsed_s).rev().map(Month).map(|month| {
            let modified_s = self.month(month, elapsed_s).modified_s;
            let at = self.at(format!("/sitemap/posts-{month}.xml"));
            Child { at, lastmod: self.unix(modified_s) }
        });
        index_of(children)
    }

    /// What the sitemap of a month lists.
    pub(super) fn month(&self, month: Month, elapsed_s: i64) -> Listing {
        let elapsed = |unix_s: u64| unix_s.cast_signed() - self.starts_at.cast_signed();
        let (from_s, to_s) = (month.starts_at(), Month(month.0 + 1).starts_at());
        let mut listing = self.between(elapsed(from_s), elapsed(to_s), elapsed_s);
        if listing.items.is_empty() {
            listing.modified_s = elapsed(from_s);
        }
        listing
    }
}

/// The bytes of an index.
pub(super) fn index_of(children: impl Iterator<Item = Child>) -> Vec<u8> {
    let mut entries = String::new();
    for Child { at, lastmod } in children {
        let lastmod = iso_date(lastmod);
        let _ = writeln!(entries, "<sitemap><loc>{at}</loc><lastmod>{lastmod}</lastmod></sitemap>");
    }
    filled(forms::INDEX, &[("entries", &entries)]).into_bytes()
}

/// The bytes of a sitemap of old pages.
pub(super) fn old(pages: &[OldPage]) -> Vec<u8> {
    let mut entries = String::new();
    for OldPage { at, published, .. } in pages {
        let lastmod = iso_date(*published);
        let _ = writeln!(entries, "<url><loc>{at}</loc><lastmod>{lastmod}</lastmod></url>");
    }
    filled(forms::URLS, &[("entries", &entries)]).into_bytes()
}
