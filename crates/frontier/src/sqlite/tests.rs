//! What the file adds to the contract: sharing a commit, failing, closing, opening again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use crawl::{Band, CanonicalUrl, Clock, Entry, HostKey, Posting, UnixMicros};
use rusqlite::Connection;
use tempfile::TempDir;

use super::fault::Fault;
use super::thread::Kind;
use super::{Mode, Sqlite};
use crate::conformance::TestClock;
use crate::{Control, Error, Frontier, HostReply, Lease, LeaseAsk, LeaseReply, Settlement};

struct Place {
    folder: TempDir,
    clock: Arc<TestClock>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), clock: Arc::new(TestClock::default()) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("frontier.sqlite")
    }

    fn open(&self, mode: Mode) -> Result<Sqlite, Error> {
        Sqlite::open(&self.path(), Arc::clone(&self.clock) as Arc<dyn Clock>, mode)
    }
}

fn entry(url: &str) -> Entry {
    Entry::new(CanonicalUrl::parse(url).unwrap(), Band::Hub)
}

fn entries(count: usize) -> Vec<Entry> {
    (0..count).map(|n| entry(&format!("https://a.test/{n}"))).collect()
}

fn ask() -> LeaseAsk {
    LeaseAsk {
        worker: "w".into(),
        lease_for: Duration::from_mins(1),
        first_delay: Duration::ZERO,
        urls_max: 9,
        outlet_leases_max: u32::MAX,
    }
}

async fn lease(frontier: &Sqlite) -> Lease {
    match frontier.lease(ask()).await.unwrap() {
        LeaseReply::Leased(lease) => *lease,
        LeaseReply::Nothing(idle) => panic!("{idle:?}"),
    }
}

async fn take(frontier: &Sqlite, host: &str) -> Lease {
    match frontier.lease_host(&HostKey::parse(host).unwrap(), ask()).await.unwrap() {
        HostReply::Leased(lease) => *lease,
        HostReply::Busy { free_in } => panic!("{host} is busy for {free_in:?}"),
    }
}

fn rest(host_ready_in: Duration, delay: Duration) -> Settlement {
    let (verdicts, links, robots) = Default::default();
    let state = crawl::politeness::HostState::default();
    let (posting, seeds) = (Posting::default(), Vec::new());
    Settlement { verdicts, links, host_ready_in, delay, state, robots, posting, seeds }
}

/// Keeps the thread busy until the sender is dropped, so that calls gather behind it.
fn hold(frontier: &Sqlite) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (free, held) = channel::<()>();
    let held = std::sync::Mutex::new(held);
    let frontier = frontier.clone();
    let task = tokio::spawn(async move {
        let wait = move |_: &mut super::Tx<'_>| {
            let _ = held.lock().unwrap().recv();
            Ok(())
        };
        frontier.thread.call(Kind::Read, "hold", wait).await.unwrap();
    });
    (free, task)
}

#[tokio::test]
async fn a_call_that_fails_hurts_no_neighbour() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    frontier.enqueue(entries(1)).await.unwrap();
    let old = lease(&frontier).await;
    place.clock.advance(Duration::from_mins(2));
    let (free, held) = hold(&frontier);
    tokio::task::yield_now().await;
    let (links, late) = (entries(3), rest(Duration::ZERO, Duration::ZERO));
    let late = Settlement { links: entries(9), ..late };
    let fails = frontier.thread.call(Kind::Write, "fail", |tx| {
        tx.conn.execute("INSERT INTO scope (member) VALUES ('half')", [])?;
        Err::<(), _>(Fault::damaged("test", &"on purpose"))
    });
    drop(free);
    let (added, stale, failed, noted, _) = tokio::join!(
        frontier.enqueue(links),
        frontier.settle(&old.token, late),
        fails,
        frontier.set_note("k", "v"),
        held,
    );
    assert_eq!(added.unwrap().added, 2);
    assert!(stale.unwrap_err().is_stale());
    assert!(matches!(failed, Err(Error::Damaged { what: "test", .. })));
    noted.unwrap();
    assert_eq!(frontier.stats().await.unwrap().urls_seen, 3);
    assert_eq!(frontier.scope_members().await.unwrap(), [""; 0]);
}

