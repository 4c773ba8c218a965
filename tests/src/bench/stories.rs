//! What recognising stories costs: articles a second on one core, bytes of the index for each, and
//! how long one takes.
//!
//! Articles are made from a seed when they are needed, also when the engine asks for an older one:
//! none is stored, so that ten million fit. Times are the CPU's, without what making them takes.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of small numbers"
)]

use std::sync::Arc;

use crawl::UnixMicros;
use fastrand::Rng;
use serde::Serialize;
use story::{Article, Config, Figures, Hints, Stories, Texts, TextsError};

/// Words of an article.
const WORDS: usize = 400;
/// Words of the language.
const VOCABULARY: usize = 60_000;
/// Articles that are made before the clock starts, so that making them is not measured.
const BATCH: u64 = 2_000;
/// A copy is of one of so many articles before it.
const RECENT: u64 = 50_000;
/// Seconds between articles: a million a day.
const PACE_MICROS: i64 = 86_400;

/// How large the run is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Articles in the index when it is measured, in ascending order.
    pub at: &'static [u64],
    /// Articles of each measured stretch.
    pub measured: u64,
    /// Outlets that publish them.
    pub outlets: u64,
}

/// The run that is asked for, and the one for a quick look.
pub const FULL: Size = Size { at: &[1_000_000, 10_000_000], measured: 100_000, outlets: 20_000 };
/// A hundredth of it.
pub const SMALL: Size = Size { at: &[10_000, 100_000], measured: 10_000, outlets: 500 };

/// What was measured at one size of the index.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// Articles in the index.
    pub documents: u64,
    /// Stories of several among them.
    pub stories: u64,
    /// What the index holds.
    pub figures: Figures,
    /// Bytes of the index for each article.
    pub bytes_per_document: f64,
    /// Articles a second where none matches.
    pub fresh_per_s: f64,
    /// Articles a second where 30 % are republished, with all comparisons.
    pub mixed_per_s: f64,
    /// Share of the republished ones that were recognised.
    pub recognised: f64,
    /// Microseconds that an assignment of the mixed stretch took: median, 99 %, the longest.
    pub micros: [f64; 3],
}

/// A made world of articles.
struct World {
    words: Vec<String>,
    outlets: u64,
}

impl World {
    fn new(outlets: u64) -> Self {
        let mut rng = Rng::with_seed(7);
        let syllables =
            ["ka", "lo", "men", "ti", "sur", "ve", "dan", "pri", "o", "gel", "ra", "ni"];
        let word = |_| {
            let count = 1 + rng.usize(..4);
            (0..count).map(|_| syllables[rng.usize(..syllables.len())]).collect()
        };
        Self { words: (0..VOCABULARY).map(word).collect(), outlets }
    }

    /// Frequent words are frequent: the cube of an even number.
    fn sentence(&self, rng: &mut Rng, words: usize, to: &mut String) {
        for n in 0..words {
            let share = rng.f64();
            let word = &self.words[(share * share * share * VOCABULARY as f64) as usize];
            let at = to.len();
            to.push_str(word);
            if n % 9 == 4 {
                to[at..=at].make_ascii_uppercase();
            }
            to.push(' ');
        }
        to.push('.');
    }

    /// The article whose text this one has: itself, or one before it. Numbers from `FRESH` on are
    /// nobody's copies.
    fn original(id: u64) -> u64 {
        let mut id = id;
        loop {
            let mut rng = Rng::with_seed(id ^ 0xC0FF_EE00);
            if id >= FRESH || id == 0 || rng.f64() >= 0.3 {
                return id;
            }
            id -= 1 + rng.u64(..RECENT.min(id));
        }
    }

    /// The text of an article: its outlet's furniture around what it tells.
    fn text(&self, id: u64) -> String {
        let original = Self::original(id);
        let mut rng = Rng::with_seed(id ^ 0xBEEF);
        let mut furniture = Rng::with_seed(self.outlet(id) ^ 0xF00D);
        let mut text = String::with_capacity(WORDS * 9);
        self.sentence(&mut furniture, 8, &mut text);
        let mut told = Rng::with_seed(original ^ 0x5EED_0000);
        let paragraphs = WORDS / 50;
        // Half of the copies are whole; others are cut, and some have local paragraphs.
        let is_copy = original != id;
        let kept = if is_copy && rng.bool() { 2 + rng.usize(..paragraphs - 2) } else { paragraphs };
        for n in 0..kept {
            text.push('\n');
            self.sentence(&mut told, 25, &mut text);
            text.push(' ');
            self.sentence(&mut told, 25, &mut text);
            if is_copy && n % 3 == 2 && rng.u8(..4) == 0 {
                text.push('\n');
                self.sentence(&mut rng, 30, &mut text);
            }
        }
        text.push('\n');
        self.sentence(&mut furniture, 22, &mut text);
        text
    }

