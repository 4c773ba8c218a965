//! Tokens: the units in which texts are compared, and what is known of each.

use std::ops::Range;

use crate::hash;
use crate::text::{self, Kind};

/// Tokens of a text that are looked at. The longest news articles have some 10,000 words.
pub const TOKENS_MAX: usize = 24_000;

/// A text in which more than half of the tokens are of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Words between spaces.
    Words,
    /// Characters: Chinese, Japanese, Korean.
    Ideographs,
    /// Characters with their marks: Thai, Lao, Khmer, Burmese.
    Syllables,
}

/// What is known of a token.
pub(crate) mod flag {
    /// Has a digit.
    pub(crate) const NUMBER: u8 = 1;
    /// Begins with a capital, and does not begin a sentence.
    pub(crate) const CAPITAL: u8 = 2;
    /// Stands in quoted speech, in an embedded post or in a list of links: no prose of the article.
    pub(crate) const QUOTED: u8 = 4;
    /// A single ideograph.
    pub(crate) const IDEOGRAPH: u8 = 8;
    /// A single syllable sign.
    pub(crate) const SYLLABLE: u8 = 16;
}

/// A text as tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub(crate) hashes: Vec<u64>,
    pub(crate) flags: Vec<u8>,
    /// Where each stands in the text, in bytes.
    pub(crate) spans: Vec<(u32, u32)>,
    /// The tokens of each paragraph that has any.
    pub(crate) paragraphs: Vec<Range<usize>>,
    pub(crate) class: Class,
}

impl Tokens {
    /// Cuts a text, whose paragraphs are lines, into tokens; at most [`TOKENS_MAX`] of them.
    pub fn of(text: &str) -> Self {
        let hashed = Hashed { now: 0, done: Vec::with_capacity(text.len() / 5) };
        let mut cutter = Cutter::new(hashed, text);
        cutter.run();
        let Cutter { sink, paragraphs, flags, spans, .. } = cutter;
        let class = class(&flags);
        let mut tokens = Self { hashes: sink.done, flags, spans, paragraphs, class };
        tokens.mark_posts(text);
        tokens.mark_lists(text);
        tokens
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Their hashes, in order.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// What kind of text it is.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Marks embedded posts as quoted: the paragraph that names an account in brackets, as embeds
    /// sign themselves, and the one before it.
    fn mark_posts(&mut self, text: &str) {
        for at in 0..self.paragraphs.len() {
            let range = self.paragraphs[at].clone();
            let (from, _) = self.spans[range.start];
            let (_, to) = self.spans[range.end - 1];
            let Some(found) = text.get(from as usize..to as usize) else { continue };
            if !found.contains("(@") && !found.contains("pic.twitter.com") {
                continue;
            }
            // A long paragraph quotes a post in passing.
            let first = if range.len() < 12 { at.saturating_sub(1) } else { at };
            if range.len() <= 80 {
                for token in self.paragraphs[first].start..range.end {
                    self.flags[token] |= flag::QUOTED;
                }
            }
        }
    }
}

/// Paragraphs in a row from which short ones without a full stop are a list.
const LIST_LEAST: usize = 3;

impl Tokens {
    /// Marks lists of headlines and links like quotations: several short paragraphs in a row
    /// that end in no full stop, but for single ones between them.
    fn mark_lists(&mut self, text: &str) {
        // Thai and its kin have no full stop.
        let most = match self.class {
            Class::Words => 18,
            Class::Ideographs => 36,
            Class::Syllables => return,
        };
        let is_short = |at: usize| self.paragraphs.get(at).is_some_and(|p| p.len() <= most);
        let is_item = |at: usize| {
            let end = |range: &Range<usize>| self.spans[range.end - 1].1 as usize;
            is_short(at) && self.paragraphs.get(at).is_some_and(|p| !ends_sentence(text, end(p)))
        };
        let items: Vec<bool> = (0..self.paragraphs.len()).map(is_item).collect();
        let is_listed = |at: usize, first: usize| {
            items.get(at) == Some(&true)
                // Some headlines are sentences.
                || (at >= first + LIST_LEAST && items[at - 1] && is_short(at)
                    && items.get(at + 1) == Some(&true))
        };
        let mut lists: Vec<Range<usize>> = Vec::new();
        let mut first = 0;
        for at in 0..=self.paragraphs.len() {
            if is_listed(at, first) {
                continue;
            }
            if at - first >= LIST_LEAST {
                let from = self.paragraphs[first].start;
                lists.push(from..self.paragraphs[at - 1].end);
            }
            first = at + 1;
        }
        for list in lists {
            self.flags[list].iter_mut().for_each(|flags| *flags |= flag::QUOTED);
        }
    }
}

/// Whether a sentence ends behind the last token of a line.
fn ends_sentence(text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or("");
    let line = rest.split('\n').next().unwrap_or("");
    line.contains(['.', '!', '?', '。', '！', '？', '؟', '।', '…', ':', '：'])
}

/// The folded tokens of a text, a space between them: what comparisons see.
pub fn fold(text: &str) -> String {
    let mut cutter = Cutter::new(Spelled::default(), text);
    cutter.run();
    cutter.sink.text
}

fn class(flags: &[u8]) -> Class {
    let count = |kind: u8| flags.iter().filter(|f| **f & kind != 0).count();
    if count(flag::IDEOGRAPH) * 2 > flags.len() {
        Class::Ideographs
    } else if count(flag::SYLLABLE) * 2 > flags.len() {
        Class::Syllables
    } else {
        Class::Words
    }
}

/// What becomes of folded characters.
trait Sink {
    fn push(&mut self, c: char);

