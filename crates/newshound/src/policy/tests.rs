//! What holds when policy, configuration and flags meet.

use std::sync::Arc;

use super::*;

fn policy() -> Policy {
    Policy {
        contact: Some("fleet@example.org".into()),
        delay: Duration::from_secs(2),
        scope: ScopeRule::Host,
        outlet_leases_max: 4,
        address_requests_max: 10,
        address_cap_for_allowed: false,
    }
}

/// The configuration that a file gives, under the policy.
fn governed(file: &str) -> Config {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("n.toml");
    std::fs::write(&path, file).unwrap();
    let (mut config, given) = Config::load_given(Some(&path)).unwrap();
    policy().govern(&mut config, &given, Asked::default()).unwrap();
    config
}

#[test]
fn what_is_not_given_is_the_policy() {
    assert_eq!(Policy::of(&governed("")).unwrap(), policy());
}

#[test]
fn a_configuration_can_only_be_stricter() {
    for (key, lax, strict) in [
        ("politeness.delay", "\"1s\"", "\"3s\""),
        ("crawl.outlet_leases_max", "9", "3"),
        ("crawl.address_requests_max", "0", "5"),
        ("crawl.address_cap_for_allowed", "false", "true"),
    ] {
        let of = |value: &str| Policy::of(&governed(&format!("{key} = {value}"))).unwrap();
        assert_eq!(of(lax), policy(), "{key}");
        assert_eq!(policy().changes(&of(strict)).len(), 1, "{key}");
    }
    let config = governed("contact = \"own@example.org\"\nscope = \"any\"");
    assert_eq!(config.contact.as_deref(), Some("own@example.org"));
    assert_eq!(config.scope, ScopeRule::Host);
}

#[test]
fn a_flag_that_is_laxer_is_refused_with_the_remedy() {
    let refused = |asked| {
        let (mut config, given) = (Config::default(), Given::default());
        policy().govern(&mut config, &given, asked).err().map(|error| error.to_string())
    };
    let delay = |secs| Asked { delay: Some(Duration::from_secs(secs)), scope: None };
    let scope = |scope| Asked { delay: None, scope: Some(scope) };
    assert_eq!(refused(delay(2)), None);
    assert_eq!(refused(delay(3)), None);
    assert_eq!(refused(scope(ScopeRule::Host)), None);
    for (asked, words) in [
        (delay(1), ["--delay 1s", "(2s)", "--change --delay 1s"]),
        (scope(ScopeRule::Any), ["--scope any", "(host)", "--change --scope any"]),
    ] {
        let told = refused(asked).unwrap();
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    }
}

#[tokio::test]
async fn it_is_kept_in_the_frontier() {
    let frontier = frontier::Model::new(Arc::new(worker::SystemClock));
    assert_eq!(Policy::read(&frontier).await.unwrap(), None);
    policy().store(&frontier).await.unwrap();
    assert_eq!(Policy::read(&frontier).await.unwrap(), Some(policy()));
    assert_eq!(scope_of(&frontier).await.unwrap(), Some(ScopeRule::Host));
    let newer = r#"{"delay":"1s","scope":"any","outlet_leases_max":1,"sleep":true}"#;
    frontier.set_note("policy", newer).await.unwrap();
    let error = Policy::read(&frontier).await.unwrap_err().to_string();
    assert!(error.contains("newer"), "{error}");
}

#[test]
fn bad_values_are_refused() {
    let mut config = Config { contact: Some("nobody".into()), ..Config::default() };
    assert!(Policy::of(&config).is_err());
    config.contact = None;
    config.crawl.outlet_leases_max = 0;
    let error = Policy::of(&config).unwrap_err().to_string();
    assert!(error.contains("--outlet-hosts"), "{error}");
}

#[test]
fn caps_meet() {
    assert_eq!([lower_cap(0, 0), lower_cap(0, 3), lower_cap(3, 0), lower_cap(5, 3)], [0, 3, 3, 3]);
}
