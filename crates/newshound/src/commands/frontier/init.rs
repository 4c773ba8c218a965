//! `frontier init`: a frontier, and the policy in it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use crawl::ScopeRule;
use crawl::duration::parse_duration;
use frontier::{Error, Frontier, Making, Redis};
use serde::Serialize;

use super::Common;
use crate::commands::crawling::parse_scope;
use crate::config::{Config, Given};
use crate::data_dir::DataDir;
use crate::exit::{Exit, usage};
use crate::policy::Policy;
use crate::store::{self, Place, Server, Site};
use crate::{job, out};

/// Partitions where nobody asks for another number: they spread over the masters of a cluster, and
/// cost a single server nothing to speak of.
const PARTITIONS: u32 = 16;

/// Makes a frontier, and puts the policy into it that all workers keep to; a worker may only be
/// stricter. What is not given is taken from the config file, else from the defaults. On a frontier
/// that is there, it shows what would be changed, and changes it with --change; workers go by it
/// from their next start on.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Parts that a shared frontier is cut into, for good: at least as many as a cluster will ever
    /// have masters [default: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    partitions: Option<u32>,
    #[command(flatten)]
    rules: Rules,
    /// Change the policy of a frontier that is there
    #[arg(long)]
    change: bool,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The policy, rule by rule.
#[derive(clap::Args, Debug)]
struct Rules {
    /// Mail address or URL that site owners can reach, where a worker names no other
    #[arg(long, value_name = "MAIL|URL")]
    contact: Option<String>,
    /// Least time between two requests to one host [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    delay: Option<Duration>,
    /// How far links are followed: the seeds' outlets (and those that a seed redirects to), their
    /// hosts only, or anywhere [default: outlet]
    #[arg(long, value_name = "outlet|host|any", value_parser = parse_scope)]
    scope: Option<ScopeRule>,
    /// Hosts of one outlet that are visited at the same time [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    outlet_hosts: Option<u32>,
    /// Hosts with the same address (IPv4, IPv6 /64) that are visited at the same time; 0 for as
    /// many as there are [default: 16]
    #[arg(long, value_name = "N")]
    address_hosts: Option<u32>,
    /// Whether that holds in networks opened by --allow-network as well [default: false]
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    address_cap_for_allowed: Option<bool>,
}

/// What came of it.
#[derive(Serialize)]
struct Outcome<'a> {
    made: bool,
    changed: &'a [String],
    policy: &'a Policy,
}

pub(super) async fn run(args: &Args, common: &Common) -> Result<Exit> {
    let (config, given) = Config::load_given(common.config.as_deref())?;
    let site = args.place.site(&config)?;
    // Refused before anything is made.
    args.rules.over(Policy::of(&Config::default())?, &config, &given)?;
    match &site {
        Site::Data(data) => {
            if args.partitions.is_some() {
                return Err(usage("--partitions goes with --frontier: a data directory has none"));
            }
            let (frontier, made, _held) = here(data, &config).await?;
            args.settle(&frontier, made, (&config, &given), common).await
        }
        Site::Shared(server) => {
            let (frontier, made) = shared(server, args.partitions).await?;
            args.settle(&frontier, made, (&config, &given), common).await
        }
    }
}

/// The frontier of a data directory, made where it is missing; then the directory is held.
async fn here(data: &Path, config: &Config) -> Result<(frontier::Sqlite, bool, Option<DataDir>)> {
    if data.join("frontier.sqlite").is_file() {
        return Ok((DataDir::frontier_beside(data)?, false, None));
    }
    let held = DataDir::own(data)?;
    Ok((job::open_frontier(&held, config).await?, true, Some(held)))
}

/// The frontier of a fleet, made where it is missing.
async fn shared(server: &Server, partitions: Option<u32>) -> Result<(Redis, bool)> {
    let (address, tolerance) = (&server.address, server.tolerance);
    if partitions.is_none() {
        match Redis::open(address, store::clock(), tolerance).await {
            Err(Error::NotInitialised { .. }) => {}
            opened => return Ok((opened.map_err(store::refused)?, false)),
        }
    }
    let count = partitions.unwrap_or(PARTITIONS) as usize;
    match Redis::init(address, store::clock(), count, tolerance).await {
        Ok((frontier, making)) => Ok((frontier, making == Making::Made)),
        Err(Error::Partitions { url, found }) => Err(usage(format!(
            "the frontier at {url} has {found}: their number is for good; leave --partitions out"
        ))),
        Err(error) => Err(store::refused(error)),
    }
}

impl Args {
    async fn settle(
        &self,
        frontier: &impl Frontier,
        made: bool,
        (config, given): (&Config, &Given),
        common: &Common,
    ) -> Result<Exit> {
        let old = Policy::read(frontier).await?;
        let base = old.clone().map_or_else(|| Policy::of(&Config::default()), Ok)?;
        let policy = self.rules.over(base, config, given)?;
        let changed = old.as_ref().map(|old| old.changes(&policy)).unwrap_or_default();
        if !changed.is_empty() && !self.change {
            return Err(usage(format!(
                "there is a policy already, and this would change it ({}): say --change to do so",
                changed.join(", ")
            )));
        }
        if old.is_none() || !changed.is_empty() {
            policy.store(frontier).await?;
            frontier.sync().await?;
        }
        let made = made || old.is_none();
        if self.json {
            out::json(&Outcome { made, changed: &changed, policy: &policy })?;
        } else if !common.quiet {
            eprint!("{}", text(made, &changed, &policy));
        }
        Ok(Exit::Ok)
    }
}

fn text(made: bool, changed: &[String], policy: &Policy) -> String {
    let mut text = match (made, changed) {
        (true, _) => "made a frontier; all its workers keep to\n".to_owned(),
        (false, []) => "the frontier is there, nothing changed; all its workers keep to\n".into(),
        (false, changed) => format!(
            "changed {}; workers go by it from their next start on; all keep to\n",
            changed.join(", ")
        ),
    };
    let rows =
        policy.rows().into_iter().map(|(name, value)| ["  ", name, ": ", &value, "\n"].concat());
    text.extend(rows);
    text
}

/// A flag, else a key of the configuration where it is given, else what holds already.
fn pick<T>(flag: Option<T>, (is_given, config): (bool, T), base: T) -> T {
    flag.unwrap_or(if is_given { config } else { base })
}

impl Rules {
    /// Puts what is given over a policy: flags over the configuration.
    fn over(&self, base: Policy, config: &Config, given: &Given) -> Result<Policy> {
        let mut all = Config {
            contact: self.contact.clone().or_else(|| config.contact.clone()).or(base.contact),
            scope: base.scope,
            ..Config::default()
        };
        let is_given = |key: &str| given.has(&["crawl", key]);
        let own = &config.crawl;
        all.scope = pick(self.scope, (given.has(&["scope"]), config.scope), base.scope);
        let delay = (given.has(&["politeness", "delay"]), config.politeness.delay);
        all.politeness.delay = pick(self.delay, delay, base.delay);
        all.crawl.outlet_leases_max = pick(
            self.outlet_hosts,
            (is_given("outlet_leases_max"), own.outlet_leases_max),
            base.outlet_leases_max,
        );
        all.crawl.address_requests_max = pick(
            self.address_hosts,
            (is_given("address_requests_max"), own.address_requests_max),
            base.address_requests_max,
        );
        all.crawl.address_cap_for_allowed = pick(
            self.address_cap_for_allowed,
            (is_given("address_cap_for_allowed"), own.address_cap_for_allowed),
            base.address_cap_for_allowed,
        );
        Policy::of(&all)
    }
}
