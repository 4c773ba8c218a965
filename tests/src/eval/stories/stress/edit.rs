//! What a newsroom does to a text.

use fastrand::Rng;

/// Paragraphs of an article.
pub type Paragraphs = Vec<String>;

/// Whether a language is written without spaces, so that lengths are told in characters.
pub fn is_spaceless(language: &str) -> bool {
    matches!(language, "ja" | "zh")
}

/// How long a text is: words, or characters.
pub fn length(text: &str, language: &str) -> usize {
    if is_spaceless(language) { text.chars().count() } else { text.split_whitespace().count() }
}

/// Sentences of a paragraph, with what ends them.
pub fn sentences(paragraph: &str) -> Vec<&str> {
    paragraph.split_inclusive(['.', '。', '؟', '?', '!', '！', '？']).collect()
}

/// The units that are cut, put in and changed: words, or characters.
fn units(text: &str, language: &str) -> Vec<String> {
    if is_spaceless(language) {
        text.chars().map(String::from).collect()
    } else {
        text.split_whitespace().map(str::to_owned).collect()
    }
}

fn glue(units: &[String], language: &str) -> String {
    units.join(if is_spaceless(language) { "" } else { " " })
}

/// The stretch of a text from one share of it to another, cut at sentences where there are any.
pub fn part(paragraphs: &[String], (from, to): (f64, f64), language: &str) -> Paragraphs {
    let all: usize = paragraphs.iter().map(|text| length(text, language)).sum();
    let (from, to) = (all as f64 * from, all as f64 * to);
    let mut at = 0.0;
    let mut kept = Vec::new();
    for paragraph in paragraphs {
        let mut left = String::new();
        for sentence in sentences(paragraph) {
            let long = length(sentence, language) as f64;
            // A sentence is kept when its middle is within.
            if at + long / 2.0 >= from && at + long / 2.0 < to {
                left.push_str(sentence);
            }
            at += long;
        }
        if !left.trim().is_empty() {
            kept.push(left.trim().to_owned());
        }
    }
    kept
}

/// Changes this share of the words or characters: left out, replaced, or doubled in order.
pub fn noise(paragraphs: &mut Paragraphs, share: f64, language: &str, rng: &mut Rng) {
    let pool = units(&paragraphs.concat(), language);
    for paragraph in paragraphs {
        let mut units = units(paragraph, language);
        let mut at = 0;
        while at < units.len() {
            if rng.f64() < share {
                match rng.u8(..3) {
                    0 => {
                        units.remove(at);
                        continue;
                    }
                    1 => units[at].clone_from(&pool[rng.usize(..pool.len())]),
                    _ if at + 1 < units.len() => units.swap(at, at + 1),
                    _ => {}
                }
            }
            at += 1;
        }
        *paragraph = glue(&units, language);
    }
}

/// Endings of British and American spelling, as far as endings tell them.
const SPELLINGS: [(&str, &str); 12] = [
    ("ization", "isation"),
    ("izing", "ising"),
    ("ized", "ised"),
    ("izes", "ises"),
    ("ize", "ise"),
    ("yze", "yse"),
    ("olor", "olour"),
    ("avior", "aviour"),
    ("enter", "entre"),
    ("ense", "ence"),
    ("og", "ogue"),
    ("led", "lled"),
];

/// Writes British what is American.
pub fn respell(paragraphs: &mut Paragraphs) {
    let british = |word: &str| {
        let found = SPELLINGS.iter().find(|(american, _)| word.ends_with(american));
        found.map(|(american, british)| word.replacen(american, british, 1))
    };
    for paragraph in paragraphs {
        let words = paragraph.split(' ').map(|word| british(word).unwrap_or(word.to_owned()));
        *paragraph = words.collect::<Vec<_>>().join(" ");
    }
}

/// The first words or characters of a text: what a list of links shows of it.
pub fn headline(paragraphs: &[String], language: &str) -> String {
    let most = if is_spaceless(language) { 18 } else { 9 };
    let units = units(&paragraphs[0], language);
    glue(&units[..most.min(units.len())], language)
}
