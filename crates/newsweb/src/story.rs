//! Articles, and wire stories: which outlets carry the same agency text, and how each edits it.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::dice::Dice;
use crate::text::{Writer, name};

const AGENCIES: [&str; 6] = ["AFP", "AP", "Reuters", "dpa", "ANSA", "EFE"];

/// One outlet's version of an article: what the page shows as its content.
pub(crate) struct Article {
    pub(crate) headline: String,
    pub(crate) byline: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) agency: Option<&'static str>,
}

/// The wire story in an article slot of an outlet, if that slot holds one.
///
/// The outlets, turned by the number of the slot, form groups of two to five; the outlets of a
/// group run the same story. So it can be asked either way without a table.
pub(crate) fn story_in(config: &Config, outlet: usize, article: u64) -> Option<u32> {
    let slot = wire_slot(config, article)?;
    let outlets = config.outlets as u64;
    let group = (outlet as u64 + slot) % outlets / (2 + slot % 4);
    u32::try_from(slot * outlets + group).ok()
}

/// The stories that at least two outlets run, each with its outlets and their articles.
pub(crate) fn stories(config: &Config) -> BTreeMap<u32, Vec<(usize, u64)>> {
    let mut found = BTreeMap::<u32, Vec<(usize, u64)>>::new();
    for article in 0..config.articles_per_outlet as u64 {
        for outlet in 0..config.outlets {
            if let Some(story) = story_in(config, outlet, article) {
                found.entry(story).or_default().push((outlet, article));
            }
        }
    }
    found.retain(|_, members| members.len() > 1);
    found
}

/// The agency and the headline under which a story was sent out.
pub(crate) fn original(config: &Config, story: u32) -> (&'static str, String) {
    let (mut writer, agency) = wire(config, story);
    (agency, writer.headline())
}

/// An outlet's version of a wire story: its own headline, cuts from the end, local paragraphs, and
/// one of the usual ways to credit the agency.
pub(crate) fn republished(config: &Config, story: u32, host: &str) -> Article {
    let (mut writer, agency) = wire(config, story);
    let mut edit = Dice::new(config.seed, "edit", host, u64::from(story));
    let mut headline = writer.headline();
    let total = 8 + u64::from(story) % 7;
    let mut paragraphs: Vec<String> = (0..total).map(|_| writer.paragraph()).collect();
    for _ in 0..edit.below(4) {
        headline = writer.headline();
    }
    let kept = usize::try_from(total - edit.below(total / 2)).unwrap_or(1);
    paragraphs.truncate(kept);
    let place = writer.place().to_owned();
    let credit = edit.below(3);
    paragraphs[0] = match credit {
        0 => format!("{} ({agency}) \u{2013} {}", place.to_uppercase(), paragraphs[0]),
        1 => format!("{}, ({agency}) - {}", place.to_uppercase(), paragraphs[0]),
        _ => paragraphs[0].clone(),
    };
    let mut local = Writer::new(Dice::new(config.seed, "local", host, u64::from(story)));
    for _ in 0..edit.below(3) {
        let at = 1 + edit.index(paragraphs.len());
        paragraphs.insert(at, local.paragraph());
    }
    if credit == 2 || edit.chance(0.3) {
        paragraphs.push(format!("\u{a9} {agency}"));
    }
    let byline = if credit == 0 { agency.to_owned() } else { reporter(&mut edit, agency) };
    Article { headline, byline, paragraphs, agency: Some(agency) }
}

/// An article of a site's own.
pub(crate) fn own(config: &Config, host: &str, article: u64) -> Article {
    let mut dice = Dice::new(config.seed, "byline", host, article);
    let mut writer = Writer::new(Dice::new(config.seed, "article", host, article));
    let headline = writer.headline();
    let paragraphs = (0..5 + dice.below(11)).map(|_| writer.paragraph()).collect();
    let byline = format!("{} {}", name(&mut dice), name(&mut dice));
    Article { headline, byline, paragraphs, agency: None }
}

/// The headline that stands in an article's URL.
pub(crate) fn url_headline(config: &Config, host: &str, article: u64) -> String {
    Writer::new(Dice::new(config.seed, "article", host, article)).headline()
}

fn wire(config: &Config, story: u32) -> (Writer, &'static str) {
    let mut dice = Dice::new(config.seed, "wire", "", u64::from(story));
    let agency = dice.pick(&AGENCIES);
    (Writer::new(dice), agency)
}

fn reporter(dice: &mut Dice, agency: &str) -> String {
    format!("{} {}, {agency}", name(dice), name(dice))
}

/// Which of the wire slots of its outlet an article is, if it is one.
fn wire_slot(config: &Config, article: u64) -> Option<u64> {
    // Thousandths, so that the share is spread evenly without rounding that differs by machine.
    let share = (0..=1_000_u64).rfind(|n| *n as f64 <= config.wire_share * 1_000.0)?;
    let (before, after) = (article * share / 1_000, (article + 1) * share / 1_000);
    (after > before).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config { articles_per_outlet: 20, ..Config::news(10) }
    }

    #[test]
    fn every_story_has_two_to_five_outlets_and_no_article_is_in_two() {
        let config = config();
        let found = stories(&config);
        assert!(found.len() >= 10, "{}", found.len());
        let mut seen = std::collections::HashSet::new();
        for members in found.values() {
            assert!((2..=5).contains(&members.len()));
            for member in members {
                assert!(seen.insert(*member));
            }
        }
    }

    #[test]
    fn versions_share_the_lede_and_credit_the_agency() {
        let config = config();
        for story in stories(&config).into_keys() {
            let (agency, _) = original(&config, story);
            let one = republished(&config, story, "outlet-001.test");
            let other = republished(&config, story, "outlet-002.test");
            let tail = |article: &Article| {
                article.paragraphs[0].chars().rev().take(60).collect::<String>()
            };
            assert_eq!(tail(&one), tail(&other));
            let whole = format!("{} {}", one.byline, one.paragraphs.join(" "));
            assert!(whole.contains(agency), "{whole}");
        }
    }

    #[test]
    fn the_share_of_wire_stories_is_kept() {
        let config = Config { wire_share: 0.3, articles_per_outlet: 1_000, ..Config::news(4) };
        let wire = (0..1_000).filter(|n| story_in(&config, 0, *n).is_some()).count();
        assert_eq!(wire, 300);
    }
}
