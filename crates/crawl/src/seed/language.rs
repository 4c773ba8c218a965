//! Language tags in the form of BCP 47 (RFC 5646), as far as labels need them.

/// The longest tag that is read, in bytes (RFC 5646, section 4.4.1: no registered tag is longer).
const BYTES_MAX: usize = 35;

/// Puts a language tag into its usual form: `PT_br` becomes `pt-BR`, `zh-hant-tw` becomes
/// `zh-Hant-TW`. None where it is no language tag; whether the language exists is not asked.
pub fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > BYTES_MAX {
        return None;
    }
    let mut tag = String::with_capacity(text.len());
    let mut after_singleton = false;
    for (index, subtag) in text.split(['-', '_']).enumerate() {
        let is_alphabetic = subtag.bytes().all(|b| b.is_ascii_alphabetic());
        let is_subtag = match index {
            0 => (2..=3).contains(&subtag.len()) && is_alphabetic,
            _ => {
                (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
            }
        };
        if !is_subtag {
            return None;
        }
        if index > 0 {
            tag.push('-');
        }
        tag.push_str(&in_its_case(subtag, index, after_singleton));
        after_singleton |= subtag.len() == 1;
    }
    // A tag cannot end with the letter that announces an extension.
    let ends_open = tag.rsplit('-').next().is_some_and(|last| last.len() == 1);
    (!ends_open).then_some(tag)
}

/// The case by length and place (RFC 5646, section 2.1.1).
fn in_its_case(subtag: &str, index: usize, after_singleton: bool) -> String {
    let lower = subtag.to_ascii_lowercase();
    match (index, after_singleton, subtag.len()) {
        (0, ..) | (_, true, _) => lower,
        (_, _, 2) => lower.to_ascii_uppercase(),
        (_, _, 4) => lower[..1].to_ascii_uppercase() + &lower[1..],
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form() {
        for (text, tag) in [
            ("en", "en"),
            ("FR", "fr"),
            ("pt_br", "pt-BR"),
            (" pt-BR ", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("fil", "fil"),
            ("sl-ROZAJ-biske", "sl-rozaj-biske"),
            ("de-1901", "de-1901"),
            ("en-CA-x-CA", "en-CA-x-ca"),
            ("sgn-be-fr", "sgn-BE-FR"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(tag), "{text}");
            assert_eq!(canonical(tag).as_deref(), Some(tag), "{tag}");
        }
    }

    #[test]
    fn no_language() {
        for text in [
            "",
            "e",
            "English",
            "unknown",
            "en-",
            "en--US",
            "en US",
            "12",
            "en-x",
            "日本",
            "zh-漢字",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(canonical(&"en-abcdefgh".repeat(9)), None);
    }
}
