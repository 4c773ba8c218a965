//! The links of each kind of page, in the many ways in which real pages write them.

use super::{Oddity, Site};
use crate::dice::Dice;
use crate::plan::{Address, ELSEWHERE, Trap};

/// A link as it stands in a page.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// The URL that it means, in canonical form.
    pub(crate) to: Address,
    /// How it is written, before HTML escaping.
    pub(crate) href: String,
    pub(crate) how: How,
}

/// Where in the page a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Anchor,
    /// An anchor with `rel=nofollow` among its relations.
    Nofollow,
    /// An anchor within `noscript`.
    Noscript,
    /// A `meta` refresh.
    Refresh,
    /// An anchor within a comment, which is none.
    Comment,
    /// An anchor within the text of a script, which is none.
    Script,
    /// An anchor within a `template`, which is not shown.
    Template,
}

impl How {
    /// Whether a right crawler follows it.
    pub(crate) fn is_followed(self) -> bool {
        matches!(self, Self::Anchor | Self::Noscript | Self::Refresh)
    }
}

impl Link {
    /// A link written as its whole URL.
    pub(crate) fn absolute(to: Address, how: How) -> Self {
        Self { href: to.to_string(), to, how }
    }

    /// A link written from the root of its own host.
    pub(crate) fn rooted(to: Address, how: How) -> Self {
        Self { href: to.target.clone(), to, how }
    }
}

/// Links of a page in [`crate::Mode::Bench`].
const BENCH_LINKS: u64 = 25;
/// Articles on a front page, and related ones on an article.
const NEWEST: u64 = 15;
const RELATED: u64 = 18;

