//! `setup`: installs what the tests need and the machine lacks.
//!
//! Debian packages come through `apt-get`, as root or with sudo; services among them are not
//! started, since tests start their own. The readers of WARC files that judge our archives are
//! Python programs whose dependencies exclude one another, so each has its own environment in
//! `.venvs/`, with the versions of `tests/peers/NAME.txt`; so has the reader of articles that ours
//! is compared with. One more holds a Valkey server.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// One environment each: warcio's `br` decoder and pywb's old packages do not bear one another.
const ENVIRONMENTS: [&str; 5] = ["warcio", "fastwarc", "pywb", "trafilatura", "valkey"];

/// A program that the tests use, how to see that it is there, and the packages that bring it.
struct Need {
    program: &'static str,
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

/// On Debian `venv` can be imported without python3-venv, but then has no pip to offer.
const NEEDS: [Need; 4] = [
    Need {
        program: "python3",
        probe: &["-c", "import ensurepip, venv"],
        packages: &["python3", "python3-venv"],
    },
    Need {
        program: "redis-server",
        probe: &["--version"],
        packages: &["redis-server", "redis-tools"],
    },
    // libFuzzer is C++; the tests themselves do without.
    Need { program: "c++", probe: &["--version"], packages: &["g++"] },
    // Checks the units of `ops/systemd`; nothing of it runs.
    Need { program: "systemd-analyze", probe: &["--version"], packages: &["systemd"] },
];

/// Installs the packages `$@` and starts none of their services, now or with the machine: Debian
/// asks `policy-rc.d` before it starts one (101: do not), and one that is there is not ours. Only
/// what we install ourselves is disabled.
const INSTALL: &str = r#"
set -eu
policy=/usr/sbin/policy-rc.d
if ! [ -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
apt-get install -y -q --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then
    for name; do
        if [ "$name" = redis-server ]; then systemctl disable "$name"; fi
    done
fi
"#;

/// How to set up.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Make the Python environments anew even when they are up to date
    #[arg(long)]
    afresh: bool,
}

/// Installs what is missing; quick when nothing is.
pub(crate) fn run(root: &Path, args: &Args) -> Result<()> {
    let missing: Vec<&str> = NEEDS
        .iter()
        .filter(|need| !shell::succeeds(need.program, need.probe))
        .flat_map(|need| need.packages.iter().copied())
        .collect();
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    for name in ENVIRONMENTS {
        make_environment(root, name, args.afresh)
            .with_context(|| format!("cannot set up the Python environment `{name}`"))?;
    }
    Ok(())
}

fn install_packages(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !shell::succeeds("apt-get", &["--version"]) {
        bail!(
            "the tests need {list} (Debian's names), and this machine has no apt-get: install them"
        );
    }
    let prefix: &[&str] = if shell::succeeds("sh", &["-c", "test \"$(id -u)\" = 0"]) {
        &[]
    } else if shell::succeeds("sudo", &["-n", "true"]) {
        &["sudo", "-n"]
    } else {
        bail!("neither root nor sudo: the tests need `apt-get install {list}`");
    };
    let debian = |args: &[&str]| {
        let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive"], args].concat();
        shell::run(Command::new(words[0]).args(&words[1..]))
    };
    debian(&["apt-get", "update", "-q"])?;
    debian(&[&["sh", "-c", INSTALL, "apt-get install"], packages].concat())
}

/// Makes `.venvs/NAME`, unless its stamp says that it has just these versions on this Python.
fn make_environment(root: &Path, name: &str, afresh: bool) -> Result<()> {
    let pins = root.join("tests/peers").join(name).with_extension("txt");
    let wanted =
        fs::read_to_string(&pins).with_context(|| format!("cannot read {}", pins.display()))?;
    let python = shell::output(Command::new("python3").arg("--version"))?;
    let dir = root.join(".venvs").join(name);
    // An environment names its own path in each of its programs: one that was moved is broken.
    let wanted = format!("{}\n{python}{wanted}", dir.display());
    let stamp = dir.join("stamp");
    if !afresh && fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == wanted) {
        return Ok(());
    }
    // A half-made environment has no stamp; starting over is cheaper than repairing.
    remove_folder(&dir)?;
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(&dir))?;
    shell::run(
        Command::new(dir.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .arg("--requirement")
            .arg(&pins),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Removes a folder that may be there.
fn remove_folder(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pins of nothing: an environment is made, and nothing is downloaded.
    fn tree(pins: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("tests/peers")).unwrap();
        fs::write(dir.path().join("tests/peers/none.txt"), pins).unwrap();
        dir
    }

    #[test]
    fn an_environment_is_made_once_and_again_when_its_pins_change() {
        let dir = tree("# Nothing.\n");
        let mark = dir.path().join(".venvs/none/mark");
        make_environment(dir.path(), "none", false).unwrap();
        assert!(dir.path().join(".venvs/none/bin/python").exists());
        fs::write(&mark, "").unwrap();
        make_environment(dir.path(), "none", false).unwrap();
        assert!(mark.exists(), "nothing changed, nothing is made anew");
        fs::write(dir.path().join("tests/peers/none.txt"), "# Nothing else.\n").unwrap();
        make_environment(dir.path(), "none", false).unwrap();
        assert!(!mark.exists(), "other pins are another environment");
    }

    #[test]
    fn a_failed_installation_leaves_no_stamp() {
        let dir = tree("this is no requirement\n");
        assert!(make_environment(dir.path(), "none", false).is_err());
        assert!(!dir.path().join(".venvs/none/stamp").exists());
    }

    #[test]
    fn an_environment_without_pins_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let error = format!("{:#}", make_environment(dir.path(), "none", false).unwrap_err());
        assert!(error.contains("tests/peers/none.txt"), "{error}");
    }
}
