//! What a warcinfo record promises.

use std::collections::BTreeSet;

use super::exception::{Exception, Exceptions};

/// The promises of one segment.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) token: String,
    pub(super) user_agent: String,
    pub(super) contact: String,
    pub(super) delay_ms: u64,
    /// The lines that tell of exceptions.
    pub(super) overrides: BTreeSet<String>,
    pub(super) exceptions: Exceptions,
    /// Exceptions that do not count: what they do not tell, and the line.
    pub(super) doubtful: Vec<(&'static str, String)>,
    /// What it should say and does not.
    pub(super) missing: Vec<&'static str>,
    /// It says nothing that only our own crawls say.
    pub(super) is_foreign: bool,
}

impl About {
    /// Reads the block of a warcinfo record.
    pub(super) fn parse(block: &[u8]) -> Self {
        let text = String::from_utf8_lossy(block);
        let all = |name: &'static str| {
            let fields = text.lines().filter_map(|line| line.split_once(':'));
            let named = fields.filter(move |(key, _)| key.trim().eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let mut missing = Vec::new();
        let mut one = |name: &'static str| {
            let value = all(name).next();
            if value.is_none() {
                missing.push(name);
            }
            value.unwrap_or_default()
        };
        let _ = (one("software"), one("format"), one("robots"));
        let (user_agent, contact) = (one("http-header-user-agent"), one("operator"));
        let token = one("newshound-token");
        let delay_ms = one("newshound-delay-ms").parse();
        if delay_ms.is_err() && !missing.contains(&"newshound-delay-ms") {
            missing.push("newshound-delay-ms");
        }
        let is_foreign = token.is_empty() && delay_ms.is_err();
        let overrides: BTreeSet<String> = all("newshound-override").collect();
        let (mut exceptions, mut doubtful) = (Exceptions::default(), Vec::new());
        for line in &overrides {
            match Exception::parse(line) {
                Ok(exception) => exceptions.add(exception),
                Err(untold) => doubtful.push((untold, line.clone())),
            }
        }
        Self {
            token,
            user_agent,
            contact,
            delay_ms: delay_ms.unwrap_or(0),
            overrides,
            exceptions,
            doubtful,
            missing,
            is_foreign,
        }
    }
}
