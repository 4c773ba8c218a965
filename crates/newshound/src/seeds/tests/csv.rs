//! Tables.

use super::*;

#[test]
fn columns_by_name_and_quoted_cells() {
    let came = read_fixture("good.csv").unwrap();
    assert_eq!(came.refused, []);
    assert_eq!(
        came.seeds(),
        [
            "domain daily.example",
            "page https://weekly.example/news",
            "feed https://feed.example/rss",
        ]
    );
    let all = "country=FR language=fr tags=economy,politics delay=5s budget=200 scope=host";
    assert_eq!(fields(&came.specs[0]), all);
    assert_eq!(fields(&came.specs[1]), "country=BR language=pt-BR");
    assert_eq!(came.notices.len(), 1);
    assert!(came.notices[0].contains("\"Description\""), "{:?}", came.notices);
}

#[test]
fn what_spreadsheets_write() {
    let came = read_fixture("excel.csv").unwrap();
    assert_eq!(came.seeds(), ["domain gazette.example", "page http://journal.example/a,b"]);
    assert_eq!(fields(&came.specs[0]), "country=CH language=de tags=politik");
    let came = read_fixture("tabs.tsv").unwrap();
    assert_eq!(came.seeds(), ["page https://a.example/x", "page https://b.example/"]);
    let came = read_fixture("utf16be.csv").unwrap();
    assert_eq!(came.seeds(), ["domain xn--zrich-kva.example"]);
    assert_eq!(fields(&came.specs[0]), "language=de");
}

#[test]
fn a_quote_that_nobody_closes_costs_its_line() {
    let came = read_fixture("open-quote.csv").unwrap();
    let two_to_four = ["domain two.example", "domain three.example", "domain four.example"];
    assert_eq!(came.seeds(), two_to_four);
    assert_eq!(fields(&came.specs[1]), "country=FR tags=news,politics");
    came.assert_refused(&[(2, "not closed"), (6, "not closed")]);
}

#[test]
fn an_open_quote_before_a_long_file_costs_its_line() {
    let bad = "no seed at all\n".repeat(1_000);
    let text = format!("domain,note\na.example,\"open\n{bad}z.example,end\n");
    let came = read_bytes(text.as_bytes(), Format::Csv).unwrap();
    assert_eq!(came.seeds(), ["domain z.example"]);
    assert_eq!(came.refused.len(), 1_001);
    assert!(came.reasons()[0].starts_with("2: a quote"), "{}", came.reasons()[0]);
}

#[test]
fn ragged_lines() {
    let came = read_fixture("ragged.csv").unwrap();
    let seeds = ["one", "two", "three", "seven"].map(|name| format!("domain {name}.example"));
    assert_eq!(came.seeds(), seeds);
    came.assert_refused(&[
        (5, "4 cells, the header 3"),
        (6, "no seed"),
        (8, "\"France\""),
        (9, "\"French\""),
    ]);
}

#[test]
fn damaged_lines_are_named() {
    let came = read_fixture("latin1.csv").unwrap();
    assert_eq!(came.seeds(), ["domain two.example"]);
    came.assert_refused(&[(2, "byte 16 of the line is 0xE9, which is not valid UTF-8")]);
    let text = b"url,kind\na.example,paper\nb.\0example,\nc.example,rss\n\"d.\nexample\",\n";
    let came = read_bytes(text, Format::Csv).unwrap();
    assert_eq!(came.seeds(), ["feed https://c.example/"]);
    came.assert_refused(&[(2, "\"paper\""), (3, "U+0000"), (5, "example")]);
}

#[test]
fn a_header_is_found_or_asked_for() {
    for (header, line, seed) in [
        ("domain", "a.example", "domain a.example"),
        ("#comment\n\n URL ", "https://a.example/", "page https://a.example/"),
        ("\"Feed URL\",name", "a.example/rss,A", "feed https://a.example/rss"),
        ("sitemap|lang", "a.example/s.xml|fr", "sitemap https://a.example/s.xml"),
        ("name;domain;homepage", "A;a.example;b.example/x", "page https://b.example/x"),
        ("SITE\tcountry", "a.example\tFR", "domain a.example"),
    ] {
        let came = read_bytes(format!("{header}\n{line}\n").as_bytes(), Format::Csv).unwrap();
        assert_eq!((came.seeds(), came.refused), (vec![seed.to_owned()], vec![]), "{header}");
    }
    for (text, found) in [
        (&b"country,language\nFR,fr\n"[..], "\"country,language\""),
        (b"", "empty"),
        (b"# only a comment\n", "empty"),
        (b"dom\xffain\n", "0xFF"),
        (b"\"domain\n", "domain"),
    ] {
        let error = read_bytes(text, Format::Csv).unwrap_err();
        assert!(error.is_usage());
        let error = error.to_string();
        assert!(error.contains(found) && error.contains("domain,country"), "{error}");
    }
    let error = read_fixture("no-header.csv").unwrap_err().to_string();
    assert!(error.contains("no-header.csv") && error.contains("\"1,daily.example\""), "{error}");
}

#[test]
fn unread_columns_are_told_once_and_shortly() {
    let names: Vec<String> = (0..300).map(|n| format!("column{n}")).collect();
    let text = format!("domain,{},country,country\na.example\n", names.join(","));
    let came = read_bytes(text.as_bytes(), Format::Csv).unwrap();
    assert_eq!((came.specs.len(), came.notices.len()), (1, 1));
    assert!(came.notices[0].ends_with("\"column9\", …"), "{}", came.notices[0]);
    let wide = format!("domain\na.example{}\nb.example\n", ",".repeat(600));
    let came = read_bytes(wide.as_bytes(), Format::Csv).unwrap();
    assert_eq!(came.seeds(), ["domain b.example"]);
    came.assert_refused(&[(2, "512 cells")]);
}
