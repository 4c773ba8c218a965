//! The running web: two ports on loopback, all hosts behind each.

mod bench;
mod coding;
mod connection;
mod respond;
mod tls;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{interval, timeout};

use crate::config::{Config, Mode};
use crate::log::{Log, Request};
use crate::plan::Plan;
use crate::truth::{LiveTruth, Truth};
use connection::Connection;
use respond::Responder;
use tls::Authority;

/// Why a web cannot be started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration asks for something that there cannot be.
    #[error("the configuration is wrong: {0}")]
    Config(&'static str),
    /// A port on loopback.
    #[error("cannot listen on loopback")]
    Listen(#[source] io::Error),
    /// The log file.
    #[error("cannot write the log {path:?}")]
    Log {
        /// Where it is.
        path: PathBuf,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// The folder of real pages.
    #[error("cannot read the pages in {path:?}")]
    RealPages {
        /// Where they are.
        path: PathBuf,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// The certificate authority.
    #[error("cannot make a certificate authority")]
    Certificates(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The runtime ended while the web was being made.
    #[error("the runtime ended meanwhile")]
    Runtime(#[from] JoinError),
}

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 4_096;
/// How long requests in flight are given when the web stops. The slowest host answers well within.
const STOP_GRACE: Duration = Duration::from_secs(5);
const FLUSH_EVERY: Duration = Duration::from_millis(200);

/// A running web. It stops when it is told to, or roughly when it is dropped.
pub struct NewsWeb {
    /// Of http, and of https.
    addrs: [SocketAddr; 2],
    ca_pem: String,
    responder: Arc<Responder>,
    truth: OnceLock<Truth>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl NewsWeb {
    /// Starts a web on two free ports of 127.0.0.1, on the runtime that this is called from.
    pub async fn start(config: Config) -> Result<Self, Error> {
        // Reading pages and making keys takes a while.
        let (responder, authority) = spawn_blocking(move || prepare(config)).await??;
        let ports = [listen().map_err(Error::Listen)?, listen().map_err(Error::Listen)?];
        let addrs = [addr(&ports[0])?, addr(&ports[1])?];
        let (stop, stopped) = watch::channel(false);
        let tls = authority.tls().map_err(|error| Error::Certificates(error.into()))?;
        let mut tasks: Vec<_> = ports
            .into_iter()
            .zip([None, Some(tls)])
            .map(|(port, tls)| {
                let connection = Connection::new(Arc::clone(&responder), tls, stopped.clone());
                tokio::spawn(accept(port, connection, stopped.clone()))
            })
            .collect();
        tasks.push(tokio::spawn(flush(Arc::clone(&responder))));
        let ca_pem = authority.pem().to_owned();
        let truth = OnceLock::new();
        Ok(Self { addrs, ca_pem, responder, truth, stop, tasks })
    }

    /// Where http is spoken for all hosts.
    pub fn http_addr(&self) -> SocketAddr {
        self.addrs[0]
    }

    /// Where https is spoken for all hosts that do.
    pub fn https_addr(&self) -> SocketAddr {
        self.addrs[1]
    }

    /// The certificate of the authority that all hosts' certificates come from.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The front page of each outlet.
    pub fn seeds(&self) -> Vec<String> {
        let plan = self.responder.plan();
        (0..plan.config.outlets).map(|outlet| plan.seed(outlet).to_string()).collect()
    }

    /// The bare domain of each outlet.
    pub fn domains(&self) -> Vec<String> {
        let plan = self.responder.plan();
        (0..plan.config.outlets).map(|outlet| plan.domain(outlet)).collect()
    }

    /// What `--connect-to` needs to bring a crawler here: `HOST-GLOB:PORT=ADDR:PORT`.
    pub fn connect_to(&self) -> Vec<String> {
        vec![format!("*.test:80={}", self.addrs[0]), format!("*.test:443={}", self.addrs[1])]
    }

    /// What a right crawler does here. Worked out when first asked for; it grows with the web.
    pub fn truth(&self) -> &Truth {
        self.truth.get_or_init(|| Truth::walk(self.responder.plan()))
    }

    /// What a live web publishes in a span of its time, and where it is found; `None` for other
    /// webs.
    pub fn live_truth(&self, span_s: Range<f64>) -> Option<LiveTruth> {
        Some(self.responder.live()?.truth(span_s))
    }

    /// The time of a live web: seconds since its time 0.
    pub fn elapsed_s(&self) -> f64 {
        self.responder.elapsed_s()
    }

    /// The latest requests, in the order of their ends, as many as the configuration keeps.
    pub fn requests(&self) -> Vec<Request> {
        self.responder.log().kept()
    }

    /// How many requests there were.
    pub fn request_count(&self) -> u64 {
        self.responder.log().counts().0
    }

    /// How many bytes went out.
    pub fn bytes_sent(&self) -> u64 {
        self.responder.log().counts().1
    }

    /// Stops: no new connections, requests in flight are answered, the log is complete.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.stop.send_replace(true);
        let flusher = self.tasks.pop();
        for task in self.tasks.drain(..) {
            // Fails only if the task panicked, which the log of the runtime has shown already.
            let _ = task.await;
        }
        if let Some(flusher) = flusher {
            flusher.abort();
        }
        let path = self.responder.plan().config.log.clone().unwrap_or_default();
        self.responder.log().close().map_err(|source| Error::Log { path, source })
    }
}

impl Drop for NewsWeb {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.responder.log().flush();
    }
}

fn prepare(config: Config) -> Result<(Arc<Responder>, Arc<Authority>), Error> {
    let checked = if config.mode == Mode::Live { crate::live::check } else { check };
    checked(&config)?;
    let log = Log::open(config.log.as_deref(), config.requests_kept)
        .map_err(|source| Error::Log { path: config.log.clone().unwrap_or_default(), source })?;
    let responder = Responder::new(Plan::new(config), log)?;
    let authority = Authority::new().map_err(Error::Certificates)?;
    Ok((Arc::new(responder), Arc::new(authority)))
}

pub(crate) fn check(config: &Config) -> Result<(), Error> {
    let shares = [
        config.https_share,
        config.subdomain_share,
        config.wire_share,
        config.traits.slow_share,
        config.traits.validators_share,
        config.publish.map_or(0.0, |schedule| schedule.initial_share),
    ];
    if !(1..=100_000).contains(&config.outlets) {
        return Err(Error::Config("outlets: 1 to 100,000"));
    }
    if config.articles_per_outlet == 0 || config.articles_per_outlet > 100_000_000 {
        return Err(Error::Config("articles per outlet: 1 to 100,000,000"));
    }
    if !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
        return Err(Error::Config("a share is between 0 and 1"));
    }
    Ok(())
}

fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    socket.listen(BACKLOG)
}

fn addr(port: &TcpListener) -> Result<SocketAddr, Error> {
    port.local_addr().map_err(Error::Listen)
}

async fn accept(listener: TcpListener, connection: Connection, mut stop: watch::Receiver<bool>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    open.spawn(connection.clone().serve(stream));
                }
                // Out of file descriptors, most likely: let some connections end first.
                Err(_) => {
                    let _ = timeout(Duration::from_millis(50), open.join_next()).await;
                }
            },
            Some(_) = open.join_next() => {}
        }
    }
    let drained = async { while open.join_next().await.is_some() {} };
    if timeout(STOP_GRACE, drained).await.is_err() {
        open.shutdown().await;
    }
}

async fn flush(responder: Arc<Responder>) {
    let mut ticks = interval(FLUSH_EVERY);
    loop {
        ticks.tick().await;
        responder.log().flush();
    }
}

#[cfg(test)]
mod tests;
