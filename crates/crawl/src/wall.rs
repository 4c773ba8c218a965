//! What may stand between us and a page, and how much of it is taken before a host rests.
//!
//! How walls are recognised is in `extract`; none is ever climbed.

use serde::{Deserialize, Serialize};

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WallKind {
    /// It asks whether cookies and the like are agreed to.
    Consent,
    /// It asks whether somebody is a browser or a person, or has decided that nobody is.
    Challenge,
    /// It asks who somebody is.
    Login,
    /// It is closed to where we are.
    Geo,
}

impl WallKind {
    /// The name in records and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Challenge => "challenge",
            Self::Login => "login",
            Self::Geo => "geo",
        }
    }

    /// Walls in a row that are taken before the host rests as after a 429. Challenges and closed
    /// regions are meant for us; a page of the readers' own lies behind a login on every site; and
    /// who asks for consent asks everybody, so that more of the same is of no use to anybody.
    pub fn taken_in_a_row(self) -> u32 {
        match self {
            Self::Challenge | Self::Geo => 0,
            Self::Login => 1,
            Self::Consent => 2,
        }
    }

    /// Whether the page may be there at another time: a challenge passes, the others stay.
    pub fn passes(self) -> bool {
        self == Self::Challenge
    }
}
