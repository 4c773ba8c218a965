//! A seed with all that its user says of it: labels, and a pace, a budget and a scope of its own.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{LabelError, Labels, Seed, shorten};
use crate::ScopeRule;
use crate::duration::{DurationError, format_duration, option_text, parse_duration};

/// The longest delay of a seed. Who wants to come less often lowers the budget.
pub const DELAY_MAX: Duration = Duration::from_hours(24);

/// A seed as one line of a list gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedSpec {
    /// Where to begin.
    pub seed: Seed,
    /// What is known of it.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// Least time between two requests to its host; it can only raise the configured one, which is
    /// seen to where it is applied. Whole milliseconds, up to [`DELAY_MAX`].
    #[serde(default, with = "option_text", skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// Most requests to its outlet on one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_per_day: Option<u32>,
    /// How far links are followed from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeRule>,
}

/// What can be said of a seed beside the seed itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpecField {
    /// See [`Labels::country`].
    Country,
    /// See [`Labels::language`].
    Language,
    /// See [`Labels::tags`].
    Tags,
    /// See [`SeedSpec::delay`].
    Delay,
    /// See [`SeedSpec::budget_per_day`].
    Budget,
    /// See [`SeedSpec::scope`].
    Scope,
}

/// Why something that is said of a seed is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// A label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The delay is no duration.
    #[error("delay: {0}")]
    Delay(#[from] DurationError),
    /// The delay is zero, or longer than [`DELAY_MAX`].
    #[error("the delay {0:?} is not between 1ms and 24h")]
    DelayRange(String),
    /// The budget is no positive number.
    #[error("{0:?} is no budget: write how many requests a day, like 200")]
    Budget(String),
    /// There is no such rule.
    #[error("{0:?} is no scope: write outlet, host or any")]
    Scope(String),
}

impl SeedSpec {
    /// A seed of which no more is said.
    pub fn new(seed: Seed) -> Self {
        Self { seed, labels: Labels::default(), delay: None, budget_per_day: None, scope: None }
    }

    /// Sets a field from its text. Tags are added to those that are there.
    pub fn set(&mut self, field: SpecField, text: &str) -> Result<(), SpecError> {
        let text = text.trim();
        match field {
            SpecField::Country => self.labels.set_country(text)?,
            SpecField::Language => self.labels.set_language(text)?,
            SpecField::Tags => self.labels.add_tags(text)?,
            SpecField::Delay => self.delay = Some(delay(text)?),
            SpecField::Budget => self.budget_per_day = Some(budget(text)?),
            SpecField::Scope => self.scope = Some(scope(text)?),
        }
        Ok(())
    }

    /// The text of a field, as [`Self::set`] reads it; none where nothing is said.
    pub fn get(&self, field: SpecField) -> Option<String> {
        match field {
            SpecField::Country => self.labels.country().map(str::to_owned),
            SpecField::Language => self.labels.language().map(str::to_owned),
            SpecField::Tags => Some(self.labels.tags().join(",")).filter(|tags| !tags.is_empty()),
            SpecField::Delay => self.delay.map(format_duration),
            SpecField::Budget => self.budget_per_day.map(|budget| budget.to_string()),
            SpecField::Scope => self.scope.map(|rule| scope_name(rule).to_owned()),
        }
    }
}

impl From<Seed> for SeedSpec {
    fn from(seed: Seed) -> Self {
        Self::new(seed)
    }
}

impl SpecField {
    /// All fields, in the order in which they are written.
    pub const ALL: [Self; 6] =
        [Self::Country, Self::Language, Self::Tags, Self::Delay, Self::Budget, Self::Scope];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Country => "country",
            Self::Language => "language",
            Self::Tags => "tags",
            Self::Delay => "delay",
            Self::Budget => "budget",
            Self::Scope => "scope",
        }
    }

    /// The field of this name or of a usual synonym; case, spaces, `-` and `_` do not matter.
    pub fn named(text: &str) -> Option<Self> {
        match plain_name(text).as_str() {
            "country" | "countrycode" => Some(Self::Country),
            "language" | "lang" | "languagecode" => Some(Self::Language),
            "tags" | "tag" | "labels" | "label" | "category" | "categories" => Some(Self::Tags),
            "delay" => Some(Self::Delay),
            "budget" | "budgetperday" => Some(Self::Budget),
            "scope" => Some(Self::Scope),
            _ => None,
        }
    }
}

/// The name of a column or key as it is compared: letters and digits, in lower case.
pub fn plain_name(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Rounded up to whole milliseconds: a delay is never shortened.
fn delay(text: &str) -> Result<Duration, SpecError> {
    let delay = parse_duration(text)?;
    if delay.is_zero() || delay > DELAY_MAX {
        return Err(SpecError::DelayRange(shorten(text)));
    }
    let ms = delay.as_nanos().div_ceil(1_000_000);
    Ok(Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX)))
}

fn budget(text: &str) -> Result<u32, SpecError> {
    match text.parse() {
        Ok(0) | Err(_) => Err(SpecError::Budget(shorten(text))),
        Ok(budget) => Ok(budget),
    }
}

fn scope(text: &str) -> Result<ScopeRule, SpecError> {
    let name = text.to_ascii_lowercase();
    let all = [ScopeRule::Outlet, ScopeRule::Host, ScopeRule::Any];
    let rule = all.into_iter().find(|rule| scope_name(*rule) == name);
    rule.ok_or_else(|| SpecError::Scope(shorten(text)))
}

fn scope_name(rule: ScopeRule) -> &'static str {
    match rule {
        ScopeRule::Outlet => "outlet",
        ScopeRule::Host => "host",
        ScopeRule::Any => "any",
    }
}
