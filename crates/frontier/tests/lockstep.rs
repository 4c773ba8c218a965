//! Random calls on both backends in lockstep: every reply must agree.

use std::sync::Arc;
use std::time::Duration;

use crawl::politeness::HostState;
use crawl::robots::{RobotsCopy, RobotsState};
use crawl::{
    Band, CanonicalUrl, Clock, Entry, Fingerprint, HostKey, Origin, Posting, Seed, SeedSpec,
    SeedState, UnixMicros,
};
use frontier::conformance::TestClock;
use frontier::{
    Extension, Frontier, HostReply, Lease, LeaseAsk, LeaseReply, LeaseToken, Mode, Model, NewSeed,
    Settlement, Sqlite, Stats, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;

const HOSTS: [&str; 4] = ["a.test", "b.a.test", "c.test", "[2001:db8::1]"];
const SEEDS: [&str; 4] = ["a.test", "https://b.a.test/1", "c.test", "c.test/2"];
const BANDS: [Band; 3] = Band::ALL;

/// A call, with numbers where it needs something that only the run knows.
#[derive(Clone, Debug)]
enum Call {
    Enqueue(Vec<Entry>),
    Lease(LeaseAsk),
    LeaseHost(HostKey, LeaseAsk),
    Extend(usize, Extension),
    Settle(usize, Box<Judgement>),
    Robots(Origin),
    Admit(Vec<String>),
    SetNote(String, String),
    AddSeeds(Vec<NewSeed>),
    RemoveSeed(String),
    Claim(HostKey, u64, u64),
    Place(CanonicalUrl),
    Read,
    Sync,
    Advance(Duration),
    StepWall(i64),
    Reopen,
}

/// A settlement whose verdicts are still kinds, one for each URL of the lease.
#[derive(Clone, Debug)]
struct Judgement {
    kinds: Vec<Kind>,
    settlement: Settlement,
}

#[derive(Clone, Debug)]
enum Kind {
    None,
    Back,
    Done,
    Again {
        after: Duration,
        attempt: u8,
        band: Band,
    },
    /// About a URL that is not of the lease, or about one twice.
    Odd(Entry),
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        (0..20_000_000_u64).prop_map(Duration::from_micros),
        (0..90_u64).prop_map(Duration::from_secs),
    ]
}

fn urls() -> impl Strategy<Value = CanonicalUrl> {
    let schemes = prop_oneof![4 => Just("https"), 1 => Just("http")];
    (schemes, 0..HOSTS.len(), 0..6_u8).prop_map(|(scheme, host, path)| {
        let url = format!("{scheme}://{}/{path}", HOSTS[host]);
        CanonicalUrl::parse(&url).expect("a valid URL")
    })
}

fn entries() -> impl Strategy<Value = Entry> {
    let seeds = prop_oneof![Just(None), Just(Some("a seed".to_owned()))];
    (urls(), 0..BANDS.len(), seeds, 0..3_u16).prop_map(|(url, band, seed, depth)| Entry {
        seed,
        depth,
        ..Entry::new(url, BANDS[band])
    })
}

fn hosts() -> impl Strategy<Value = HostKey> {
    (0..HOSTS.len()).prop_map(|n| HostKey::parse(HOSTS[n]).expect("a valid host"))
}

fn asks() -> impl Strategy<Value = LeaseAsk> {
    let asks = (durations(), durations(), 0..8_usize);
    asks.prop_map(|(lease_for, first_delay, urls_max)| LeaseAsk {
        worker: "lockstep".into(),
        lease_for,
        first_delay,
        urls_max,
        outlet_leases_max: u32::MAX,
    })
}

fn states() -> impl Strategy<Value = HostState> {
    (0..9_u64).prop_map(|seconds| {
        let mut state = HostState::default();
        state.set_crawl_delay(Some(Duration::from_secs(seconds)));
        state
    })
}

fn copies() -> impl Strategy<Value = Vec<(Origin, RobotsCopy)>> {
    let copy = (urls(), "[a-z]{0,3}").prop_map(|(url, rules)| {
        let state = RobotsState::Rules(rules);
        let copy = RobotsCopy {
            state,
            fresh_for: Duration::from_secs(9),
            unreachable_for: Duration::ZERO,
        };
        (url.origin(), copy)
    });
    vec(copy, 0..2)
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        2 => Just(Kind::None),
        1 => Just(Kind::Back),
        4 => Just(Kind::Done),
        4 => (durations(), 0..2_u8, 0..BANDS.len())
            .prop_map(|(after, attempt, band)| Kind::Again { after, attempt, band: BANDS[band] }),
        1 => entries().prop_map(Kind::Odd),
    ]
}

