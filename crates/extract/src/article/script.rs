//! How long a text is, whatever script it is written in, and where its sentences end.

/// What a text measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// Characters; one of a script that writes a word with one or two counts for three.
    pub(super) units: usize,
    /// Characters of scripts that set no spaces between words: Han, kana, Hangul too.
    pub(super) dense: usize,
    /// Marks that end sentences or part them.
    pub(super) sentences: usize,
}

impl Measure {
    pub(super) fn of(text: &str) -> Self {
        let mut measure = Self::default();
        let mut previous = ' ';
        for c in text.chars() {
            let is_dense = is_dense(c);
            measure.units += if is_dense { 3 } else { 1 };
            measure.dense += usize::from(is_dense);
            // A point within a number or a name of a host ends nothing.
            let ends = match c {
                '。' | '！' | '？' | '，' | '、' | '।' | '؟' | '،' | '።' | '။' | '၊' | '…'
                | '；' => true,
                ' ' => matches!(previous, '.' | '!' | '?' | ',' | ';' | ':' | '"' | '”' | '»'),
                _ => false,
            };
            measure.sentences += usize::from(ends);
            previous = c;
        }
        measure.sentences +=
            usize::from(matches!(previous, '.' | '!' | '?' | '"' | '”' | '»' | ':'));
        // Thai, Lao and Khmer set spaces between sentences, and no marks.
        if measure.sentences == 0 && text.chars().filter(|c| is_spaceless(*c)).count() > 20 {
            measure.sentences = 1;
        }
        measure
    }
}

fn is_dense(c: char) -> bool {
    matches!(c as u32, 0x3041..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF
        | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

fn is_spaceless(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF)
}

/// A text on one line with single spaces, without marks that nobody sees.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut has_gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            has_gap = true;
            continue;
        }
        if matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}') || c.is_control() {
            continue;
        }
        if has_gap && !out.is_empty() {
            out.push(' ');
        }
        has_gap = false;
        out.push(c);
    }
    out
}

/// A text by which two are compared: letters and digits only, in lower case.
pub(super) fn essence(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
