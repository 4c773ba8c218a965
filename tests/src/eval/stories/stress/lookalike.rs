//! Texts that look alike and are no republication of one another: all labels differ.

use std::fmt::Write as _;

use fastrand::Rng;
use serde_json::json;

use super::super::data::{Labelled, Set};
use super::forms::{self, FORMS, Form};
use super::{edit, texts};

/// Texts of each form.
const OF_FORM: usize = 40;
/// Outlets that publish them.
const OUTLETS: usize = 8;

/// Makes the set.
pub fn set(seed: u64) -> Set {
    let mut rng = Rng::with_seed(seed ^ 0x5EED);
    let mut texts: Vec<Labelled> = Vec::new();
    for form in &FORMS {
        for _ in 0..OF_FORM {
            texts.push(labelled(form.fill(&mut rng), form.name, rng.usize(..OUTLETS)));
        }
    }
    for _ in 0..1 {
        let [first, second] = forms::event(&mut rng);
        texts.push(labelled(first, "event", rng.usize(..OUTLETS / 2)));
        texts.push(labelled(second, "event", OUTLETS / 2 + rng.usize(..OUTLETS / 2)));
    }
    texts.extend(galleries(&mut rng));
    rng.shuffle(&mut texts);
    for (n, text) in texts.iter_mut().enumerate() {
        text.id = json!(n);
        let site = text.site.clone().unwrap_or_default();
        text.url = Some(format!("https://{site}/{n}"));
    }
    Set::new("lookalikes", texts)
}

impl Form {
    fn fill(&self, rng: &mut Rng) -> String {
        forms::fill(self, rng)
    }
}

fn labelled(text: String, made: &'static str, outlet: usize) -> Labelled {
    let site = Some(format!("outlet-{outlet:02}.example"));
    Labelled { text, site, made, ..Labelled::default() }
}

/// Captions beside the same box of links, which changes every dozen pages.
fn galleries(rng: &mut Rng) -> Vec<Labelled> {
    let passages = texts::of("en");
    let mut galleries = Vec::new();
    for n in 0..OF_FORM * 2 {
        let outlet = n % OUTLETS;
        let own = &passages[n % passages.len()].paragraphs;
        let first = edit::sentences(&own[0]).into_iter().take(2).collect::<String>();
        let mut text = format!("{first}\n{}", edit::sentences(&own[1]).concat());
        for link in 0..10 {
            let story = (n / (OUTLETS * 3) * 10 + link + outlet * 7) % passages.len();
            text.push('\n');
            text.push_str(&edit::headline(&passages[story].paragraphs, "en"));
        }
        let _ = write!(text, "\nPhoto {} of {}", rng.u8(1..9), rng.u8(9..30));
        galleries.push(labelled(text, "gallery", outlet));
    }
    galleries
}
