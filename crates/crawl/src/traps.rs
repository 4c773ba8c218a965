//! Traps: URLs without end that bring nothing, told by their form and by what such URLs brought.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::shape::{self, Shape};
use crate::{CanonicalUrl, UnixMicros, variants};

/// Segments of a path beyond which no site files its articles. Real ones have up to nine.
const SEGMENTS_MAX: usize = 20;

/// How often a pattern of segments may stand in a row: relative links that go wrong repeat them
/// without end, and no site does so on purpose.
const REPEATS_MAX: usize = 2;

/// Longest such pattern, in segments.
const PATTERN_MAX: usize = 3;

/// Years that are those of a calendar; what is later is a number.
const YEARS: std::ops::RangeInclusive<i32> = 1_990..=2_500;

/// Letters and digits that make the value of a parameter a session and no number of a section.
const SESSION_CHARS_MIN: usize = 16;

/// How URLs without end are told from those that bring something. All keys are optional in a
/// config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Pages that must agree before a slug or a parameter is believed not to matter.
    #[serde(deserialize_with = "one_or_more")]
    pub variant_pages_min: u8,
    /// URLs of a host with one and the same text from which on that text is no page, but what the
    /// host says of places that it does not have.
    #[serde(deserialize_with = "one_or_more")]
    pub same_text_max: u8,
    /// Pages of one form in a row that bring nothing new before that form is left alone for the
    /// day.
    #[serde(deserialize_with = "one_or_more")]
    pub barren_max: u16,
    /// The same for the pages of a list.
    #[serde(deserialize_with = "one_or_more")]
    pub pagination_barren_max: u16,
    /// The same for the days and months of a calendar.
    #[serde(deserialize_with = "one_or_more")]
    pub calendar_barren_max: u16,
    /// Months that a date in a URL may lie ahead.
    pub months_ahead_max: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            variant_pages_min: 3,
            same_text_max: 3,
            barren_max: 20,
            pagination_barren_max: 10,
            calendar_barren_max: 30,
            months_ahead_max: 1,
        }
    }
}

/// Zero would turn a rule against every page.
fn one_or_more<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + PartialEq + Default,
{
    let number = N::deserialize(deserializer)?;
    if number == N::default() {
        return Err(D::Error::custom(
            "0 would shut out every page: 1 or more, a large number to \
            switch the rule off",
        ));
    }
    Ok(number)
}

/// Why a URL is not fetched although it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Its path repeats itself.
    RepeatedPath,
    /// Its path has more segments than any article's.
    DeepPath,
    /// It names a session; it is fetched without.
    SessionId,
    /// It has a parameter that was learnt not to matter; it is fetched without.
    FreeParameter,
    /// Another slug of the same article is known.
    SlugVariant,
    /// It is the page of a day that is far ahead.
    FutureDate,
    /// Days of such a calendar bring nothing.
    Calendar,
    /// Pages of such a list bring nothing.
    Pagination,
    /// URLs of such a form bring nothing.
    Shape,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 9] = [
        Self::RepeatedPath,
        Self::DeepPath,
        Self::SessionId,
        Self::FreeParameter,
        Self::SlugVariant,
        Self::FutureDate,
        Self::Calendar,
        Self::Pagination,
        Self::Shape,
    ];

    /// The name in figures and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::RepeatedPath => "repeated-path",
            Self::DeepPath => "deep-path",
            Self::SessionId => "session-id",
            Self::FreeParameter => "free-parameter",
            Self::SlugVariant => "slug-variant",
            Self::FutureDate => "future-date",
            Self::Calendar => "calendar",
            Self::Pagination => "pagination",
            Self::Shape => "shape",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A URL that is not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// By which rule.
    pub rule: Rule,
    /// Why, in words.
    pub why: String,
    /// What is fetched in its place.
    pub instead: Option<CanonicalUrl>,
}

impl Skip {
    pub(crate) fn new(rule: Rule, why: impl Into<String>) -> Self {
        Self { rule, why: why.into(), instead: None }
    }
}

/// What a list of URLs of a form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeKind {
    /// Articles, sections and all the rest: it brings something where its text is new.
    Plain,
    /// Pages of a list: they are there for what they lead to.
    Pagination,
    /// Days or months of a calendar: likewise.
    Calendar,
}

impl ShapeKind {
    /// The kind of a URL's form.
    pub fn of(url: &CanonicalUrl) -> Self {
        if is_page_of_list(url) {
            Self::Pagination
        } else if is_page_of_calendar(url) {
            Self::Calendar
        } else {
            Self::Plain
        }
    }

