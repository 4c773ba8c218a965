//! Licence expressions by table, and each rule on a small graph that breaks it.

use std::collections::BTreeSet;

use super::*;

const POLICY: &str = r#"
    [graph]
    targets = []
    [licenses]
    allow = ["MIT", "Apache-2.0"]
    exceptions = [{ crate = "roots", allow = ["CDLA-Permissive-2.0"] }]
    [bans]
    skip = [{ crate = "old@1.2", reason = "both are needed" }]
"#;

fn package(name: &str, version: &str, license: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: version.to_owned(),
        license: Some(license.to_owned()),
        source: Some("registry+somewhere".to_owned()),
    }
}

/// Findings on a graph that also holds what the policy skips.
fn findings(packages: Vec<Package>) -> Vec<String> {
    let mut packages = packages;
    packages.push(package("old", "1.2.3", "MIT"));
    check(&toml::from_str(POLICY).unwrap(), &packages)
}

#[test]
fn licence_expressions() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "GPL-2.0 WITH Classpath-exception-2.0"]);
    for (expression, met) in [
        ("MIT", true),
        ("BSD-3-Clause", false),
        ("MIT OR BSD-3-Clause", true),
        ("MIT/BSD-3-Clause", true),
        ("MIT AND BSD-3-Clause", false),
        ("MIT AND Apache-2.0", true),
        ("BSD-3-Clause OR MIT AND Apache-2.0", true),
        ("(BSD-3-Clause OR MIT) AND Zlib", false),
        ("(MIT OR Apache-2.0) AND MIT", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-2.0", false),
        ("GPL-2.0 WITH Classpath-exception-2.0", true),
    ] {
        assert_eq!(licence::is_met(expression, &allowed).unwrap(), met, "{expression}");
    }
}

#[test]
fn broken_licence_expressions_are_errors() {
    let deep = format!("{}MIT{}", "(".repeat(1000), ")".repeat(1000));
    for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "AND MIT", &deep] {
        assert!(licence::is_met(expression, &BTreeSet::from(["MIT"])).is_err(), "{expression}");
    }
}

#[test]
fn an_allowed_graph_gives_nothing() {
    let roots = package("roots", "1.0.0", "CDLA-Permissive-2.0");
    let both = [package("old", "2.0.0", "MIT"), roots];
    assert_eq!(findings(both.into()), Vec::<String>::new());
}

#[test]
fn other_licences_and_none_are_found() {
    let found = findings(vec![package("a", "1.0.0", "CDLA-Permissive-2.0")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("a 1.0.0 is licensed `CDLA-Permissive-2.0`"), "{found:?}");
    let none = Package { license: None, ..package("a", "1.0.0", "") };
    assert_eq!(findings(vec![none]), ["a 1.0.0 names no licence"]);
}

#[test]
fn doubled_crates_are_found() {
    let found = findings(vec![package("a", "1.0.0", "MIT"), package("a", "2.0.0", "MIT")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("a is there in 2 versions (1.0.0, 2.0.0)"), "{found:?}");
}

#[test]
fn a_skip_that_skips_nothing_is_found() {
    let found = check(&toml::from_str(POLICY).unwrap(), &[]);
    assert_eq!(found, ["deny.toml skips old@1.2 in vain"]);
}

#[test]
fn packages_from_elsewhere_are_found() {
    let git = Package { source: Some("git+x".into()), ..package("a", "1.0.0", "MIT") };
    assert_eq!(findings(vec![git]), ["a comes from git+x, not from the registry"]);
}
