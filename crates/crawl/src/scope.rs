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
    /// How often members were taken in.
    joined: u64,
}

impl Scope {
    /// A scope with the members that an earlier run admitted.
    pub fn new(rule: ScopeRule, members: impl IntoIterator<Item = String>) -> Self {
        Self { rule, members: members.into_iter().collect(), joined: 0 }
    }

    /// Takes members in that somebody else has admitted.
    pub fn extend(&mut self, members: impl IntoIterator<Item = String>) {
        self.members.extend(members);
        self.joined += 1;
    }

    /// How often members were taken in: a list of members that was read before is not the latest
    /// word when this has grown meanwhile.
    pub fn joined(&self) -> u64 {
        self.joined
    }

    /// Goes by these members only: what somebody has taken out of the scope is no longer in it.
    /// Gives whether there was such a member.
    pub fn replace(&mut self, members: impl IntoIterator<Item = String>) -> bool {
        let before = std::mem::replace(&mut self.members, members.into_iter().collect());
        !before.is_subset(&self.members)
    }

    /// What would have to be admitted for the place of a seed; none where nothing has to be.
    pub fn missing(&self, url: &CanonicalUrl) -> Option<String> {
        member(self.rule, url).filter(|member| !self.members.contains(member))
    }

    /// The rule.
    pub fn rule(&self) -> ScopeRule {
        self.rule
    }

    /// Takes the place of a seed, or of a page that a seed redirects to, into the scope. Gives the
    /// new member when there is one, so that it can be stored.
    pub fn admit(&mut self, url: &CanonicalUrl) -> Option<String> {
        let member = member(self.rule, url)?;
        self.joined += 1;
        self.members.insert(member.clone()).then_some(member)
    }

    /// The same for a seed that asks for a scope of its own; it can only be narrower.
    pub fn admit_as(&mut self, own: Option<ScopeRule>, url: &CanonicalUrl) -> Option<String> {
        let member = member_of_seed(self.rule, own, url)?;
        self.joined += 1;
        self.members.insert(member.clone()).then_some(member)
    }

    /// Whether a link may be followed.
    pub fn contains(&self, url: &CanonicalUrl) -> bool {
        let Some(member) = member(self.rule, url) else { return true };
        let is_single = |host: &str| self.members.contains(&format!("{SINGLE}{host}"));
        self.members.contains(&member)
            || (self.rule == ScopeRule::Outlet && is_single(url.host_key().as_str()))
    }
}

/// Marks a member that is one host, where members are outlets.
const SINGLE: char = '=';

/// What stands for the place of a seed under the crawl's rule and its own; none where every place
/// will do.
pub fn member_of_seed(
    rule: ScopeRule,
    own: Option<ScopeRule>,
    url: &CanonicalUrl,
) -> Option<String> {
    match (rule, own) {
        (ScopeRule::Outlet, Some(ScopeRule::Host)) => {
            Some(format!("{SINGLE}{}", url.host_key().as_str()))
        }
        _ => member(rule, url),
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
    fn a_seed_may_ask_for_its_host_only() {
        let mut scope = Scope::new(ScopeRule::Outlet, []);
        scope.admit_as(Some(ScopeRule::Host), &url("https://www.example.com/"));
        assert!(scope.contains(&url("https://www.example.com/x")));
        assert!(!scope.contains(&url("https://sport.example.com/")));
        // Wider than the crawl it cannot be.
        scope.admit_as(Some(ScopeRule::Any), &url("https://other.test/"));
        assert!(!scope.contains(&url("https://third.test/")));
    }

    #[test]
    fn what_was_taken_out_is_out() {
        let mut scope = Scope::new(ScopeRule::Outlet, ["a.test".into(), "b.test".into()]);
        assert!(!scope.replace(["a.test".into(), "b.test".into(), "c.test".into()]));
        assert!(scope.replace(["b.test".into(), "c.test".into()]));
        assert!(!scope.contains(&url("https://a.test/")));
        assert!(scope.contains(&url("https://www.c.test/")));
        assert_eq!(scope.missing(&url("https://www.a.test/")), Some("a.test".into()));
        assert_eq!(scope.missing(&url("https://www.b.test/")), None);
    }

    #[test]
    fn a_member_is_told_once() {
        let mut scope = Scope::new(ScopeRule::Outlet, []);
        assert_eq!(scope.admit(&url("https://a.example.com/")), Some("example.com".into()));
        assert_eq!(scope.admit(&url("https://b.example.com/")), None);
    }
}
