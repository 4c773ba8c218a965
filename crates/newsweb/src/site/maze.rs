//! Places without end, and walls: what costs a careless crawler its time. Off unless
//! [`crate::Traits`] asks for them; each is entered from the front page.

use std::fmt::Write as _;

use super::{Answer, How, Link, Site};
use crate::dice::Dice;
use crate::html::escape;
use crate::plan::{Address, Role};
use crate::{story, text};

/// A place without end: where it begins, what a right crawler needs of it, what it may spend.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maze {
    pub(crate) name: &'static str,
    /// The beginning of all its paths.
    pub(crate) prefix: &'static str,
    /// Where the front page leads.
    entry: &'static str,
    /// Beginnings of paths of which each must be asked for once.
    pub(crate) needed: &'static [&'static str],
    /// The most requests that a right crawler sends there.
    pub(crate) fetches_max: u64,
}

/// Slugs of one article that its pages link to.
const SLUGS: u64 = 2_000;
/// Pages behind sessions and behind parameters.
const PAGES: u64 = 5;
/// Links of a page to further URLs of its maze.
const NEXT: u64 = 12;

/// All of them.
pub(crate) const MAZES: [Maze; 8] = [
    maze("slugs", "/story/", "/story/480213/all", &["/story/480213/"], 20),
    maze("named-slugs", "/tale/", "/tale/480214/all", &["/tale/480214/"], 20),
    maze("sessions", "/s/", "/s/0.html", &["/s/1.html", "/s/2.html", "/s/5.html"], 14),
    maze("parameters", "/p/", "/p/0.html", &["/p/1.html", "/p/2.html", "/p/5.html"], 30),
    maze("calendar", "/events/", "/events/2026/11", &["/events/2026/10"], 40),
    maze("pagination", "/archive/", "/archive/?page=1", &["/archive/?page=2"], 20),
    maze("soft-404", "/lost/", "/lost/index", &["/lost/"], 30),
    maze("loop", "/loop/", "/loop/a/b/", &["/loop/a/b/"], 4),
];

const fn maze(
    name: &'static str,
    prefix: &'static str,
    entry: &'static str,
    needed: &'static [&'static str],
    fetches_max: u64,
) -> Maze {
    Maze { name, prefix, entry, needed, fetches_max }
}

/// Walls: where each begins, and how many pages lie behind it.
const WALLS: [&str; 5] = ["consent", "challenge", "login", "geo", "check"];
const WALLED: u64 = 4;

impl Site<'_> {
    fn has_mazes(&self) -> bool {
        self.plan.config.traits.mazes && self.host.role == Role::Main
    }

    fn has_walls(&self) -> bool {
        self.plan.config.traits.walls && self.host.role == Role::Main
    }

    /// The links of the front page into mazes and to walls.
    pub(super) fn maze_links(&self) -> Vec<Link> {
        let mut targets = Vec::new();
        if self.has_mazes() {
            targets.extend(MAZES.iter().map(|maze| maze.entry.to_owned()));
        }
        if self.has_walls() {
            let pages = WALLS.iter().flat_map(|wall| {
                (0..WALLED).map(move |number| format!("/walled/{wall}-{number}0213.html"))
            });
            targets.extend(pages);
        }
        targets.into_iter().map(|target| Link::rooted(self.at(target), How::Anchor)).collect()
    }

    /// What a place in a maze or behind a wall answers.
    pub(super) fn maze(&self, at: &Address) -> Option<Answer> {
        if self.has_walls() && at.target.starts_with("/walled/") {
            return self.walled(at);
        }
        if self.has_walls() && at.path() == "/login" {
            return Some(raw(200, &[], LOGIN.to_owned()));
        }
        let maze = MAZES.iter().find(|maze| at.target.starts_with(maze.prefix))?;
        if !self.has_mazes() {
            return None;
        }
        let html = match maze.name {
            "slugs" => self.slug(at, 480_213, false),
            "named-slugs" => self.slug(at, 480_214, true),
            "sessions" => self.numbered(at, "sid"),
            "parameters" => self.numbered(at, "ref"),
            "calendar" => month(at),
            "pagination" => self.archive(at),
            "soft-404" => Some(nothing(at)),
            "loop" => Some(looping(at)),
            _ => return None,
        };
        Some(html.map_or_else(super::route::not_found, |html| raw(200, &[], html)))
    }

    /// An article under any slug, with links to others of its slugs.
    fn slug(&self, at: &Address, number: u64, is_named: bool) -> Option<String> {
        let (base, _) = at.path().rsplit_once('/')?;
        let mut dice = Dice::new(number, "slugs", &at.target, 0);
        let count = if at.path().ends_with("/all") { SLUGS } else { NEXT };
        let links = (0..count).map(|nth| {
            let slug = if count == SLUGS { nth } else { dice.below(SLUGS) };
            format!("{base}/words-of-slug-{slug}-in-turn")
        });
        let canonical = is_named.then(|| self.at(format!("{base}/the-right-slug")));
        Some(self.article_page(number, canonical.as_ref(), &links.collect::<Vec<_>>()))
    }

    /// One of a few articles, whatever the parameter; each request gets links with other values.
    fn numbered(&self, at: &Address, parameter: &str) -> Option<String> {
        let (base, name) = at.path().rsplit_once('/')?;
        let number: u64 = name.strip_suffix(".html")?.parse().ok().filter(|n| *n <= PAGES)?;
        let mut dice = Dice::new(self.plan.config.seed, parameter, &at.target, 0);
        let links = (0..NEXT).map(|nth| {
            let value = format!("{:016x}a1", dice.roll());
            format!("{base}/{}.html?{parameter}={value}", nth % (PAGES + 1))
        });
        let links: Vec<String> = links.collect();
        let first = if parameter == "sid" { 910_000 } else { 920_000 };
        Some(self.article_page(first + number, None, &links))
    }

    fn article_page(&self, number: u64, canonical: Option<&Address>, links: &[String]) -> String {
        let article = story::own(&self.plan.config, &self.host.name, number);
        let mut head = "<meta property=\"og:type\" content=\"article\">\n\
             <meta property=\"article:published_time\" content=\"2026-11-20T08:00:00Z\">\n"
            .to_owned();
        if let Some(canonical) = canonical {
            let _ = writeln!(
                head,
                "<link rel=\"canonical\" href=\"{}\">",
                escape(&canonical.to_string())
            );
        }
        html(&article.headline, &head, &article.paragraphs, links)
    }

    /// A list of the newest articles, whichever page is asked for.
    fn archive(&self, at: &Address) -> Option<String> {
        let page: u64 = at.target.strip_prefix("/archive/?page=")?.parse().ok()?;
        let newest = self.articles.saturating_sub(5)..self.articles;
        let mut links: Vec<String> = newest.map(|n| self.article_at(n).target).collect();
        links.push(format!("/archive/?page={}", page + 1));
        let said =
            vec![format!("Page {page} of the archive. {}", "Further stories follow. ".repeat(6))];
        Some(html(&format!("Archive, page {page}"), "", &said, &links))
    }

    fn walled(&self, at: &Address) -> Option<Answer> {
        let (kind, number) = at.path().strip_prefix("/walled/")?.split_once('-')?;
        let deeper = format!("/walled/{kind}/deeper-{number}");
        Some(match kind {
            "consent" => raw(200, &[], CONSENT.replace("DEEPER", &deeper)),
            "challenge" => raw(403, &[("cf-mitigated", "challenge")], CHALLENGE.to_owned()),
            "check" => raw(200, &[], CHALLENGE.to_owned()),
            "geo" => raw(451, &[], "<h1>Closed</h1>".to_owned()),
            "login" => {
                let to = self.at(format!("/login?next={}", at.target));
                super::route::moved(302, to)
            }
            _ => return None,
        })
    }
}

