//! The kept corpus, played again: what was found once stays mended.
#![allow(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not their helpers")]

use std::fs;
use std::path::{Path, PathBuf};

use fuzz::TARGETS;

fn corpus(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// Each target in a thread of its own; the file at fault is named.
#[test]
fn no_kept_input_breaks_a_property() {
    std::thread::scope(|scope| {
        for target in TARGETS {
            scope.spawn(move || {
                let files = corpus(target.name);
                assert!(files.len() >= 5, "{} has no corpus", target.name);
                for file in files {
                    let bytes = fs::read(&file).unwrap();
                    let checked = std::panic::catch_unwind(|| (target.check)(&bytes));
                    assert!(checked.is_ok(), "{}", file.display());
                }
            });
        }
    });
}

/// Mutations without a guide: little, but on every machine, without a C++ compiler.
#[test]
fn a_few_cuts_and_flips_break_none_either() {
    for target in TARGETS {
        for file in corpus(target.name) {
            let bytes = fs::read(&file).unwrap();
            for n in 0..4 {
                let mut changed = bytes.clone();
                let at = changed.len() * (2 * n + 1) / 8;
                changed.truncate(changed.len() - at / 8);
                if let Some(byte) = changed.get_mut(at) {
                    *byte ^= 1 << n;
                }
                let checked = std::panic::catch_unwind(|| (target.check)(&changed));
                assert!(checked.is_ok(), "{} changed by {n}", file.display());
            }
        }
    }
}