    /// Letters and digits of ASCII, as they stand in the text.
    fn push_word(&mut self, word: &[u8]) {
        for byte in word {
            self.push(char::from(byte.to_ascii_lowercase()));
        }
    }

    fn end(&mut self);
}

/// Tokens as hashes.
#[derive(Default)]
struct Hashed {
    now: u64,
    done: Vec<u64>,
}

impl Sink for Hashed {
    fn push(&mut self, c: char) {
        self.now = hash::add(self.now, u64::from(u32::from(c)));
    }

    fn push_word(&mut self, word: &[u8]) {
        let add = |hash, byte: &u8| hash::add(hash, u64::from(byte.to_ascii_lowercase()));
        self.now = word.iter().fold(self.now, add);
    }

    fn end(&mut self) {
        self.done.push(hash::mix(self.now));
        self.now = 0;
    }
}

/// Tokens as text.
#[derive(Default)]
struct Spelled {
    text: String,
    is_inside: bool,
}

impl Sink for Spelled {
    fn push(&mut self, c: char) {
        if !self.is_inside && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.is_inside = true;
        self.text.push(c);
    }

    fn end(&mut self) {
        self.is_inside = false;
    }
}

/// Walks over a text once.
struct Cutter<'a, S> {
    text: &'a str,
    sink: S,
    flags: Vec<u8>,
    spans: Vec<(u32, u32)>,
    paragraphs: Vec<Range<usize>>,
    /// Start of the token under way, in bytes, and its flags.
    open: Option<(usize, u8)>,
    /// Whether the next word begins a sentence.
    is_fresh: bool,
    quote: Quote,
    first_of_paragraph: usize,
    folded: String,
}

/// Quoted speech under way.
#[derive(Clone, Copy, Default)]
struct Quote {
    /// The mark that ends it.
    until: Option<char>,
    /// The token that it began with.
    from: usize,
}

