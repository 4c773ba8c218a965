//! Which links belong to a crawl.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::CanonicalUrl;

/// How far a crawl follows links away from its seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScopeRule {
    /// To every host of the seeds' outlets, and of those that a seed's own redirects lead to.
    #[default]
    Outlet,
    /// To the seeds' hosts only, and to those that a seed's own redirects lead to.
    Host,
    /// Anywhere.
    Any,
}

/// The rule, and the outlets or hosts that it has admitted so far.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    rule: ScopeRule,
    members: HashSet<String>,
}

impl Scope {
    /// A scope with the members that an earlier run admitted.
    pub fn new(rule: ScopeRule, members: impl IntoIterator<Item = String>) -> Self {
        Self { rule, members: members.into_iter().collect() }
    }

    /// The rule.
    pub fn rule(&self) -> ScopeRule {
        self.rule
    }

    /// Takes the place of a seed, or of a page that a seed redirects to, into the scope. Gives the
    /// new member when there is one, so that it can be stored.
    pub fn admit(&mut self, url: &CanonicalUrl) -> Option<String> {
        let member = member(self.rule, url)?;
        self.members.insert(member.clone()).then_some(member)
    }

    /// Whether a link may be followed.
    pub fn contains(&self, url: &CanonicalUrl) -> bool {
        member(self.rule, url).is_none_or(|m| self.members.contains(&m))
    }
}

/// What stands for the place of a URL under a rule; none where every place will do.
fn member(rule: ScopeRule, url: &CanonicalUrl) -> Option<String> {
    let host = url.host_key();
    match rule {
        ScopeRule::Outlet => Some(host.outlet().as_str().to_owned()),
        ScopeRule::Host => Some(host.as_str().to_owned()),
        ScopeRule::Any => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> CanonicalUrl {
        CanonicalUrl::parse(text).unwrap()
    }

    #[test]
    fn each_rule() {
        for (rule, sister, stranger) in [
            (ScopeRule::Outlet, true, false),
            (ScopeRule::Host, false, false),
            (ScopeRule::Any, true, true),
        ] {
            let mut scope = Scope::new(rule, []);
            scope.admit(&url("https://www.example.com/"));
            assert!(scope.contains(&url("http://www.example.com:8080/x")));
            assert_eq!(scope.contains(&url("https://sport.example.com/")), sister);
            assert_eq!(scope.contains(&url("https://other.test/")), stranger);
        }
    }

    #[test]
    fn a_member_is_told_once() {
        let mut scope = Scope::new(ScopeRule::Outlet, []);
        assert_eq!(scope.admit(&url("https://a.example.com/")), Some("example.com".into()));
        assert_eq!(scope.admit(&url("https://b.example.com/")), None);
    }
}
