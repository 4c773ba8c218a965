//! The words: sentences, names and places, different from article to article.

use crate::dice::Dice;

const TOPICS: [[&str; 14]; 8] = [
    [
        "budget",
        "tax",
        "deficit",
        "ministry",
        "bond",
        "pension",
        "subsidy",
        "inflation",
        "levy",
        "auditor",
        "treasury",
        "surplus",
        "spending",
        "coupon",
    ],
    [
        "river",
        "dam",
        "flood",
        "embankment",
        "rainfall",
        "valley",
        "reservoir",
        "ferry",
        "current",
        "delta",
        "bridge",
        "sluice",
        "drought",
        "harbour",
    ],
    [
        "match",
        "striker",
        "coach",
        "league",
        "stadium",
        "penalty",
        "goalkeeper",
        "tournament",
        "injury",
        "transfer",
        "referee",
        "derby",
        "medal",
        "relay",
    ],
    [
        "court",
        "judge",
        "verdict",
        "appeal",
        "witness",
        "prosecutor",
        "statute",
        "jury",
        "hearing",
        "lawsuit",
        "defendant",
        "testimony",
        "bail",
        "ruling",
    ],
    [
        "hospital",
        "nurse",
        "vaccine",
        "clinic",
        "surgeon",
        "ward",
        "outbreak",
        "trial",
        "dose",
        "patient",
        "virus",
        "therapy",
        "ambulance",
        "screening",
    ],
    [
        "satellite",
        "launch",
        "engine",
        "orbit",
        "sensor",
        "laboratory",
        "antenna",
        "telescope",
        "prototype",
        "battery",
        "reactor",
        "robot",
        "algorithm",
        "chip",
    ],
    [
        "festival",
        "gallery",
        "orchestra",
        "novel",
        "director",
        "theatre",
        "painting",
        "premiere",
        "sculpture",
        "choir",
        "museum",
        "ballet",
        "archive",
        "poet",
    ],
    [
        "election",
        "senator",
        "coalition",
        "ballot",
        "mayor",
        "treaty",
        "envoy",
        "parliament",
        "campaign",
        "referendum",
        "cabinet",
        "opposition",
        "summit",
        "decree",
    ],
];
const COMMON: [&str; 40] = [
    "report",
    "plan",
    "offer",
    "meeting",
    "statement",
    "decision",
    "delay",
    "letter",
    "agreement",
    "figure",
    "survey",
    "claim",
    "warning",
    "review",
    "proposal",
    "question",
    "answer",
    "project",
    "visit",
    "protest",
    "route",
    "record",
    "promise",
    "demand",
    "estimate",
    "vote",
    "notice",
    "opening",
    "closure",
    "search",
    "contract",
    "permit",
    "dispute",
    "forecast",
    "rescue",
    "inquiry",
    "repair",
    "merger",
    "strike",
    "debate",
];
const VERBS: [&str; 40] = [
    "rejected",
    "approved",
    "described",
    "delayed",
    "questioned",
    "welcomed",
    "published",
    "withdrew",
    "defended",
    "opened",
    "examined",
    "expanded",
    "cancelled",
    "praised",
    "blocked",
    "announced",
    "revised",
    "measured",
    "ignored",
    "supported",
    "criticised",
    "completed",
    "lost",
    "shared",
    "repeated",
    "sought",
    "won",
    "challenged",
    "adopted",
    "reduced",
    "doubled",
    "postponed",
    "explained",
    "inspected",
    "halted",
    "restored",
    "financed",
    "abandoned",
    "confirmed",
    "denied",
];
const ADJECTIVES: [&str; 40] = [
    "quiet",
    "northern",
    "costly",
    "unexpected",
    "public",
    "narrow",
    "early",
    "local",
    "disputed",
    "modest",
    "heavy",
    "broad",
    "foreign",
    "final",
    "private",
    "annual",
    "rural",
    "rapid",
    "minor",
    "senior",
    "unusual",
    "coastal",
    "joint",
    "temporary",
    "secret",
    "lengthy",
    "partial",
    "urgent",
    "historic",
    "fragile",
    "popular",
    "strict",
    "empty",
    "modern",
    "regional",
    "formal",
    "steep",
    "bitter",
    "hopeful",
    "crowded",
];
const TIMES: [&str; 16] = [
    "on Monday",
    "on Tuesday",
    "on Wednesday",
    "on Thursday",
    "on Friday",
    "late on Saturday",
    "early on Sunday",
    "last week",
    "this month",
    "after midnight",
    "before dawn",
    "this spring",
    "in the autumn",
    "within hours",
    "for the second time",
    "at the weekend",
];
const SYLLABLES: [&str; 32] = [
    "ba", "den", "kor", "li", "mar", "no", "pel", "ra", "sil", "tor", "ve", "wen", "zan", "ol",
    "ith", "gar", "hu", "jas", "dro", "fel", "min", "qua", "rus", "tam", "ul", "vor", "yel",
    "ston", "bri", "cla", "esk", "ona",
];
const CYRILLIC: [&str; 20] = [
    "город",
    "река",
    "совет",
    "новости",
    "решение",
    "вчера",
    "сегодня",
    "министр",
    "бюджет",
    "школа",
    "мост",
    "поезд",
    "жители",
    "сообщил",
    "открыли",
    "большой",
    "новый",
    "после",
    "через",
    "снова",
];
const JAPANESE: [&str; 16] = [
    "新聞",
    "東京",
    "大臣",
    "予算",
    "川",
    "橋",
    "学校",
    "発表した",
    "会議で",
    "昨日",
    "今日は",
    "新しい",
    "住民は",
    "列車が",
    "天気",
    "午後",
];

