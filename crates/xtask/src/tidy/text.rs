//! Rules on the lines of a file.

use super::{Finding, Source};

/// Lines of a Rust file without its tests (`style.md`: aim at 300).
const FILE_LINES_MAX: usize = 600;
/// Characters of a line of code.
const LINE_CHARS_MAX: usize = 100;
/// Where lines are code; prose may have long table rows, manifests long feature lists.
const CODE: [&str; 7] = ["rs", "py", "lua", "sql", "js", "css", "sh"];

/// Words that may not stand in any Rust file.
const UNFINISHED: [(&str, &str); 3] = [
    ("todo!", "finish it, or leave it out and say so in the issue"),
    ("unimplemented!", "finish it, or leave it out and say so in the issue"),
    ("#[ignore", "repair the test, or delete it and say why in the commit"),
];

/// Words that may not stand in tests.
const IN_TESTS: [(&str, &str); 1] =
    [("thread::sleep", "wait for the condition itself, or hand in a clock that the test moves")];

/// Beginnings of absolute paths that exist on one machine only.
const MACHINE_PATHS: [&str; 4] = ["/work/", "/root/", "/home/", "/Users/"];

/// Ends of host names that nobody can own (RFC 2606, RFC 6761), or that never leave the machine.
const NOWHERE: [&str; 8] = [
    ".test",
    ".example",
    ".invalid",
    "localhost",
    "example.com",
    "example.org",
    "example.net",
    ".local",
];

/// Hosts that stand in names, not in addresses that we would visit: profiles of the WARC standard,
/// vocabularies, and the page that tells a site's owner about us.
const NAMES: [&str; 5] =
    ["netpreserve.org", "bibnum.bnf.fr", "schema.org", "www.w3.org", "www.sitemaps.org"];

/// Crates whose code or tests talk to the network: a host in them could be visited.
const TALKING: [&str; 6] = [
    "crates/fetch/",
    "crates/worker/",
    "crates/newshound/",
    "crates/newsweb/",
    "crates/xtask/",
    "tests/",
];

/// Runs all rules of this module.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| !is_exempt(&source.path)) {
        let extension = source.path.rsplit_once('.').map_or("", |(_, extension)| extension);
        if extension == "rs" {
            module_doc(source, &mut findings);
            file_length(source, &mut findings);
            forbidden_words(source, &mut findings);
        }
        if CODE.contains(&extension) || source.path == ".ci/run" {
            line_length(source, &mut findings);
            hosts(source, &mut findings);
        }
        machine_paths(source, &mut findings);
    }
    findings
}

/// These rules name what they forbid; fixtures and the lock file are not written by us.
fn is_exempt(path: &str) -> bool {
    path.starts_with("crates/xtask/src/tidy/")
        || path.starts_with("tests/pages/")
        || path.contains("/fixtures/")
        || path == "Cargo.lock"
}

fn module_doc(source: &Source, findings: &mut Vec<Finding>) {
    let first = source.text.lines().find(|line| !line.trim().is_empty());
    if !first.is_some_and(|line| line.starts_with("//!")) {
        findings.push(Finding {
            path: source.path.clone(),
            line: 1,
            what: "the module does not say what it is for".to_owned(),
            remedy: "begin it with `//!` and its one job",
        });
    }
}

fn file_length(source: &Source, findings: &mut Vec<Finding>) {
    let lines = first_test_line(source).unwrap_or_else(|| source.text.lines().count());
    if lines > FILE_LINES_MAX {
        findings.push(Finding {
            path: source.path.clone(),
            line: 0,
            what: format!("{lines} lines, the limit is {FILE_LINES_MAX} without tests"),
            remedy: "a file is one noun: find the second one and give it a file",
        });
    }
}

