//! Archives that break each rule, and archives that break none.

mod fixture;
mod fleet;
mod pace;
mod records;
mod robots;

use crate::testing::{self, Setting};
use crate::{RevisitKind, RevisitOf, Snapshot, StoredResponse};

/// What the archive itself writes breaks no rule of form.
#[test]
fn our_own_segments_are_whole() {
    let setting = Setting::new();
    let (archive, _) = setting.open();
    let lines = testing::headers(&[("content-type", "text/html")]);
    let first = Snapshot {
        response: Some(testing::response(&lines, b"<p>text")),
        request_head: b"GET /x HTTP/1.1\r\nhost: a.test\r\n\
            user-agent: Newshound/0.0.0 (+mailto:ops@crawler.test)\r\n\r\n",
        ..testing::page("http://a.test/x", b"")
    };
    archive.append(&first).unwrap();
    let digest = crate::payload_digest(b"<p>text");
    let again = RevisitOf {
        kind: RevisitKind::IdenticalPayload,
        uri: first.url,
        date: first.attempt.started,
        payload_digest: Some(&digest),
    };
    let mut second = first.clone();
    let hour_us = 3_600_000_000;
    second.attempt.started.0 += hour_us;
    second.attempt.first_byte.as_mut().unwrap().0 += hour_us;
    second.attempt.ended.0 += hour_us;
    second.response =
        Some(StoredResponse { revisit_of: Some(again), ..testing::response(&lines, b"<p>text") });
    archive.append(&second).unwrap();
    let mut failed = second.clone();
    failed.response = None;
    failed.attempt.outcome = "timeout".into();
    failed.attempt.started.0 += hour_us;
    failed.attempt.first_byte = None;
    failed.attempt.ended.0 += hour_us;
    archive.append(&failed).unwrap();
    archive.finish().unwrap();
    // `a.test` is excepted from robots.txt there.
    let report = fixture::audit(&setting.path());
    assert_eq!(report.findings, []);
    assert_eq!((report.figures.pages, report.figures.overridden), (3, 3));
    assert_eq!((report.figures.failed, report.figures.records["revisit"]), (1, 1));
}
