//! The server over real sockets.

mod client;
mod live;

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::*;
use crate::config::{Coding, Config, Mode, PageBytes, Traits};
use crate::{judge, read_log};
use client::{Crawl, get};

/// Small pages, everything odd, little waiting.
fn config(outlets: usize) -> Config {
    let traits = Traits { slow_ms: 5, latency_ms: 0, ..Traits::default() };
    Config {
        articles_per_outlet: 8,
        sections: 2,
        page_bytes: PageBytes::Fixed(3_000),
        traits,
        ..Config::news(outlets)
    }
}

async fn start(config: Config) -> NewsWeb {
    NewsWeb::start(config).await.unwrap()
}

/// The first expected URL that ends so.
fn find(web: &NewsWeb, end: &str) -> String {
    let found = web.truth().expected_urls().find(|url| url.ends_with(end));
    found.unwrap_or_else(|| panic!("no {end}")).to_owned()
}

/// Waits for the first line of the log.
async fn until_logged(web: &NewsWeb) {
    let noted = async {
        while web.request_count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), noted).await.unwrap();
}

/// All oddities on one http outlet with validators.
async fn odd() -> NewsWeb {
    let traits = Traits { oddities_per_site: 38, validators_share: 1.0, ..config(1).traits };
    let coding = Coding::Plain;
    start(Config { https_share: 0.0, subdomain_share: 0.0, coding, traits, ..config(1) }).await
}

#[tokio::test]
async fn a_right_crawler_finds_what_the_truth_expects_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.jsonl");
    let web = start(Config { log: Some(log.clone()), ..config(34) }).await;
    let crawl = Crawl::of(&web).await;
    let expected: std::collections::BTreeSet<String> =
        web.truth().expected_urls().map(ToOwned::to_owned).collect();
    let missed: Vec<_> = expected.difference(&crawl.fetched).collect();
    let wrong: Vec<_> = crawl.fetched.difference(&expected).collect();
    assert!(missed.is_empty() && wrong.is_empty(), "missed {missed:?}, wrong {wrong:?}");
    let truth = web.truth().clone();
    web.stop().await.unwrap();
    let requests = read_log(&log).unwrap();
    let verdict = judge(&requests, &truth, Duration::ZERO);
    // This crawler does not wait, but for the rest it is good.
    assert!(verdict.short_gaps > 0);
    let rest = crate::Verdict { short_gaps: 0, ..verdict };
    assert!(rest.is_clean() && rest.unknown == 0, "{rest:?}");
    assert!(requests.iter().all(|r| r.path.is_empty() || r.ua == "newshound/test"));
}

#[tokio::test]
async fn the_other_webs_are_found_whole_too() {
    let bench = Config::bench(3, 40, 5_000, Coding::Gzip);
    for config in [Config::hub(5), bench] {
        let web = start(config).await;
        let crawl = Crawl::of(&web).await;
        // The hub belongs to no outlet; a crawler learns that from the seeds' redirects.
        let found = crawl.fetched.len();
        let hub = web.truth().expected_urls().filter(|url| url.contains("hub.test")).count();
        let expected = web.truth().expected_urls().count();
        let front = if hub > 0 { 5 } else { expected };
        assert_eq!(found, front);
        web.stop().await.unwrap();
    }
}

#[tokio::test]
async fn two_webs_of_one_configuration_serve_the_same_bytes() {
    let (one, other) = (start(config(6)).await, start(config(6)).await);
    for url in one.truth().expected_urls() {
        let pages = [get(&one, url, "").await, get(&other, url, "").await];
        let [Some(first), Some(second)] = pages else { panic!("{url}") };
        assert_eq!((first.status, first.body), (second.status, second.body), "{url}");
    }
}

#[tokio::test]
async fn pages_look_like_news() {
    let web = start(Config { page_bytes: PageBytes::Mixed, ..config(4) }).await;
    let article = find(&web, "-3.html");
    let page = get(&web, &article, "Accept-Encoding: gzip, br\r\n").await.unwrap();
    let text = page.text();
    assert!((38_000..115_000).contains(&text.len()), "{}", text.len());
    for part in ["\"@type\":\"NewsArticle\"", "<link rel=\"canonical\"", "<h1>", "datePublished"] {
        assert!(text.contains(part), "{part}");
    }
    let links = client::links(&url::Url::parse(&article).unwrap(), &text);
    assert!(links.len() >= 20, "{}", links.len());
}

