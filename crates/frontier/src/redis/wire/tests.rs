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

fn by(worker: &str) -> Sender {
    Sender { archive: format!("archive of {worker}"), worker: worker.into() }
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
    wire.append(&by("w2"), &articles(&["a", "b"]), 100).await.unwrap();
    wire.append(&by("w1"), &articles(&["c"]), 100).await.unwrap();
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
    assert_eq!(wire.senders().await.unwrap(), [by("w1"), by("w2")]);
    // The same archive under another name of its worker.
    let renamed = Sender { worker: "w3".into(), ..by("w1") };
    wire.append(&renamed, &articles(&["d"]), 100).await.unwrap();
    assert_eq!(wire.senders().await.unwrap(), [by("w2"), renamed]);
    assert_eq!(wire.entry(2).await.unwrap().unwrap().article, b"b");
    assert_eq!(wire.entry(9).await.unwrap(), None);
}

#[tokio::test]
async fn who_has_no_right_to_read_is_turned_away() {
    let (_server, wire) = served().await;
    wire.append(&by("w"), &articles(&["a"]), 100).await.unwrap();
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
        wire.append(&by("w"), part, 200).await.unwrap();
    }
    let (first, last) = wire.ends().await.unwrap().unwrap();
    assert_eq!(last, 1_000);
    assert!((201..=801).contains(&first), "about 200 are kept: from {first}");
    assert!(wire.hold("one", TERM).await.unwrap() && wire.go_to("one", 100).await.unwrap());
    let next = read(wire.read("one", 1).await.unwrap());
    assert_eq!(next, [(first, first.to_string())]);
}

#[tokio::test]
async fn a_stream_has_a_name_of_its_own_for_as_long_as_it_lasts() {
    let (mut server, wire) = served().await;
    assert_eq!(wire.standing().await.unwrap().stream, "", "there is none");
    let first = wire.append(&by("w"), &articles(&["a"]), 100).await.unwrap();
    assert!(!first.stream.is_empty() && !first.server.is_empty(), "{first:?}");
    // Asked for under another address.
    let url = server.url();
    let more = format!("{},127.0.0.1:{}?crawl=a", url.trim_end_matches('/'), server.port());
    let other = RedisAddress::parse(&more).unwrap();
    assert_eq!(Wire::open(&other).await.unwrap().standing().await.unwrap(), first);
    server.restart().await.unwrap();
    let again = until_there(&wire).await;
    assert_eq!(again.stream, first.stream);
    assert_ne!(again.server, first.server);
    // Made anew.
    let mut delete = cmd("DEL");
    delete.arg(&wire.articles);
    wire.send(delete).await.unwrap();
    let anew = wire.append(&by("w"), &articles(&["a"]), 100).await.unwrap();
    assert_ne!(anew.stream, first.stream);
}

async fn until_there(wire: &Wire) -> Standing {
    loop {
        if let Ok(standing) = wire.standing().await {
            return standing;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_nobody_has_read_is_counted_as_far_as_it_is_there() {
    let (_server, wire) = served().await;
    let waiting = async || wire.standing().await.unwrap().waiting;
    assert_eq!(waiting().await, 0);
    let standing = wire.append(&by("w"), &articles(&["a", "b", "c"]), 100).await.unwrap();
    assert_eq!(standing.waiting, 3);
    assert!(wire.hold("one", TERM).await.unwrap() && wire.go_to("one", 0).await.unwrap());
    wire.read("one", 2).await.unwrap();
    assert_eq!(waiting().await, 1);
    // Pushed out, it waits no more.
    let many: Vec<Vec<u8>> = (0..900).map(|n: u32| n.to_string().into_bytes()).collect();
    wire.append(&by("w"), &many, 100).await.unwrap();
    let (oldest, newest) = wire.ends().await.unwrap().unwrap();
    assert_eq!(waiting().await, newest - oldest + 1);
}

#[tokio::test]
async fn a_stream_that_was_forgotten_is_told_to_its_reader() {
    let (_server, wire) = served().await;
    wire.append(&by("w"), &articles(&["a"]), 100).await.unwrap();
    assert!(wire.hold("one", TERM).await.unwrap() && wire.go_to("one", 0).await.unwrap());
    let mut delete = cmd("DEL");
    delete.arg(&wire.articles);
    wire.send(delete).await.unwrap();
    assert_eq!(wire.read("one", 1).await.unwrap(), None);
    wire.append(&by("w"), &articles(&["b"]), 100).await.unwrap();
    assert_eq!(wire.read("one", 1).await.unwrap(), None);
    assert!(wire.go_to("one", 0).await.unwrap());
    assert_eq!(read(wire.read("one", 1).await.unwrap()), numbered(&[(1, "b")]));
}

#[tokio::test]
async fn what_waits_is_told_to_anybody() {
    let (_server, wire) = served().await;
    assert_eq!(wire.backlog().await.unwrap(), Backlog::default());
    wire.append(&by("w"), &articles(&["a", "b", "c"]), 100).await.unwrap();
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
    wire.append(&by("w"), &many, 200).await.unwrap();
    let (first, _) = wire.ends().await.unwrap().unwrap();
    let Backlog { kept, waiting, oldest_for, pushed_out } = wire.backlog().await.unwrap();
    assert_eq!((kept, waiting, pushed_out), (1_001 - first, 1_001 - first, first - 4));
    assert!(oldest_for.is_some());
}
