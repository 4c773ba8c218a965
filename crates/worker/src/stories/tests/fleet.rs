//! Articles on their way to the stories of a fleet, on a real server.

use frontier::testing::{Options, RedisServer};
use frontier::{RedisAddress, Sender, Wire};
use story::store::{Arrival, Place, Segment};
use tokio::runtime::Runtime;

use super::super::archives::Archive;
use super::super::beside::{Known, Looked, Which, by_name, each_unknown};
use super::super::packed::unpack;
use super::super::sink::{PickedUp, Sink};
use super::super::to_fleet::ToFleet;
use super::*;
use crate::StopHandle;

/// More articles than any stream here keeps.
const MANY: u64 = 100_000;

/// A server with the stream of a crawl.
struct Fleet {
    runtime: Runtime,
    server: RedisServer,
    wire: Wire,
}

impl Fleet {
    fn start(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(RedisServer::start(options)).unwrap();
        let wire = open(&runtime, &server.url());
        Self { runtime, server, wire }
    }

    /// A worker's way to the stream.
    fn sink(&self, world: &World, keep: u64) -> ToFleet {
        self.sink_by(&self.wire, world, keep)
    }

    fn sink_by(&self, wire: &Wire, world: &World, keep: u64) -> ToFleet {
        let sender = Sender { archive: "one".into(), worker: "w".into() };
        let to = WireTo { wire: wire.clone(), sender, keep };
        let runtime = self.runtime.handle().clone();
        let mut sink = ToFleet::new(world.path(), to, Arc::default(), world.clock(), runtime);
        sink.begin().unwrap();
        sink
    }

    /// Kills the server, and waits until the connection knows the next one.
    fn kill(&mut self) {
        self.server.kill9();
        self.runtime.block_on(self.server.restart()).unwrap();
        while self.runtime.block_on(self.wire.standing()).is_err() {
            std::thread::yield_now();
        }
    }

    /// Makes an end of the stream.
    fn delete(&self) {
        let mut delete = redis::cmd("DEL");
        delete.arg("nh:{stories:a}:articles");
        let deleted: u64 = self.runtime.block_on(self.server.ask(&delete)).unwrap();
        assert_eq!(deleted, 1);
    }

    /// The URLs on the stream, by who has the right to read.
    fn read(&self, most: usize) -> Vec<String> {
        let read = async {
            assert!(self.wire.hold("reader", Duration::from_mins(1)).await.unwrap());
            self.wire.read("reader", most).await.unwrap()
        };
        let read = self.runtime.block_on(read).unwrap().into_iter();
        read.map(|entry| unpack(&entry.article).unwrap().url).collect()
    }

    /// The same from the beginning.
    fn all(&self) -> Vec<String> {
        let go = async {
            assert!(self.wire.hold("reader", Duration::from_mins(1)).await.unwrap());
            assert!(self.wire.go_to("reader", 0).await.unwrap());
        };
        self.runtime.block_on(go);
        self.read(1_000)
    }

    /// Takes what is on the stream into the stories of a directory.
    fn serve(&self, data: &Path, archives: &[(&str, &World)], world: &World) -> Served {
        let stop = StopHandle::new();
        let random = SystemRandom::new();
        let seams = (world.clock(), &random as &dyn crawl::Random);
        let watch = stop.watch();
        let mut waits = || ();
        let term = Term::win(self.wire.clone(), seams, &watch, &mut waits);
        let term = self.runtime.block_on(term).unwrap().unwrap();
        let archive =
            |(id, of): &(&str, &World)| Archive { worker: (*id).into(), data: of.path().into() };
        let archives = archives.iter().map(archive).collect();
        let serving = Serving { data: data.to_owned(), archives, until_idle: true };
        let entered = self.runtime.enter();
        let served = (term, Told::default());
        let service = Service::open(serving, &Config::default(), served, world.clock()).unwrap();
        drop(entered);
        service.run(&watch).unwrap()
    }
}

fn open(runtime: &Runtime, url: &str) -> Wire {
    let address = RedisAddress::parse(&format!("{url}?crawl=a")).unwrap();
    runtime.block_on(Wire::open(&address)).unwrap()
}

