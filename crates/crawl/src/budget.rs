//! What an outlet may cost in a day (UTC), and how that is shared out.

use std::time::Duration;

use crate::{Account, Band, Entry, UnixMicros, account};

/// What part of a budget is for nothing new: backfill, and looks for edits.
const FOR_OLD: f64 = 0.2;

/// Up to what part of a budget hubs are visited: they leave something for what they will bring.
const FOR_HUBS: f64 = 0.95;

/// Visits of hubs get this part at least, however many articles are to be expected.
const HUBS_LEAST: f64 = 0.25;

/// Requests for each new article: itself, and now and then a failed attempt.
const REQUESTS_PER_ARTICLE: f64 = 1.2;

/// Whether a visit is for nothing new.
pub fn is_old(entry: &Entry) -> bool {
    match entry.band {
        Band::Hub => false,
        Band::Article => entry.revisit.is_some(),
        Band::Backfill => true,
    }
}

/// Whether an outlet with this budget may be asked for such a URL today.
pub fn allows(
    budget: Option<u32>,
    account: &Account,
    band: Band,
    is_old: bool,
    now: UnixMicros,
) -> bool {
    let Some(budget) = budget.map(f64::from) else { return true };
    let (spent, on_old) = account.spent_on_day_of(now);
    let (spent, on_old) = (spent as f64, on_old as f64);
    match band {
        _ if is_old => spent < budget && on_old < budget * FOR_OLD,
        Band::Hub => spent < budget * FOR_HUBS,
        Band::Article | Band::Backfill => spent < budget,
    }
}

/// What the visits of an outlet's hubs may come to in a day: what they want, or what the budget
/// leaves beside what is old and the articles that are to be expected.
pub fn hub_visits_per_day(
    wanted: u32,
    budget: Option<u32>,
    account: &Account,
    now: UnixMicros,
) -> f64 {
    let wanted = f64::from(wanted);
    let Some(budget) = budget.map(f64::from) else { return wanted };
    let (_, on_old) = account.spent_on_day_of(now);
    let articles = account.articles_per_day(now) * REQUESTS_PER_ARTICLE;
    let left = budget * FOR_HUBS - on_old as f64 - articles;
    left.max(budget * HUBS_LEAST).min(wanted)
}

/// Until the budget of the next day. `random` spreads it over ten minutes.
pub fn until_tomorrow(now: UnixMicros, random: u64) -> Duration {
    const DAY_US: i64 = 86_400_000_000;
    let midnight = UnixMicros((account::day_of(now) + 1) * DAY_US);
    midnight.since(now) + Duration::from_secs(random % 600)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Posting;

    const NOW: UnixMicros = UnixMicros(1_795_564_800_000_000);

    fn spent(requests: u64, requests_for_old: u64) -> Account {
        let mut account = Account::default();
        account.post(NOW, &Posting { requests, requests_for_old, ..Posting::default() });
        account
    }

    #[test]
    fn each_band_has_its_part() {
        for (requests, on_old, hub, article, backfill) in [
            (0, 0, true, true, true),
            (50, 20, true, true, false),
            (94, 0, true, true, true),
            (95, 0, false, true, true),
            (100, 0, false, false, false),
        ] {
            let account = spent(requests, on_old);
            let may = |band, old| allows(Some(100), &account, band, old, NOW);
            let may = (may(Band::Hub, false), may(Band::Article, false), may(Band::Backfill, true));
            assert_eq!(may, (hub, article, backfill), "{requests} {on_old}");
            assert!(allows(None, &account, Band::Hub, false, NOW));
        }
        let tomorrow = NOW.after(until_tomorrow(NOW, 0));
        assert!(allows(Some(100), &spent(100, 20), Band::Backfill, true, tomorrow));
    }

    #[test]
    fn hubs_get_what_is_left() {
        let visits = |wanted, budget, account: &Account| {
            hub_visits_per_day(wanted, budget, account, NOW).round()
        };
        assert!((visits(288, None, &spent(0, 0)) - 288.0).abs() < 0.1);
        // Four articles a day are expected before anything is known.
        assert!((visits(288, Some(100), &spent(0, 0)) - 90.0).abs() < 0.1);
        assert!((visits(288, Some(100), &spent(20, 20)) - 70.0).abs() < 0.1);
        assert!((visits(30, Some(100), &spent(0, 0)) - 30.0).abs() < 0.1);
        let busy = Account { discovered: 1_000, since: Some(NOW), ..Account::default() };
        assert!((visits(288, Some(100), &busy) - 25.0).abs() < 0.1);
    }
}
