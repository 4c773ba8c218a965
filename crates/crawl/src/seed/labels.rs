//! Labels of a seed: country, language and tags; checked, sorted and small.

use serde::{Deserialize, Serialize};

use super::{language, shorten};

/// Most tags of one seed.
pub const TAGS_MAX: usize = 32;

/// Longest tag, in bytes of UTF-8.
pub const TAG_BYTES_MAX: usize = 64;

/// Country codes of ISO 3166-1 (alpha-2); then those that outlets need beside them: `EU` (reserved
/// for the European Union) and `XK` (in use for Kosovo).
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI \
    BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY \
    CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN \
    GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH \
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL \
    PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN \
    VU WF WS YE YT ZA ZM ZW EU XK";

/// What is known of a seed beforehand. It travels with the seed, and every snapshot that comes of
/// it carries it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Labels {
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
}

/// Why a label is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// It is not one of the codes.
    #[error("{0:?} is no country: write two letters of ISO 3166-1, like FR or BR")]
    Country(String),
    /// It has not the form of BCP 47.
    #[error("{0:?} is no language: write its tag, like fr, pt-BR or zh-Hant")]
    Language(String),
    /// Nothing is left of it that could be searched for.
    #[error("{0:?} is no tag: write a word")]
    Tag(String),
    /// It is longer than [`TAG_BYTES_MAX`].
    #[error("the tag {0:?} is longer than {TAG_BYTES_MAX} bytes")]
    LongTag(String),
    /// There are more than [`TAGS_MAX`].
    #[error("there are more than {TAGS_MAX} tags")]
    ManyTags,
}

impl Labels {
    /// Labels from their texts; `tags` is a list with commas (see [`Self::add_tags`]).
    pub fn new(
        country: Option<&str>,
        language: Option<&str>,
        tags: &str,
    ) -> Result<Self, LabelError> {
        let mut labels = Self::default();
        if let Some(country) = country {
            labels.set_country(country)?;
        }
        if let Some(language) = language {
            labels.set_language(language)?;
        }
        labels.add_tags(tags)?;
        Ok(labels)
    }

    /// The country, as two capital letters of ISO 3166-1: `FR`.
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// The language, as a tag of BCP 47: `pt-BR`.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// The tags, sorted, each once, in lower case, without spaces.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Sets the country; `UK` is understood as `GB`.
    pub fn set_country(&mut self, text: &str) -> Result<(), LabelError> {
        let code = match text.trim().to_ascii_uppercase() {
            code if code == "UK" => "GB".to_owned(),
            code => code,
        };
        if !COUNTRIES.split_ascii_whitespace().any(|known| known == code) {
            return Err(LabelError::Country(shorten(text)));
        }
        self.country = Some(code);
        Ok(())
    }

    /// Sets the language.
    pub fn set_language(&mut self, text: &str) -> Result<(), LabelError> {
        let tag = language::canonical(text);
        self.language = Some(tag.ok_or_else(|| LabelError::Language(shorten(text)))?);
        Ok(())
    }

    /// Adds the tags of a list with `,`, `;` or `|` between them; empty ones are passed over.
    pub fn add_tags(&mut self, list: &str) -> Result<(), LabelError> {
        for text in list.split([',', ';', '|']).filter(|text| !text.trim().is_empty()) {
            let tag = folded(text);
            if tag.is_empty() {
                return Err(LabelError::Tag(shorten(text)));
            }
            if tag.len() > TAG_BYTES_MAX {
                return Err(LabelError::LongTag(shorten(text)));
            }
            self.insert(tag)?;
        }
        Ok(())
    }

    /// Adds a name that was not written as a tag (of a folder, a category): cut where it is too
    /// long, passed over where nothing is left of it or there are enough tags already.
    pub fn add_name(&mut self, name: &str) {
        let tag = folded(name);
        let tag = tag[..tag.floor_char_boundary(TAG_BYTES_MAX)].trim_end_matches('-');
        if !tag.is_empty() {
            let _ = self.insert(tag.to_owned());
        }
    }

    fn insert(&mut self, tag: String) -> Result<(), LabelError> {
        let Err(place) = self.tags.binary_search(&tag) else { return Ok(()) };
        if self.tags.len() >= TAGS_MAX {
            return Err(LabelError::ManyTags);
        }
        self.tags.insert(place, tag);
        Ok(())
    }
}

/// A tag as it is kept: lower case, a hyphen for whatever separates words or tags, and no sign in
/// front that a spreadsheet would take for a formula.
fn folded(text: &str) -> String {
    let mut tag = String::with_capacity(text.len());
    for c in text.chars() {
        let separates =
            c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '|' | '\u{feff}');
        match separates {
            true if tag.ends_with('-') => {}
            true => tag.push('-'),
            false => tag.push(c),
        }
    }
    let tag = tag.trim_start_matches(['=', '+', '-', '@', '#', '\'', '"']).trim_end_matches('-');
    tag.to_lowercase()
}

/// The form in which labels are stored; what is read from it is checked again.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    country: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
}

impl TryFrom<Written> for Labels {
    type Error = LabelError;

    fn try_from(written: Written) -> Result<Self, LabelError> {
        let country = written.country.as_deref();
        Self::new(country, written.language.as_deref(), &written.tags.join(","))
    }
}
