//! What operators ask of a host or an outlet: to pause, to leave alone, to be treated otherwise.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{HostKey, UnixMicros};

/// One wish of an operator, with its reason: whoever looks at a crawl sees who asked for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// The host or outlet it is about, by name. What is said about an outlet holds for all its
    /// hosts.
    pub about: String,
    /// What is asked for.
    pub order: Order,
    /// Who asked.
    pub by: String,
    /// Why.
    pub why: String,
    /// Since when it holds.
    pub since: UnixMicros,
    /// Until when it holds; for good where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMicros>,
}

/// What an operator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "lowercase")]
pub enum Order {
    /// No requests for a while; links are taken in.
    Pause,
    /// No requests, and no links are taken in.
    Block,
    /// Other rules than its own: an invitation, or a robots server that is broken.
    Override {
        /// What counts as its robots.txt; its own, where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        robots: Option<String>,
        /// The delay that is asked for instead of Crawl-delay. Never less than the crawl's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay: Option<Duration>,
    },
}

impl Order {
    /// The name of its kind: at most one of each kind holds about the same name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Block => "block",
            Self::Override { .. } => "override",
        }
    }

    /// Whether no request may be made while it holds.
    pub fn is_hold(&self) -> bool {
        matches!(self, Self::Pause | Self::Block)
    }
}

impl Directive {
    /// Whether it still holds.
    pub fn is_in_force(&self, now: UnixMicros) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Whether it is about this host, or its outlet.
    pub fn concerns(&self, host: &HostKey) -> bool {
        self.about == host.as_str() || self.about == host.outlet().as_str()
    }
}

/// What holds about one host: the word about the host itself counts before that about its outlet.
pub fn concerning<'d>(
    directives: impl IntoIterator<Item = &'d Directive>,
    host: &HostKey,
    now: UnixMicros,
) -> Vec<&'d Directive> {
    let all = directives.into_iter();
    let mut found: Vec<_> = all.filter(|d| d.is_in_force(now) && d.concerns(host)).collect();
    found.sort_by_key(|d| (d.about != host.as_str(), d.order.kind()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_counts_before_its_outlet_and_what_has_passed_not_at_all() {
        let directive = |about: &str, order: Order, until: Option<i64>| Directive {
            about: about.into(),
            order,
            by: "ann".into(),
            why: "asked to".into(),
            since: UnixMicros(0),
            until: until.map(UnixMicros),
        };
        let all = [
            directive("a.test", Order::Block, None),
            directive("www.a.test", Order::Pause, Some(9)),
            directive("b.test", Order::Pause, None),
            directive("a.test", Order::Override { robots: None, delay: None }, Some(5)),
        ];
        let host = HostKey::parse("www.a.test").unwrap();
        let kinds = |now| {
            let found = concerning(&all, &host, UnixMicros(now));
            found.iter().map(|d| d.order.kind()).collect::<Vec<_>>()
        };
        assert_eq!(kinds(4), ["pause", "block", "override"]);
        assert_eq!(kinds(5), ["pause", "block"]);
        assert_eq!(kinds(9), ["block"]);
    }

    #[test]
    fn it_is_written_as_one_object() {
        let order = Order::Override { robots: Some("User-agent: *\nAllow: /".into()), delay: None };
        let json = serde_json::to_string(&order).unwrap();
        assert_eq!(json, r#"{"order":"override","robots":"User-agent: *\nAllow: /"}"#);
        assert_eq!(serde_json::from_str::<Order>(&json).unwrap(), order);
    }
}
