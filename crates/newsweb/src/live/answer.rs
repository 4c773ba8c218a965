//! From a request to a live web to its answer: redirects, failures, validators, headers.

use std::fmt::Write as _;
use std::time::Duration;

use super::headers::Document;
use super::listing::Listing;
use super::outlet::{Outlet, Rules, Validators};
use super::page::Pages;
use super::route::Place;
use super::sources::Form;
use super::{LiveWeb, dead, foreign, sitemap};
use crate::clock::http_date;
use crate::dice::Dice;
use crate::in_process::{Asked, Reply, Told};
use crate::plan::{Address, Host, Role};
use crate::truth::LiveKind;

const HTML: &str = "text/html; charset=utf-8";
const XML: &str = "application/xml";
/// Servers that fail do so for this long at a time.
const FAILING_S: i64 = 600;
/// Share of these times in which they do.
const FAILING_SHARE: f64 = 0.15;

impl LiveWeb {
    pub(crate) fn respond(&self, asked: &Asked<'_>, elapsed_s: f64) -> Reply {
        let now_s = whole(elapsed_s);
        if foreign::is_foreign(asked.host) {
            return if asked.https {
                Reply::Refused
            } else {
                Reply::Told(self.offer(asked, now_s))
            };
        }
        let sites = |host: &Host| matches!(host.role, Role::Main | Role::Bare);
        let Some(host) = self.plan.host(asked.host).filter(sites) else {
            return Reply::NoSuchHost;
        };
        if asked.https && !host.https {
            return Reply::Refused;
        }
        let outlet = self.outlet(host.outlet);
        let mut told = self.site(asked, &host, outlet, now_s);
        let latency = Duration::from_millis(host.latency_ms);
        let mut dice = Dice::new(outlet.seed, asked.target, asked.host, now_s.cast_unsigned());
        told.first_byte +=
            latency / 2 + latency * u32::try_from(dice.below(100)).unwrap_or(0) / 100;
        let date = http_date(outlet.unix(now_s));
        told.headers.push(("Date".to_owned(), date));
        Reply::Told(told)
    }

    fn site(&self, asked: &Asked<'_>, host: &Host, outlet: &Outlet, now_s: i64) -> Told {
        let at = Address {
            https: asked.https,
            host: host.name.clone(),
            target: asked.target.to_owned(),
        };
        if host.https && !asked.https {
            return moved(&Address { https: true, ..at });
        }
        if host.role == Role::Bare && asked.target == "/robots.txt" {
            return missing();
        }
        if host.role == Role::Bare {
            return moved(&outlet.at(asked.target));
        }
        let place = outlet.place(asked.target, now_s);
        match place {
            Some(Place::Robots) => outlet.robots(now_s),
            _ if outlet.fails_at(now_s) => outlet.failure(now_s),
            None => missing(),
            Some(place) => self.document(asked, outlet, place, now_s),
        }
    }

    fn document(&self, asked: &Asked<'_>, outlet: &Outlet, place: Place, now_s: i64) -> Told {
        let document = outlet.about(place, now_s);
        let headers = outlet.headers(&document, asked.target);
        if outlet.is_known(asked, &document) {
            return told(304, headers, Vec::new());
        }
        let pages = Pages {
            outlet,
            filler: &self.filler,
            page_bytes: self.plan.config.page_bytes,
            elapsed_s: now_s,
        };
        let body = body(&pages, place);
        let mut response = told(200, headers, body);
        response.headers.insert(0, ("Content-Type".to_owned(), document.media.to_owned()));
        response
    }

    fn offer(&self, asked: &Asked<'_>, now_s: i64) -> Told {
        let config = &self.plan.config;
        let mut told = if asked.target == "/robots.txt" {
            missing()
        } else {
            let body = foreign::page(config.seed, asked.host, asked.target);
            told(200, vec![("Content-Type".to_owned(), HTML.to_owned())], body)
        };
        let date = http_date(super::unix(config.live.starts_at, now_s));
        told.headers.push(("Date".to_owned(), date));
        told.first_byte = Duration::from_millis(config.traits.latency_ms);
        told
    }
}

fn body(pages: &Pages<'_>, place: Place) -> Vec<u8> {
    let (outlet, now_s) = (pages.outlet, pages.elapsed_s);
    match place {
        // Robots files are no documents: they are answered before.
        Place::Robots => Vec::new(),
        Place::Front => pages.front(),
        Place::Section(section, page) => {
            let listing = outlet.section(section, page, now_s);
            pages.section(outlet.sections[section], page, &listing)
        }
        Place::StillSection => {
            let name = outlet.still_section.unwrap_or_default();
            pages.section(name, 0, &outlet.still())
        }
        Place::Article(number) => pages.article(number),
        Place::Source(nth) => {
            let source = &outlet.sources[nth];
            let listing = outlet.listing(source, now_s);
            if source.form.is_sitemap() {
                outlet.sitemap_of(source.form, &listing, now_s)
            } else {
                outlet.feed(source, &listing, now_s)
            }
        }
        Place::Index => outlet.index(now_s),
        Place::Month(month) => outlet.sitemap_of(Form::Urls, &outlet.month(month, now_s), now_s),
        Place::Dead(place) => match place {
            dead::Place::Index => sitemap::index_of(outlet.dead_children(now_s).into_iter()),
            dead::Place::Month(month) => sitemap::old(&outlet.dead_month(month)),
            dead::Place::Daily(nth, day) => sitemap::old(&outlet.dead_daily(nth, day)),
            dead::Place::Page(month, nth) => pages.old(&outlet.old_page(month, nth)),
        },
        Place::Calendar(month) => pages.calendar(month),
    }
}