/// Who and what an article is about; its sentences draw on it.
pub(crate) struct Writer {
    dice: Dice,
    topic: usize,
    people: [String; 3],
    places: [String; 2],
    body: String,
}

impl Writer {
    /// A writer whose words depend on the dice alone.
    pub(crate) fn new(mut dice: Dice) -> Self {
        let topic = dice.index(TOPICS.len());
        let people = std::array::from_fn(|_| format!("{} {}", name(&mut dice), name(&mut dice)));
        let places = std::array::from_fn(|_| name(&mut dice));
        let body = name(&mut dice);
        Self { dice, topic, people, places, body }
    }

    /// The place that the article is datelined from.
    pub(crate) fn place(&self) -> &str {
        &self.places[0]
    }

    /// A headline; each call makes another about the same things.
    pub(crate) fn headline(&mut self) -> String {
        let (adjective, noun) = (self.adjective(), self.noun());
        let (verb, common) = (self.dice.pick(&VERBS), self.dice.pick(&COMMON));
        let (place, person) = (self.places[0].clone(), self.people[0].clone());
        match self.dice.below(5) {
            0 => format!("{place} {verb} {adjective} {noun} {common}"),
            1 => format!("{person} {verb} {noun} {common} in {place}"),
            2 => format!("{} {noun} {common} {verb} after {place} visit", capital(adjective)),
            3 => format!("How {place} {verb} its {adjective} {noun}"),
            _ => format!("{} {common}: {person} and the {adjective} {noun}", capital(self.noun())),
        }
    }

    /// A paragraph of three to six sentences.
    pub(crate) fn paragraph(&mut self) -> String {
        let sentences = 3 + self.dice.below(4);
        let parts: Vec<String> = (0..sentences).map(|_| self.sentence()).collect();
        parts.join(" ")
    }

