//! `TIME` is stepped, calls are slow, nobody calls for long.
//!
//! The clock that is handed in stands in for the server's: its wall is `TIME`, what it has counted
//! is the time that has really passed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crawl::{Clock, UnixMicros};
use frontier::conformance::TestClock;
use frontier::testing::{Options, RedisServer};
use frontier::{Frontier, Lease, LeaseReply, Redis, Tolerance};
use proptest::prelude::*;

use super::support::{
    DELAY, LEASE, RealClock, address, ask, assert_stale, command, draw, extend, figures, hubs,
    idle, made, on, server, settle, take,
};

const HOUR: i64 = 3_600_000_000;

fn step(clock: &TestClock, by_us: i64) {
    clock.step_wall(UnixMicros(clock.now().0 + by_us));
}

async fn state(server: &RedisServer, field: &str) -> Option<String> {
    let mut get = redis::cmd("FCALL");
    get.arg("nh1_state").arg(1).arg("nh:{p0}:state");
    let pairs: Vec<String> = server.ask(&get).await.expect("the state of the partition");
    let mut pairs = pairs.chunks(2);
    pairs.find(|pair| pair[0] == field).map(|pair| pair[1].clone()).filter(|v| !v.is_empty())
}

/// Draws each second until there is a lease; returns how much time had passed.
async fn until_leased(frontier: &Redis, clock: &TestClock) -> (Lease, Duration) {
    let began = clock.elapsed();
    for _ in 0..600 {
        if let Some(lease) = draw(frontier).await {
            return (lease, clock.elapsed().saturating_sub(began));
        }
        clock.advance(Duration::from_secs(1));
    }
    panic!("it waits for ever");
}

/// One leases, the clock is set forward, another one draws: what it did before makes no difference.
#[tokio::test]
async fn a_lease_stays_exclusive_when_the_clock_is_set_forward() {
    for knows_since in [Some("draw"), Some("look"), None] {
        let (server, holder, clock) = made(Options::default()).await;
        holder.enqueue(hubs(&["a.test"], 4)).await.unwrap();
        let before = on(&address(&server), &clock).await;
        let held = take(&holder, "a.test").await;
        if knows_since.is_some() {
            idle(&before).await;
        }
        // Long enough for one that has never called to doubt.
        clock.advance(Duration::from_secs(10));
        step(&clock, HOUR);
        let other = match knows_since {
            None => on(&address(&server), &clock).await,
            Some(_) => before,
        };
        if knows_since == Some("look") {
            figures(&other).await;
            other.scope_members().await.unwrap();
        }
        let (lease, passed) = until_leased(&other, &clock).await;
        assert!(
            passed >= (LEASE + DELAY).saturating_sub(Duration::from_secs(10)),
            "{knows_since:?}: {passed:?}"
        );
        assert!(passed <= LEASE + 2 * DELAY, "{knows_since:?}: {passed:?}");
        assert_eq!(lease.urls, held.urls);
        assert_stale(&holder, &held).await;
        settle(&other, &lease).await;
    }
}

#[tokio::test]
async fn time_goes_on_when_the_clock_is_set_back() {
    let (server, holder, clock) = made(Options::default()).await;
    holder.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    let other = on(&address(&server), &clock).await;
    let held = take(&holder, "a.test").await;
    clock.advance(Duration::from_secs(10));
    settle(&other, &take(&holder, "b.test").await).await;
    step(&clock, -HOUR);
    figures(&other).await;
    let (lease, passed) = until_leased(&other, &clock).await;
    let ends = (LEASE + DELAY).saturating_sub(Duration::from_secs(10));
    assert!(passed >= ends && passed <= ends + Duration::from_secs(1), "{passed:?}");
    assert_eq!(lease.urls, held.urls);
    assert_eq!(state(&server, "epoch").await.as_deref(), Some("0"), "nothing has to rest");
    // Right again: that is forward, and rests.
    step(&clock, HOUR);
    let reply = holder.lease(ask(2)).await.unwrap();
    assert!(matches!(reply, LeaseReply::Nothing(_)), "{reply:?}");
    assert_eq!(state(&server, "why").await.as_deref(), Some("clock"));
    let (_, passed) = until_leased(&holder, &clock).await;
    assert!(passed >= LEASE + DELAY && passed <= LEASE + 2 * DELAY, "{passed:?}");
}

/// Who comes first after a silence cannot tell it from a step.
#[tokio::test]
async fn the_first_call_after_a_silence_rests_as_far_as_it_must() {
    for is_held in [true, false] {
        let (server, first, clock) = made(Options::default()).await;
        first.enqueue(hubs(&["a.test", "b.test"], 4)).await.unwrap();
        let lease = take(&first, "a.test").await;
        if !is_held {
            settle(&first, &lease).await;
        }
        clock.advance(Duration::from_secs(30));
        // Who was there before knows that it is no step.
        settle(&first, &take(&first, "b.test").await).await;
        assert_eq!(state(&server, "epoch").await.as_deref(), Some("0"));
        clock.advance(Duration::from_secs(7));
        let second = on(&address(&server), &clock).await;
        let waits = idle(&second).await.next_ready_in.unwrap();
        let rest = if is_held { LEASE + DELAY } else { DELAY };
        assert_eq!(waits, rest);
        assert_eq!(state(&server, "why").await.as_deref(), Some("gap"));
    }
}

