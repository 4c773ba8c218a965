//! What is said of the use of a page stands with its snapshot, and costs one request a day.

use std::sync::Arc;

use crate::Config;
use crate::reader::{InProcess, Reader};

use super::fleet::{Fleet, watching};
use super::sim::{SEC, Sites};

const ARTICLE: &str = "/2026/11/25/bridge-opens";
const TDMREP: &str = "/.well-known/tdmrep.json";

fn web(web: Sites) -> Sites {
    let reader: Arc<dyn Reader> = Arc::new(InProcess);
    let page = "<!doctype html><meta name=tdm-reservation content=1><meta name=robots content=noai>\
        <p>The bridge opens.";
    web.read_by(reader)
        .linking(ARTICLE)
        .with_file(ARTICLE, ("text/html", page))
        .with_file(
            TDMREP,
            (
                "application/json",
                r#"[{"location":"/","tdm-reservation":1,"tdm-policy":"https://a.test/p"}]"#,
            ),
        )
        .with_robots(
            "a.test",
            "License: https://a.test/l.xml\nUser-agent: *\nContent-Signal: ai-train=no\nAllow: /\n",
        )
}

fn said(fleet: &Fleet, path: &str) -> Vec<String> {
    let folder = fleet.folder.path().join("w/archive");
    let found = archive::find(&folder, &format!("https://a.test{path}")).unwrap();
    let attempt = archive::load(&found[0]).unwrap().attempt.unwrap();
    let said = attempt.extra.into_iter().filter(|(name, _)| name == "usage");
    said.map(|(_, said)| said).collect()
}

fn asked(fleet: &Fleet) -> usize {
    fleet.web.seen().iter().filter(|seen| seen.path == TDMREP).count()
}

#[tokio::test(start_paused = true)]
async fn opt_outs_stand_with_the_snapshot() {
    let fleet = Fleet::new(web, Config::default());
    fleet.seed(&["a.test"]).await;
    fleet.finish(&["w"]).await;
    assert_eq!(
        said(&fleet, ARTICLE),
        [
            "tdm-reservation=1 (page)",
            "noai (robots)",
            "tdm-reservation=1, tdm-policy=https://a.test/p (tdmrep.json)",
            "content-signal: ai-train=no (robots.txt)",
            "license: https://a.test/l.xml (robots.txt)",
        ]
    );
    let figures = fleet.assert_audited().figures;
    assert_eq!((asked(&fleet), figures.tdmrep), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_origin_is_asked_once_a_day() {
    let fleet = Fleet::new(web, watching());
    // Given as a seed, it is asked for again and again.
    fleet.seed(&[&format!("a.test{ARTICLE}")]).await;
    let running = fleet.start(&["w"]).await;
    tokio::time::sleep(50 * 3_600 * SEC).await;
    fleet.stop(running).await;
    assert!((2..=3).contains(&asked(&fleet)), "{} times in 50 hours", asked(&fleet));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_who_does_not_wish_it_or_whose_articles_are_not_read() {
    let forbidden =
        |sites: Sites| web(sites).with_robots("a.test", "User-agent: *\nDisallow: /.well-known/\n");
    let off = Config { tdmrep: false, ..Config::default() };
    for fleet in [
        Fleet::new(forbidden, Config::default()),
        Fleet::new(web, off),
        Fleet::new(|sites| sites.linking(ARTICLE), Config::default()),
    ] {
        fleet.seed(&["a.test"]).await;
        fleet.finish(&["w"]).await;
        assert!(fleet.web.seen().iter().any(|seen| seen.path == ARTICLE));
        assert_eq!(asked(&fleet), 0);
    }
}