    /// Whether its pages are there for what they lead to only.
    pub fn is_list(self) -> bool {
        self != Self::Plain
    }

    pub(crate) fn rule(self) -> Rule {
        match self {
            Self::Plain => Rule::Shape,
            Self::Pagination => Rule::Pagination,
            Self::Calendar => Rule::Calendar,
        }
    }

    pub(crate) fn barren_max(self, config: &Config) -> u16 {
        match self {
            Self::Plain => config.barren_max,
            Self::Pagination => config.pagination_barren_max,
            Self::Calendar => config.calendar_barren_max,
        }
    }
}

/// What the URL alone gives away, whatever the host.
pub fn by_form(config: &Config, url: &CanonicalUrl, now: UnixMicros) -> Option<Skip> {
    let segments = shape::segments(url);
    if segments.len() > SEGMENTS_MAX {
        let why = format!("its path has {} segments", segments.len());
        return Some(Skip::new(Rule::DeepPath, why));
    }
    if let Some(pattern) = repeated(&segments) {
        let why = format!("its path repeats /{pattern} more than {REPEATS_MAX} times in a row");
        return Some(Skip::new(Rule::RepeatedPath, why));
    }
    if let Some(bare) = without_session(url) {
        let skip = Skip::new(Rule::SessionId, format!("it names a session; {bare} does not"));
        return Some(Skip { instead: Some(bare), ..skip });
    }
    let ahead = month(url)? - month_of(now);
    (ahead > i64::from(config.months_ahead_max))
        .then(|| Skip::new(Rule::FutureDate, format!("its date is {ahead} months ahead")))
}

/// A pattern of up to three segments that stands in a row too often.
fn repeated(segments: &[&str]) -> Option<String> {
    (1..=PATTERN_MAX).find_map(|length| {
        let needed = length * (REPEATS_MAX + 1);
        segments.windows(needed).find_map(|window| {
            let pattern = &window[..length];
            let is_repeated = window.chunks(length).all(|chunk| chunk == pattern);
            // Days and numbers may be alike: /11/11/11.
            let has_word = pattern.iter().any(|s| s.bytes().any(|b| !b.is_ascii_digit()));
            (is_repeated && has_word).then(|| pattern.join("/"))
        })
    })
}

/// Parameters that name a session, whatever their value.
const SESSION_NAMES: &[&str] = &[
    "jsessionid",
    "phpsessid",
    "phpsessionid",
    "sessionid",
    "session_id",
    "sessid",
    "oscsid",
    "zenid",
    "cfid",
    "cftoken",
];

/// The URL without what names a session; none where nothing does.
fn without_session(url: &CanonicalUrl) -> Option<CanonicalUrl> {
    let mut bare = without_path_session(url);
    let names: Vec<String> = shape::parameters(url)
        .filter(|(name, value)| is_session(name, value))
        .map(|(name, _)| name)
        .collect();
    for name in names {
        bare = variants::without(bare.as_ref().unwrap_or(url), &name).or(bare);
    }
    bare
}

fn is_session(name: &str, value: &str) -> bool {
    let is_long = value.len() >= SESSION_CHARS_MIN
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && value.bytes().any(|b| b.is_ascii_digit());
    SESSION_NAMES.contains(&name) || name.starts_with("aspsessionid") || (name == "sid" && is_long)
}

/// `/a;jsessionid=0123?b` as `/a?b`.
fn without_path_session(url: &CanonicalUrl) -> Option<CanonicalUrl> {
    const MARK: &str = ";jsessionid=";
    let text = url.as_str();
    let at = text.to_ascii_lowercase().find(MARK)?;
    let end = text[at + MARK.len()..].find(['?', '/', ';']).map(|end| at + MARK.len() + end);
    let bare = format!("{}{}", &text[..at], end.map_or("", |end| &text[end..]));
    CanonicalUrl::parse(&bare).ok()
}

fn is_page_of_list(url: &CanonicalUrl) -> bool {
    let segments = shape::segments(url);
    let by_query = shape::parameters(url).any(|(name, value)| {
        variants::is_paging(&name) && name != "p" && value.bytes().any(|b| b.is_ascii_digit())
    });
    let by_pair = segments
        .windows(2)
        .any(|pair| shape::is_page_word(pair[0]) && pair[1].bytes().all(|b| b.is_ascii_digit()));
    let last = segments.last();
    by_query || by_pair || last.is_some_and(|last| shape::page_number(last).is_some())
}

