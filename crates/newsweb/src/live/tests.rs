//! The live web, asked in process.

use std::collections::{BTreeSet, HashMap};

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::{
    Asked, Config, InProcess, LiveFound, LiveKind, LiveOutlet, LiveSource, LiveSourceKind,
    LiveTruth, Reply, Told, TrapKind,
};

const DAY_S: f64 = 86_400.0;
/// The first time of the tests: well after anything that is the same at the start.
const NOW_S: f64 = 2.4 * DAY_S;

fn web() -> InProcess {
    let mut config = Config::live(40);
    config.live.days = 12;
    InProcess::new(config).unwrap()
}

fn asked(url: &str) -> Asked<'_> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    Asked { https: scheme == "https", host, target, ..Asked::default() }
}

fn get(web: &InProcess, url: &str, elapsed_s: f64) -> Told {
    match web.respond(&asked(url), elapsed_s) {
        Reply::Told(told) => told,
        other => panic!("{url}: {other:?}"),
    }
}

fn text(told: &Told) -> &str {
    std::str::from_utf8(&told.body).unwrap()
}

/// A document once its server does not fail.
fn healthy(web: &InProcess, url: &str, elapsed_s: f64) -> Option<Told> {
    Some(get(web, url, elapsed_s)).filter(|told| told.status == 200)
}

/// Reads XML to its end, and gives the texts of all elements of a local name.
fn texts(xml: &str, wanted: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut inside, mut found, mut depth) = (false, Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) => {
                depth += 1;
                inside = tag.local_name().as_ref() == wanted;
                if inside {
                    found.push(String::new());
                }
            }
            Event::End(_) => {
                depth -= 1;
                inside = false;
            }
            Event::Text(part) if inside => {
                found.last_mut().unwrap().push_str(&part);
            }
            Event::GeneralRef(name) if inside => {
                assert_eq!(&*name, "amp");
                found.last_mut().unwrap().push('&');
            }
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    found
}

/// All places of articles that a source names, without tracking parameters.
fn listed(source: &LiveSource, told: &Told) -> BTreeSet<String> {
    let body = text(told);
    let urls: Vec<String> = match source.kind {
        LiveSourceKind::Page => {
            let site = source.url.split('/').take(3).collect::<Vec<_>>().join("/");
            let hrefs = body.split("<h2><a href=\"").skip(1);
            hrefs.map(|rest| format!("{site}{}", rest.split('"').next().unwrap())).collect()
        }
        LiveSourceKind::Feed if body.starts_with('{') => {
            let feed: serde_json::Value = serde_json::from_str(body).unwrap();
            let items = feed["items"].as_array().unwrap();
            items.iter().map(|item| item["url"].as_str().unwrap().to_owned()).collect()
        }
        LiveSourceKind::Feed if body.contains("<feed") => texts(body, "id"),
        LiveSourceKind::Feed => texts(body, "link"),
        _ => texts(body, "loc"),
    };
    urls.into_iter().map(|url| url.split("?utm_source").next().unwrap().to_owned()).collect()
}

fn each(truth: &LiveTruth, kind: LiveKind) -> impl Iterator<Item = &LiveOutlet> {
    truth.outlets.iter().filter(move |outlet| outlet.kind == kind)
}

#[test]
fn answers_depend_on_nothing_but_the_question() {
    let (one, other) = (web(), web());
    let truth = one.truth(0.0..NOW_S);
    assert_eq!(truth, other.truth(0.0..NOW_S));
    for outlet in truth.outlets.iter().rev() {
        for url in
            outlet.sources.iter().map(|s| &s.url).chain(outlet.articles.iter().map(|a| &a.url))
        {
            let first = one.respond(&asked(url), NOW_S);
            assert_eq!(first, other.respond(&asked(url), NOW_S), "{url}");
            assert_eq!(first, one.respond(&asked(url), NOW_S + 0.5), "{url}");
        }
    }
}

#[test]
fn every_source_is_there_and_well_formed() {
    let web = web();
    let mut kinds: HashMap<LiveKind, usize> = HashMap::new();
    for outlet in web.truth(0.0..NOW_S).outlets {
        *kinds.entry(outlet.kind).or_default() += 1;
        for source in &outlet.sources {
            let Some(told) = healthy(&web, &source.url, NOW_S) else {
                assert!(outlet.is_failing, "{}", source.url);
                continue;
            };
            let names = listed(source, &told);
            let may_be_empty = matches!(source.kind, LiveSourceKind::NewsSitemap);
            assert!(!names.is_empty() || may_be_empty, "{}", source.url);
            let own = names.iter().filter(|url| url.contains(&outlet.host)).count();
            assert!(own <= source.listed.unwrap_or(10_000) + 1, "{}", source.url);
        }
    }
    assert_eq!(kinds.len(), 16);
    assert_eq!(kinds[&LiveKind::PagesOnly], 4);
}