impl<'a, S: Sink> Cutter<'a, S> {
    fn new(sink: S, text: &'a str) -> Self {
        Self {
            text,
            sink,
            flags: Vec::with_capacity(text.len() / 5),
            spans: Vec::with_capacity(text.len() / 5),
            paragraphs: Vec::new(),
            open: None,
            is_fresh: true,
            quote: Quote::default(),
            first_of_paragraph: 0,
            folded: String::new(),
        }
    }

    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.flags.len() < TOKENS_MAX {
            at = match bytes[at] {
                b' ' if !self.is_marked(at + 1) => {
                    self.end_token(at);
                    at + 1
                }
                byte if byte.is_ascii() && !self.is_marked(at + 1) => self.ascii(byte, at),
                _ => self.cluster(at),
            };
        }
        self.end_token(at);
        self.end_paragraph();
    }

    /// Whether a mark stands here, so that what is before it is not alone. Marks and scripts that
    /// have any begin with these bytes.
    fn is_marked(&self, at: usize) -> bool {
        let next = self.text.as_bytes().get(at);
        next.is_some_and(|byte| (0xCC..=0xEF).contains(byte))
            && self.text[at..].chars().next().is_some_and(text::continues)
    }

    /// An ASCII character, or all of a word's that follow one another.
    fn ascii(&mut self, byte: u8, at: usize) -> usize {
        if !byte.is_ascii_alphanumeric() {
            self.between(char::from(byte), at);
            return at + 1;
        }
        let is_capital = byte.is_ascii_uppercase() && !self.is_fresh && self.open.is_none();
        let mut flags = if is_capital { flag::CAPITAL } else { 0 };
        let rest = &self.text.as_bytes()[at..];
        let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        // The last letter may have a mark.
        let word = if word > 1 && self.is_marked(at + word) { word - 1 } else { word };
        let word_bytes = &rest[..word];
        if word_bytes.iter().any(u8::is_ascii_digit) {
            flags |= flag::NUMBER;
        }
        self.sink.push_word(word_bytes);
        match &mut self.open {
            Some((_, known)) => *known |= flags,
            None => self.open = Some((at, flags)),
        }
        self.is_fresh = false;
        at + word
    }

    fn letter(&mut self, folded: char, at: usize, flags: u8) {
        if let Some((_, known)) = &mut self.open {
            *known |= flags;
        } else {
            self.open = Some((at, flags));
            self.is_fresh = false;
        }
        self.sink.push(folded);
    }

    fn cluster(&mut self, at: usize) -> usize {
        let mut chars = self.text[at..].char_indices();
        let Some((_, first)) = chars.next() else { return self.text.len() };
        let end =
            chars.find(|(_, c)| !text::continues(*c)).map_or(self.text.len(), |(n, _)| at + n);
        if text::is_dropped(first) && end - at == first.len_utf8() {
            return end;
        }
        let mut folded = std::mem::take(&mut self.folded);
        folded.clear();
        text::fold_cluster(&self.text[at..end], &mut folded);
        let is_capital = first.is_uppercase() && !self.is_fresh && self.open.is_none();
        for c in folded.chars() {
            match text::kind(c) {
                Kind::Letter => self.letter(c, at, if is_capital { flag::CAPITAL } else { 0 }),
                Kind::Digit => self.letter(c, at, flag::NUMBER),
                Kind::Mark if self.open.is_some() => self.sink.push(c),
                Kind::Mark => {}
                Kind::Ideograph => self.single(c, at, flag::IDEOGRAPH),
                Kind::Syllable => self.single(c, at, flag::SYLLABLE),
                Kind::Other => self.between(first, at),
            }
        }
        if self.open.is_some_and(|(_, flags)| flags & (flag::IDEOGRAPH | flag::SYLLABLE) != 0) {
            self.end_token(end);
        }
        self.folded = folded;
        end
    }

    /// A character that is a token.
    fn single(&mut self, c: char, at: usize, flags: u8) {
        self.end_token(at);
        self.open = Some((at, flags));
        self.sink.push(c);
    }

    /// A character between words. Some of them join what stands around them.
    fn between(&mut self, c: char, at: usize) {
        if self.open.is_some() && self.joins(c, at) {
            return;
        }
        self.end_token(at);
        match c {
            '\n' => self.end_paragraph(),
            '.' | '!' | '?' | ':' | ';' | '•' | '。' | '！' | '？' | '؟' | '।' => {
                self.is_fresh = true;
            }
            _ => self.quotes(c, at),
        }
    }

    /// Apostrophes within words, and what groups or splits the digits of a number.
    fn joins(&self, c: char, at: usize) -> bool {
        let after = &self.text.as_bytes()[at + c.len_utf8()..];
        let digits = after.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let in_number = self.open.is_some_and(|(_, flags)| flags & flag::NUMBER != 0);
        match c {
            '\'' | '\u{2019}' => after.first().is_some_and(u8::is_ascii_alphabetic),
            '.' | ',' | '\u{066B}' | '\u{066C}' => in_number && digits > 0,
            '\u{00A0}' | '\u{202F}' | '\u{2009}' => in_number && digits == 3,
            _ => false,
        }
    }

    fn quotes(&mut self, c: char, at: usize) {
        if self.quote.until.is_some_and(|until| until == c || (until == '"' && c == '”')) {
            let after = self.text[at + c.len_utf8()..].chars().next();
            if c != '\u{2019}' || after.is_none_or(|next| !next.is_alphanumeric()) {
                self.quote.until = None;
            }
            return;
        }
        if self.quote.until.is_some() {
            return;
        }
        let is_open = self.text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let until = match c {
            '"' if is_open => '"',
            '“' => '”',
            '„' => '“',
            '”' if is_open => '”',
            '«' => '»',
            '»' if is_open => '«',
            '「' => '」',
            '『' => '』',
            '\u{2018}' if is_open => '\u{2019}',
            _ => return,
        };
        self.quote = Quote { until: Some(until), from: self.flags.len() };
        self.is_fresh = true;
    }

    fn end_token(&mut self, at: usize) {
        let Some((from, flags)) = self.open.take() else { return };
        self.sink.end();
        let quoted = if self.quote.until.is_some() { flag::QUOTED } else { 0 };
        self.flags.push(flags | quoted);
        self.spans.push((offset(from), offset(at)));
    }

    fn end_paragraph(&mut self) {
        // Speech over several paragraphs is closed in the last one, but opened in each; a mark
        // elsewhere that nothing closes is a slip.
        if self.quote.until.take().is_some() && self.quote.from > self.first_of_paragraph {
            for flags in &mut self.flags[self.quote.from..] {
                *flags &= !flag::QUOTED;
            }
        }
        if self.flags.len() > self.first_of_paragraph {
            self.paragraphs.push(self.first_of_paragraph..self.flags.len());
        }
        self.first_of_paragraph = self.flags.len();
        self.is_fresh = true;
    }
}

/// Texts beyond 4 GB are not looked at to their end.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
