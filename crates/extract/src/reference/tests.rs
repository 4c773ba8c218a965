//! Tests of the module that declares this one.

use proptest::prelude::*;

use super::*;

#[test]
fn references_in_attributes() {
    for (given, expected) in [
        ("a?b=1&amp;c=2", "a?b=1&c=2"),
        ("a?b=1&c=2", "a?b=1&c=2"),
        // Old names count without a semicolon, but not before `=` or a letter or digit.
        ("a&amp", "a&"),
        ("a&amp/b", "a&/b"),
        ("a?b&copy=1", "a?b&copy=1"),
        ("a?b&copyright", "a?b&copyright"),
        ("a?b&copy1", "a?b&copy1"),
        ("a?b&lang=de", "a?b&lang=de"),
        ("a?b&notit;", "a?b&notit;"),
        ("a?b&hellip", "a?b&hellip"),
        ("&hellip;&Auml;&AMP;", "\u{2026}\u{c4}&"),
        ("&CounterClockwiseContourIntegral;", "\u{2233}"),
        ("&amp;amp;", "&amp;"),
        ("&&amp;&", "&&&"),
        ("&#47;&#x2F;&#X2f;&#47a", "////a"),
        ("&#128;&#x99;", "\u{20ac}\u{2122}"),
        ("&#0;&#xD800;&#x110000;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        ("&#;&#x;&#xg;&;& ", "&#;&#x;&#xg;&;& "),
        ("a\0b", "a\u{fffd}b"),
        ("\u{e4}&\u{e4};", "\u{e4}&\u{e4};"),
    ] {
        assert_eq!(decode_attribute(given), expected, "{given}");
    }
}

#[test]
fn every_name_without_a_semicolon_is_known() {
    assert!(WITHOUT_SEMICOLON.is_sorted());
    assert_eq!(WITHOUT_SEMICOLON.len(), 106);
    assert!(WITHOUT_SEMICOLON.iter().all(|name| look_up(name).is_some()));
    assert!(NAMED_ENTITIES.iter().all(|(name, _)| name.len() <= NAME_BYTES_MAX));
}

proptest! {
    #[test]
    fn any_value_is_decoded(text in "(&|#|x|;|amp|[0-9]{1,12}|[a-z\u{e4}\u{0}]){0,30}") {
        let _ = decode_attribute(&text);
    }

    #[test]
    fn text_without_references_stays(text in "[^&\u{0}]{0,40}") {
        prop_assert_eq!(decode_attribute(&text), text.as_str());
    }
}