/// Some failures make `SQLite` undo the whole transaction: the neighbours are done once more,
/// alone.
#[tokio::test]
async fn neighbours_of_a_call_that_undoes_everything_are_done_again() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    let (free, held) = hold(&frontier);
    tokio::task::yield_now().await;
    let undoes = frontier.thread.call(Kind::Write, "undo", |tx| {
        tx.conn.execute_batch("ROLLBACK")?;
        Err::<(), _>(Fault::damaged("test", &"undone"))
    });
    let (before, undone, after, _, ()) = tokio::join!(
        frontier.enqueue(entries(2)),
        undoes,
        frontier.enqueue(entries(3)),
        held,
        async { drop(free) },
    );
    assert_eq!(before.unwrap().added, 2);
    assert!(matches!(undone, Err(Error::Damaged { what: "test", .. })), "{undone:?}");
    assert_eq!(after.unwrap().added, 1);
    assert_eq!(frontier.stats().await.unwrap().pending, 3);
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    frontier.enqueue(entries(10)).await.unwrap();
    let limit = |pages: &'static str| {
        frontier.thread.call(Kind::Read, "limit", move |tx| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            Ok(tx.conn.query_row(&sql, [], |row| row.get::<_, i64>(0))?)
        })
    };
    limit("1").await.unwrap();
    let error = frontier.enqueue(entries(5_000)).await.unwrap_err();
    assert!(error.is_full() && error.is_transient(), "{error:?}");
    assert!(matches!(&error, Error::Full { operation: "enqueue URLs", .. }));
    let stats = frontier.stats().await.unwrap();
    assert_eq!((stats.urls_seen, stats.pending), (10, 10));
    // What needs no space goes on: a lease can still be settled.
    let held = lease(&frontier).await;
    frontier.settle(&held.token, rest(Duration::ZERO, Duration::ZERO)).await.unwrap();
    limit("1000000").await.unwrap();
    assert_eq!(frontier.enqueue(entries(5_000)).await.unwrap().added, 4_990);
}

#[tokio::test]
async fn a_panic_is_told_to_all_and_the_file_is_as_committed() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    frontier.enqueue(entries(2)).await.unwrap();
    let panics = frontier.thread.call(Kind::Write, "panic", |tx| {
        tx.conn.execute("DELETE FROM pending", [])?;
        assert!(tx.now.0 < 0, "on purpose");
        Ok(())
    });
    for told in [panics.await, frontier.sync().await, frontier.sync().await] {
        let error = told.unwrap_err();
        assert!(error.to_string().contains("on purpose"), "{error}");
        assert!(matches!(error, Error::Closed { panic: Some(_), .. }));
    }
    drop(frontier);
    let frontier = place.open(Mode::Owner).unwrap();
    assert_eq!(lease(&frontier).await.urls, entries(2));
}

#[tokio::test]
async fn a_durable_call_commits_in_full() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    for (kind, level) in [(Kind::Write, 1), (Kind::Durable, 2), (Kind::Write, 1)] {
        let found = frontier.thread.call(kind, "look", |tx| {
            Ok(tx.conn.query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0))?)
        });
        assert_eq!(found.await.unwrap(), level);
    }
}

/// What is on the disk when a process is killed: the files as they are, copied.
fn killed(place: &Place) -> Place {
    let copy = Place { folder: tempfile::tempdir().unwrap(), clock: Arc::clone(&place.clock) };
    for file in std::fs::read_dir(place.folder.path()).unwrap() {
        let file = file.unwrap();
        // The index of the WAL dies with the process that maps it.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(file.path(), copy.folder.path().join(file.file_name())).unwrap();
        }
    }
    copy
}

