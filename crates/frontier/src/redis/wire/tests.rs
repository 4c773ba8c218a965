//! The stream, on a real server.

use super::*;
use crate::testing::{Options, RedisServer};

const TERM: Duration = Duration::from_mins(1);

async fn served() -> (RedisServer, Wire) {
    let server = RedisServer::start(Options::default()).await.unwrap();
    let address = RedisAddress::parse(&format!("{}?crawl=a", server.url())).unwrap();
    let wire = Wire::open(&address).await.unwrap();
    (server, wire)
}

fn articles(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn read(entries: Option<Vec<OnWire>>) -> Vec<(u64, String)> {
    let entries = entries.unwrap().into_iter();
    entries.map(|e| (e.number, String::from_utf8(e.article).unwrap())).collect()
}

fn numbered(entries: &[(u64, &str)]) -> Vec<(u64, String)> {
    entries.iter().map(|(n, text)| (*n, (*text).to_owned())).collect()
}

#[tokio::test]
async fn articles_come_in_their_order_and_what_was_not_taken_comes_again() {
    let (_server, wire) = served().await;
    assert_eq!(wire.ends().await.unwrap(), None);
    assert!(wire.hold("one", TERM).await.unwrap());
    assert!(wire.go_to("one", 0).await.unwrap(), "also before there is anything");
    wire.append("w2", &articles(&["a", "b"]), 100).await.unwrap();
    wire.append("w1", &articles(&["c"]), 100).await.unwrap();
    let first = read(wire.read("one", 2).await.unwrap());
    assert_eq!(first, numbered(&[(1, "a"), (2, "b")]));
    assert!(wire.acknowledge("one", &[1]).await.unwrap());
    assert_eq!(read(wire.read("one", 2).await.unwrap()), numbered(&[(3, "c")]));
    // Its end: the next one goes on behind what was taken.
    wire.release("one").await.unwrap();
    assert!(wire.hold("two", TERM).await.unwrap());
    assert!(wire.go_to("two", 1).await.unwrap());
    let again = read(wire.read("two", 10).await.unwrap());
    assert_eq!(again, numbered(&[(2, "b"), (3, "c")]));
    assert_eq!(read(wire.read("two", 10).await.unwrap()), []);
    assert_eq!(wire.workers().await.unwrap(), ["w1", "w2"]);
    assert_eq!(wire.entry(2).await.unwrap().unwrap().article, b"b");
    assert_eq!(wire.entry(9).await.unwrap(), None);
}

#[tokio::test]
async fn who_has_no_right_to_read_is_turned_away() {
    let (_server, wire) = served().await;
    wire.append("w", &articles(&["a"]), 100).await.unwrap();
    assert!(wire.hold("one", TERM).await.unwrap());
    assert!(wire.hold("one", TERM).await.unwrap(), "kept");
    assert!(!wire.hold("two", TERM).await.unwrap());
    assert!(!wire.go_to("two", 0).await.unwrap());
    assert_eq!(wire.read("two", 1).await.unwrap(), None);
    assert!(!wire.acknowledge("two", &[1]).await.unwrap());
    wire.release("two").await.unwrap();
    assert!(wire.go_to("one", 0).await.unwrap(), "only the holder gives it back");
    // A term that has ended.
    assert!(wire.hold("one", Duration::from_millis(1)).await.unwrap());
    while !wire.hold("two", TERM).await.unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(wire.read("one", 1).await.unwrap(), None);
}

#[tokio::test]
async fn the_cap_pushes_the_oldest_out_and_their_numbers_tell() {
    let (_server, wire) = served().await;
    let many: Vec<Vec<u8>> = (1..=1_000).map(|n: u32| n.to_string().into_bytes()).collect();
    for part in many.chunks(250) {
        wire.append("w", part, 200).await.unwrap();
    }
    let (first, last) = wire.ends().await.unwrap().unwrap();
    assert_eq!(last, 1_000);
    assert!((201..=801).contains(&first), "about 200 are kept: from {first}");
    assert!(wire.hold("one", TERM).await.unwrap() && wire.go_to("one", 100).await.unwrap());
    let next = read(wire.read("one", 1).await.unwrap());
    assert_eq!(next, [(first, first.to_string())]);
}

#[tokio::test]
async fn what_waits_is_told_to_anybody() {
    let (_server, wire) = served().await;
    assert_eq!(wire.backlog().await.unwrap(), Backlog::default());
    wire.append("w", &articles(&["a", "b", "c"]), 100).await.unwrap();
    let backlog = wire.backlog().await.unwrap();
    assert_eq!((backlog.kept, backlog.waiting, backlog.pushed_out), (3, 3, 0));
    assert!(backlog.oldest_for.is_some_and(|waits| waits < TERM), "{backlog:?}");
    // What is read is not taken before it is acknowledged.
    assert!(wire.hold("one", TERM).await.unwrap() && wire.go_to("one", 0).await.unwrap());
    assert_eq!(wire.read("one", 2).await.unwrap().unwrap().len(), 2);
    assert_eq!(wire.backlog().await.unwrap().waiting, 3);
    assert!(wire.acknowledge("one", &[1, 2]).await.unwrap());
    assert_eq!(wire.backlog().await.unwrap().waiting, 1);
    assert_eq!(wire.read("one", 2).await.unwrap().unwrap().len(), 1);
    assert!(wire.acknowledge("one", &[3]).await.unwrap());
    let backlog = wire.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.oldest_for), (0, None));
    // What is pushed out before anybody has read it.
    let many: Vec<Vec<u8>> = (4..=1_000).map(|n: u32| n.to_string().into_bytes()).collect();
    wire.append("w", &many, 200).await.unwrap();
    let (first, _) = wire.ends().await.unwrap().unwrap();
    let Backlog { kept, waiting, oldest_for, pushed_out } = wire.backlog().await.unwrap();
    assert_eq!((kept, waiting, pushed_out), (1_001 - first, 1_001 - first, first - 4));
    assert!(oldest_for.is_some());
}
