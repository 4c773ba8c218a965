//! A live web over sockets.

use super::client::get;
use crate::{Asked, Config, InProcess, Mode, NewsWeb, Reply};

fn config(time_scale: f64) -> Config {
    let mut config = Config::live(20);
    (config.traits.latency_ms, config.traits.slow_ms) = (0, 0);
    config.live.days = 3;
    config.live.time_scale = time_scale;
    config
}

fn asked(url: &str) -> Asked<'_> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    Asked { https: scheme == "https", host, target, ..Asked::default() }
}

#[tokio::test]
async fn the_answers_are_those_in_process() {
    // Time hardly passes here, so both are asked at the same moment.
    let config = config(1e-6);
    let (web, inside) =
        (NewsWeb::start(config.clone()).await.unwrap(), InProcess::new(config).unwrap());
    let truth = web.live_truth(-1e6..1.0).unwrap();
    assert!(truth == inside.truth(-1e6..1.0));
    for outlet in &truth.outlets {
        let articles = outlet.articles.iter().map(|article| &article.url).take(1);
        let robots = format!("{}robots.txt", outlet.sources[0].url);
        let sources = outlet.sources.iter().map(|source| &source.url).take(12);
        for url in sources.chain(articles).chain([&outlet.seed, &robots]) {
            let sent = get(&web, url, "").await.unwrap();
            let Reply::Told(told) = inside.respond(&asked(url), web.elapsed_s()) else {
                panic!("{url}")
            };
            assert_eq!((sent.status, &sent.body), (told.status, &told.body), "{url}");
            for (name, value) in &told.headers {
                assert_eq!(sent.header(&name.to_lowercase()), Some(value.as_str()), "{url}");
            }
            let Some(tag) = told.header("ETag") else { continue };
            let again = get(&web, url, &format!("If-None-Match: {tag}\r\n")).await.unwrap();
            assert_eq!((again.status, again.body.len()), (304, 0));
        }
    }
    let plain = truth.outlets.iter().find(|o| o.sources[0].url.starts_with("http:")).unwrap();
    assert!(get(&web, &format!("https://{}/", plain.host), "").await.is_none());
    assert_eq!(get(&web, "http://outlet-021.test/", "").await.unwrap().status, 421);
    assert_eq!(get(&web, "http://ads-03.test/x", "").await.unwrap().status, 200);
}

#[tokio::test]
async fn time_passes_at_the_scale_asked_for() {
    let web = NewsWeb::start(config(1e6)).await.unwrap();
    let truth = web.live_truth(0.0..3.0 * 86_400.0).unwrap();
    let outlet = truth.outlets.iter().find(|o| !o.is_failing && !o.articles.is_empty()).unwrap();
    let article = outlet.articles.last().unwrap();
    let mut page = get(&web, &article.url, "").await.unwrap();
    while page.status == 404 {
        page = get(&web, &article.url, "").await.unwrap();
    }
    assert!(page.status == 200 && web.elapsed_s() >= article.published_s);
    assert!(page.header("date").unwrap().ends_with(" GMT"));
}

#[tokio::test]
async fn the_truth_for_the_judge_has_the_hosts() {
    let web = NewsWeb::start(config(1.0)).await.unwrap();
    let live = web.live_truth(0.0..1.0).unwrap();
    for outlet in &live.outlets {
        let host = web.truth().host(&outlet.host).unwrap();
        assert_eq!(host.crawl_delay_s, outlet.crawl_delay_s);
    }
    assert!(live.outlets.iter().any(|outlet| outlet.crawl_delay_s.is_some()));
    assert_eq!(web.seeds().len(), 20);
    web.stop().await.unwrap();
    let other = NewsWeb::start(Config { mode: Mode::Bench, ..config(1.0) }).await.unwrap();
    assert!(other.live_truth(0.0..1.0).is_none());
}
