//! One connection: TLS where the port has it, then requests in turn, each with its line in the log.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::LazyConfigAcceptor;

use super::respond::{Reply, Responder};
use super::tls::Tls;
use crate::http::{Head, Sent, read_head, send};
use crate::log::Request;

/// How long a connection may idle.
const IDLE: Duration = Duration::from_secs(75);
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

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
        S: AsyncRead + AsyncWrite + Unpin,
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
            let reply = self.responder.reply(&head, https);
            let outcome = self.answer(&mut io, &mut buffer, &head, &reply).await;
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
        head: &Head,
        reply: &Reply,
    ) -> Outcome
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let clock = self.responder.clock();
        if !reply.latency.is_zero() && hangs_up(io, buffer, reply.latency).await {
            return Outcome::broken(clock.now_s());
        }
        let parts = reply.response.parts(&self.responder.date(), head.method != "HEAD");
        let sent = send(io, parts, clock).await;
        Outcome {
            https: false,
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
        });
    }
}

/// How a request ended.
struct Outcome {
    https: bool,
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
        Self { https: false, status: 0, whole: false, retry_after_s: None, sent }
    }

    /// A TLS handshake was refused.
    fn refused(end: f64) -> Self {
        Self { https: true, ..Self::broken(end) }
    }
}

/// Waits, and says whether the client went away meanwhile. What it sends early is kept.
async fn hangs_up<S: AsyncRead + Unpin>(
    io: &mut S,
    buffer: &mut Vec<u8>,
    latency: Duration,
) -> bool {
    let waited = sleep(latency);
    tokio::pin!(waited);
    loop {
        tokio::select! {
            () = &mut waited => return false,
            read = io.read_buf(buffer) => match read {
                Ok(count) if count > 0 && buffer.len() < 64 * 1_024 => {}
                _ => return true,
            },
        }
    }
}
