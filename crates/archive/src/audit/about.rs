//! What a warcinfo record promises.

use crawl::HostKey;

/// The promises of one segment.
#[derive(Debug, Default)]
pub(super) struct About {
    pub(super) token: String,
    pub(super) user_agent: String,
    pub(super) contact: String,
    pub(super) delay_ms: u64,
    pub(super) overrides: Vec<String>,
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
        let overrides = all("newshound-override").collect();
        let delay_ms = delay_ms.unwrap_or(0);
        Self { token, user_agent, contact, delay_ms, overrides, missing, is_foreign }
    }

    /// Whether an operator has excepted a host from robots.txt. An exception is written as
    /// `host: what; reason; author; expiry`.
    pub(super) fn excepts(&self, host: &HostKey) -> bool {
        self.overrides.iter().any(|line| {
            let rest = line.strip_prefix(host.as_str());
            rest.and_then(|rest| rest.strip_prefix(':')).is_some_and(|what| {
                let what = what.split(';').next().unwrap_or_default();
                what.to_ascii_lowercase().contains("robots")
            })
        })
    }
}
