//! Where a frontier in Redis is: the URL, and what goes with it.

use redis::cluster::ClusterClient;
use redis::{Client, ConnectionInfo, IntoConnectionInfo, TlsCertificates};
use url::Url;

use super::link::Peer;
use crate::{Error, Result};

/// The crawl that is meant where the URL names none.
const CRAWL: &str = "main";

/// Where a frontier in Redis is.
#[derive(Clone)]
pub struct RedisAddress {
    /// The URL of each node that is named.
    nodes: Vec<Url>,
    /// The crawl's name.
    crawl: String,
    /// The CA that the server's certificate is checked with (PEM), where it is not a public one.
    ca: Option<Vec<u8>>,
}

impl RedisAddress {
    /// Reads `redis://[USER[:PASSWORD]@]HOST[:PORT][,HOST:PORT...][?crawl=NAME]`; `rediss` for TLS.
    /// Any node of a cluster will do; more of them are asked when the first does not answer.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |reason: &str| Error::Address { reason: reason.to_owned() };
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        if !matches!(scheme, "redis" | "rediss") {
            return Err(wrong("it begins with redis:// or rediss://"));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let mut nodes = Vec::new();
        for host in hosts.split(',') {
            let url = format!("{scheme}://{user}{host}{tail}");
            let url = Url::parse(&url).map_err(|e| wrong(&e.to_string()))?;
            if url.host_str().is_none_or(str::is_empty) {
                return Err(wrong("it names no host"));
            }
            nodes.push(url);
        }
        let crawl = Self::crawl_of(&nodes[0])?;
        Ok(Self { nodes, crawl, ca: None })
    }

    fn crawl_of(url: &Url) -> Result<String> {
        let mut crawl = CRAWL.to_owned();
        for (key, value) in url.query_pairs() {
            if key != "crawl" {
                let reason = format!("it knows no parameter {key:?}; there is crawl=NAME");
                return Err(Error::Address { reason });
            }
            crawl = value.into_owned();
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if crawl.is_empty() || crawl.len() > 40 || !crawl.chars().all(is_plain) {
            let reason = "the name of a crawl has up to 40 letters, digits, - _ .".to_owned();
            return Err(Error::Address { reason });
        }
        Ok(crawl)
    }

    /// With this password instead of that of the URL.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        for node in &mut self.nodes {
            // Only a URL without a host takes none, and these have one.
            let _ = node.set_password(Some(password));
        }
        self
    }

    /// With a CA (PEM) that the server's certificate is checked with.
    #[must_use]
    pub fn with_ca(mut self, pem: Vec<u8>) -> Self {
        self.ca = Some(pem);
        self
    }

    /// The crawl's name.
    pub fn crawl(&self) -> &str {
        &self.crawl
    }

    /// The URL without a password, to be shown.
    pub fn shown(&self) -> String {
        let mut first = self.nodes[0].clone();
        let _ = first.set_password(None);
        let mut more = String::new();
        for node in &self.nodes[1..] {
            let port = node.port().unwrap_or(6379);
            more.extend([",", node.host_str().unwrap_or_default(), ":", &port.to_string()]);
        }
        let at = first.as_str().trim_end_matches('/').to_owned();
        match at.split_once('?') {
            Some((at, query)) => format!("{}{more}?{query}", at.trim_end_matches('/')),
            None => format!("{at}{more}"),
        }
    }

    fn infos(&self) -> Result<Vec<ConnectionInfo>> {
        let info = |node: &Url| {
            let mut node = node.clone();
            node.set_query(None);
            let reason = |e: redis::RedisError| Error::Address { reason: e.to_string() };
            node.as_str().into_connection_info().map_err(reason)
        };
        self.nodes.iter().map(info).collect()
    }

    fn certificates(&self) -> TlsCertificates {
        TlsCertificates { client_tls: None, root_cert: self.ca.clone() }
    }

    /// Each named node by itself.
    pub(super) fn clients(&self) -> Result<Vec<Client>> {
        let reason = |e: redis::RedisError| Error::Address { reason: e.to_string() };
        let open = |info: ConnectionInfo| match (&self.ca, self.nodes[0].scheme()) {
            (Some(_), "rediss") => Client::build_with_tls(info, self.certificates()),
            _ => Client::open(info),
        };
        self.infos()?.into_iter().map(|info| open(info).map_err(reason)).collect()
    }

    /// The cluster that the nodes belong to.
    pub(super) fn cluster(&self) -> Result<Peer> {
        let reason = |e: redis::RedisError| Error::Address { reason: e.to_string() };
        let mut builder = ClusterClient::builder(self.infos()?)
            .connection_timeout(std::time::Duration::from_secs(2))
            .response_timeout(std::time::Duration::from_secs(5))
            .retries(3);
        if self.ca.is_some() {
            builder = builder.certs(self.certificates());
        }
        Ok(Peer::Cluster(Box::new(builder.build().map_err(reason)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_the_password() {
        for (text, crawl, shown) in [
            ("redis://h", "main", "redis://h"),
            ("redis://h:7/?crawl=de", "de", "redis://h:7?crawl=de"),
            ("rediss://u:secret@h:7,i:8/2?crawl=x-1", "x-1", "rediss://u@h:7/2,i:8?crawl=x-1"),
        ] {
            let address = RedisAddress::parse(text).unwrap();
            assert_eq!((address.crawl(), address.shown()), (crawl, shown.to_owned()), "{text}");
            assert!(!address.with_password("more").shown().contains("more"));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, reason) in [
            ("localhost:6379", "begins with"),
            ("http://h", "begins with"),
            ("redis://", "host"),
            ("redis://h?crawl=a b", "letters"),
            ("redis://h?crawl=", "letters"),
            ("redis://h?name=x", "no parameter"),
        ] {
            let Err(error) = RedisAddress::parse(text) else { panic!("{text} is taken") };
            assert!(error.to_string().contains(reason), "{text}: {error}");
        }
    }
}