const CONSENT: &str = "<!DOCTYPE html><html><head><title>Before you continue</title></head><body>\
<h1>We value your privacy</h1><p>We and our partners use cookies on this site. Accept all to go \
on, or manage options.</p><button>Accept all</button><a href=\"DEEPER\">Why we ask</a>\
</body></html>";

const CHALLENGE: &str = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>\
<h1>Checking your browser</h1><p>Verify you are human to go on. Please enable JavaScript and \
cookies.</p><a href=\"/walled/challenge/deeper\">More</a></body></html>";

const LOGIN: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in \
</h1><form><input name=\"user\"><input type=\"password\" name=\"word\"><button>Sign in</button>\
</form></body></html>";

/// A month of a calendar in which nothing happens, with links to the months around it.
fn month(at: &Address) -> Option<String> {
    let (year, month) = at.path().strip_prefix("/events/")?.split_once('/')?;
    let (year, month): (u64, u64) = (year.parse().ok()?, month.parse().ok()?);
    if !(1..=12).contains(&month) {
        return None;
    }
    let counted = year * 12 + month - 1;
    let path = |months: u64| format!("/events/{}/{:02}", months / 12, months % 12 + 1);
    let links = vec![path(counted.saturating_sub(1)), path(counted + 1)];
    let said = format!("Nothing is on in month {month} of the year {year}. ");
    Some(html(&format!("Events {year} {month}"), "", &[said.repeat(6)], &links))
}

/// What is said of every place that there is not, with links to more of them.
fn nothing(at: &Address) -> String {
    let mut dice = Dice::new(1, "lost", &at.target, 0);
    let links = (0..NEXT).map(|_| format!("/lost/{}", text::name(&mut dice).to_lowercase()));
    let links: Vec<String> = links.map(|link| format!("{link}-{}", link.len())).collect();
    let said = "We are sorry that the page which you have asked for is not here, and we do not \
        know where it went. Perhaps our search can help you to find it."
        .to_owned();
    html("Herald", "", &[said], &links)
}

/// A page whose relative link goes one step deeper each time.
fn looping(at: &Address) -> String {
    let depth = at.path().len();
    let said =
        format!("This is the page at depth {depth}. {}", "It leads further down. ".repeat(6));
    html("Down", "", &[said], &["a/b/".to_owned()])
}

fn html(title: &str, head: &str, paragraphs: &[String], links: &[String]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n{head}\
         </head><body>\n<article><h1>{}</h1>\n",
        escape(title),
        escape(title)
    );
    for paragraph in paragraphs {
        let _ = writeln!(out, "<p>{}</p>", escape(paragraph));
    }
    out.push_str("</article>\n<ul>\n");
    for link in links {
        let _ = writeln!(out, "<li><a href=\"{}\">On</a></li>", escape(link));
    }
    out.push_str("</ul></body></html>\n");
    out
}

fn raw(status: u16, headers: &[(&'static str, &'static str)], html: String) -> Answer {
    Answer::Raw { status, headers: headers.to_vec(), html }
}
