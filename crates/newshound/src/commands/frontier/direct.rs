//! `frontier pause`, `resume`, `block` and `override`: what operators ask for.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use crawl::duration::parse_duration;
use crawl::{Directive, HostKey, Order};
use frontier::{Control, Given};
use serde::Serialize;

use super::everywhere::{self, Heard};
use super::{Common, told};
use crate::exit::{Exit, usage};
use crate::out;
use crate::store::{Opened, Place, with_frontier};

/// A robots.txt that is given is no longer than what is read of one (RFC 9309, section 2.5: at
/// least 500 KiB).
const ROBOTS_BYTES_MAX: u64 = 512_000;

/// Longest text of a reason.
const WHY_BYTES_MAX: usize = 1_000;

/// It reaches every worker within seconds, and the command says when it holds everywhere. A worker
/// that is silent (killed, or cut off) is named: its lease ends by itself.
#[derive(clap::Args, Debug)]
pub(crate) struct HoldArgs {
    /// A host (www.example.com), or an outlet with all its hosts (example.com)
    #[arg(value_name = "HOST|OUTLET")]
    name: String,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    how: How,
}

/// Lifts a pause and a block. Delays and rests stand.
#[derive(clap::Args, Debug)]
pub(crate) struct ResumeArgs {
    /// The host or outlet, as it was given
    #[arg(value_name = "HOST|OUTLET")]
    name: String,
    #[command(flatten)]
    how: How,
}

/// Gives a host or outlet another robots.txt or another Crawl-delay than its own, or lifts that.
/// The exception stands with reason and author in the metadata of every snapshot it touches.
#[derive(clap::Args, Debug)]
pub(crate) struct OverrideArgs {
    /// A host (www.example.com), or an outlet with all its hosts (example.com)
    #[arg(value_name = "HOST|OUTLET")]
    name: String,
    /// What counts as its robots.txt; - is standard input
    #[arg(long, value_name = "FILE")]
    robots: Option<PathBuf>,
    /// The delay that counts instead of its Crawl-delay; never less than the crawl's own
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    delay: Option<Duration>,
    /// Lift the override that holds
    #[arg(long, conflicts_with_all = ["robots", "delay", "why", "last"])]
    lift: bool,
    /// Why; whoever looks at the crawl reads it
    #[arg(long, value_name = "TEXT", required_unless_present = "lift")]
    why: Option<String>,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args, Debug)]
struct Reason {
    /// Why; whoever looks at the crawl reads it
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    who: Who,
}

#[derive(clap::Args, Debug)]
struct Who {
    /// Who asks [default: the user who runs the command]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// For how long; for good without it
    #[arg(long = "for", id = "last", value_name = "TIME", value_parser = parse_duration)]
    lasts: Option<Duration>,
}

#[derive(clap::Args, Debug)]
struct How {
    /// Wait at most so long until it holds everywhere; 0 does not wait
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "20s")]
    wait: Duration,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// What came of it.
#[derive(Serialize)]
struct Outcome {
    /// What holds now.
    given: Option<Directive>,
    /// What held until now.
    lifted: Vec<Directive>,
    #[serde(flatten)]
    heard: Heard,
}

pub(super) async fn pause(args: &HoldArgs, common: &Common) -> Result<Exit> {
    hold(args, Order::Pause, common).await
}

pub(super) async fn block(args: &HoldArgs, common: &Common) -> Result<Exit> {
    hold(args, Order::Block, common).await
}

async fn hold(args: &HoldArgs, order: Order, common: &Common) -> Result<Exit> {
    let name = super::name(&args.name)?;
    let given = given(&name, order, &args.reason.why, &args.reason.who)?;
    args.how.give(&name, given, common).await
}

pub(super) async fn overriding(args: &OverrideArgs, common: &Common) -> Result<Exit> {
    let name = super::name(&args.name)?;
    if args.lift {
        return args.how.lift(&name, &["override"], common).await;
    }
    if args.robots.is_none() && args.delay.is_none() {
        return Err(usage("override what? give --robots FILE, --delay TIME, or --lift"));
    }
    let robots = args.robots.as_deref().map(robots_in).transpose()?;
    let order = Order::Override { robots, delay: args.delay };
    let given = given(&name, order, args.why.as_deref().unwrap_or_default(), &args.who)?;
    args.how.give(&name, given, common).await
}

pub(super) async fn resume(args: &ResumeArgs, common: &Common) -> Result<Exit> {
    let name = super::name(&args.name)?;
    args.how.lift(&name, &["pause", "block"], common).await
}

fn given(name: &HostKey, order: Order, why: &str, who: &Who) -> Result<Given> {
    let why = why.trim();
    if why.is_empty() || why.len() > WHY_BYTES_MAX {
        return Err(usage(format!("--why takes a text of up to {WHY_BYTES_MAX} bytes: say why")));
    }
    let user = || ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let by = who.by.clone().or_else(user).filter(|by| !by.trim().is_empty());
    let by = by.ok_or_else(|| usage("nobody knows who asks (USER is not set): give --by NAME"))?;
    if who.lasts.is_some_and(|lasts| lasts.is_zero()) {
        return Err(usage("--for 0 would be over at once: give a time, like 2h"));
    }
    let about = name.as_str().to_owned();
    Ok(Given { about, order, by, why: why.to_owned(), lasts: who.lasts })
}