fn judgements() -> impl Strategy<Value = Judgement> {
    let parts =
        (vec(kinds(), 8), vec(entries(), 0..6), durations(), durations(), states(), copies());
    parts.prop_map(|(kinds, links, host_ready_in, delay, state, robots)| {
        let verdicts = Vec::new();
        let posting = Posting { requests: links.len() as u64, shares: -3, ..Posting::default() };
        let seeds = links.iter().map(|l| (l.url.host_key().to_string(), SeedState::Alive));
        let seeds = seeds.collect();
        let settlement =
            Settlement { verdicts, links, host_ready_in, delay, state, robots, posting, seeds };
        Judgement { kinds, settlement }
    })
}

fn seeds() -> impl Strategy<Value = NewSeed> {
    (0..SEEDS.len(), 0..3_u32, any::<bool>()).prop_map(|(n, budget, is_member)| {
        let mut spec = SeedSpec::new(Seed::parse(SEEDS[n]).expect("a valid seed"));
        spec.budget_per_day = (budget > 0).then_some(budget);
        let member = is_member.then(|| spec.seed.outlet().as_str().to_owned());
        NewSeed { spec, member }
    })
}

fn calls() -> impl Strategy<Value = Call> {
    let extensions = (durations(), durations(), states(), copies()).prop_map(
        |(lease_for, delay, state, robots)| Extension { lease_for, delay, state, robots },
    );
    prop_oneof![
        6 => vec(entries(), 0..8).prop_map(Call::Enqueue),
        10 => asks().prop_map(Call::Lease),
        3 => (hosts(), asks()).prop_map(|(host, ask)| Call::LeaseHost(host, ask)),
        2 => (0..3_usize, extensions).prop_map(|(n, extension)| Call::Extend(n, extension)),
        9 => (0..3_usize, judgements()).prop_map(|(n, j)| Call::Settle(n, Box::new(j))),
        1 => urls().prop_map(|url| Call::Robots(url.origin())),
        1 => vec("[a-c]", 0..3).prop_map(Call::Admit),
        1 => ("[a-c]", ".{0,4}").prop_map(|(key, value)| Call::SetNote(key, value)),
        2 => vec(seeds(), 0..3).prop_map(Call::AddSeeds),
        1 => (0..SEEDS.len()).prop_map(|n| Call::RemoveSeed(SEEDS[n].to_owned())),
        1 => (hosts(), 0..2_u64, 0..9_u64).prop_map(|(host, key, by)| Call::Claim(host, key, by)),
        1 => urls().prop_map(Call::Place),
        2 => Just(Call::Read),
        1 => Just(Call::Sync),
        6 => durations().prop_map(Call::Advance),
        1 => (-50_000_000..50_000_000_i64).prop_map(Call::StepWall),
        1 => Just(Call::Reopen),
    ]
}

/// Both backends on one clock, and the leases they gave.
struct Pair {
    folder: tempfile::TempDir,
    clock: Arc<TestClock>,
    model: Model,
    sqlite: Option<Sqlite>,
    leases: Vec<Lease>,
}

/// Does a call on both, and compares what they say; errors by their text.
macro_rules! both {
    ($pair:expr, |$frontier:ident| $call:expr) => {{
        let expected = {
            let $frontier = &$pair.model;
            $call.await.map_err(|error| error.to_string())
        };
        let given = {
            let $frontier = $pair.sqlite.as_ref().expect("open");
            $call.await.map_err(|error| error.to_string())
        };
        assert_eq!(given, expected);
        given
    }};
}

