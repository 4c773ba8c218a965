//! From a request to its response: the plan's answer, rendered, coded and dressed in headers.

use std::collections::HashSet;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::Error;
use super::bench::Pool;
use super::coding::{accepts, coded};
use crate::clock::{Clock, http_date};
use crate::config::{Coding, Mode, PageBytes};
use crate::dice::Dice;
use crate::html::{Filler, Renderer};
use crate::http::{Head, Response, Wait};
use crate::in_process::{self, Asked, Told};
use crate::live::LiveWeb;
use crate::log::Log;
use crate::plan::{Address, Host, Plan, RobotsAnswer};
use crate::site::{Answer, Kind, NEWEST_S, Oddity, Page, RetryAfter, Site};

/// What a request gets, and after how long.
pub(super) struct Reply {
    pub(super) response: Response,
    pub(super) latency: Duration,
}

/// Everything that connections share.
pub(super) struct Responder {
    plan: Plan,
    log: Log,
    clock: Clock,
    filler: Filler,
    pool: Option<Pool>,
    real_pages: Vec<Bytes>,
    live: Option<LiveWeb>,
    /// URLs that have failed once and answer well from then on.
    failed: Mutex<HashSet<Address>>,
}

impl Responder {
    pub(super) fn new(plan: Plan, log: Log) -> Result<Self, Error> {
        let config = &plan.config;
        let real_pages = match &config.real_pages {
            None => Vec::new(),
            Some(path) => real_pages(path)
                .map_err(|source| Error::RealPages { path: path.clone(), source })?,
        };
        let bytes = if let PageBytes::Fixed(bytes) = config.page_bytes { bytes } else { 60_000 };
        let pool = (config.mode == Mode::Bench)
            .then(|| Pool::new(config.seed, bytes, config.coding == Coding::Gzip))
            .transpose()
            .map_err(|_| Error::Config("pages of this size cannot be made"))?;
        let filler = Filler::new(config.seed);
        let failed = Mutex::new(HashSet::new());
        let live = (config.mode == Mode::Live).then(|| LiveWeb::new(&plan));
        Ok(Self { plan, log, clock: Clock::start(), filler, pool, real_pages, live, failed })
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) fn speaks_https(&self, host: &str) -> bool {
        self.plan.host(host).is_some_and(|host| host.https)
    }

    pub(super) fn live(&self) -> Option<&LiveWeb> {
        self.live.as_ref()
    }

    /// Seconds since time 0 of a live web.
    pub(super) fn elapsed_s(&self) -> f64 {
        self.clock.elapsed_s() * self.plan.config.live.time_scale
    }

    /// The time, for the Date header. A live web has a time of its own.
    pub(super) fn date(&self) -> String {
        let now_s = match self.live {
            Some(_) => self.plan.config.live.starts_at as f64 + self.elapsed_s(),
            None => self.clock.now_s(),
        };
        http_date(Duration::try_from_secs_f64(now_s).unwrap_or_default().as_secs())
    }

    /// The response to a request.
    pub(super) fn reply(&self, head: &Head, https: bool) -> Reply {
        if let Some(live) = &self.live {
            return self.live_reply(live, head, https);
        }
        let at = Address { https, host: head.host.clone(), target: head.target.clone() };
        let host = self.plan.host(&at.host);
        let (Some(host), Some(answer)) =
            (host, self.plan.answer(&at, Some(self.clock.elapsed_s())))
        else {
            return Reply { response: text(421, "No such host."), latency: Duration::ZERO };
        };
        let response = match head.method.as_str() {
            "GET" | "HEAD" => self.response(answer, &host, head, &at),
            _ => not_allowed(),
        };
        let response = response.header("Server", "newsweb");
        Reply { response, latency: Duration::from_millis(host.latency_ms) }
    }

    /// The same for a live web, which knows nothing of connections and codings.
    fn live_reply(&self, live: &LiveWeb, head: &Head, https: bool) -> Reply {
        let asked = Asked {
            https,
            host: &head.host,
            target: &head.target,
            if_none_match: Some(head.if_none_match.as_str()).filter(|tags| !tags.is_empty()),
            if_modified_since: Some(head.if_modified_since.as_str())
                .filter(|date| !date.is_empty()),
        };
        let (response, latency) = match live.respond(&asked, self.elapsed_s()) {
            _ if !matches!(head.method.as_str(), "GET" | "HEAD") => (not_allowed(), Duration::ZERO),
            in_process::Reply::Told(told) => {
                let latency = told.first_byte;
                (self.sent(told, head), latency)
            }
            in_process::Reply::Refused => {
                (text(421, "This host does not speak https."), Duration::ZERO)
            }
            in_process::Reply::NoSuchHost => (text(421, "No such host."), Duration::ZERO),
        };
        Reply { response: response.header("Server", "newsweb"), latency }
    }

