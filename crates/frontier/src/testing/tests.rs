//! The servers do what the tests of others rely on.

use redis::AsyncCommands;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{Route, RoutingInfo, SingleNodeRoutingInfo, SlotAddr};

use super::*;

async fn started(options: Options) -> RedisServer {
    RedisServer::start(options).await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn what_is_written_always_survives_a_kill() {
    let mut server = started(Options { fsync: Fsync::Always, ..Options::default() }).await;
    let port = server.port();
    let pid = server.pid();
    let mut connection = server.connect().await.unwrap();
    for n in 0..100 {
        let _: () = connection.rpush("list", n).await.unwrap();
    }
    server.kill9();
    assert_eq!(server.pid(), None);
    assert!(matches!(server.connect().await, Err(Error::NotRunning { .. })));
    server.restart().await.unwrap();
    assert_eq!(server.port(), port);
    assert_ne!(server.pid(), pid);
    let mut connection = server.connect().await.unwrap();
    let length: u32 = connection.llen("list").await.unwrap();
    assert_eq!(length, 100);
}

#[tokio::test]
async fn an_asked_end_keeps_what_is_written_each_second() {
    let mut server = started(Options::default()).await;
    let mut connection = server.connect().await.unwrap();
    let _: () = connection.set("key", "value").await.unwrap();
    server.restart().await.unwrap();
    let mut connection = server.connect().await.unwrap();
    let value: String = connection.get("key").await.unwrap();
    assert_eq!(value, "value");
}

#[tokio::test]
async fn a_server_runs_as_we_ask_of_operators() {
    let maxmemory_bytes = Some(64 << 20);
    let server = started(Options { maxmemory_bytes, ..Options::default() }).await;
    for (name, value) in [
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("save", ""),
        ("list-compress-depth", "1"),
        ("maxmemory-policy", "noeviction"),
        ("maxmemory", "67108864"),
        ("bind", "127.0.0.1"),
    ] {
        let get = redis::cmd("CONFIG").arg("GET").arg(name).to_owned();
        let said: (String, String) = server.ask(&get).await.unwrap();
        assert_eq!(said.1, value, "{name}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let password = Some("right \"one\"".to_owned());
    let server = started(Options { password, ..Options::default() }).await;
    let pong: String = server.ask(&redis::cmd("PING")).await.unwrap();
    assert_eq!(pong, "PONG");
    for who in ["", ":wrong@"] {
        let url = format!("redis://{who}127.0.0.1:{}/", server.port());
        assert_refused(redis::Client::open(url).unwrap()).await;
    }
}

#[tokio::test]
async fn a_user_comes_in_over_tls_and_nobody_else() {
    let user = User { name: "news".to_owned(), password: "right".to_owned() };
    let tls = Some(Authority::new().unwrap());
    let server = started(Options { user: Some(user), tls, ..Options::default() }).await;
    let name: String = server.ask(redis::cmd("ACL").arg("WHOAMI")).await.unwrap();
    assert_eq!(name, "news");
    for who in ["", "news:wrong@", ":right@"] {
        let url = format!("rediss://{who}127.0.0.1:{}/", server.port());
        let client = redis::Client::build_with_tls(url, server.certificates().unwrap());
        assert_refused(client.unwrap()).await;
    }
    // Others do not trust its authority.
    assert!(redis::Client::open(server.url()).unwrap().get_connection().is_err());
    let url = format!("redis://news:right@127.0.0.1:{}/", server.port());
    assert!(redis::Client::open(url).unwrap().get_connection().is_err(), "without TLS");
}

async fn assert_refused(client: redis::Client) {
    let refused = async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut connection).await
    };
    let error = refused.await.expect_err("it is refused");
    let code = error.code().unwrap_or_default();
    assert!(["NOAUTH", "WRONGPASS"].contains(&code) || is_login(&error), "{error:?}");
}

fn is_login(error: &redis::RedisError) -> bool {
    error.kind() == redis::ErrorKind::AuthenticationFailed
}

#[tokio::test]
async fn valkey_runs_and_names_its_version() {
    let server = started(Options { program: Program::Valkey, ..Options::default() }).await;
    let version = server.info("server", "valkey_version").await.unwrap().unwrap();
    assert!(version.starts_with("9."), "{version}");
    // What Redis 7.0 does not have.
    let mut connection = server.connect().await.unwrap();
    let _: () = connection.set("key", "value").await.unwrap();
    let mut waitaof = redis::cmd("WAITAOF");
    let synced: (u32, u32) =
        waitaof.arg(1).arg(0).arg(0).query_async(&mut connection).await.unwrap();
    assert_eq!(synced, (1, 0));
}

#[tokio::test]
async fn a_stopped_server_answers_when_it_goes_on() {
    let server = started(Options::default()).await;
    server.stop();
    let silent = server.probe::<String>(&redis::cmd("PING")).await;
    assert!(matches!(silent, Err(Error::Redis { .. })), "{silent:?}");
    server.cont();
    let pong: String = server.ask(&redis::cmd("PING")).await.unwrap();
    assert_eq!(pong, "PONG");
}

