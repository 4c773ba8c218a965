//! What operators have asked for, in words.

use crawl::duration::format_duration;
use crawl::{Directive, Order, UnixMicros};

/// `www.example.com: pause, by ann since 2026-11-25 10:00:00 UTC, for good: too many errors`.
pub(super) fn directive(directive: &Directive) -> String {
    let Directive { about, by, why, since, until, order } = directive;
    let until = until.map_or_else(|| "for good".to_owned(), |at| format!("until {}", time(at)));
    format!("{about}: {}, by {by} since {}, {until}: {why}", self::order(order), time(*since))
}

/// What is asked for.
pub(super) fn order(order: &Order) -> String {
    let Order::Override { robots, delay } = order else { return order.kind().to_owned() };
    let robots = robots.as_ref().map(|text| {
        let lines = text.lines().count();
        format!("robots.txt replaced ({lines} lines)")
    });
    let delay = delay.map(|delay| format!("delay {}", format_duration(delay)));
    let parts: Vec<_> = [delay, robots].into_iter().flatten().collect();
    format!("override ({})", parts.join(", "))
}

/// A time as people read it, in UTC.
pub(super) fn time(at: UnixMicros) -> String {
    match jiff::Timestamp::from_microsecond(at.0) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => format!("{} us", at.0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_why_and_until_when() {
        let told = directive(&Directive {
            about: "a.test".into(),
            order: Order::Override {
                robots: Some("User-agent: *\nAllow: /".into()),
                delay: Some(Duration::from_secs(5)),
            },
            by: "ann".into(),
            why: "invited".into(),
            since: UnixMicros(0),
            until: Some(UnixMicros(60_000_000)),
        });
        let words = "a.test: override (delay 5s, robots.txt replaced (2 lines)), by ann since \
            1970-01-01 00:00:00 UTC, until 1970-01-01 00:01:00 UTC: invited";
        assert_eq!(told, words);
    }
}
