//! Plays the scenarios in full size: `cargo xtask simulate`.
#![allow(clippy::print_stdout, reason = "its figures are its purpose")]

use clap::{Parser, Subcommand};
use it::scenario;
use serde::Serialize;

/// Plays a scenario on the simulated web and prints its figures as JSON; fails when anything is
/// wrong.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// Every allowed page of a web once, politely, and how fast against the ideal
    Crawl {
        /// How many outlets there are
        #[arg(long, default_value_t = 50)]
        outlets: usize,
    },
    /// Hosts that redirect pages and robots.txt to one hub
    Hub {
        /// How many hosts there are
        #[arg(long, default_value_t = 200)]
        hosts: usize,
    },
    /// kill -9 at random moments, resumed each time
    Kills {
        /// How often
        #[arg(long, default_value_t = 20)]
        kills: u64,
        /// How many outlets there are
        #[arg(long, default_value_t = 20)]
        outlets: usize,
        /// Where chance comes from
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// How soon new articles are fetched on a small budget, against hubs visited evenly
    Freshness {
        /// How many outlets there are
        #[arg(long, default_value_t = 300)]
        outlets: usize,
        /// Days of simulated time
        #[arg(long, default_value_t = 7)]
        days: u32,
        /// Of which these are not measured
        #[arg(long, default_value_t = 2)]
        warm_up: u32,
        /// Requests that an outlet may cost in a day
        #[arg(long, default_value_t = 100)]
        budget: u32,
        /// Where chance comes from
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// A folder that gets a line of JSON for each request of both runs
        #[arg(long)]
        log: Option<std::path::PathBuf>,
    },
    /// Workers that are stopped at any await, for any time, under simulated time
    Pauses {
        /// How many crawls, each from a seed of chance
        #[arg(long, default_value_t = 500)]
        seeds: u64,
        /// The first of these seeds
        #[arg(long, default_value_t = 1)]
        first: u64,
    },
    /// A disk that becomes full in the middle, then has space again (mounts a tmpfs: needs root)
    FullDisk,
}

fn main() {
    match Cli::parse().scenario {
        Scenario::Crawl { outlets } => print(&scenario::complete(newsweb::Config::news(outlets))),
        Scenario::Hub { hosts } => print(&scenario::hub(hosts)),
        Scenario::Kills { kills, outlets, seed } => {
            print(&scenario::kills(newsweb::Config::news(outlets), kills, seed));
        }
        Scenario::Freshness { outlets, days, warm_up, budget, seed, log } => {
            let setup = scenario::Setup {
                outlets,
                days,
                warm_up_days: warm_up,
                budget_per_day: budget,
                seed,
            };
            print(&scenario::freshness(setup, log.as_deref()));
        }
        Scenario::Pauses { seeds, first } => {
            let report = scenario::pauses(first, seeds, None);
            print(&report);
            assert!(report.is_clean(), "see above");
        }
        Scenario::FullDisk => print(&scenario::full_disk()),
    }
}

fn print(report: &impl Serialize) {
    println!("{}", serde_json::to_string_pretty(report).expect("reports are plain data"));
}
