//! Our own engine on a set.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crawl::UnixMicros;
use story::{Article, Assignment, Config, Figures, Hints, Stories};

use super::data::Set;

/// What came out.
pub struct Found {
    /// The story of each text.
    pub clusters: Vec<usize>,
    /// What was said of each at its arrival.
    pub assignments: Vec<Assignment>,
    /// What the engine held in the end.
    pub figures: Figures,
    /// What it took, reading aside.
    pub took: Duration,
}

/// Hands the texts to an engine one by one.
///
/// # Panics
/// When the engine fails, as it cannot on texts in memory.
#[expect(clippy::disallowed_methods, reason = "it measures")]
pub fn run(set: &Set) -> Found {
    let mut texts: HashMap<u64, Arc<str>> = HashMap::new();
    let mut stories = Stories::new(Config { window_s: u64::MAX / 2, ..Config::default() });
    let mut assignments = Vec::new();
    let start = std::time::Instant::now();
    for (n, text) in set.texts.iter().enumerate() {
        let id = n as u64;
        let article = Article {
            id,
            url: text.url.as_deref().filter(|url| !url.is_empty()),
            outlet: text.site.as_deref().filter(|site| !site.is_empty()),
            text: &text.text,
            published: None,
            seen_at: UnixMicros(i64::try_from(n).unwrap_or(0) * 1_000_000),
            hints: Hints::default(),
        };
        assignments.push(stories.assign(&article, &texts).expect("texts in memory can be read"));
        texts.insert(id, Arc::from(text.text.as_str()));
    }
    let took = start.elapsed();
    let clusters = clusters(&assignments);
    Found { clusters, assignments, figures: stories.figures(), took }
}

/// Where each text stands in the end, after all moves and merges.
///
/// # Panics
/// When numbers do not fit.
pub fn clusters(assignments: &[Assignment]) -> Vec<usize> {
    let mut clusters: Vec<u64> = Vec::new();
    for assignment in assignments {
        for cluster in &mut clusters {
            if assignment.merged.iter().any(|merged| merged.0 == *cluster) {
                *cluster = assignment.story.0;
            }
        }
        for moved in &assignment.moved {
            if let Some(cluster) = clusters.get_mut(number(moved.article)) {
                *cluster = moved.to.0;
            }
        }
        clusters.push(assignment.story.0);
    }
    clusters.into_iter().map(number).collect()
}

fn number(number: u64) -> usize {
    usize::try_from(number).expect("sets are small")
}
