//! Seeds in every form, their labels, and how they are stored.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::ScopeRule;

#[test]
fn domains_and_pages() {
    for (text, seed, url, fallback) in [
        ("example.com", "example.com", "https://example.com/", true),
        (" Example.COM/ ", "example.com", "https://example.com/", true),
        ("example.com.", "example.com", "https://example.com/", true),
        ("example.com:443", "example.com", "https://example.com/", true),
        ("//example.com/", "example.com", "https://example.com/", true),
        ("bücher.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example/", true),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah", "https://xn--r8jz45g.xn--zckzah/", true),
        ("example.com/news", "https://example.com/news", "https://example.com/news", false),
        ("example.com/?a@b", "https://example.com/?a@b", "https://example.com/?a@b", false),
        ("http://example.com", "http://example.com/", "http://example.com/", false),
        ("HTTPS://EXAMPLE.com", "https://example.com/", "https://example.com/", false),
        ("localhost:8080", "https://localhost:8080/", "https://localhost:8080/", false),
        ("192.0.2.7", "192.0.2.7", "https://192.0.2.7/", true),
        ("[2001:DB8::1]", "[2001:db8::1]", "https://[2001:db8::1]/", true),
        ("feed://example.com/rss", "http://example.com/rss", "http://example.com/rss", false),
    ] {
        let parsed = Seed::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(parsed.to_string(), seed);
        let entry = parsed.entry();
        assert_eq!((entry.url.as_str(), entry.http_fallback), (url, fallback), "{text}");
        assert_eq!(entry.band, Band::Hub);
    }
}

#[test]
fn refused_with_the_text_and_a_remedy() {
    for text in [
        "",
        "two words.com",
        "mailto:a@b.com",
        "someone@example.com",
        "ftp://example.com/",
        "word",
        "word.",
        "word/index.html",
        "https://",
        "1.5",
        "12345",
        "*.example.com",
        "a..example.com",
        "-a.example.com",
        "https://exa$mple.com/",
        "https://exam\nple.com/",
        "xn--\u{0}.com",
    ] {
        let error = Seed::parse(text).unwrap_err().to_string();
        assert!(error.contains("example.com"), "{error}");
    }
    let long = format!("{}com", "abcdefgh.".repeat(40));
    assert!(matches!(Seed::parse(&long).unwrap_err().reason, SeedFault::LongHost(_)));
}

#[test]
fn a_known_kind() {
    use SeedKind::{Domain, Feed, Page, Sitemap};
    for (kind, text, shown) in [
        (Domain, "https://Example.com/", "example.com"),
        (Domain, "intranet", "intranet"),
        (Page, "example.com", "https://example.com/"),
        (Feed, "example.com/feed", "https://example.com/feed"),
        (Feed, "feed:https://example.com/feed", "https://example.com/feed"),
        (Sitemap, "http://example.com:8080/s.xml", "http://example.com:8080/s.xml"),
    ] {
        let seed = Seed::parse_as(kind, text).unwrap();
        assert_eq!((seed.kind(), seed.to_string().as_str()), (kind, shown));
        assert_eq!(seed.entry().http_fallback, kind == Domain);
        assert_eq!(seed.entry().band, Band::Hub);
        assert_eq!(SeedKind::named(kind.name()), Some(kind));
    }
    for text in ["example.com/x", "example.com:81", "https://example.com/?q"] {
        let error = Seed::parse_as(Domain, text).unwrap_err();
        assert_eq!(error.reason, SeedFault::MoreThanDomain);
    }
    assert!(Seed::parse_as(Feed, "word").is_err());
}

#[test]
fn labels_are_checked_and_sorted() {
    let labels = Labels::new(Some("uk"), Some("en_gb"), "World News, politics;politics|#Sport,");
    let labels = labels.unwrap();
    assert_eq!(labels.country(), Some("GB"));
    assert_eq!(labels.language(), Some("en-GB"));
    assert_eq!(labels.tags(), ["politics", "sport", "world-news"]);
    for (country, language, tags) in [
        (Some("France"), None, ""),
        (Some("ZZ"), None, ""),
        (Some("F"), None, ""),
        (Some("A D"), None, ""),
        (Some(""), None, ""),
        (None, Some("English"), ""),
        (None, None, "ok,--"),
        (None, None, &"x".repeat(65)),
    ] {
        assert!(Labels::new(country, language, tags).is_err(), "{country:?} {language:?} {tags}");
    }
    let many: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(Labels::new(None, None, &many.join(",")), Err(LabelError::ManyTags));
}