#[test]
fn an_article_is_there_from_its_second_on() {
    let web = web();
    for outlet in web.truth(NOW_S..NOW_S + DAY_S).outlets.iter().filter(|o| !o.is_failing) {
        for article in outlet.articles.iter().take(5) {
            assert_eq!(get(&web, &article.url, article.published_s - 1.0).status, 404);
            let before = article.edited_s.map_or(article.published_s, |edited_s| edited_s - 1.0);
            let first = get(&web, &article.url, before);
            assert_eq!(first.status, 200, "{}", article.url);
            assert!((2_500..6_500).contains(&first.body.len()), "{}", first.body.len());
            if let Some(edited_s) = article.edited_s {
                let edited = get(&web, &article.url, edited_s);
                assert!(first.body != edited.body && text(&edited).contains("<p>Update: "));
                for name in ["ETag", "Last-Modified"] {
                    let known = first.header(name);
                    assert!(known.is_none() || known != edited.header(name), "{name}");
                }
            }
        }
    }
}

#[test]
fn the_best_sources_have_every_article_at_once() {
    let web = web();
    let truth = web.truth(NOW_S..NOW_S + DAY_S);
    let mut seen = 0;
    for outlet in &truth.outlets {
        assert!(!outlet.best.is_empty(), "{}", outlet.domain);
        let best = |source: &&LiveSource| outlet.best.contains(&source.url);
        for source in outlet.sources.iter().filter(best) {
            // An index lists it by way of the sitemap of the month, which is among the best, too.
            if source.kind == LiveSourceKind::Index {
                continue;
            }
            for article in &outlet.articles {
                let at_s = article.published_s + source.lag_s;
                let Some(before) = healthy(&web, &source.url, at_s - 1.0) else { continue };
                let Some(after) = healthy(&web, &source.url, at_s) else { continue };
                assert!(!listed(source, &before).contains(&article.url), "{}", source.url);
                assert!(listed(source, &after).contains(&article.url), "{}", source.url);
                seen += 1;
            }
        }
    }
    assert!(seen > 150, "{seen}");
    for outlet in each(&truth, LiveKind::Lagging) {
        let feed = outlet.sources.iter().find(|s| s.kind == LiveSourceKind::Feed).unwrap();
        assert!((180.0..900.0).contains(&feed.lag_s) && outlet.best == [feed.url.clone()]);
    }
}

#[test]
fn an_index_leads_to_the_month_that_grows() {
    let mut config = Config::live(20);
    config.live.days = 12;
    let web = InProcess::new(config).unwrap();
    // The month turns on the sixth day.
    let truth = web.truth(5.0 * DAY_S..8.0 * DAY_S);
    for outlet in each(&truth, LiveKind::SitemapIndex).filter(|outlet| !outlet.is_failing) {
        let index = outlet.sources.iter().find(|s| s.kind == LiveSourceKind::Index).unwrap();
        for (at_s, month) in [(5.9 * DAY_S, "2026-11"), (7.9 * DAY_S, "2026-12")] {
            let body = get(&web, &index.url, at_s);
            let children = texts(text(&body), "loc");
            assert!(children[0].ends_with(&format!("/sitemap/posts-{month}.xml")));
            assert!(outlet.best.contains(&children[0]) && children.len() > 1);
            assert_eq!(get(&web, &children[0], at_s).status, 200);
        }
        let robots = get(&web, &format!("{}robots.txt", front(outlet)), 0.0);
        assert_eq!(text(&robots).contains(&index.url), index.found == LiveFound::Robots);
    }
}

fn front(outlet: &LiveOutlet) -> &str {
    &outlet.sources[0].url
}

