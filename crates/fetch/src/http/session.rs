//! The exchanges of one lease.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use crawl::{CanonicalUrl, HostKey};
use reqwest::Client;
use reqwest::dns::{Name, Resolve, Resolving};
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Host;

use super::Shared;
use super::body::{self, BodyLimits};
use super::cause::failure_of;
use super::head::Head;
use super::pin::Pin;
use crate::{
    Exchange, Failure, Forbidden, Moment, Outcome, Peer, Phase, Request, Response, Session,
};

/// Addresses of one name that are tried; what comes after them is not.
const ADDRESSES_MAX: usize = 16;

/// Origins of one host that keep a connection at once; one more, and all are closed.
const CLIENTS_MAX: usize = 4;

/// Addresses and connections of one host while it is leased.
pub struct HttpSession {
    pub(super) shared: Arc<Shared>,
    pub(super) host: HostKey,
    /// The vetted addresses of the host's name, once looked up.
    pub(super) addresses: Option<Vec<IpAddr>>,
    pub(super) clients: Vec<OriginClient>,
    pub(super) pin: Pin,
}

/// The client of one origin; its pool holds at most one idle connection.
pub(super) struct OriginClient {
    is_https: bool,
    port: u16,
    /// Where a `connect_to` rule leads: the only address that may answer.
    target: Option<SocketAddr>,
    client: Client,
}

/// What is learnt on the way of an exchange.
#[derive(Default)]
struct Progress {
    first_byte: Option<Moment>,
    remote: Option<SocketAddr>,
}

/// What a future gives until a deadline. It is not polled after that, as `timeout_at` would: a
/// process that stood still begins nothing late when it goes on.
async fn by<F: Future>(deadline: Instant, future: F) -> Option<F::Output> {
    let (mut future, mut due) = (pin!(future), pin!(sleep_until(deadline)));
    poll_fn(|context| {
        if Instant::now() >= deadline {
            return Poll::Ready(None);
        }
        match future.as_mut().poll(context) {
            Poll::Ready(given) => Poll::Ready(Some(given)),
            Poll::Pending => due.as_mut().poll(context).map(|()| None),
        }
    })
    .await
}

impl HttpSession {
    pub(super) fn new(shared: Arc<Shared>, host: HostKey) -> Self {
        Self { shared, host, addresses: None, clients: Vec::new(), pin: Pin::default() }
    }

    async fn attempt(
        &mut self,
        request: &Request,
        head: &Head,
        progress: &mut Progress,
    ) -> Result<Response, Failure> {
        let limits = self.shared.config.limits.clone();
        let begun = Instant::now();
        let deadline = begun + limits.total;
        let head_deadline = deadline.min(begun + limits.first_byte);
        self.check_host(&request.url)?;
        let index = self.client_for(&request.url, head_deadline).await?;
        let OriginClient { client, target, .. } = &self.clients[index];
        let target = *target;
        let sent = client.get(request.url.as_url().clone()).headers(head.headers.clone()).send();
        let mut response = match by(head_deadline, sent).await {
            None => return Err(Failure::Timeout(Phase::FirstByte)),
            Some(Err(error)) => return Err(failure_of(&error)),
            Some(Ok(response)) => response,
        };
        progress.first_byte = Some(Moment::of(&*self.shared.clock));
        progress.remote = response.remote_addr();
        self.check_remote(progress.remote, target)?;
        let mut read = response_head(&response, &limits)?;
        let limits = BodyLimits {
            bytes_max: request.body_bytes_max.unwrap_or(limits.body_bytes_max),
            rate_bytes_per_s_min: limits.rate_bytes_per_s_min,
            rate_grace: limits.rate_grace,
            deadline,
        };
        (read.body, read.truncated) = body::read(&mut response, &limits).await;
        Ok(read)
    }

    /// The session's host alone is asked, and an IP literal never reaches a resolver.
    fn check_host(&self, url: &CanonicalUrl) -> Result<(), Failure> {
        if url.host_key() != self.host {
            return Err(Failure::WrongHost(self.host.to_string()));
        }
        let Some(address) = literal(url) else { return Ok(()) };
        if self.target(url).is_some() {
            let text = format!("a connect-to rule covers {address}, but an address is no name");
            return Err(Failure::AddressForbidden(text));
        }
        self.shared.guard.check(address).map_err(|why| forbidden(&why))
    }

