//! In the order of RFC 9309 (<https://www.rfc-editor.org/rfc/rfc9309>), then real files.

use proptest::prelude::*;

use super::*;

fn allows(file: &str, token: &str, path: &str) -> bool {
    Rules::parse(file.as_bytes(), token).check(path).allowed
}

/// Section 2.1: one group, one rule.
#[test]
fn a_group_and_a_rule() {
    let file = "user-agent: FooBot\ndisallow: /\n";
    assert!(!allows(file, "FooBot", "/x/y"));
    assert!(allows(file, "BarBot", "/x/y"));
    assert!(allows("", "FooBot", "/x"));
    assert!(allows("disallow: /\n", "FooBot", "/x"), "a rule without a group");
}

/// Section 2.2.1: tokens are compared without case, up to what is no token.
#[test]
fn user_agents() {
    for line in ["FooBot", "foobot", "FOOBOT/2.1", "foobot 5", "FooBot*"] {
        let file = format!("User-agent: {line}\nDisallow: /\n");
        assert!(!allows(&file, "FooBot", "/x"), "{line}");
        assert!(!allows(&file, "foobot/1.0", "/x"), "{line}");
    }
    for line in ["Foo", "FooBotX", "Foo Bot", "*foobot", ""] {
        let file = format!("User-agent: {line}\nDisallow: /\n");
        assert!(allows(&file, "FooBot", "/x"), "{line}");
    }
}

/// Section 2.2.1: groups of one token are one group, and `*` counts only without one.
#[test]
fn groups_merge_and_an_own_group_replaces_the_star() {
    let file = "User-agent: foo\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n\n\
                User-agent: foo\nUser-agent: bar\nDisallow: /c\n";
    for (token, path, allowed) in [
        ("foo", "/a", false),
        ("foo", "/b", true),
        ("foo", "/c", false),
        ("bar", "/a", true),
        ("bar", "/c", false),
        ("other", "/b", false),
        ("other", "/a", true),
    ] {
        assert_eq!(allows(file, token, path), allowed, "{token} {path}");
    }
    let empty = "User-agent: *\nDisallow: /\nUser-agent: foo\nDisallow:\n";
    assert!(allows(empty, "foo", "/x"), "an own group without a rule");
    assert!(!allows("User-agent: * bot\nDisallow: /\n", "foo", "/x"), "a star with more behind");
}

/// Section 2.2.2: the longest pattern wins, `Allow` on a tie, whatever the order.
#[test]
fn the_longest_pattern_wins() {
    for (rules, path, allowed) in [
        ("Allow: /a\nDisallow: /", "/a", true),
        ("Disallow: /\nAllow: /a", "/a", true),
        ("Disallow: /a\nAllow: /a", "/a", true),
        ("Disallow: /a*\nAllow: /a", "/ab", false),
        ("Disallow:", "/a", true),
        ("Allow: /x/index.htm\nDisallow: /", "/x/", true),
        ("Allow: /x/index.html\nDisallow: /", "/x/", true),
        ("Allow: /x/index.html\nDisallow: /", "/x/y", false),
        ("Disallow: /?q=", "?q=1", false),
    ] {
        assert_eq!(allows(&format!("User-agent: *\n{rules}\n"), "foo", path), allowed, "{rules}");
    }
}

#[test]
fn the_deciding_rule_is_told_with_its_line() {
    let rules =
        Rules::parse(b"\xef\xbb\xbf# c\r\nUser-agent: *\r\nDisallow: /a\r\nDisallow: /a\r\n", "x");
    let verdict = rules.check("/ab");
    let rule = verdict.rule.unwrap();
    assert_eq!((verdict.allowed, rule.pattern.as_str(), rule.line), (false, "/a", 3));
    assert_eq!(rules.check("/b").rule, None);
    assert!(Rules::disallow_all().check("/robots.txt").allowed);
}

/// Section 2.2.4 and what the field added to it.
#[test]
fn other_records() {
    let file = "Sitemap: https://a.test/s.xml\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /a\n\
                User-agent: foo\nCrawl-delay: 1\nCrawl-delay: 7\nSitemap: https://a.test/s.xml\n";
    let foo = Rules::parse(file.as_bytes(), "foo");
    assert_eq!(foo.crawl_delay(), Some(Duration::from_secs(7)));
    assert_eq!(foo.sitemaps(), ["https://a.test/s.xml"]);
    let other = Rules::parse(file.as_bytes(), "other");
    assert_eq!(other.crawl_delay(), Some(Duration::from_millis(2_500)));
    for refused in ["-1", "nan", "soon", "inf -", ""] {
        let file = format!("User-agent: *\nCrawl-delay: {refused}\n");
        assert_eq!(Rules::parse(file.as_bytes(), "x").crawl_delay(), None, "{refused}");
    }
    let far = Rules::parse(b"User-agent: *\nCrawl-delay: inf\n", "x").crawl_delay();
    assert_eq!(far, Some(Duration::from_hours(24)));
}

/// Section 2.2.4: they must not end a group.
#[test]
fn other_records_end_no_group() {
    for record in ["Crawl-delay: 3", "Sitemap: https://a.test/s.xml", "Host: a.test", "?"] {
        let file = format!("User-agent: foo\n{record}\nUser-agent: bar\nDisallow: /\n");
        assert!(!allows(&file, "foo", "/x"), "{record}");
        assert!(!allows(&file, "bar", "/x"), "{record}");
    }
    let file = b"User-agent: foo\nCrawl-delay: 3\nUser-agent: bar\nDisallow: /\n";
    assert_eq!(Rules::parse(file, "foo").crawl_delay(), Some(Duration::from_secs(3)));
    assert_eq!(Rules::parse(file, "bar").crawl_delay(), None, "a delay is for who stands above it");
}