    /// An answer of a live web as it goes out. The date is written when it does.
    fn sent(&self, told: Told, head: &Head) -> Response {
        let coding = self.plan.host(&head.host).map_or(Coding::Plain, |host| host.coding);
        let mut response = Response::new(told.status);
        for (name, value) in told.headers.into_iter().filter(|(name, _)| name != "Date") {
            response = response.header(name, value);
        }
        // Compressing into memory does not fail; were it to, the body goes out as it is.
        let (body, coded_as) =
            coded(told.body.clone(), coding, &head.accept_encoding).unwrap_or((told.body, None));
        response.body = vec![body.into()];
        response.chunked = coding == Coding::Chunked && told.status == 200;
        match coded_as {
            Some(name) => {
                response.header("Content-Encoding", name).header("Vary", "Accept-Encoding")
            }
            None => response,
        }
    }

    fn response(&self, answer: Answer, host: &Host, head: &Head, at: &Address) -> Response {
        match answer {
            Answer::Refused => text(421, "This host does not speak https."),
            Answer::Robots(robots) => robots_response(robots),
            Answer::Moved { status, location, .. } => {
                text(status, "Moved.").header("Location", location)
            }
            Answer::Failed { status, retry_after, once } => match once {
                Some(page) if !self.fails_first(at) => self.page(&page, host, head),
                _ => self.failure(status, retry_after),
            },
            Answer::Raw { status, headers, html } => {
                let mut response = Response::new(status);
                response.body = vec![html.into()];
                let headers = headers.into_iter();
                headers.fold(
                    response.header("Content-Type", "text/html; charset=utf-8"),
                    |response, (name, value)| response.header(name, value),
                )
            }
            Answer::File { media } => file(media, at),
            Answer::Page(page) => self.page(&page, host, head),
        }
    }

    /// Whether this is the first request for a URL that fails once.
    fn fails_first(&self, at: &Address) -> bool {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).insert(at.clone())
    }

    fn failure(&self, status: u16, retry_after: Option<RetryAfter>) -> Response {
        let response = text(status, "This did not work.");
        let (asked, wait) = match retry_after {
            None => return response,
            Some(RetryAfter::Seconds(seconds)) => {
                (seconds.to_string(), Wait::Seconds(seconds as f64))
            }
            Some(RetryAfter::Date(seconds)) => {
                // A date has whole seconds, so what it asks for is up to one less.
                let until = Duration::try_from_secs_f64(self.clock.now_s()).unwrap_or_default();
                let until_s = until.as_secs() + seconds;
                (http_date(until_s), Wait::Until(until_s as f64))
            }
        };
        let mut response = response.header("Retry-After", asked);
        response.wait = Some(wait);
        response
    }

    fn page(&self, page: &Page, host: &Host, head: &Head) -> Response {
        let validators = self.validators(page, host);
        if let Some((etag, modified)) = &validators
            && (head.if_none_match.split(',').any(|tag| tag.trim() == etag)
                || head.if_none_match.is_empty() && head.if_modified_since == *modified)
        {
            return Response::new(304).header("ETag", etag.clone());
        }
        let mut response = Response::new(200).header("Content-Type", media(page));
        if let (Kind::Bench(number), Some(pool)) = (page.kind, &self.pool) {
            let (body, gzip) = pool.body(page, number, accepts(&head.accept_encoding, "gzip"));
            response.body = body;
            return if gzip { response.header("Content-Encoding", "gzip") } else { response };
        }
        let body = match page.kind {
            Kind::Article(number) if !self.real_pages.is_empty() => {
                response.headers[0].1 = b"text/html".to_vec();
                self.real_page(number, host)
            }
            _ => Renderer { plan: &self.plan, filler: &self.filler, host }.render(page),
        };
        // Compressing into memory does not fail; were it to, the page goes out as it is.
        let (body, coding) =
            coded(body.clone(), host.coding, &head.accept_encoding).unwrap_or((body, None));
        response.body = vec![body.into()];
        response.chunked = host.coding == Coding::Chunked;
        if let Some(coding) = coding {
            response = response.header("Content-Encoding", coding);
        }
        if let Some((etag, modified)) = validators {
            response = response.header("ETag", etag).header("Last-Modified", modified);
        }
        odd(response.header("Vary", "Accept-Encoding"), page.oddity)
    }

    /// Entity tag and modification date, which change when a page does.
    fn validators(&self, page: &Page, host: &Host) -> Option<(String, String)> {
        if !host.validators || page.oddity.is_some() {
            return None;
        }
        let site = Site::new(&self.plan, host, Some(self.clock.elapsed_s()));
        let url = page.at.to_string();
        let tag = Dice::new(self.plan.config.seed, "etag", &url, site.articles).roll();
        // While articles appear, pages that list them change; each gets a second of its own.
        let modified_s = match page.kind {
            Kind::Article(number) | Kind::Print(number) => site.dated_s(number) + site.articles,
            _ => NEWEST_S + site.articles,
        };
        Some((format!("\"{tag:016x}\""), http_date(modified_s)))
    }

    fn real_page(&self, number: u64, host: &Host) -> Vec<u8> {
        let nth = (number + host.outlet as u64) % self.real_pages.len() as u64;
        self.real_pages[usize::try_from(nth).unwrap_or(0)].to_vec()
    }
}