    fn sentence(&mut self) -> String {
        let (mild, thing, act) = (self.adjective(), self.noun(), self.dice.pick(&COMMON));
        let (other, harsh, did) = (self.noun(), self.adjective(), self.dice.pick(&VERBS));
        let (when, number) = (self.dice.pick(&TIMES), 2 + self.dice.below(980));
        let person = self.people[self.dice.index(3)].clone();
        let place = self.places[self.dice.index(2)].clone();
        let body = self.body.clone();
        match self.dice.below(12) {
            0 => format!("The {mild} {thing} {act} {did} the {other} of {place} {when}."),
            1 => format!(
                "{person} {did} a {mild} {act} about the {thing} {when}, and {body} agreed."
            ),
            2 => format!(
                "\u{201c}No {thing} is {mild} for us,\u{201d} said {person}, whose {other} {act} \
                 {did} {place}."
            ),
            3 => format!(
                "In {place}, {number} people saw how the {harsh} {other} {did} every {thing} {act}."
            ),
            4 => format!(
                "{person} told the {body} group that a {thing} {act} would be {mild} {when}."
            ),
            5 => format!(
                "It was the {mild} part of a {act} that {body} {did} {when} with {number} {other}s."
            ),
            6 => format!(
                "Neither the {thing} nor the {harsh} {other} {did} what {person} called a {mild} \
                 {act}."
            ),
            7 => format!(
                "{} percent of the {other} {act} went to {place}, where the {mild} {thing} \
                 {did} it.",
                number % 100
            ),
            8 => format!(
                "{}, the {act} of {person} {did} {number} {thing}s near {place}.",
                capital(when)
            ),
            9 => format!(
                "Critics of {body} {did} the {mild} {other}, which a {harsh} {act} had made {when}."
            ),
            10 => format!(
                "As the {thing} in {place} {did}, its {mild} {act} cost {number} million {when}."
            ),
            _ => format!(
                "{person}, who {did} the {harsh} {thing} {act}, expects {number} {other}s in \
                 {place}."
            ),
        }
    }

    fn noun(&mut self) -> &'static str {
        self.dice.pick(&TOPICS[self.topic])
    }

    fn adjective(&mut self) -> &'static str {
        self.dice.pick(&ADJECTIVES)
    }
}

/// A name of a person, a place or a company.
pub(crate) fn name(dice: &mut Dice) -> String {
    let syllables = 2 + dice.below(2);
    capital(&(0..syllables).map(|_| dice.pick(&SYLLABLES)).collect::<String>())
}

/// A paragraph in Russian words.
pub(crate) fn cyrillic(dice: &mut Dice) -> String {
    (0..40).map(|_| dice.pick(&CYRILLIC)).collect::<Vec<_>>().join(" ") + "."
}

/// A paragraph in Japanese words.
pub(crate) fn japanese(dice: &mut Dice) -> String {
    (0..40).map(|_| dice.pick(&JAPANESE)).collect::<String>() + "。"
}

/// A headline as it stands in a URL: lower-case words joined by hyphens.
pub(crate) fn slug(headline: &str) -> String {
    let words = headline.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    let mut slug = String::with_capacity(headline.len());
    for word in words {
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    }
    slug
}

/// A headline without an article: costs much less than a [`Writer`].
pub(crate) fn headline(dice: &mut Dice) -> String {
    let topic = &TOPICS[dice.index(TOPICS.len())];
    let (place, noun) = (name(dice), dice.pick(topic));
    let (verb, adjective) = (dice.pick(&VERBS), dice.pick(&ADJECTIVES));
    let common = dice.pick(&COMMON);
    match dice.below(3) {
        0 => format!("{place} {verb} {adjective} {noun} {common}"),
        1 => format!("How {place} {verb} its {adjective} {noun}"),
        _ => format!("{place}: {adjective} {noun} {common} {verb}"),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |c| c.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn five_words(text: &str) -> HashSet<Vec<&str>> {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.windows(5).map(<[&str]>::to_vec).collect()
    }

    fn article(number: u64) -> String {
        let mut writer = Writer::new(Dice::new(3, "text", "a.test", number));
        (0..10).map(|_| writer.paragraph()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn two_articles_share_next_to_no_run_of_five_words() {
        let (one, other) = (article(1), article(2));
        let (one, other) = (five_words(&one), five_words(&other));
        assert!(one.len() > 300, "{}", one.len());
        let shared = one.intersection(&other).count();
        assert!(shared * 50 < one.len(), "{shared} of {}", one.len());
    }

    #[test]
    fn the_same_article_is_the_same() {
        assert_eq!(article(4), article(4));
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug("How Denkor's \u{201c}tax\u{201d} won: 3"), "how-denkor-s-tax-won-3");
    }
}