#[tokio::test]
async fn every_coding_is_served() {
    for (coding, accepted, name) in [
        (Coding::Plain, "gzip, br", None),
        (Coding::Chunked, "gzip, br", None),
        (Coding::Gzip, "gzip, br", Some("gzip")),
        (Coding::Gzip, "identity", None),
        (Coding::Brotli, "gzip, br", Some("br")),
        (Coding::Zstd, "gzip, br", Some("zstd")),
        (Coding::Deflate, "gzip, br", Some("deflate")),
        (Coding::XGzip, "gzip, br", Some("x-gzip")),
    ] {
        let web = start(Config { coding, https_share: 0.0, ..config(1) }).await;
        let page = get(&web, &find(&web, "/"), &format!("Accept-Encoding: {accepted}\r\n")).await;
        let page = page.unwrap();
        assert_eq!(page.header("content-encoding"), name);
        assert_eq!(page.header("transfer-encoding").is_some(), coding == Coding::Chunked);
        assert!(page.whole && page.text().ends_with("</html>\n"), "{coding:?}");
    }
}

#[tokio::test]
async fn bench_pages_are_whole_and_of_the_size_asked_for() {
    for coding in [Coding::Plain, Coding::Gzip] {
        let web = start(Config::bench(2, 100, 60_000, coding)).await;
        let url = find(&web, "/p/42.html");
        let page = get(&web, &url, "Accept-Encoding: gzip\r\n").await.unwrap();
        assert_eq!(page.header("content-encoding").is_some(), coding == Coding::Gzip);
        assert!(page.whole && (58_000..63_000).contains(&page.body.len()));
        assert_eq!(client::links(&url::Url::parse(&url).unwrap(), &page.text()).len(), 25);
    }
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_304() {
    let web = odd().await;
    let url = find(&web, "test/");
    let first = get(&web, &url, "").await.unwrap();
    let etag = first.header("etag").unwrap();
    let modified = first.header("last-modified").unwrap();
    for (header, status) in [
        (format!("If-None-Match: {etag}\r\n"), 304),
        (format!("If-Modified-Since: {modified}\r\n"), 304),
        ("If-None-Match: \"other\"\r\n".to_owned(), 200),
    ] {
        let again = get(&web, &url, &header).await.unwrap();
        assert_eq!((again.status, again.whole), (status, true), "{header}");
        assert_eq!(again.body.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn errors_that_pass_pass() {
    let web = odd().await;
    for (end, status, retry_after) in [
        ("/x/error-once.html", 500, false),
        ("/x/busy.html", 503, true),
        ("/x/busy-until.html", 503, true),
        ("/x/too-many.html", 429, true),
    ] {
        let url = find(&web, end);
        let first = get(&web, &url, "").await.unwrap();
        assert_eq!((first.status, first.header("retry-after").is_some()), (status, retry_after));
        assert_eq!(get(&web, &url, "").await.unwrap().status, 200);
        let noted = web.requests().into_iter().find(|r| r.url() == url).unwrap();
        assert_eq!(noted.retry_after_s.is_some(), retry_after);
    }
    for (end, status) in [("/x/not-found.html", 404), ("/x/gone.html", 410)] {
        assert_eq!(get(&web, &find(&web, end), "").await.unwrap().status, status);
    }
}

#[tokio::test]
async fn cut_bodies_are_cut_and_noted() {
    let web = odd().await;
    for end in ["/x/cut-length.html", "/x/cut-chunks.html"] {
        let page = get(&web, &find(&web, end), "").await.unwrap();
        assert!(!page.whole && page.body.len() > 500, "{end}");
    }
    assert!(web.requests().iter().all(|request| !request.complete && request.status == 200));
}

#[tokio::test]
async fn strange_headers_and_charsets_are_sent() {
    let web = odd().await;
    let fetch = async |end| get(&web, &find(&web, end), "").await.unwrap();
    assert!(fetch("/x/many-headers.html").await.headers.len() > 150);
    let repeated = fetch("/x/repeated-headers.html").await;
    assert_eq!(repeated.headers.iter().filter(|(name, _)| name == "set-cookie").count(), 3);
    let latin = fetch("/x/latin1-header.html").await;
    assert!(latin.headers.iter().any(|(_, value)| value == b"Ren\xe9 M\xfcller"));
    assert_eq!(fetch("/x/noarchive.html").await.header("x-robots-tag"), Some("noarchive"));
    assert!(fetch("/x/empty.html").await.body.is_empty());
    let windows = fetch("/x/cyrillic-header.html").await;
    assert!(windows.header("content-type").is_some_and(|media| media.contains("windows-1251")));
    for end in ["/x/cyrillic-header.html", "/x/cyrillic-meta.html", "/x/shift-jis.html"] {
        assert!(String::from_utf8(fetch(end).await.body).is_err(), "{end}");
    }
}

#[tokio::test]
async fn https_is_for_those_who_speak_it() {
    let web = start(config(20)).await;
    let hosts = web.truth().hosts.clone();
    for secure in [true, false] {
        let scheme = if secure { "https" } else { "http" };
        let is_site = |host: &&crate::TruthHost| host.host.starts_with("outlet");
        let host = hosts.iter().filter(is_site).find(|host| host.scheme == scheme).unwrap();
        let page = get(&web, &format!("https://{}/about.html", host.host), "").await;
        assert_eq!(page.is_some(), secure);
        let noted = web.requests().pop().unwrap();
        assert_eq!((noted.host == host.host, noted.status == 0), (true, !secure));
        if secure {
            let moved = get(&web, &format!("http://{}/a?b", host.host), "").await.unwrap();
            let location = format!("https://{}/a?b", host.host);
            assert_eq!((moved.status, moved.header("location")), (301, Some(location.as_str())));
        }
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_while_it_waits_is_noted_then() {
    let traits = Traits { latency_ms: 3_600_000, slow_share: 0.0, ..Traits::default() };
    let web = start(Config { https_share: 0.0, traits, ..config(1) }).await;
    let mut stream = TcpStream::connect(web.http_addr()).await.unwrap();
    let request = "GET /about.html HTTP/1.1\r\nHost: outlet-001.test\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    drop(stream);
    until_logged(&web).await;
    let request = web.requests().remove(0);
    assert_eq!((request.status, request.first_byte, request.complete), (0, None, false));
    assert!(request.end >= request.start);
}

#[tokio::test]
async fn a_client_that_is_gone_before_it_is_read_has_given_up() {
    let web = start(Config { https_share: 0.0, ..config(1) }).await;
    // One thread runs client and server: it stands still for the server until the client awaits.
    let stream = std::net::TcpStream::connect(web.http_addr()).unwrap();
    let request = "GET /about.html HTTP/1.1\r\nHost: outlet-001.test\r\n\r\n";
    std::io::Write::write_all(&mut &stream, request.as_bytes()).unwrap();
    drop(stream);
    until_logged(&web).await;
    let request = web.requests().remove(0);
    assert_eq!((request.given_up, request.status, request.first_byte), (true, 0, None));
}

#[tokio::test]
async fn the_log_has_times_in_order() {
    let traits = Traits { latency_ms: 30, slow_share: 0.0, ..Traits::default() };
    let web = start(Config { https_share: 0.0, traits, ..config(1) }).await;
    get(&web, "http://outlet-001.test/robots.txt", "").await.unwrap();
    get(&web, "http://outlet-001.test/about.html", "").await.unwrap();
    let [first, second] = <[Request; 2]>::try_from(web.requests()).unwrap();
    for request in [&first, &second] {
        let first_byte = request.first_byte.unwrap();
        assert!(first_byte - request.start >= 0.029 && request.end >= first_byte);
        assert!(request.complete && request.bytes > 100);
    }
    assert!(second.start >= first.end);
}

#[tokio::test]
async fn real_pages_are_served_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let html = b"<html><body><p>Real words \xe4</p></body></html>";
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, html).unwrap();
    std::fs::write(folder.path().join("a.html.gz"), encoder.finish().unwrap()).unwrap();
    let real_pages = Some(folder.path().to_owned());
    let web = start(Config { real_pages, coding: Coding::Gzip, ..config(1) }).await;
    let page = get(&web, &find(&web, "-1.html"), "Accept-Encoding: gzip\r\n").await.unwrap();
    assert_eq!((&page.body[..], page.header("content-type")), (&html[..], Some("text/html")));
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    for wrong in [
        Config { outlets: 0, ..config(1) },
        Config { articles_per_outlet: 0, ..config(1) },
        Config { https_share: 1.5, ..config(1) },
    ] {
        assert!(matches!(NewsWeb::start(wrong).await, Err(Error::Config(_))));
    }
    let missing = Some(PathBuf::from("missing/folder"));
    let real_pages = Config { real_pages: missing.clone(), ..config(1) };
    assert!(matches!(NewsWeb::start(real_pages).await, Err(Error::RealPages { .. })));
    let log = Config { log: missing, ..config(1) };
    assert!(matches!(NewsWeb::start(log).await, Err(Error::Log { .. })));
}

#[tokio::test]
async fn nothing_is_left_after_a_stop() {
    let web = start(Config { mode: Mode::Bench, ..config(1) }).await;
    let addrs = [web.http_addr(), web.https_addr()];
    // An idle connection does not hold it up.
    let idle = TcpStream::connect(addrs[0]).await.unwrap();
    web.stop().await.unwrap();
    for addr in addrs {
        assert!(TcpStream::connect(addr).await.is_err());
    }
    drop(idle);
}