#[test]
fn sources_are_named_where_they_are_said_to_be() {
    let web = web();
    for outlet in web.truth(0.0..1.0).outlets.iter().filter(|outlet| !outlet.is_failing) {
        let home = get(&web, front(outlet), NOW_S);
        let robots = get(&web, &format!("{}robots.txt", front(outlet)), NOW_S);
        let alternates = text(&home).matches("rel=\"alternate\"").count();
        let linked = outlet.sources.iter().filter(|s| s.found == LiveFound::Head).count();
        assert_eq!(alternates, linked, "{}", outlet.domain);
        for source in outlet.sources.iter().filter(|s| s.found != LiveFound::Page) {
            let path = source.url.strip_prefix(front(outlet)).unwrap();
            let link = format!("href=\"/{path}\">\n");
            assert_eq!(text(&home).contains(&link), source.found == LiveFound::Head, "{link}");
            let named = format!("Sitemap: {}\n", source.url);
            assert_eq!(text(&robots).contains(&named), source.found == LiveFound::Robots);
        }
        let delay = outlet.crawl_delay_s.map(|seconds| format!("Crawl-delay: {seconds}\n"));
        assert!(delay.is_none_or(|line| text(&robots).contains(&line)));
    }
}

#[test]
fn one_feed_under_several_addresses_says_which_is_its_own() {
    let web = web();
    for outlet in each(&web.truth(0.0..1.0), LiveKind::ManyAddresses).filter(|o| !o.is_failing) {
        let feeds: Vec<_> =
            outlet.sources.iter().filter(|s| s.kind == LiveSourceKind::Feed).collect();
        assert_eq!((feeds.len(), outlet.best.len()), (4, 4));
        let bodies: BTreeSet<_> = feeds.iter().map(|s| get(&web, &s.url, NOW_S).body).collect();
        assert_eq!(bodies.len(), 1);
        let own = format!("<atom:link href=\"{}\" rel=\"self\"", feeds[0].url);
        assert!(String::from_utf8_lossy(bodies.first().unwrap()).contains(&own));
        assert!(feeds[1..].iter().all(|s| s.same_as.as_ref() == Some(&feeds[0].url)));
    }
}

#[test]
fn of_forty_feeds_few_change() {
    let web = web();
    for outlet in each(&web.truth(0.0..1.0), LiveKind::FortyFeeds).filter(|o| !o.is_failing) {
        let feeds: Vec<_> =
            outlet.sources.iter().filter(|s| s.kind == LiveSourceKind::Feed).collect();
        assert_eq!(feeds.len(), 40);
        for source in &feeds {
            let [early, late] = [0.0, 11.0 * DAY_S].map(|at_s| get(&web, &source.url, at_s).body);
            assert!(!source.is_still || early == late, "{}", source.url);
        }
        assert_eq!(feeds.iter().filter(|source| source.is_still).count(), 35);
        assert_eq!(feeds.iter().filter(|source| source.is_complete).count(), 1);
    }
}

#[test]
fn what_is_known_is_not_sent_again() {
    let web = web();
    let mut with_tag = 0;
    for outlet in web.truth(NOW_S - DAY_S..NOW_S).outlets.iter().filter(|o| !o.is_failing) {
        let articles = outlet.articles.iter().map(|article| &article.url).take(1);
        for url in outlet.sources.iter().map(|source| &source.url).take(12).chain(articles) {
            let first = get(&web, url, NOW_S);
            let (tag, date) = (first.header("ETag"), first.header("Last-Modified"));
            with_tag += usize::from(tag.is_some());
            let by_tag = Asked { if_none_match: tag, ..asked(url) };
            let by_date = Asked { if_modified_since: date, ..asked(url) };
            for (conditional, known) in [(by_tag, tag), (by_date, date)] {
                let Reply::Told(again) = web.respond(&conditional, NOW_S) else { panic!("{url}") };
                let same = if known.is_some() { 304 } else { 200 };
                assert_eq!(again.status, same, "{url}");
                assert_eq!(again.body.is_empty(), known.is_some());
                // Some day later, what is not sent again has not changed.
                let later_s = NOW_S + 2.0 * DAY_S;
                let Reply::Told(later) = web.respond(&conditional, later_s) else {
                    panic!("{url}")
                };
                if later.status == 304 {
                    assert_eq!(get(&web, url, later_s).body, first.body, "{url}");
                }
            }
            let other = Asked { if_none_match: Some("\"other\""), ..by_date };
            let Reply::Told(changed) = web.respond(&other, NOW_S) else { panic!("{url}") };
            assert_eq!(changed.status, 200);
        }
    }
    assert!(with_tag > 100, "{with_tag}");
}

