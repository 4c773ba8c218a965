//! A day as a page shows it to readers, within other words: only where it can mean one day.

use jiff::civil::Date;

use super::{Stamp, date, sloppy};

/// Longest text that is looked at, in bytes; a date stands in a short line.
const TEXT_BYTES_MAX: usize = 400;

/// Words that are looked at as the beginning of a date.
const WORDS_MAX: usize = 40;

/// Finds a day in a short line. Numbers alone are read where one order is the only possible one:
/// the year first, or points between (day, month, year), or a day above twelve.
pub(crate) fn visible(text: &str) -> Option<Stamp> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    numbers(text).or_else(|| named(text)).map(Stamp::Day)
}

/// A day in numbers.
fn numbers(text: &str) -> Option<Date> {
    let parts: Vec<(i16, usize, char)> = numbers_of(text);
    parts.windows(3).find_map(|window| {
        let [(first, first_len, a), (second, second_len, b), (third, third_len, _)] = *window
        else {
            return None;
        };
        if first_len == 4 && second_len <= 2 && third_len <= 2 {
            let is_dated =
                matches!((a, b), ('年' | '년', '月' | '월')) || (a == b && "-/.".contains(a));
            return is_dated.then(|| date(first, second, third)).flatten();
        }
        if third_len != 4 || first_len > 2 || second_len > 2 || a != b {
            return None;
        }
        match a {
            '.' => date(third, second, first),
            '/' | '-' if first > 12 => date(third, second, first),
            '/' | '-' if second > 12 => date(third, first, second),
            '/' | '-' if first == second => date(third, first, second),
            _ => None,
        }
    })
}

/// The numbers of a text, with their digits and the sign that follows; spaces are passed over.
fn numbers_of(text: &str) -> Vec<(i16, usize, char)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = &rest[at..];
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, behind) = rest.split_at(length);
        rest = behind;
        let sign = behind.trim_start().chars().next().unwrap_or(' ');
        // A number that is too long is none, but parts others.
        found.push((digits.parse().unwrap_or(-1), length, sign));
    }
    found
}

/// A day whose month has a name.
fn named(text: &str) -> Option<Date> {
    let starts =
        text.split_whitespace().map(|word| word.as_ptr() as usize - text.as_ptr() as usize);
    for start in starts.take(WORDS_MAX) {
        let rest = &text[start..];
        let words: Vec<&str> = rest.split_whitespace().take(5).collect();
        for count in [5, 4, 3] {
            let Some(words) = words.get(..count) else { continue };
            let joined: Vec<&str> = words
                .iter()
                .copied()
                .filter(|w| !matches!(w.to_lowercase().as_str(), "de" | "of" | "del"))
                .collect();
            if let Some(found) =
                sloppy::parse(joined.join(" ").trim_end_matches([',', '.', '-', '|']))
            {
                return Some(found.day());
            }
        }
    }
    None
}
