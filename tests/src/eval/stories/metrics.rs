//! Figures of a clustering beside the labels.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

/// How well clusters agree with labels; all between 0 and 1 but the counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// Of the pairs that were joined, the share that belongs together.
    pub precision: f64,
    /// Of the pairs that belong together, the share that was joined.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Adjusted Rand index.
    pub ari: f64,
    /// F1 of B-cubed precision and recall, by document.
    pub b_cubed: f64,
    /// Pairs joined rightly.
    pub right: usize,
    /// Pairs joined wrongly.
    pub wrong: usize,
    /// Pairs not joined that belong together.
    pub missed: usize,
}

/// Compares clusters with labels; unsure pairs (the smaller number first) count in neither way.
#[expect(clippy::implicit_hasher, reason = "sets of pairs come from one place")]
pub fn agreement(found: &[usize], labels: &[usize], unsure: &HashSet<(usize, usize)>) -> Agreement {
    let joined = pairs(found);
    let labelled = pairs(labels);
    let sure = |pair: &&(usize, usize)| !unsure.contains(*pair);
    let right = joined.iter().filter(sure).filter(|(a, b)| labels[*a] == labels[*b]).count();
    let wrong = joined.iter().filter(sure).count() - right;
    let missed = labelled.iter().filter(sure).count() - right;
    let precision = share(right, right + wrong);
    let recall = share(right, right + missed);
    Agreement {
        precision,
        recall,
        f1: mean(precision, recall),
        ari: ari(found, labels),
        b_cubed: b_cubed(found, labels),
        right,
        wrong,
        missed,
    }
}

/// Of nothing, all.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn mean(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}

fn groups(of: &[usize]) -> HashMap<usize, Vec<usize>> {
    let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
    for (n, group) in of.iter().enumerate() {
        groups.entry(*group).or_default().push(n);
    }
    groups
}

/// All pairs within groups, the smaller number first.
pub fn pairs(of: &[usize]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for members in groups(of).values() {
        for (n, a) in members.iter().enumerate() {
            pairs.extend(members[n + 1..].iter().map(|b| (*a, *b)));
        }
    }
    pairs
}

fn ari(found: &[usize], labels: &[usize]) -> f64 {
    let choose = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
    let sum = |of: &[usize]| groups(of).values().map(|members| choose(members.len())).sum::<f64>();
    let mut both: HashMap<(usize, usize), usize> = HashMap::new();
    for cell in found.iter().copied().zip(labels.iter().copied()) {
        *both.entry(cell).or_default() += 1;
    }
    let index: f64 = both.values().map(|n| choose(*n)).sum();
    let (a, b) = (sum(found), sum(labels));
    let expected = a * b / choose(found.len()).max(1.0);
    let most = f64::midpoint(a, b);
    if (most - expected).abs() < f64::EPSILON {
        1.0
    } else {
        (index - expected) / (most - expected)
    }
}

fn b_cubed(found: &[usize], labels: &[usize]) -> f64 {
    let (clusters, stories) = (groups(found), groups(labels));
    let (mut precision, mut recall) = (0.0, 0.0);
    for n in 0..found.len() {
        let cluster = &clusters[&found[n]];
        let both = cluster.iter().filter(|other| labels[**other] == labels[n]).count();
        precision += share(both, cluster.len());
        recall += share(both, stories[&labels[n]].len());
    }
    let documents = found.len().max(1) as f64;
    mean(precision / documents, recall / documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_clustering_has_ones() {
        let found = agreement(&[7, 7, 3, 4, 4, 4], &[0, 0, 1, 2, 2, 2], &HashSet::new());
        assert_eq!((found.precision, found.recall, found.f1), (1.0, 1.0, 1.0));
        assert!((found.ari - 1.0).abs() < 1e-9 && (found.b_cubed - 1.0).abs() < 1e-9);
    }

    #[test]
    fn wrong_and_missed_pairs_count_unless_they_are_unsure() {
        let (found, labels) = ([0, 0, 0, 1], [0, 0, 1, 1]);
        let none = agreement(&found, &labels, &HashSet::new());
        assert_eq!((none.right, none.wrong, none.missed), (1, 2, 1));
        let unsure = HashSet::from([(0, 2), (2, 3)]);
        let some = agreement(&found, &labels, &unsure);
        assert_eq!((some.right, some.wrong, some.missed), (1, 1, 0));
    }
}
