//! Tests of the module that declares this one.

use super::*;

fn url(text: &str) -> CanonicalUrl {
    CanonicalUrl::parse(text).unwrap()
}

#[test]
fn where_redirects_lead() {
    use WallKind::{Challenge, Consent, Geo, Login};
    let article = "https://www.a.test/2026/11/talks-end-48213";
    for (to, kind) in [
        ("https://consent.a.test/collect?back=x", Some(Consent)),
        ("https://www.a.test/consent?redirect=%2F2026", Some(Consent)),
        ("https://www.a.test/zustimmung/?url=x", Some(Consent)),
        ("https://cdn.privacy-mgmt.com/index.html", Some(Consent)),
        ("https://login.a.test/", Some(Login)),
        ("https://www.a.test/login?next=/x", Some(Login)),
        ("https://www.a.test/wp-login.php?redirect_to=x", Some(Login)),
        ("https://www.a.test/cdn-cgi/challenge-platform/x", Some(Challenge)),
        ("https://www.a.test/geo-block.html", Some(Geo)),
        ("https://www.a.test/loginova-wins-the-race-12345", None),
        ("https://www.a.test/2026/11/24/talks-end-48213", None),
        ("https://consent.test/", None),
        ("https://www.a.test/news/consent-is-asked-for-48213", None),
    ] {
        let found = of_redirect(&url(article), &url(to));
        assert_eq!(found.map(|wall| wall.kind), kind, "{to}");
    }
}

#[test]
fn who_asks_for_a_login_page_has_no_wall_before_it() {
    let (from, to) = (url("https://a.test/login"), url("https://a.test/login/"));
    assert_eq!(of_redirect(&from, &to), None);
}

#[test]
fn headers_and_statuses() {
    let asked = url("https://a.test/x");
    for (status, header, found) in [
        (200, ("cf-mitigated", "challenge"), Some("challenge by header")),
        (503, ("CF-Mitigated", "challenge"), Some("challenge by header")),
        (202, ("x-amzn-waf-action", "challenge"), Some("challenge by header")),
        (200, ("x-datadome", "protected"), None),
        (401, ("www-authenticate", "Basic"), Some("login by status")),
        (451, ("link", "<https://a.test/why>; rel=blocked-by"), Some("geo by status")),
        (403, ("server", "nginx"), None),
        (429, ("retry-after", "5"), None),
        (503, ("retry-after", "5"), None),
    ] {
        let headers = [(header.0.to_owned(), header.1.as_bytes().to_vec())];
        let answer = Answer { url: &asked, status, headers: &headers };
        assert_eq!(of_head(&answer).map(|wall| wall.to_string()).as_deref(), found, "{header:?}");
    }
}
