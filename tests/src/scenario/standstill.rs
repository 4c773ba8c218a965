//! A server that stands still for longer than its clients wait, as on a machine with too much to
//! do: when it goes on it reads what was given up long ago together with what came since.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use newsweb::{Truth, Verdict};
use serde::Serialize;
use serde_json::Value;

use super::{Audited, DELAY, LIMIT, audit};
use crate::process::{Running, Signal};
use crate::wait::{Since, until};
use crate::{DataDir, binary, newshound};

/// How long the crawler waits for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the server stands still: for a request that is given up, and the next one's.
const STANDSTILL: Duration = Duration::from_secs(3);

/// Requests in the log before the server stops.
const BEFORE: usize = 60;

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Standstill {
    /// The judge's verdict on the server's log.
    pub verdict: Verdict,
    /// What the archive says.
    pub audit: Audited,
}

/// Crawls a web whose server is stopped in the middle and goes on.
///
/// # Panics
/// When its log shows a breach that there was not, or anything is missing.
#[track_caller]
pub fn standstill(outlets: usize, articles: usize) -> Standstill {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |name: &str| folder.path().join(name);
    let mut serve = Command::new(binary::built("newsweb"));
    serve.args(["serve", "--outlets", &outlets.to_string(), "--articles", &articles.to_string()]);
    for (flag, name) in
        [("--log", "log"), ("--truth", "truth"), ("--seeds", "seeds"), ("--ca", "ca.pem")]
    {
        serve.arg(flag).arg(path(name));
    }
    let mut server = Running::hold(&mut serve);
    let told: Value = serde_json::from_str(&server.wait_for("connect_to", LIMIT))
        .expect("it tells where it is as JSON");
    let data = DataDir::new();
    let crawl = Running::start(&mut crawl(&told, folder.path(), &data.path()), b"");
    let log = path("log");
    let count = || std::fs::read(&log).map_or(0, |log| log.split(|b| *b == b'\n').count());
    assert!(until(LIMIT, || count() > BEFORE), "the crawl does not get on");
    server.signal(Signal::STOP);
    let since = Since::now();
    until(LIMIT, || since.passed() >= STANDSTILL);
    server.signal(Signal::CONT);
    let done = crawl.wait(LIMIT);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    server.close_input();
    server.wait(LIMIT).expect_code(0);
    let truth = std::fs::read(path("truth")).expect("the server wrote it");
    let truth: Truth = serde_json::from_slice(&truth).expect("it is a truth");
    let requests = newsweb::read_log(&log).expect("the server wrote it");
    let verdict = newsweb::judge(&requests, &truth, DELAY);
    assert!(verdict.given_up > 0, "it did not stand still: {verdict:#?}");
    let breaches = (verdict.overlaps, verdict.short_gaps, verdict.missing);
    assert_eq!(breaches, (0, 0, 0), "{verdict:#?}\n{}", done.stderr);
    Standstill { verdict, audit: audit(&data.path()) }
}

fn crawl(told: &Value, folder: &Path, data: &Path) -> Command {
    let mut command = newshound();
    command.args(["crawl", "--contact", "tests@example.org", "--delay", "200ms", "--json"]);
    command.args(["--no-articles", "--no-stories", "--patience", "6s", "--data"]).arg(data);
    command.args(["--allow-network", "127.0.0.0/8", "--tls-ca"]).arg(folder.join("ca.pem"));
    command.arg("--seeds").arg(folder.join("seeds"));
    for rule in told["connect_to"].as_array().into_iter().flatten() {
        command.arg("--connect-to").arg(rule.as_str().unwrap_or_default());
    }
    let text = |time: Duration| format!("{}ms", time.as_millis());
    command.env("NEWSHOUND_FETCH_LIMITS_TOTAL", text(4 * PATIENCE));
    command.env("NEWSHOUND_FETCH_LIMITS_FIRST_BYTE", text(PATIENCE));
    command.env("NEWSHOUND_FETCH_LIMITS_CONNECT", text(PATIENCE));
    command.env("NEWSHOUND_RETRY_FIRST", "1s").env("NEWSHOUND_POLITENESS_BACKOFF_FIRST", "1s");
    command.env("NEWSHOUND_POLITENESS_FIRST_DELAY", "2s");
    command.env("NEWSHOUND_ARCHIVE_FREE_BYTES_MIN", "0");
    command
}
