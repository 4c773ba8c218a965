//! Each rule on a small tree that breaks it, and on one that does not.

use std::fs;
use std::path::Path;

use super::*;

/// A tree of files in a temporary folder.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn text_findings(files: &[(&str, &str)]) -> Vec<String> {
    let dir = tree(files);
    text::check(&read_tree(dir.path()).unwrap()).iter().map(ToString::to_string).collect()
}

fn tree_findings(root: &Path) -> Vec<String> {
    tree::check(root, &read_tree(root).unwrap()).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_one(findings: &[String], start: &str) {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert!(findings[0].starts_with(start), "{} does not start with {start}", findings[0]);
}

#[test]
fn a_clean_file_gives_nothing() {
    let text = "//! A job.\n\nfn f() {}\n\n#[cfg(test)]\nmod tests;\n";
    assert_eq!(text_findings(&[("crates/a/src/lib.rs", text)]), Vec::<String>::new());
}

#[test]
fn a_module_says_what_it_is_for() {
    let found = text_findings(&[("crates/a/src/b.rs", "use x;\n//! Too late.\n")]);
    assert_one(&found, "crates/a/src/b.rs:1: the module does not say");
}

#[test]
fn long_files_are_found_and_their_tests_not_counted() {
    let long = format!("//! Job.\n{}", "fn f() {}\n".repeat(600));
    assert_one(&text_findings(&[("a.rs", &long)]), "a.rs: 601 lines");
    let tests = format!("//! Job.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "//\n".repeat(700));
    assert!(text_findings(&[("a.rs", &tests)]).is_empty());
    assert!(text_findings(&[("a/tests.rs", &long)]).is_empty());
}

#[test]
fn long_lines_are_counted_in_characters() {
    let line = |chars: usize| format!("//! {}\n", "ü".repeat(chars - 4));
    assert!(text_findings(&[("a.rs", &line(100))]).is_empty());
    assert_one(&text_findings(&[("a.rs", &line(101))]), "a.rs:1: 101 characters");
    assert_one(&text_findings(&[(".ci/run", &line(101))]), ".ci/run:1: 101 characters");
    assert!(text_findings(&[("a.md", &line(101))]).is_empty(), "prose may be wide");
}

#[test]
fn unfinished_code_and_ignored_tests_are_found() {
    assert_one(&text_findings(&[("a.rs", "//! J.\nfn f() { todo!() }\n")]), "a.rs:2: `todo!`");
    let ignored = "//! J.\n#[ignore = \"slow\"]\nfn f() {}\n";
    assert_one(&text_findings(&[("a.rs", ignored)]), "a.rs:2: `#[ignore`");
}

#[test]
fn only_tests_may_not_sleep() {
    let sleep = "fn f() { std::thread::sleep(d) }\n";
    let code = format!("//! J.\n{sleep}");
    assert!(text_findings(&[("crates/a/src/a.rs", &code)]).is_empty());
    assert_one(&text_findings(&[("tests/it/a.rs", &code)]), "tests/it/a.rs:2: `thread::sleep`");
    let inline = format!("//! J.\n#[cfg(test)]\nmod tests {{\n{sleep}}}\n");
    assert_one(&text_findings(&[("a.rs", &inline)]), "a.rs:4: `thread::sleep`");
}

#[test]
fn paths_of_a_machine_are_found_and_paths_of_urls_are_not() {
    assert_one(&text_findings(&[("a.toml", "dir = \"/home/me/x\"\n")]), "a.toml:1: a path of one");
    let fine = "//! J.\nlet url = \"http://a.test/work/x\"; // net/work/x, {host}/home/x\n";
    assert!(text_findings(&[("a.rs", fine)]).is_empty());
}

#[test]
fn hosts_that_could_be_visited_are_found() {
    let bad = "//! J.\nget(\"https://www.somebody.com/x\");\n";
    let found = text_findings(&[("tests/it/a.rs", bad)]);
    assert_one(&found, "tests/it/a.rs:2: the host `www.somebody.com`");
    assert!(text_findings(&[("crates/crawl/src/a.rs", bad)]).is_empty(), "a crate without I/O");
    for fine in [
        "get(\"http://outlet-001.test:80/\");",
        "get(\"http://me@127.0.0.1:8080/\");",
        "get(\"http://[::1]:8080/\");",
        "get(format!(\"http://{host}/\"));",
        "// See https://www.somebody.com/standard.",
        "let profile = \"http://netpreserve.org/warc/1.1/revisit/x\";",
    ] {
        let text = format!("//! J.\n{fine}\n");
        let found = text_findings(&[("tests/it/a.rs", &text)]);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn what_is_no_text_and_what_is_built_is_not_read() {
    let dir = tree(&[("target/a.rs", "x"), (".venvs/b.rs", "x"), ("c.rs", "//! J.\n")]);
    fs::write(dir.path().join("d.rs"), b"\xff\xfe").unwrap();
    let sources = read_tree(dir.path()).unwrap();
    assert_eq!(sources.iter().map(|s| &*s.path).collect::<Vec<_>>(), ["c.rs"]);
}

const WHOLE: [(&str, &str); 9] = [
    (".ci/run", "#!/bin/bash\n"),
    ("CHANGELOG.md", "x"),
    ("CONTRIBUTING.md", "x"),
    ("LICENSE", "x"),
    ("README.md", "x"),
    ("config/newshound.toml", ""),
    ("deny.toml", ""),
    ("docs/architecture.md", "`a`"),
    ("crates/a/Cargo.toml", "[package]\nname = \"a\"\n[lints]\nworkspace = true\n"),
];

fn executable_tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(files);
    let run = dir.path().join(".ci/run");
    fs::set_permissions(run, fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

#[test]
fn a_whole_tree_gives_nothing_and_each_missing_file_is_named() {
    assert_eq!(tree_findings(executable_tree(&WHOLE).path()), Vec::<String>::new());
    let dir = executable_tree(&WHOLE);
    fs::remove_file(dir.path().join("config/newshound.toml")).unwrap();
    assert_one(&tree_findings(dir.path()), "config/newshound.toml: is missing");
}

#[test]
fn the_script_of_ci_can_be_started() {
    assert_one(&tree_findings(tree(&WHOLE).path()), ".ci/run: is not executable");
}

#[test]
fn the_map_names_every_crate_and_every_crate_has_our_lints() {
    let mut files = WHOLE.to_vec();
    files.push(("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"));
    let found = tree_findings(executable_tree(&files).path());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("does not name the crate `b`"), "{found:?}");
    assert!(found[1].starts_with("crates/b/Cargo.toml: leaves our lints out"), "{found:?}");
}

#[test]
fn decisions_have_a_number_of_their_own() {
    let mut files = WHOLE.to_vec();
    files.extend([("docs/decisions/0001-a.md", "x"), ("docs/decisions/0001-b.md", "x")]);
    let found = tree_findings(executable_tree(&files).path());
    assert_one(&found, "docs/decisions/0001-b.md: has the number of 0001-a.md");
}

/// Findings on a workspace of crates, each with its dependencies (`dev:` before a dev one).
fn layer_findings(crates: &[(&str, &[&str])]) -> Vec<String> {
    let packages: Vec<_> = crates
        .iter()
        .map(|(name, edges)| {
            let dependencies: Vec<_> = edges
                .iter()
                .map(|edge| match edge.strip_prefix("dev:") {
                    Some(name) => serde_json::json!({ "name": name, "kind": "dev" }),
                    None => serde_json::json!({ "name": edge, "kind": null }),
                })
                .collect();
            serde_json::json!({ "name": name, "dependencies": dependencies })
        })
        .collect();
    let json = serde_json::json!({ "packages": packages }).to_string();
    let workspace = serde_json::from_str(&json).unwrap();
    layers::check(&workspace).iter().map(ToString::to_string).collect()
}

#[test]
fn edges_down_are_fine_and_so_are_neighbours_in_tests() {
    let found = layer_findings(&[
        ("newshound", &["worker", "frontier", "crawl", "newsweb"]),
        ("worker", &["fetch", "frontier", "crawl", "serde", "dev:newsweb"]),
        ("newsweb", &["tokio"]),
        ("fetch", &["crawl", "dev:newsweb"]),
        ("frontier", &["crawl"]),
        ("crawl", &["url"]),
        ("it", &["newsweb", "archive"]),
        ("archive", &["crawl"]),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn edges_up_and_sideways_are_found() {
    let sideways = layer_findings(&[("fetch", &["archive"]), ("archive", &[])]);
    assert_one(&sideways, "crates/fetch/Cargo.toml: layer 1 depends on `archive` of layer 1");
    let up = layer_findings(&[("crawl", &["worker"]), ("worker", &[])]);
    assert_one(&up, "crates/crawl/Cargo.toml: layer 0 depends on `worker` of layer 2");
}

#[test]
fn the_judge_shares_no_code_with_the_judged() {
    let found = layer_findings(&[("newsweb", &["crawl"]), ("crawl", &[])]);
    assert_one(&found, "crates/newsweb/Cargo.toml: depends on `crawl`: the judge");
}

#[test]
fn nothing_knows_the_tasks_or_the_binary() {
    let found = layer_findings(&[("worker", &["xtask"]), ("xtask", &[])]);
    assert_one(&found, "crates/worker/Cargo.toml: depends on `xtask`");
    let found = layer_findings(&[("worker", &["dev:newshound"]), ("newshound", &[])]);
    assert_one(&found, "crates/worker/Cargo.toml: tests depend on `newshound`");
}

#[test]
fn a_crate_without_a_layer_is_found() {
    assert_one(&layer_findings(&[("misc", &[])]), "crates/misc/Cargo.toml: has no layer");
}
