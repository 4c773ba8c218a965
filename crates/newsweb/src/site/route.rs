//! From a URL to its answer.

use super::{Answer, Kind, Link, Oddity, Page, Site};
use crate::config::Mode;
use crate::plan::{Address, HUB, RULES, RobotsAnswer, RobotsKind, Role, Trap};

impl Site<'_> {
    /// What a URL of this site answers.
    pub(crate) fn route(&self, at: &Address) -> Answer {
        if self.host.https && !at.https {
            let to = Address { https: true, ..at.clone() };
            return moved(301, to);
        }
        if at.target == "/robots.txt" {
            return self.robots(at);
        }
        match (self.host.role, self.plan.config.mode) {
            (Role::Bare, _) => {
                let site = self.plan.main_host(self.host.outlet);
                let to = Address { https: site.https, host: site.name, target: at.target.clone() };
                moved(301, to)
            }
            (Role::Elsewhere, _) => self.plain(at, None),
            (Role::Rules, _) => Answer::Robots(RobotsAnswer::Text(RobotsKind::plain())),
            (Role::Hub, _) => self.hub(at),
            (_, Mode::Hub) => self.to_hub(at),
            (_, Mode::Bench) => self.bench(at),
            (_, Mode::News) => self.news(at),
            // Its pages come and go with time: the module `live` answers for them.
            (_, Mode::Live) => not_found(),
        }
    }

    fn robots(&self, at: &Address) -> Answer {
        let host = self.host;
        match host.robots {
            RobotsKind::MovedAcross => {
                let target = format!("/{}.txt", host.name);
                moved(302, Address { https: false, host: RULES.to_owned(), target })
            }
            RobotsKind::AtHub => {
                let target = format!("/robots/{}.txt", host.name);
                moved(301, Address { https: false, host: HUB.to_owned(), target })
            }
            RobotsKind::OfSite => {
                let site = self.plan.main_host(host.outlet);
                let target = at.target.clone();
                moved(301, Address { https: site.https, host: site.name, target })
            }
            kind => Answer::Robots(kind.answer(&self.plan.config.agent, host.crawl_delay_s)),
        }
    }

    fn news(&self, at: &Address) -> Answer {
        let path = at.path();
        if at.target == "/" {
            return shown(at, Kind::Front, self.front_links(), None);
        }
        if let Some(answer) = self.moved_robots(at) {
            return answer;
        }
        if let Some(answer) = self.maze(at) {
            return answer;
        }
        if let Some(trap) = Trap::at(&at.target) {
            return match trap {
                Trap::Pdf => Answer::File { media: "application/pdf" },
                _ => self.plain(at, None),
            };
        }
        if path == "/about.html" {
            return self.plain(at, None);
        }
        if let Some((oddity, step)) = Oddity::at(&at.target) {
            return self.odd(at, oddity, step);
        }
        if path.starts_with("/img/") {
            return Answer::File { media: "image/jpeg" };
        }
        self.listing(at).or_else(|| self.article_answer(at)).unwrap_or_else(not_found)
    }

    /// The steps of a robots file that was moved within its host.
    fn moved_robots(&self, at: &Address) -> Option<Answer> {
        if self.host.robots != RobotsKind::MovedWithin {
            return None;
        }
        match at.target.as_str() {
            "/robots/moved.txt" => Some(Answer::Moved {
                status: 302,
                location: "final.txt".to_owned(),
                to: at.beside("/robots/final.txt"),
            }),
            "/robots/final.txt" => Some(Answer::Robots(RobotsAnswer::Text(RobotsKind::plain()))),
            _ => None,
        }
    }

    fn listing(&self, at: &Address) -> Option<Answer> {
        let name = at.path().strip_prefix('/')?.strip_suffix('/')?;
        let section = self.sections().iter().position(|s| *s == name)?;
        let page = match at.target.split_once('?') {
            None => 1,
            Some((_, query)) => query.strip_prefix("page=")?.parse().ok().filter(|n| *n > 1)?,
        };
        let links = (page <= self.pages_of(section)).then(|| self.section_links(section, page))?;
        Some(shown(at, Kind::Section, links, None))
    }

    fn article_answer(&self, at: &Address) -> Option<Answer> {
        let stem = at.path().strip_suffix(".html")?;
        let number: u64 = stem.rsplit_once('-')?.1.parse().ok()?;
        let canonical = (number < self.articles).then(|| self.article_at(number))?;
        if canonical.target != at.path() {
            return None;
        }
        let links = self.article_links(number);
        match at.target.split_once('?').map(|(_, query)| query) {
            None => Some(shown(at, Kind::Article(number), links, None)),
            Some("print=1") => Some(shown(at, Kind::Print(number), links, Some(canonical))),
            // Any other query is ignored, as most servers do.
            Some(_) => Some(shown(at, Kind::Article(number), links, Some(canonical))),
        }
    }

    /// A page without news; its links lead to what is linked everywhere.
    pub(super) fn plain(&self, at: &Address, oddity: Option<Oddity>) -> Answer {
        Answer::Page(Box::new(self.plain_page(at, oddity)))
    }

    pub(super) fn plain_page(&self, at: &Address, oddity: Option<Oddity>) -> Page {
        let news = matches!(self.host.role, Role::Main | Role::Sport);
        let links = if news { self.menu_links() } else { Vec::new() };
        Page { at: at.clone(), kind: Kind::Plain, links, oddity, duplicate_of: None }
    }

    fn bench(&self, at: &Address) -> Answer {
        let number = match at.target.as_str() {
            "/" => Some(0),
            path => path
                .strip_prefix("/p/")
                .and_then(|p| p.strip_suffix(".html"))
                .and_then(|n| n.parse().ok())
                .filter(|n| (1..self.articles).contains(n)),
        };
        match number {
            Some(number) => shown(at, Kind::Bench(number), self.bench_links(number), None),
            None => not_found(),
        }
    }

    /// Every page of a host in hub mode: `/` and `/a/N.html` lead to `/d/HOST/N` on the hub.
    fn to_hub(&self, at: &Address) -> Answer {
        let number = match at.target.as_str() {
            "/" => Some(0),
            path => path
                .strip_prefix("/a/")
                .and_then(|p| p.strip_suffix(".html"))
                .and_then(|n| n.parse::<u64>().ok())
                .filter(|n| (1..=self.articles).contains(n)),
        };
        match number {
            Some(number) => {
                let target = format!("/d/{}/{number}", self.host.name);
                moved(302, Address { https: false, host: HUB.to_owned(), target })
            }
            None => not_found(),
        }
    }

    fn hub(&self, at: &Address) -> Answer {
        if at.target.starts_with("/robots/") {
            return Answer::Robots(RobotsAnswer::Text(RobotsKind::plain()));
        }
        let place = at.target.strip_prefix("/d/").and_then(|rest| rest.split_once('/'));
        match place.and_then(|(host, number)| Some((self.plan.host(host)?, number))) {
            Some((host, "0")) => {
                let links = Site::new(self.plan, &host, None).hub_links();
                shown(at, Kind::Front, links, None)
            }
            Some((_, _)) => shown(at, Kind::Plain, Vec::new(), None),
            None => not_found(),
        }
    }
}

pub(super) fn moved(status: u16, to: Address) -> Answer {
    Answer::Moved { status, location: to.to_string(), to }
}

fn shown(at: &Address, kind: Kind, links: Vec<Link>, duplicate_of: Option<Address>) -> Answer {
    Answer::Page(Box::new(Page { at: at.clone(), kind, links, oddity: None, duplicate_of }))
}

pub(super) fn not_found() -> Answer {
    Answer::Failed { status: 404, retry_after: None, once: None }
}
