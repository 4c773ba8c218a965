//! How well articles are read, on pages of which text, title, authors and day are known.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

mod reader;
mod sample;
mod score;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use crate::binary;
use sample::Sample;
use table::Table;

/// The sets of the fixtures. The last one only judges: what is missed there is not listed, so that
/// no rule is made by it.
const SETS: [&str; 4] = ["dev", "unseen", "dev2", HOLDOUT];
const HOLDOUT: &str = "holdout";

/// Which pages, and how they are told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A folder with an index.json in the form of the fixtures, instead of these; may be given
    /// several times
    #[arg(long)]
    dir: Vec<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Print a line for each page, the worst last; not for those that only judge
    #[arg(long)]
    each: bool,
    /// Leave Python trafilatura out
    #[arg(long)]
    alone: bool,
    /// Write what we read and what is expected into this folder, to be compared
    #[arg(long, value_name = "DIR")]
    texts: Option<PathBuf>,
}

/// Reads the pages and prints the figures.
pub fn run(args: &Args) {
    let fixtures = || SETS.map(|name| Path::new("pages").join(name)).to_vec();
    let names: Vec<PathBuf> = if args.dir.is_empty() { fixtures() } else { args.dir.clone() };
    let mut tables = Vec::new();
    for name in names {
        let dir = if args.dir.is_empty() {
            binary::root().join("tests/fixtures").join(&name)
        } else {
            name.clone()
        };
        tables.push(folder(args, &name.display().to_string(), &dir));
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&tables).expect("figures are plain data"));
    }
}

fn folder(args: &Args, name: &str, dir: &Path) -> Table {
    let samples = sample::samples(dir);
    let ours = reader::ours(&samples);
    let mut table = Table::new(name, samples.len());
    if let Some(folder) = &args.texts {
        write_texts(folder, &samples, &ours.pages);
    }
    if args.each && (!args.dir.is_empty() || !dir.ends_with(HOLDOUT)) {
        table::print_each(&samples, &ours.pages);
    }
    table.add("newshound", &samples, &ours);
    if !args.alone {
        table.add("trafilatura (Python)", &samples, &reader::trafilatura(dir));
    }
    if !args.json {
        println!("{table}");
    }
    table
}

fn write_texts(folder: &Path, samples: &[Sample], readings: &[reader::Reading]) {
    fs::create_dir_all(folder).expect("the folder can be made");
    for (sample, reading) in samples.iter().zip(readings) {
        let write = |kind: &str, text: &str| {
            fs::write(folder.join(format!("{}.{kind}.txt", sample.name)), text)
                .expect("the folder can be written to");
        };
        write("ours", &reading.text);
        write("expected", sample.expected.text.as_deref().unwrap_or_default());
    }
}
