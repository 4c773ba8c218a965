//! What the frontier knows of a URL.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use crawl::{CanonicalUrl, Entry, Hub, revisit};
use frontier::{Frontier, Mode, Place, Sqlite};
use serde::Serialize;
use worker::SystemClock;

use super::reading::{kind_of_hub, time};
use super::verdict::Robots;

/// What the frontier knows of a URL.
#[derive(Debug, Serialize)]
pub(super) struct Known {
    /// `pending`, `due`, `settled` or `unknown`.
    pub(super) state: &'static str,
    pub(super) band: Option<&'static str>,
    /// Until its time comes, in seconds.
    pub(super) due_in_s: Option<f64>,
    /// Links followed from a seed.
    pub(super) depth: Option<u16>,
    /// Redirects followed to get there.
    pub(super) hops: Option<u8>,
    /// Failed attempts so far.
    pub(super) failed_attempts: Option<u8>,
    pub(super) seed: Option<String>,
    /// When a hub listed it as new.
    pub(super) listed: Option<String>,
    /// The snapshot with the payload that the next visit is compared with.
    pub(super) last_payload: Option<String>,
    pub(super) hub: Option<HubView>,
}

/// What it knows of a hub.
#[derive(Debug, Serialize)]
pub(super) struct HubView {
    /// `page`, `feed`, `sitemap` or `sitemap-index`.
    pub(super) kind: &'static str,
    /// How it was found.
    pub(super) found: &'static str,
    /// Where.
    pub(super) from: Option<String>,
    /// New articles a day, as far as is known.
    pub(super) new_per_day: f64,
    /// Visits that were answered.
    pub(super) visits: u32,
    /// Of those, the last ones in a row that brought nothing, of a hub that never did.
    pub(super) barren: u32,
    /// Refused or failed visits in a row.
    pub(super) failures: u32,
    /// New articles that were first seen there.
    pub(super) articles: u64,
    /// The time from the last visit to the next.
    pub(super) interval_s: Option<f64>,
    pub(super) last_visit: Option<String>,
    pub(super) last_new: Option<String>,
    #[serde(skip)]
    kind_here: &'static str,
}

/// Opens the frontier of a data directory beside whatever works on it; nothing when there is none.
pub(super) fn open(path: &Path) -> Result<Option<Sqlite>> {
    if !path.is_file() {
        return Ok(None);
    }
    Ok(Some(Sqlite::open(path, Arc::new(SystemClock), Mode::Beside)?))
}

/// What a frontier knows of a URL, and what its copy of robots.txt says to it.
pub(super) async fn look(
    frontier: &impl Frontier,
    url: &CanonicalUrl,
) -> Result<(Known, Option<Robots>)> {
    let known = Known::of(frontier.place(url).await?.as_ref());
    let copy = frontier.robots(&url.origin()).await?;
    Ok((known, copy.map(|copy| Robots::of_copy(url, &copy))))
}

impl Known {
    fn of(place: Option<&Place>) -> Self {
        let (state, due_in) = match place {
            None => ("unknown", None),
            Some(Place::Pending(_)) => ("pending", None),
            Some(Place::Due(_, after)) => ("due", Some(*after)),
            Some(Place::Settled) => ("settled", None),
        };
        let entry = place.and_then(Place::entry);
        let of = |field: fn(&Entry) -> Option<String>| entry.and_then(field);
        Self {
            state,
            band: entry.map(|entry| entry.band.name()),
            due_in_s: due_in.map(|after| after.as_secs_f64()),
            depth: entry.map(|entry| entry.depth),
            hops: entry.map(|entry| entry.hops),
            failed_attempts: entry.map(|entry| entry.attempt),
            seed: of(|entry| entry.seed.clone()),
            listed: of(|entry| entry.listed.map(|listed| time(listed.at))),
            last_payload: of(|entry| entry.revisit.as_ref().map(|last| time(last.stored_at))),
            hub: entry.and_then(|entry| entry.hub.as_deref()).map(HubView::of),
        }
    }

    /// Whether the frontier has heard of it.
    pub(super) fn is_known(&self) -> bool {
        self.state != "unknown"
    }

    /// The kind of the URL where nothing of it could be read.
    pub(super) fn kind(&self) -> &'static str {
        self.hub.as_ref().map_or("other", |hub| hub.kind_here)
    }
}

impl HubView {
    fn of(hub: &Hub) -> Self {
        let interval = Duration::from_millis(hub.interval_ms);
        Self {
            kind: hub.kind.name(),
            found: hub.found.name(),
            from: hub.from.clone(),
            new_per_day: revisit::rate(hub),
            visits: hub.visits,
            barren: hub.barren,
            failures: hub.failures,
            articles: hub.articles,
            interval_s: (!interval.is_zero()).then_some(interval.as_secs_f64()),
            last_visit: hub.visited_at.map(time),
            last_new: hub.last_new_at.map(time),
            kind_here: if hub.visits > 0 { kind_of_hub(hub.kind) } else { "other" },
        }
    }
}

#[cfg(test)]
mod tests {
    use crawl::{Band, Found, HubKind, UnixMicros};

    use super::*;

    #[test]
    fn places() {
        let url = CanonicalUrl::parse("https://a.test/feed").unwrap();
        let mut hub = Hub::new(HubKind::Feed, Found::Alternate, Some("https://a.test/".into()));
        let entry = |hub: &Hub| Box::new(Entry::hub(url.clone(), hub.clone()));
        let known = Known::of(Some(&Place::Pending(entry(&hub))));
        assert_eq!((known.state, known.band, known.kind()), ("pending", Some("hub"), "other"));
        (hub.visits, hub.interval_ms, hub.last_new_at) = (3, 90_000, Some(UnixMicros(0)));
        let known = Known::of(Some(&Place::Due(entry(&hub), Duration::from_mins(1))));
        assert_eq!((known.state, known.due_in_s, known.kind()), ("due", Some(60.0), "feed"));
        let view = known.hub.unwrap();
        assert_eq!((view.found, view.from.as_deref()), ("rel=alternate", Some("https://a.test/")));
        assert_eq!((view.interval_s, view.last_visit), (Some(90.0), None));
        assert_eq!(view.last_new.as_deref(), Some("1970-01-01T00:00:00Z"));

        let entry = Box::new(Entry::new(url.clone(), Band::Backfill));
        let known = Known::of(Some(&Place::Pending(entry)));
        assert_eq!((known.band, known.hub.is_none()), (Some("backfill"), true));
        assert!(Known::of(Some(&Place::Settled)).is_known() && !Known::of(None).is_known());
    }
}
