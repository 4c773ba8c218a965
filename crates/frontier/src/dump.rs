//! Everything that a crawl keeps, as records that every backend writes and reads: how a frontier is
//! saved, and how it moves from one backend to another.

use std::collections::HashMap;

use crawl::politeness::HostState;
use crawl::robots::RobotsCopy;
use crawl::{
    Account, CanonicalUrl, Directive, Entry, Fingerprint, HostKey, Order, Origin, Outlet, SeedSpec,
    SeedState, Share, UnixMicros,
};
use serde::{Deserialize, Serialize};

use crate::control::ends;
use crate::time::{ahead, back};
use crate::{Error, Result};

/// Records of one call at most, more or less.
const CHUNK: usize = 1_000;

/// Fingerprints of one record at most.
pub(crate) const SEEN_CHUNK: usize = 500;

/// Fences are smaller than this. They grow by one with each lease, or go on from a time in
/// microseconds: it is the year 2112. Larger ones are no longer exact everywhere when they grow.
const FENCE_MAX: u64 = 1 << 52;

/// One thing that a crawl keeps.
///
/// Times are microseconds from the moment of the dump: `in_us` ahead, below zero for what is past;
/// `age_us` back. Leases, tokens of addresses and workers are no part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Record {
    /// A small setting of the crawl: its policy, its scope rule.
    Note {
        /// Its name.
        key: String,
        /// What it says.
        value: String,
    },
    /// An outlet or host that was taken into the scope.
    Scope {
        /// Its name.
        member: String,
    },
    /// What an operator has asked for.
    Directive(DirectiveRecord),
    /// A host queue, but for its URLs.
    Host(HostRecord),
    /// A robots copy.
    Robots {
        /// The origin it belongs to.
        origin: String,
        /// The copy.
        copy: RobotsCopy,
        /// Time since it was stored.
        age_us: i64,
    },
    /// A seed.
    Seed(SeedRecord),
    /// The account of an outlet.
    Account {
        /// The outlet.
        outlet: Outlet,
        /// Its account.
        account: Account,
    },
    /// A key within an outlet that a URL holds.
    Claim {
        /// The outlet.
        outlet: Outlet,
        /// The key.
        #[serde(with = "hex")]
        key: u64,
        /// The fingerprint of the URL that holds it.
        #[serde(with = "hex")]
        by: u64,
    },
    /// A URL that waits for its turn, or was in flight. Those of a band of a host come in their
    /// order.
    Url {
        /// The URL, with what its visit needs.
        entry: Entry,
    },
    /// A URL that waits for its time.
    Due {
        /// The URL, with what its visit needs.
        entry: Entry,
        /// Until it is due.
        in_us: i64,
    },
    /// Known URLs of the hosts of a share, those that wait among them.
    Seen {
        /// The share.
        share: Share,
        /// Fingerprints.
        #[serde(with = "hex_list")]
        urls: Vec<Fingerprint>,
    },
    /// Known URLs that are done, of which nobody knows any more whose they are: from a file that
    /// was made before shares were kept.
    Unplaced {
        /// Fingerprints.
        #[serde(with = "hex_list")]
        urls: Vec<Fingerprint>,
    },
}

/// What an operator has asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectiveRecord {
    /// The host or outlet it is about.
    pub about: String,
    /// What is asked for.
    pub order: Order,
    /// Who asked.
    pub by: String,
    /// Why.
    pub why: String,
    /// Time since it was given.
    pub age_us: i64,
    /// Until it ends; for good where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_us: Option<i64>,
}

/// A host queue, but for its URLs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Its name.
    pub host: HostKey,
    /// The fence of its last lease.
    pub fence: u64,
    /// Until it may be visited, holds left out.
    pub in_us: i64,
    /// Its delay.
    pub delay_us: i64,
    /// What politeness remembers of it.
    pub state: HostState,
    /// Its place in the bands' cycle.
    pub turn: u8,
}

/// A seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedRecord {
    /// The seed, and what was said about it.
    pub spec: SeedSpec,
    /// What it adds to the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Time since it was first given.
    pub age_us: i64,
    /// What came of its last visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SeedState>,
    /// How long ago that was.
    #[serde(default)]
    pub state_age_us: i64,
}

/// What kinds of records come one after another: a record relies on those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    #[default]
    Notes,
    Scope,
    Directives,
    /// Robots copies too.
    Hosts,
    Seeds,
    /// Accounts and claims.
    Outlets,
    Urls,
    Due,
    Seen,
}

