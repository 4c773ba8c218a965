//! Tests of the module that declares this one.

use super::*;

/// 2026-11-25.
const NOW: UnixMicros = UnixMicros(1_795_564_800_000_000);

fn url(path: &str) -> CanonicalUrl {
    CanonicalUrl::parse(&format!("https://a.test{path}")).unwrap()
}

#[test]
fn what_the_url_alone_gives_away() {
    use Rule::{DeepPath, FutureDate, RepeatedPath, SessionId};
    for (path, rule) in [
        ("/", None),
        ("/politics/2026/11/24/talks-end-12.html", None),
        ("/2011/11/11/11-ships", None),
        ("/11/11/11/11", None),
        ("/a/b/a/b/x", None),
        ("/a/a/x", None),
        ("/a/b/a/b/a/b", Some(RepeatedPath)),
        ("/x/news/news/news", Some(RepeatedPath)),
        ("/a/b/c/a/b/c/a/b/c/d", Some(RepeatedPath)),
        ("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21", Some(DeepPath)),
        ("/a;jsessionid=AB12?x=1", Some(SessionId)),
        ("/a?PHPSESSID=x&b=1", Some(SessionId)),
        ("/a?sid=0123456789abcdef01", Some(SessionId)),
        ("/a?sid=politics", None),
        ("/a?sid=1234", None),
        ("/events/2026/12", None),
        ("/events/2027/03/12", Some(FutureDate)),
        ("/events?month=2031-05", Some(FutureDate)),
        ("/events?year=2031&month=5", Some(FutureDate)),
        ("/events/2031-05-12", Some(FutureDate)),
        ("/news/2031-05-plan-12345", None),
        ("/article/5012/07", None),
        ("/2020/02/30", None),
    ] {
        let found = by_form(&Config::default(), &url(path), NOW);
        assert_eq!(found.map(|skip| skip.rule), rule, "{path}");
    }
}

#[test]
fn sessions_are_taken_out() {
    for (path, bare) in [
        ("/a;jsessionid=AB12?x=1", "/a?x=1"),
        ("/a;JSESSIONID=AB12/b", "/a/b"),
        ("/a?b=1&PHPSESSID=x&sid=0123456789abcdef01", "/a?b=1"),
        ("/a;jsessionid=1?phpsessid=2", "/a"),
    ] {
        let found = by_form(&Config::default(), &url(path), NOW).unwrap();
        assert_eq!(found.instead, Some(url(bare)), "{path}");
    }
}

#[test]
fn lists_and_calendars() {
    use ShapeKind::{Calendar, Pagination, Plain};
    for (path, kind) in [
        ("/politics/?page=2", Pagination),
        ("/politics/page/2", Pagination),
        ("/politics/page-2", Pagination),
        ("/search?q=x&offset=20", Pagination),
        ("/?p=12345", Plain),
        ("/2026/11", Calendar),
        ("/events/2026/11/24/", Calendar),
        ("/events/2026-11-24", Calendar),
        ("/events?date=20261124", Calendar),
        ("/2026/11/24/talks-end", Plain),
        ("/politics", Plain),
    ] {
        assert_eq!(ShapeKind::of(&url(path)), kind, "{path}");
    }
}

#[test]
fn a_form_that_brings_nothing_is_left_alone_for_the_day() {
    let shape = Shape(1);
    let mut budgets = Budgets::default();
    for n in 0..20 {
        assert!(!budgets.is_spent(shape, 20, 7), "{n}");
        budgets.note(shape, false, 20, 7);
    }
    assert!(budgets.is_spent(shape, 20, 7));
    assert!(!budgets.is_spent(shape, 20, 8), "tomorrow it may show itself");
    budgets.note(shape, false, 20, 8);
    assert!(budgets.is_spent(shape, 20, 8), "once");
    budgets.note(shape, true, 20, 9);
    assert!(!budgets.is_spent(shape, 20, 9));
}

#[test]
fn what_brings_something_now_and_then_is_never_spent() {
    let shape = Shape(1);
    let mut budgets = Budgets::default();
    for n in 0..2_000 {
        budgets.note(shape, n % 5 == 0, 20, 7);
        assert!(!budgets.is_spent(shape, 20, 7), "{n}");
    }
}

#[test]
fn many_forms_take_little_room() {
    let mut budgets = Budgets::default();
    for n in 0..1_000 {
        budgets.note(Shape(u32::MAX - n), false, 1, 20_000);
    }
    let size = serde_json::to_string(&budgets).unwrap().len();
    assert!((500..1_400).contains(&size), "{size}");
}

#[test]
fn a_rule_against_every_page_is_no_setting() {
    let read = |text: &str| serde_json::from_str::<Config>(text);
    assert_eq!(
        read(r#"{"same_text_max": 1, "months_ahead_max": 0}"#).unwrap().same_text_max,
        1
    );
    for key in ["variant_pages_min", "same_text_max", "barren_max", "calendar_barren_max"] {
        let refused = read(&format!(r#"{{"{key}": 0}}"#)).unwrap_err().to_string();
        assert!(refused.contains("1 or more"), "{key}: {refused}");
    }
}
