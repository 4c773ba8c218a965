//! `redis.conf` and its users, in a real server: what the program needs it may do, and no more.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crawl::{Band, CanonicalUrl, Entry, Order};
use frontier::testing::{Options, Program, RedisServer};
use frontier::{
    Beat, Control, Error, Frontier, Given, LeaseAsk, LeaseReply, Making, Redis, RedisAddress,
    Sender, Tolerance, Wire,
};
use it::binary;
use it::process::{Running, Signal};
use tempfile::TempDir;
use worker::SystemClock;

use super::{file, text};

const LIMIT: Duration = Duration::from_mins(1);
const USERS: [&str; 3] = ["newshound", "admin", "replica"];

/// A server that `redis-start.sh` started.
struct Server {
    running: Option<Running>,
    program: PathBuf,
    conf: PathBuf,
    more: Vec<String>,
    folder: TempDir,
    port: Port,
    /// Where the nodes of a cluster talk to one another.
    bus: Port,
}

/// A port that is ours: that of a server which is down.
struct Port(RedisServer);

impl Port {
    async fn take() -> Self {
        let mut server = RedisServer::start(Options::default()).await.unwrap();
        server.shutdown().await.unwrap();
        Self(server)
    }

    fn number(&self) -> String {
        self.0.port().to_string()
    }
}

impl Server {
    async fn start(conf: PathBuf) -> Self {
        Self::start_with("redis-server".into(), conf).await
    }

    async fn start_with(program: PathBuf, conf: PathBuf) -> Self {
        let (port, bus) = (Port::take().await, Port::take().await);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("passwords")).unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        for user in USERS {
            fs::write(folder.path().join("passwords").join(user), password(user) + "\n").unwrap();
        }
        let mut server = Self { running: None, program, conf, more: Vec::new(), folder, port, bus };
        server.restart();
        server
    }

    fn restart(&mut self) {
        let mut command = Command::new("sh");
        command.env("REDIS_SERVER", &self.program).arg(file("redis-start.sh")).arg(&self.conf);
        command.args(["passwords", "data"].map(|name| self.folder.path().join(name)));
        command.args(["--port", &self.port.number(), "--cluster-port", &self.bus.number()]);
        let mut running = Running::hold(command.args(&self.more));
        running.wait_for("Ready to accept connections", LIMIT);
        self.running = Some(running);
    }

    /// As systemd and containers end it.
    fn stop(&mut self) {
        let running = self.running.take().expect("it runs");
        running.signal(Signal::TERM);
        running.wait(LIMIT).expect_code(0);
    }

    fn url(&self, user: &str, password: &str) -> String {
        format!("redis://{user}:{password}@127.0.0.1:{}/", self.port.number())
    }

    fn address(&self, password: &str) -> RedisAddress {
        RedisAddress::parse(&self.url("newshound", password)).unwrap()
    }

    async fn open(&self) -> frontier::Result<Redis> {
        let address = self.address(&password("newshound"));
        Redis::open(&address, Arc::new(SystemClock), Tolerance::default()).await
    }

    async fn init(&self) -> (Redis, Making) {
        let address = self.address(&password("newshound"));
        let made = Redis::init(&address, Arc::new(SystemClock), 4, Tolerance::default());
        made.await.unwrap()
    }

    /// What the operator asks at `redis-cli`.
    async fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let client = redis::Client::open(self.url("admin", &password("admin"))).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query_async(&mut connection).await.unwrap()
    }

    /// Whether a user may give a command; its arguments only need to be as many as it takes.
    async fn may(&self, user: &str, words: &[&str]) -> bool {
        let answer: String = self.ask(&[&["ACL", "DRYRUN", user], words].concat()).await;
        let is_denied = answer.contains("no permissions");
        assert!(is_denied || answer == "OK", "{words:?}: {answer}");
        !is_denied
    }
}

fn password(user: &str) -> String {
    format!("{user}_Secret-1")
}

fn entry(url: &str) -> Entry {
    Entry::new(CanonicalUrl::parse(url).unwrap(), Band::Article)
}

fn ask() -> LeaseAsk {
    LeaseAsk {
        worker: "ops".into(),
        lease_for: Duration::from_mins(1),
        first_delay: Duration::from_secs(1),
        urls_max: 10,
        outlet_leases_max: 2,
    }
}

