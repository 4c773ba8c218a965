//! Tests of the module that declares this one.

use encoding_rs::{EUC_KR, GBK, KOI8_U, SHIFT_JIS, UTF_16BE, WINDOWS_1251};
use proptest::prelude::*;

use super::*;

fn of(body: &[u8], content_type: Option<&str>) -> (&'static str, CharsetSource) {
    let charset = detect(body, content_type, &Url::parse("https://example.com/").unwrap());
    (charset.name, charset.source)
}

#[test]
fn the_surest_sign_wins() {
    use CharsetSource::{Bom, Detected, Header, Meta, ValidUtf8};
    let meta = b"<meta charset=koi8-r>";
    for (body, content_type, expected) in [
        (
            &b"\xEF\xBB\xBF<meta charset=koi8-r>"[..],
            Some("text/html; charset=big5"),
            ("UTF-8", Bom),
        ),
        (b"\xFE\xFF\0a", None, ("UTF-16BE", Bom)),
        (b"\xFF\xFEa\0", Some("text/html;charset=utf-8"), ("UTF-16LE", Bom)),
        (meta, Some("text/html; charset=Shift_JIS"), ("Shift_JIS", Header)),
        (meta, Some("text/html; charset=nonsense"), ("KOI8-R", Meta)),
        (meta, Some("text/html"), ("KOI8-R", Meta)),
        (meta, None, ("KOI8-R", Meta)),
        (b"plain", None, ("UTF-8", ValidUtf8)),
        ("Gr\u{fc}\u{df}e".as_bytes(), None, ("UTF-8", ValidUtf8)),
        (b"", None, ("UTF-8", ValidUtf8)),
        (b"Gr\xFC\xDFe aus M\xFCnchen", None, ("windows-1252", Detected)),
    ] {
        assert_eq!(of(body, content_type), expected, "{:?}", String::from_utf8_lossy(body));
    }
}

#[test]
fn labels_are_read_as_browsers_do() {
    for (content_type, name) in [
        ("text/html; charset=iso-8859-1", "windows-1252"),
        ("text/html; charset=ascii", "windows-1252"),
        ("text/html; charset=GB2312", "GBK"),
        ("text/html; charset=ks_c_5601-1987", "EUC-KR"),
        ("text/html; charset=x-sjis", "Shift_JIS"),
        ("text/html; charset=iso-8859-9", "windows-1254"),
        ("text/html; CHARSET = 'koi8-r' ; x", "KOI8-R"),
        ("text/html; charset=\"UTF-8\"", "UTF-8"),
        ("text/html;charset=utf8, text/html", "UTF-8"),
        ("charset; charset=big5", "Big5"),
    ] {
        assert_eq!(of(b"x", Some(content_type)), (name, CharsetSource::Header), "{content_type}");
    }
}

#[test]
fn a_meta_is_found_where_browsers_look() {
    for (head, name) in [
        ("<meta charset='koi8-r'>", Some("KOI8-R")),
        ("<META CharSet = \"koi8-r\" />", Some("KOI8-R")),
        ("<meta/charset=koi8-r>", Some("KOI8-R")),
        ("<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>", Some("KOI8-R")),
        ("<meta content='text/html; charset=koi8-r' http-equiv=content-type>", Some("KOI8-R")),
        ("<meta name=x content='text/html; charset=koi8-r'>", None),
        ("<!-- <meta charset=big5> --><meta charset=koi8-r>", Some("KOI8-R")),
        ("<!--><meta charset=koi8-r>", Some("KOI8-R")),
        ("<!-- <meta charset=koi8-r>", None),
        ("<p title='<meta charset=big5>'><meta charset=koi8-r>", Some("KOI8-R")),
        ("<!doctype html><?xml?></p a='>'><meta charset=koi8-r>", Some("KOI8-R")),
        ("< meta charset=big5><meta charset=koi8-r>", Some("KOI8-R")),
        ("<metal charset=koi8-r>", None),
        ("<meta charset=nonsense><meta charset=koi8-r>", Some("KOI8-R")),
        ("<meta charset=utf-16>", Some("UTF-8")),
        ("<meta charset=x-user-defined>", Some("windows-1252")),
        ("<meta charset='koi8-r", None),
        ("<meta charset=", None),
        ("<", None),
        ("<!-", None),
    ] {
        let found = prescan::meta_charset(head.as_bytes()).map(Encoding::name);
        assert_eq!(found, name, "{head}");
    }
}

