//! Tests of the module that declares this one.

use super::*;

const TOKEN: &str = "newshound";

fn headers(values: &[&str]) -> RobotsMeta {
    let mut robots = RobotsMeta::default();
    for value in values {
        robots.add_header(value, TOKEN);
    }
    robots
}

#[test]
fn headers_speak_to_everybody_or_to_one_agent() {
    for (values, directives) in [
        (&["noindex"][..], &["noindex"][..]),
        (&["NoIndex, NOFOLLOW"], &["noindex", "nofollow"]),
        (&["noindex,,nofollow,"], &["noindex", "nofollow"]),
        (&["newshound: nofollow"], &["nofollow"]),
        (&["NewsHound : nofollow"], &["nofollow"]),
        (&["otherbot: noindex, nofollow"], &[]),
        (&["otherbot: noindex, newshound: noarchive"], &["noarchive"]),
        (&["noarchive, otherbot: noindex"], &["noarchive"]),
        (&["otherbot: noindex, *: noarchive"], &["noarchive"]),
        (&["otherbot: noindex", "noarchive"], &["noarchive"]),
        (&["noindex", "noindex"], &["noindex"]),
        (&[""], &[]),
    ] {
        assert_eq!(headers(values).directives, directives, "{values:?}");
    }
}

#[test]
fn a_colon_is_not_always_an_agent() {
    for (value, directives) in [
        (
            "unavailable_after: 25 Jun 2026 15:00:00 PST",
            &["unavailable_after: 25 jun 2026 15:00:00 pst"][..],
        ),
        (
            "unavailable_after: Thu, 25 Jun 2026 15:00:00 GMT, nofollow",
            &["unavailable_after: thu, 25 jun 2026 15:00:00 gmt", "nofollow"],
        ),
        ("newshound: unavailable_after: 2026-06-25", &["unavailable_after: 2026-06-25"]),
        ("otherbot: unavailable_after: Thu, 25 Jun 2026 15:00:00 GMT, noindex", &[]),
        (
            "max-snippet:50, Max-Image-Preview: large",
            &["max-snippet:50", "max-image-preview: large"],
        ),
    ] {
        assert_eq!(headers(&[value]).directives, directives, "{value:?}");
    }
}

#[test]
fn the_most_restrictive_wins() {
    for (values, nofollow, noindex, noarchive) in [
        (&["all"][..], false, false, false),
        (&["none"], true, true, false),
        (&["follow", "nofollow"], true, false, false),
        (&["nofollow", "newshound: follow"], true, false, false),
        (&["index, noarchive"], false, false, true),
        (&["unavailable_after: nofollow"], false, false, false),
    ] {
        let robots = headers(values);
        let flags = (robots.nofollow, robots.noindex, robots.noarchive);
        assert_eq!(flags, (nofollow, noindex, noarchive), "{values:?}");
    }
}

#[test]
fn a_meta_names_no_agent() {
    let mut robots = RobotsMeta::default();
    robots.add_meta(" noarchive ,unavailable_after: Mon, 1 Jan 2027 00:00:00 GMT, max-snippet:-1");
    let expected =
        ["noarchive", "unavailable_after: mon, 1 jan 2027 00:00:00 gmt", "max-snippet:-1"];
    assert_eq!(robots.directives, expected);
    assert!(robots.noarchive);
}

#[test]
fn what_is_kept_is_bounded_but_what_matters_is_seen() {
    let many: Vec<String> = (0..10_000).map(|n| format!("x{n}")).collect();
    let mut robots = headers(&[&many.join(",")]);
    robots.add_meta(&"y".repeat(DIRECTIVE_BYTES_MAX + 1));
    robots.add_meta("none");
    assert_eq!(robots.directives.len(), DIRECTIVES_MAX);
    assert!(robots.nofollow && robots.noindex);
}
