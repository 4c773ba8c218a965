//! What is written is read again.

use std::time::Duration;

use crawl::{Labels, ScopeRule, Seed, SeedKind};
use proptest::prelude::*;

use super::*;

fn written(specs: &[SeedSpec], format: Format) -> Vec<u8> {
    let mut writer = Writer::new(format, Vec::new()).unwrap();
    for spec in specs {
        writer.write(spec).unwrap();
    }
    writer.finish().unwrap()
}

fn any_seed() -> impl Strategy<Value = Seed> {
    let host = "([a-z][a-z0-9]{0,8}\\.){1,2}(example|test)|bücher\\.example|localhost|intranet";
    let path = "(:[1-9][0-9]{1,3})?(/[ -~é]{0,12})?(\\?[!-~]{0,12})?";
    let kind = prop::sample::select(SeedKind::ALL.to_vec());
    (kind, "https?", host, path).prop_filter_map("no seed", |(kind, scheme, host, path)| {
        let text = match kind {
            SeedKind::Domain => host,
            _ => format!("{scheme}://{host}{path}"),
        };
        Seed::parse_as(kind, &text).ok()
    })
}

fn any_spec() -> impl Strategy<Value = SeedSpec> {
    let country = prop::option::of(prop::sample::select(vec!["FR", "br", "UK", "XK"]));
    let language = prop::option::of(prop::sample::select(vec!["fr", "pt_br", "zh-hant-tw"]));
    let names = prop::collection::vec("\\PC{0,30}|[a-z]{1,5}[\"'<>&|;,=# ]{0,4}[a-z]?", 0..6);
    let delay = prop::option::of(1_u64..=86_400_000);
    let budget = prop::option::of(1_u32..);
    let rules = vec![ScopeRule::Outlet, ScopeRule::Host, ScopeRule::Any];
    let scope = prop::option::of(prop::sample::select(rules));
    let labels = (country, language, names).prop_map(|(country, language, names)| {
        let mut labels = Labels::new(country, language, "").unwrap();
        for name in names {
            labels.add_name(&name);
        }
        labels
    });
    (any_seed(), labels, delay, budget, scope).prop_map(|(seed, labels, delay, budget, scope)| {
        let delay = delay.map(Duration::from_millis);
        SeedSpec { seed, labels, delay, budget_per_day: budget, scope }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(specs in prop::collection::vec(any_spec(), 0..8)) {
        for format in [Format::Txt, Format::Csv, Format::Opml] {
            let bytes = written(&specs, format);
            let came = read_bytes(&bytes, format).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(&came.refused, &vec![], "{}", text);
            prop_assert_eq!(&came.specs, &specs, "{}", text);
            prop_assert_eq!(&came.notices, &Vec::<String>::new());
            let sniffed = read_from(Drip(Cursor::new(bytes.clone())), None).unwrap();
            prop_assert_eq!(&sniffed.specs, &specs, "{}", text);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_fail_otherwise(
        bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"<>/=\"',;\r\n# outline".to_vec())],
            0..400,
        ),
        begin in prop::sample::select(vec!["", "url,tags\n", "<opml>", "\u{feff}", "a.test\n"]),
    ) {
        let bytes = [begin.as_bytes(), &bytes].concat();
        for format in [None, Some(Format::Txt), Some(Format::Csv), Some(Format::Opml)] {
            let came = read_from(Cursor::new(bytes.clone()), format);
            if let Err(error) = came {
                prop_assert!(error.is_usage(), "{error}");
            }
        }
    }
}

#[test]
fn a_tag_that_is_called_as_a_column_makes_no_table() {
    let mut spec = SeedSpec::new(Seed::parse("a.example").unwrap());
    spec.labels = Labels::new(None, None, ".,url,x").unwrap();
    let bytes = written(std::slice::from_ref(&spec), Format::Txt);
    assert_eq!(read_from(Cursor::new(bytes), None).unwrap().specs, [spec]);
}

#[test]
fn each_format_looks_as_its_readers_expect() {
    let mut spec = SeedSpec::new(Seed::parse_as(SeedKind::Feed, "a.example/rss?a&b").unwrap());
    spec.labels = Labels::new(Some("FR"), Some("fr"), "a,b").unwrap();
    let text = |format| String::from_utf8(written(std::slice::from_ref(&spec), format)).unwrap();
    let line = "feed https://a.example/rss?a&b country=FR language=fr tags=a,b\n";
    assert_eq!(text(Format::Txt), line);
    let table = "seed,kind,country,language,tags,delay,budget,scope\n\
        https://a.example/rss?a&b,feed,FR,fr,\"a,b\",,,\n";
    assert_eq!(text(Format::Csv), table);
    let opml = text(Format::Opml);
    for part in ["type=\"rss\"", "xmlUrl=\"https://a.example/rss?a&amp;b\"", "category=\"a,b\""] {
        assert!(opml.contains(part), "{opml}");
    }
}
