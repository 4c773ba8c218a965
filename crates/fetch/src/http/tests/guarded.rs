//! Where requests go, and where none goes.

use std::net::SocketAddr;
use std::process::Command;

use super::server::Server;
use super::*;
use crate::Peer;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews";

#[tokio::test]
async fn literals_are_checked_and_never_looked_up() {
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://2130706433/",
        concat!("http://", "0x7f.1", ":8080/"),
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "https://[fd00:ec2::254]/",
    ] {
        let got = get(&Config::default(), Names::NeverCome, url).await;
        assert_eq!(got.first_byte, None);
        let got = failure(got);
        assert_eq!((got.kind(), got.is_transient()), ("address-forbidden", false), "{url}");
        assert!(got.to_string().contains("--allow-network"), "{got}");
    }
    let server = Server::once(OK).await;
    let got = get(&loopback(), Names::NeverCome, &format!("http://{}/", server.address)).await;
    assert_eq!(response(got).status, 200);
}

#[tokio::test]
async fn forbidden_answers_of_the_resolver_are_dropped() {
    let server = Server::once(OK).await;
    let mixed = names(&["10.0.0.1", "fd00::1", "127.0.0.1", "192.168.1.1"]);
    let got = get(&loopback(), mixed, &server.url("/")).await;
    assert_eq!(got.remote, Some(server.address));
    let got = failure(get(&loopback(), names(&["10.0.0.7", "::1"]), &server.url("/")).await);
    assert_eq!(got.kind(), "address-forbidden");
    assert!(got.to_string().contains("10.0.0.7") && got.to_string().contains("--allow-network"));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_name_with_a_public_and_a_private_address_keeps_the_public_one() {
    let web = web(&Config::default(), names(&["127.0.0.1", "1.1.1.1", "1.1.1.1", "10.0.0.1"]));
    let mut session = web.open(&HostKey::parse("rebind.test").unwrap());
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    let vetted = session.vetted(deadline).await.unwrap();
    assert_eq!(vetted, ["1.1.1.1".parse::<IpAddr>().unwrap()]);
}

#[test]
fn the_address_that_answered_is_checked() {
    let session = session(&loopback());
    let at = |text: &str| Some(text.parse::<SocketAddr>().unwrap());
    assert!(session.check_remote(at("127.0.0.1:80"), None).is_ok());
    assert!(session.check_remote(at("127.0.0.1:80"), at("127.0.0.1:80")).is_ok());
    for (remote, target) in
        [(at("10.0.0.1:80"), None), (at("127.0.0.1:80"), at("127.0.0.2:80")), (None, None)]
    {
        let failure = session.check_remote(remote, target).unwrap_err();
        assert_eq!(failure.kind(), "address-forbidden");
    }
}

#[tokio::test]
async fn a_session_asks_its_own_host_only() {
    let server = Server::once(OK).await;
    let url = server.url("/").replace("a.test", "b.test");
    let got = failure(session(&loopback()).exchange(&request(&url)).await);
    assert_eq!((got.kind(), server.connections()), ("wrong-host", 0));
}

#[tokio::test]
async fn a_connect_to_rule_leads_elsewhere_under_the_same_name() {
    let server = Server::once(OK).await;
    let mut config = loopback();
    config.connect_to = vec![format!("*.test:80={}", server.address).parse().unwrap()];
    let got = get(&config, Names::NeverCome, "http://a.test/x").await;
    assert_eq!(got.remote, Some(server.address));
    assert_eq!(server.heads()[0], got.request_head);
    assert!(got.request_head.starts_with(b"GET /x HTTP/1.1\r\nHost: a.test\r\n"));
    // Another port of the scheme, an explicit port, another name: no rule, so the name is asked.
    for url in ["https://a.test/", "http://a.test:81/", "http://a.example/"] {
        assert_eq!(failure(get(&config, Names::AreUnknown, url).await).kind(), "dns", "{url}");
    }
}

#[tokio::test]
async fn a_rule_for_every_host_lets_no_literal_out() {
    let mut config = loopback();
    config.connect_to = vec!["*=127.0.0.1:9".parse().unwrap()];
    let got = failure(get(&config, Names::NeverCome, "http://1.1.1.1/").await);
    assert_eq!(got.kind(), "address-forbidden");
}

#[tokio::test]
async fn a_rule_into_a_forbidden_network_is_refused_at_the_start() {
    let config = Config { connect_to: vec!["*=127.0.0.1:9".parse().unwrap()], ..Config::default() };
    let made = HttpWeb::new(&config, &identity(), Arc::new(Ticks::default()), names(&[]));
    assert!(matches!(made.err(), Some(Error::Config(_))));
}

const PROXY_TEST: &str = "http::tests::guarded::the_environment_names_no_proxy";

/// Runs itself once more under an environment that names a proxy where nobody listens.
#[tokio::test]
async fn the_environment_names_no_proxy() {
    if std::env::var_os("http_proxy").is_none_or(|proxy| proxy != "http://127.0.0.1:1") {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", PROXY_TEST]);
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"] {
            again.env(name, "http://127.0.0.1:1");
        }
        let output = again.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let server = Server::once(OK).await;
    let got = get(&loopback(), names(&["127.0.0.1"]), &server.url("/")).await;
    assert_eq!(response(got).status, 200);
}

#[tokio::test]
async fn a_pinned_session_keeps_to_one_address_until_it_cannot_be_reached() {
    let server = Server::once(OK).await;
    let url = server.url("/");
    let asked = request(&url);
    // Nobody listens on the first one.
    let web = web(&loopback(), names(&["127.0.0.2", "127.0.0.1", "10.0.0.1"]));
    let mut session = web.open(&asked.url.host_key());
    let peer = |text: &str| Peer { address: text.parse().unwrap(), is_allowed: true };
    assert_eq!(session.pin(&asked.url).await, Some(peer("127.0.0.2")));
    assert_eq!(session.pin_next(), None, "before anything has failed");
    assert_eq!(failure(session.exchange(&asked).await).kind(), "connect");
    assert_eq!(server.connections(), 0);
    assert_eq!(session.pin_next(), Some(peer("127.0.0.1")));
    assert_eq!(session.pin(&asked.url).await, Some(peer("127.0.0.1")));
    assert_eq!(session.exchange(&asked).await.remote, Some(server.address));
    // Without a pin, the addresses are tried by themselves.
    let mut free = web.open(&asked.url.host_key());
    assert_eq!(free.exchange(&asked).await.remote, Some(server.address));
}

#[tokio::test]
async fn what_there_is_to_pin() {
    let url = |text: &str| CanonicalUrl::parse(text).unwrap();
    let pin = async |config: &Config, resolver: Names, text: &str| {
        let url = url(text);
        web(config, resolver).open(&url.host_key()).pin(&url).await
    };
    let peer = |text: &str, is_allowed| Some(Peer { address: text.parse().unwrap(), is_allowed });
    let (open, closed) = (loopback(), Config::default());
    assert_eq!(pin(&open, names(&["1.1.1.1"]), "http://a.test/").await, peer("1.1.1.1", false));
    assert_eq!(pin(&open, Names::NeverCome, "http://127.0.0.9/").await, peer("127.0.0.9", true));
    assert_eq!(pin(&closed, Names::NeverCome, "http://127.0.0.9/").await, None);
    let mut led = loopback();
    led.connect_to = vec!["*.test=127.0.0.3:81".parse().unwrap()];
    assert_eq!(pin(&led, Names::NeverCome, "http://a.test/").await, peer("127.0.0.3", true));
    // A name that is not found ends the exchange, without another lookup.
    let asked = request("http://a.test/");
    let mut session = web(&open, Names::AreUnknown).open(&asked.url.host_key());
    assert_eq!(session.pin(&asked.url).await, None);
    assert_eq!(failure(session.exchange(&asked).await).kind(), "dns");
}
