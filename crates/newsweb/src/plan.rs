//! Which hosts there are, and how each behaves: computed from its name, kept nowhere.

mod address;
mod robots;

pub(crate) use address::Address;
pub(crate) use robots::{RobotsAnswer, RobotsKind, Trap};

use crate::config::{Coding, Config, Mode, RobotsMix};
use crate::dice::Dice;

/// A host that is linked to, serves pages, and belongs to no outlet.
pub(crate) const ELSEWHERE: &str = "elsewhere.test";
/// The host that keeps the robots files of others.
pub(crate) const RULES: &str = "rules.test";
/// The host to which all others lead in [`Mode::Hub`].
pub(crate) const HUB: &str = "hub.test";

/// What a host is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The site of an outlet.
    Main,
    /// The bare domain of an outlet whose site is on `www`; redirects there.
    Bare,
    /// The small second site of an outlet.
    Sport,
    /// See [`ELSEWHERE`].
    Elsewhere,
    /// See [`RULES`].
    Rules,
    /// See [`HUB`].
    Hub,
}

/// A host, with all that is decided about it.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// Number of its outlet, from 0; 0 for hosts without one.
    pub(crate) outlet: usize,
    /// Whether it speaks https, with http redirecting there; it refuses TLS otherwise.
    pub(crate) https: bool,
    pub(crate) robots: RobotsKind,
    pub(crate) crawl_delay_s: Option<f64>,
    pub(crate) latency_ms: u64,
    pub(crate) coding: Coding,
    pub(crate) validators: bool,
}

/// The web, as its configuration implies it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    digits: usize,
}

impl Plan {
    pub(crate) fn new(config: Config) -> Self {
        let digits = config.outlets.to_string().len().max(3);
        Self { config, digits }
    }

    /// The registrable domain of an outlet.
    pub(crate) fn domain(&self, outlet: usize) -> String {
        format!("outlet-{:0digits$}.test", outlet + 1, digits = self.digits)
    }

    /// The host that carries the site of an outlet.
    pub(crate) fn main_host(&self, outlet: usize) -> Host {
        let domain = self.domain(outlet);
        let name = if self.has_www(&domain) { format!("www.{domain}") } else { domain };
        self.decided(name, Role::Main, outlet)
    }

    /// The host of a name, if this web has it.
    pub(crate) fn host(&self, name: &str) -> Option<Host> {
        let role = match name {
            ELSEWHERE => Some(Role::Elsewhere),
            RULES => Some(Role::Rules),
            HUB if self.config.mode == Mode::Hub => Some(Role::Hub),
            _ => None,
        };
        if let Some(role) = role {
            return Some(self.decided(name.to_owned(), role, 0));
        }
        let (label, domain) = match name.split_once('.') {
            Some((label @ ("www" | "sport"), domain)) => (label, domain),
            _ => ("", name),
        };
        let outlet = self.outlet_of(domain)?;
        let role = match label {
            "www" if self.has_www(domain) => Role::Main,
            "sport" if self.has_sport(domain) => Role::Sport,
            "" if self.has_www(domain) => Role::Bare,
            "" => Role::Main,
            _ => return None,
        };
        Some(self.decided(name.to_owned(), role, outlet))
    }

    /// All hosts of an outlet, the one that seeds name first.
    pub(crate) fn hosts_of(&self, outlet: usize) -> Vec<Host> {
        let domain = self.domain(outlet);
        ["", "www.", "sport."].iter().filter_map(|l| self.host(&format!("{l}{domain}"))).collect()
    }

    /// The hosts that belong to no outlet.
    pub(crate) fn common_hosts(&self) -> Vec<Host> {
        [ELSEWHERE, RULES, HUB].iter().filter_map(|name| self.host(name)).collect()
    }

    /// The sport host of an outlet, if it has one.
    pub(crate) fn sport_host(&self, outlet: usize) -> Option<Host> {
        self.host(&format!("sport.{}", self.domain(outlet)))
    }