fn forbidden_words(source: &Source, findings: &mut Vec<Finding>) {
    let tests_from = first_test_line(source).unwrap_or(usize::MAX);
    for (index, line) in source.text.lines().enumerate() {
        let in_tests = if index >= tests_from { &IN_TESTS[..] } else { &[] };
        for (word, remedy) in UNFINISHED.iter().chain(in_tests) {
            if line.contains(word) {
                let what = format!("`{word}`");
                findings.push(Finding { path: source.path.clone(), line: index + 1, what, remedy });
            }
        }
    }
}

/// Index of the line with which the tests begin; 0 for files that are tests as a whole.
fn first_test_line(source: &Source) -> Option<usize> {
    let path = &source.path;
    let is_test =
        path.ends_with("/tests.rs") || path.starts_with("tests/") || path.contains("/tests/");
    if is_test {
        return Some(0);
    }
    let mut lines = source.text.lines().enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let module = lines.peek().is_some_and(|(_, next)| next.starts_with("mod "));
        if line.trim_end() == "#[cfg(test)]" && module {
            return Some(index);
        }
    }
    None
}

fn line_length(source: &Source, findings: &mut Vec<Finding>) {
    for (index, line) in source.text.lines().enumerate() {
        let chars = line.chars().count();
        if chars > LINE_CHARS_MAX {
            findings.push(Finding {
                path: source.path.clone(),
                line: index + 1,
                what: format!("{chars} characters, the limit is {LINE_CHARS_MAX}"),
                remedy: "break it; a long text continues with a backslash",
            });
        }
    }
}

fn machine_paths(source: &Source, findings: &mut Vec<Finding>) {
    for (index, line) in source.text.lines().enumerate() {
        if let Some(path) = MACHINE_PATHS.iter().find(|path| begins_a_word(line, path)) {
            findings.push(Finding {
                path: source.path.clone(),
                line: index + 1,
                what: format!("a path of one machine (`{path}`)"),
                remedy: "name it from the root of the repository, or take it as an argument",
            });
        }
    }
}

/// Whether `path` stands where a path would begin: not behind a host or another folder.
fn begins_a_word(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '}' | '*'))
    })
}

/// Addresses in code that could be visited. Comments may link to standards and issues.
fn hosts(source: &Source, findings: &mut Vec<Finding>) {
    if !TALKING.iter().any(|folder| source.path.starts_with(folder)) {
        return;
    }
    for (index, line) in source.text.lines().enumerate() {
        let code = line.trim_start();
        if code.starts_with("//") || code.starts_with('#') {
            continue;
        }
        for host in hosts_in(code).filter(|host| !is_nowhere(host)) {
            findings.push(Finding {
                path: source.path.clone(),
                line: index + 1,
                what: format!("the host `{host}` belongs to somebody"),
                remedy: "use a name under .test or .example, or loopback",
            });
        }
    }
}

/// The hosts of all http and https URLs in a line; names put together at run time are left out.
fn hosts_in(line: &str) -> impl Iterator<Item = &str> {
    let starts = ["http://", "https://"];
    starts.into_iter().flat_map(move |scheme| {
        line.match_indices(scheme).filter_map(move |(at, _)| {
            let rest = &line[at + scheme.len()..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || ".-{}[]:@_%".contains(c)));
            let authority = &rest[..end.unwrap_or(rest.len())];
            let host = authority.rsplit('@').next().unwrap_or(authority);
            let host = if host.starts_with('[') { host } else { host.split(':').next()? };
            let named = host.contains('.') && !host.contains(['{', '}', '%']);
            named.then_some(host.trim_end_matches('.'))
        })
    })
}

/// Reserved names and IP literals (whose traffic the address guard's tests hold back).
fn is_nowhere(host: &str) -> bool {
    let literal = host.starts_with('[') || host.chars().all(|c| c.is_ascii_digit() || c == '.');
    let ends_with = |name: &&str| host.to_ascii_lowercase().ends_with(*name);
    literal || NOWHERE.iter().any(ends_with) || NAMES.contains(&host)
}
