//! Frontiers on which nobody may work for now: they are being written out, or taken in.

use std::time::Duration;

use anyhow::{Result, bail};
use frontier::{Control, Frontier};

/// The note that says so.
pub(crate) const NOTE: &str = "closed";

/// Who writes a frontier out says so again before this time is over: when it is killed, the
/// frontier is soon open again.
pub(crate) const LASTS: Duration = Duration::from_mins(1);

/// Why a frontier is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It is written out, until this time of its clock (microseconds) unless that is renewed.
    Export(i64),
    /// The file of this name has not been taken in whole.
    Import(String),
}

impl Closed {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ')? {
            ("export", until) => until.parse().ok().map(Self::Export),
            ("import", id) => Some(Self::Import(id.to_owned())),
            _ => None,
        }
    }

    /// What a frontier says; none when it is open.
    pub(crate) async fn read(frontier: &impl Control) -> Result<Option<Self>> {
        let Some(text) = frontier.note(NOTE).await? else { return Ok(None) };
        Ok(match Self::parse(&text) {
            Some(Self::Export(until)) if until <= frontier.changes().await?.at.0 => None,
            said => said,
        })
    }

    /// Says so in the frontier.
    pub(crate) async fn tell(&self, frontier: &impl Frontier) -> Result<()> {
        let text = match self {
            Self::Export(until) => format!("export {until}"),
            Self::Import(id) => format!("import {id}"),
        };
        Ok(frontier.set_note(NOTE, &text).await?)
    }
}

/// Opens a frontier again.
pub(crate) async fn open(frontier: &impl Frontier) -> Result<()> {
    Ok(frontier.set_note(NOTE, "").await?)
}

/// Refuses to work on a frontier that is closed.
pub(crate) async fn check(frontier: &impl Control) -> Result<()> {
    match Closed::read(frontier).await? {
        None => Ok(()),
        Some(Closed::Export(_)) => bail!(
            "the frontier is being exported: wait until `newshound frontier export` has ended (if \
                it was killed, {} s)",
            LASTS.as_secs()
        ),
        Some(Closed::Import(_)) => bail!(
            "a part of a crawl was imported into this frontier, and the rest is missing: run the \
                same `newshound frontier import` again to its end"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_note_says() {
        for (text, said) in [
            ("export 5", Some(Closed::Export(5))),
            ("import 5-ab", Some(Closed::Import("5-ab".into()))),
            ("export x", None),
            ("", None),
        ] {
            assert_eq!(Closed::parse(text), said, "{text:?}");
        }
    }
}
