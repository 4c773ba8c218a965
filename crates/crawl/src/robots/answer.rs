//! What an answer to the request for a robots.txt means.

use std::time::Duration;

use super::{RobotsCopy, RobotsState, Rules};

/// How long a good answer is used (RFC 9309, section 2.4: at most a day).
const FRESH_FOR: Duration = Duration::from_hours(24);

/// When an unreachable file is asked for again: first after ten minutes, then after half of the
/// time for which it has been unreachable, up to six hours. A short outage costs little time, a
/// long one few requests.
const UNREACHABLE_FIRST: Duration = Duration::from_mins(10);
const UNREACHABLE_MAX: Duration = Duration::from_hours(6);

/// A file unreachable for this long counts as absent (RFC 9309, section 2.3.1.4).
const RELIEF_AFTER: Duration = Duration::from_hours(30 * 24);

/// What came of the request for a robots.txt, redirects followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RobotsAnswer<'a> {
    /// A file (2xx), decoded.
    Body(&'a [u8]),
    /// Another status.
    Status(u16),
    /// No answer, or half of one.
    Unreachable,
    /// More redirects than are followed (RFC 9309, section 2.3.1.2: counts as unavailable).
    TooManyRedirects,
}

/// The copy that an answer leaves, by the one before it and its age.
pub fn next_copy(
    previous: Option<(&RobotsCopy, Duration)>,
    answer: RobotsAnswer<'_>,
    token: &str,
) -> RobotsCopy {
    match answer {
        RobotsAnswer::Body(body) => good(RobotsState::Rules(Rules::parse(body, token).compact())),
        RobotsAnswer::TooManyRedirects => good(RobotsState::AllowAll),
        // RFC 9309, section 2.3.1.3: unavailable. 429 says that the server is there and overloaded.
        RobotsAnswer::Status(status) if (300..500).contains(&status) && status != 429 => {
            good(RobotsState::AllowAll)
        }
        RobotsAnswer::Status(_) | RobotsAnswer::Unreachable => unreachable(previous),
    }
}

fn good(state: RobotsState) -> RobotsCopy {
    RobotsCopy { state, fresh_for: FRESH_FOR, unreachable_for: Duration::ZERO }
}

/// The last good copy holds meanwhile; without one everything is forbidden, until the relief.
fn unreachable(previous: Option<(&RobotsCopy, Duration)>) -> RobotsCopy {
    let unreachable_for = previous.map_or(Duration::ZERO, |(copy, age)| match copy.state {
        // It was good when it was stored: the outage is no older than its last use.
        _ if copy.unreachable_for.is_zero() && copy.state != RobotsState::DisallowAll => {
            age.saturating_sub(copy.fresh_for)
        }
        _ => copy.unreachable_for + age,
    });
    let state = match previous.map(|(copy, _)| &copy.state) {
        Some(good @ (RobotsState::Rules(_) | RobotsState::AllowAll)) => good.clone(),
        _ if unreachable_for >= RELIEF_AFTER => RobotsState::AllowAll,
        _ => RobotsState::DisallowAll,
    };
    let again = (unreachable_for / 2).min(UNREACHABLE_MAX).max(UNREACHABLE_FIRST);
    // An outage that has just begun counts from now on.
    let unreachable_for = unreachable_for.max(Duration::from_millis(1));
    RobotsCopy { state, fresh_for: again, unreachable_for }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn next(previous: Option<(&RobotsCopy, Duration)>, answer: RobotsAnswer<'_>) -> RobotsCopy {
        next_copy(previous, answer, "newshound")
    }

    /// RFC 9309, section 2.3.1.
    #[test]
    fn answers_by_status() {
        use RobotsState::{AllowAll, DisallowAll};
        for (status, state) in [
            (400, AllowAll),
            (401, AllowAll),
            (403, AllowAll),
            (404, AllowAll),
            (410, AllowAll),
            (451, AllowAll),
            (304, AllowAll),
            (429, DisallowAll),
            (500, DisallowAll),
            (503, DisallowAll),
        ] {
            assert_eq!(next(None, RobotsAnswer::Status(status)).state, state, "{status}");
        }
        assert_eq!(next(None, RobotsAnswer::Unreachable).state, DisallowAll);
        assert_eq!(next(None, RobotsAnswer::TooManyRedirects).state, AllowAll);
    }

    #[test]
    fn a_file_leaves_its_rules_for_a_day() {
        let copy = next(None, RobotsAnswer::Body(b"User-agent: x\nDisallow: /\n"));
        assert_eq!(copy.fresh_for, 24 * HOUR);
        assert!(copy.rules("newshound").check("/a").allowed);
        let copy = next(None, RobotsAnswer::Body(b"User-agent: newshound\nDisallow: /\n"));
        assert!(!copy.rules("newshound").check("/a").allowed);
    }

    #[test]
    fn the_last_good_copy_holds_through_an_outage() {
        let good = next(None, RobotsAnswer::Body(b"User-agent: *\nDisallow: /a\n"));
        let first = next(Some((&good, 25 * HOUR)), RobotsAnswer::Unreachable);
        assert_eq!((&first.state, first.unreachable_for), (&good.state, HOUR));
        let later = next(Some((&first, 40 * 24 * HOUR)), RobotsAnswer::Status(503));
        assert_eq!(later.state, good.state);
        assert!(later.fresh_for <= UNREACHABLE_MAX && first.fresh_for < 24 * HOUR);
    }

    #[test]
    fn after_a_long_outage_without_a_good_copy_everything_is_allowed() {
        let mut copy = next(None, RobotsAnswer::Unreachable);
        let mut passed = Duration::ZERO;
        while copy.state == RobotsState::DisallowAll {
            let age = copy.fresh_for;
            passed += age;
            copy = next(Some((&copy, age)), RobotsAnswer::Unreachable);
        }
        assert!(passed >= RELIEF_AFTER && passed < RELIEF_AFTER + UNREACHABLE_MAX);
        assert_eq!(copy.state, RobotsState::AllowAll);
    }
}
