//! A small client and crawler for the tests, written for clarity alone: it shares no code with the
//! server, nor with the project's crawler.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::io::Read as _;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::NewsWeb;

/// What came back.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fetched {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, Vec<u8>)>,
    /// Without chunks and content coding.
    pub(super) body: Vec<u8>,
    /// Whether it was as long as it said.
    pub(super) whole: bool,
}

impl Fetched {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        value.and_then(|value| std::str::from_utf8(value).ok())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Fetches a URL on a connection of its own. `None` when TLS fails.
pub(super) async fn get(web: &NewsWeb, url: &str, headers: &str) -> Option<Fetched> {
    let url = Url::parse(url).unwrap();
    let host = url.host_str().unwrap().to_owned();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: newshound/test\r\n\
         Connection: close\r\n{headers}\r\n"
    );
    let raw = if url.scheme() == "https" {
        let stream = TcpStream::connect(web.https_addr()).await.unwrap();
        let name = ServerName::try_from(host).unwrap();
        exchange(connector(web).connect(name, stream).await.ok()?, &request).await
    } else {
        exchange(TcpStream::connect(web.http_addr()).await.unwrap(), &request).await
    };
    Some(parse(&raw))
}

fn connector(web: &NewsWeb) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(web.ca_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(mut io: S, request: &str) -> Vec<u8> {
    io.write_all(request.as_bytes()).await.unwrap();
    let mut raw = Vec::new();
    // A connection that ends early is what some pages are about.
    let _ = io.read_to_end(&mut raw).await;
    raw
}

fn parse(raw: &[u8]) -> Fetched {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
    let mut lines = raw[..end].split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let status = std::str::from_utf8(&lines.next().unwrap()[9..12]).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| {
            let colon = line.iter().position(|byte| *byte == b':').unwrap();
            let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
            (name, line[colon + 1..].trim_ascii().to_vec())
        })
        .collect();
    let mut fetched = Fetched { status, headers, ..Fetched::default() };
    let rest = &raw[end + 4..];
    (fetched.body, fetched.whole) = match fetched.header("content-length") {
        Some(length) => (rest.to_vec(), length.parse() == Ok(rest.len())),
        None if status == 304 => (Vec::new(), rest.is_empty()),
        None => unchunked(rest),
    };
    if fetched.whole {
        fetched.body = decoded(&fetched.body, fetched.header("content-encoding"));
    }
    fetched
}

fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 2 + size + 2..];
    }
    (body, false)
}

fn decoded(body: &[u8], coding: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        None => return body.to_vec(),
        Some("gzip" | "x-gzip") => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut out).unwrap();
        }
        Some("deflate") => {
            flate2::read::ZlibDecoder::new(body).read_to_end(&mut out).unwrap();
        }
        Some("br") => {
            brotli::Decompressor::new(body, 4_096).read_to_end(&mut out).unwrap();
        }
        Some("zstd") => out = zstd::decode_all(body).unwrap(),
        Some(other) => panic!("the coding {other}"),
    }
    out
}

/// The rules of a robots file for our token.
#[derive(Clone, Default)]
pub(super) struct Rules {
    closed: bool,
    /// Pattern, and whether it allows.
    rules: Vec<(String, bool)>,
}

impl Rules {
    fn parse(text: &str) -> Self {
        let (mut own, mut others, mut has_own) = (Vec::new(), Vec::new(), false);
        let (mut agents, mut in_rules) = (Vec::<String>::new(), false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim().to_owned());
            if key == "user-agent" {
                if in_rules {
                    agents.clear();
                }
                in_rules = false;
                agents.push(value.to_ascii_lowercase());
                has_own |= agents.iter().any(|agent| agent == "newshound");
                continue;
            }
            in_rules = true;
            if matches!(key.as_str(), "allow" | "disallow") && !value.is_empty() {
                let rule = (value, key == "allow");
                if agents.iter().any(|agent| agent == "newshound") {
                    own.push(rule.clone());
                }
                if agents.iter().any(|agent| agent == "*") {
                    others.push(rule);
                }
            }
        }
        Self { closed: false, rules: if has_own { own } else { others } }
    }

    fn allow(&self, target: &str) -> bool {
        let matching = self.rules.iter().filter(|(pattern, _)| matches(pattern, target));
        let best = matching.max_by_key(|(pattern, allow)| (pattern.len(), *allow));
        !self.closed && best.is_none_or(|(_, allow)| *allow)
    }
}

fn matches(pattern: &str, target: &str) -> bool {
    match pattern.split_at_checked(1) {
        None => true,
        Some(("$", "")) => target.is_empty(),
        Some(("*", rest)) => (0..=target.len()).any(|at| matches(rest, &target[at..])),
        Some((first, rest)) => target.strip_prefix(first).is_some_and(|tail| matches(rest, tail)),
    }
}