#[tokio::test]
async fn every_answered_call_survives_a_kill() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    frontier.enqueue(entries(3)).await.unwrap();
    let held = lease(&frontier).await;
    frontier.admit(vec!["a.test".into()]).await.unwrap();
    let copy = killed(&place);
    let again = copy.open(Mode::Owner).unwrap();
    let stats = again.stats().await.unwrap();
    assert_eq!((stats.urls_seen, stats.pending, stats.in_flight), (3, 3, 0));
    assert_eq!(again.scope_members().await.unwrap(), ["a.test"]);
    let next = lease(&again).await;
    assert_eq!((next.token.fence, next.urls), (held.token.fence + 1, held.urls));
}

#[tokio::test]
async fn an_owner_drops_all_leases_and_every_host_rests_for_its_delay() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    for (name, seconds) in [("a.test", 5), ("b.test", 7)] {
        frontier.enqueue(vec![entry(&format!("https://{name}/"))]).await.unwrap();
        let held = take(&frontier, name).await;
        let settlement = rest(Duration::ZERO, Duration::from_secs(seconds));
        frontier.settle(&held.token, settlement).await.unwrap();
    }
    let held = take(&frontier, "a.test").await;
    drop(frontier);
    let frontier = place.open(Mode::Owner).unwrap();
    let late = frontier.settle(&held.token, rest(Duration::ZERO, Duration::ZERO)).await;
    assert!(late.unwrap_err().is_stale());
    for (name, seconds) in [("a.test", 5), ("b.test", 7)] {
        let host = HostKey::parse(name).unwrap();
        let reply = frontier.lease_host(&host, ask()).await.unwrap();
        assert_eq!(reply, HostReply::Busy { free_in: Duration::from_secs(seconds) });
    }
    place.clock.advance(Duration::from_secs(7));
    assert_eq!(take(&frontier, "a.test").await.urls.len(), 1);
    assert_eq!(take(&frontier, "b.test").await.urls.len(), 1);
}

#[tokio::test]
async fn time_never_goes_back_over_a_restart() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    let held = take(&frontier, "a.test").await;
    let minutes = Duration::from_mins(30);
    frontier.settle(&held.token, rest(minutes, Duration::ZERO)).await.unwrap();
    place.clock.advance(minutes / 2);
    drop(frontier);
    place.clock.step_wall(UnixMicros(0));
    let frontier = place.open(Mode::Owner).unwrap();
    let reply = frontier.lease_host(&held.token.host, ask()).await.unwrap();
    assert_eq!(reply, HostReply::Busy { free_in: minutes / 2 });
}

#[tokio::test]
async fn beside_an_owner_nothing_is_dropped() {
    let place = Place::new();
    let owner = place.open(Mode::Owner).unwrap();
    owner.enqueue(entries(1)).await.unwrap();
    let held = lease(&owner).await;
    // Started after the wall clock was set back: the owner's time counts all the same.
    place.clock.step_wall(UnixMicros(0));
    let beside = place.open(Mode::Beside).unwrap();
    let busy = beside.lease_host(&held.token.host, ask()).await.unwrap();
    assert_eq!(busy, HostReply::Busy { free_in: Duration::from_mins(1) });
    assert_eq!(beside.enqueue(entries(2)).await.unwrap().added, 1);
    drop(beside);
    assert_eq!(owner.stats().await.unwrap().pending, 1);
    owner.settle(&held.token, rest(Duration::ZERO, Duration::ZERO)).await.unwrap();
    assert_eq!(lease(&owner).await.urls, entries(2));
}

/// A clock beside that was started after a step forward does not carry the owner's away.
#[tokio::test]
async fn a_clock_beside_does_not_move_the_owners() {
    let place = Place::new();
    let owner = place.open(Mode::Owner).unwrap();
    owner.enqueue(entries(1)).await.unwrap();
    let held = lease(&owner).await;
    place.clock.step_wall(UnixMicros(place.clock.now().0 + 3_600_000_000));
    let beside = place.open(Mode::Beside).unwrap();
    beside.enqueue(entries(3)).await.unwrap();
    beside.sync().await.unwrap();
    owner.settle(&held.token, rest(Duration::ZERO, Duration::ZERO)).await.unwrap();
}