#[test]
fn traps_are_there_and_are_known() {
    let web = web();
    let truth = web.truth(0.0..1.0);
    let outlet = each(&truth, LiveKind::DeadSitemaps).find(|o| !o.is_failing).unwrap();
    let index = format!("{}sitemaps/index.xml", front(outlet));
    let today = get(&web, &index, NOW_S);
    let children = texts(text(&today), "loc");
    assert_eq!(children.len(), 203);
    let fresh = texts(text(&today), "lastmod");
    assert!(fresh.iter().all(|date| date.starts_with("2026-11-27")), "{}", fresh[0]);
    let tomorrow = get(&web, &index, NOW_S + DAY_S);
    let new: Vec<_> =
        texts(text(&tomorrow), "loc").into_iter().filter(|url| !children.contains(url)).collect();
    assert_eq!(new.len(), 3);
    assert_eq!(get(&web, &new[0], NOW_S).status, 404);
    for (child, kind) in
        [(&children[199], TrapKind::DeadSitemap), (&children[200], TrapKind::RotatingSitemap)]
    {
        assert_eq!(truth.is_trap(child), Some(kind));
        let body = get(&web, child, NOW_S);
        let pages = texts(text(&body), "loc");
        assert!(texts(text(&body), "lastmod").iter().all(|date| date.as_str() < "2024-12"));
        assert_eq!(pages.len(), 20);
        assert!(pages.iter().all(|url| truth.is_trap(url) == Some(TrapKind::OldPage)));
        assert_eq!(get(&web, &pages[0], NOW_S).status, 200);
    }
    let still = truth.outlets.iter().flat_map(|o| &o.sources).filter(|source| source.is_still);
    assert!(still.map(|s| truth.is_trap(&s.url)).all(|trap| trap == Some(TrapKind::Still)));
    for outlet in &truth.outlets {
        assert!(outlet.best.iter().all(|url| truth.is_trap(url).is_none()));
    }
}

#[test]
fn a_forbidden_calendar_has_no_end() {
    let web = web();
    let truth = web.truth(0.0..1.0);
    let mut seen = 0;
    for outlet in truth.outlets.iter().filter(|outlet| !outlet.is_failing) {
        let [home, robots] =
            ["", "robots.txt"].map(|path| get(&web, &format!("{}{path}", front(outlet)), NOW_S));
        let linked = text(&home).contains("href=\"/calendar/2026-11/\"");
        assert_eq!(text(&robots).contains("Disallow: /calendar/\n"), linked, "{}", outlet.domain);
        let url = format!("{}calendar/2031-07/", front(outlet));
        assert_eq!(truth.is_trap(&url), Some(TrapKind::Forbidden));
        let page = get(&web, &url, NOW_S);
        assert_eq!(page.status == 200 && text(&page).contains("/calendar/2031-08/"), linked);
        seen += usize::from(linked);
    }
    assert!((2..20).contains(&seen), "{seen}");
}

#[test]
fn paid_links_lead_to_pages_without_end() {
    let web = web();
    let truth = web.truth(0.0..1.0);
    let outlet = each(&truth, LiveKind::PaidLinks).find(|outlet| !outlet.is_failing).unwrap();
    for url in &outlet.best {
        let body = get(&web, url, NOW_S);
        let source = outlet.sources.iter().find(|source| source.url == *url).unwrap();
        let paid: Vec<_> =
            listed(source, &body).into_iter().filter(|url| url.contains("//ads-")).collect();
        let next = listed(source, &get(&web, url, NOW_S + DAY_S));
        assert!(paid.len() >= 5 && !paid.iter().any(|url| next.contains(url)), "{url}");
        assert!(paid.iter().all(|url| truth.is_trap(url) == Some(TrapKind::Foreign)));
        let page = get(&web, &paid[0], NOW_S);
        assert_eq!(text(&page).matches("<a href=").count(), 10);
    }
    let robots = get(&web, "http://ads-07.test/robots.txt", 0.0);
    assert_eq!(robots.status, 404);
}

