//! The language of an article: what the page says, where it agrees with the text.

use whatlang::Lang;

use super::Facts;
use super::tree::ROOT;

/// How much of the text is looked at, in characters.
const SAMPLE_CHARS: usize = 1_000;

/// Least characters of a text that says something.
const SAMPLE_CHARS_MIN: usize = 60;

/// Codes of ISO 639-1 for what the detector names by ISO 639-3.
const CODES: &[(&str, &str)] = &[
    ("afr", "af"),
    ("aka", "ak"),
    ("amh", "am"),
    ("ara", "ar"),
    ("aze", "az"),
    ("bel", "be"),
    ("ben", "bn"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("cmn", "zh"),
    ("dan", "da"),
    ("deu", "de"),
    ("ell", "el"),
    ("eng", "en"),
    ("epo", "eo"),
    ("est", "et"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("guj", "gu"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("hye", "hy"),
    ("ind", "id"),
    ("ita", "it"),
    ("jav", "jv"),
    ("jpn", "ja"),
    ("kan", "kn"),
    ("kat", "ka"),
    ("khm", "km"),
    ("kor", "ko"),
    ("lat", "la"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("mal", "ml"),
    ("mar", "mr"),
    ("mkd", "mk"),
    ("mya", "my"),
    ("nep", "ne"),
    ("nld", "nl"),
    ("nob", "no"),
    ("ori", "or"),
    ("pan", "pa"),
    ("pes", "fa"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rus", "ru"),
    ("sin", "si"),
    ("slk", "sk"),
    ("slv", "sl"),
    ("sna", "sn"),
    ("spa", "es"),
    ("srp", "sr"),
    ("swe", "sv"),
    ("tam", "ta"),
    ("tel", "te"),
    ("tgl", "tl"),
    ("tha", "th"),
    ("tuk", "tk"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("vie", "vi"),
    ("yid", "yi"),
    ("zul", "zu"),
    ("cym", "cy"),
];

/// Languages that the detector takes for one another: what the page says decides.
const KIN: &[&[&str]] = &[
    &["hr", "sr", "bs", "sh", "sl", "mk", "bg"],
    &["no", "nb", "nn", "da", "sv", "is", "fo"],
    &["id", "ms", "jv", "su"],
    &["hi", "mr", "ne", "sa", "bho"],
    &["fa", "ur", "ps", "ar", "ku", "ckb"],
    &["cs", "sk"],
    &["es", "ca", "gl", "pt", "eu"],
    &["ru", "uk", "be", "kk", "ky", "tg", "mn"],
    &["tr", "az", "tk", "uz"],
    &["nl", "af", "fy", "lb", "de"],
    &["zh", "yue"],
];

/// Finds the language: the page's own word, unless the text is surely in another.
pub(super) fn find(facts: &Facts<'_>, text: &str) -> Option<String> {
    let declared = declared(facts);
    let sample: String = text.chars().take(SAMPLE_CHARS).collect();
    if sample.chars().count() < SAMPLE_CHARS_MIN {
        return declared.into_iter().next();
    }
    let Some(info) = whatlang::detect(&sample) else { return declared.into_iter().next() };
    let detected = code(info.lang());
    let agrees = |declared: &String| {
        declared == detected
            || KIN.iter().any(|kin| kin.contains(&declared.as_str()) && kin.contains(&detected))
    };
    if let Some(agreed) = declared.iter().find(|code| agrees(code)) {
        return Some(agreed.clone());
    }
    // Languages that the detector does not know look like others to it, but never surely.
    let is_known =
        declared.first().is_none_or(|declared| CODES.iter().any(|(_, code)| code == declared));
    if declared.is_empty() || (info.is_reliable() && is_known) {
        return Some(detected.to_owned());
    }
    declared.into_iter().next()
}

fn code(lang: Lang) -> &'static str {
    let detected = lang.code();
    CODES.iter().find(|(code, _)| *code == detected).map_or(detected, |(_, short)| short)
}

/// What the page says, each language once: `<html lang>`, JSON-LD, Open Graph.
fn declared(facts: &Facts<'_>) -> Vec<String> {
    let html = facts.tree.elements(ROOT).find(|(_, element)| element.name() == "html");
    let html =
        html.and_then(|(_, element)| element.get("lang").or_else(|| element.get("xml:lang")));
    let stated = facts.node.and_then(|node| node.text("inLanguage"));
    let metas = ["content-language", "og:locale", "dc.language", "language", "inlanguage"];
    let all = html
        .into_iter()
        .chain(stated.as_deref())
        .chain(metas.iter().filter_map(|m| facts.metas.first(&[m])));
    let mut codes: Vec<String> = Vec::new();
    for tag in all {
        let primary =
            tag.trim().split(['-', '_', ',', ' ']).next().unwrap_or_default().to_ascii_lowercase();
        let is_code =
            (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        let short = match primary.as_str() {
            "nb" | "nn" => "no".to_owned(),
            "iw" => "he".to_owned(),
            "in" => "id".to_owned(),
            other => CODES
                .iter()
                .find(|(long, _)| *long == other)
                .map_or(primary.clone(), |(_, s)| (*s).to_owned()),
        };
        // Some pages give a charset here, or nothing in many letters.
        let is_none = matches!(primary.as_str(), "utf" | "iso" | "und" | "mul" | "zxx");
        if is_code && !is_none && !codes.contains(&short) {
            codes.push(short);
        }
    }
    codes
}
