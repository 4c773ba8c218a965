//! Robots files of every kind, and for each the places it forbids. Both are written down here side
//! by side; no matcher is needed, so none can be wrong in the same way as the crawler's.

use std::fmt::Write as _;

/// How a host answers for its robots file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RobotsKind {
    Plain,
    CrawlDelay,
    Wildcards,
    NotFound,
    Ties,
    OwnGroup,
    ByteOrderMark,
    MovedWithin,
    Forbidden,
    MovedAcross,
    Big,
    Html,
    ServerError,
    Unauthorized,
    Empty,
    TooManyRequests,
    /// Redirects to the robots file of the outlet's site.
    OfSite,
    /// Redirects to the hub.
    AtHub,
}

/// A place that some robots file forbids. Sites link to it whatever their own file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    Private,
    Cafe,
    Pdf,
    Print,
    Search,
    TieEqual,
    TieOpen,
    TieClosed,
    Hound,
    Strangers,
}

impl Trap {
    pub(crate) const ALL: [Self; 10] = [
        Self::Private,
        Self::Pdf,
        Self::Print,
        Self::TieClosed,
        Self::Hound,
        Self::Search,
        Self::TieEqual,
        Self::Cafe,
        Self::TieOpen,
        Self::Strangers,
    ];

    /// Where it is; the print view of an article has no place of its own.
    pub(crate) fn target(self) -> Option<&'static str> {
        Some(match self {
            Self::Private => "/private/desk.html",
            Self::Cafe => "/caf%C3%A9/menu.html",
            Self::Pdf => "/files/v1.2/report.pdf",
            Self::Search => "/search?q=budget",
            Self::TieEqual => "/tie/equal.html",
            Self::TieOpen => "/tie/open/page.html",
            Self::TieClosed => "/tie/closed.html",
            Self::Hound => "/hound/own.html",
            Self::Strangers => "/strangers/page.html",
            Self::Print => return None,
        })
    }

    /// The trap at a place.
    pub(crate) fn at(target: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trap| trap.target() == Some(target))
    }
}

/// What a request for a robots file gets.
pub(crate) enum RobotsAnswer {
    Text(Vec<u8>),
    Html,
    Status(u16),
    Moved(u16, String),
}

const PLAIN: &str =
    "User-agent: *\nDisallow: /private/\nDisallow: /search\nDisallow: /caf%C3%A9/\n";
/// RFC 9309, section 2.5: a crawler reads at least 500 KiB.
const BIG_BYTES: usize = 600_000;
const BIG_RULE_AT: usize = 480_000;

impl RobotsKind {
    /// The kinds that hosts take turns with. Those that close a whole site come last, so that small
    /// webs have none.
    pub(crate) const TURN: [Self; 16] = [
        Self::Plain,
        Self::CrawlDelay,
        Self::Wildcards,
        Self::NotFound,
        Self::Ties,
        Self::OwnGroup,
        Self::ByteOrderMark,
        Self::MovedWithin,
        Self::Forbidden,
        Self::MovedAcross,
        Self::Big,
        Self::Html,
        Self::ServerError,
        Self::Unauthorized,
        Self::Empty,
        Self::TooManyRequests,
    ];

    pub(crate) fn in_turn(turn: usize) -> Self {
        Self::TURN[turn % Self::TURN.len()]
    }

    /// Whether everything is forbidden: RFC 9309, section 2.3.1.4, and 429 likewise.
    pub(crate) fn closes_all(self) -> bool {
        matches!(self, Self::ServerError | Self::TooManyRequests)
    }

    /// Whether it forbids a place.
    pub(crate) fn forbids(self, trap: Trap) -> bool {
        match self {
            Self::Plain
            | Self::CrawlDelay
            | Self::ByteOrderMark
            | Self::MovedWithin
            | Self::MovedAcross => matches!(trap, Trap::Private | Trap::Search | Trap::Cafe),
            Self::Big => matches!(trap, Trap::Private | Trap::Search | Trap::Cafe | Trap::Pdf),
            Self::Wildcards => matches!(trap, Trap::Pdf | Trap::Print | Trap::Private),
            Self::Ties => trap == Trap::TieClosed,
            Self::OwnGroup => matches!(trap, Trap::Hound | Trap::Private),
            Self::ServerError | Self::TooManyRequests => true,
            _ => false,
        }
    }