#[test]
fn hosts_that_are_not_there_are_not_there() {
    let web = web();
    let truth = web.truth(0.0..1.0);
    for host in ["ads-40.test", "outlet-041.test", "sport.outlet-001.test", "elsewhere.test"] {
        let asked = Asked { host, target: "/", ..Asked::default() };
        assert_eq!(web.respond(&asked, 0.0), Reply::NoSuchHost, "{host}");
    }
    let outlet = truth.outlets.iter().find(|o| o.sources[0].url.starts_with("http:")).unwrap();
    let secure = Asked { https: true, host: &outlet.host, target: "/", ..Asked::default() };
    assert_eq!(web.respond(&secure, 0.0), Reply::Refused);
    for outlet in &truth.outlets {
        // A crawl that starts from the bare domain arrives at the site.
        let mut url = format!("http://{}/", outlet.domain);
        while let Some(location) = get(&web, &url, 0.0).header("location") {
            url = location.to_owned();
        }
        assert_eq!(url, front(outlet));
    }
}

#[test]
fn urls_are_told_apart() {
    let web = web();
    let truth = web.truth(0.0..NOW_S);
    for outlet in &truth.outlets {
        for article in &outlet.articles {
            let bare = article.url.replace("https://", "http://").replace("//www.", "//");
            for url in [article.url.clone(), format!("{bare}?utm_source=rss"), format!("{bare}#c")]
            {
                let (of, found) = truth.article(&url).unwrap();
                assert_eq!((&of.domain, &found.url), (&outlet.domain, &article.url));
            }
            assert_eq!(truth.is_trap(&article.url), None);
        }
        assert!(truth.article(front(outlet)).is_none());
        assert_eq!(truth.outlet(front(outlet)).unwrap().domain, outlet.domain);
    }
    assert!(truth.outlet("http://outlet-1.test/").is_none() && truth.outlet("x").is_none());
    let json = serde_json::to_string(&truth).unwrap();
    assert!(serde_json::from_str::<LiveTruth>(&json).unwrap() == truth);
}

#[test]
fn some_servers_fail_now_and_then() {
    let mut config = Config::live(3);
    config.live.failing_share = 1.0;
    let web = InProcess::new(config).unwrap();
    let truth = web.truth(0.0..1.0);
    let url = front(&truth.outlets[0]);
    let answers: Vec<Told> = (0..1_000).map(|n| get(&web, url, f64::from(n) * 600.0)).collect();
    let failed: Vec<_> = answers.iter().filter(|told| told.status == 503).collect();
    assert!((80..240).contains(&failed.len()), "{}", failed.len());
    assert!(failed.iter().any(|told| told.header("Retry-After").is_some()));
    assert!(failed.iter().any(|told| told.first_byte >= Told::HANGS));
    assert!(answers.iter().all(|told| told.status == 503 || told.first_byte < Told::HANGS));
    let robots = format!("{url}robots.txt");
    assert!((0..1_000).all(|n| get(&web, &robots, f64::from(n) * 600.0).status != 503));
}

#[test]
fn what_cannot_be_is_refused() {
    let wrong = |change: fn(&mut Config)| {
        let mut config = Config::live(3);
        change(&mut config);
        InProcess::new(config).is_err()
    };
    assert!(!wrong(|_| {}));
    assert!(wrong(|config| config.live.starts_at = 0));
    assert!(wrong(|config| config.live.days = 0));
    assert!(wrong(|config| config.live.slowest_per_day = 30.0));
    assert!(wrong(|config| config.live.time_scale = f64::NAN));
    assert!(wrong(|config| config.live.edited_share = 1.5));
    assert!(wrong(|config| config.outlets = 0));
    assert!(InProcess::new(Config::news(3)).is_err());
}

#[test]
fn odd_questions_get_an_answer() {
    let web = web();
    let truth = web.truth(0.0..1.0);
    let hosts = truth.outlets.iter().map(|outlet| outlet.host.as_str());
    for host in hosts {
        for target in [
            "",
            "*",
            "/?x=1",
            "/ü-3.html",
            "/-18446744073709551616",
            "/x-3",
            "/sitemap/posts-0000-01.xml",
            "/sitemap/posts-+026-11.xml",
            "/sitemaps/daily/1-20261301.xml",
            "/sitemaps/daily/1-2026é1301.xml",
            "/archive/2010-01/x-99999999999.html",
            "/calendar/9999-12/",
            "/politics/?page=99999999999999999999",
            "/politics/?page=0",
        ] {
            for https in [false, true] {
                for elapsed_s in [-1e12, -5.0, 0.0, 1e9, f64::NAN, f64::INFINITY] {
                    let asked = Asked { https, host, target, ..Asked::default() };
                    let reply = web.respond(&asked, elapsed_s);
                    assert!(reply != Reply::NoSuchHost, "{host}{target}");
                }
            }
        }
    }
}
