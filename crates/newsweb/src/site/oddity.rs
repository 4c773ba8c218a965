//! The things that go wrong or look strange on the real web, each at its own place under `/x/`.

use super::route::{moved, not_found};
use super::{Answer, How, Link, RetryAfter, Site};
use crate::plan::{Address, ELSEWHERE, Trap};

/// A kind of oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oddity {
    Moved301,
    Moved302,
    Moved303,
    Moved307,
    Moved308,
    /// To the next outlet.
    MovedAcross,
    /// To a host outside of every outlet.
    MovedOut,
    /// To a place that the robots file may forbid.
    MovedIntoTrap,
    /// Over three stations to an article.
    Chain,
    /// Two URLs that redirect to each other.
    Loop,
    /// A URL that redirects to itself.
    SelfLoop,
    /// A Location that is relative to the path.
    MovedRelative,
    /// A link to the http side, which redirects where the site speaks https.
    Upgrade,
    NotFound,
    Gone,
    /// 500 at the first request.
    ErrorOnce,
    /// 503 with Retry-After in seconds at the first request.
    BusyOnce,
    /// 503 with Retry-After as a date at the first request.
    BusyUntil,
    /// 429 at the first request.
    TooManyOnce,
    /// Fewer bytes than Content-Length says.
    CutLength,
    /// Chunks without an end.
    CutChunks,
    MetaNofollow,
    HeaderNofollow,
    /// A link with `rel=nofollow`.
    LinkNofollow,
    /// `X-Robots-Tag: otherbot: nofollow`, which is not meant for us.
    OtherBotNofollow,
    Noarchive,
    /// Links in a comment, a script and a template.
    Hidden,
    Noscript,
    Refresh,
    Base,
    /// Two orders of one query.
    QueryOrder,
    RepeatedHeaders,
    ManyHeaders,
    Latin1Header,
    /// windows-1251, said in the header.
    CyrillicHeader,
    /// windows-1251, said in the page.
    CyrillicMeta,
    ShiftJis,
    Empty,
}

use Oddity as O;

/// Name under `/x/` of each; the first path that [`Site::entries`] links to is `/x/NAME.html`.
const NAMES: [(Oddity, &str); 38] = [
    (O::Moved301, "moved-301"),
    (O::MovedAcross, "across"),
    (O::NotFound, "not-found"),
    (O::MetaNofollow, "meta-nofollow"),
    (O::Hidden, "hidden"),
    (O::Chain, "chain"),
    (O::BusyOnce, "busy"),
    (O::LinkNofollow, "link-nofollow"),
    (O::CutLength, "cut-length"),
    (O::QueryOrder, "query"),
    (O::MovedIntoTrap, "into-trap"),
    (O::ManyHeaders, "many-headers"),
    (O::Noarchive, "noarchive"),
    (O::CyrillicMeta, "cyrillic-meta"),
    (O::Loop, "loop"),
    (O::MovedOut, "out"),
    (O::Upgrade, "upgrade"),
    (O::Gone, "gone"),
    (O::HeaderNofollow, "header-nofollow"),
    (O::RepeatedHeaders, "repeated-headers"),
    (O::Moved302, "moved-302"),
    (O::TooManyOnce, "too-many"),
    (O::Noscript, "noscript"),
    (O::Base, "base"),
    (O::ShiftJis, "shift-jis"),
    (O::Moved307, "moved-307"),
    (O::SelfLoop, "self"),
    (O::CutChunks, "cut-chunks"),
    (O::OtherBotNofollow, "otherbot"),
    (O::Latin1Header, "latin1-header"),
    (O::Moved308, "moved-308"),
    (O::ErrorOnce, "error-once"),
    (O::MovedRelative, "relative"),
    (O::Refresh, "refresh"),
    (O::CyrillicHeader, "cyrillic-header"),
    (O::Empty, "empty"),
    (O::Moved303, "moved-303"),
    (O::BusyUntil, "busy-until"),
];

/// Which page of an oddity a path is: 0 the one that is linked to, or a later one.
pub(crate) type Step = u8;

impl Oddity {
    /// All, in the order in which sites take turns with them.
    pub(crate) const ALL: [Self; NAMES.len()] = {
        let mut all = [O::Moved301; NAMES.len()];
        let mut n = 0;
        while n < all.len() {
            all[n] = NAMES[n].0;
            n += 1;
        }
        all
    };

    /// The oddity at a place, and which of its pages that is.
    pub(crate) fn at(target: &str) -> Option<(Self, Step)> {
        let rest = target.strip_prefix("/x/")?;
        if let Some(query) = rest.strip_prefix("query.html?") {
            let orders = ["a=1&b=2", "b=2&a=1"];
            let step = orders.iter().position(|order| *order == query)?;
            return Some((O::QueryOrder, Step::try_from(step).ok()?));
        }
        let place = rest.strip_suffix(".html")?;
        let (name, step) = match place.split_once('/') {
            None => (place, 0),
            Some((name, step)) => (name, step.parse().ok().filter(|n| (1..=4).contains(n))?),
        };
        NAMES.iter().find(|(_, known)| *known == name).map(|(oddity, _)| (*oddity, step))
    }

