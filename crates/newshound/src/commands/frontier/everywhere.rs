//! Until what an operator asks for holds everywhere.

use std::time::Duration;

use anyhow::Result;
use crawl::{Clock, HostKey};
use frontier::{Control, WorkerRow};
use serde::Serialize;
use worker::SystemClock;

use crate::units;

/// Between two looks at the workers, who beat every two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Between two looks at the leases of silent workers.
const LEASES_EVERY: Duration = Duration::from_secs(2);

/// Who has heard of it.
#[derive(Debug, Serialize)]
pub(super) struct Heard {
    /// Whether it holds everywhere.
    pub(super) everywhere: bool,
    after_s: f64,
    /// Workers that have not heard of it.
    not_heard_by: Vec<Deaf>,
}

/// A worker that has not heard of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Deaf {
    worker: String,
    place: String,
    /// How long it has been silent.
    silent_s: f64,
    /// How long its last lease about this lasts; then it holds for this worker too.
    lease_ends_in_s: Option<f64>,
}

/// Waits until every worker has heard of the last change, or has no lease any more that it is
/// about; but no longer than that.
pub(super) async fn wait(
    frontier: &impl Control,
    about: &HostKey,
    limit: Duration,
    is_quiet: bool,
) -> Result<Heard> {
    let clock = SystemClock;
    let begun = clock.elapsed();
    let changes = frontier.changes().await?.directives;
    let mut look = Look { frontier, about, leases: Vec::new(), looked_at: None };
    let mut is_told = is_quiet;
    loop {
        let now = clock.elapsed();
        let deaf = look.deaf(changes, now).await?;
        let passed = now.saturating_sub(begun);
        if deaf.is_empty() || passed >= limit {
            let everywhere = deaf.is_empty();
            return Ok(Heard { everywhere, after_s: passed.as_secs_f64(), not_heard_by: deaf });
        }
        if !is_told {
            is_told = true;
            eprintln!("waiting until {} heard of it", have(&deaf));
        }
        tokio::time::sleep(LOOK_EVERY.min(limit.saturating_sub(passed))).await;
    }
}

struct Look<'a, F> {
    frontier: &'a F,
    about: &'a HostKey,
    /// Who holds a lease that it is about, and for how long.
    leases: Vec<(String, Duration)>,
    looked_at: Option<Duration>,
}

impl<F: Control> Look<'_, F> {
    /// The workers that have not heard of it and are to be reckoned with.
    async fn deaf(&mut self, changes: u64, now: Duration) -> Result<Vec<Deaf>> {
        let rows = self.frontier.workers().await?;
        let is_deaf =
            |row: &&WorkerRow| row.is_worker() && !row.beat.is_gone && row.beat.obeys < changes;
        let (alive, silent): (Vec<&WorkerRow>, Vec<&WorkerRow>) =
            rows.iter().filter(is_deaf).partition(|row| row.is_alive());
        let mut deaf: Vec<Deaf> = alive.into_iter().map(|row| self.told(row)).collect();
        if !silent.is_empty() {
            self.look_at_leases(now).await?;
            // One without a lease finds out before it gets the next one.
            let told = silent.into_iter().map(|row| self.told(row));
            deaf.extend(told.filter(|deaf| deaf.lease_ends_in_s.is_some()));
        }
        Ok(deaf)
    }

    fn told(&self, row: &WorkerRow) -> Deaf {
        let own = self.leases.iter().filter(|(worker, _)| *worker == row.beat.name);
        Deaf {
            worker: row.beat.name.clone(),
            place: row.beat.place.clone(),
            silent_s: row.age.as_secs_f64(),
            lease_ends_in_s: own.map(|(_, ends)| ends.as_secs_f64()).reduce(f64::max),
        }
    }

    async fn look_at_leases(&mut self, now: Duration) -> Result<()> {
        if self.looked_at.is_some_and(|at| now.saturating_sub(at) < LEASES_EVERY) {
            return Ok(());
        }
        let rows = super::hosts_of(self.frontier, self.about).await?;
        self.leases = rows.into_iter().filter_map(|row| row.leased).collect();
        self.looked_at = Some(now);
        Ok(())
    }
}