#[tokio::test]
async fn the_program_s_user_makes_opens_and_works_on_a_frontier() {
    let mut server = Server::start(file("redis.conf")).await;
    let error = server.open().await.err().expect("there is none yet");
    assert!(matches!(error, Error::NotInitialised { .. }), "{error}");
    let (frontier, making) = server.init().await;
    assert_eq!(making, Making::Made);
    let entries = vec![entry("http://a.test/1"), entry("http://b.test/2")];
    assert_eq!(frontier.enqueue(entries).await.unwrap().added, 2);
    let reply = frontier.lease(ask()).await.unwrap();
    assert!(matches!(&reply, LeaseReply::Leased(lease) if lease.urls.len() == 1), "{reply:?}");
    let given = Given {
        about: "c.test".into(),
        order: Order::Pause,
        by: "ops".into(),
        why: "a test".into(),
        lasts: None,
    };
    frontier.direct(given).await.unwrap();
    frontier.beat(Beat { name: "w".into(), ..Beat::default() }).await.unwrap();
    frontier.sync().await.unwrap();
    assert_eq!(frontier.workers().await.unwrap().len(), 1);
    assert_eq!(frontier.stats().await.unwrap().urls_seen, 2);
    drop(frontier);
    server.stop();
    server.restart();
    let frontier = server.open().await.unwrap();
    assert_eq!(frontier.stats().await.unwrap().urls_seen, 2, "it is kept");
    assert_eq!(frontier.directives().await.unwrap().len(), 1);
}

