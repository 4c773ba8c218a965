//! `newshound frontier`: making, watching and steering the frontier of a crawl.

mod direct;
mod everywhere;
mod export;
mod host;
mod hosts;
mod import;
mod init;
mod requeue;
mod services;
mod status;
mod told;

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Subcommand;
use crawl::{Band, HostKey};
use frontier::{Control, HostRow, WorkerRow};

use super::Common;
use crate::config::Config;
use crate::exit::{Exit, usage};
use crate::store::{Place, Site};

/// Hosts that are read at a time.
const PAGE: usize = 2_000;

/// Makes, watches and steers the frontier of a crawl, in a data directory or shared by a fleet.
/// Works beside whatever crawls there.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a frontier, and say what all workers keep to
    Init(init::Args),
    /// Say where the crawl stands: URLs, hosts, workers, memory
    Status(status::Args),
    /// List host queues, those with the most pending URLs first
    Hosts(hosts::Args),
    /// Show one host queue: what waits, its delay and why, robots.txt, failures, the next visit
    Host(host::Args),
    /// Make no requests to a host or outlet for a while; links are taken in
    Pause(direct::HoldArgs),
    /// Make requests to a host or outlet again: lifts a pause and a block
    Resume(direct::ResumeArgs),
    /// Leave a host or outlet alone: no requests, and no links are taken in
    Block(direct::HoldArgs),
    /// Treat a host or outlet by other rules than its own: an invitation, a broken robots server
    Override(direct::OverrideArgs),
    /// Make due what was put aside at a host or outlet, or fetch a URL again
    Requeue(requeue::RequeueArgs),
    /// Drop what waits at a host or outlet, and forget these URLs
    Purge(requeue::PurgeArgs),
    /// Write all that a crawl keeps into a file: to save it, or to move it elsewhere
    Export(export::Args),
    /// Take in what export has written, into a frontier that is new
    Import(import::Args),
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<Exit> {
    let runtime = super::runtime()?;
    match &args.command {
        Command::Init(args) => runtime.block_on(init::run(args, common)),
        Command::Status(args) => runtime.block_on(status::run(args, common)),
        Command::Hosts(args) => runtime.block_on(hosts::run(args, common)),
        Command::Host(args) => runtime.block_on(host::run(args, common)),
        Command::Pause(args) => runtime.block_on(direct::pause(args, common)),
        Command::Resume(args) => runtime.block_on(direct::resume(args, common)),
        Command::Block(args) => runtime.block_on(direct::block(args, common)),
        Command::Override(args) => runtime.block_on(direct::overriding(args, common)),
        Command::Requeue(args) => runtime.block_on(requeue::requeue(args, common)),
        Command::Purge(args) => runtime.block_on(requeue::purge(args, common)),
        Command::Export(args) => runtime.block_on(export::run(args, common)),
        Command::Import(args) => runtime.block_on(import::run(args, common)),
    }
}

/// Where the frontier is.
fn site(place: &Place, common: &Common) -> Result<Site> {
    place.site(&Config::load(common.config.as_deref())?)
}

/// Reads the name of a host or outlet as the frontier writes it.
fn name(text: &str) -> Result<HostKey> {
    HostKey::parse(text).map_err(|error| {
        usage(format!(
            "{text} is no name of a host or outlet ({error}): write www.example.com for a host, \
                example.com for an outlet with all its hosts"
        ))
    })
}

/// Whether a name is that of an outlet: what is said about it holds for all its hosts.
fn is_outlet(name: &HostKey) -> bool {
    name.outlet().as_str() == name.as_str()
}

/// Gives every host to `each`, page by page: millions of them do not fill the memory.
async fn every_host(
    frontier: &impl Control,
    each: &mut impl FnMut(HostRow) -> Result<()>,
) -> Result<()> {
    let mut after = None;
    loop {
        let rows = frontier.hosts(after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.host.clone());
        rows.into_iter().try_for_each(&mut *each)?;
    }
}

/// The hosts that a name is about.
async fn hosts_of(frontier: &impl Control, name: &HostKey) -> Result<Vec<HostRow>> {
    if !is_outlet(name) {
        return Ok(frontier.host(name).await?.into_iter().collect());
    }
    let mut rows = Vec::new();
    let mut each = |row: HostRow| {
        if row.host.outlet().as_str() == name.as_str() {
            rows.push(row);
        }
        Ok(())
    };
    every_host(frontier, &mut each).await?;
    Ok(rows)
}

/// Whether a worker is to be reckoned with: `alive`, `silent` (killed or stopped) or `gone`.
fn state_of(row: &WorkerRow) -> &'static str {
    match (row.beat.is_gone, row.is_alive()) {
        (true, _) => "gone",
        (false, true) => "alive",
        (false, false) => "silent",
    }
}

/// Counts with the names of their bands.
fn by_band(counts: &[u64; Band::ALL.len()]) -> BTreeMap<&'static str, u64> {
    Band::ALL.into_iter().map(|band| (band.name(), counts[band.index()])).collect()
}
