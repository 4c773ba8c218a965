//! `newshound read-pages`: one reader of articles. The crawler starts it; it is not for people.

use anyhow::{Context, Result};
use worker::reader::{ChildOptions, child};

use crate::exit::Exit;

/// What the crawler tells a reader.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Address space that it may take
    #[arg(long, value_name = "BYTES")]
    memory: Option<u64>,
    /// Take pages that are too deep or too large for a tree as well
    #[arg(long)]
    untamed: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit> {
    let options = ChildOptions { memory_bytes_max: args.memory, untamed: args.untamed };
    child::serve(options).context("cannot read articles")?;
    Ok(Exit::Ok)
}
