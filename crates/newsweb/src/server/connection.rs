//! One connection: TLS where the port has it, then requests in turn, each with its line in the log.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::respond::{Reply, Responder};
use super::tls::Tls;
use crate::clock::Clock;
use crate::http::{Head, Sent, read_head, send};
use crate::log::Request;

/// How long a connection may idle.
const IDLE: Duration = Duration::from_secs(75);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often it is made sure that a client still waits.
const LOOK: Duration = Duration::from_millis(20);
/// What a client may send before it is answered.
const EARLY_BYTES_MAX: usize = 64 * 1_024;

/// What serves the connections of a port.
#[derive(Clone)]
pub(super) struct Connection {
    responder: Arc<Responder>,
    tls: Option<Tls>,
    stop: watch::Receiver<bool>,
}

impl Connection {
    /// For plain http, or with TLS settings for https.
    pub(super) fn new(
        responder: Arc<Responder>,
        tls: Option<Tls>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self { responder, tls, stop }
    }

    /// Serves until either side closes. What goes wrong on the way is the client's business, and
    /// stands in the log as far as there was a request.
    pub(super) async fn serve(mut self, stream: TcpStream) {
        // Without it small answers wait for the client's acknowledgement; it fails on dead sockets.
        let _ = stream.set_nodelay(true);
        let _ = match self.tls.take() {
            None => self.requests(stream, false).await,
            Some(tls) => self.secure(stream, tls).await,
        };
    }

    async fn secure(self, stream: TcpStream, tls: Tls) -> io::Result<()> {
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let hello = timeout(HANDSHAKE, hello).await??;
        let host = hello.client_hello().server_name().unwrap_or_default().to_ascii_lowercase();
        let start = self.responder.clock().now_s();
        if !self.responder.speaks_https(&host) {
            // There is no certificate for this: the handshake ends with an alert.
            let _ = timeout(HANDSHAKE, hello.into_stream(tls.refusing)).await;
            let end = self.responder.clock().now_s();
            self.note(&Head { host, ..Head::default() }, start, &Outcome::refused(end));
            return Ok(());
        }
        let stream = timeout(HANDSHAKE, hello.into_stream(tls.serving)).await??;
        self.requests(stream, true).await
    }

    async fn requests<S>(mut self, mut io: S, https: bool) -> io::Result<()>
    where
        S: Client,
    {
        let mut buffer = Vec::with_capacity(2_048);
        loop {
            let head = tokio::select! {
                biased;
                _ = self.stop.changed() => break,
                head = timeout(IDLE, read_head(&mut io, &mut buffer)) => head??,
            };
            let Some(head) = head else { break };
            let start = self.responder.clock().now_s();
            if io.is_gone() {
                self.note(&head, start, &Outcome { https, ..Outcome::given_up(start) });
                break;
            }
            let reply = self.responder.reply(&head, https);
            let outcome = self.answer(&mut io, &mut buffer, (&head, start), &reply).await;
            let open = outcome.sent.complete && !reply.response.is_cut() && !head.close;
            self.note(&head, start, &Outcome { https, ..outcome });
            if !open {
                break;
            }
        }
        io.shutdown().await
    }

    async fn answer<S>(
        &self,
        io: &mut S,
        buffer: &mut Vec<u8>,
        (head, start): (&Head, f64),
        reply: &Reply,
    ) -> Outcome
    where
        S: Client,
    {
        let clock = self.responder.clock();
        if let Err(seen_s) = outlasts(io, buffer, reply.latency, (clock, start)).await {
            return Outcome::broken(seen_s);
        }
        let parts = reply.response.parts(&self.responder.date(), head.method != "HEAD");
        let sent = send(io, parts, clock).await;
        Outcome {
            https: false,
            given_up: false,
            status: if sent.first_byte.is_some() { reply.response.status } else { 0 },
            whole: sent.complete && !reply.response.is_cut(),
            retry_after_s: reply
                .response
                .wait
                .map(|w| w.asked_s(sent.first_byte.unwrap_or(sent.end))),
            sent,
        }
    }

