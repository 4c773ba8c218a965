//! The HTML of an outlet: front page, sections, articles, old pages, and a calendar without end.

use std::fmt::Write as _;

use super::dead::OldPage;
use super::listing::{Listing, PAGE_LISTED};
use super::outlet::{Outlet, Rules, Validators};
use super::route::Month;
use super::sources::Form;
use crate::clock::iso_date;
use crate::config::PageBytes;
use crate::html::{Filler, escape};
use crate::text::Writer;
use crate::truth::{LiveFound, LiveKind};

/// How many older articles an article links to.
const RELATED: usize = 3;
const PARAGRAPHS: u64 = 3;

/// Writes the pages of an outlet at a moment.
pub(super) struct Pages<'a> {
    pub(super) outlet: &'a Outlet,
    pub(super) filler: &'a Filler,
    pub(super) page_bytes: PageBytes,
    pub(super) elapsed_s: i64,
}

impl Pages<'_> {
    /// The front page, with links to the feeds that are linked at all.
    pub(super) fn front(&self) -> Vec<u8> {
        let outlet = self.outlet;
        let mut head = String::new();
        for source in outlet.sources.iter().filter(|source| source.found == LiveFound::Head) {
            let media = match source.form {
                Form::Atom => "application/atom+xml",
                Form::Json => "application/feed+json",
                _ => "application/rss+xml",
            };
            let (target, brand) = (escape(&source.target), &outlet.brand);
            // Writing into a String cannot fail.
            let _ = writeln!(
                head,
                "<link rel=\"alternate\" type=\"{media}\" title=\"{brand}\" href=\"{target}\">"
            );
        }
        head.push_str("<meta property=\"og:type\" content=\"website\">\n");
        let mut main = format!("<h1>{}</h1>\n", outlet.brand);
        self.teasers(&outlet.front(self.elapsed_s), &mut main);
        if outlet.kind == LiveKind::ManyAddresses {
            let also = outlet.sources.iter().flat_map(|source| &source.also);
            main.extend(also.map(|target| format!("<a href=\"{target}\">RSS</a>\n")));
        }
        self.framed("/", &outlet.brand, &head, &main)
    }

    /// A page of a section, which leads to the next as long as it is full. The number of a page
    /// without others is 0.
    pub(super) fn section(&self, name: &str, page: usize, listing: &Listing) -> Vec<u8> {
        let mut main = format!("<h1>{name}</h1>\n");
        self.teasers(listing, &mut main);
        if page > 0 && listing.items.len() == PAGE_LISTED {
            let _ = writeln!(main, "<a rel=\"next\" href=\"/{name}/?page={}\">Older</a>", page + 1);
        }
        let title = format!("{name} | {}", self.outlet.brand);
        let target = if page > 1 { format!("/{name}/?page={page}") } else { format!("/{name}/") };
        self.framed(&target, &title, "", &main)
    }

    /// An article.
    pub(super) fn article(&self, number: usize) -> Vec<u8> {
        let outlet = self.outlet;
        let (article, headline) = (outlet.articles[number], outlet.headline(number));
        let target = outlet.target(number, &headline);
        let mut writer = Writer::new(outlet.dice("body", number));
        let mut main = String::with_capacity(2_500);
        let published = outlet.zoned_date(outlet.unix(article.published_s));
        let _ = write!(
            main,
            "<article>\n<h1>{}</h1>\n<p>By the staff, <time datetime=\"{published}\">{}</time>\
             </p>\n",
            escape(&headline),
            &published[..10]
        );
        for _ in 0..PARAGRAPHS {
            let _ = writeln!(main, "<p>{}</p>", escape(&writer.paragraph()));
        }
        if article.is_edited(self.elapsed_s) {
            let mut later = Writer::new(outlet.dice("edited body", number));
            let _ = writeln!(main, "<p>Update: {}</p>", escape(&later.paragraph()));
        }
        main.push_str("</article>\n<ul>\n");
        for other in (0..number).rev().take(RELATED) {
            let headline = outlet.headline(other);
            let (to, text) = (outlet.target(other, &headline), escape(&headline));
            let _ = writeln!(main, "<li><a href=\"{to}\">{text}</a></li>");
        }
        main.push_str("</ul>\n");
        let modified = outlet.zoned_date(outlet.unix(article.modified_s(self.elapsed_s)));
        let head = self.declared(&target, &headline, &published, &modified);
        self.framed(&target, &headline, &head, &main)
    }

    /// A page from years ago.
    pub(super) fn old(&self, page: &OldPage) -> Vec<u8> {
        let published = iso_date(page.published);
        let head = self.declared(&page.at.target, &page.headline, &published, &published);
        let headline = escape(&page.headline);
        let main = format!("<article>\n<h1>{headline}</h1>\n<p>{headline}.</p>\n</article>\n");
        self.framed(&page.at.target, &page.headline, &head, &main)
    }

    /// A page of the calendar: it leads to the months beside it.
    pub(super) fn calendar(&self, month: u64) -> Vec<u8> {
        let months = [month.saturating_sub(1), month + 1].map(Month);
        let links = months.map(|to| format!("<a href=\"/calendar/{to}/\">{to}</a>\n"));
        let target = format!("/calendar/{}/", Month(month));
        self.framed(&target, "Calendar", "", &links.concat())
    }

    /// What the head of an article says about it, on outlets that say it.
    fn declared(&self, target: &str, headline: &str, published: &str, modified: &str) -> String {
        if !self.outlet.declares {
            return String::new();
        }
        let json = serde_json::json!({
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": headline,
            "datePublished": published,
            "dateModified": modified,
            "mainEntityOfPage": self.outlet.at(target).to_string(),
        });
        format!(
            "<meta property=\"og:type\" content=\"article\">\n\
             <meta property=\"article:published_time\" content=\"{published}\">\n\
             <meta property=\"article:modified_time\" content=\"{modified}\">\n\
             <script type=\"application/ld+json\">{json}</script>\n"
        )
    }

    fn teasers(&self, listing: &Listing, out: &mut String) {
        for item in &listing.items {
            let headline = self.outlet.headline(item.number);
            let (to, text) = (self.outlet.target(item.number, &headline), escape(&headline));
            let _ = writeln!(out, "<article><h2><a href=\"{to}\">{text}</a></h2></article>");
        }
    }

    fn framed(&self, target: &str, title: &str, head: &str, main: &str) -> Vec<u8> {
        let outlet = self.outlet;
        let size = match self.page_bytes {
            PageBytes::Fixed(bytes) => bytes,
            PageBytes::Mixed => 40_000 + outlet.dice(target, 0).index(70_000),
        };
        let mut out = String::with_capacity(size + 4_096);
        let (title, canonical) = (escape(title), escape(&outlet.at(target).to_string()));
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <title>{title}</title>\n<link rel=\"canonical\" href=\"{canonical}\">\n{head}</head>\n\
             <body>\n<nav><ul>\n<li><a href=\"/\">Home</a></li>\n"
        );
        for section in outlet.sections.iter().copied().chain(outlet.still_section) {
            let _ = writeln!(out, "<li><a href=\"/{section}/\">{section}</a></li>");
        }
        if outlet.rules == Rules::Calendar {
            let month = Month::of(outlet.starts_at);
            let _ = writeln!(out, "<li><a href=\"/calendar/{month}/\">Calendar</a></li>");
        }
        let _ = write!(out, "</ul></nav>\n<main>\n{main}</main>\n");
        if outlet.validators == Validators::Stamp {
            let minute = &iso_date(outlet.unix(self.elapsed_s))[..16];
            let _ = writeln!(out, "<p class=\"now\">It is {minute}</p>");
        }
        let _ = writeln!(out, "<footer>\u{a9} {}</footer>", outlet.brand);
        self.filler.scripts(size.saturating_sub(out.len()), 0, &mut out);
        out.push_str("</body>\n</html>\n");
        out.into_bytes()
    }
}
