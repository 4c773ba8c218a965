//! Random calls on a backend and on the model in lockstep: every reply must agree.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::InServer;
use crawl::politeness::HostState;
use crawl::robots::{RobotsCopy, RobotsState};
use crawl::{
    Band, CanonicalUrl, Clock, Entry, Fingerprint, HostKey, Order, Origin, Posting, Seed, SeedSpec,
    SeedState, UnixMicros,
};
use frontier::conformance::{TestClock, all_of, in_order};
use frontier::testing::Program;
use frontier::{
    AddressAsk, Beat, Control, Extension, Frontier, Given, HostReply, Lease, LeaseAsk, LeaseReply,
    LeaseToken, Mode, Model, NewSeed, Redis, Settlement, Sqlite, Stats, Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;

const HOSTS: [&str; 4] = ["a.test", "b.a.test", "c.test", "[2001:db8::1]"];
const SEEDS: [&str; 4] = ["a.test", "https://b.a.test/1", "c.test", "c.test/2"];
/// Hosts of a crowd, nearly all of one outlet.
const CROWD: usize = 60;
/// What commands are about: a host that is an outlet too, a host, one never heard of.
const ABOUT: [&str; 5] = ["a.test", "b.a.test", "c.test", "[2001:db8::1]", "x.test"];
const KINDS: [&str; 3] = ["pause", "block", "override"];
const ADDRESSES: [&str; 2] = ["192.0.2.1", "2001:db8::/64"];
const BANDS: [Band; 3] = Band::ALL;

/// Few hosts, so that calls meet; or many of one outlet, so that there is a crowd.
#[derive(Clone, Copy)]
struct Spread {
    hosts: usize,
}

impl Spread {
    fn host(n: usize) -> String {
        HOSTS.get(n).map_or_else(|| format!("h{n}.a.test"), |host| (*host).to_owned())
    }
}

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
    Direct(Given),
    Lift(String, &'static str),
    Beat(Beat),
    Requeue(String),
    Revisit(Vec<Entry>),
    Purge(String),
    TakeAddress(usize, AddressAsk),
    FreeAddresses(usize, Vec<String>),
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

fn urls(spread: Spread) -> impl Strategy<Value = CanonicalUrl> {
    let schemes = prop_oneof![4 => Just("https"), 1 => Just("http")];
    (schemes, 0..spread.hosts, 0..6_u8).prop_map(|(scheme, host, path)| {
        let url = format!("{scheme}://{}/{path}", Spread::host(host));
        CanonicalUrl::parse(&url).expect("a valid URL")
    })
}

fn entries(spread: Spread) -> impl Strategy<Value = Entry> {
    let seeds = prop_oneof![Just(None), Just(Some("a seed".to_owned()))];
    (urls(spread), 0..BANDS.len(), seeds, 0..3_u16).prop_map(|(url, band, seed, depth)| Entry {
        seed,
        depth,
        ..Entry::new(url, BANDS[band])
    })
}

fn hosts(spread: Spread) -> impl Strategy<Value = HostKey> {
    (0..spread.hosts).prop_map(|n| HostKey::parse(&Spread::host(n)).expect("a valid host"))
}

fn asks() -> impl Strategy<Value = LeaseAsk> {
    let caps = prop_oneof![3 => Just(u32::MAX), 3 => 0..3_u32];
    let asks = (durations(), durations(), 0..8_usize, caps);
    asks.prop_map(|(lease_for, first_delay, urls_max, outlet_leases_max)| LeaseAsk {
        worker: "lockstep".into(),
        lease_for,
        first_delay,
        urls_max,
        outlet_leases_max,
    })
}

fn states() -> impl Strategy<Value = HostState> {
    (0..9_u64).prop_map(|seconds| {
        let mut state = HostState::default();
        state.set_crawl_delay(Some(Duration::from_secs(seconds)));
        state
    })
}

fn copies(spread: Spread) -> impl Strategy<Value = Vec<(Origin, RobotsCopy)>> {
    let copy = (urls(spread), "[a-z]{0,3}").prop_map(|(url, rules)| {
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

fn kinds(spread: Spread) -> impl Strategy<Value = Kind> {
    prop_oneof![
        2 => Just(Kind::None),
        1 => Just(Kind::Back),
        4 => Just(Kind::Done),
        4 => (durations(), 0..2_u8, 0..BANDS.len())
            .prop_map(|(after, attempt, band)| Kind::Again { after, attempt, band: BANDS[band] }),
        1 => entries(spread).prop_map(Kind::Odd),
    ]
}

fn judgements(spread: Spread) -> impl Strategy<Value = Judgement> {
    let verdicts = (vec(kinds(spread), 8), vec(entries(spread), 0..6));
    let parts = (verdicts, durations(), durations(), states(), copies(spread));
    parts.prop_map(|((kinds, links), host_ready_in, delay, state, robots)| {
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

fn about() -> impl Strategy<Value = String> {
    (0..ABOUT.len()).prop_map(|n| ABOUT[n].to_owned())
}

fn given() -> impl Strategy<Value = Given> {
    let orders = prop_oneof![
        2 => Just(Order::Pause),
        1 => Just(Order::Block),
        1 => proptest::option::of(durations())
            .prop_map(|delay| Order::Override { robots: Some("User-agent: *".into()), delay }),
    ];
    let lasts = prop_oneof![3 => durations().prop_map(Some), 1 => Just(None)];
    (about(), orders, lasts).prop_map(|(about, order, lasts)| {
        let (by, why) = ("ann".to_owned(), "asked to".to_owned());
        Given { about, order, by, why, lasts }
    })
}

fn beats() -> impl Strategy<Value = Beat> {
    ("w[12]", 0..9_u64, any::<bool>()).prop_map(|(name, requests, is_gone)| Beat {
        name,
        requests,
        is_gone,
        ..Beat::default()
    })
}

fn address_asks() -> impl Strategy<Value = AddressAsk> {
    (0..ADDRESSES.len(), 0..4_u32, durations()).prop_map(|(n, max, lasts)| {
        let group = ADDRESSES[n].to_owned();
        AddressAsk { group, max, lasts }
    })
}

/// Calls about URLs and leases, and the time between them.
fn crawling(spread: Spread) -> impl Strategy<Value = Call> {
    let extensions = (durations(), durations(), states(), copies(spread)).prop_map(
        |(lease_for, delay, state, robots)| Extension { lease_for, delay, state, robots },
    );
    let judged = (0..3_usize, judgements(spread));
    prop_oneof![
        6 => vec(entries(spread), 0..8).prop_map(Call::Enqueue),
        10 => asks().prop_map(Call::Lease),
        3 => (hosts(spread), asks()).prop_map(|(host, ask)| Call::LeaseHost(host, ask)),
        2 => (0..3_usize, extensions).prop_map(|(n, extension)| Call::Extend(n, extension)),
        9 => judged.prop_map(|(n, j)| Call::Settle(n, Box::new(j))),
        1 => urls(spread).prop_map(|url| Call::Robots(url.origin())),
        1 => urls(spread).prop_map(Call::Place),
        1 => Just(Call::Sync),
        6 => durations().prop_map(Call::Advance),
        1 => (-50_000_000..50_000_000_i64).prop_map(Call::StepWall),
        1 => Just(Call::Reopen),
    ]
}

/// Calls about what is kept beside URLs.
fn keeping(spread: Spread) -> impl Strategy<Value = Call> {
    let claims = (hosts(spread), 0..2_u64, 0..9_u64);
    prop_oneof![
        1 => vec("[a-c]", 0..3).prop_map(Call::Admit),
        1 => ("[a-c]", ".{0,4}").prop_map(|(key, value)| Call::SetNote(key, value)),
        2 => vec(seeds(), 0..3).prop_map(Call::AddSeeds),
        1 => (0..SEEDS.len()).prop_map(|n| Call::RemoveSeed(SEEDS[n].to_owned())),
        1 => claims.prop_map(|(host, key, by)| Call::Claim(host, key, by)),
        2 => Just(Call::Read),
    ]
}

/// Calls of operators and of a fleet's workers.
fn commanding(spread: Spread) -> impl Strategy<Value = Call> {
    let places = vec((0..ADDRESSES.len()).prop_map(|n| ADDRESSES[n].to_owned()), 0..2);
    prop_oneof![
        4 => given().prop_map(Call::Direct),
        3 => (about(), 0..KINDS.len()).prop_map(|(about, n)| Call::Lift(about, KINDS[n])),
        2 => beats().prop_map(Call::Beat),
        1 => Just(Call::Advance(Duration::from_hours(24))),
        2 => about().prop_map(Call::Requeue),
        3 => vec(entries(spread), 0..4).prop_map(Call::Revisit),
        1 => about().prop_map(Call::Purge),
        4 => (0..4_usize, address_asks()).prop_map(|(n, ask)| Call::TakeAddress(n, ask)),
        2 => (0..4_usize, places).prop_map(|(n, groups)| Call::FreeAddresses(n, groups)),
    ]
}

fn calls(hosts: usize) -> impl Strategy<Value = Vec<Call>> {
    let spread = Spread { hosts };
    let call = prop_oneof![8 => crawling(spread), 2 => keeping(spread), 3 => commanding(spread)];
    vec(call, 1..70)
}

/// A backend that is held against the model.
trait Backend: Sized {
    type Frontier: Frontier + Control;

    /// A new and empty one on this clock.
    async fn make(clock: Arc<TestClock>) -> Self;

    fn frontier(&self) -> &Self::Frontier;

    /// Closes it, and opens it again as its one owner: see [`Mode::Owner`]. False where there is no
    /// such thing; nothing has happened then.
    async fn reopen(&mut self) -> bool;
}

/// The backend in a file.
struct InFile {
    folder: tempfile::TempDir,
    clock: Arc<TestClock>,
    frontier: Option<Sqlite>,
}

impl InFile {
    fn open(&mut self) {
        let path = self.folder.path().join("frontier.sqlite");
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        self.frontier = Some(Sqlite::open(&path, clock, Mode::Owner).expect("open"));
    }
}

impl Backend for InFile {
    type Frontier = Sqlite;

    async fn make(clock: Arc<TestClock>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = Self { folder, clock, frontier: None };
        file.open();
        file
    }

    fn frontier(&self) -> &Sqlite {
        self.frontier.as_ref().expect("open")
    }

    async fn reopen(&mut self) -> bool {
        self.frontier = None;
        self.open();
        true
    }
}

/// The backend of fleets, with one partition: with more, the order among hosts is its own.
struct InRedis {
    frontier: Redis,
    _server: InServer,
}

impl Backend for InRedis {
    type Frontier = Redis;

    async fn make(clock: Arc<TestClock>) -> Self {
        let mut server = InServer::new(Program::Redis, 1);
        Self { frontier: server.frontier(clock).await, _server: server }
    }

    fn frontier(&self) -> &Redis {
        &self.frontier
    }

    async fn reopen(&mut self) -> bool {
        false
    }
}

/// The same in as many partitions as a fleet has: what is kept is the same.
struct InPartitions(InRedis);

impl Backend for InPartitions {
    type Frontier = Redis;

    async fn make(clock: Arc<TestClock>) -> Self {
        let mut server = InServer::new(Program::Redis, 7);
        Self(InRedis { frontier: server.frontier(clock).await, _server: server })
    }

    fn frontier(&self) -> &Redis {
        &self.0.frontier
    }

    async fn reopen(&mut self) -> bool {
        false
    }
}

/// The model and a backend on one clock, and the leases they gave.
struct Pair<B> {
    clock: Arc<TestClock>,
    model: Model,
    backend: B,
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
            let $frontier = $pair.backend.frontier();
            $call.await.map_err(|error| error.to_string())
        };
        assert_eq!(given, expected);
        given
    }};
}

impl<B: Backend> Pair<B> {
    async fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        let model = Model::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let backend = B::make(Arc::clone(&clock)).await;
        Self { clock, model, backend, leases: Vec::new() }
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
                let other = CanonicalUrl::parse("https://x.test/").expect("a URL");
                let asked = vec![url, other];
                let _ = both!(self, |f| f.unknown(asked.clone()));
            }
            Call::Read => self.read().await,
            Call::Sync => drop(both!(self, |f| f.sync())),
            Call::Advance(duration) => self.clock.advance(duration),
            Call::StepWall(by) => self.clock.step_wall(UnixMicros(self.clock.now().0 + by)),
            Call::Reopen => {
                if self.backend.reopen().await {
                    self.model.drop_leases();
                }
            }
            command => self.command(command).await,
        }
        let _ = both!(self, |f| async { f.stats().await.map(|stats| Stats { bytes: 0, ..stats }) });
    }

    async fn command(&mut self, call: Call) {
        match call {
            Call::Direct(given) => drop(both!(self, |f| f.direct(given.clone()))),
            Call::Lift(about, kind) => drop(both!(self, |f| f.lift(&about, kind))),
            Call::Beat(beat) => drop(both!(self, |f| f.beat(beat.clone()))),
            Call::Requeue(about) => drop(both!(self, |f| f.requeue(&about))),
            Call::Revisit(entries) => drop(both!(self, |f| f.revisit(entries.clone()))),
            Call::Purge(about) => drop(both!(self, |f| f.purge(&about))),
            Call::TakeAddress(n, ask) => {
                let token = self.token(n);
                let _ = both!(self, |f| f.take_address(&token, ask.clone()));
            }
            Call::FreeAddresses(n, groups) => {
                let token = self.token(n);
                let _ = both!(self, |f| f.free_addresses(&token, groups.clone()));
            }
            call => panic!("{call:?} is no command"),
        }
    }

    async fn read(&self) {
        let _ = both!(self, |f| f.seeds(None, 9));
        let _ = both!(self, |f| f.seeds(Some("b".into()), 1));
        let _ = both!(self, |f| f.scope_members());
        let _ = both!(self, |f| f.note("a"));
        let _ = both!(self, |f| f.directives());
        let _ = both!(self, |f| f.workers());
        let _ = both!(self, |f| f.hosts(None, 99));
        let host = HostKey::parse(HOSTS[1]).expect("a host");
        let _ = both!(self, |f| f.hosts(Some(host.clone()), 1));
        let _ = both!(self, |f| f.host(&host));
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

/// A URL for each host of the crowd.
fn crowd() -> Vec<Call> {
    let entry = |n| {
        let url = format!("https://{}/", Spread::host(n));
        Entry::new(CanonicalUrl::parse(&url).expect("a valid URL"), BANDS[n % BANDS.len()])
    };
    vec![Call::Enqueue((HOSTS.len()..CROWD).map(entry).collect())]
}

fn agree<B: Backend>(calls: Vec<Call>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut pair = Pair::<B>::new().await;
        for call in calls {
            pair.run(call).await;
        }
        pair.read().await;
        let kept = in_order(&all_of(&pair.model).await);
        assert_eq!(in_order(&all_of(pair.backend.frontier()).await), kept);
    });
}

/// What a backend keeps after some calls is the same after a move to another one.
fn moves<B: Backend, C: Backend>(calls: Vec<Call>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut pair = Pair::<B>::new().await;
        for call in calls {
            pair.run(call).await;
        }
        let records = all_of(pair.backend.frontier()).await;
        let kept = in_order(&records);
        let target = C::make(Arc::clone(&pair.clock)).await;
        // The second time begins where the first one broke off, or at the end.
        let broken_off = records.len() / 3 * 2;
        for some in [&records[..broken_off], &records, &records] {
            for some in some.chunks(7) {
                target.frontier().load(some.to_vec()).await.expect("load");
            }
        }
        assert_eq!(in_order(&all_of(target.frontier()).await), kept);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn the_file_gives_every_reply_of_the_model(calls in calls(HOSTS.len())) {
        agree::<InFile>(calls);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// With more hosts of one outlet than a draw passes over.
    #[test]
    fn the_file_gives_every_reply_of_the_model_in_a_crowd(calls in calls(CROWD)) {
        agree::<InFile>(crowd().into_iter().chain(calls).collect());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn redis_gives_every_reply_of_the_model(calls in calls(HOSTS.len())) {
        agree::<InRedis>(calls);
    }

    #[test]
    fn redis_gives_every_reply_of_the_model_in_a_crowd(calls in calls(40)) {
        agree::<InRedis>(calls);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn what_the_file_keeps_moves_to_redis(calls in calls(HOSTS.len())) {
        moves::<InFile, InPartitions>(calls);
    }

    #[test]
    fn what_redis_keeps_moves_to_the_file(calls in calls(40)) {
        moves::<InRedis, InFile>(calls);
    }
}