fn kind_of(place: &Place, mode: Mode) -> Error {
    place.open(mode).map(drop).unwrap_err()
}

#[test]
fn files_that_are_not_ours_are_refused_untouched() {
    let place = Place::new();
    assert!(matches!(kind_of(&place, Mode::Beside), Error::Missing { .. }));
    assert!(!place.path().exists());
    std::fs::write(place.path(), "a text of more than the hundred bytes of a header. ".repeat(9))
        .unwrap();
    assert!(matches!(kind_of(&place, Mode::Owner), Error::Foreign { .. }));
    std::fs::remove_file(place.path()).unwrap();
    Connection::open(place.path()).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let before = std::fs::read(place.path()).unwrap();
    assert!(matches!(kind_of(&place, Mode::Owner), Error::Foreign { .. }));
    assert_eq!(std::fs::read(place.path()).unwrap(), before);
}

#[test]
fn a_newer_version_is_refused_by_name() {
    let place = Place::new();
    drop(place.open(Mode::Owner).unwrap());
    Connection::open(place.path()).unwrap().pragma_update(None, "user_version", 9).unwrap();
    for mode in [Mode::Owner, Mode::Beside] {
        let error = kind_of(&place, mode);
        assert!(matches!(&error, Error::Newer { found: 9, supported: 4, .. }), "{error:?}");
        assert!(error.to_string().contains("frontier.sqlite"), "{error}");
    }
}

#[tokio::test]
async fn a_file_of_version_1_gets_what_it_lacks() {
    let place = Place::new();
    let conn = Connection::open(place.path()).unwrap();
    conn.execute_batch(include_str!("schema.sql")).unwrap();
    conn.execute("INSERT INTO meta (id, now, seen) VALUES (1, 0, 7)", []).unwrap();
    conn.pragma_update(None, "application_id", 0x4E48_4652).unwrap();
    conn.pragma_update(None, "user_version", 1).unwrap();
    drop(conn);
    let frontier = place.open(Mode::Owner).unwrap();
    let spec = crawl::SeedSpec::new(crawl::Seed::parse("a.test").unwrap());
    frontier.add_seeds(vec![crate::NewSeed { spec, member: None }]).await.unwrap();
    assert_eq!(frontier.stats().await.unwrap().urls_seen, 8);
    drop(frontier);
    assert_eq!(place.open(Mode::Beside).unwrap().seeds(None, 9).await.unwrap().len(), 1);
}

/// A file of version 2, written when fingerprints still had their lowest bit.
fn file_of_version_2(place: &Place) {
    let conn = Connection::open(place.path()).unwrap();
    conn.execute_batch(include_str!("schema.sql")).unwrap();
    conn.execute_batch(include_str!("schema_2.sql")).unwrap();
    conn.execute_batch(
        "INSERT INTO meta (id, now, seen, hosts, working, pending_hub, pending_backfill, due) \
         VALUES (1, 5, 4, 1, 1, 1, 1, 1); \
         INSERT INTO host (name, outlet, fence, ready_at, tail, queued_hub, queued_backfill, \
         due_fresh, fresh_at, backfill_at) VALUES ('a.test', 'a.test', 3, 7, 2, 1, 1, 9, 7, 7); \
         INSERT INTO pending VALUES (1, 0, 0, 0, '/0'), (1, 2, 1, 0, '/1');",
    )
    .unwrap();
    let old = |n: u64, bit: u64| (url(n).fingerprint().0 << 1) | bit;
    let key = |n, bit| (old(n, bit) ^ (1 << 63)).cast_signed();
    for (n, seq) in [(0, None), (1, Some(1)), (2, None), (3, None)] {
        conn.execute("INSERT INTO seen VALUES (?1, ?2)", (key(n, n % 2), seq)).unwrap();
    }
    let due = "INSERT INTO due VALUES (1, 0, 9, ?1, 0, 0, '/2')";
    conn.execute(due, [key(2, 1)]).unwrap();
    let claim = "INSERT INTO claim VALUES ('a.test', 8, ?1)";
    conn.execute(claim, [old(0, 1).cast_signed()]).unwrap();
    conn.pragma_update(None, "application_id", 0x4E48_4652).unwrap();
    conn.pragma_update(None, "user_version", 2).unwrap();
}