impl Outlet {
    /// What is known of a place without writing its document.
    fn about(&self, place: Place, now_s: i64) -> Document {
        let list = |media, listing: Listing| Document {
            media,
            mark: listing.mark(),
            modified_s: listing.modified_s,
            is_list: true,
        };
        let fixed = |media, modified_s| Document { media, mark: 0, modified_s, is_list: false };
        let mut document = match place {
            Place::Robots => fixed("text/plain", 0),
            Place::Front => list(HTML, self.front(now_s)),
            Place::Section(section, page) => list(HTML, self.section(section, page, now_s)),
            Place::StillSection => list(HTML, self.still()),
            Place::Article(number) => {
                let modified_s = self.articles[number].modified_s(now_s);
                Document { mark: modified_s.cast_unsigned(), ..fixed(HTML, modified_s) }
            }
            Place::Source(nth) => {
                let source = &self.sources[nth];
                list(self.media(source.form), self.listing(source, now_s))
            }
            Place::Index => list(XML, self.between(i64::MIN / 2, i64::MAX / 2, now_s)),
            Place::Month(month) => list(XML, self.month(month, now_s)),
            Place::Dead(place) => self.dead(place, now_s),
            Place::Calendar(_) => fixed(HTML, 0),
        };
        let stamped = self.validators == Validators::Stamp;
        let paid = matches!(place, Place::Source(_)) && self.kind == LiveKind::PaidLinks;
        if paid || document.is_list && document.media == HTML && stamped {
            let period_s = if paid { 3_600 } else { 60 };
            let period = self.unix(now_s) / period_s;
            document.mark ^= period << 20;
            let since_s = (self.unix(now_s) % period_s).cast_signed();
            document.modified_s = document.modified_s.max(now_s - since_s);
        }
        document
    }

    /// Dead sitemaps are written anew each day, as their index says.
    fn dead(&self, place: dead::Place, now_s: i64) -> Document {
        let page = matches!(place, dead::Place::Page(..));
        let today = self.unix(now_s) / 86_400;
        let since_s = (self.unix(now_s) % 86_400).cast_signed();
        match place {
            dead::Place::Page(month, nth) => {
                let published = self.old_page(month, nth).published;
                let modified_s = published.cast_signed() - self.starts_at.cast_signed();
                Document { media: HTML, mark: 0, modified_s, is_list: false }
            }
            _ => Document { media: XML, mark: today, modified_s: now_s - since_s, is_list: !page },
        }
    }

    fn media(&self, form: Form) -> &'static str {
        // Servers call feeds many names.
        let usual = self.spelling % 5 < 3;
        match form {
            Form::News | Form::Urls => XML,
            Form::Json if usual => "application/feed+json",
            Form::Json => "application/json",
            Form::Atom if usual => "application/atom+xml; charset=utf-8",
            Form::Rss2 | Form::Rss091 if usual => "application/rss+xml; charset=utf-8",
            Form::Rdf if usual => "application/rdf+xml",
            _ if self.spelling % 5 == 3 => "text/xml; charset=utf-8",
            _ => HTML,
        }
    }

    /// The robots file: its rules, and the sitemaps of the day.
    fn robots(&self, now_s: i64) -> Told {
        let mut text = match self.rules {
            Rules::NoFile => String::new(),
            Rules::AllowAll => "User-agent: *\nDisallow:\n".to_owned(),
            Rules::Calendar => "User-agent: *\nDisallow: /calendar/\n".to_owned(),
            Rules::Delay(seconds) => format!("User-agent: *\nCrawl-delay: {seconds}\n"),
        };
        for at in self.named_sitemaps(now_s) {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "Sitemap: {at}");
        }
        if text.is_empty() {
            return missing();
        }
        let media = "text/plain; charset=utf-8".to_owned();
        told(200, vec![("Content-Type".to_owned(), media)], text.into_bytes())
    }

    /// Whether its server fails then.
    fn fails_at(&self, now_s: i64) -> bool {
        let period = usize::try_from(now_s.div_euclid(FAILING_S)).unwrap_or(0);
        self.fails && self.dice("fails", period).chance(FAILING_SHARE)
    }

    /// It hangs, or says that it is overloaded.
    fn failure(&self, now_s: i64) -> Told {
        let period = usize::try_from(now_s.div_euclid(FAILING_S)).unwrap_or(0);
        let mut dice = self.dice("failure", period);
        let mut told = told(503, Vec::new(), b"Overloaded.\n".to_vec());
        match dice.below(3) {
            0 => told.first_byte = Told::HANGS,
            1 => told.headers.push(("Retry-After".to_owned(), "180".to_owned())),
            _ => {}
        }
        told
    }
}

/// A time in whole seconds, since nothing happens in between; within a few centuries of time 0.
fn whole(elapsed_s: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation)]
    let now_s = elapsed_s.clamp(-1e9, 1e10).floor() as i64;
    now_s
}

fn told(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Told {
    Told { status, headers, body, first_byte: Duration::ZERO }
}

fn missing() -> Told {
    let media = ("Content-Type".to_owned(), "text/plain".to_owned());
    told(404, vec![media], b"Not found.\n".to_vec())
}

fn moved(to: &Address) -> Told {
    told(301, vec![("Location".to_owned(), to.to_string())], Vec::new())
}