#[tokio::test]
async fn a_replica_that_missed_a_write_is_promoted_without_it() {
    let password = Some("pw".to_owned());
    let mut master = started(Options { password, ..Options::default() }).await;
    let mut connection = master.connect().await.unwrap();
    let _: () = connection.set("early", 1).await.unwrap();
    let mut replica = started(Options::replica_of(&master)).await;
    let mut of_replica = replica.connect().await.unwrap();
    let early: u32 = of_replica.get("early").await.unwrap();
    assert_eq!(early, 1);
    replica.promote().await.unwrap();
    let _: () = connection.set("late", 1).await.unwrap();
    master.kill9();
    let late: Option<u32> = of_replica.get("late").await.unwrap();
    assert_eq!(late, None);
    replica.restart().await.unwrap();
    let role = replica.info("replication", "role").await.unwrap();
    assert_eq!(role.as_deref(), Some("master"), "also when it is started again");
    master.restart().await.unwrap();
    master.follow(&replica).await.unwrap();
    let mut connection = master.connect().await.unwrap();
    let both: (Option<u32>, Option<u32>) = connection.mget(&["early", "late"]).await.unwrap();
    assert_eq!(both, (Some(1), None), "the old master has what the new one has");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let options = Options::default().with("no-such-setting", "1");
    let error = RedisServer::start(options).await.expect_err("it cannot start");
    assert!(error.to_string().contains("no-such-setting"), "{error}");
}

#[tokio::test]
async fn servers_start_in_tasks_of_their_own() {
    let starting = tokio::spawn(RedisServer::start(Options::default()));
    starting.await.unwrap().unwrap();
}

/// A key of each third of the slots.
const KEYS: [&str; 3] = ["a", "b", "c"];

async fn of_cluster(cluster: &RedisCluster) -> ClusterConnection {
    cluster.client().unwrap().get_async_connection().await.unwrap()
}

async fn slot_of(cluster: &RedisCluster, key: &str) -> u16 {
    let command = redis::cmd("CLUSTER").arg("KEYSLOT").arg(key).to_owned();
    cluster.node(0).ask(&command).await.unwrap()
}

/// Waits until the replica of the slot's master has what this connection wrote.
async fn replicated(connection: &mut ClusterConnection, slot: u16) {
    let route = Route::new(slot, SlotAddr::Master);
    let route = RoutingInfo::SingleNode(SingleNodeRoutingInfo::SpecificNode(route));
    let wait = redis::cmd("WAIT").arg(1).arg(0).to_owned();
    assert_eq!(connection.route_command(wait, route).await.unwrap(), redis::Value::Int(1));
}

#[tokio::test]
async fn a_cluster_fails_over_when_a_master_is_killed() {
    let mut cluster = RedisCluster::start(ClusterOptions::default()).await.unwrap();
    assert_eq!(cluster.len(), 6);
    let mut connection = of_cluster(&cluster).await;
    for key in KEYS {
        let _: () = connection.set(key, 1).await.unwrap();
        replicated(&mut connection, slot_of(&cluster, key).await).await;
    }
    let slot = slot_of(&cluster, "a").await;
    let old = cluster.master_of(slot).await.unwrap();
    let replicas = cluster.replicas_of(old).await.unwrap();
    assert_eq!(replicas, [old + 3]);
    cluster.kill9(old);
    let new = cluster.until_master_moves(slot, old).await.unwrap();
    assert_eq!(new, old + 3);
    let mut connection = of_cluster(&cluster).await;
    for key in KEYS {
        let value: u32 = connection.get(key).await.unwrap();
        assert_eq!(value, 1, "{key}");
    }
    cluster.restart(old).await.unwrap();
    cluster.until_whole().await.unwrap();
    assert_eq!(cluster.replicas_of(new).await.unwrap(), [old]);
    cluster.failover(old, Failover::Agreed).await.unwrap();
    assert_eq!(cluster.master_of(slot).await.unwrap(), old, "handed back");
}

#[tokio::test]
async fn a_cluster_has_users_and_tls() {
    let user = User { name: "news".to_owned(), password: "right".to_owned() };
    let tls = Some(Authority::new().unwrap());
    let node = Options { user: Some(user), tls, ..Options::default() };
    let options = ClusterOptions { node, ..ClusterOptions::default() };
    let cluster = RedisCluster::start(options).await.unwrap();
    let mut connection = of_cluster(&cluster).await;
    for key in KEYS {
        let _: () = connection.set(key, 1).await.unwrap();
    }
    for (master, how) in [(0, Failover::Forced), (1, Failover::Takeover)] {
        cluster.failover(master + 3, how).await.unwrap();
        assert_eq!(cluster.replicas_of(master + 3).await.unwrap(), [master]);
    }
}

#[tokio::test]
async fn a_cluster_of_valkeys_fails_over_when_a_master_is_stopped() {
    let node = Options { program: Program::Valkey, ..Options::default() };
    let options = ClusterOptions { node, ..ClusterOptions::default() };
    let cluster = RedisCluster::start(options).await.unwrap();
    let old = cluster.master_of(SLOTS - 1).await.unwrap();
    assert_eq!(old, 2);
    cluster.node(old).stop();
    assert_eq!(cluster.until_master_moves(SLOTS - 1, old).await.unwrap(), old + 3);
    cluster.node(old).cont();
    cluster.until_whole().await.unwrap();
    assert_eq!(cluster.replicas_of(old + 3).await.unwrap(), [old]);
}
