//! The stream of articles where there is more than one plain server: a cluster with TLS, a user
//! with a password, and a failover in the middle.

use std::time::Duration;

use frontier::testing::{Authority, ClusterOptions, Failover, RedisCluster, RedisServer, User};
use frontier::{Backlog, OnWire, RedisAddress, Sender, Wire};

use super::support::{command, until_done};

const TERM: Duration = Duration::from_mins(10);

/// Keys of the stream of a crawl, as operators see them.
const KEYS: [&str; 4] = ["articles", "holder", "archives", "name"];

async fn started() -> (RedisCluster, RedisAddress) {
    let authority = Authority::new().expect("an authority");
    let mut options = ClusterOptions::default();
    options.node.tls = Some(authority.clone());
    options.node.user = Some(User { name: "news".to_owned(), password: "right".to_owned() });
    let cluster = RedisCluster::start(options).await.expect("a cluster");
    let ports: Vec<String> = (0..cluster.len())
        .map(|number| format!("127.0.0.1:{}", cluster.node(number).port()))
        .collect();
    let url = format!("rediss://news@{}?crawl=de", ports.join(","));
    let address = RedisAddress::parse(&url).expect("its URL");
    (cluster, address.with_password("right").with_ca(authority.pem().into_bytes()))
}

/// The slot that a node counts a key to.
async fn slot(node: &RedisServer, key: &str) -> u16 {
    let asked = command(&format!("CLUSTER KEYSLOT nh:{{stories:de}}:{key}"));
    node.ask(&asked).await.expect("the slot of a key")
}

fn sender(worker: &str) -> Sender {
    Sender { archive: format!("archive of {worker}"), worker: worker.to_owned() }
}

async fn append(wire: &Wire, worker: &str, texts: &[&str]) {
    let articles: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    let sender = sender(worker);
    until_done(async || wire.append(&sender, &articles, 100).await).await;
}

async fn read(wire: &Wire) -> Vec<(u64, String)> {
    let entries = until_done(async || wire.read("one", 10).await).await.expect("it may read");
    let text = |OnWire { number, article }| (number, String::from_utf8(article).expect("a text"));
    entries.into_iter().map(text).collect()
}

async fn waiting(wire: &Wire) -> u64 {
    let Backlog { waiting, .. } = until_done(async || wire.backlog().await).await;
    waiting
}

#[tokio::test]
async fn articles_travel_on_a_cluster_with_tls_and_through_a_failover() {
    let (mut cluster, address) = started().await;
    let slots = [
        slot(cluster.node(0), KEYS[0]).await,
        slot(cluster.node(0), KEYS[1]).await,
        slot(cluster.node(0), KEYS[2]).await,
        slot(cluster.node(0), KEYS[3]).await,
    ];
    assert!(slots.iter().all(|slot| *slot == slots[0]), "a script takes all of them: {slots:?}");
    let worker = Wire::open(&address).await.expect("a way for a worker");
    let service = Wire::open(&address).await.expect("a way for the service");
    append(&worker, "w1", &["a", "b", "c"]).await;
    assert!(service.hold("one", TERM).await.unwrap() && service.go_to("one", 0).await.unwrap());
    let [a, b, c] = [(1, "a"), (2, "b"), (3, "c")].map(|(n, text)| (n, text.to_owned()));
    assert_eq!(read(&service).await, [a, b, c]);
    assert!(service.acknowledge("one", &[1, 2]).await.unwrap());

    // Its master hands over: what was taken, and who may read, goes along.
    let master = cluster.master_of(slots[0]).await.unwrap();
    let replica = cluster.replicas_of(master).await.unwrap()[0];
    cluster.failover(replica, Failover::Agreed).await.unwrap();
    append(&worker, "w2", &["d"]).await;
    assert_eq!(waiting(&service).await, 2);
    assert_eq!(read(&service).await, [(4, "d".to_owned())]);
    assert!(service.acknowledge("one", &[3, 4]).await.unwrap());

    // And the new one dies, once the other one has all of it.
    cluster.until_whole().await.unwrap();
    let copied: u64 = cluster.node(replica).ask(&command("WAIT 1 0")).await.unwrap();
    assert_eq!(copied, 1);
    cluster.kill9(replica);
    cluster.failover(master, Failover::Takeover).await.unwrap();
    append(&worker, "w1", &["e"]).await;
    assert_eq!(waiting(&service).await, 1);
    assert!(until_done(async || service.go_to("one", 4).await).await, "it still may");
    assert_eq!(read(&service).await, [(5, "e".to_owned())]);
    assert!(service.acknowledge("one", &[5]).await.unwrap());
    assert_eq!(waiting(&service).await, 0);
    let mut senders = service.senders().await.unwrap();
    senders.sort_by(|a, b| a.worker.cmp(&b.worker));
    assert_eq!(senders, ["w1", "w2"].map(sender));
}
