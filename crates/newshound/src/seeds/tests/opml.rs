//! Outlines.

use super::*;

#[test]
fn feeds_pages_and_folders() {
    let came = read_fixture("good.opml").unwrap();
    assert_eq!(came.refused, []);
    assert_eq!(
        came.seeds(),
        [
            "feed https://quotidien.example/rss?a=1&b=2",
            "feed https://tageblatt.example/feed",
            "page https://page.example/news",
            "page https://link.example/",
        ]
    );
    assert_eq!(fields(&came.specs[0]), "language=fr-FR tags=europe-west");
    assert_eq!(fields(&came.specs[1]), "tags=daily,europe-west,germany,news,politics");
    assert_eq!((fields(&came.specs[2]), fields(&came.specs[3])), (String::new(), String::new()));
    let notices = came.notices.join("\n");
    assert_eq!(came.notices.len(), 2, "{notices}");
    assert!(notices.contains("no address: 1"), "{notices}");
}

#[test]
fn what_was_read_before_the_damage_is_kept() {
    let came = read_fixture("truncated.opml").unwrap();
    let two = ["feed https://one.example/rss", "feed https://two.example/rss"];
    assert_eq!(came.seeds(), two);
    came.assert_refused(&[(5, "line 5, column 1: the tag that begins here is not closed")]);
    let came = read_fixture("mismatched.opml").unwrap();
    assert_eq!(came.seeds(), two);
    came.assert_refused(&[(4, "<outline> is not closed before </body>")]);
    let came = read_fixture("unclosed.opml").unwrap();
    assert_eq!(came.seeds(), ["feed https://one.example/rss", "feed https://three.example/rss"],);
    came.assert_refused(&[(4, "an attribute of the outline is damaged")]);
    let came = read_fixture("empty.opml").unwrap();
    came.assert_refused(&[(1, "there is no element in it")]);
}

#[test]
fn careless_files_are_read_all_the_same() {
    let came = read_fixture("careless.opml").unwrap();
    assert_eq!(
        came.seeds(),
        [
            "feed https://one.example/rss?a=1&b=2&copy=3",
            "feed https://three.example/rss",
            "feed https://feed.example/",
        ]
    );
    assert_eq!(fields(&came.specs[0]), "tags=économie");
    came.assert_refused(&[(5, "attribute"), (9, "\"javascript:alert(1)\"")]);
}

#[test]
fn every_place_of_a_cut_is_read_up_to_it() {
    let whole = std::fs::read(fixture("good.opml")).unwrap();
    let all = read_bytes(&whole, Format::Opml).unwrap().specs;
    for cut in 0..whole.len() {
        let Ok(came) = read_bytes(&whole[..cut], Format::Opml) else {
            panic!("a file cut at {cut} was not read");
        };
        assert!(came.specs.len() <= all.len());
        assert_eq!(came.specs, all[..came.specs.len()], "cut at {cut}");
        let is_whole = whole[cut..].iter().all(u8::is_ascii_whitespace);
        assert_eq!(came.refused.len(), usize::from(!is_whole), "cut at {cut}: {came:?}");
    }
}

#[test]
fn what_is_no_opml_is_told_apart() {
    for (name, words) in [
        ("feed.xml", ["feed.xml", "<rss>", "feed https://"]),
        ("sitemap.xml", ["sitemap.xml", "<urlset>", "sitemap https://"]),
        ("page.opml", ["page.opml", "<html>", "web page"]),
    ] {
        let error = read_fixture(name).unwrap_err();
        assert!(error.is_usage());
        let error = error.to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn endless_elements_and_nesting_are_bounded() {
    let begin = b"<opml><body><outline xmlUrl='https://a.example/'/>\n <outline text='";
    let endless = begin.chain(std::io::repeat(b'x').take(1 << 30));
    let came = read_from(endless, Some(Format::Opml)).unwrap();
    assert_eq!(came.seeds(), ["feed https://a.example/"]);
    came.assert_refused(&[(2, "column 2: what begins here is longer than 256 KiB")]);
    let deep = format!("<opml>{}", "<outline text='x'>".repeat(100_000));
    read_bytes(deep.as_bytes(), Format::Opml).unwrap().assert_refused(&[(1, "64 deep")]);
}

#[test]
fn other_encodings_are_read_as_they_say() {
    let text = "<?xml version='1.0' encoding='windows-1251'?>\n<opml><outline text='Новости'>\
        <outline xmlUrl='https://a.example/'/></outline></opml>";
    let (bytes, ..) = encoding_rs::WINDOWS_1251.encode(text);
    let came = read_bytes(&bytes, Format::Opml).unwrap();
    assert_eq!((fields(&came.specs[0]).as_str(), came.refused.len()), ("tags=новости", 0));
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let came = read_bytes(&[&b"\xfe\xff"[..], &wide].concat(), Format::Opml).unwrap();
    assert_eq!((fields(&came.specs[0]).as_str(), came.refused.len()), ("tags=новости", 0));
    let came = read_bytes(b"<opml><outline xmlUrl='https://a.example/\xff'/></opml>", Format::Opml);
    came.unwrap().assert_refused(&[(1, "damaged before")]);
}
