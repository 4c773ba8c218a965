//! Connections that break at any byte: what is asked is done once or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crawl::Entry;
use frontier::conformance::TestClock;
use frontier::testing::{Options, RedisServer};
use frontier::{Frontier, HostReply, LeaseAsk, Place, Redis, RedisAddress, Settlement};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::support::{DELAY, LEASE, ask, done, host, hub, made, on, take, until_done};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ToServer,
    ToClient,
}

/// What is cut: the connection, after so many more bytes on this way, so often.
#[derive(Clone, Copy, Debug)]
struct Cut {
    way: Way,
    after: usize,
    left: usize,
    times: usize,
}

/// What stands between a client and its server.
#[derive(Default)]
struct Proxy {
    cut: Mutex<Option<Cut>>,
    cuts: AtomicUsize,
}

impl Proxy {
    /// Starts one, and gives the address of the server behind it.
    async fn before(server: &RedisServer) -> (Arc<Self>, RedisAddress) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let proxy = Arc::<Self>::default();
        let (own, to) = (Arc::clone(&proxy), server.port());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&own).relay(client, to));
            }
        });
        let text = format!("redis://127.0.0.1:{port}");
        (proxy, RedisAddress::parse(&text).expect("its URL"))
    }

    async fn relay(self: Arc<Self>, mut client: TcpStream, to: u16) {
        let Ok(mut server) = TcpStream::connect(("127.0.0.1", to)).await else { return };
        let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
        loop {
            let goes_on = tokio::select! {
                read = client.read(&mut asked) => {
                    self.pass(Way::ToServer, read.map(|n| &asked[..n]), &mut server).await
                }
                read = server.read(&mut answered) => {
                    self.pass(Way::ToClient, read.map(|n| &answered[..n]), &mut client).await
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    async fn pass(&self, way: Way, read: std::io::Result<&[u8]>, to: &mut TcpStream) -> bool {
        let Ok(bytes @ [_, ..]) = read else { return false };
        let cut_at = self.cut_at(way, bytes.len());
        let sent = to.write_all(&bytes[..cut_at.unwrap_or(bytes.len())]).await;
        sent.is_ok() && cut_at.is_none()
    }

    fn cut_at(&self, way: Way, count: usize) -> Option<usize> {
        let mut armed = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        let cut = armed.as_mut().filter(|cut| cut.way == way)?;
        if cut.left > count {
            cut.left -= count;
            return None;
        }
        let at = cut.left;
        self.cuts.fetch_add(1, Ordering::Relaxed);
        (cut.left, cut.times) = (cut.after, cut.times - 1);
        if cut.times == 0 {
            *armed = None;
        }
        Some(at)
    }

    fn arm(&self, way: Way, after: usize, times: usize) {
        self.cuts.store(0, Ordering::Relaxed);
        self.put(Some(Cut { way, after, left: after, times }));
    }

    /// No more cuts; how many there were.
    fn disarm(&self) -> usize {
        self.put(None);
        self.cuts.load(Ordering::Relaxed)
    }

    fn put(&self, cut: Option<Cut>) {
        *self.cut.lock().unwrap_or_else(PoisonError::into_inner) = cut;
    }
}

/// A worker behind a proxy, and one that sees what there is.
struct Bench {
    proxy: Arc<Proxy>,
    worker: Redis,
    eye: Redis,
}

/// What came of a settle that was cut.
struct Came {
    cuts: usize,
    /// Links that the answer counts as new; none when the settle had to be made again by us.
    added: Option<u64>,
}

impl Bench {
    async fn of(server: &RedisServer, clock: &Arc<TestClock>) -> Self {
        let (proxy, at) = Proxy::before(server).await;
        let address = RedisAddress::parse(&server.url()).expect("its URL");
        Self { proxy, worker: on(&at, clock).await, eye: on(&address, clock).await }
    }

    /// Settles a lease of a new host while the connection is cut, and checks what is there then.
    async fn settle_cut(&self, name: &str, (way, after): (Way, usize), times: usize) -> Came {
        let entries: Vec<Entry> = (0..2).map(|n| hub(&format!("https://{name}/{n}"))).collect();
        // The connection may have been cut right behind the last answer.
        until_done(async || self.worker.enqueue(entries.clone()).await).await;
        let lease = take(&self.worker, name).await;
        let links: Vec<Entry> = (0..3).map(|n| hub(&format!("https://{name}/link/{n}"))).collect();
        let settlement =
            Settlement { links: links.clone(), host_ready_in: Duration::ZERO, ..done(&lease) };
        self.proxy.arm(way, after, times);
        let settled = self.worker.settle(&lease.token, settlement.clone()).await;
        let cuts = self.proxy.disarm();
        let added = match settled {
            Ok(settled) => Some(settled.added),
            Err(error) => {
                assert!(error.is_transient(), "{way:?} {after}: {error}");
                let again = self.worker.settle(&lease.token, settlement).await;
                assert!(again.as_ref().err().is_none_or(frontier::Error::is_stale), "{again:?}");
                None
            }
        };
        for entry in &lease.urls {
            let place = self.eye.place(&entry.url).await.expect("place");
            assert_eq!(place, Some(Place::Settled), "{way:?} {after}");
        }
        // Everything of it is there once: what was posted, the links, the end of the lease.
        let many = LeaseAsk { urls_max: 100, ..ask(1) };
        let HostReply::Leased(next) = self.eye.lease_host(&host(name), many).await.expect("lease")
        else {
            panic!("{way:?} {after}: {name} is busy");
        };
        assert_eq!(next.account.requests, 1, "{way:?} {after}");
        let urls: Vec<_> = next.urls.iter().map(|e| e.url.clone()).collect();
        let expected: Vec<_> = links.iter().map(|e| e.url.clone()).collect();
        assert_eq!(urls, expected, "{way:?} {after}");
        assert_eq!(next.token.fence, lease.token.fence + 1, "{way:?} {after}");
        Came { cuts, added }
    }
}

/// Settles with a cut at each of these places, in a few workers side by side.
async fn sweep(way: Way, places: Vec<usize>, times: usize) -> Vec<Came> {
    const WORKERS: usize = 6;
    let (server, _, clock) = made(Options::default()).await;
    let share = async |n: usize| {
        let bench = Bench::of(&server, &clock).await;
        let mut all = Vec::new();
        for (i, after) in places.iter().enumerate().skip(n).step_by(WORKERS) {
            all.push(bench.settle_cut(&format!("h{n}x{i}.test"), (way, *after), times).await);
        }
        all
    };
    let shares = futures_util::future::join_all((0..WORKERS).map(share)).await;
    shares.into_iter().flatten().collect()
}

/// Longer than the settle here; those that are not reached are settled without a cut.
const SETTLE_BYTES: usize = 1_200;
const REPLY_BYTES: usize = 90;

#[tokio::test]
async fn a_settle_whose_way_there_is_cut_is_there_once() {
    let places: Vec<usize> = (0..SETTLE_BYTES).step_by(23).collect();
    let came = sweep(Way::ToServer, places, 1).await;
    assert!(came.iter().all(|came| came.added.is_some()), "it is made again by itself");
    assert!(came.iter().any(|came| came.cuts == 0), "the last ones lie behind its end");
    assert!(came.iter().filter(|came| came.cuts == 1).count() > 20);
    // Half a call is no call.
    assert!(came.iter().all(|came| came.added == Some(3)));
}

#[tokio::test]
async fn a_settle_whose_answer_is_cut_is_there_once() {
    let places: Vec<usize> = (0..REPLY_BYTES).step_by(3).collect();
    let came = sweep(Way::ToClient, places, 1).await;
    assert!(came.iter().all(|came| came.added.is_some()), "it is made again by itself");
    assert!(came.iter().any(|came| came.cuts == 0), "the last ones lie behind its end");
    // It was carried out, and is told as settled before: nothing is counted twice.
    assert!(came.iter().filter(|came| came.cuts == 1 && came.added == Some(0)).count() > 10);
}

#[tokio::test]
async fn a_settle_that_is_cut_each_time_is_there_once_when_it_is_made_again() {
    for way in [Way::ToServer, Way::ToClient] {
        let came = sweep(way, (0..60).step_by(10).collect(), 1_000).await;
        let failed = came.iter().filter(|came| came.added.is_none());
        assert!(failed.clone().all(|came| came.cuts >= 3), "{way:?}");
        // The last answers are so short that they come through.
        assert!(failed.count() >= came.len() / 2, "{way:?}");
    }
}

/// One that has not leased it itself, and asks what is in flight.
#[tokio::test]
async fn a_settle_of_anothers_lease_that_is_cut_loses_no_url() {
    let (server, first, clock) = made(Options::default()).await;
    first.enqueue(vec![hub("https://a.test/0"), hub("https://a.test/1")]).await.unwrap();
    let lease = take(&first, "a.test").await;
    let bench = Bench::of(&server, &clock).await;
    let mut settlement = done(&lease);
    settlement.verdicts.truncate(1);
    // What is in flight is told, the settle does not get there.
    bench.proxy.arm(Way::ToServer, 250, 1_000);
    let cut = bench.worker.settle(&lease.token, settlement.clone()).await;
    assert!(cut.is_err_and(|error| error.is_transient()));
    assert!(bench.proxy.disarm() >= 3);
    bench.worker.settle(&lease.token, settlement).await.unwrap();
    let places = [Some(Place::Settled), Some(Place::Pending(Box::new(lease.urls[1].clone())))];
    for (entry, expected) in lease.urls.iter().zip(places) {
        assert_eq!(bench.eye.place(&entry.url).await.unwrap(), expected);
    }
    clock.advance(DELAY);
    assert_eq!(take(&first, "a.test").await.urls, lease.urls[1..]);
}

#[tokio::test]
async fn a_lease_whose_answer_is_cut_heals() {
    let (server, _, clock) = made(Options::default()).await;
    let bench = Bench::of(&server, &clock).await;
    bench.worker.enqueue(vec![hub("https://a.test/")]).await.unwrap();
    bench.proxy.arm(Way::ToClient, 20, 1);
    let lost = bench.worker.lease_host(&host("a.test"), ask(1)).await;
    assert!(lost.is_err_and(|error| error.is_transient()));
    let busy = until_done(async || bench.worker.lease_host(&host("a.test"), ask(1)).await).await;
    assert_eq!(busy, HostReply::Busy { free_in: LEASE + DELAY });
    clock.advance(LEASE + DELAY);
    assert_eq!(take(&bench.worker, "a.test").await.urls.len(), 1);
}
