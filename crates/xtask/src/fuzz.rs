//! `fuzz`: libFuzzer on the readers of what comes from outside (`tests/fuzz`).
//!
//! It works with a stable compiler: LLVM puts the counters in by plain code generation options. No
//! sanitizer is needed, since there is no unsafe code of ours that it could watch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell;

/// The targets, and where more inputs of their kind are kept.
const TARGETS: [(&str, Option<&str>); 8] = [
    ("robots", Some("crates/crawl/fixtures/robots")),
    ("html", None),
    ("feed", Some("crates/extract/fixtures/feeds")),
    ("sitemap", Some("crates/extract/fixtures/sitemaps")),
    ("charset", None),
    ("coding", None),
    ("warc", None),
    ("article", None),
];

/// What libFuzzer needs of the compiler: counters for each edge, and the constants that are
/// compared with (LLVM's `SanitizerCoverage`).
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Longest input, in bytes: what goes wrong goes wrong on small ones.
const INPUT_BYTES_MAX: u32 = 16_384;

/// Seconds after which an input counts as a hang; the readers take milliseconds.
const HANG_S: u32 = 10;

/// Megabytes after which an input counts as a bomb.
const MEMORY_MB_MAX: u32 = 1_024;

/// What to fuzz, and for how long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Minutes in all, shared out evenly among the targets
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// robots, html, feed, sitemap, charset, coding, warc or article (repeatable) [default: all]
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
}

impl Default for Args {
    fn default() -> Self {
        Self { minutes: 1.0, targets: Vec::new() }
    }
}

/// Builds the fuzzer and runs the targets one after another; one that fails stops no other.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let unknown = args.targets.iter().find(|name| TARGETS.iter().all(|(known, _)| known != name));
    if let Some(name) = unknown {
        let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
        bail!("no target {name:?}; there are {}", names.join(", "));
    }
    let is_wanted = |name: &str| args.targets.is_empty() || args.targets.iter().any(|t| t == name);
    let targets: Vec<_> = TARGETS.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    let program = build(root)?;
    let seconds = ((args.minutes * 60.0) / targets.len() as f64).max(1.0).round();
    let mut found = Vec::new();
    for (name, more) in targets {
        let fuzzed = fuzz(root, &program, name, more, seconds)?;
        println!("{}", fuzzed.line);
        found.extend(fuzzed.found);
    }
    if found.is_empty() {
        return Ok(());
    }
    let found = found.join("\n  ");
    bail!("broken by\n  {found}\nMend it, and keep the file in tests/fuzz/corpus/TARGET/")
}

/// Builds with counters, below `target/fuzz`, so that other builds stay as they are.
fn build(root: &Path) -> Result<PathBuf> {
    if !shell::succeeds("c++", &["--version"]) {
        bail!("libFuzzer needs a C++ compiler: apt-get install g++ (or cargo xtask setup)");
    }
    let version = shell::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc -vV does not say what it runs on")?;
    let target = folder(root);
    let what = ["build", "--quiet", "--locked", "--package", "fuzz", "--features", "libfuzzer"];
    // With a target named, build scripts and macros are left without counters.
    let mut build = shell::cargo(root, &what);
    build.args(["--profile", "fuzz", "--target", host, "--target-dir"]).arg(&target);
    shell::run(build.env("RUSTFLAGS", COVERAGE))?;
    Ok(target.join(host).join("fuzz/fuzz"))
}

fn folder(root: &Path) -> PathBuf {
    root.join("target/fuzz")
}

/// What came of one target.
struct Fuzzed {
    line: String,
    found: Option<String>,
}

fn fuzz(
    root: &Path,
    program: &Path,
    name: &str,
    more: Option<&str>,
    seconds: f64,
) -> Result<Fuzzed> {
    let (grown, found) = (folder(root).join("corpus").join(name), folder(root).join("found"));
    for folder in [&grown, &found] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut command = Command::new(program);
    command.env("FUZZ_TARGET", name).current_dir(root).stdin(Stdio::null());
    command.arg(&grown).arg(root.join("tests/fuzz/corpus").join(name));
    command.args(more.map(|more| root.join(more)));
    command.arg(format!("-max_total_time={seconds}")).arg(format!("-timeout={HANG_S}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"));
    command.arg(format!("-max_len={INPUT_BYTES_MAX}")).arg("-print_final_stats=1");
    command.arg(format!("-artifact_prefix={}/{name}-", found.display()));
    let output = command.output().with_context(|| format!("cannot fuzz {name}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let runs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let covered = said.lines().filter_map(|line| line.split_once(" cov: ")).next_back();
    let covered = covered.and_then(|(_, rest)| rest.split(' ').next()).unwrap_or("?");
    let line = format!(
        "{name:<8} {} inputs in {seconds} s, {covered} edges covered, {}",
        runs.unwrap_or("?").trim(),
        if output.status.success() { "nothing found" } else { "BROKEN" },
    );
    let found = (!output.status.success()).then(|| {
        let tail: Vec<_> = said.lines().rev().take(40).collect();
        tail.into_iter().rev().for_each(|line| eprintln!("{line}"));
        let file = said.lines().find_map(|line| line.split_once("Test unit written to "));
        file.map_or_else(|| format!("{name}: see above"), |(_, file)| file.to_owned())
    });
    Ok(Fuzzed { line, found })
}
