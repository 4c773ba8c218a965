//! The scripts that start a Redis and a worker.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use it::process::{Finished, Running, run};
use tempfile::TempDir;

use super::file;

const LIMIT: Duration = Duration::from_secs(30);

/// A folder with a `newshound` that says how it was called, and ends with its input.
fn pretended() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("newshound");
    fs::write(&path, "#!/bin/sh\necho \"called: $*\"\nread -r _\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

fn worker(root: &Path, bin: &Path) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    command.arg(file("worker-start.sh")).arg(root).args(["--delay", "2s"]);
    command.env("PATH", format!("{}:{path}", bin.display()));
    command
}

#[test]
fn workers_that_share_a_volume_have_folders_of_their_own_and_go_on_with_them() {
    let (bin, root) = (pretended(), tempfile::tempdir().unwrap());
    let start = || {
        let mut worker = Running::hold(&mut worker(root.path(), bin.path()));
        let line = worker.wait_for("called: ", LIMIT);
        assert!(line.starts_with("called: worker --data "), "{line}");
        assert!(line.trim_end().ends_with("--delay 2s"), "{line}");
        let data = line.split(' ').nth(3).unwrap_or_default().to_owned();
        (worker, data)
    };
    let folder = |n: usize| root.path().join(n.to_string()).to_string_lossy().into_owned();
    let (first, data) = start();
    assert_eq!(data, folder(1));
    let (mut second, data) = start();
    assert_eq!(data, folder(2));
    let (_third, data) = start();
    assert_eq!(data, folder(3));
    // One that is killed and one that ends leave theirs to those that come next.
    first.kill();
    second.close_input();
    second.wait(LIMIT);
    let (_again, data) = start();
    assert_eq!(data, folder(1));
    let (_more, data) = start();
    assert_eq!(data, folder(2));
}

/// Starts nothing: what is wrong is found before.
fn refused(passwords: &[(&str, &str)]) -> Finished {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (name, word) in passwords {
        fs::write(folder.path().join(name), word).unwrap();
    }
    let mut command = Command::new("sh");
    command.arg(file("redis-start.sh")).arg(file("redis.conf")).arg(folder.path());
    run(command.arg(data.path()).args(["--port", "0"]), LIMIT)
}

#[test]
fn passwords_that_are_missing_or_cannot_be_written_down_start_no_redis() {
    let missing = refused(&[("newshound", "one")]);
    assert_ne!(missing.code, Some(0));
    assert!(missing.stderr.contains("admin"), "{missing:?}");
    for word in ["", "\n", "two words", "qu\"ote", "two\nlines #", "dollar$"] {
        let bad = refused(&[("newshound", "one"), ("admin", word)]);
        assert_eq!(bad.code, Some(2), "{word:?}: {bad:?}");
        assert!(bad.stderr.contains("the password of admin"), "{word:?}: {bad:?}");
    }
    let usage = run(Command::new("sh").arg(file("redis-start.sh")), LIMIT);
    assert_eq!(usage.code, Some(2));
    assert!(usage.stderr.contains("usage"), "{usage:?}");
}