/// Where a dump goes on. The default is its beginning; what is in it is the backend's affair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Records of one call, more or less.
    pub(crate) chunk: usize,
    pub(crate) section: Section,
    pub(crate) partition: usize,
    /// What has been read last.
    pub(crate) after: String,
    /// How far into that.
    pub(crate) skip: usize,
    pub(crate) band: usize,
    /// Copies that are to be left out, by text.
    pub(crate) dead: HashMap<String, u64>,
}

impl Default for Cursor {
    fn default() -> Self {
        Self {
            chunk: CHUNK,
            section: Section::default(),
            partition: 0,
            after: String::new(),
            skip: 0,
            band: 0,
            dead: HashMap::new(),
        }
    }
}

/// A piece of a dump.
#[derive(Clone, Debug, PartialEq)]
pub struct Dumped {
    /// What it holds; it may be nothing.
    pub records: Vec<Record>,
    /// Where it goes on; none at the end.
    pub next: Option<Cursor>,
}

impl DirectiveRecord {
    pub(crate) fn of(directive: Directive, now: UnixMicros) -> Self {
        let Directive { about, order, by, why, since, until } = directive;
        let in_us = until.map(|until| until.0 - now.0);
        Self { about, order, by, why, age_us: now.0 - since.0, in_us }
    }

    /// Whether one that is in force stays where this kind of directive is moved to: an override
    /// does, a pause or block when it holds as long. What holds there is not taken back.
    pub(crate) fn leaves(own: &Directive, moved: &Directive) -> bool {
        !own.order.is_hold() || ends(own) >= ends(moved)
    }

    /// The directive, on a clock that shows `now`.
    pub(crate) fn at(&self, now: UnixMicros) -> Directive {
        let Self { about, order, by, why, age_us, in_us } = self.clone();
        let until = in_us.map(|in_us| ahead(now, in_us));
        Directive { about, order, by, why, since: back(now, age_us), until }
    }
}

impl Section {
    fn next(self) -> Option<Self> {
        use Section::{Directives, Due, Hosts, Notes, Outlets, Scope, Seeds, Seen, Urls};
        Some(match self {
            Notes => Scope,
            Scope => Directives,
            Directives => Hosts,
            Hosts => Seeds,
            Seeds => Outlets,
            Outlets => Urls,
            Urls => Due,
            Due => Seen,
            Seen => return None,
        })
    }
}

impl Cursor {
    /// The beginning of the next section.
    pub(crate) fn next_section(&self) -> Option<Self> {
        Some(Self { section: self.section.next()?, ..self.begin() })
    }

    /// The beginning of a dump in pieces of this size.
    pub(crate) fn begin(&self) -> Self {
        Self { chunk: self.chunk, ..Self::default() }
    }

    /// Fingerprints of one record at most.
    pub(crate) fn seen_chunk(&self) -> usize {
        SEEN_CHUNK.min(self.chunk)
    }

    /// The same section, behind this.
    pub(crate) fn behind(self, after: String) -> Self {
        Self { after, ..self }
    }
}

impl Record {
    /// Reads a record from a line of JSON; says why it cannot.
    pub fn parse(line: &str) -> std::result::Result<Self, String> {
        let record: Self = serde_json::from_str(line).map_err(|e| e.to_string())?;
        record.check()?;
        Ok(record)
    }

    /// The same after so much time has passed: ages grow and URLs come due. A host's rest does
    /// not shrink, so that it is visited no sooner whatever clock has measured that time.
    #[must_use]
    pub fn aged(mut self, passed_us: i64) -> Self {
        let grow = |age: &mut i64| *age = age.saturating_add(passed_us);
        match &mut self {
            Self::Robots { age_us, .. } => grow(age_us),
            Self::Seed(seed) => {
                grow(&mut seed.age_us);
                grow(&mut seed.state_age_us);
            }
            Self::Directive(directive) => {
                grow(&mut directive.age_us);
                directive.in_us = directive.in_us.map(|in_us| in_us.saturating_sub(passed_us));
            }
            Self::Due { in_us, .. } => *in_us = in_us.saturating_sub(passed_us),
            _ => {}
        }
        self
    }

    /// Whether names and fences in it are as they should be: it may come from anywhere.
    pub(crate) fn check(&self) -> std::result::Result<(), String> {
        match self {
            Self::Host(host) => is_name(host.host.as_str()).and(is_fence(host.fence)),
            Self::Scope { member } => is_name(member),
            Self::Directive(directive) => is_name(&directive.about),
            Self::Account { outlet, .. } | Self::Claim { outlet, .. } => is_name(outlet.as_str()),
            Self::Robots { origin, .. } => parse_origin(origin).map(drop),
            _ => Ok(()),
        }
    }
}

