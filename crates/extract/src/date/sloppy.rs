//! The forms in which the month has a name: RFC 2822, RFC 850, `asctime`, and what lies between.
//!
//! Months are known in the languages of large outlets that send their own names; an
//! abbreviation that means two of them is none. Each word says by itself what it is (a weekday, a
//! month, a clock time, a zone), so the order
//! hardly matters. The weekday is not compared with the date: where they differ, it is the one that
//! is wrong.

use jiff::civil::Time;

use super::{Stamp, clock, date, offset, time, zoned};

/// Months in English and other languages of Europe; a word of three letters or more is one of them
/// when it begins one.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "janvier", "gennaio", "enero", "janeiro", "j\u{e4}nner"],
    &["february", "februar", "f\u{e9}vrier", "fevrier", "febbraio", "febrero", "fevereiro"],
    &["march", "m\u{e4}rz", "maerz", "mars", "marzo", "mar\u{e7}o", "maart", "mrt"],
    &["april", "avril", "aprile", "abril"],
    &["may", "mai", "maggio", "mayo", "maio", "mei"],
    &["june", "juni", "juin", "giugno", "junio", "junho"],
    &["july", "juli", "juillet", "luglio", "julio", "julho"],
    &["august", "ao\u{fb}t", "aout", "agosto", "augustus"],
    &["september", "septembre", "settembre", "septiembre", "setembro", "sept"],
    &["october", "oktober", "octobre", "ottobre", "octubre", "outubro"],
    &["november", "novembre", "noviembre", "novembro"],
    &["december", "dezember", "d\u{e9}cembre", "decembre", "dicembre", "diciembre", "dezembro"],
];

const WEEKDAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Whether a word is a month, or an abbreviation of one.
pub(super) fn is_month(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    let begins = |name: &&str| word.chars().count() >= 3 && name.starts_with(word.as_str());
    MONTHS.iter().any(|names| names.iter().any(begins))
}

/// What has been read.
#[derive(Default)]
struct Parts {
    day: Option<i16>,
    month: Option<i16>,
    year: Option<i16>,
    time: Option<Time>,
    offset_s: Option<i32>,
}

/// Reads such a date. It needs a day, a month by name and a year.
pub(super) fn parse(text: &str) -> Option<Stamp> {
    let mut parts = Parts::default();
    let mut rest = behind_weekday(text);
    loop {
        rest = rest.trim_start_matches([' ', ',', '\t', '\n', '\r']);
        if rest.is_empty() {
            break;
        }
        // The zone is last, but for the year in the form of `asctime`.
        if parts.time.is_some() && !rest.starts_with(|c: char| c.is_ascii_digit()) {
            let (zone, year) = split_year(rest);
            if parts.year.is_none() {
                parts.year = year;
            }
            rest = if is_noon(zone) { parts.noon(zone)? } else { zone };
            if !rest.trim().is_empty() {
                parts.offset_s = Some(offset(rest.trim())?);
            }
            break;
        }
        rest = parts.take(rest)?;
    }
    let date = date(parts.year?, parts.month?, parts.day?)?;
    match (parts.time, parts.offset_s) {
        (Some(time), Some(offset_s)) => zoned(date, time, offset_s),
        (Some(time), None) => Some(Stamp::Local(date.to_datetime(time))),
        (None, _) => Some(Stamp::Day(date)),
    }
}

/// A word before a comma and the day is a weekday, in whatever language: `mar, 5 nov` is a Tuesday.
fn behind_weekday(text: &str) -> &str {
    let Some((word, rest)) = text.split_once(',') else { return text };
    let is_word = word.chars().all(|c| c.is_alphabetic() || c == '.');
    let rest = rest.trim_start();
    if is_word && rest.starts_with(|c: char| c.is_ascii_digit()) { rest } else { text }
}

/// Takes a year off the end: `GMT 2024`.
fn split_year(text: &str) -> (&str, Option<i16>) {
    let text = text.trim_end();
    let Some((zone, year)) = text.rsplit_once(' ') else { return (text, None) };
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    if is_year { (zone, year.parse().ok()) } else { (text, None) }
}

fn is_noon(text: &str) -> bool {
    let word = text.get(..2).unwrap_or_default();
    let ends = !text.get(2..3).unwrap_or_default().starts_with(|c: char| c.is_ascii_alphabetic());
    ends && (word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm"))
}

impl Parts {
    /// Takes one word off the start.
    fn take<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let letters = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
        if letters > 0 {
            self.word(&text[..letters])?;
            return Some(text[letters..].trim_start_matches(['.', '-', '/']));
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let behind = &text[digits..];
        match (digits, behind.as_bytes().first()) {
            (1 | 2, Some(b':')) => {
                let (time, rest) = time(text)?;
                self.time.is_none().then(|| self.time = Some(time))?;
                Some(rest)
            }
            (1..=4, _) => {
                self.number(&text[..digits])?;
                let behind = ["st", "nd", "rd", "th"].iter().find_map(|s| behind.strip_prefix(s));
                Some(behind.unwrap_or(&text[digits..]).trim_start_matches(['.', '-', '/']))
            }
            _ => None,
        }
    }

    /// A weekday or a month.
    fn word(&mut self, word: &str) -> Option<()> {
        let word = word.to_lowercase();
        let begins = |name: &&str| word.chars().count() >= 3 && name.starts_with(word.as_str());
        let is_weekday = WEEKDAYS.iter().any(begins);
        if is_weekday || matches!(word.as_str(), "tues" | "thur" | "thurs") {
            return Some(());
        }
        // `jui` begins two of them.
        let mut found = (1..).zip(MONTHS).filter(|(_, names)| names.iter().any(begins));
        let (Some((month, _)), None) = (found.next(), found.next()) else { return None };
        self.month.is_none().then(|| self.month = Some(month))
    }

    /// The day comes before the year.
    fn number(&mut self, digits: &str) -> Option<()> {
        let number: i16 = digits.parse().ok()?;
        if self.day.is_none() && digits.len() <= 2 {
            self.day = Some(number);
            return Some(());
        }
        self.year.is_none().then_some(())?;
        // RFC 2822, section 4.3.
        self.year = Some(match digits.len() {
            2 if number < 50 => number + 2_000,
            2 | 3 => number + 1_900,
            4 => number,
            _ => return None,
        });
        Some(())
    }

    /// Applies `AM` or `PM`; returns what follows.
    fn noon<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let time = self.time?;
        let hour = i16::from(time.hour());
        if !(1..=12).contains(&hour) {
            return None;
        }
        let is_pm = text.as_bytes().first()?.eq_ignore_ascii_case(&b'p');
        let hour = hour % 12 + if is_pm { 12 } else { 0 };
        let (minute, second) = (i16::from(time.minute()), i16::from(time.second()));
        self.time = Some(clock(hour, minute, second, 0)?);
        Some(&text[2..])
    }
}