/// Articles that are of one segment.
fn arrivals(numbers: std::ops::Range<u64>) -> Vec<Arrival> {
    let arrival = |n| {
        let record = format!("urn:uuid:{n}");
        let place = Place { segment: "s.warc.gz".into(), record, ..Place::default() };
        Arrival {
            url: format!("https://o{n}.test/"),
            outlet: format!("o{n}.test"),
            text: super::article(n).text(),
            place: Some(place),
            ..Arrival::default()
        }
    };
    numbers.map(arrival).collect()
}

fn urls(numbers: std::ops::Range<u64>) -> Vec<String> {
    arrivals(numbers).into_iter().map(|arrival| arrival.url).collect()
}

#[test]
fn what_may_be_lost_is_sent_to_each_next_server_however_soon_it_dies() {
    // It forgets all when it dies.
    let forgetful = Options::default().with("appendonly", "no");
    let (world, mut fleet) = (World::new(), Fleet::start(forgetful));
    let mut sink = fleet.sink(&world, MANY);
    assert_eq!(sink.take(&arrivals(0..3)).unwrap(), 3);
    for _ in 0..3 {
        fleet.kill();
        world.clock.forward(10);
        sink.look_after().unwrap();
        assert_eq!(fleet.all(), urls(0..3));
    }
    // What has stood for long on one server is not sent again.
    world.clock.forward(10);
    sink.look_after().unwrap();
    fleet.kill();
    sink.look_after().unwrap();
    assert_eq!(sink.take(&arrivals(7..8)).unwrap(), 1);
    assert_eq!(fleet.all(), urls(7..8));
}

#[test]
fn a_stream_is_known_under_every_address_and_another_one_has_nothing() {
    let (world, fleet) = (World::new(), Fleet::start(Options::default()));
    let segment = Segment { name: "s.warc.gz".into(), lines: 3, bytes: 30 };
    let mut sink = fleet.sink(&world, MANY);
    sink.take(&arrivals(0..3)).unwrap();
    sink.note_segment(&segment, true).unwrap();
    let url = fleet.server.url();
    let more = format!("{},127.0.0.1:{}", url.trim_end_matches('/'), fleet.server.port());
    let wire = open(&fleet.runtime, &more);
    let mut sink = fleet.sink_by(&wire, &world, MANY);
    assert_eq!(sink.segments().unwrap(), by_name(vec![segment]));
    sink.take(&arrivals(3..4)).unwrap();
    // While it is at work.
    fleet.delete();
    assert_eq!(sink.segments().unwrap(), Known::new());
    assert_eq!(sink.take(&arrivals(3..4)).unwrap(), 1, "sent again");
    let mut sink = fleet.sink(&world, MANY);
    assert_eq!(sink.segments().unwrap(), Known::new());
}

#[test]
fn what_is_picked_up_leaves_room_for_what_is_new() {
    let (world, fleet) = (World::new(), Fleet::start(Options::default()));
    let mut sink = fleet.sink(&world, 8);
    let past = arrivals(0..20);
    let picked_up = |added, is_all| PickedUp { added, is_all };
    assert_eq!(sink.pick_up(&past).unwrap(), picked_up(4, false));
    assert_eq!(sink.pick_up(&past).unwrap(), picked_up(0, false), "nobody has read it");
    assert_eq!(sink.take(&arrivals(50..52)).unwrap(), 2, "what is new goes all the same");
    let expected = [urls(0..4), urls(50..52)].concat();
    assert_eq!(fleet.all(), expected);
    assert_eq!(sink.pick_up(&past[..6]).unwrap(), picked_up(2, true));
    assert_eq!(sink.pick_up(&past).unwrap(), picked_up(2, false), "half of it is full again");
    assert_eq!(fleet.read(9), urls(4..8));
}

#[test]
fn a_store_that_is_put_back_takes_again_what_it_lacks() {
    let (world, fleet) = (World::new(), Fleet::start(Options::default()));
    let store = tempfile::tempdir().unwrap();
    let path = store.path().join(FILE);
    let mut sink = fleet.sink(&world, MANY);
    sink.take(&arrivals(0..4)).unwrap();
    assert_eq!(fleet.serve(store.path(), &[], &world).added, 4);
    let before = std::fs::read(&path).unwrap();
    sink.take(&arrivals(4..8)).unwrap();
    let whole = fleet.serve(store.path(), &[], &world);
    assert_eq!((whole.added, whole.held.documents), (4, 8));
    // As a crash of the machine does, which takes the last transactions; all else in the directory
    // stands as it stood.
    std::fs::write(&path, before).unwrap();
    let again = fleet.serve(store.path(), &[], &world);
    assert_eq!((again.added, again.held, again.gaps), (4, whole.held, Vec::new()));
    // One that is lost altogether.
    std::fs::remove_file(&path).unwrap();
    let anew = fleet.serve(store.path(), &[], &world);
    assert_eq!((anew.added, anew.held, anew.gaps), (8, whole.held, Vec::new()));
}

