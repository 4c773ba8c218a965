//! What the frontier keeps of an origin's robots.txt.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Rules;
use crate::CanonicalUrl;

/// What is known of an origin's robots.txt. Backends store it whole and count its age themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RobotsCopy {
    /// What the last answer means.
    pub state: RobotsState,
    /// How long this copy may be used before the file is fetched again.
    pub fresh_for: Duration,
    /// For how long the file had been unreachable when this copy was stored; zero when it was not.
    #[serde(default)]
    pub unreachable_for: Duration,
}

/// What the last answer means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobotsState {
    /// The lines that concern us, as a small robots.txt of their own.
    Rules(String),
    /// No robots.txt (4xx but 429): everything is allowed (RFC 9309, section 2.3.1.3).
    AllowAll,
    /// Unreachable and no good copy: everything is disallowed (RFC 9309, section 2.3.1.4).
    DisallowAll,
    /// It redirects to another host, whose lease is waited for. `hops` counts this redirect.
    Redirected {
        /// Where it leads.
        to: CanonicalUrl,
        /// Redirects followed so far, this one included.
        hops: u8,
    },
}

impl RobotsCopy {
    /// The rules for a token, whatever the state: a file that is waited for, or that was never
    /// reached, forbids everything.
    pub fn rules(&self, token: &str) -> Rules {
        match &self.state {
            RobotsState::Rules(text) => Rules::of_compact(text, token),
            RobotsState::AllowAll => Rules::default(),
            RobotsState::DisallowAll | RobotsState::Redirected { .. } => Rules::disallow_all(),
        }
    }
}
