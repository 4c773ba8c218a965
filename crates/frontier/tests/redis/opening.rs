//! Servers that will not do, and crawls that share one.

use std::sync::Arc;

use crawl::Clock;
use frontier::testing::{Authority, Options, RedisServer, User};
use frontier::{Error, Frontier, Making, Place, Redis, RedisAddress, Result, Tolerance};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::support::{
    DELAY, LEASE, RealClock, address, ask, busy, figures, hubs, made, on, refused, server, settle,
    take, tell, url,
};

fn clock() -> Arc<dyn Clock> {
    Arc::new(RealClock::default())
}

fn parsed(text: &str) -> RedisAddress {
    RedisAddress::parse(text).expect("the tests' addresses are valid")
}

async fn open(address: &RedisAddress) -> Result<Redis> {
    Redis::open(address, clock(), Tolerance::default()).await
}

async fn init(address: &RedisAddress, count: usize) -> Result<(Redis, Making)> {
    Redis::init(address, clock(), count, Tolerance::default()).await
}

/// What is said of a server that is refused.
fn unsuited(result: Result<Redis>) -> String {
    let error = refused(result);
    assert!(matches!(error, Error::Unsuited { .. }), "{error}");
    assert!(!error.is_transient(), "{error}");
    error.to_string()
}

