//! What seeds ask for their outlet, and what came of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Labels, SeedSpec};

/// What all seeds of an outlet ask for together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The first country and language that is given, and all tags.
    pub labels: Labels,
    /// The longest delay.
    pub delay: Option<Duration>,
    /// The smallest budget.
    pub budget_per_day: Option<u32>,
}

impl Terms {
    /// Puts the seeds of one outlet together, in the order given.
    pub fn of<'a>(specs: impl IntoIterator<Item = &'a SeedSpec>) -> Self {
        let mut terms = Self::default();
        for spec in specs {
            terms.labels.join(&spec.labels);
            terms.delay = terms.delay.max(spec.delay);
            let budgets = [terms.budget_per_day, spec.budget_per_day];
            terms.budget_per_day = budgets.into_iter().flatten().min();
        }
        terms
    }
}

/// What came of a seed at its last visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeedState {
    /// It gave a page, a feed or a sitemap.
    Alive,
    /// It redirects there, out of its own outlet.
    Moved(String),
    /// robots.txt forbids it.
    Forbidden,
    /// There is nothing to read: why.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use crate::SpecField::{self, Budget, Country, Delay, Tags};

    #[test]
    fn terms_of_several_seeds() {
        let spec = |text: &str, fields: &[(SpecField, &str)]| {
            let mut spec = SeedSpec::new(Seed::parse(text).unwrap());
            for (field, value) in fields {
                spec.set(*field, value).unwrap();
            }
            spec
        };
        let terms = Terms::of(&[
            spec("a.test", &[(Tags, "daily"), (Delay, "2s"), (Budget, "50")]),
            spec("sport.a.test", &[(Country, "FR"), (Tags, "daily"), (Delay, "5s")]),
            spec("https://a.test/x", &[(Country, "DE"), (Tags, "a"), (Budget, "20")]),
        ]);
        assert_eq!(terms.labels.country(), Some("FR"));
        assert_eq!(terms.labels.tags(), ["a", "daily"]);
        assert_eq!((terms.delay, terms.budget_per_day), (Some(Duration::from_secs(5)), Some(20)));
    }
}
