//! The stories that the demo's crawl has found, beside those that its web knows of.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Result;
use newsweb::Truth;
use story::store::{FILE, Query, Store, Story};

use crate::out::line;
use crate::units;

/// Stories that are shown.
const SHOWN: usize = 5;

/// Outlets of a story that are named.
const OUTLETS_SHOWN: usize = 4;

/// How the stories that were found agree with the truth, by pairs of pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreement {
    /// Pairs that are of one story and were put into one.
    pub(super) right: u64,
    /// Pairs that were put into one story and are not of one.
    pub(super) wrong: u64,
    /// Pairs of one story that were not put into one.
    pub(super) missed: u64,
}

impl Agreement {
    fn precision(self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    fn recall(self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    /// Compares the stories of pages: `truth` and `found` name the story of each.
    fn of<T: Eq + std::hash::Hash, F: Eq + std::hash::Hash>(
        pages: impl Iterator<Item = (T, F)>,
    ) -> Self {
        let (mut truth, mut found, mut both) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (number, (t, f)) in pages.enumerate() {
            let (t, f) = (number_of(&mut truth, t, number), number_of(&mut found, f, number));
            *both.entry((t, f)).or_insert(0_u64) += 1;
        }
        let sum = |key: fn(&(usize, usize)) -> usize| {
            let mut sums = HashMap::<usize, u64>::new();
            for (place, count) in &both {
                *sums.entry(key(place)).or_default() += count;
            }
            sums.into_values().map(pairs).sum::<u64>()
        };
        let right = both.values().copied().map(pairs).sum();
        Self { right, wrong: sum(|key| key.1) - right, missed: sum(|key| key.0) - right }
    }
}

/// The number under which a name was first seen.
fn number_of<K: Eq + std::hash::Hash>(
    names: &mut HashMap<K, usize>,
    name: K,
    number: usize,
) -> usize {
    *names.entry(name).or_insert(number)
}

fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Compares the stories of a data directory with the truth. Pages that were to be fetched count,
/// and of those without a story the ones that were taken for articles; a page without an article is
/// a story of its own.
pub(super) fn agreement(store: &Store, truth: &Truth) -> Result<Agreement> {
    let documents = store.documents_after(0, usize::MAX)?;
    let found: HashMap<&str, u64> = documents.iter().map(|d| (&*d.url, d.story.0)).collect();
    let known = truth.pages.iter().filter(|page| page.expected());
    let pages = known.filter(|page| page.story.is_some() || found.contains_key(&*page.url));
    Ok(Agreement::of(pages.map(|page| {
        let own = page.duplicate_of.as_ref().unwrap_or(&page.url);
        let in_truth = page.story.ok_or(own);
        (in_truth, found.get(&*page.url).copied().ok_or(&page.url))
    })))
}

/// Prints what was found.
pub(super) fn print(data: &Path, truth: &Truth) -> Result<()> {
    let path = data.join(FILE);
    let store = Store::open(&path)?;
    let agreement = agreement(&store, truth)?;
    line!("\nWhich stories it found ({})", path.display())?;
    let held = store.held()?;
    line!(
        "  {} of {} run by two outlets and more; the web knows of {}",
        units::count(held.shared),
        units::plural(held.documents, "article"),
        truth.stories.len()
    )?;
    line!(
        "  of pages put together {:.1} % belong together, of those that belong together {:.1} % \
            were found ({})",
        agreement.precision() * 100.0,
        agreement.recall() * 100.0,
        units::plural(agreement.right + agreement.missed, "pair")
    )?;
    let query = Query { outlets_min: 2, ..Query::default() };
    for found in store.stories(&query, SHOWN)?.stories {
        print_one(&store, &found)?;
    }
    Ok(())
}

fn print_one(store: &Store, found: &Story) -> Result<()> {
    let headline = found.headline.as_deref().unwrap_or("(no headline)");
    let agency = found.agency.as_deref().unwrap_or("no agency");
    line!("  {agency}: {headline}")?;
    let mut named = HashSet::new();
    let members = store.members(found.id)?;
    let mut words: Vec<String> = Vec::new();
    for member in members.iter().filter(|member| named.insert(member.outlet.clone())) {
        let how = if words.is_empty() { "published first" } else { member.kind.as_str() };
        words.push(format!("{} ({how})", member.outlet));
    }
    let more = words.len().saturating_sub(OUTLETS_SHOWN);
    words.truncate(OUTLETS_SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    line!("    {}{more}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_right_wrong_or_missed() {
        // Two stories of three and two; one page of the first is with the second.
        let pages = [("a", 1), ("a", 1), ("a", 2), ("b", 2), ("b", 2), ("c", 3)];
        let found = Agreement::of(pages.into_iter());
        assert_eq!(found, Agreement { right: 2, wrong: 2, missed: 2 });
        assert!((found.precision() - 0.5).abs() < 1e-9 && (found.recall() - 0.5).abs() < 1e-9);
        assert_eq!(Agreement::of([("a", 1), ("b", 2)].into_iter()), Agreement::default());
    }
}
