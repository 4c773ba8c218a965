//! Names of workers and services, each unique in its fleet.

use std::time::Duration;

use anyhow::Result;
use crawl::{Clock, Random};
use frontier::{Control, WorkerRow};
use worker::{SystemClock, SystemRandom};

use crate::exit::usage;
use crate::units;

/// Who has our name and was not heard of for so long has ended: all beat every two seconds.
const NAMESAKE_SILENT: Duration = Duration::from_secs(5);

/// Between two looks at who has our name.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Reads a name.
pub(crate) fn parse_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 60 || !text.chars().all(is_plain) {
        return Err("a name has up to 60 letters, digits, - _ .".into());
    }
    Ok(text.to_owned())
}

/// Machine and process, and four digits: processes of different containers may be called the same.
pub(crate) fn own_name() -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let machine: String = machine().chars().map(plain).take(40).collect();
    let process = std::process::id();
    let chance = SystemRandom::new().next_u64() & 0xffff;
    format!("{machine}-{process}-{chance:04x}")
}

/// The name of this machine, as workers tell it.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Waits until nobody else has our name. One that was killed is soon known to be gone; one that
/// lives is an error: nobody could tell the two apart.
pub(crate) async fn be_alone(frontier: &impl Control, name: &str) -> Result<()> {
    let clock = SystemClock;
    let begun = clock.elapsed();
    let mut first = None;
    while let Some(row) = namesake(frontier, name).await? {
        let now = clock.elapsed();
        // When it was heard of last, on our clock.
        let beat_at = now.saturating_sub(row.age);
        let first = *first.get_or_insert(beat_at);
        if beat_at.saturating_sub(first) > Duration::from_secs(1) {
            return Err(usage(format!(
                "another member of the fleet is called {name} ({}, heard of {} ago): choose \
                    another --name, or leave it out",
                row.beat.place,
                units::duration(row.age)
            )));
        }
        if row.age >= NAMESAKE_SILENT {
            return Ok(());
        }
        if now.saturating_sub(begun) < LOOK_EVERY {
            tracing::warn!(
                name,
                place = row.beat.place.as_str(),
                "a member of this name was here just now"
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Who has our name, unless it said good-bye or was a process of this machine that has ended.
async fn namesake(frontier: &impl Control, name: &str) -> Result<Option<WorkerRow>> {
    let rows = frontier.workers().await?;
    let is_other = |row: &WorkerRow| row.is_alive() && !has_ended(&row.beat.place);
    Ok(rows.into_iter().find(|row| row.beat.name == name).filter(is_other))
}

/// Whether a place (`MACHINE, process N`) is a process of this machine that is no more.
fn has_ended(place: &str) -> bool {
    let Some((machine, process)) = place.rsplit_once(", process ") else { return false };
    let Ok(process) = process.parse::<u32>() else { return false };
    let is_there = || std::path::Path::new("/proc").join(process.to_string()).exists();
    machine == self::machine() && (process == std::process::id() || !is_there())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let (a, b) = (own_name(), own_name());
        assert!(parse_name(&a).is_ok() && a.contains(&std::process::id().to_string()), "{a}");
        assert_ne!(a, b);
        for bad in ["", "a b", "é", &"x".repeat(61)] {
            assert!(parse_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_process_that_is_no_more_is_known() {
        let here = machine();
        assert!(has_ended(&format!("{here}, process {}", u32::MAX)));
        assert!(!has_ended(&format!("{here}, process 1")));
        assert!(!has_ended(&format!("not-{here}, process {}", u32::MAX)));
        assert!(!has_ended("somewhere"));
    }
}
