//! `setup`: installs what the tests need and the machine lacks.
//!
//! Debian packages come through `apt-get`, as root or with sudo. The readers of WARC files that
//! judge our archives are Python programs whose dependencies exclude one another, so each has its
//! own environment in `.venvs/`, with the versions of `tests/peers/NAME.txt`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// One environment each: warcio's `br` decoder and pywb's old packages do not bear one another.
const ENVIRONMENTS: [&str; 3] = ["warcio", "fastwarc", "pywb"];

/// A program that the tests use, how to see that it is there, and the packages that bring it.
struct Need {
    program: &'static str,
    probe: &'static [&'static str],
    packages: &'static [&'static str],
}

/// On Debian `venv` can be imported without python3-venv, but then has no pip to offer.
const NEEDS: [Need; 1] = [Need {
    program: "python3",
    probe: &["-c", "import ensurepip, venv"],
    packages: &["python3", "python3-venv"],
}];

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
    let apt = |args: &[&str]| {
        let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], args].concat();
        shell::run(Command::new(words[0]).args(&words[1..]))
    };
    apt(&["update", "-q"])?;
    apt(&[&["install", "-y", "-q", "--no-install-recommends"], packages].concat())
}

/// Makes `.venvs/NAME`, unless its stamp says that it has just these versions on this Python.
fn make_environment(root: &Path, name: &str, afresh: bool) -> Result<()> {
    let pins = root.join("tests/peers").join(name).with_extension("txt");
    let wanted =
        fs::read_to_string(&pins).with_context(|| format!("cannot read {}", pins.display()))?;
    let python = shell::output(Command::new("python3").arg("--version"))?;
    let wanted = format!("{python}{wanted}");
    let dir = root.join(".venvs").join(name);
    let stamp = dir.join("stamp");
    if !afresh && fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == wanted) {
        return Ok(());
    }
    // A half-made environment has no stamp; starting over is cheaper than repairing.
    match fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", dir.display()));
        }
        _ => {}
    }
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(&dir))?;
    shell::run(
        Command::new(dir.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .arg("--requirement")
            .arg(&pins),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