#[tokio::test]
async fn nobody_comes_in_without_a_name_and_its_password() {
    let server = Server::start(file("redis.conf")).await;
    server.init().await;
    for address in [
        server.address("wrong"),
        RedisAddress::parse(&format!("redis://127.0.0.1:{}", server.port.number())).unwrap(),
        RedisAddress::parse(&server.url("nobody", "x")).unwrap(),
    ] {
        let opened = Redis::open(&address, Arc::new(SystemClock), Tolerance::default()).await;
        let error = opened.err().expect("it is refused");
        assert!(matches!(error, Error::Denied { .. }), "{error}");
    }
    let mut users: Vec<String> = server.ask(&["ACL", "USERS"]).await;
    users.sort();
    assert_eq!(users, ["admin", "default", "newshound", "replica"]);
    let state: Vec<redis::Value> = server.ask(&["ACL", "GETUSER", "default"]).await;
    let flags: Vec<String> = redis::from_redis_value(state[1].clone()).unwrap();
    assert!(
        flags.contains(&"off".to_owned()) && !flags.contains(&"nopass".to_owned()),
        "{flags:?}"
    );
    // Only Redis reads what the script writes.
    for name in ["users.acl", "server.conf"] {
        let path = server.folder.path().join("data").join(name);
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let users = fs::read_to_string(server.folder.path().join("data/users.acl")).unwrap();
    assert!(!users.contains("Secret"), "{users}");
}

/// All that is done with the stream of a crawl.
async fn use_stream(address: &RedisAddress) -> frontier::Result<()> {
    let wire = Wire::open(address).await?;
    let sender = Sender { archive: "a1".into(), worker: "w".into() };
    wire.append(&sender, &[b"a".to_vec(), b"b".to_vec()], 100).await?;
    wire.append(&sender, &[b"c".to_vec()], 100).await?;
    assert_eq!(wire.standing().await?.waiting, 3);
    assert!(wire.hold("s", LIMIT).await? && wire.hold("s", LIMIT).await?);
    assert!(wire.go_to("s", 0).await?);
    let entries = wire.read("s", 10).await?.unwrap_or_default();
    assert_eq!(entries.len(), 3);
    assert!(wire.acknowledge("s", &[1]).await?);
    assert_eq!(wire.backlog().await?.waiting, 2);
    assert_eq!((wire.ends().await?, wire.senders().await?), (Some((1, 3)), vec![sender]));
    assert!(wire.entry(2).await?.is_some());
    wire.release("s").await
}

#[tokio::test]
async fn the_program_s_user_hands_articles_on() {
    let server = Server::start(file("redis.conf")).await;
    use_stream(&server.address(&password("newshound"))).await.unwrap();
}

/// The rights that the manual names for the stream.
fn rights() -> Vec<String> {
    let manual = fs::read_to_string(binary::root().join("docs/operations.md")).unwrap();
    let from = manual.find("~nh:{stories:*}:*").expect("the manual names them");
    let block = manual[from..].split("\n\n").next().unwrap_or_default();
    block.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn the_stream_needs_the_rights_that_the_manual_names_and_no_others() {
    let server = Server::start(file("redis.conf")).await;
    let rights = rights();
    assert!(rights.len() > 15, "{rights:?}");
    let set = async |rights: &[&str]| {
        let words = ["ACL", "SETUSER", "own", "reset", "on", ">own", "+@connection", "+info"];
        let _: () = server.ask(&[&words[..], rights].concat()).await;
    };
    let all: Vec<&str> = rights.iter().map(String::as_str).collect();
    for left_out in 0..=all.len() {
        let some: Vec<&str> = all
            .iter()
            .enumerate()
            .filter(|(n, _)| *n != left_out)
            .map(|(_, right)| *right)
            .collect();
        set(&some).await;
        let url = format!("{}?crawl=c{left_out}", server.url("own", "own"));
        let outcome = use_stream(&RedisAddress::parse(&url).unwrap()).await;
        match all.get(left_out) {
            None => outcome.unwrap(),
            Some(right) => {
                let error = outcome.expect_err(right);
                assert!(matches!(error, Error::Denied { .. }), "{right}: {error:?}");
            }
        }
    }
}

/// Commands that the functions call, as their sources name them.
fn called() -> BTreeSet<String> {
    let folder = binary::root().join("crates/frontier/src/redis/lua");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        for part in source.split('\'').filter(|part| part.len() > 2) {
            if part.bytes().all(|b| b.is_ascii_uppercase()) {
                found.insert(part.to_owned());
            }
        }
    }
    found
}

#[tokio::test]
async fn the_program_s_user_may_do_what_the_functions_do() {
    let server = Server::start(file("redis.conf")).await;
    let mut commands = 0;
    for name in called() {
        let info: Vec<Option<redis::Value>> = server.ask(&["COMMAND", "INFO", &name]).await;
        let Some(Some(redis::Value::Array(info))) = info.into_iter().next() else { continue };
        let Some(redis::Value::Int(arity)) = info.get(1) else { panic!("{name}: {info:?}") };
        let arguments = usize::try_from(arity.unsigned_abs()).unwrap() - 1;
        let words: Vec<&str> = std::iter::once(name.as_str())
            .chain(std::iter::repeat_n("nh:{p0}:x", arguments))
            .collect();
        assert!(server.may("newshound", &words).await, "{name}");
        commands += 1;
    }
    assert!(commands > 25, "only {commands} commands are found in the sources");
}

#[tokio::test]
async fn no_user_but_the_admin_may_do_more_than_it_needs() {
    let server = Server::start(file("redis.conf")).await;
    let denied: [&[&str]; 18] = [
        &["GET", "other"],
        &["HSET", "other", "a", "b"],
        &["FLUSHALL"],
        &["FLUSHDB"],
        &["KEYS", "*"],
        &["CONFIG", "GET", "requirepass"],
        &["CONFIG", "SET", "maxmemory", "1"],
        &["ACL", "LIST"],
        &["SCRIPT", "FLUSH"],
        &["FUNCTION", "FLUSH"],
        &["FUNCTION", "DELETE", "nh1"],
        &["FUNCTION", "DUMP"],
        &["SHUTDOWN"],
        &["REPLICAOF", "a", "1"],
        &["CLIENT", "LIST"],
        &["MONITOR"],
        &["DEBUG", "HELP"],
        &["PUBLISH", "a", "b"],
    ];
    for words in denied {
        assert!(!server.may("newshound", words).await, "newshound: {words:?}");
        assert!(!server.may("replica", words).await, "replica: {words:?}");
        assert!(server.may("admin", words).await, "admin: {words:?}");
    }
    assert!(!server.may("replica", &["HGET", "nh:{p0}:state", "n"]).await);
    assert!(!server.may("newshound", &["PSYNC", "?", "-1"]).await);
}

/// The settings of a file, the last one of each name.
fn settings(name: &str) -> Vec<(String, String)> {
    let text = text(name);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let pairs = lines.filter_map(|line| line.split_once(' '));
    pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
}

/// How Redis shows what a file says.
fn shown(value: &str) -> String {
    let units = [("gb", 30), ("mb", 20)];
    let number = units.iter().find_map(|(unit, bits)| {
        let number: u64 = value.strip_suffix(unit)?.parse().ok()?;
        Some((number << bits).to_string())
    });
    number.unwrap_or_else(|| value.to_owned())
}

#[tokio::test]
async fn every_line_of_the_files_is_taken_and_has_its_reason() {
    let single = Server::start(file("redis.conf")).await;
    let valkey = Server::start_with(valkey().await, file("redis.conf")).await;
    let (_dir, node) = cluster_node().await;
    let servers = [(&single, "redis.conf"), (&valkey, "redis.conf"), (&node, "redis-cluster.conf")];
    for (server, name) in servers {
        let settings = settings(name);
        for (key, value) in settings.iter().filter(|(key, _)| key != "port" && key != "include") {
            let said: Vec<String> = server.ask(&["CONFIG", "GET", key]).await;
            assert_eq!(said.get(1), Some(&shown(value)), "{name}: {key}");
        }
        assert_reasons(name);
    }
}

/// Where the Valkey of the tests is.
async fn valkey() -> PathBuf {
    let mut options = Options::default();
    options.program = Program::Valkey;
    let server = RedisServer::start(options).await.unwrap();
    fs::read_link(format!("/proc/{}/exe", server.pid().unwrap())).unwrap()
}

/// A node, and the folder of its configuration: the included path is that of an installation, and
/// here it is the repository's.
async fn cluster_node() -> (TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("cluster.conf");
    let installed = "/usr/local/lib/newshound/redis.conf";
    let lines = text("redis-cluster.conf");
    assert!(lines.contains(installed), "{lines}");
    fs::write(&conf, lines.replace(installed, &file("redis.conf").to_string_lossy())).unwrap();
    (dir, Server::start(conf).await)
}

#[tokio::test]
async fn the_program_s_user_works_on_a_cluster() {
    let (_dir, node) = cluster_node().await;
    // A cluster of one: it has all slots, and no replica that it could wait for.
    let _: () = node.ask(&["CONFIG", "SET", "min-replicas-to-write", "0"]).await;
    let _: () = node.ask(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]).await;
    until_it_serves(&node).await;
    let (frontier, making) = node.init().await;
    assert_eq!(making, Making::Made);
    assert_eq!(frontier.enqueue(vec![entry("http://a.test/1")]).await.unwrap().added, 1);
    frontier.sync().await.unwrap();
    assert_eq!(frontier.stats().await.unwrap().urls_seen, 1);
}