    /// A place that it forbids, for which a small site should have a link.
    pub(crate) fn telling_trap(self) -> Option<Trap> {
        Trap::ALL.into_iter().find(|trap| self.forbids(*trap))
    }

    /// The answer for `/robots.txt` of a host.
    pub(crate) fn answer(self, agent: &str, crawl_delay_s: Option<f64>) -> RobotsAnswer {
        let text = match self {
            Self::Plain => PLAIN.to_owned(),
            Self::CrawlDelay => crawl_delay(crawl_delay_s),
            Self::Wildcards => {
                "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*?print=\nDisallow: /*/desk.html$\n"
                    .to_owned()
            }
            Self::Ties => "# ties go to Allow\nUser-agent: *\nDisallow: /tie/\nAllow: /tie/equal\n\
                           Disallow: /tie/equal\nAllow: /tie/open/\n"
                .to_owned(),
            Self::OwnGroup => own_group(agent),
            Self::ByteOrderMark => format!("\u{feff}{}", PLAIN.replace('\n', "\r\n")),
            Self::Big => big(),
            Self::Empty => String::new(),
            Self::Html => return RobotsAnswer::Html,
            Self::Forbidden => return RobotsAnswer::Status(403),
            Self::Unauthorized => return RobotsAnswer::Status(401),
            Self::ServerError => return RobotsAnswer::Status(503),
            Self::TooManyRequests => return RobotsAnswer::Status(429),
            Self::MovedWithin => return RobotsAnswer::Moved(301, "/robots/moved.txt".to_owned()),
            Self::NotFound | Self::MovedAcross | Self::OfSite | Self::AtHub => {
                return RobotsAnswer::Status(404);
            }
        };
        RobotsAnswer::Text(text.into_bytes())
    }

    /// The rules that a moved robots file holds in the end.
    pub(crate) fn plain() -> Vec<u8> {
        PLAIN.as_bytes().to_vec()
    }
}

fn crawl_delay(delay_s: Option<f64>) -> String {
    let mut text = PLAIN.to_owned();
    if let Some(delay_s) = delay_s {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "Crawl-delay: {delay_s}");
    }
    text + "\nUser-agent: slowbot\nCrawl-delay: 120\n"
}

/// Two groups of our own, which merge, and one for all others, which does not count for us.
fn own_group(agent: &str) -> String {
    format!(
        "User-agent: *\nDisallow: /\n\nUser-agent: otherbot\nUser-agent: {agent}\n\
         Disallow: /hound/\n\nUser-Agent: {}\nDisallow: /private/\n",
        agent.to_uppercase()
    )
}

/// Rules at both ends of what must be read, and padding for other crawlers beyond.
fn big() -> String {
    let mut text = PLAIN.to_owned();
    let mut ruled = false;
    let mut line = 0;
    while text.len() < BIG_BYTES {
        line += 1;
        if !ruled && text.len() > BIG_RULE_AT {
            ruled = true;
            text.push_str("\nUser-agent: *\nDisallow: /files/\n\nUser-agent: archivebot\n");
        }
        let _ = writeln!(
            text,
            "# retired rule {line}\nUser-agent: bot-{line}\nDisallow: /old/{line}/\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_big_file_has_its_second_rule_within_what_must_be_read() {
        let text = big();
        assert!(text.len() >= BIG_BYTES);
        assert!(text.find("Disallow: /files/").is_some_and(|at| at < 500 * 1_024));
    }

    #[test]
    fn traps_are_found_by_their_place() {
        for trap in Trap::ALL {
            if let Some(target) = trap.target() {
                assert_eq!(Trap::at(target), Some(trap));
            }
        }
        assert_eq!(Trap::at("/private/other.html"), None);
    }

    #[test]
    fn every_kind_that_has_rules_has_a_telling_trap() {
        for kind in RobotsKind::TURN {
            let RobotsAnswer::Text(text) = kind.answer("newshound", Some(0.5)) else { continue };
            let rules = String::from_utf8_lossy(&text).contains("Disallow: /");
            assert_eq!(kind.telling_trap().is_some(), rules, "{kind:?}");
        }
    }
}
