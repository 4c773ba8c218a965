//! A set of republished stories amid their outlets' furniture.

use fastrand::Rng;
use serde_json::{Value, json};

use super::super::data::{Labelled, Set};
use super::edit::{self, Paragraphs};
use super::texts::{self, Passage};

/// Outlets of a set.
const OUTLETS: usize = 14;
/// Passages taken away from the stories: their sentences are local reporting and furniture.
const LOCAL_PASSAGES: usize = 12;
/// Passages whose halves are two reports around one quotation.
const QUOTING_PASSAGES: usize = 5;

/// What is done to a text, and how it is called in the report.
const EDITS: [&str; 12] = [
    "verbatim",
    "cut",
    "middle",
    "local",
    "cut+local",
    "middle+local",
    "lede",
    "credit",
    "spelling",
    "noise",
    "update",
    "cut",
];

/// A text, who publishes it, which story it is, what was done to it.
struct Piece {
    paragraphs: Paragraphs,
    outlet: usize,
    story: Option<usize>,
    made: &'static str,
}

/// The world of a set.
struct World<'a> {
    language: &'a str,
    rng: Rng,
    stories: Vec<Paragraphs>,
    quoting: Vec<Paragraphs>,
    /// Sentences, of which paragraphs are made anew each time.
    local: Vec<String>,
    /// What each outlet puts above and below everything.
    furniture: Vec<(Vec<String>, Vec<String>)>,
}

/// Makes the set of a language with at most so many stories.
pub fn set(language: &str, seed: u64, stories_max: usize) -> Set {
    let mut world = World::new(language, seed);
    world.stories.truncate(stories_max);
    let mut pieces = Vec::new();
    for story in 0..world.stories.len() {
        pieces.extend(world.story(story));
    }
    let digests = world.stories.len() / 6;
    pieces.extend((0..digests).map(|_| world.digest()));
    while let Some(passage) = world.quoting.pop() {
        pieces.extend(world.quoted(&passage));
    }
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    world.rng.shuffle(&mut order);
    let mut texts = Vec::new();
    for (n, place) in order.into_iter().enumerate() {
        texts.push(world.publish(&pieces[place], n));
    }
    Set::new(&format!("stress-{language}"), texts)
}

impl<'a> World<'a> {
    fn new(language: &'a str, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut passages = texts::of(language);
        rng.shuffle(&mut passages);
        let mut rest = passages.split_off(LOCAL_PASSAGES.min(passages.len()));
        let stories = rest.split_off(QUOTING_PASSAGES.min(rest.len()));
        let local: Vec<String> = passages.into_iter().flat_map(|p| p.paragraphs).collect();
        let local = local.iter().flat_map(|text| edit::sentences(text));
        let long = |text: &&str| text.trim().chars().count() > 15;
        let local: Vec<String> = local.filter(long).map(|text| text.trim().to_owned()).collect();
        let paragraphs =
            |passages: Vec<Passage>| passages.into_iter().map(|p| p.paragraphs).collect();
        let mut world = Self {
            language,
            rng,
            stories: paragraphs(stories),
            quoting: paragraphs(rest),
            local,
            furniture: Vec::new(),
        };
        for _ in 0..OUTLETS {
            let above = world.local(1);
            let below = vec![world.local(3), world.local(2)];
            world.furniture.push((vec![above], below));
        }
        world
    }

    /// A paragraph of so many sentences that stand in no story.
    fn local(&mut self, sentences: usize) -> String {
        let gap = if edit::is_spaceless(self.language) { "" } else { " " };
        let chosen: Vec<&str> = (0..sentences)
            .map(|_| self.local[self.rng.usize(..self.local.len())].as_str())
            .collect();
        chosen.join(gap)
    }

    /// The wire text and what outlets make of it.
    fn story(&mut self, story: usize) -> Vec<Piece> {
        let mut outlets: Vec<usize> = (0..OUTLETS).collect();
        self.rng.shuffle(&mut outlets);
        let text = self.stories[story].clone();
        let first = outlets[0];
        let mut pieces = vec![Piece {
            paragraphs: text.clone(),
            outlet: first,
            story: Some(story),
            made: "wire",
        }];
        for outlet in outlets.into_iter().skip(1).take(3 + self.rng.usize(..3)) {
            let made = EDITS[self.rng.usize(..EDITS.len())];
            let paragraphs = self.edited(text.clone(), made);
            // An update comes from the outlet that has the earlier version, or from another one.
            let outlet = if made == "update" && self.rng.bool() { first } else { outlet };
            pieces.push(Piece { paragraphs, outlet, story: Some(story), made });
        }
        pieces
    }

