//! `deny`: licences, doubled crates and sources of the dependencies against `deny.toml`.
//!
//! `deny.toml` is in the format of cargo-deny, which is run when it is installed. Building that
//! tool takes longer than all our other checks, so what we use of it is also here (see
//! `docs/decisions/0004-licence-check.md`): this check always runs, that one is a second opinion.
//!
//! # Layout
//! - [`policy`]: what `deny.toml` says
//! - [`graph`]: the packages that we depend on, from `cargo metadata`
//! - [`licence`]: whether a licence expression is met by a list of allowed licences

mod graph;
mod licence;
mod policy;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use crate::shell;
use graph::Package;
use policy::Policy;

/// Checks the dependencies of all our targets.
pub(crate) fn run(root: &Path) -> Result<()> {
    let policy = policy::read(&root.join("deny.toml"))?;
    let packages = graph::read(root, &policy.graph.targets)?;
    let findings = check(&policy, &packages);
    for finding in &findings {
        eprintln!("deny: {finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings in {} packages", findings.len(), packages.len());
    }
    eprintln!("deny: {} packages, nothing to say", packages.len());
    if shell::succeeds("cargo-deny", &["--version"]) {
        let args = ["deny", "--offline", "check", "licenses", "bans", "sources"];
        shell::run(&mut shell::cargo(root, &args))?;
    }
    Ok(())
}

/// What the policy does not allow, one sentence each.
fn check(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages.iter().filter(|package| package.source.is_some()) {
        findings.extend(licence_finding(policy, package));
        findings.extend(source_finding(package));
    }
    findings.extend(doubled(policy, packages));
    findings.extend(stale_skips(policy, packages));
    findings
}

fn licence_finding(policy: &Policy, package: &Package) -> Option<String> {
    let Package { name, version, license, .. } = package;
    let Some(expression) = license else {
        return Some(format!("{name} {version} names no licence"));
    };
    let allowed = policy.licences_of(name);
    match licence::is_met(expression, &allowed) {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "{name} {version} is licensed `{expression}`, which deny.toml does not allow"
        )),
        Err(error) => Some(format!("{name} {version}: cannot read `{expression}`: {error}")),
    }
}

/// All comes from the registry: a commit of a repository can vanish, and has no checksum.
fn source_finding(package: &Package) -> Option<String> {
    let source = package.source.as_deref()?;
    let registry = source.starts_with("registry+") || source.starts_with("sparse+");
    (!registry).then(|| format!("{} comes from {source}, not from the registry", package.name))
}

fn doubled(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        if !policy.skips(&package.name, &package.version) {
            versions.entry(&package.name).or_default().push(&package.version);
        }
    }
    versions
        .iter()
        .filter(|(_, versions)| versions.len() > 1)
        .map(|(name, versions)| {
            format!(
                "{name} is there in {} versions ({}): bring them together, or skip one in \
                 deny.toml with the reason",
                versions.len(),
                versions.join(", ")
            )
        })
        .collect()
}

/// A skip that skips nothing hides the next doubled crate.
fn stale_skips(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let used = |skip: &&policy::Skip| {
        packages.iter().any(|package| skip.matches(&package.name, &package.version))
    };
    let skips = policy.bans.skip.iter();
    skips.filter(|skip| !used(skip)).map(|s| format!("deny.toml skips {s} in vain")).collect()
}

#[cfg(test)]
mod tests;