/// Clocks that drift apart by what NTP corrects are no step, however long nobody called.
#[tokio::test]
async fn drift_over_a_long_silence_is_no_step() {
    let (server, worker, clock) = made(Options::default()).await;
    worker.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    clock.advance(Duration::from_hours(2));
    step(&clock, 2 * HOUR / 2_500);
    take(&worker, "a.test").await;
    assert_eq!(state(&server, "epoch").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn a_slow_call_is_no_step() {
    let options = Options::default().with("enable-debug-command", "local");
    let server = server(options).await;
    let (clock, at) = (Arc::new(RealClock::default()), address(&server));
    let (worker, _) = Redis::init(&at, clock, 1, Tolerance::default()).await.expect("init");
    worker.enqueue(hubs(&["a.test", "b.test"], 4)).await.unwrap();
    let lease = take(&worker, "a.test").await;
    // Redis does nothing for a while; one of the calls that are made all the time waits for it.
    let mut conn = server.connect().await.unwrap();
    let sleeping = tokio::spawn(async move {
        command("DEBUG SLEEP 0.6").query_async::<redis::Value>(&mut conn).await
    });
    while !sleeping.is_finished() {
        extend(&worker, &lease.token).await.expect("the lease is in force");
    }
    sleeping.await.unwrap().unwrap();
    settle(&worker, &lease).await;
    assert_eq!(state(&server, "epoch").await.as_deref(), Some("0"));
    assert_eq!(state(&server, "why").await, None);
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Advance(u64),
    Step(i64),
    Lease(usize),
    Settle(usize),
    Look(usize),
    Reopen(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let worker = || 0..3_usize;
    // Smaller steps than the silence that makes one doubt cannot be told from it.
    let step = prop_oneof![60..9_000_i64, -9_000..-1_i64].prop_map(|s| Act::Step(s * 1_000_000));
    let act = prop_oneof![
        3 => (0..20_000_u64).prop_map(Act::Advance),
        1 => step,
        6 => worker().prop_map(Act::Lease),
        2 => worker().prop_map(Act::Settle),
        1 => worker().prop_map(Act::Look),
        1 => worker().prop_map(Act::Reopen),
    ];
    prop::collection::vec(act, 30..120)
}

/// Three workers whose leases are followed by the time that really passes.
struct Fleet {
    server: RedisServer,
    clock: Arc<TestClock>,
    workers: Vec<Redis>,
    held: Vec<Vec<Lease>>,
    /// When each host may be leased again.
    free: HashMap<String, Duration>,
}

impl Fleet {
    async fn made() -> Self {
        let (server, first, clock) = made(Options::default()).await;
        let hosts: Vec<String> = (0..4).map(|n| format!("h{n}.test")).collect();
        let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
        first.enqueue(hubs(&hosts, 200)).await.expect("enqueue");
        let at = address(&server);
        let workers = vec![first, on(&at, &clock).await, on(&at, &clock).await];
        let held = vec![Vec::new(); 3];
        Self { server, clock, workers, held, free: HashMap::new() }
    }

    async fn act(&mut self, act: Act) {
        match act {
            Act::Advance(ms) => self.clock.advance(Duration::from_millis(ms)),
            Act::Step(by_us) => step(&self.clock, by_us),
            Act::Lease(n) => self.lease(n).await,
            Act::Settle(n) => self.settle(n).await,
            Act::Look(n) => {
                figures(&self.workers[n]).await;
            }
            Act::Reopen(n) => self.workers[n] = on(&address(&self.server), &self.clock).await,
        }
    }

    async fn lease(&mut self, n: usize) {
        let Some(lease) = draw(&self.workers[n]).await else { return };
        let (host, now) = (lease.token.host.as_str().to_owned(), self.clock.elapsed());
        if let Some(free) = self.free.get(&host) {
            let early = free.saturating_sub(now);
            assert!(early.is_zero(), "{host} is leased {early:?} too early");
        }
        self.free.insert(host, now + LEASE + DELAY);
        self.held[n].push(lease);
    }

    async fn settle(&mut self, n: usize) {
        if self.held[n].is_empty() {
            return;
        }
        let lease = self.held[n].remove(0);
        let settled = self.workers[n].settle(&lease.token, super::support::done(&lease)).await;
        match settled {
            Ok(_) => {
                let free = self.clock.elapsed() + DELAY;
                self.free.insert(lease.token.host.as_str().to_owned(), free);
            }
            Err(error) => assert!(error.is_stale(), "{error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_step_of_the_clock_makes_a_host_free_too_early(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut fleet = Fleet::made().await;
            for act in acts {
                fleet.act(act).await;
            }
            // However it was stepped, all of it passes.
            for n in 0..3 {
                let (lease, passed) = until_leased(&fleet.workers[n], &fleet.clock).await;
                assert!(passed <= 2 * (LEASE + DELAY), "{passed:?}");
                settle(&fleet.workers[n], &lease).await;
            }
        });
    }
}
