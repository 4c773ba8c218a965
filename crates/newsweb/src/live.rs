//! A web whose outlets publish over time, and everything by which one can notice. Pure: an answer
//! follows from the configuration, the request and the seconds since time 0.
//!
//! # Layout
//! - `calendar`: when each outlet publishes and edits
//! - `outlet`, `sources`: what kind of outlet it is, and which feeds and sitemaps it has
//! - `route`, `listing`: which place a request means, and what that place lists at a moment
//! - `page`, `feed`, `sitemap`, `forms`: the bytes
//! - `dead`, `foreign`: what costs a crawler requests and brings nothing
//! - `answer`, `headers`: from a request to its answer
//! - `truth`: what there is to be found, and where

mod answer;
mod calendar;
mod dead;
mod feed;
mod foreign;
mod forms;
mod headers;
mod listing;
mod outlet;
mod page;
mod route;
mod sitemap;
mod sources;
mod truth;

use std::sync::OnceLock;

use crate::config::Config;
use crate::html::Filler;
use crate::plan::Plan;
use crate::server::Error;
use outlet::Outlet;

pub(crate) use foreign::is_foreign;
pub(crate) use outlet::number_in;

/// The web, with the outlets that were asked for so far.
pub(crate) struct LiveWeb {
    plan: Plan,
    filler: Filler,
    outlets: Vec<OnceLock<Outlet>>,
}

impl LiveWeb {
    pub(crate) fn new(plan: &Plan) -> Self {
        let outlets = (0..plan.config.outlets).map(|_| OnceLock::new()).collect();
        Self { filler: Filler::new(plan.config.seed), plan: plan.clone(), outlets }
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    fn outlet(&self, number: usize) -> &Outlet {
        self.outlets[number].get_or_init(|| Outlet::new(&self.plan, number))
    }
}

/// Whether a configuration can be served.
pub(crate) fn check(config: &Config) -> Result<(), Error> {
    crate::server::check(config)?;
    let live = &config.live;
    // 2001 to 2100: sitemaps of two hundred months ago must have a date.
    if !(1_000_000_000..4_102_444_800).contains(&live.starts_at) {
        return Err(Error::Config("live.starts_at: from 2001 to 2100, in seconds since 1970"));
    }
    if !(1..=90).contains(&live.days) || live.old_articles > 10_000 {
        return Err(Error::Config("live.days: 1 to 90; live.old_articles: up to 10,000"));
    }
    if ![live.edited_share, live.failing_share].iter().all(|share| (0.0..=1.0).contains(share)) {
        return Err(Error::Config("a share is between 0 and 1"));
    }
    let rates = 0.05..=200.0;
    let (slow, fast) = (live.slowest_per_day, live.fastest_per_day);
    if !rates.contains(&slow) || !rates.contains(&fast) || slow > fast {
        return Err(Error::Config("live: articles a day from 0.05 to 200, the slowest first"));
    }
    if !(live.time_scale > 0.0 && live.time_scale <= 1e6) {
        return Err(Error::Config("live.time_scale: above 0, up to a million"));
    }
    Ok(())
}

/// Seconds since 1970 of a moment of the web.
fn unix(starts_at: u64, elapsed_s: i64) -> u64 {
    starts_at.saturating_add_signed(elapsed_s)
}

#[cfg(test)]
mod tests;