impl Pair {
    fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        let model = Model::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let folder = tempfile::tempdir().expect("a folder");
        let mut pair = Self { folder, clock, model, sqlite: None, leases: Vec::new() };
        pair.open();
        pair
    }

    fn open(&mut self) {
        let path = self.folder.path().join("frontier.sqlite");
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        self.sqlite = Some(Sqlite::open(&path, clock, Mode::Owner).expect("open"));
    }

    async fn run(&mut self, call: Call) {
        match call {
            Call::Enqueue(entries) => drop(both!(self, |f| f.enqueue(entries.clone()))),
            Call::Lease(ask) => {
                if let Ok(LeaseReply::Leased(lease)) = both!(self, |f| f.lease(ask.clone())) {
                    self.leases.push(*lease);
                }
            }
            Call::LeaseHost(host, ask) => {
                let reply = both!(self, |f| f.lease_host(&host, ask.clone()));
                if let Ok(HostReply::Leased(lease)) = reply {
                    self.leases.push(*lease);
                }
            }
            Call::Extend(n, extension) => {
                let token = self.token(n);
                let _ = both!(self, |f| f.extend(&token, extension.clone()));
            }
            Call::Settle(n, judgement) => {
                let token = self.token(n);
                let settlement = self.settlement(n, *judgement);
                let _ = both!(self, |f| f.settle(&token, settlement.clone()));
            }
            Call::Robots(origin) => drop(both!(self, |f| f.robots(&origin))),
            Call::Admit(members) => drop(both!(self, |f| f.admit(members.clone()))),
            Call::SetNote(key, value) => drop(both!(self, |f| f.set_note(&key, &value))),
            Call::AddSeeds(seeds) => drop(both!(self, |f| f.add_seeds(seeds.clone()))),
            Call::RemoveSeed(name) => drop(both!(self, |f| f.remove_seed(&name))),
            Call::Claim(host, key, by) => {
                let _ = both!(self, |f| f.claim(&host.outlet(), key, Fingerprint(by)));
            }
            Call::Place(url) => {
                let _ = both!(self, |f| f.place(&url));
                let _ = both!(self, |f| f.hubs(&url.host_key().outlet()));
                let asked = vec![url.fingerprint(), Fingerprint(5)];
                let _ = both!(self, |f| f.unknown(asked.clone()));
            }
            Call::Read => {
                let _ = both!(self, |f| f.seeds(None, 9));
                let _ = both!(self, |f| f.seeds(Some("b".into()), 1));
                let _ = both!(self, |f| f.scope_members());
                let _ = both!(self, |f| f.note("a"));
            }
            Call::Sync => drop(both!(self, |f| f.sync())),
            Call::Advance(duration) => self.clock.advance(duration),
            Call::StepWall(by) => self.clock.step_wall(UnixMicros(self.clock.now().0 + by)),
            Call::Reopen => {
                self.sqlite = None;
                self.open();
                self.model.drop_leases();
            }
        }
        let _ = both!(self, |f| async { f.stats().await.map(|stats| Stats { bytes: 0, ..stats }) });
    }

    /// One of the last leases, old ones included.
    fn lease(&self, n: usize) -> Option<&Lease> {
        self.leases.iter().rev().nth(n)
    }

    fn token(&self, n: usize) -> LeaseToken {
        let unknown = || LeaseToken { host: HostKey::parse("x.test").expect("a host"), fence: 1 };
        self.lease(n).map_or_else(unknown, |lease| lease.token.clone())
    }

    fn settlement(&self, n: usize, judgement: Judgement) -> Settlement {
        let urls = self.lease(n).map(|lease| lease.urls.as_slice()).unwrap_or_default();
        let verdicts = urls.iter().zip(judgement.kinds).filter_map(|(leased, kind)| {
            let fingerprint = leased.url.fingerprint();
            Some(match kind {
                Kind::None => return None,
                Kind::Back => (fingerprint, Verdict::Back),
                Kind::Done => (fingerprint, Verdict::Done),
                Kind::Again { after, attempt, band } => {
                    let entry = Box::new(Entry { attempt, band, ..leased.clone() });
                    (fingerprint, Verdict::Again { after, entry })
                }
                Kind::Odd(other) => {
                    let fingerprint = other.url.fingerprint();
                    (fingerprint, Verdict::Again { after: Duration::ZERO, entry: Box::new(other) })
                }
            })
        });
        Settlement { verdicts: verdicts.collect(), ..judgement.settlement }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn both_backends_give_every_reply_alike(calls in vec(calls(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut pair = Pair::new();
            for call in calls {
                pair.run(call).await;
            }
        });
    }
}
