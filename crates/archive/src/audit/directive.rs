//! An operator's override under which a single request was sent, as its metadata record tells it.

use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use crawl::robots::Rules;
use crawl::{Directive, HostKey, Order};

/// Workers look directives up by what they take the frontier's clock to be: what is less is no
/// breach.
const SLACK_US: i64 = 1_000_000;

/// What of the rules an override replaces.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    /// What counts as the host's robots.txt.
    pub(super) rules: Option<Rc<Rules>>,
    /// What counts as its Crawl-delay.
    pub(super) crawl_delay: Option<Duration>,
}

impl Replaced {
    /// What a directive replaces for a request. The error says what it does not tell: what nobody
    /// can answer for is not replaced.
    pub(super) fn by(
        directive: &Directive,
        (host, started): (&HostKey, i64),
        token: &str,
    ) -> Result<Self, &'static str> {
        let Order::Override { robots, delay } = &directive.order else {
            return Err("of what");
        };
        if !directive.concerns(host) {
            return Err("for which host");
        }
        if directive.why.trim().is_empty() {
            return Err("why");
        }
        if directive.by.trim().is_empty() {
            return Err("by whom");
        }
        let is_begun = directive.since.0 <= started.saturating_add(SLACK_US);
        let is_over = directive.until.is_some_and(|until| until.0 <= started - SLACK_US);
        if !is_begun || is_over {
            return Err("for this time");
        }
        let rules = robots.as_ref().map(|text| Rc::new(Rules::parse(text.as_bytes(), token)));
        let in_rules = rules.as_ref().map(|rules| rules.crawl_delay().unwrap_or_default());
        Ok(Self { rules, crawl_delay: delay.or(in_rules) })
    }
}

/// A directive as a line of a report: `host: what; reason; author; expiry`.
pub(super) fn line(directive: &Directive) -> String {
    let mut what = Vec::new();
    if let Order::Override { robots, delay } = &directive.order {
        what.extend(robots.as_ref().map(|_| "robots.txt replaced".to_owned()));
        what.extend(delay.map(|delay| format!("delay {} s", delay.as_secs_f64())));
    }
    let mut line = format!(
        "{}: {}; {}; {}",
        directive.about,
        if what.is_empty() { directive.order.kind().to_owned() } else { what.join(", ") },
        directive.why,
        directive.by
    );
    let until = directive.until.and_then(|at| jiff::Timestamp::from_microsecond(at.0).ok());
    // Writing to a string cannot fail.
    let _ = match until {
        Some(until) => write!(line, "; {until}"),
        None => write!(line, "; for good"),
    };
    line
}

#[cfg(test)]
mod tests {
    use crawl::UnixMicros;

    use super::*;

    #[test]
    fn what_nobody_can_answer_for_is_not_replaced() {
        let host = HostKey::parse("www.a.test").unwrap();
        let good = Directive {
            about: "a.test".into(),
            order: Order::Override {
                robots: Some("User-agent: *\nCrawl-delay: 7".into()),
                delay: None,
            },
            by: "ann".into(),
            why: "invited".into(),
            since: UnixMicros(0),
            until: Some(UnixMicros(50_000_000)),
        };
        let by = |directive: &Directive, at: i64| {
            Replaced::by(directive, (&host, at), "newshound").map(|replaced| replaced.crawl_delay)
        };
        assert_eq!(by(&good, 9_000_000), Ok(Some(Duration::from_secs(7))));
        assert_eq!(by(&good, 51_000_000), Err("for this time"));
        assert_eq!(
            by(&Directive { since: UnixMicros(11_000_000), ..good.clone() }, 9),
            Err("for this time")
        );
        assert_eq!(by(&Directive { why: " ".into(), ..good.clone() }, 9), Err("why"));
        assert_eq!(by(&Directive { by: String::new(), ..good.clone() }, 9), Err("by whom"));
        assert_eq!(
            by(&Directive { about: "b.test".into(), ..good.clone() }, 9),
            Err("for which host")
        );
        assert_eq!(by(&Directive { order: Order::Pause, ..good.clone() }, 9), Err("of what"));
        assert_eq!(line(&good), "a.test: robots.txt replaced; invited; ann; 1970-01-01T00:00:50Z");
        let delay = Some(Duration::from_millis(1_500));
        let order = Order::Override { robots: None, delay };
        let endless = Directive { order, until: None, ..good };
        assert_eq!(line(&endless), "a.test: delay 1.5 s; invited; ann; for good");
    }
}