fn url(n: u64) -> CanonicalUrl {
    CanonicalUrl::parse(&format!("https://a.test/{n}")).unwrap()
}

#[tokio::test]
async fn a_file_of_version_2_is_taken_over() {
    let place = Place::new();
    file_of_version_2(&place);
    let frontier = place.open(Mode::Owner).unwrap();
    let asked: Vec<_> = (0..5).map(url).collect();
    assert_eq!(frontier.unknown(asked).await.unwrap(), [url(4).fingerprint()]);
    let outlet = HostKey::parse("a.test").unwrap().outlet();
    let holder = frontier.claim(&outlet, 8, url(4).fingerprint()).await.unwrap();
    assert_eq!(holder, url(0).fingerprint());
    let stats = frontier.stats().await.unwrap();
    assert_eq!((stats.urls_seen, stats.pending, stats.due), (4, 2, 1));
    whose_is_known_of_what_waits(&frontier).await;
    // The place of a backfill URL and the time of one put aside are found by its fingerprint.
    let up = Entry::new(url(1), Band::Article);
    assert_eq!(frontier.enqueue(vec![up.clone()]).await.unwrap().known, 1);
    let due = frontier.place(&url(2)).await.unwrap();
    assert!(matches!(due, Some(crate::Place::Due(..))), "{due:?}");
    assert_eq!(frontier.revisit(vec![Entry::new(url(2), Band::Hub)]).await.unwrap(), 0);
    assert_eq!(frontier.revisit(vec![Entry::new(url(3), Band::Hub)]).await.unwrap(), 1);
    let held = lease(&frontier).await;
    assert_eq!(held.token.fence, 4);
    let urls: Vec<_> = held.urls.iter().map(|entry| entry.url.clone()).collect();
    assert_eq!(urls, [url(0), url(1), url(3), url(2)]);
    assert_eq!(held.urls[1], up);
}

/// Of what was done nobody knows any more whose it is.
async fn whose_is_known_of_what_waits(frontier: &Sqlite) {
    let share = crawl::Share::of(&HostKey::parse("a.test").unwrap());
    let (mut placed, mut unplaced) = (Vec::new(), Vec::new());
    let mut next = Some(crate::Cursor::default());
    while let Some(from) = next {
        let dumped = frontier.dump(from).await.unwrap();
        for record in dumped.records {
            match record {
                crate::Record::Seen { share: found, urls } if found == share => placed.extend(urls),
                crate::Record::Unplaced { urls } => unplaced.extend(urls),
                _ => {}
            }
        }
        next = dumped.next;
    }
    placed.sort();
    let mut waiting = [0, 1, 2].map(|n| url(n).fingerprint());
    waiting.sort();
    assert_eq!((&placed[..], &unplaced[..]), (&waiting[..], &[url(3).fingerprint()][..]));
}

