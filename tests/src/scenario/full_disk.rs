//! A disk that becomes full in the middle of a crawl, and has space again.

use std::fs;
use std::path::Path;
use std::process::Command;

use newsweb::{Config, Verdict};
use serde::Serialize;

use super::{Audited, DELAY, LIMIT, audit, crawl_all_into};
use crate::{Running, Web, peers};

/// Bytes of the small disk.
const DISK_BYTES: u64 = 6 << 20;

/// Bytes that somebody else takes and gives back.
const BALLAST_BYTES: usize = 3 << 20;

/// What came of it.
#[derive(Debug, Serialize)]
pub struct FullDisk {
    /// Requests that the servers had seen when the crawl said that it waits.
    pub requests_at_full: u64,
    /// Requests in the end.
    pub requests: u64,
    /// The judge's verdict on the servers' log.
    pub verdict: Verdict,
    /// What the archive says.
    pub audit: Audited,
}

/// A mounted tmpfs; it is unmounted when this is dropped.
pub(super) struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    /// Of so many bytes.
    pub(super) fn mount(bytes: u64) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let size = format!("size={bytes}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let mounted = mount.status().is_ok_and(|status| status.success());
        assert!(mounted, "this scenario mounts a tmpfs of its own: run it as root");
        Self(folder)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.path()).status();
        assert!(unmounted.is_ok_and(|s| s.success()) || std::thread::panicking(), "still mounted");
    }
}

/// Crawls onto a small disk on which a ballast leaves too little space; once the crawl says that
/// the disk is full, the ballast goes, and the crawl must end complete.
///
/// # Panics
/// When it gives up, loses or damages anything, or goes on without space.
#[track_caller]
pub fn full_disk() -> FullDisk {
    let web = Web::start(Config { articles_per_outlet: 25, ..Config::news(4) });
    let disk = Tmpfs::mount(DISK_BYTES);
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![7; BALLAST_BYTES]).expect("there is space for it");
    let data = disk.path().join("data");
    let mut running = Running::start(&mut crawl_all_into(&web, &data), b"");
    running.wait_for("the disk is full", LIMIT);
    let requests_at_full = web.get().request_count();
    fs::remove_file(&ballast).expect("it can be removed");
    let done = running.wait(LIMIT);
    assert!(matches!(done.code, Some(0 | 3)), "{}", done.stderr);
    assert!(done.stderr.contains("there is space again"), "{}", done.stderr);
    let verdict = newsweb::judge(&web.get().requests(), web.get().truth(), DELAY);
    let breaches = (verdict.overlaps, verdict.short_gaps, verdict.disallowed, verdict.missing);
    assert_eq!(breaches, (0, 0, 0, 0), "{verdict:#?}\n{}", done.stderr);
    let audit = audit(&data);
    peers::judge(&crate::data::segments(&data.join("archive"))).assert_clean();
    FullDisk { requests_at_full, requests: web.get().request_count(), verdict, audit }
}