    /// The address really connected to: a check behind the guard, not the guard itself.
    pub(super) fn check_remote(
        &self,
        remote: Option<SocketAddr>,
        target: Option<SocketAddr>,
    ) -> Result<(), Failure> {
        let Some(remote) = remote else {
            let text = "the address that answered is not known".to_owned();
            return Err(Failure::AddressForbidden(text));
        };
        if target.is_some_and(|target| target != remote) {
            let text = format!("{remote} answered in the place of the connect-to address");
            return Err(Failure::AddressForbidden(text));
        }
        self.shared.guard.check(remote.ip()).map_err(|why| forbidden(&why))
    }

    pub(super) fn target(&self, url: &CanonicalUrl) -> Option<SocketAddr> {
        let url = url.as_url();
        match url.port() {
            Some(_) => None,
            None => self.shared.config.target(self.host.as_str(), url.port_or_known_default()?),
        }
    }

    /// The place of the client for a URL's origin; makes it when there is none.
    async fn client_for(
        &mut self,
        url: &CanonicalUrl,
        deadline: Instant,
    ) -> Result<usize, Failure> {
        let is_https = url.as_url().scheme() == "https";
        let port = url.as_url().port_or_known_default().unwrap_or(80);
        let known = self.clients.iter().position(|c| c.is_https == is_https && c.port == port);
        if let Some(index) = known {
            return Ok(index);
        }
        let target = self.target(url);
        let mut builder = builder(&self.shared);
        if let Some(target) = target {
            builder = builder.resolve_to_addrs(self.host.as_str(), &[target]);
        } else if literal(url).is_none() {
            let used = if self.pin.is_set { 1 } else { ADDRESSES_MAX };
            let vetted = self.vetted(deadline).await?.iter().take(used);
            let sockets: Vec<_> = vetted.map(|ip| SocketAddr::new(*ip, port)).collect();
            builder = builder.resolve_to_addrs(self.host.as_str(), &sockets);
        }
        let client = builder.build().map_err(|error| failure_of(&error))?;
        if self.clients.len() >= CLIENTS_MAX {
            self.clients.clear();
        }
        self.clients.push(OriginClient { is_https, port, target, client });
        Ok(self.clients.len() - 1)
    }

    /// The allowed addresses of the host's name; forbidden ones are dropped.
    pub(super) async fn vetted(&mut self, deadline: Instant) -> Result<&[IpAddr], Failure> {
        if let Some(failure) = self.pin.failure.take() {
            return Err(failure);
        }
        if self.addresses.is_none() {
            let found = self.look_up(deadline).await?;
            self.addresses = Some(vet(&self.shared, &found)?);
        }
        Ok(self.addresses.as_deref().unwrap_or_default())
    }

    async fn look_up(&self, deadline: Instant) -> Result<Vec<IpAddr>, Failure> {
        let due = deadline.min(Instant::now() + self.shared.config.limits.lookup);
        match timeout_at(due, self.shared.resolver.lookup(self.host.as_str())).await {
            Err(_) => Err(Failure::Timeout(Phase::Lookup)),
            Ok(Err(error)) => Err(Failure::Dns(error.to_string())),
            Ok(Ok(found)) if found.is_empty() => Err(Failure::Dns("no address".to_owned())),
            Ok(Ok(found)) => Ok(found),
        }
    }
}

impl Session for HttpSession {
    async fn exchange(&mut self, request: &Request) -> Exchange {
        let started = Moment::of(&*self.shared.clock);
        let head = Head::new(request, &self.shared.user_agent);
        let mut progress = Progress::default();
        let outcome = match self.attempt(request, &head, &mut progress).await {
            Ok(response) => Outcome::Response(Box::new(response)),
            Err(failure) => Outcome::Failed(failure),
        };
        self.learn_from(&outcome);
        Exchange {
            url: request.url.clone(),
            request_head: head.bytes,
            started,
            first_byte: progress.first_byte,
            ended: Moment::of(&*self.shared.clock),
            remote: progress.remote,
            outcome,
        }
    }

    fn close_idle(&mut self) {
        self.clients.clear();
    }

    async fn pin(&mut self, url: &CanonicalUrl) -> Option<Peer> {
        self.pin_address(url).await
    }