    fn outlet(&self, id: u64) -> u64 {
        // Some outlets publish a great deal.
        let share = Rng::with_seed(id ^ 0x0071_E700).f64();
        (share * share * self.outlets as f64) as u64
    }
}

/// Numbers of articles that are nobody's copies.
const FRESH: u64 = 1 << 40;

impl Texts for World {
    fn text(&self, id: u64) -> Result<Option<Arc<str>>, TextsError> {
        Ok(Some(Arc::from(World::text(self, id))))
    }
}

/// Articles made beforehand.
struct Made {
    id: u64,
    text: String,
    outlet: String,
    url: String,
}

fn make(world: &World, ids: std::ops::Range<u64>) -> Vec<Made> {
    let one = |id: u64| Made {
        id,
        text: World::text(world, id),
        outlet: format!("outlet-{}.example", world.outlet(id)),
        url: format!("https://outlet-{}.example/{id}", world.outlet(id)),
    };
    ids.map(one).collect()
}

/// Fills an index and measures it at each size.
///
/// # Panics
/// When the engine fails, as it cannot on texts that are made.
pub fn run(size: Size, tell: impl Fn(&Cost)) {
    let world = World::new(size.outlets);
    let mut stories = Stories::new(Config { outlets_max: 30_000, ..Config::default() });
    let mut next = 0_u64;
    let mut fresh = FRESH;
    for documents in size.at {
        let measured_from = documents - size.measured;
        while next < measured_from {
            let until = (next + BATCH).min(measured_from);
            stretch(&world, &mut stories, next..until, &mut Vec::new());
            next = until;
        }
        let mut micros = Vec::new();
        let mut recognised = (0, 0);
        while next < *documents {
            let until = (next + BATCH).min(*documents);
            let (copies, found) = stretch(&world, &mut stories, next..until, &mut micros);
            recognised = (recognised.0 + copies, recognised.1 + found);
            next = until;
        }
        let figures = stories.figures();
        let mut fresh_micros = Vec::new();
        for _ in 0..size.measured / BATCH {
            stretch(&world, &mut stories, fresh..fresh + BATCH, &mut fresh_micros);
            fresh += BATCH;
        }
        let per_s = |micros: &[f64]| micros.len() as f64 * 1e6 / micros.iter().sum::<f64>();
        let mixed_per_s = per_s(&micros);
        micros.sort_by(f64::total_cmp);
        let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
        tell(&Cost {
            documents: *documents,
            stories: figures.stories,
            figures,
            bytes_per_document: figures.bytes() as f64 / figures.documents as f64,
            fresh_per_s: per_s(&fresh_micros),
            mixed_per_s,
            recognised: recognised.1 as f64 / recognised.0.max(1) as f64,
            micros: [at(0.5), at(0.99), at(1.0)],
        });
    }
}

/// Microseconds of CPU that this thread has had: what others do on the machine does not count.
fn cpu_micros() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Assigns a stretch of articles, and says how many were copies and how many of these were known.
fn stretch(
    world: &World,
    stories: &mut Stories,
    ids: std::ops::Range<u64>,
    micros: &mut Vec<f64>,
) -> (u64, u64) {
    let (mut copies, mut found) = (0, 0);
    for made in &make(world, ids) {
        let article = Article {
            id: made.id,
            url: Some(&made.url),
            outlet: Some(&made.outlet),
            text: &made.text,
            published: None,
            seen_at: UnixMicros(i64::try_from(made.id % FRESH).unwrap_or(0) * PACE_MICROS),
            hints: Hints { language: Some("en"), ..Hints::default() },
        };
        let start = cpu_micros();
        let assignment = stories.assign(&article, world).expect("made texts can be had");
        micros.push(cpu_micros() - start);
        if World::original(made.id) != made.id {
            copies += 1;
            found += u64::from(!assignment.reasons.is_empty());
        }
    }
    (copies, found)
}
