//! Plain lists.

use super::*;

#[test]
fn kinds_labels_and_comments() {
    let came = read_fixture("good.txt").unwrap();
    assert_eq!(came.refused, []);
    assert_eq!(
        came.seeds(),
        [
            "domain daily.example",
            "page https://weekly.example/news",
            "feed https://daily.example/rss.xml",
            "sitemap https://daily.example/news-sitemap.xml",
            "page https://xn--bcher-kva.example/nachrichten",
        ]
    );
    assert_eq!(fields(&came.specs[1]), "country=FR language=fr-FR tags=economy,politics");
    assert_eq!(fields(&came.specs[2]), "delay=5s budget=200 scope=host");
}

#[test]
fn a_bad_line_is_named_and_the_others_go_on() {
    let came = read_fixture("bad.txt").unwrap();
    assert_eq!(came.seeds(), ["domain good-one.example", "domain good-two.example"]);
    came.assert_refused(&[
        (2, "\"not a seed\""),
        (3, "not http or https"),
        (4, "byte 12 of the line is 0xE9"),
        (5, "U+0000"),
        (6, "\"Atlantis\""),
        (7, "\"colour\""),
        (8, "500ms"),
        (9, "no dot"),
        (10, "@"),
    ]);
    let place = &came.refused[0].place;
    assert!(place.ends_with("bad.txt:2"), "{place}");
}

#[test]
fn every_end_of_line_and_encoding() {
    let came = read_fixture("mac.txt").unwrap();
    let three = ["domain one.example", "domain two.example", "domain three.example"];
    assert_eq!((came.seeds(), came.refused), (three.map(str::to_owned).to_vec(), vec![]));
    let came = read_fixture("utf16le.txt").unwrap();
    assert_eq!(came.seeds(), ["domain xn--zrich-kva.example", "domain basel.example"]);
    assert_eq!(fields(&came.specs[1]), "tags=zeitung");
    for text in ["\u{feff}a.example\r\n\r\nb.example", "a.example\n\rb.example\r\n"] {
        for drip in [false, true] {
            let bytes = Cursor::new(text.as_bytes().to_vec());
            let came = if drip {
                read_from(Drip(bytes), Some(Format::Txt))
            } else {
                read_from(bytes, Some(Format::Txt))
            };
            assert_eq!(came.unwrap().seeds(), ["domain a.example", "domain b.example"]);
        }
    }
}

#[test]
fn lines_are_counted_with_cr_and_crlf() {
    let came = read_bytes(b"a.example\r\nbad line\rworse line\n\nworst line\n", Format::Txt);
    came.unwrap().assert_refused(&[(2, "bad line"), (3, "worse line"), (5, "worst line")]);
}

#[test]
fn damaged_utf16_costs_its_line() {
    let mut bytes = b"\xff\xfe".to_vec();
    let units = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    bytes.extend(units("one.example/"));
    bytes.extend(0xd800_u16.to_le_bytes());
    bytes.extend(units("x\ntwo.example\n"));
    let came = read_bytes(&bytes, Format::Txt).unwrap();
    assert_eq!(came.seeds(), ["domain two.example"]);
    came.assert_refused(&[(1, "character 13 of the line is a damaged pair in UTF-16LE")]);
}

#[test]
fn an_endless_line_is_one_refused_line() {
    let endless = std::io::repeat(b'a').take(4 << 20);
    let came = read_from(endless.chain(&b"\nexample.com"[..]), Some(Format::Txt)).unwrap();
    assert_eq!(came.seeds(), ["domain example.com"]);
    came.assert_refused(&[(1, "longer than 16384 bytes")]);
    let exact = format!("https://example.com/ tags={}", ",".repeat(lines::LINE_BYTES_MAX));
    let came = read_bytes(&exact.as_bytes()[..lines::LINE_BYTES_MAX], Format::Txt).unwrap();
    assert_eq!(came.seeds(), ["page https://example.com/"]);
}

#[test]
fn arguments_are_lines() {
    let given = ["feed a.example/rss", "", "no seed", "B.example country=ke"].map(str::to_owned);
    let came = read_all(open(&Source::Arguments(given.to_vec()))).unwrap();
    assert_eq!(came.seeds(), ["feed https://a.example/rss", "domain b.example"]);
    assert_eq!(came.refused[0].place, "argument 3");
}

#[test]
fn what_is_said_twice_or_not_as_a_pair_is_refused() {
    for (line, word) in [
        ("a.example country=FR country=DE", "twice"),
        ("a.example country=FR nonsense", "key=value"),
        ("a.example b.example", "%20"),
        ("domain a.example/news", "call it a page"),
        ("a.example delay=2d", "24h"),
        ("a.example budget=0", "200"),
    ] {
        let reason = super::super::txt::parse(line).unwrap().unwrap_err();
        assert!(reason.contains(word), "{line}: {reason}");
    }
}
