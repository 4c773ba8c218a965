//! One file a subcommand: its arguments and its `run`.

use std::path::PathBuf;

use clap::ArgAction;

use crate::config::Config;
use crate::telemetry::Verbosity;

pub(crate) mod archive;
pub(crate) mod audit;
pub(crate) mod crawl;
pub(crate) mod crawling;
pub(crate) mod demo;
pub(crate) mod frontier;
pub(crate) mod inspect;
pub(crate) mod read_pages;
pub(crate) mod robots;
pub(crate) mod seeds;
pub(crate) mod stories;
pub(crate) mod worker;

/// What every subcommand takes.
#[derive(clap::Args, Debug)]
pub(crate) struct Common {
    /// Config file; without it ./newshound.toml is read where it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Say more (-v: what happens, -vv: everything)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

impl Common {
    pub(crate) fn level(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Verbose,
            (false, _) => Verbosity::All,
        }
    }
}

/// How hosts are asked, in every command that asks them.
#[derive(clap::Args, Debug)]
pub(crate) struct Asking {
    /// Mail address or URL that site owners can reach; it stands in the user agent [required here
    /// or in the config]
    #[arg(long, value_name = "MAIL|URL")]
    pub(crate) contact: Option<String>,
    /// Allow requests into a private network (repeatable)
    #[arg(long, value_name = "CIDR")]
    allow_network: Vec<ipnet::IpNet>,
    /// Send requests for hosts that match to this address instead (repeatable)
    #[arg(long, value_name = "HOST-GLOB[:80|:443]=ADDR:PORT")]
    connect_to: Vec<fetch::ConnectTo>,
    /// Trust the certificates in this PEM file as well (repeatable)
    #[arg(long, value_name = "FILE")]
    tls_ca: Vec<PathBuf>,
}

impl Asking {
    /// Puts the flags over the configuration.
    pub(crate) fn apply(&self, config: &mut Config) {
        if self.contact.is_some() {
            config.contact.clone_from(&self.contact);
        }
        config.fetch.allow_networks.extend(self.allow_network.iter().copied());
        config.fetch.connect_to.extend(self.connect_to.iter().cloned());
        config.fetch.tls_ca.extend(self.tls_ca.iter().cloned());
    }
}

/// The runtime that a command runs in.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    use anyhow::Context;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads of the program")
}