/// Section 2.5, and files as they come.
#[test]
fn odd_files() {
    assert!(!allows("User-agent: *\rDisallow: /a\r", "x", "/a"));
    assert!(!allows("User-agent *\nDisallow /a\n", "x", "/a"), "white space for a colon");
    assert!(!allows("User-agent: *\nDissallow: /a\n", "x", "/a"), "a common slip");
    assert!(!allows("<html>\nUser-agent: *\nDisallow: /a\n", "x", "/a"));
    let mut nul = b"User-agent: *\nDisallow: /a".to_vec();
    nul.extend_from_slice(b"\0/b\n");
    assert!(!Rules::parse(&nul, "x").check("/ac").allowed);
    let long = format!("User-agent: *\nDisallow: /{}\u{e9}\nDisallow: /a\n", "x".repeat(20_000));
    assert!(!allows(&long, "x", "/a"), "a long line with a character across the cut");
}

/// Google's matcher on real files: `fixtures/robots/expected.tsv`.
#[test]
fn no_difference_to_google_on_real_files() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/robots");
    let expected = std::fs::read_to_string(format!("{folder}/expected.tsv")).unwrap();
    let mut questions = 0;
    let mut differences = Vec::new();
    for line in expected.lines() {
        let [file, token, url, answer] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let body = std::fs::read(format!("{folder}/{file}")).unwrap();
        let path = super::super::path_and_query(url).unwrap();
        let rules = Rules::parse(&body, token);
        let compact = Rules::of_compact(&rules.compact(), token);
        for rules in [rules, compact] {
            if rules.check(path).allowed != (answer == "allow") {
                differences.push(line);
            }
        }
        questions += 1;
    }
    assert_eq!((questions, differences), (952, Vec::<&str>::new()));
}

/// The compact form is longer than the file where the file is terse or not ASCII.
#[test]
fn the_compact_form_loses_nothing_of_a_full_file() {
    for filler in ["Allow:/a\n", "Disallow:/\u{e9}\u{e9}\u{e9}\n"] {
        let mut file = "User-agent:*\n".to_owned();
        while file.len() < 512 * 1024 - 40 {
            file.push_str(filler);
        }
        file.push_str("Disallow:/last\n");
        let rules = Rules::parse(file.as_bytes(), "x");
        let compact = rules.compact();
        assert!(compact.len() > file.len());
        for rules in [&rules, &Rules::of_compact(&compact, "x")] {
            assert!(!rules.check("/last").allowed && rules.check("/b").allowed, "{filler}");
        }
    }
}

#[test]
fn the_compact_form_says_the_same_of_patterns_that_were_cut() {
    for long in ["a".repeat(20_000), "\u{e9}".repeat(9_000), "a ".repeat(9_000)] {
        let file = format!("User-agent:*\nDisallow:/\nAllow:/{long}\n");
        let rules = Rules::parse(file.as_bytes(), "x");
        let again = Rules::of_compact(&rules.compact(), "x");
        let patterns = |rules: &Rules| -> Vec<_> {
            rules.lines.iter().map(|rule| rule.pattern.clone()).collect()
        };
        assert_eq!(patterns(&again), patterns(&rules));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        path in "/\\PC{0,20}",
    ) {
        Rules::parse(&body, "newshound").check(&path);
    }

    #[test]
    fn the_compact_form_says_the_same(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("User-agent: newshound".to_owned()),
                Just("User-agent: *".to_owned()),
                Just("User-agent: other".to_owned()),
                "(Allow|Disallow): /[ab%4é*$]{0,5}(/index.html)?",
                "Crawl-delay: [0-9]{1,2}(\\.[0-9])?",
                Just("Sitemap: https://a.test/s.xml".to_owned()),
            ],
            0..12,
        ),
        path in "/[ab%4é/]{0,6}",
    ) {
        let rules = Rules::parse(lines.join("\n").as_bytes(), "newshound");
        let again = Rules::parse(rules.compact().as_bytes(), "newshound");
        prop_assert_eq!(again.check(&path).allowed, rules.check(&path).allowed);
        prop_assert_eq!(again.crawl_delay(), rules.crawl_delay());
        prop_assert_eq!(again.sitemaps(), rules.sitemaps());
    }
}

/// Content signals belong to a group, licences to the file; both survive being stored.
#[test]
fn what_is_said_of_the_use() {
    let file = b"License: https://a.test/licence.xml\n\
        User-agent: other\nContent-Signal: ai-train=yes\nDisallow: /other\n\n\
        User-agent: *\nContent-Signal: search=yes, ai-train=no\n\
        content-signal: search=yes, ai-train=no\n\
        Allow: /\nDisallow: /private\n";
    for rules in [
        Rules::parse(file, "newshound"),
        Rules::of_compact(&Rules::parse(file, "newshound").compact(), "newshound"),
    ] {
        assert_eq!(rules.content_signals(), ["search=yes, ai-train=no"]);
        assert_eq!(rules.licences(), ["https://a.test/licence.xml"]);
        assert!(!rules.check("/private").allowed && rules.check("/other").allowed);
    }
    let many = (0..100).fold("User-agent: *\n".to_owned(), |text, n| {
        text + &format!("Content-Signal: a{n}=no\nLicense: https://a.test/{n}\n")
    });
    let rules = Rules::parse(many.as_bytes(), "newshound");
    assert_eq!((rules.content_signals().len(), rules.licences().len()), (8, 8));
}