/// What operators said outlives the process; tokens of addresses end with the leases they are of.
#[tokio::test]
async fn a_new_owner_keeps_directives_and_drops_tokens() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    frontier.enqueue(entries(1)).await.unwrap();
    let held = lease(&frontier).await;
    let ask =
        crate::AddressAsk { group: "192.0.2.1".into(), max: 1, lasts: Duration::from_mins(1) };
    assert_eq!(frontier.take_address(&held.token, ask.clone()).await.unwrap(), None);
    let given = crate::Given {
        about: "a.test".into(),
        order: crawl::Order::Block,
        by: "ann".into(),
        why: "asked to".into(),
        lasts: Some(Duration::from_mins(5)),
    };
    let given = frontier.direct(given).await.unwrap();
    drop(frontier);
    let frontier = place.open(Mode::Owner).unwrap();
    assert_eq!(frontier.directives().await.unwrap(), [given]);
    assert_eq!(frontier.stats().await.unwrap().next_ready_in, Some(Duration::from_mins(5)));
    let other = crate::LeaseToken { host: HostKey::parse("b.test").unwrap(), fence: 1 };
    assert_eq!(frontier.take_address(&other, ask).await.unwrap(), None);
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let place = Place::new();
    let path = place.folder.path().join("no/such/frontier.sqlite");
    let clock = Arc::clone(&place.clock) as Arc<dyn Clock>;
    let error = Sqlite::open(&path, clock, Mode::Owner).map(drop).unwrap_err();
    assert!(error.to_string().contains("no/such"), "{error}");
}

#[tokio::test]
async fn damage_is_told_with_what_and_where() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    frontier.enqueue(entries(1)).await.unwrap();
    drop(frontier);
    let spoil = |sql: &str| Connection::open(place.path()).unwrap().execute_batch(sql).unwrap();
    for (sql, what) in [
        ("UPDATE pending SET entry = '{'", "entry"),
        ("DELETE FROM pending", "host"),
        ("UPDATE host SET state = ''", "host state"),
    ] {
        spoil(sql);
        let frontier = place.open(Mode::Owner).unwrap();
        let error = frontier.lease(ask()).await.unwrap_err();
        assert!(matches!(&error, Error::Damaged { what: w, .. } if *w == what), "{error:?}");
        assert!(!error.is_transient());
        spoil_back(&place.path());
    }
}

/// Makes the one URL whole again, so that the next damage is found.
fn spoil_back(path: &Path) {
    let sql = "INSERT OR REPLACE INTO pending VALUES (1, 0, 0, 0, '/0')";
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// What each call looks up is found through an index: cost does not grow with hosts or URLs.
#[tokio::test]
async fn no_call_walks_a_table() {
    let place = Place::new();
    let frontier = place.open(Mode::Owner).unwrap();
    let sources = [
        include_str!("calls.rs"),
        include_str!("control.rs"),
        include_str!("draw.rs"),
        include_str!("dump.rs"),
        include_str!("load.rs"),
        include_str!("figures.rs"),
        include_str!("host.rs"),
        include_str!("queue.rs"),
    ];
    let statements: Vec<String> = sources.iter().flat_map(|source| selects(source)).collect();
    assert!(statements.len() > 12, "{statements:#?}");
    let plans = frontier.thread.call(Kind::Read, "explain", move |tx| {
        let mut plans = Vec::new();
        for sql in &statements {
            let mut explain = tx.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let mut rows = explain.raw_query();
            while let Some(row) = rows.next()? {
                plans.push((row.get::<_, String>(3)?, sql.clone()));
            }
        }
        Ok(plans)
    });
    let walks = |(plan, _): &(String, String)| {
        let small =
            ["meta", "scope", "note", "pragma_", "CONSTANT", "directive", "worker", "crowd"];
        // Of `host`, only the leases that nobody has settled.
        let is_small = small.iter().any(|t| plan.contains(t)) || plan.ends_with("host_leased");
        plan.contains("TEMP B-TREE") || (plan.contains("SCAN") && !is_small)
    };
    let walking: Vec<_> = plans.await.unwrap().into_iter().filter(walks).collect();
    assert!(walking.is_empty(), "{walking:#?}");
}

/// The string literals of a source that are whole statements to look up or delete by.
fn selects(source: &str) -> Vec<String> {
    let joined = source.replace("\\\n", " ");
    let literals = joined.split('"').skip(1).step_by(2);
    let is_statement = |text: &&str| {
        (text.starts_with("SELECT ") && text.contains(" FROM ")) || text.starts_with("DELETE ")
    };
    literals.filter(is_statement).map(str::to_owned).collect()
}
