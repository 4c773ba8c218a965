//! Exchanges with servers on loopback that do exactly what a test wants.

mod answers;
mod guarded;
mod limits;
mod secure;
mod server;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crawl::{CanonicalUrl, Clock, Identity, UnixMicros};

use super::*;
use crate::{Exchange, Failure, Lookup, Outcome, Request, Response, Session};

/// A clock that goes on by a microsecond whenever it is read.
#[derive(Default)]
struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now(&self) -> UnixMicros {
        UnixMicros(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs())
    }
}

/// Answers every name alike.
enum Names {
    Are(Vec<IpAddr>),
    AreUnknown,
    NeverCome,
}

impl Resolver for Names {
    fn lookup<'a>(&'a self, _: &'a str) -> Lookup<'a> {
        match self {
            Self::Are(addresses) => Box::pin(std::future::ready(Ok(addresses.clone()))),
            Self::AreUnknown => Box::pin(std::future::ready(Err(io::Error::other("no such name")))),
            Self::NeverCome => Box::pin(std::future::pending()),
        }
    }
}

fn names(addresses: &[&str]) -> Names {
    Names::Are(addresses.iter().map(|a| a.parse().unwrap()).collect())
}

fn loopback() -> Config {
    Config { allow_networks: vec!["127.0.0.0/8".parse().unwrap()], ..Config::default() }
}

fn with_limits(change: impl FnOnce(&mut crate::Limits)) -> Config {
    let mut config = loopback();
    change(&mut config.limits);
    config
}

fn identity() -> Identity {
    Identity::new("tests@example.org", "1.0").unwrap()
}

fn web(config: &Config, resolver: Names) -> HttpWeb {
    HttpWeb::new(config, &identity(), Arc::new(Ticks::default()), resolver).unwrap()
}

fn request(url: &str) -> Request {
    Request::new(CanonicalUrl::parse(url).unwrap())
}

/// A session for `a.test`, which is at home on loopback.
fn session(config: &Config) -> HttpSession {
    web(config, names(&["127.0.0.1"])).open(&HostKey::parse("a.test").unwrap())
}

/// One exchange in a session of its own.
async fn get(config: &Config, resolver: Names, url: &str) -> Exchange {
    let request = request(url);
    let mut session = web(config, resolver).open(&request.url.host_key());
    session.exchange(&request).await
}

fn response(exchange: Exchange) -> Response {
    match exchange.outcome {
        Outcome::Response(response) => *response,
        Outcome::Failed(failure) => panic!("{}: {failure}", exchange.url),
    }
}

fn failure(exchange: Exchange) -> Failure {
    match exchange.outcome {
        Outcome::Failed(failure) => failure,
        Outcome::Response(response) => panic!("{}: {}", exchange.url, response.status),
    }
}
