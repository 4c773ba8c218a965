//! `newshound stories cluster`: stories of texts from anywhere.

use std::path::PathBuf;

use anyhow::{Context, Result};
use crawl::UnixMicros;
use serde::Serialize;
use serde_json::Value;
use story::{Article, Config, Hints, Kind, Stories};

use crate::exit::Exit;
use crate::out;
use crate::stories::lines::{Lines, Text};
use crate::stories::{Membership, Texts};

/// Answers are written in portions of about this size.
const PORTION_BYTES: usize = 64 * 1024;
/// More refused lines than this are counted only.
const TOLD_MAX: u64 = 50;

/// Groups the texts of a file into stories. Reads JSON lines with id and text and, where known,
/// title, site (the outlet), url, date and language. Writes JSON lines with id, cluster and kind in
/// the order of the file, which is taken as the order of arrival. Texts wait in a temporary file.
///
/// Kinds: first (of its story), identical, edited, excerpt, update (a later version), digest (holds
/// several stories and is a member of none). Lines that are refused are told on stderr, and the
/// exit code is 3.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// JSON lines, also gzipped; - reads standard input
    #[arg(value_name = "FILE.jsonl[.gz]")]
    file: PathBuf,
}

/// An answer.
#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    cluster: u64,
    kind: &'static str,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let mut lines = Lines::open(&args.file)?;
    let mut texts = Texts::temporary()?;
    let mut members = Membership::default();
    let mut refused = 0_u64;
    // All of the file is in the window.
    let config = Config { window_s: u64::MAX / 2, documents_max: u64::MAX, ..Config::default() };
    let mut stories = Stories::new(config);
    while let Some(line) = lines.next_line()? {
        match line {
            Ok(text) => {
                let id = texts.add(&text.id, &text.text)?;
                let assignment = assign(&mut stories, id, &text, &texts)?;
                members.note(&assignment);
            }
            Err(why) => {
                refused += 1;
                if refused <= TOLD_MAX {
                    eprintln!("newshound: {why}");
                }
            }
        }
    }
    answer(&texts, &mut members)?;
    if refused == 0 {
        return Ok(Exit::Ok);
    }
    let are = if refused == 1 { "line was" } else { "lines were" };
    eprintln!("newshound: {refused} {are} refused; the others are grouped");
    Ok(Exit::Findings)
}

fn assign(stories: &mut Stories, id: u64, text: &Text, texts: &Texts) -> Result<story::Assignment> {
    let outlet = text.outlet();
    let article = Article {
        id,
        url: text.url.as_deref(),
        outlet: outlet.as_deref(),
        text: &text.text,
        published: None,
        seen_at: UnixMicros(0),
        hints: Hints { language: text.language.as_deref(), ..Hints::default() },
    };
    stories.assign(&article, texts).context("cannot group the texts")
}

/// Writes what became of every text, once the last one is known.
fn answer(texts: &Texts, members: &mut Membership) -> Result<()> {
    let mut portion = Vec::new();
    for n in 0..members.len() {
        let id = texts.name(n)?;
        let (cluster, kind): (u64, Kind) = members.of(n);
        serde_json::to_writer(&mut portion, &Answer { id: &id, cluster, kind: kind.as_str() })?;
        portion.push(b'\n');
        if portion.len() > PORTION_BYTES {
            out::bytes(&std::mem::take(&mut portion))?;
        }
    }
    out::bytes(&portion)
}
