//! Whether a URL would be skipped, and by which rule.

use anyhow::Result;
use crawl::{CanonicalUrl, Clock as _, traps};
use frontier::Control;
use serde::Serialize;
use worker::SystemClock;

/// Why a URL would not be asked for, were it a link that nobody vouches for.
#[derive(Debug, Serialize)]
pub(super) struct Trap {
    /// The rule: `session-id`, `calendar`, ...
    pub(super) rule: &'static str,
    /// What it goes by.
    pub(super) why: String,
    /// What would be fetched in its place.
    pub(super) instead: Option<String>,
}

impl Trap {
    /// By what the frontier keeps of the host. That a slug is one of many is told as such; which
    /// of them is fetched is not asked: that would decide it.
    pub(super) async fn look(
        frontier: &impl Control,
        url: &CanonicalUrl,
        config: &traps::Config,
    ) -> Result<Option<Self>> {
        let row = frontier.host(&url.host_key()).await?;
        let habits = row.map(|row| row.state.habits).unwrap_or_default();
        if let Some(skip) = habits.skip(config, url, SystemClock.now()) {
            let instead = skip.instead.map(|url| url.to_string());
            return Ok(Some(Self { rule: skip.rule.name(), why: skip.why, instead }));
        }
        let is_one_of_many = habits.variant_key(config, url).is_some();
        let why = "its slug does not change the article: one of its URLs is fetched";
        let rule = traps::Rule::SlugVariant.name();
        Ok(is_one_of_many.then(|| Self { rule, why: why.to_owned(), instead: None }))
    }
}