/// Refuses records that are not in order, before anything is stored.
pub(crate) fn check_all(records: &[Record]) -> Result<()> {
    records.iter().try_for_each(|record| record.check().map_err(|reason| Error::Record { reason }))
}

/// An origin as a record has it.
pub(crate) fn parse_origin(text: &str) -> std::result::Result<Origin, String> {
    let url = CanonicalUrl::parse(text).map_err(|e| format!("{text:?} is no origin: {e}"))?;
    let origin = url.origin();
    if origin.as_str() != text {
        return Err(format!("{text:?} is no origin"));
    }
    Ok(origin)
}

fn is_name(text: &str) -> std::result::Result<(), String> {
    match HostKey::parse(text) {
        Ok(host) if host.as_str() == text => Ok(()),
        _ => Err(format!("{text:?} is no name of a host")),
    }
}

fn is_fence(fence: u64) -> std::result::Result<(), String> {
    if fence < FENCE_MAX { Ok(()) } else { Err(format!("{fence} is no fence")) }
}

/// Numbers of 64 bits as texts: many readers of JSON keep 53 bits of a number.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(n: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{n:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        parse(&String::deserialize(from)?).map_err(de::Error::custom)
    }

    pub(super) fn parse(text: &str) -> Result<u64, String> {
        u64::from_str_radix(text, 16).map_err(|_| format!("{text:?} is no hexadecimal number"))
    }
}

mod hex_list {
    use crawl::Fingerprint;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(urls: &[Fingerprint], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(urls.iter().map(|url| format!("{:016x}", url.0)))
    }

    pub(super) fn deserialize<'de, D>(from: D) -> Result<Vec<Fingerprint>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let texts = Vec::<String>::deserialize(from)?;
        let parse = |text: &String| super::hex::parse(text).map(Fingerprint);
        texts.iter().map(parse).collect::<Result<_, _>>().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_record_is_told() {
        for (line, words) in [
            ("", "EOF"),
            ("{}", "kind"),
            (r#"{"kind":"lease"}"#, "lease"),
            (r#"{"kind":"seen","share":1024,"urls":[]}"#, "no share"),
            (r#"{"kind":"seen","share":1,"urls":["x"]}"#, "hexadecimal"),
            (r#"{"kind":"account","outlet":"a b","account":{}}"#, "no name"),
            (r#"{"kind":"account","outlet":"A.test","account":{}}"#, "no name"),
            (r#"{"kind":"scope","member":"a b"}"#, "no name"),
            (
                r#"{"kind":"directive","about":"a b","order":{"order":"pause"},
                "by":"","why":"","age_us":0}"#,
                "no name",
            ),
            (&host_with(1 << 52), "no fence"),
            (&host_with(u64::MAX), "no fence"),
            (r#"{"kind":"url","entry":{"url":"nowhere","band":"hub"}}"#, "URL"),
            (
                r#"{"kind":"robots","origin":"a.test","copy":{"state":"AllowAll","fresh_for":
                {"secs":1,"nanos":0},"unreachable_for":{"secs":0,"nanos":0}},"age_us":0}"#,
                "",
            ),
        ] {
            let told = Record::parse(line).expect_err(line);
            assert!(told.contains(words), "{line}: {told}");
        }
        Record::parse(&host_with((1 << 52) - 1)).unwrap();
    }

    fn host_with(fence: u64) -> String {
        let host = HostKey::parse("a.test").unwrap();
        let (in_us, delay_us, state, turn) = (0, 0, HostState::default(), 0);
        let record = HostRecord { host, fence, in_us, delay_us, state, turn };
        serde_json::to_string(&Record::Host(record)).unwrap()
    }

    #[test]
    fn a_record_grows_old_but_no_rest_shrinks() {
        let entry = Entry::new(CanonicalUrl::parse("https://a.test/").unwrap(), crawl::Band::Hub);
        let due = |in_us| Record::Due { entry: entry.clone(), in_us };
        assert_eq!(due(5).aged(7), due(-2));
        let host = Record::Host(HostRecord {
            host: HostKey::parse("a.test").unwrap(),
            fence: 1,
            in_us: 5,
            delay_us: 1,
            state: HostState::default(),
            turn: 0,
        });
        assert_eq!(host.clone().aged(7), host);
    }
}