/// A path that ends with a date, or a query that has one.
fn is_page_of_calendar(url: &CanonicalUrl) -> bool {
    const NAMES: [&str; 8] =
        ["date", "day", "month", "year", "week", "calendar", "cal", "tribe-bar-date"];
    let by_query = shape::parameters(url).any(|(name, value)| {
        NAMES.contains(&name.as_str()) && value.bytes().any(|b| b.is_ascii_digit())
    });
    let segments = shape::segments(url);
    let is_number = |segment: &&str| segment.bytes().all(|b| b.is_ascii_digit());
    let ends_so = match segments.as_slice() {
        [.., year, month] if is_number(month) && shape::is_year(year) => true,
        [.., year, month, day] if is_number(month) && is_number(day) => shape::is_year(year),
        [.., last] => dashed_month(last).is_some(),
        [] => false,
    };
    by_query || ends_so
}

/// The month that a URL names, counted from year 0.
fn month(url: &CanonicalUrl) -> Option<i64> {
    let segments = shape::segments(url);
    let by_path = segments.windows(2).find_map(|pair| months(pair[0], pair[1]));
    let by_segment = || segments.iter().find_map(|segment| dashed_month(segment));
    let by_query = || shape::parameters(url).find_map(|(_, value)| dashed_month(value));
    let by_pair = || {
        let value = |wanted: &str| shape::parameters(url).find(|(name, _)| name == wanted);
        months(value("year")?.1, value("month")?.1)
    };
    by_path.or_else(by_segment).or_else(by_query).or_else(by_pair)
}

/// `2026-11`, `2026-11-24`; what follows must be no letter.
fn dashed_month(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let month = months(parts.next()?, parts.next()?)?;
    let is_date = parts.next().is_none_or(|day| day.len() <= 2 && day.parse::<u8>().is_ok());
    (is_date && parts.next().is_none()).then_some(month)
}

fn months(year: &str, month: &str) -> Option<i64> {
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let year = (year.len() == 4 && is_number(year)).then(|| year.parse::<i32>().ok()).flatten()?;
    let month =
        (month.len() <= 2 && is_number(month)).then(|| month.parse::<i32>().ok()).flatten()?;
    let is_date = YEARS.contains(&year) && (1..=12).contains(&month);
    is_date.then(|| i64::from(year) * 12 + i64::from(month) - 1)
}

/// The month of a time, counted from year 0, by the mean length of the Gregorian month.
fn month_of(at: UnixMicros) -> i64 {
    // A day more or less at the turn of a month does not matter to what lies months ahead.
    const MONTH_S: i64 = 2_629_746;
    1_970 * 12 + at.0.div_euclid(1_000_000).div_euclid(MONTH_S)
}

/// What the pages of a form have brought lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Budget {
    #[serde(rename = "f")]
    pub(crate) shape: u32,
    /// Pages that brought nothing, less some for each that did.
    #[serde(rename = "b")]
    pub(crate) barren: u16,
    /// The day on which it was spent.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(crate) spent_on: Option<i64>,
}

/// Forms that are watched at a host.
const BUDGETS_MAX: usize = 32;

/// What the forms of a host's URLs have brought. Those that bring something are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Budgets(Vec<Budget>);

impl Budgets {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a form has spent its budget for the day.
    pub(crate) fn is_spent(&self, shape: Shape, barren_max: u16, day: i64) -> bool {
        let known = self.0.iter().find(|budget| budget.shape == shape.0);
        known.is_some_and(|b| b.barren >= barren_max && b.spent_on == Some(day))
    }

    /// Notes a page. One that brings something makes up for a fifth of the budget.
    pub(crate) fn note(&mut self, shape: Shape, brings: bool, barren_max: u16, day: i64) {
        let at = self.0.iter().position(|budget| budget.shape == shape.0);
        if brings {
            let Some(at) = at else { return };
            let budget = &mut self.0[at];
            budget.barren = budget.barren.min(barren_max).saturating_sub(1 + barren_max / 5);
            budget.spent_on = None;
            if budget.barren == 0 {
                self.0.swap_remove(at);
            }
            return;
        }
        let at = at.unwrap_or_else(|| self.add(shape));
        let budget = &mut self.0[at];
        budget.barren = budget.barren.saturating_add(1);
        if budget.barren >= barren_max {
            budget.spent_on = Some(day);
        }
    }

    fn add(&mut self, shape: Shape) -> usize {
        let budget = Budget { shape: shape.0, barren: 0, spent_on: None };
        if self.0.len() < BUDGETS_MAX {
            self.0.push(budget);
            return self.0.len() - 1;
        }
        let least = self.0.iter().enumerate().min_by_key(|(_, budget)| budget.barren);
        let at = least.map_or(0, |(at, _)| at);
        self.0[at] = budget;
        at
    }
}
