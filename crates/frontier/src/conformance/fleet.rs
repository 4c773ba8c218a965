//! What a fleet's workers tell of themselves and hear.

use std::time::Duration;

use crawl::{Order, Seed, SeedSpec};

use super::bench::{Bench, seconds};
use crate::{Beat, Control, Given, NewSeed, StoriesBeat, WORKER_FORGOTTEN_AFTER, WorkerRow};

fn beat(name: &str, requests: u64) -> Beat {
    Beat {
        name: name.into(),
        version: "1.2".into(),
        place: "m7:42".into(),
        lasts_ms: 5_000,
        requests,
        waits_for: Some("a full disk".into()),
        ..Beat::default()
    }
}

impl<F: Control> Bench<F> {
    async fn workers(&self) -> Vec<WorkerRow> {
        self.frontier.workers().await.expect("workers")
    }

    async fn scope_changes(&self) -> u64 {
        self.frontier.beat(beat("x", 0)).await.expect("beat").scope
    }
}

/// The last beat of each worker is told, by name, with its age.
pub async fn the_last_beat_of_each_worker_is_told<F: Control>(b: Bench<F>) {
    assert_eq!(b.workers().await, []);
    let first = b.frontier.beat(beat("w2", 1)).await.expect("beat");
    b.clock.advance(seconds(3));
    b.frontier.beat(beat("w2", 7)).await.expect("beat");
    b.clock.advance(seconds(4));
    let second = b.frontier.beat(beat("w1", 2)).await.expect("beat");
    assert_eq!(second.at.since(first.at), seconds(7));
    let row = |name, requests, age| WorkerRow { beat: beat(name, requests), age: seconds(age) };
    assert_eq!(b.workers().await, [row("w1", 2, 0), row("w2", 7, 4)]);
    b.clock.advance(seconds(2));
    let alive: Vec<bool> = b.workers().await.iter().map(WorkerRow::is_alive).collect();
    assert_eq!(alive, [true, false]);
}

/// A service of stories beats as a worker does, and is told apart.
pub async fn a_service_of_stories_beats_and_is_no_worker<F: Control>(b: Bench<F>) {
    let told = StoriesBeat { stands_by: true, documents: 70, stories: 7, missing: 3 };
    let service = Beat { stories: Some(told), ..beat("s", 0) };
    b.frontier.beat(service.clone()).await.expect("beat");
    b.frontier.beat(beat("w", 1)).await.expect("beat");
    let rows = b.workers().await;
    let kinds: Vec<bool> = rows.iter().map(WorkerRow::is_worker).collect();
    assert_eq!((&rows[0].beat, kinds), (&service, vec![false, true]));
}

/// What a worker would hear is told without a beat: nobody becomes a worker by asking.
pub async fn what_has_changed_is_told_without_a_beat<F: Control>(b: Bench<F>) {
    let pause = Given {
        about: "a.test".into(),
        order: Order::Pause,
        by: "ann".into(),
        why: "asked to".into(),
        lasts: None,
    };
    b.frontier.direct(pause).await.expect("direct");
    b.frontier.admit(vec!["a.test".into()]).await.expect("admit");
    b.clock.advance(seconds(2));
    let told = b.frontier.changes().await.expect("changes");
    assert_eq!(b.workers().await, []);
    assert_eq!(told, b.frontier.beat(beat("w1", 1)).await.expect("beat"));
    assert_eq!((told.directives, told.scope), (1, 1));
}

/// A worker that said good-bye is told until it is forgotten, a day after its last beat.
pub async fn a_worker_is_forgotten_after_a_day<F: Control>(b: Bench<F>) {
    let gone = Beat { is_gone: true, ..beat("w1", 1) };
    b.frontier.beat(gone.clone()).await.expect("beat");
    b.clock.advance(WORKER_FORGOTTEN_AFTER.saturating_sub(Duration::from_micros(1)));
    let told = b.workers().await;
    assert!(matches!(&told[..], [row] if row.beat == gone && !row.is_alive()), "{told:?}");
    b.clock.advance(Duration::from_micros(1));
    assert_eq!(b.workers().await, []);
    b.frontier.beat(beat("w2", 1)).await.expect("beat");
    assert_eq!(b.workers().await.len(), 1);
}

/// Each member that joins or leaves the scope is counted.
pub async fn changes_of_the_scope_are_counted<F: Control>(b: Bench<F>) {
    assert_eq!(b.scope_changes().await, 0);
    let admit = async |members: &[&str]| {
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        b.frontier.admit(members).await.expect("admit");
    };
    admit(&["a.test", "b.test"]).await;
    assert_eq!(b.scope_changes().await, 2);
    admit(&["b.test", "b.test"]).await;
    assert_eq!(b.scope_changes().await, 2);
    let seed = |member: &str| NewSeed {
        spec: SeedSpec::new(Seed::parse(member).expect("the suite's seeds are valid")),
        member: Some(member.into()),
    };
    b.frontier.add_seeds(vec![seed("a.test"), seed("c.test")]).await.expect("add seeds");
    assert_eq!(b.scope_changes().await, 3);
    b.frontier.remove_seed("c.test").await.expect("remove a seed");
    assert_eq!(b.scope_changes().await, 4);
}