#[test]
fn a_worker_whose_clock_is_ahead_does_not_move_the_window() {
    let (world, fleet) = (World::new(), Fleet::start(Options::default()));
    let store = tempfile::tempdir().unwrap();
    let mut sink = fleet.sink(&world, MANY);
    let now = world.clock().now();
    let ahead = now.after(Duration::from_hours(24 * 90));
    let at = |seen_at| move |arrival| Arrival { seen_at, ..arrival };
    sink.take(&arrivals(0..3).into_iter().map(at(now)).collect::<Vec<_>>()).unwrap();
    sink.take(&arrivals(3..4).into_iter().map(at(ahead)).collect::<Vec<_>>()).unwrap();
    assert_eq!(fleet.serve(store.path(), &[], &world).added, 4);
    let rows = rusqlite::Connection::open(store.path().join(FILE)).unwrap();
    let newest: i64 =
        rows.query_row("SELECT max(seen_at) FROM document", [], |row| row.get(0)).unwrap();
    assert!((now.0..ahead.0).contains(&newest), "{newest}");
    // Another outlet runs what was there before, and is found to.
    let copy = arrivals(0..1).into_iter().map(|arrival| Arrival {
        url: "https://other.test/".into(),
        outlet: "other.test".into(),
        place: None,
        seen_at: now,
        ..arrival
    });
    sink.take(&copy.collect::<Vec<_>>()).unwrap();
    let served = fleet.serve(store.path(), &[], &world);
    assert_eq!((served.held.documents, served.held.stories), (5, 1));
}

#[test]
fn what_is_missing_stays_listed_when_another_stream_comes() {
    let (world, fleet) = (World::new(), Fleet::start(Options::default()));
    let store = tempfile::tempdir().unwrap();
    let mut sink = fleet.sink(&world, 100);
    for n in 0..6 {
        sink.take(&arrivals(50 * n..50 * (n + 1))).unwrap();
    }
    let first = fleet.serve(store.path(), &[], &world);
    let [gap] = first.gaps[..] else { panic!("{first:?}") };
    assert_eq!(first.added + gap.count(), 300);
    fleet.delete();
    sink.take(&arrivals(900..901)).unwrap();
    let next = fleet.serve(store.path(), &[], &world);
    assert_eq!((next.added, next.gaps, next.out_of_reach), (1, vec![gap], vec!["w".to_owned()]));
}

#[test]
fn a_damaged_file_costs_itself_and_keeps_no_other_out() {
    let (world, fleet) = (World::new(), Fleet::start(Options::default()));
    let store = tempfile::tempdir().unwrap();
    let beside = world.beside();
    for n in 0..5 {
        world.keep(&beside, &format!("https://o{n}.test/"), article(n), &[]);
    }
    beside.flush();
    // It is the first by its name.
    std::fs::write(world.path().join("articles/0.jsonl.zst"), [7; 4_096]).unwrap();
    let served = fleet.serve(store.path(), &[("one", &world)], &world);
    assert_eq!((served.added, served.from_archives), (5, 5));
    let kept = world.start().close(false).unwrap();
    assert_eq!((kept.added, kept.trouble), (5, None));
}

#[test]
fn a_file_that_is_known_is_not_opened() {
    let world = World::new();
    std::fs::create_dir(world.path().join("articles")).unwrap();
    let path = world.path().join("articles/s.jsonl.zst");
    std::fs::write(&path, [7; 100]).unwrap();
    let look = |bytes| {
        let known = by_name(vec![Segment { name: "s.warc.gz".into(), lines: 1, bytes }]);
        let mut take = |_: super::super::beside::Found<'_>| Err(());
        each_unknown(world.path(), &known, Which::Sealed, &mut take).unwrap()
    };
    assert_eq!(look(100), Looked { is_to_the_end: true, damaged: 0 });
    assert_eq!(look(99), Looked { is_to_the_end: true, damaged: 1 });
}