/// A crawl of everything, without politeness and in one line.
pub(super) struct Crawl<'a> {
    web: &'a NewsWeb,
    outlets: HashSet<String>,
    rules: HashMap<String, Rules>,
    pub(super) fetched: BTreeSet<String>,
}

impl<'a> Crawl<'a> {
    pub(super) async fn of(web: &'a NewsWeb) -> Self {
        let mut queue: VecDeque<Url> =
            web.seeds().iter().map(|seed| Url::parse(seed).unwrap()).collect();
        let outlets = queue.iter().map(outlet).collect();
        let mut crawl = Self { web, outlets, rules: HashMap::new(), fetched: BTreeSet::new() };
        while let Some(mut url) = queue.pop_front() {
            url.set_fragment(None);
            strip_tracking(&mut url);
            let fits = crawl.outlets.contains(&outlet(&url));
            if fits && !crawl.fetched.contains(url.as_str()) && crawl.allows(&url).await {
                crawl.fetched.insert(url.to_string());
                queue.extend(crawl.visit(&url).await);
            }
        }
        crawl
    }

    async fn visit(&self, url: &Url) -> Vec<Url> {
        let accept = "Accept-Encoding: gzip, br\r\n";
        let Some(mut page) = get(self.web, url.as_str(), accept).await else { return Vec::new() };
        if matches!(page.status, 429 | 500..) {
            page = get(self.web, url.as_str(), accept).await.unwrap();
        }
        if let Some(location) = page.header("location") {
            return vec![url.join(location).unwrap()];
        }
        let tag = page.header("x-robots-tag").unwrap_or_default();
        let html = page.header("content-type").is_some_and(|media| media.starts_with("text/html"));
        if page.status != 200 || !html || tag.contains("nofollow") && !tag.contains("otherbot") {
            return Vec::new();
        }
        links(url, &page.text())
    }

    async fn allows(&mut self, url: &Url) -> bool {
        let origin = url.origin().ascii_serialization();
        if !self.rules.contains_key(&origin) {
            let rules = self.robots(&origin).await;
            self.rules.insert(origin.clone(), rules);
        }
        self.rules[&origin].allow(&url[url::Position::BeforePath..])
    }

    async fn robots(&self, origin: &str) -> Rules {
        let mut url = Url::parse(origin).unwrap().join("/robots.txt").unwrap();
        for _ in 0..6 {
            let Some(file) = get(self.web, url.as_str(), "").await else { return Rules::default() };
            match (file.status, file.header("location")) {
                (200, _) => return Rules::parse(&file.text()),
                (429 | 500.., _) => return Rules { closed: true, rules: Vec::new() },
                (_, Some(location)) => url = url.join(location).unwrap(),
                _ => return Rules::default(),
            }
        }
        Rules::default()
    }
}

fn outlet(url: &Url) -> String {
    let labels: Vec<&str> = url.host_str().unwrap().rsplit('.').take(2).collect();
    labels.join(".")
}

fn strip_tracking(url: &mut Url) {
    let Some(query) = url.query() else { return };
    let kept = query.split('&').filter(|p| !p.starts_with("utm_") && !p.starts_with("fbclid="));
    let kept = kept.collect::<Vec<_>>().join("&");
    url.set_query((!kept.is_empty()).then_some(kept.as_str()));
}

/// The links that may be followed.
pub(super) fn links(at: &Url, html: &str) -> Vec<Url> {
    let mut html = html.to_owned();
    for (open, close) in [("<!--", "-->"), ("<script", "</script>"), ("<template", "</template>")] {
        while let Some(start) = html.find(open) {
            let end = html[start..].find(close).map_or(html.len(), |n| start + n + close.len());
            html.replace_range(start..end, "");
        }
    }
    if html.contains("content=\"index, nofollow\"") {
        return Vec::new();
    }
    let base = html.split("<base href=\"").nth(1).and_then(|rest| rest.split('"').next());
    let base = base.map_or_else(|| at.clone(), |base| at.join(base).unwrap());
    let anchors = html.split("<a ").skip(1).filter_map(|rest| {
        let tag = rest.split('>').next()?;
        let href = tag.split("href=\"").nth(1)?.split('"').next()?;
        (!tag.contains("rel=\"external nofollow\"")).then_some(href)
    });
    let refresh =
        html.split("content=\"300; url=").skip(1).filter_map(|rest| rest.split('"').next());
    anchors.chain(refresh).filter_map(|href| base.join(&href.replace("&amp;", "&")).ok()).collect()
}
