//! Walls: a consent page, a challenge, a login or a geo block that is served instead of content.
//!
//! What gives one away: its status, its headers, where a redirect leads, and the words and the
//! build of a page that has hardly anything else on it. A banner over an article is no wall: the
//! article is there, and is read. All that is known of products and phrases stands in `tables`.

mod tables;

use std::fmt;

use crawl::{CanonicalUrl, WallKind};

use crate::Page;
use crate::skim::{EMPTY_CHARS_MAX, LINKS_MIN, Skim};
use tables::Phrase;

/// What gave a wall away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallSign {
    /// The status code.
    Status,
    /// A header.
    Header,
    /// Where a redirect leads.
    Redirect,
    /// The words and the build of the page.
    Words,
}

/// A page served instead of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// What stands in the way.
    pub kind: WallKind,
    /// How it was recognised.
    pub by: WallSign,
}

/// The head of an answer, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// What was asked for.
    pub url: &'a CanonicalUrl,
    /// The status code.
    pub status: u16,
    /// The headers, in any case.
    pub headers: &'a [(String, Vec<u8>)],
}

/// A page that says less than this of its own is short: an article says more, a wall does not.
const CONTENT_CHARS_MAX: usize = 500;

/// The same for a page whose head declares an article: a video with one line below it is none.
const DECLARED_CHARS_MAX: usize = 120;

/// A block that is shorter says nothing: a button, a label, a line of a menu.
const BLOCK_CHARS_MIN: usize = 60;

/// How much speaks for a kind of wall before it is believed, by words; and where an article is
/// declared.
const SCORE_MIN: u32 = 3;
const SCORE_MIN_DECLARED: u32 = 4;

/// How far into a body names of products are looked for, in bytes.
const MARKS_BYTES: usize = 64 * 1024;

impl WallSign {
    /// The name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Header => "header",
            Self::Redirect => "redirect",
            Self::Words => "words",
        }
    }
}

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.kind.name(), self.by.name())
    }
}

/// The wall that status and headers alone give away.
pub fn of_head(answer: &Answer<'_>) -> Option<Wall> {
    let strong = tables::HEADERS.iter().find(|sign| sign.is_sure && sign.is_in(answer.headers));
    if let Some(sign) = strong {
        return Some(Wall { kind: sign.kind, by: WallSign::Header });
    }
    let by_status = |kind| Some(Wall { kind, by: WallSign::Status });
    match answer.status {
        401 => by_status(WallKind::Login),
        // RFC 7725: unavailable for legal reasons, which are those of a place.
        451 => by_status(WallKind::Geo),
        _ => None,
    }
}

/// The wall that a redirect leads to. Who asked for a login page has no wall before it.
pub fn of_redirect(from: &CanonicalUrl, to: &CanonicalUrl) -> Option<Wall> {
    let kind = flow(to)?;
    let is_new = flow(from).is_none();
    is_new.then_some(Wall { kind, by: WallSign::Redirect })
}

/// The wall that a page is, by its head or by what it shows. `body` is decoded from its content
/// coding; `page` and `skim` are read of it.
pub fn of_page(answer: &Answer<'_>, body: &[u8], page: &Page, skim: &Skim) -> Option<Wall> {
    let of_head = of_head(answer);
    if of_head.is_some() {
        return of_head;
    }
    let is_declared = page.article.is_some();
    if skim.links >= LINKS_MIN || tables::is_about_privacy(answer.url.as_url().path()) {
        return None;
    }
    let shown = Shown::of(skim, is_declared);
    let content_max = if is_declared { DECLARED_CHARS_MAX } else { CONTENT_CHARS_MAX };
    if shown.content >= content_max {
        return None;
    }
    let mut scores = shown.scores(answer, skim);
    if scores.iter().any(|(_, score)| *score > 0) || is_refusal(answer.status) {
        add_marks(&mut scores, body);
    }
    let score_min = if is_declared { SCORE_MIN_DECLARED } else { SCORE_MIN };
    // The later of two with the same score: what is closed, before what asks for something.
    let (kind, score) = scores.into_iter().max_by_key(|(_, score)| *score)?;
    let is_own = flow(answer.url) == Some(kind);
    (score >= score_min && !is_own).then_some(Wall { kind, by: WallSign::Words })
}

