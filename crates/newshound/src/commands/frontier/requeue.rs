//! `frontier requeue` and `frontier purge`: what waits is hastened, or dropped.

use anyhow::Result;
use crawl::{Band, CanonicalUrl, Entry};
use frontier::{Control, Place as Where};
use serde_json::json;

use super::Common;
use crate::exit::{Exit, usage};
use crate::store::{Place, with_frontier};
use crate::{out, units};

/// Makes due now what was put aside for later at a host, or at all hosts of an outlet; or fetches a
/// URL again that was settled. Delays stand.
#[derive(clap::Args, Debug)]
pub(crate) struct RequeueArgs {
    /// A host (www.example.com), an outlet with all its hosts (example.com), or a URL
    #[arg(value_name = "HOST|OUTLET|URL")]
    what: String,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Drops what waits at a host, or at all hosts of an outlet, but not what is in flight. The URLs
/// are forgotten: found again, they are fetched. Snapshots are kept.
#[derive(clap::Args, Debug)]
pub(crate) struct PurgeArgs {
    /// A host (www.example.com), or an outlet with all its hosts (example.com)
    #[arg(value_name = "HOST|OUTLET")]
    name: String,
    /// Do it; without it, only how much would be dropped is told
    #[arg(long)]
    yes: bool,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn requeue(args: &RequeueArgs, common: &Common) -> Result<Exit> {
    let is_url = args.what.contains("://");
    let url = is_url.then(|| CanonicalUrl::parse(&args.what)).transpose().map_err(usage)?;
    let name = match &url {
        Some(url) => url.host_key(),
        None => super::name(&args.what)?,
    };
    let opened = super::site(&args.place, common)?.open().await?;
    let count = with_frontier!(&opened, frontier => match url {
        Some(url) => again(frontier, url).await?,
        None => frontier.requeue(name.as_str()).await?,
    });
    if args.json {
        out::json(&json!({ "requeued": count }))?;
    } else if !common.quiet {
        eprintln!("{} due now", units::plural(count, "URL"));
    }
    Ok(Exit::Ok)
}

/// Offers a URL again, with what is known of it.
async fn again(frontier: &impl Control, url: CanonicalUrl) -> Result<u64> {
    match frontier.place(&url).await? {
        None => Err(usage(format!(
            "{url} is not known here; give it as a seed with `newshound seeds add`"
        ))),
        Some(Where::Pending(_)) => Err(usage(format!("{url} waits for its turn already"))),
        Some(Where::Due(_, due_in)) => Err(usage(format!(
            "{url} waits for its time, in {}: `newshound frontier requeue {}` makes due all that \
                waits so at its host",
            units::duration(due_in),
            url.host_key()
        ))),
        // In the fresh lane: who asks for it wants it soon.
        Some(Where::Settled) => Ok(frontier.revisit(vec![Entry::new(url, Band::Article)]).await?),
    }
}

pub(super) async fn purge(args: &PurgeArgs, common: &Common) -> Result<Exit> {
    let name = super::name(&args.name)?;
    let opened = super::site(&args.place, common)?.open().await?;
    let rows = with_frontier!(&opened, frontier => super::hosts_of(frontier, &name).await)?;
    let waits: u64 = rows.iter().map(|row| row.pending_by_band.iter().sum::<u64>() + row.due).sum();
    let hosts = units::plural(rows.len() as u64, "host");
    if !args.yes {
        return Err(usage(format!(
            "this would drop {} that wait at {hosts} of {name}, and forget them; to do so, say \
                --yes",
            units::plural(waits, "URL")
        )));
    }
    let count = with_frontier!(&opened, frontier => frontier.purge(name.as_str()).await)?;
    if args.json {
        out::json(&json!({ "purged": count, "hosts": rows.len() }))?;
    } else if !common.quiet {
        eprintln!("dropped {} at {hosts}; snapshots kept", units::plural(count, "URL"));
    }
    Ok(Exit::Ok)
}