    fn edited(&mut self, mut text: Paragraphs, made: &str) -> Paragraphs {
        let language = self.language;
        let share = 0.25 + self.rng.f64() * 0.5;
        let local = 0.2 + self.rng.f64() * 0.3;
        let start = self.rng.f64() * (1.0 - share);
        match made {
            "cut" | "cut+local" => text = edit::part(&text, (0.0, share), language),
            "middle" | "middle+local" => text = edit::part(&text, (start, start + share), language),
            "lede" => {
                text[0] = self.local(2);
                text.insert(0, edit::headline(&self.stories[0], language));
            }
            "credit" => {
                text.push("(AFP) © 2026 AFP. The agency contributed to this report.".into());
            }
            "spelling" if language == "en" => edit::respell(&mut text),
            "spelling" | "noise" => {
                let share = 0.01 + self.rng.f64() * 0.04;
                edit::noise(&mut text, share, language, &mut self.rng);
            }
            "update" => {
                let last = text.len() - 1;
                text[last] = self.local(3);
                let more = self.local(3);
                text.insert(1, more);
            }
            _ => {}
        }
        if made == "local" || made.ends_with("+local") {
            let own: usize = text.iter().map(|text| edit::length(text, language)).sum();
            self.insert(&mut text, own as f64 * local / (1.0 - local));
        }
        text
    }

    /// The beginnings of several stories one after the other.
    fn digest(&mut self) -> Piece {
        let mut paragraphs = Vec::new();
        let items = 3 + self.rng.usize(..3);
        let mut stories: Vec<usize> = (0..self.stories.len()).collect();
        self.rng.shuffle(&mut stories);
        for story in stories.into_iter().take(items) {
            let share = 0.3 + self.rng.f64() * 0.4;
            paragraphs.extend(edit::part(&self.stories[story], (0.0, share), self.language));
        }
        let outlet = self.rng.usize(..OUTLETS);
        Piece { paragraphs, outlet, story: None, made: "digest" }
    }

    /// Puts so much local text between the paragraphs of another.
    fn insert(&mut self, text: &mut Paragraphs, wanted: f64) {
        let mut added = 0.0;
        while added < wanted {
            let sentences = 1 + self.rng.usize(..3);
            let paragraph = self.local(sentences);
            added += edit::length(&paragraph, self.language) as f64;
            text.insert(self.rng.usize(..=text.len()), paragraph);
        }
    }

    /// Two reports that quote the same speech at length.
    fn quoted(&mut self, passage: &[String]) -> [Piece; 2] {
        let speech = self.local(5);
        let speech = if edit::is_spaceless(self.language) {
            format!("「{}」", speech.replace(['「', '」'], ""))
        } else {
            format!("“{}”", speech.replace(['“', '”', '"', '„', '«', '»'], ""))
        };
        let middle = passage.len() / 2;
        [&passage[..middle], &passage[middle..]].map(|half| {
            let mut paragraphs = half.to_vec();
            paragraphs.insert(1.min(half.len()), speech.clone());
            let outlet = self.rng.usize(..OUTLETS);
            Piece { paragraphs, outlet, story: None, made: "quote" }
        })
    }

    /// A page of an outlet: its furniture, links to other stories, the text.
    fn publish(&mut self, piece: &Piece, n: usize) -> Labelled {
        let (above, below) = self.furniture[piece.outlet].clone();
        let links = (0..4).map(|_| {
            let story = self.rng.usize(..self.stories.len());
            edit::headline(&self.stories[story], self.language)
        });
        let links: Vec<String> = links.collect();
        let paragraphs = [above, piece.paragraphs.clone(), links, below].concat();
        let site = format!("outlet-{:02}.example", piece.outlet);
        Labelled {
            id: json!(n),
            text: paragraphs.join("\n"),
            cluster: piece.story.map(|story| Value::String(format!("story-{story}"))),
            url: Some(format!("https://{site}/{n}")),
            site: Some(site),
            date: None,
            made: piece.made,
        }
    }
}
