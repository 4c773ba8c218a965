//! `newshound robots`: which rule allows or forbids.

use std::fmt::Write as _;
use std::io::BufRead;
use std::path::PathBuf;

use anyhow::{Context, Result};
use crawl::robots::Rules;

use crate::exit::{Exit, usage};
use crate::out;

/// Answers are written in portions of about this size.
const PORTION_BYTES: usize = 64 * 1024;

/// Judges URLs by a robots.txt. Each gives a line: allow or disallow, tab, the URL, tab, the rule
/// that decides (empty where none matches).
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A robots.txt
    file: PathBuf,
    /// The product token whose group counts
    #[arg(long, value_name = "TOKEN", default_value = crawl::identity::TOKEN)]
    agent: String,
    /// URLs; - reads them from standard input, one a line
    #[arg(value_name = "URL|-", required = true)]
    urls: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let body = std::fs::read(&args.file)
        .with_context(|| format!("cannot read the robots file {}", args.file.display()))?;
    let rules = Rules::parse(&body, &args.agent);
    let mut lines = String::new();
    let mut refused = 0_u64;
    for given in &args.urls {
        if given == "-" {
            for (n, line) in std::io::stdin().lock().lines().enumerate() {
                let line = line.context("cannot read standard input")?;
                let place = format!("standard input, line {}", n + 1);
                refused += judge(&rules, &line, &place, &mut lines)?;
                if lines.len() > PORTION_BYTES {
                    out::text(&std::mem::take(&mut lines))?;
                }
            }
        } else {
            refused += judge(&rules, given, "argument", &mut lines)?;
        }
    }
    out::text(&lines)?;
    if refused > 0 {
        return Err(usage(format!("{refused} of the given texts are no http(s) URLs")));
    }
    Ok(Exit::Ok)
}

/// Writes the line of one URL. Gives 1 for a text that is none.
fn judge(rules: &Rules, url: &str, place: &str, lines: &mut String) -> Result<u64> {
    let url = url.trim();
    if url.is_empty() {
        return Ok(0);
    }
    let Some(path) = crawl::robots::path_and_query(url) else {
        eprintln!("newshound: {place}: {url:?} is no http(s) URL; write https://example.com/path");
        return Ok(1);
    };
    let verdict = rules.check(path);
    let mut rule = String::new();
    if let Some(found) = &verdict.rule {
        let word = if found.allow { "Allow" } else { "Disallow" };
        write!(rule, "{word}: {} (line {})", found.pattern, found.line)?;
    }
    let word = if verdict.allowed { "allow" } else { "disallow" };
    writeln!(lines, "{word}\t{url}\t{rule}")?;
    Ok(0)
}