/// `w1 has`, `w1, w2 and 3 more have`.
fn have(deaf: &[Deaf]) -> String {
    const NAMED: usize = 3;
    let names: Vec<&str> = deaf.iter().take(NAMED).map(|deaf| deaf.worker.as_str()).collect();
    let names = names.join(", ");
    match deaf.len().checked_sub(NAMED).filter(|more| *more > 0) {
        Some(more) => format!("{names} and {more} more have"),
        None if deaf.len() == 1 => format!("{names} has"),
        None => format!("{names} have"),
    }
}

impl Heard {
    pub(super) fn text(&self) -> String {
        let span = |s: f64| units::duration(Duration::from_secs_f64(s.max(0.0)));
        if self.everywhere {
            return format!("holds everywhere after {:.1} s", self.after_s);
        }
        let of = |deaf: &Deaf| {
            let Deaf { worker, place, silent_s, lease_ends_in_s } = deaf;
            let lease = match lease_ends_in_s {
                Some(s) => format!("; it holds for it too when its lease ends, in {}", span(*s)),
                None => String::new(),
            };
            format!("  {worker} ({place}) was last heard of {} ago{lease}", span(*silent_s))
        };
        let lines: Vec<String> = self.not_heard_by.iter().map(of).collect();
        format!("does not hold everywhere after {:.1} s:\n{}", self.after_s, lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crawl::{Band, CanonicalUrl, Entry, Order};
    use frontier::{Beat, Frontier, Given, LeaseAsk, Model};

    use super::*;

    async fn paused() -> (Model, HostKey) {
        let frontier = Model::new(Arc::new(SystemClock));
        let url = CanonicalUrl::parse("https://www.a.test/x").unwrap();
        frontier.enqueue(vec![Entry::new(url, Band::Hub)]).await.unwrap();
        frontier.lease(ask("w1")).await.unwrap();
        let name = HostKey::parse("a.test").unwrap();
        let given = Given {
            about: name.as_str().into(),
            order: Order::Pause,
            by: "ann".into(),
            why: "asked to".into(),
            lasts: None,
        };
        frontier.direct(given).await.unwrap();
        (frontier, name)
    }

    fn ask(worker: &str) -> LeaseAsk {
        LeaseAsk {
            worker: worker.into(),
            urls_max: 1,
            lease_for: Duration::from_mins(1),
            first_delay: Duration::ZERO,
            outlet_leases_max: 1,
        }
    }

    fn beat(name: &str, obeys: u64, lasts_ms: u64) -> Beat {
        Beat { name: name.into(), obeys, lasts_ms, ..Beat::default() }
    }

    #[tokio::test]
    async fn whoever_lives_has_to_hear_of_it() {
        let (frontier, name) = paused().await;
        let wait = async || wait(&frontier, &name, Duration::ZERO, true).await.unwrap();
        assert!(wait().await.everywhere, "nobody is there");
        frontier.beat(beat("w2", 0, 60_000)).await.unwrap();
        let heard = wait().await;
        assert!(!heard.everywhere && heard.text().contains("w2"), "{heard:?}");
        frontier.beat(beat("w2", 1, 60_000)).await.unwrap();
        assert!(wait().await.everywhere);
        frontier.beat(Beat { is_gone: true, ..beat("w3", 0, 60_000) }).await.unwrap();
        assert!(wait().await.everywhere, "who has ended need not hear of it");
        let stories = Some(frontier::StoriesBeat::default());
        frontier.beat(Beat { stories, ..beat("s1", 0, 60_000) }).await.unwrap();
        assert!(wait().await.everywhere, "nor who makes no requests");
    }

    #[tokio::test]
    async fn who_is_silent_counts_while_it_holds_a_lease() {
        let (frontier, name) = paused().await;
        let wait = async |name| wait(&frontier, name, Duration::ZERO, true).await.unwrap();
        for worker in ["w1", "w2"] {
            frontier.beat(beat(worker, 0, 0)).await.unwrap();
        }
        let heard = wait(&name).await;
        assert_eq!(heard.not_heard_by.len(), 1, "{heard:?}");
        assert!(heard.text().contains("w1") && heard.text().contains("lease ends"), "{heard:?}");
        assert!(wait(&HostKey::parse("b.test").unwrap()).await.everywhere);
    }
}