fn assert_denied(result: Result<Redis>) {
    let error = refused(result);
    assert!(matches!(error, Error::Denied { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("check user and password"), "{text}");
    assert!(!text.contains("wrong-secret"), "the password is shown: {text}");
}

#[tokio::test]
async fn a_wrong_password_or_user_is_told_from_everything_else() {
    let mut options = Options::default();
    options.password = Some("right".to_owned());
    let with_password = server(options).await;
    let port = with_password.port();
    assert_denied(open(&parsed(&format!("redis://:wrong-secret@127.0.0.1:{port}"))).await);
    assert_denied(open(&parsed(&format!("redis://127.0.0.1:{port}"))).await);
    let right = parsed(&format!("redis://127.0.0.1:{port}")).with_password("right");
    init(&right, 1).await.unwrap();
    open(&right).await.unwrap();

    let mut options = Options::default();
    options.user = Some(User { name: "news".to_owned(), password: "right".to_owned() });
    let with_user = server(options).await;
    let port = with_user.port();
    assert_denied(open(&parsed(&format!("redis://nobody:wrong-secret@127.0.0.1:{port}"))).await);
    assert_denied(open(&parsed(&format!("redis://news:wrong-secret@127.0.0.1:{port}"))).await);
    init(&address(&with_user), 1).await.unwrap();
    // One who may look, but not call.
    tell(&with_user, "ACL SETUSER looks on >right ~* +@read +info +hello +ping +client").await;
    let looks = parsed(&format!("redis://looks:right@127.0.0.1:{port}"));
    assert_denied(open(&looks).await);
}

#[tokio::test]
async fn a_server_that_would_lose_the_frontier_is_refused_unless_told_to() {
    let evicts = server(Options::default().with("maxmemory-policy", "allkeys-lru")).await;
    let said = unsuited(open(&address(&evicts)).await);
    assert!(said.contains("allkeys-lru") && said.contains("noeviction"), "{said}");
    let may_evict = Tolerance { may_evict: true, ..Tolerance::default() };
    Redis::init(&address(&evicts), clock(), 1, may_evict).await.unwrap();

    // Redis 7 reads its log as its default user.
    let unread = server(Options::default()).await;
    tell(&unread, "ACL SETUSER news on >right ~* &* +@all").await;
    let news = parsed(&format!("redis://news:right@127.0.0.1:{}", unread.port()));
    init(&news, 1).await.unwrap();
    tell(&unread, "ACL SETUSER default reset").await;
    let said = unsuited(open(&news).await);
    assert!(said.contains("user default off resetpass"), "{said}");

    let forgets = server(Options::default().with("appendonly", "no")).await;
    let said = unsuited(open(&address(&forgets)).await);
    assert!(said.contains("appendonly yes") && said.contains("--allow-no-persistence"), "{said}");
    let may_forget = Tolerance { may_forget: true, ..Tolerance::default() };
    Redis::init(&address(&forgets), clock(), 1, may_forget).await.unwrap();
}

#[tokio::test]
async fn a_server_with_snapshots_only_is_taken() {
    let options = Options::default().with("appendonly", "no").with("save", "3600 1");
    let saves = server(options).await;
    init(&address(&saves), 1).await.unwrap();
    open(&address(&saves)).await.unwrap();
}

#[tokio::test]
async fn a_replica_is_refused() {
    let master = server(Options::default()).await;
    init(&address(&master), 1).await.unwrap();
    let replica = server(Options::replica_of(&master)).await;
    let said = unsuited(open(&address(&replica)).await);
    assert!(said.contains("replica") && said.contains("master"), "{said}");
    // Named beside its master, it is passed over.
    let both = format!("redis://127.0.0.1:{},127.0.0.1:{}", replica.port(), master.port());
    let frontier = open(&parsed(&both)).await.unwrap();
    frontier.enqueue(hubs(&["a.test"], 1)).await.unwrap();
}

/// Answers as a Redis of this version does, as far as it is asked.
async fn answer_as(version: &'static str, listener: TcpListener) {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else { return };
        tokio::spawn(async move {
            let mut seen = vec![0; 4_096];
            while let Ok(n @ 1..) = stream.read(&mut seen).await {
                let text = String::from_utf8_lossy(&seen[..n]).to_uppercase();
                let words = text.lines().filter(|line| line.starts_with('*'));
                let mut answers = vec!["-ERR unknown command\r\n".to_owned(); words.count()];
                if text.contains("\r\nINFO\r\n") {
                    let info =
                        format!("redis_version:{version}\r\nrole:master\r\naof_enabled:1\r\n");
                    answers = vec![format!("${}\r\n{info}\r\n", info.len())];
                }
                if stream.write_all(answers.concat().as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

#[tokio::test]
async fn an_old_server_is_refused_by_its_version() {
    for version in ["6.2.0", "5.0.14", "2.8"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answering = tokio::spawn(answer_as(version, listener));
        let said = unsuited(open(&parsed(&format!("redis://127.0.0.1:{port}"))).await);
        assert!(said.contains(version) && said.contains("7.0 or newer"), "{said}");
        answering.abort();
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_may_come() {
    let mut gone = server(Options::default()).await;
    gone.kill9();
    let error = refused(open(&address(&gone)).await);
    assert!(matches!(error, Error::Unreachable { .. }) && error.is_transient(), "{error}");
    assert!(error.to_string().contains(&gone.port().to_string()), "{error}");
}

#[tokio::test]
async fn a_frontier_is_made_once_with_its_partitions() {
    let server = server(Options::default()).await;
    let at = address(&server);
    let error = refused(open(&at).await);
    assert!(matches!(error, Error::NotInitialised { .. }), "{error}");
    let (frontier, making) = init(&at, 16).await.unwrap();
    assert_eq!(making, Making::Made);
    frontier.enqueue(hubs(&["a.test", "b.test"], 3)).await.unwrap();
    assert_eq!(init(&at, 16).await.unwrap().1, Making::Known);
    for other in [8, 32] {
        let error = refused(init(&at, other).await);
        assert!(matches!(error, Error::Partitions { .. }), "{error}");
        assert!(error.to_string().contains("16 partitions"), "{error}");
    }
    assert_eq!(figures(&open(&at).await.unwrap()).await.urls_seen, 6);
    // One whose making was broken off is made whole.
    tell(&server, "DEL nh:{p11}:state").await;
    let error = refused(open(&at).await);
    assert!(matches!(error, Error::NotInitialised { .. }), "{error}");
    assert_eq!(init(&at, 16).await.unwrap().1, Making::Made);
    assert_eq!(figures(&open(&at).await.unwrap()).await.urls_seen, 6);
    // One of an older or newer program, which may keep a host elsewhere, is left alone.
    for layout in [1, 3] {
        let mut other = redis::cmd("EVAL");
        other.arg(
            "local s = cmsgpack.unpack(redis.call('GET', KEYS[1])) s[1] = tonumber(ARGV[1])
             redis.call('SET', KEYS[1], cmsgpack.pack(s))",
        );
        server.ask::<()>(other.arg(1).arg("nh:{p0}:state").arg(layout)).await.unwrap();
        for error in [refused(open(&at).await), refused(init(&at, 16).await)] {
            assert!(matches!(error, Error::Layout { .. }), "{error}");
            assert!(error.to_string().contains("use the newshound that made it"), "{error}");
        }
    }
}

#[tokio::test]
async fn tls_trusts_the_authority_that_is_named() {
    let authority = Authority::new().unwrap();
    let mut options = Options::default();
    options.tls = Some(authority.clone());
    let server = server(options).await;
    let at = address(&server);
    let other = Authority::new().unwrap().pem().into_bytes();
    for wrong in [at.clone(), at.clone().with_ca(other)] {
        let error = refused(open(&wrong).await);
        assert!(matches!(error, Error::Unreachable { .. }), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    let plain = parsed(&format!("redis://127.0.0.1:{}", server.port()));
    assert!(matches!(refused(open(&plain).await), Error::Unreachable { .. }));
    let right = at.with_ca(authority.pem().into_bytes());
    init(&right, 2).await.unwrap();
    let frontier = open(&right).await.unwrap();
    frontier.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    settle(&frontier, &take(&frontier, "a.test").await).await;
    // What is no certificate at all.
    let garbage = address(&server).with_ca(b"garbage".to_vec());
    assert!(open(&garbage).await.is_err());
}

async fn crawl(
    server: &RedisServer,
    name: &str,
    on_clock: &Arc<frontier::conformance::TestClock>,
) -> Redis {
    let at = parsed(&format!("{}?crawl={name}", server.url()));
    on(&at, on_clock).await
}

#[tokio::test]
async fn crawls_on_one_redis_share_politeness_and_nothing_else() {
    let (server, main, clock) = made(Options::default()).await;
    let (de, fr) = (crawl(&server, "de", &clock).await, crawl(&server, "fr", &clock).await);
    main.enqueue(hubs(&["a.test"], 4)).await.unwrap();
    de.enqueue(hubs(&["a.test", "b.test"], 2)).await.unwrap();
    main.admit(vec!["a.test".to_owned()]).await.unwrap();
    main.set_note("k", "v").await.unwrap();
    assert_eq!(figures(&main).await.urls_seen, 4);
    assert_eq!(figures(&de).await.urls_seen, 4);
    assert_eq!(figures(&fr).await.urls_seen, 0);
    assert_eq!(de.scope_members().await.unwrap(), [""; 0]);
    assert_eq!(de.note("k").await.unwrap(), None);
    assert_eq!(fr.place(&url("https://a.test/0")).await.unwrap(), None);

    // A host that one has leased is busy for all, in a draw too.
    let lease = take(&main, "a.test").await;
    assert_eq!(busy(&de, "a.test").await, LEASE + DELAY);
    assert_eq!(busy(&fr, "a.test").await, LEASE + DELAY);
    let drawn = super::support::draw(&de).await.unwrap();
    assert_eq!(drawn.token.host.as_str(), "b.test");
    assert!(super::support::draw(&de).await.is_none());
    settle(&main, &lease).await;
    // And rests for all.
    assert_eq!(busy(&de, "a.test").await, DELAY);
    clock.advance(DELAY);
    let next = super::support::draw(&de).await.unwrap();
    assert_eq!(next.token.host.as_str(), "a.test");
    assert_eq!(next.token.fence, lease.token.fence + 1);
    assert_eq!(next.urls.len(), 2, "its own URLs");
    let urls: Vec<&str> = next.urls.iter().map(|e| e.url.as_str()).collect();
    assert_eq!(urls, ["https://a.test/0", "https://a.test/1"]);
    settle(&de, &next).await;
    assert_eq!(de.place(&url("https://a.test/0")).await.unwrap(), Some(Place::Settled));
    let place = main.place(&url("https://a.test/2")).await.unwrap();
    assert!(matches!(place, Some(Place::Pending(_))), "{place:?}");
    assert!(main.lease(ask(1)).await.is_ok());
}