#[test]
fn names_become_tags_whatever_they_are() {
    let mut labels = Labels::default();
    for name in ["Latin America, South", " =cmd|' ", "---", &"é".repeat(60)] {
        labels.add_name(name);
    }
    let cut = "é".repeat(32);
    assert_eq!(labels.tags(), ["cmd-'", "latin-america-south", cut.as_str()]);
    for n in 0..100 {
        labels.add_name(&format!("n{n}"));
    }
    assert_eq!(labels.tags().len(), labels::TAGS_MAX);
}

#[test]
fn fields_are_set_and_got() {
    let mut spec = SeedSpec::new(Seed::parse("example.com").unwrap());
    for (name, given, got) in [
        ("Country Code", "fr", "FR"),
        ("lang", "fr-ca", "fr-CA"),
        ("labels", "b, a", "a,b"),
        ("delay", "1500ms", "1500ms"),
        ("budget_per_day", "200", "200"),
        ("SCOPE", "Host", "host"),
    ] {
        let field = SpecField::named(name).unwrap();
        assert_eq!(spec.get(field), None);
        spec.set(field, given).unwrap();
        assert_eq!(spec.get(field).as_deref(), Some(got));
        assert_eq!(SpecField::named(field.name()), Some(field));
    }
    assert_eq!(spec.scope, Some(ScopeRule::Host));
    spec.set(SpecField::Delay, "0.2ms").unwrap();
    assert_eq!(spec.delay, Some(Duration::from_millis(1)));
    for (field, text) in [
        (SpecField::Delay, "0s"),
        (SpecField::Delay, "25h"),
        (SpecField::Delay, "5"),
        (SpecField::Budget, "0"),
        (SpecField::Budget, "-3"),
        (SpecField::Budget, "99999999999"),
        (SpecField::Scope, "world"),
    ] {
        assert!(spec.set(field, text).is_err(), "{field:?} {text}");
    }
    assert_eq!(SpecField::named("description"), None);
}

#[test]
fn stored_and_read_again() {
    let mut spec = SeedSpec::new(Seed::parse_as(SeedKind::Feed, "example.com/f").unwrap());
    let plain = r#"{"seed":{"kind":"feed","at":"https://example.com/f"}}"#;
    assert_eq!(serde_json::to_string(&spec).unwrap(), plain);
    assert_eq!(serde_json::from_str::<SeedSpec>(plain).unwrap(), spec);
    spec.labels = Labels::new(Some("FR"), Some("fr"), "a,b").unwrap();
    spec.delay = Some(Duration::from_secs(5));
    spec.budget_per_day = Some(7);
    spec.scope = Some(ScopeRule::Any);
    let text = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<SeedSpec>(&text).unwrap(), spec);
    let foreign = r#"{"seed":{"kind":"domain","at":"a b"}}"#;
    assert!(serde_json::from_str::<SeedSpec>(foreign).is_err());
    assert!(serde_json::from_str::<Labels>(r#"{"country":"ZZ"}"#).is_err());
}

proptest! {
    #[test]
    fn any_text_is_a_seed_or_refused(text in "\\PC{0,60}|[a-z.:/@\\[\\]0-9-]{0,30}") {
        for kind in SeedKind::ALL {
            if let Ok(seed) = Seed::parse_as(kind, &text) {
                prop_assert_eq!(&Seed::parse_as(kind, &seed.to_string()).unwrap(), &seed);
                prop_assert_eq!(seed.entry().url.host_key(), seed.host());
            }
        }
        if let Ok(seed) = Seed::parse(&text) {
            let again = Seed::parse_as(seed.kind(), &seed.to_string()).unwrap();
            prop_assert_eq!(&again, &seed);
        }
    }

    #[test]
    fn a_tag_folded_is_folded(text in "\\PC{0,80}|[ =+@#,;A-ZΣİ-]{0,20}") {
        let mut once = Labels::default();
        once.add_name(&text);
        let mut twice = Labels::default();
        prop_assert!(twice.add_tags(&once.tags().join(",")).is_ok());
        prop_assert_eq!(once, twice);
    }
}