    /// The URL from which a crawl of an outlet starts. Every third https outlet is named by its
    /// http side, as old lists of seeds do.
    pub(crate) fn seed(&self, outlet: usize) -> Address {
        let domain = self.domain(outlet);
        let https = self.speaks_https(outlet) && outlet % 3 != 2;
        Address { https, host: domain, target: "/".to_owned() }
    }

    fn outlet_of(&self, domain: &str) -> Option<usize> {
        let digits = domain.strip_prefix("outlet-")?.strip_suffix(".test")?;
        let number: usize = digits.parse().ok()?;
        let known = (1..=self.config.outlets).contains(&number) && digits.len() == self.digits;
        known.then(|| number - 1)
    }

    fn has_www(&self, domain: &str) -> bool {
        Dice::new(self.config.seed, "www", domain, 0).chance(self.config.subdomain_share)
    }

    fn has_sport(&self, domain: &str) -> bool {
        self.config.mode != Mode::Live
            && Dice::new(self.config.seed, "sport", domain, 0).chance(self.config.subdomain_share)
    }

    fn speaks_https(&self, outlet: usize) -> bool {
        Dice::new(self.config.seed, "https", "", outlet as u64).chance(self.config.https_share)
    }

    fn decided(&self, name: String, role: Role, outlet: usize) -> Host {
        let traits = &self.config.traits;
        let mut dice = Dice::new(self.config.seed, "host", &name, 0);
        let slow = dice.chance(traits.slow_share);
        let validators = dice.chance(traits.validators_share);
        let site = matches!(role, Role::Main | Role::Sport | Role::Bare);
        let robots = match (role, traits.robots) {
            (Role::Main | Role::Sport, RobotsMix::Mixed) => {
                RobotsKind::in_turn(outlet + if role == Role::Sport { 5 } else { 0 })
            }
            (Role::Bare, RobotsMix::Mixed) => RobotsKind::OfSite,
            (Role::Main | Role::Sport, RobotsMix::Open) if self.config.mode == Mode::Hub => {
                RobotsKind::AtHub
            }
            _ => RobotsKind::NotFound,
        };
        let crawl_delay_s = (robots == RobotsKind::CrawlDelay)
            .then(|| in_turn(&traits.crawl_delays_s, outlet / RobotsKind::TURN.len()))
            .flatten();
        Host {
            https: site && self.speaks_https(outlet),
            latency_ms: if slow && site { traits.slow_ms } else { traits.latency_ms },
            coding: self.coding(outlet + name.len()),
            name,
            role,
            outlet,
            robots,
            crawl_delay_s,
            validators,
        }
    }

    fn coding(&self, turn: usize) -> Coding {
        const MIXED: [Coding; 10] = [
            Coding::Gzip,
            Coding::Brotli,
            Coding::Plain,
            Coding::Chunked,
            Coding::Gzip,
            Coding::Zstd,
            Coding::Brotli,
            Coding::Deflate,
            Coding::Gzip,
            Coding::XGzip,
        ];
        match self.config.coding {
            Coding::Mixed => MIXED[turn % MIXED.len()],
            fixed => fixed,
        }
    }
}

fn in_turn<T: Copy>(of: &[T], turn: usize) -> Option<T> {
    if of.is_empty() { None } else { Some(of[turn % of.len()]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_by_its_name_alone() {
        let plan = Plan::new(Config::news(60));
        let mut roles = [0; 3];
        for outlet in 0..60 {
            for host in plan.hosts_of(outlet) {
                let again = plan.host(&host.name).unwrap();
                assert_eq!((again.outlet, again.role), (outlet, host.role));
                roles[host.role as usize] += 1;
            }
            assert_eq!(plan.main_host(outlet).role, Role::Main);
        }
        assert_eq!(roles[Role::Main as usize], 60);
        assert!(roles[Role::Bare as usize] > 5 && roles[Role::Sport as usize] > 5);
    }

    #[test]
    fn unknown_names_are_unknown() {
        let plan = Plan::new(Config::news(5));
        for name in
            ["outlet-000.test", "outlet-006.test", "outlet-1.test", "example.org", "hub.test"]
        {
            assert!(plan.host(name).is_none(), "{name}");
        }
    }
}