    fn note(&self, head: &Head, start: f64, outcome: &Outcome) {
        self.responder.log().note(Request {
            host: head.host.clone(),
            path: head.target.clone(),
            start,
            first_byte: outcome.sent.first_byte,
            end: outcome.sent.end,
            status: outcome.status,
            ua: head.user_agent.clone(),
            bytes: outcome.sent.bytes,
            scheme: if outcome.https { "https" } else { "http" }.to_owned(),
            complete: outcome.whole,
            retry_after_s: outcome.retry_after_s,
            given_up: outcome.given_up,
        });
    }
}

/// How a request ended.
struct Outcome {
    https: bool,
    given_up: bool,
    status: u16,
    /// Whether everything that should go out did.
    whole: bool,
    retry_after_s: Option<f64>,
    sent: Sent,
}

impl Outcome {
    /// The client went away before there was an answer.
    fn broken(end: f64) -> Self {
        let sent = Sent { first_byte: None, end, bytes: 0, complete: false };
        Self { https: false, given_up: false, status: 0, whole: false, retry_after_s: None, sent }
    }

    /// The client had gone away before its request was read.
    fn given_up(end: f64) -> Self {
        Self { given_up: true, ..Self::broken(end) }
    }

    /// A TLS handshake was refused.
    fn refused(end: f64) -> Self {
        Self { https: true, ..Self::broken(end) }
    }
}

/// A client that may go away.
trait Client: AsyncRead + AsyncWrite + Unpin {
    /// Whether it has closed its side. The system is asked: after a standstill the runtime hears of
    /// it later than of the time.
    fn is_gone(&self) -> bool;
}

impl Client for TcpStream {
    fn is_gone(&self) -> bool {
        let mut asked = [PollFd::new(self, PollFlags::RDHUP)];
        let is_told = poll(&mut asked, Some(&Timespec::default())).is_ok_and(|count| count > 0);
        is_told && asked[0].revents().intersects(PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR)
    }
}

impl Client for TlsStream<TcpStream> {
    fn is_gone(&self) -> bool {
        self.get_ref().0.is_gone()
    }
}

/// Waits. When the client goes away meanwhile, gives the last moment at which it was known to be
/// there, in seconds since 1970: a server that stood still learns of it late. `seen_s` is the
/// first.
async fn outlasts<S: Client>(
    io: &mut S,
    buffer: &mut Vec<u8>,
    latency: Duration,
    (clock, mut seen_s): (Clock, f64),
) -> Result<(), f64> {
    let until = Instant::now() + latency;
    loop {
        let (now_s, left) = (clock.now_s(), until.saturating_duration_since(Instant::now()));
        if !left.is_zero() {
            match timeout(left.min(LOOK), io.read_buf(buffer)).await {
                Ok(Ok(count)) if count > 0 && buffer.len() < EARLY_BYTES_MAX => {}
                Ok(_) => return Err(seen_s),
                Err(_) => {}
            }
        }
        if io.is_gone() {
            return Err(seen_s);
        }
        if left.is_zero() {
            return Ok(());
        }
        seen_s = now_s;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};
    use tokio::time::sleep;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    impl Client for DuplexStream {
        fn is_gone(&self) -> bool {
            false
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_goes_away_was_last_seen_before() {
        let (mut client, mut io) = duplex(64);
        let (clock, mut early) = (Clock::start(), Vec::new());
        let begun_s = clock.now_s();
        let waiting = tokio::spawn(async move {
            let outcome = outlasts(&mut io, &mut early, HOUR, (clock, begun_s)).await;
            (outcome, early)
        });
        client.write_all(b"early").await.unwrap();
        sleep(HOUR / 2).await;
        let gone_s = clock.now_s();
        drop(client);
        let (outcome, early) = waiting.await.unwrap();
        let seen_s = outcome.unwrap_err();
        assert!((begun_s..=gone_s).contains(&seen_s), "{begun_s} {seen_s} {gone_s}");
        assert_eq!(early, b"early");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stays_is_answered_in_its_time() {
        let (_client, mut io) = duplex(64);
        let begun = Instant::now();
        let clock = Clock::start();
        let outcome = outlasts(&mut io, &mut Vec::new(), HOUR, (clock, clock.now_s())).await;
        assert!(outcome.is_ok() && begun.elapsed() >= HOUR);
    }
}