    fn pin_next(&mut self) -> Option<Peer> {
        self.pin_next_address()
    }
}

impl HttpSession {
    /// A connection that did not end well is gone with its client; addresses that did not answer
    /// are looked up again.
    fn learn_from(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Response(response) if response.truncated.is_none() => {}
            Outcome::Response(_) => self.clients.clear(),
            Outcome::Failed(failure) => {
                self.clients.clear();
                self.unpin(failure);
                self.addresses = None;
            }
        }
    }
}

/// A client that does one thing: write our request, read the answer.
pub(super) fn builder(shared: &Shared) -> reqwest::ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(shared.tls.clone())
        .http1_only()
        .http1_title_case_headers()
        .http1_max_headers(shared.config.limits.headers_max)
        // Lines that are no header lines are left out, as browsers do.
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(shared.config.limits.connect)
        .pool_max_idle_per_host(1)
        // They die with the session; a timer would only cost.
        .pool_idle_timeout(None)
        .dns_resolver(Arc::new(NoResolver))
}

/// Stands behind the vetted addresses: what was not vetted is not looked up.
struct NoResolver;

impl Resolve for NoResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let text = format!("{} was not vetted", name.as_str());
        Box::pin(std::future::ready(Err(text.into())))
    }
}

fn vet(shared: &Shared, found: &[IpAddr]) -> Result<Vec<IpAddr>, Failure> {
    let mut first_refused = None;
    let mut vetted = Vec::with_capacity(found.len().min(ADDRESSES_MAX));
    for address in found {
        match shared.guard.check(*address) {
            Err(why) => {
                first_refused.get_or_insert(why);
            }
            Ok(()) if vetted.len() < ADDRESSES_MAX && !vetted.contains(address) => {
                vetted.push(*address);
            }
            Ok(()) => {}
        }
    }
    match first_refused {
        Some(why) if vetted.is_empty() => Err(forbidden(&why)),
        _ => Ok(vetted),
    }
}

fn forbidden(why: &Forbidden) -> Failure {
    Failure::AddressForbidden(format!("{why}; --allow-network {} opens it", why.network()))
}

/// The address that stands in a URL in the place of a name.
pub(super) fn literal(url: &CanonicalUrl) -> Option<IpAddr> {
    match url.as_url().host()? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
    }
}

/// The head as it is kept, when it is within the limits; the body is still to come.
fn response_head(
    response: &reqwest::Response,
    limits: &crate::Limits,
) -> Result<Response, Failure> {
    let fields = response.headers();
    let bytes: usize = fields.iter().map(|(n, v)| n.as_str().len() + v.len() + 4).sum();
    if bytes as u64 > limits.header_bytes_max {
        let text = format!("{bytes} bytes, more than {}", limits.header_bytes_max);
        return Err(Failure::HeadersTooLarge(text));
    }
    let headers =
        fields.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    Ok(Response {
        status: response.status().as_u16(),
        reason: reason(response),
        version: if response.version() == http::Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" },
        headers: headers.collect(),
        body: bytes::Bytes::new(),
        truncated: None,
    })
}

/// The phrase is handed on only where it is not the usual one of its code.
fn reason(response: &reqwest::Response) -> Option<String> {
    match response.extensions().get::<hyper::ext::ReasonPhrase>() {
        None => response.status().canonical_reason().map(str::to_owned),
        Some(phrase) if phrase.as_bytes().is_empty() => None,
        Some(phrase) => Some(phrase.as_bytes().iter().map(|&b| char::from(b)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{advance, pause};

    use super::*;

    #[tokio::test]
    async fn nothing_is_begun_after_a_standstill_beyond_the_deadline() {
        pause();
        let (deadline, mut polls) = (Instant::now() + Duration::from_secs(4), 0);
        let mut sending = pin!(by(
            deadline,
            poll_fn(|context| {
                polls += 1;
                context.waker().wake_by_ref();
                if polls == 1 { Poll::Pending } else { Poll::Ready("sent") }
            })
        ));
        let first = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
        assert_eq!(first, Poll::Pending);
        advance(Duration::from_secs(15)).await;
        assert_eq!(sending.await, None);
        assert_eq!(
            by(Instant::now() + Duration::from_secs(4), async { "sent" }).await,
            Some("sent")
        );
    }
}