/// A robots.txt from a file or standard input.
fn robots_in(path: &Path) -> Result<String> {
    let refused = |reason: &dyn std::fmt::Display| {
        usage(format!("cannot take the robots.txt {}: {reason}", path.display()))
    };
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(path).map_err(|error| refused(&error))?)
    };
    let mut text = String::new();
    let read = source.take(ROBOTS_BYTES_MAX + 1).read_to_string(&mut text);
    if read.map_err(|error| refused(&error))? as u64 > ROBOTS_BYTES_MAX {
        return Err(refused(&format!("it has more than {ROBOTS_BYTES_MAX} bytes")));
    }
    Ok(text)
}

impl How {
    async fn give(&self, name: &HostKey, given: Given, common: &Common) -> Result<Exit> {
        let opened = super::site(&self.place, common)?.open().await?;
        let given = with_frontier!(&opened, frontier => frontier.direct(given).await)?;
        if !self.json && !common.quiet {
            eprintln!("{}", told::directive(&given));
        }
        self.until_heard(name, (Some(given), Vec::new()), &opened, common).await
    }

    async fn lift(&self, name: &HostKey, kinds: &[&str], common: &Common) -> Result<Exit> {
        let opened = super::site(&self.place, common)?.open().await?;
        let mut lifted = Vec::new();
        for kind in kinds {
            let lift =
                with_frontier!(&opened, frontier => frontier.lift(name.as_str(), kind).await);
            lifted.extend(lift?);
        }
        if lifted.is_empty() {
            let all = with_frontier!(&opened, frontier => frontier.directives().await)?;
            return Err(usage(nothing_holds(name, kinds, &all)));
        }
        if !self.json && !common.quiet {
            for gone in &lifted {
                eprintln!("lifted {}", told::directive(gone));
            }
        }
        self.until_heard(name, (None, lifted), &opened, common).await
    }

    async fn until_heard(
        &self,
        name: &HostKey,
        (given, lifted): (Option<Directive>, Vec<Directive>),
        opened: &Opened,
        common: &Common,
    ) -> Result<Exit> {
        let is_quiet = self.json || common.quiet;
        let heard = with_frontier!(opened, frontier => {
            everywhere::wait(frontier, name, self.wait, is_quiet).await
        })?;
        let exit = if heard.everywhere || self.wait.is_zero() { Exit::Ok } else { Exit::Findings };
        if self.json {
            out::json(&Outcome { given, lifted, heard })?;
        } else if !common.quiet {
            eprintln!("{}", heard.text());
        }
        Ok(exit)
    }
}

/// What is to be lifted is not there; what is there instead.
fn nothing_holds(name: &HostKey, kinds: &[&str], all: &[Directive]) -> String {
    let concerns = |d: &&Directive| d.concerns(name) || d.about.ends_with(&format!(".{name}"));
    let others: Vec<_> = all.iter().filter(concerns).map(told::directive).collect();
    let kinds = kinds.join(" or ");
    if others.is_empty() {
        return format!("there is no {kinds} about {name}; `newshound frontier status` shows all");
    }
    format!("there is no {kinds} about {name}, but: {}", others.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(by: &str) -> Who {
        Who { by: Some(by.into()), lasts: None }
    }

    #[test]
    fn a_reason_and_an_author_are_needed() {
        let name = super::super::name("WWW.a.test").unwrap();
        let pause = given(&name, Order::Pause, " too many errors ", &who("ann")).unwrap();
        assert_eq!((pause.about.as_str(), pause.why.as_str()), ("www.a.test", "too many errors"));
        assert!(given(&name, Order::Pause, " ", &who("ann")).is_err());
        assert!(given(&name, Order::Pause, "x", &who(" ")).is_err());
        let over = Who { lasts: Some(Duration::ZERO), ..who("ann") };
        assert!(given(&name, Order::Pause, "x", &over).is_err());
    }

    #[test]
    fn names_are_hosts_or_outlets() {
        let error = super::super::name("https://a.test/x").unwrap_err().to_string();
        assert!(error.contains("www.example.com"), "{error}");
        assert!(super::super::is_outlet(&super::super::name("a.test").unwrap()));
        assert!(!super::super::is_outlet(&super::super::name("www.a.test").unwrap()));
    }

    #[test]
    fn a_robots_file_is_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("robots.txt");
        std::fs::write(&path, "User-agent: *\nAllow: /\n").unwrap();
        assert!(robots_in(&path).unwrap().contains("Allow"));
        std::fs::write(&path, " ".repeat(512_001)).unwrap();
        assert!(robots_in(&path).unwrap_err().to_string().contains("512000"));
    }
}