#[tokio::test]
async fn a_replica_takes_over() {
    let mut master = Server::start(file("redis.conf")).await;
    let mut replica = Server::start(file("redis.conf")).await;
    replica.stop();
    replica.more = ["--replicaof", "127.0.0.1", &master.port.number()].map(str::to_owned).into();
    replica.restart();
    until(&replica, &["INFO", "replication"], "master_link_status:up").await;
    let url = format!("{},127.0.0.1:{}", user_url(&master), replica.port.number());
    let address = RedisAddress::parse(&url).unwrap();
    let made = Redis::init(&address, Arc::new(SystemClock), 4, Tolerance::default());
    let (frontier, _) = made.await.unwrap();
    frontier.enqueue(vec![entry("http://a.test/1")]).await.unwrap();
    // A replica that has all: the master says so when it is asked to wait.
    let replicas: u32 = master.ask(&["WAIT", "1", "0"]).await;
    assert_eq!(replicas, 1);
    master.stop();
    let _: () = replica.ask(&["REPLICAOF", "NO", "ONE"]).await;
    // As a worker does: what passes is tried again.
    let stats = async {
        loop {
            match frontier.stats().await {
                Err(error) => assert!(error.is_transient(), "{error}"),
                Ok(stats) => return stats,
            }
        }
    };
    let stats = tokio::time::timeout(LIMIT, stats).await.expect("the other one is found");
    assert_eq!(stats.urls_seen, 1);
    let reply = frontier.lease(ask()).await.unwrap();
    assert!(matches!(reply, LeaseReply::Nothing(_)), "it rests: {reply:?}");
}

/// Where the program finds it.
fn user_url(server: &Server) -> String {
    server.url("newshound", &password("newshound")).trim_end_matches('/').to_owned()
}

async fn until_it_serves(node: &Server) {
    until(node, &["CLUSTER", "INFO"], "cluster_state:ok").await;
}

/// Waits until an answer contains this.
async fn until(server: &Server, words: &[&str], text: &str) {
    let comes = async {
        while !server.ask::<String>(words).await.contains(text) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, comes).await.expect(text);
}

/// Each block of lines stands below a comment.
fn assert_reasons(name: &str) {
    let text = text(name);
    let mut is_explained = false;
    for line in text.lines() {
        is_explained = line.starts_with('#') || (is_explained && !line.is_empty());
        let is_include = line.starts_with("include");
        assert!(line.is_empty() || is_explained || is_include, "{name}: no reason for {line:?}");
    }
}