/// Whether walls are served with this status.
pub fn is_refusal(status: u16) -> bool {
    matches!(status, 202 | 403 | 405 | 406 | 429 | 503)
}

/// The flow that a URL is a station of: a consent page, a login, ...
fn flow(url: &CanonicalUrl) -> Option<WallKind> {
    let host = url.host_key();
    let label = host.as_str().split('.').next().unwrap_or_default();
    let has_domain = host.as_str().matches('.').count() >= 2;
    let by_host = tables::FLOW_LABELS.iter().find(|(name, _)| has_domain && *name == label);
    let by_product = || tables::FLOW_HOSTS.iter().find(|(end, _)| is_within(host.as_str(), end));
    let path = url.as_url().path().to_ascii_lowercase();
    let by_path = || tables::FLOW_PATHS.iter().find(|(start, _)| begins_with(&path, start));
    by_host.or_else(by_product).or_else(by_path).map(|(_, kind)| *kind)
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a path begins with these whole segments; what follows the last one's dot is no matter.
fn begins_with(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
}

/// The words of a page, made ready to be looked through.
struct Shown {
    title: String,
    text: String,
    /// Characters of blocks that say something, and nothing of a wall.
    content: usize,
}

impl Shown {
    fn of(skim: &Skim, is_declared: bool) -> Self {
        let mut text = String::new();
        let mut content = 0;
        for block in &skim.blocks {
            let folded = fold(block);
            let chars = folded.chars().count();
            let is_wall = tables::PHRASES.iter().any(|phrase| folded.contains(phrase.text));
            if chars >= BLOCK_CHARS_MIN && !is_wall {
                content += chars;
            }
            text.push_str(&folded);
            text.push('\n');
        }
        // Over a page, a banner is one.
        if !is_declared && skim.chars < EMPTY_CHARS_MAX {
            text.push_str(&fold(&skim.overlay));
        }
        Self { title: fold(&skim.title), text, content }
    }

    /// What speaks for each kind of wall.
    fn scores(&self, answer: &Answer<'_>, skim: &Skim) -> Vec<(WallKind, u32)> {
        use WallKind::{Challenge, Consent, Geo, Login};
        let mut scores = vec![(Consent, 0), (Login, 0), (Challenge, 0), (Geo, 0)];
        let mut add = |kind, more: u32| {
            if let Some((_, score)) = scores.iter_mut().find(|(known, _)| *known == kind) {
                *score += more;
            }
        };
        for Phrase { kind, weight, text } in tables::PHRASES {
            let is_titled = self.title.contains(text);
            if is_titled || self.text.contains(text) {
                add(*kind, weight + u32::from(is_titled));
            }
        }
        for sign in tables::HEADERS.iter().filter(|sign| sign.is_in(answer.headers)) {
            add(sign.kind, 1);
        }
        if is_refusal(answer.status) {
            add(Challenge, 1);
        }
        if skim.passwords > 0 {
            add(Login, 1);
        }
        if skim.buttons == 0 {
            // Nobody could agree.
            scores.retain(|(kind, _)| *kind != Consent);
        }
        scores
    }
}

/// Names of products that build walls, as they stand in the page.
fn add_marks(scores: &mut [(WallKind, u32)], body: &[u8]) {
    let head = String::from_utf8_lossy(&body[..body.len().min(MARKS_BYTES)]).to_ascii_lowercase();
    for (mark, kind, weight) in tables::MARKS {
        if head.contains(mark)
            && let Some((_, score)) = scores.iter_mut().find(|(known, _)| known == kind)
        {
            *score += weight;
        }
    }
}

/// Lower case, straight quotes.
fn fold(text: &str) -> String {
    text.to_lowercase().replace(['\u{2019}', '\u{2018}', '`'], "'").replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests;
