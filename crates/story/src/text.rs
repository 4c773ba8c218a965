//! Folding: one form for each character, whatever way a newsroom's software wrote it.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a folded character is to the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A letter of a word.
    Letter,
    /// A decimal digit, folded to ASCII.
    Digit,
    /// Han, kana or Hangul: a token of its own.
    Ideograph,
    /// Thai, Lao, Khmer or Burmese: a token of its own, with its marks.
    Syllable,
    /// Belongs to what it follows.
    Mark,
    /// Between words.
    Other,
}

/// First code points of the ten digits of each script in use; each block is in ascending order.
const DIGITS: [u32; 30] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xABF0,
];

/// Letters that newsrooms write in more than one way, and the one that we keep.
const VARIANTS: [(char, char); 21] = [
    ('ё', 'е'),
    ('ı', 'i'),
    ('ς', 'σ'),
    ('أ', 'ا'),
    ('إ', 'ا'),
    ('آ', 'ا'),
    ('ٱ', 'ا'),
    ('ى', 'ي'),
    ('ی', 'ي'),
    ('ئ', 'ي'),
    ('ؤ', 'و'),
    ('ة', 'ه'),
    ('ھ', 'ه'),
    ('ہ', 'ه'),
    ('ۀ', 'ه'),
    ('ۂ', 'ه'),
    ('ک', 'ك'),
    ('ऩ', 'न'),
    ('ऱ', 'र'),
    ('ऴ', 'ळ'),
    ('ſ', 's'),
];

/// Whether a character says nothing: soft hyphens, zero-width and direction marks, tatweel, vowel
/// signs of Arabic and Hebrew, nukta, variation selectors.
pub(crate) fn is_dropped(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x0640 | 0x0670 | 0x0307
        | 0x064B..=0x065F | 0x0610..=0x061A | 0x06D6..=0x06DC | 0x06DF..=0x06E4
        | 0x06E7..=0x06E8 | 0x06EA..=0x06ED
        | 0x0591..=0x05BD | 0x05BF | 0x05C1..=0x05C2 | 0x05C4..=0x05C5 | 0x05C7
        | 0x093C | 0x09BC | 0x0A3C | 0x0ABC | 0x0B3C | 0x0CBC
        | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F
        | 0xFE00..=0xFE0F | 0xFEFF | 0xE0100..=0xE01EF)
}

/// What a folded character is.
pub(crate) fn kind(c: char) -> Kind {
    match u32::from(c) {
        0x30..=0x39 => Kind::Digit,
        // The common letters of alphabets, so that no table has to be asked.
        0x41..=0x5A
        | 0x61..=0x7A
        | 0xDF..=0xF6
        | 0xF8..=0x017E
        | 0x03B1..=0x03C9
        | 0x0430..=0x045F
        | 0x05D0..=0x05EA
        | 0x0620..=0x063F
        | 0x0641..=0x064A => Kind::Letter,
        0..=0x7F
        | 0x0E2F
        | 0x0E46
        | 0x0E4F
        | 0x0E5A..=0x0E5B
        | 0x17D4..=0x17DB
        | 0x104A..=0x104F => Kind::Other,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0xA9E0..=0xA9FF | 0xAA60..=0xAA7F => {
            if is_combining_mark(c) {
                Kind::Mark
            } else {
                Kind::Syllable
            }
        }
        0x3005..=0x3007
        | 0x3041..=0x3096
        | 0x30A1..=0x30FA
        | 0x30FC..=0x30FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0x1100..=0x11FF
        | 0x20000..=0x323AF => Kind::Ideograph,
        _ if is_combining_mark(c) => Kind::Mark,
        _ if c.is_alphanumeric() => Kind::Letter,
        _ => Kind::Other,
    }
}

/// Whether a character joins the one before it into a cluster that is normalised as a whole.
pub(crate) fn continues(c: char) -> bool {
    // Marks, half-width voicing signs, and the vowels and finals of decomposed Hangul.
    match u32::from(c) {
        0..=0x02FF
        | 0x0370..=0x0482
        | 0x048A..=0x0590
        | 0x05D0..=0x060F
        | 0x061B..=0x064A
        | 0x0660..=0x066F
        | 0x2010..=0x2060
        | 0x3000..=0x3098
        | 0x309B..=0xFDFF => false,
        0xFF9E | 0xFF9F | 0x1160..=0x11FF => true,
        _ => is_combining_mark(c),
    }
}

/// Folds one cluster (a character and what continues it) into `to`.
pub(crate) fn fold_cluster(cluster: &str, to: &mut String) {
    let mut chars = cluster.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        // Most letters beyond ASCII stand alone and are in normal form.
        if is_plain(c) {
            fold_char(c, to);
            return;
        }
    }
    for c in cluster.nfkc() {
        fold_char(c, to);
    }
}

/// Whether NFKC leaves a lone character as it is.
fn is_plain(c: char) -> bool {
    matches!(u32::from(c),
        0..=0x7F | 0x00C0..=0x0131 | 0x0134..=0x013E | 0x0141..=0x0148 | 0x014A..=0x017E
        | 0x0391..=0x03C9 | 0x0400..=0x052F | 0x05D0..=0x05EA | 0x0620..=0x064A | 0x0660..=0x0669
        | 0x066E..=0x0674 | 0x0679..=0x06D3 | 0x2010 | 0x2012..=0x2016 | 0x2018..=0x2023
        | 0x3001..=0x3029 | 0x3041..=0x3096 | 0x30A1..=0x30FA | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3)
}

/// Lower case, one digit for all scripts, one letter for its variants, nothing for what is dropped.
fn fold_char(c: char, to: &mut String) {
    let code = u32::from(c);
    // The scripts without case and variants, and small letters that have none.
    if matches!(code, 0x3000..=0xD7A3 | 0xE0..=0xF6 | 0x0430..=0x044F | 0x05D0..=0x05EA
        | 0x0627..=0x0628 | 0x062A..=0x063A | 0x0641..=0x0648)
    {
        to.push(c);
        return;
    }
    for c in c.to_lowercase() {
        if is_dropped(c) {
            continue;
        }
        match c {
            'ß' => to.push_str("ss"),
            _ => to.push(digit(c).or_else(|| variant(c)).unwrap_or(c)),
        }
    }
}

fn variant(c: char) -> Option<char> {
    VARIANTS.iter().find(|(from, _)| *from == c).map(|(_, to)| *to)
}

fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    if code < DIGITS[0] {
        return None;
    }
    let block = DIGITS.partition_point(|first| *first <= code).checked_sub(1)?;
    let value = code - DIGITS[block];
    (value < 10).then(|| char::from_digit(value, 10)).flatten()
}