    fn target(self, step: Step) -> String {
        let name = NAMES.iter().find(|(oddity, _)| *oddity == self).map_or("", |(_, name)| name);
        match (self, step) {
            (O::QueryOrder, 0) => "/x/query.html?a=1&b=2".to_owned(),
            (O::QueryOrder, _) => "/x/query.html?b=2&a=1".to_owned(),
            (_, 0) => format!("/x/{name}.html"),
            (_, step) => format!("/x/{name}/{step}.html"),
        }
    }
}

impl Site<'_> {
    /// The links of the front page to an oddity.
    pub(super) fn entries(&self, oddity: Oddity) -> Vec<Link> {
        let to = self.at(oddity.target(0));
        match oddity {
            O::Upgrade => vec![Link::absolute(Address { https: false, ..to }, How::Anchor)],
            O::LinkNofollow => vec![
                Link::rooted(to, How::Anchor),
                Link::rooted(self.at(oddity.target(1)), How::Nofollow),
            ],
            O::QueryOrder => vec![
                Link::rooted(to, How::Anchor),
                Link::rooted(self.at(oddity.target(1)), How::Anchor),
            ],
            _ => vec![Link::rooted(to, How::Anchor)],
        }
    }

    /// What the place of an oddity answers.
    pub(super) fn odd(&self, at: &Address, oddity: Oddity, step: Step) -> Answer {
        let article = || self.article_at(0);
        match oddity {
            O::Moved301 => moved(301, article()),
            O::Moved303 => moved(303, article()),
            O::Moved307 => moved(307, article()),
            O::Moved308 => moved(308, article()),
            O::MovedAcross => moved(301, self.across()),
            O::MovedOut => moved(302, self.out()),
            O::MovedIntoTrap => moved(302, self.trap()),
            O::Chain if step < 3 => moved(301, self.at(oddity.target(step + 1))),
            O::Moved302 | O::Chain => moved(302, article()),
            O::Loop => moved(302, self.at(oddity.target(1 - step.min(1)))),
            O::SelfLoop => moved(302, at.clone()),
            O::MovedRelative if step == 0 => Answer::Moved {
                status: 301,
                location: "relative/1.html".to_owned(),
                to: self.at(oddity.target(1)),
            },
            O::NotFound => not_found(),
            O::Gone => Answer::Failed { status: 410, retry_after: None, once: None },
            O::ErrorOnce => self.once(at, 500, None),
            O::BusyOnce => self.once(at, 503, Some(RetryAfter::Seconds(1))),
            O::BusyUntil => self.once(at, 503, Some(RetryAfter::Date(2))),
            O::TooManyOnce => self.once(at, 429, Some(RetryAfter::Seconds(1))),
            _ => self.odd_page(at, oddity, step),
        }
    }

    fn odd_page(&self, at: &Address, oddity: Oddity, step: Step) -> Answer {
        if step > 0 && oddity != O::QueryOrder {
            return self.plain(at, None);
        }
        let mut page = self.plain_page(at, Some(oddity));
        let child = |step| self.at(oddity.target(step));
        match oddity {
            O::MetaNofollow | O::HeaderNofollow | O::OtherBotNofollow => {
                page.links.push(Link::rooted(child(1), How::Anchor));
            }
            O::Hidden => page.links.extend([
                Link::rooted(child(1), How::Comment),
                Link::rooted(child(2), How::Script),
                Link::rooted(child(3), How::Template),
            ]),
            O::Noscript => page.links.push(Link::rooted(child(1), How::Noscript)),
            O::Refresh => page.links.push(Link::rooted(child(1), How::Refresh)),
            O::Base => {
                page.links.push(Link { to: child(1), href: "1.html".to_owned(), how: How::Anchor });
            }
            O::QueryOrder if step > 0 => page.duplicate_of = Some(child(0)),
            O::Empty => page.links.clear(),
            _ => {}
        }
        Answer::Page(Box::new(page))
    }

    fn once(&self, at: &Address, status: u16, retry_after: Option<RetryAfter>) -> Answer {
        let once = Some(Box::new(self.plain_page(at, None)));
        Answer::Failed { status, retry_after, once }
    }

    fn across(&self) -> Address {
        let next = self.plan.main_host((self.host.outlet + 1) % self.plan.config.outlets);
        Site::new(self.plan, &next, None).article_at(0)
    }

    fn out(&self) -> Address {
        let target = format!("/landing/{}.html", self.host.name);
        Address { https: false, host: ELSEWHERE.to_owned(), target }
    }

    fn trap(&self) -> Address {
        let trap = self.host.robots.telling_trap().unwrap_or(Trap::Private);
        self.at(trap.target().unwrap_or("/private/desk.html"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_again() {
        for oddity in Oddity::ALL {
            for step in 0..=1 {
                assert_eq!(Oddity::at(&oddity.target(step)), Some((oddity, step)));
            }
        }
        assert_eq!(Oddity::at("/x/unknown.html"), None);
        assert_eq!(Oddity::at("/x/chain/9.html"), None);
    }
}