impl Site<'_> {
    /// The front page: menu, newest articles, the other sites of the outlet and of the next one, a
    /// stranger, the traps, and the entries to the oddities.
    pub(super) fn front_links(&self) -> Vec<Link> {
        let mut dice = self.dice("front", self.articles);
        let mut links = self.menu_links();
        let newest = (0..self.articles).rev().take(usize::try_from(NEWEST).unwrap_or(0));
        links.extend(newest.map(|number| written(self.article_at(number), &mut dice)));
        links.extend(self.neighbours().into_iter().map(|to| Link::absolute(to, How::Anchor)));
        for trap in self.traps() {
            let to = trap.target().map_or_else(
                || self.article_at(0).beside(format!("{}?print=1", self.article_at(0).target)),
                |target| self.at(target),
            );
            links.push(Link::rooted(to, How::Anchor));
        }
        for oddity in self.oddities() {
            links.extend(self.entries(oddity));
        }
        links.extend(self.maze_links());
        links
    }

    /// What every page of a site links to.
    pub(super) fn menu_links(&self) -> Vec<Link> {
        let sections = self.sections().iter().map(|name| self.section_at(name, 1));
        let places = [self.at("/")].into_iter().chain(sections).chain([self.at("/about.html")]);
        places.map(|to| Link::rooted(to, How::Anchor)).collect()
    }

    pub(super) fn section_links(&self, section: usize, page: u64) -> Vec<Link> {
        let mut dice = self.dice("section", section as u64 * 10_000 + page);
        let mut links = self.menu_links();
        let listed = self.listed(section, page);
        links.extend(listed.into_iter().map(|n| written(self.article_at(n), &mut dice)));
        let name = self.sections()[section];
        let pages =
            [page - 1, page + 1].into_iter().filter(|p| (1..=self.pages_of(section)).contains(p));
        links.extend(pages.map(|p| Link::rooted(self.section_at(name, p), How::Anchor)));
        links
    }

    pub(super) fn article_links(&self, number: u64) -> Vec<Link> {
        let mut dice = self.dice("related", number);
        let mut links = self.menu_links();
        for step in 1..=RELATED {
            let near = step <= RELATED / 2;
            let other = if near { number + step } else { dice.below(self.articles) };
            links.push(written(self.article_at(other % self.articles), &mut dice));
        }
        let stranger = Address {
            https: false,
            host: ELSEWHERE.to_owned(),
            target: format!("/quoted/{}/{number}.html", self.host.name),
        };
        links.push(Link::absolute(stranger, How::Anchor));
        links
    }

    /// Every page leads to 25 others: its children in a tree, so that all are found soon, then
    /// pages further on.
    pub(super) fn bench_links(&self, number: u64) -> Vec<Link> {
        (1..=BENCH_LINKS)
            .map(|nth| {
                let child = number * BENCH_LINKS + nth;
                let to = if child < self.articles { child } else { child * 7 % self.articles };
                let target = if to == 0 { "/".to_owned() } else { format!("/p/{to}.html") };
                Link::rooted(self.at(target), How::Anchor)
            })
            .collect()
    }

    pub(super) fn hub_links(&self) -> Vec<Link> {
        let places = (1..=self.articles).map(|number| self.at(format!("/a/{number}.html")));
        places.map(|to| Link::absolute(to, How::Anchor)).collect()
    }

    /// The traps that this site links to: one that its own robots file forbids, then others.
    pub(super) fn traps(&self) -> Vec<Trap> {
        let wanted = self.plan.config.traits.traps_per_site.min(Trap::ALL.len());
        let turn = self.host.outlet * wanted;
        let others = (0..Trap::ALL.len()).map(|n| Trap::ALL[(turn + n) % Trap::ALL.len()]);
        let mut traps: Vec<Trap> = Vec::new();
        for trap in self.host.robots.telling_trap().into_iter().chain(others) {
            if traps.len() < wanted && !traps.contains(&trap) {
                traps.push(trap);
            }
        }
        traps
    }

    /// The other sites of the outlet, the next outlet, and a stranger.
    fn neighbours(&self) -> Vec<Address> {
        let outlet = self.host.outlet;
        let next = self.plan.main_host((outlet + 1) % self.plan.config.outlets);
        let own = [Some(self.plan.main_host(outlet)), self.plan.sport_host(outlet), Some(next)];
        let mut places: Vec<Address> = own
            .into_iter()
            .flatten()
            .filter(|host| host.name != self.host.name)
            .map(|host| Address { https: host.https, host: host.name, target: "/".to_owned() })
            .collect();
        let target = format!("/about/{}", self.host.name);
        places.push(Address { https: false, host: ELSEWHERE.to_owned(), target });
        places
    }

    pub(super) fn oddities(&self) -> Vec<Oddity> {
        let all = Oddity::ALL;
        let wanted = self.plan.config.traits.oddities_per_site.min(all.len());
        let turn =
            self.host.outlet * wanted + usize::from(self.host.name.starts_with("sport.")) * 17;
        (0..wanted).map(|n| all[(turn + n) % all.len()]).collect()
    }

    fn dice(&self, purpose: &str, number: u64) -> Dice {
        Dice::new(self.plan.config.seed, purpose, &self.host.name, number)
    }
}

/// A link to an article of this site, in one of the ways of writing it.
fn written(to: Address, dice: &mut Dice) -> Link {
    let scheme = if to.https { "https" } else { "http" };
    let (host, target) = (&to.host, &to.target);
    let href = match dice.below(20) {
        0 | 1 => to.to_string(),
        2 => format!("//{host}{target}"),
        3 => format!("{target}#comments"),
        4 => format!("{target}?utm_source=front&utm_medium=teaser"),
        5 => format!("{target}?fbclid=Iw{}", dice.below(1_000_000)),
        6 => format!("{scheme}://{}{target}", host.to_uppercase()),
        7 => format!("/old/..{target}"),
        8 => format!("{scheme}://{host}:{}{target}", if to.https { 443 } else { 80 }),
        9 => format!(" {target}\n"),
        _ => target.clone(),
    };
    Link { to, href, how: How::Anchor }
}