#[test]
fn a_meta_counts_in_the_first_4_kib() {
    let at = |padding: usize| format!("<!--{}--><meta charset=koi8-r>", "x".repeat(padding));
    assert_eq!(of(at(2_000).as_bytes(), None), ("KOI8-R", CharsetSource::Meta));
    assert_eq!(of(at(4_096).as_bytes(), None), ("UTF-8", CharsetSource::ValidUtf8));
}

#[test]
fn unlabelled_text_is_guessed() {
    for (encoding, text, url) in [
        (WINDOWS_1251, "Сегодня в Москве состоялось заседание правительства", "https://a.ru/"),
        (KOI8_U, "Сегодня в Москве состоялось заседание правительства", "https://a.com/"),
        (SHIFT_JIS, "政府は今日、新しい経済対策を発表しました。", "https://a.jp/"),
        (EUC_KR, "정부는 오늘 새로운 경제 대책을 발표했습니다", "https://a.kr/"),
        (GBK, "政府今天宣布了新的经济措施，以促进发展", "https://a.cn/"),
    ] {
        let body = encoding.encode(text).0;
        let charset = detect(&body, None, &Url::parse(url).unwrap());
        assert_eq!((charset.name, charset.source), (encoding.name(), CharsetSource::Detected));
    }
}

#[test]
fn text_beyond_long_scripts_is_guessed_too() {
    let text = WINDOWS_1251.encode("Сегодня в Москве состоялось заседание правительства").0;
    let body = [vec![b' '; 3 * DETECT_BYTES], text.into_owned()].concat();
    let charset = detect(&body, None, &Url::parse("https://a.ru/").unwrap());
    assert_eq!(charset.name, "windows-1251");
}

#[test]
fn utf8_is_believed_unless_nothing_of_it_is() {
    let declared = Some("text/html; charset=utf-8");
    let damaged = [&b"a\xFFb"[..], "\u{e4}".repeat(20).as_bytes()].concat();
    assert_eq!(of(&damaged, declared), ("UTF-8", CharsetSource::Header));
    assert_eq!(of(&damaged, None), ("UTF-8", CharsetSource::Detected));
    let wrong = b"Gr\xFC\xDFe aus M\xFCnchen und K\xF6ln";
    assert_eq!(of(wrong, declared), ("windows-1252", CharsetSource::Detected));
    // A body that our limits cut within a character.
    let cut = &"Gr\u{fc}".as_bytes()[..3];
    assert_eq!(of(cut, declared), ("UTF-8", CharsetSource::Header));
    assert_eq!(of(cut, None), ("UTF-8", CharsetSource::Detected));
}

#[test]
fn bodies_are_decoded_without_their_mark() {
    let utf16 = Charset { name: UTF_16BE.name(), source: CharsetSource::Bom };
    assert_eq!(decode(b"\xFE\xFF\0a\0\xE4", utf16), "a\u{e4}");
    let utf8 = Charset { name: "UTF-8", source: CharsetSource::Bom };
    assert_eq!(decode(b"\xEF\xBB\xBFa\xFFb", utf8), "a\u{fffd}b");
}

proptest! {
    #[test]
    fn any_bytes_have_a_charset(body: Vec<u8>, content_type: Option<String>) {
        let charset = of(&body, content_type.as_deref());
        prop_assert!(Encoding::for_label(charset.0.as_bytes()).is_some());
    }

    #[test]
    fn any_head_is_scanned(head in "(<|meta|!|--|>|charset|=|'|\"| |/|koi8-r|\u{0}){0,40}") {
        let _ = prescan::meta_charset(head.as_bytes());
    }
}
