//! `newshound audit`: proves politeness, robots compliance and integrity from the archive.

use std::path::PathBuf;

use anyhow::Result;

use super::Common;
use crate::exit::{Exit, usage};
use crate::out;

/// Reads archives to the last byte and judges them: digests and lengths, gaps and overlaps per
/// host, robots.txt as it was that day, and the identity in every request. Works beside a running
/// crawl. Exit code 3 when there are findings.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Data directories, archive folders or WARC files; several are judged as one crawl
    #[arg(value_name = "DIR", default_value = "newshound-data")]
    paths: Vec<PathBuf>,
    /// Print the report as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        return Err(usage(format!(
            "there is no {}: name a data directory, an archive folder or a WARC file",
            missing.display()
        )));
    }
    let report = audit(&args.paths, common.quiet || args.json)?;
    if args.json {
        out::json(&report)?;
    } else {
        let mut text = String::new();
        report.render(&mut text)?;
        out::text(&text)?;
    }
    Ok(if report.findings.is_empty() { Exit::Ok } else { Exit::Findings })
}

/// Audits with a word on progress for people.
pub(crate) fn audit(paths: &[PathBuf], quiet: bool) -> Result<archive::audit::Report> {
    let mut progress = |step: archive::audit::Progress| {
        if !quiet {
            tracing::info!(file = %step.file.display(), "reading {} of {}", step.number, step.of);
        }
    };
    Ok(archive::audit::run(paths, &mut progress)?)
}
