//! The rules that all workers of a crawl keep. They are kept in its frontier.

use std::time::Duration;

use anyhow::{Context, Result};
use crawl::{Identity, ScopeRule, duration};
use frontier::Frontier;
use serde::{Deserialize, Serialize};

use crate::config::{Config, Given};
use crate::exit::usage;

/// The note that holds the policy.
const NOTE: &str = "policy";

/// The note that holds the scope rule of a crawl, whether it has a policy or not.
const SCOPE_NOTE: &str = "scope";

/// What all workers of a crawl keep to. A worker may be stricter, never laxer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// Whom site owners reach, where a worker does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) contact: Option<String>,
    /// Least time between two requests to one host.
    #[serde(with = "duration::text")]
    pub(crate) delay: Duration,
    /// How far links are followed.
    pub(crate) scope: ScopeRule,
    /// Hosts of one outlet that are visited at the same time.
    pub(crate) outlet_leases_max: u32,
    /// Hosts with the same address that are visited at the same time; 0 for as many as there are.
    pub(crate) address_requests_max: u32,
    /// Whether that holds in networks that were opened by hand as well.
    pub(crate) address_cap_for_allowed: bool,
}

/// What the flags of a command ask for beside the policy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) delay: Option<Duration>,
    pub(crate) scope: Option<ScopeRule>,
}

impl Policy {
    /// The policy that a configuration amounts to.
    pub(crate) fn of(config: &Config) -> Result<Self> {
        let policy = Self {
            contact: config.contact.clone(),
            delay: config.politeness.delay,
            scope: config.scope,
            outlet_leases_max: config.crawl.outlet_leases_max,
            address_requests_max: config.crawl.address_requests_max,
            address_cap_for_allowed: config.crawl.address_cap_for_allowed,
        };
        policy.check()?;
        Ok(policy)
    }

    /// Whether its values make sense.
    fn check(&self) -> Result<()> {
        if let Some(contact) = &self.contact {
            Identity::new(contact, env!("CARGO_PKG_VERSION")).map_err(usage)?;
        }
        if self.outlet_leases_max == 0 {
            return Err(usage(
                "no host could be visited with 0 hosts of an outlet at a time: give \
                    --outlet-hosts 1 or more (crawl.outlet_leases_max in newshound.toml)",
            ));
        }
        Ok(())
    }

    /// The policy that a frontier holds; none where nobody has given one.
    pub(crate) async fn read(frontier: &impl Frontier) -> Result<Option<Self>> {
        let Some(text) = frontier.note(NOTE).await? else { return Ok(None) };
        let policy = serde_json::from_str(&text).with_context(|| {
            "the policy in the frontier cannot be read: use the newshound that wrote it, or a \
                newer one"
        });
        policy.map(Some)
    }

    /// Puts it into a frontier.
    pub(crate) async fn store(&self, frontier: &impl Frontier) -> Result<()> {
        frontier.set_note(NOTE, &serde_json::to_string(self)?).await?;
        store_scope(frontier, self.scope).await
    }

    /// What another policy would change: `delay: 1s, now 5s`.
    pub(crate) fn changes(&self, other: &Self) -> Vec<String> {
        let rows = self.rows().into_iter().zip(other.rows());
        let changed = rows.filter(|((_, old), (_, new))| old != new);
        changed.map(|((name, old), (_, new))| format!("{name}: {old} -> {new}")).collect()
    }

    /// Its rules as people read them.
    pub(crate) fn rows(&self) -> [(&'static str, String); 6] {
        let cap = match self.address_requests_max {
            0 => "no cap".to_owned(),
            n => n.to_string(),
        };
        [
            ("contact", self.contact.clone().unwrap_or_else(|| "none".into())),
            ("delay", duration::format_duration(self.delay)),
            ("scope", scope_name(self.scope).to_owned()),
            ("hosts of an outlet at a time", self.outlet_leases_max.to_string()),
            ("hosts of an address at a time", cap),
            (
                "that cap in allowed networks",
                if self.address_cap_for_allowed { "yes" } else { "no" }.to_owned(),
            ),
        ]
    }

    /// Puts the policy under a configuration: what the configuration does not give is taken from
    /// the policy, what it gives holds where it is stricter. Flags that are laxer are refused.
    pub(crate) fn govern(&self, config: &mut Config, given: &Given, asked: Asked) -> Result<()> {
        self.refuse_laxer(asked)?;
        config.contact = config.contact.take().or_else(|| self.contact.clone());
        config.scope = self.scope;
        let (pace, crawl) = (&mut config.politeness, &mut config.crawl);
        let is_given = |key: &str| given.has(&["crawl", key]);
        pace.delay = if given.has(&["politeness", "delay"]) {
            pace.delay.max(self.delay)
        } else {
            self.delay
        };
        crawl.outlet_leases_max = if is_given("outlet_leases_max") {
            crawl.outlet_leases_max.min(self.outlet_leases_max)
        } else {
            self.outlet_leases_max
        };
        crawl.address_requests_max = if is_given("address_requests_max") {
            lower_cap(crawl.address_requests_max, self.address_requests_max)
        } else {
            self.address_requests_max
        };
        crawl.address_cap_for_allowed |= self.address_cap_for_allowed;
        Ok(())
    }

    fn refuse_laxer(&self, asked: Asked) -> Result<()> {
        let text = duration::format_duration;
        if let Some(delay) = asked.delay.filter(|delay| *delay < self.delay) {
            return Err(usage(format!(
                "--delay {} is less than the crawl's policy allows ({}): leave it out, or change \
                    the policy for all workers with `newshound frontier init --change --delay {}`",
                text(delay),
                text(self.delay),
                text(delay)
            )));
        }
        if let Some(scope) = asked.scope.filter(|scope| *scope != self.scope) {
            let (asked, own) = (scope_name(scope), scope_name(self.scope));
            return Err(usage(format!(
                "--scope {asked} is not the scope of the crawl ({own}), and what one worker leaves \
                    out no other finds again: leave it out, or change the policy for all workers \
                    with `newshound frontier init --change --scope {asked}`"
            )));
        }
        Ok(())
    }
}

/// Puts the scope rule where whoever adds seeds finds it.
pub(crate) async fn store_scope(frontier: &impl Frontier, scope: ScopeRule) -> Result<()> {
    frontier.set_note(SCOPE_NOTE, &serde_json::to_string(&scope)?).await?;
    Ok(())
}

/// The scope rule of a crawl; none where it has not begun.
pub(crate) async fn scope_of(frontier: &impl Frontier) -> Result<Option<ScopeRule>> {
    let note = frontier.note(SCOPE_NOTE).await?;
    let read = |text: &String| serde_json::from_str(text).context("the scope cannot be read");
    note.as_ref().map(read).transpose()
}

fn scope_name(scope: ScopeRule) -> &'static str {
    match scope {
        ScopeRule::Outlet => "outlet",
        ScopeRule::Host => "host",
        ScopeRule::Any => "any",
    }
}

/// The lower of two caps, where 0 is none.
fn lower_cap(a: u32, b: u32) -> u32 {
    match (a, b) {
        (0, cap) | (cap, 0) => cap,
        (a, b) => a.min(b),
    }
}

#[cfg(test)]
mod tests;