fn media(page: &Page) -> &'static str {
    match page.oddity {
        Some(Oddity::CyrillicHeader) => "text/html; charset=windows-1251",
        Some(Oddity::CyrillicMeta | Oddity::ShiftJis) => "text/html",
        _ => "text/html; charset=utf-8",
    }
}

/// The headers and cuts of an oddity.
fn odd(mut response: Response, oddity: Option<Oddity>) -> Response {
    match oddity {
        Some(Oddity::CutLength) => {
            response.chunked = false;
            response.cut = Some(600);
            response
        }
        Some(Oddity::CutChunks) => {
            response.chunked = true;
            response.cut = Some(600);
            response
        }
        Some(Oddity::HeaderNofollow) => response.header("X-Robots-Tag", "noindex, nofollow"),
        Some(Oddity::OtherBotNofollow) => response.header("X-Robots-Tag", "otherbot: nofollow"),
        Some(Oddity::Noarchive) => response.header("X-Robots-Tag", "noarchive"),
        Some(Oddity::RepeatedHeaders) => response
            .header("Set-Cookie", "a=1; Path=/")
            .header("Set-Cookie", "b=2; Path=/")
            .header("X-Edition", "morning")
            .header("Set-Cookie", "c=3; Path=/")
            .header("X-Edition", "evening"),
        Some(Oddity::ManyHeaders) => (0..150).fold(response, |response, number| {
            response.header(format!("X-Layer-{number}"), number.to_string())
        }),
        Some(Oddity::Latin1Header) => response.header("X-Author", *b"Ren\xe9 M\xfcller"),
        _ => response,
    }
}

fn robots_response(answer: RobotsAnswer) -> Response {
    match answer {
        RobotsAnswer::Status(status) => text(status, "No robots file here."),
        RobotsAnswer::Moved(status, location) => {
            text(status, "Moved.").header("Location", location)
        }
        RobotsAnswer::Html => {
            let mut response =
                Response::new(200).header("Content-Type", "text/html; charset=utf-8");
            response.body = vec![Bytes::from_static(
                b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head>\n<body><h1>Welcome\
                  </h1><p>There is nothing at this place.</p></body></html>\n",
            )];
            response
        }
        RobotsAnswer::Text(bytes) => {
            let mut response =
                Response::new(200).header("Content-Type", "text/plain; charset=utf-8");
            response.body = vec![bytes.into()];
            response
        }
    }
}

fn file(media: &'static str, at: &Address) -> Response {
    let mut response = Response::new(200).header("Content-Type", media);
    response.body = vec![Bytes::from(format!("%PDF-1.4\n% {at}\n%%EOF\n"))];
    response
}

fn not_allowed() -> Response {
    text(405, "Only GET is known here.").header("Allow", "GET, HEAD")
}

fn text(status: u16, message: &'static str) -> Response {
    let mut response = Response::new(status).header("Content-Type", "text/plain");
    response.body = vec![Bytes::from_static(message.as_bytes())];
    response
}

/// All `*.html.gz` of a folder, in the order of their names.
fn real_pages(folder: &Path) -> io::Result<Vec<Bytes>> {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.to_string_lossy().ends_with(".html.gz"));
    paths.sort();
    if paths.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "no *.html.gz in it"));
    }
    paths
        .iter()
        .map(|path| {
            let mut page = Vec::new();
            MultiGzDecoder::new(std::fs::File::open(path)?).read_to_end(&mut page)?;
            Ok(page.into())
        })
        .collect()
}
