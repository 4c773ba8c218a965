//! What a page asks of robots: `X-Robots-Tag` headers and `<meta name=robots>`.
//!
//! Source: <https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag>, the only
//! description there is of either. Where rules collide, the most restrictive one wins: all that
//! speak to us, by name or to everybody, are joined.

/// Directives kept of one page; real pages have fewer than ten.
const DIRECTIVES_MAX: usize = 64;

/// Longest directive kept, in bytes.
const DIRECTIVE_BYTES_MAX: usize = 256;

/// Directives that take a value after a colon, so that the colon does not name an agent.
const WITH_VALUE: &[&str] =
    &["max-image-preview", "max-snippet", "max-video-preview", "unavailable_after"];

/// What a page asks of us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RobotsMeta {
    /// The directives that speak to us, lower-case, in order, each once.
    pub directives: Vec<String>,
    /// Its links are not to be followed.
    pub nofollow: bool,
    /// It is not to be listed.
    pub noindex: bool,
    /// It is not to be shown from a store.
    pub noarchive: bool,
}

impl RobotsMeta {
    /// Adds one `X-Robots-Tag` header value. `token` is our product token.
    ///
    /// `agent: a, b, agent2: c` gives `a` and `b` to the first agent and `c` to the second; what
    /// stands before the first agent is for everybody.
    pub fn add_header(&mut self, value: &str, token: &str) {
        let mut ours = true;
        let mut parts = value.split(',').map(str::trim).peekable();
        while let Some(part) = parts.next() {
            let (agent, directive) = split_agent(part);
            if let Some(agent) = agent {
                ours = agent == "*" || agent.eq_ignore_ascii_case(token);
            }
            // A date in the style of RFC 9110 has a comma after its weekday.
            let date = is_open_date(directive).then(|| parts.next()).flatten();
            if ours {
                self.add(directive, date);
            }
        }
    }

    /// Adds the content of a `<meta>` named `robots` or like our product token.
    pub fn add_meta(&mut self, content: &str) {
        let mut parts = content.split(',').map(str::trim);
        while let Some(directive) = parts.next() {
            let date = is_open_date(directive).then(|| parts.next()).flatten();
            self.add(directive, date);
        }
    }

    /// Joins with what another part of the page says.
    pub fn join(&mut self, other: &Self) {
        for directive in &other.directives {
            self.add(directive, None);
        }
        self.nofollow |= other.nofollow;
        self.noindex |= other.noindex;
        self.noarchive |= other.noarchive;
    }

    fn add(&mut self, directive: &str, date: Option<&str>) {
        let mut directive = directive.to_ascii_lowercase();
        if let Some(date) = date {
            directive.push_str(", ");
            directive.push_str(&date.to_ascii_lowercase());
        }
        let none = directive == "none";
        self.nofollow |= none || directive == "nofollow";
        self.noindex |= none || directive == "noindex";
        self.noarchive |= directive == "noarchive";
        let known = directive.is_empty() || self.directives.contains(&directive);
        let room = self.directives.len() < DIRECTIVES_MAX && directive.len() <= DIRECTIVE_BYTES_MAX;
        if !known && room {
            self.directives.push(directive);
        }
    }
}

/// Splits `agent: directive`; without an agent, all is the directive.
fn split_agent(part: &str) -> (Option<&str>, &str) {
    let Some((before, after)) = part.split_once(':') else { return (None, part) };
    let before = before.trim();
    let has_value = WITH_VALUE.iter().any(|d| before.eq_ignore_ascii_case(d));
    if !has_value && is_agent(before) { (Some(before), after.trim()) } else { (None, part) }
}

/// A product token as bots have them; `15` of a time of day is none.
fn is_agent(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_./".contains(&b);
    text == "*" || (text.bytes().all(allowed) && text.bytes().any(|b| b.is_ascii_alphabetic()))
}

/// Whether this is `unavailable_after:` with nothing but a weekday, whose date follows a comma.
fn is_open_date(directive: &str) -> bool {
    let Some((name, value)) = directive.split_once(':') else { return false };
    let value = value.trim();
    name.trim().eq_ignore_ascii_case("unavailable_after")
        && value.len() >= 3
        && value.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
