//! libFuzzer on one target: `cargo xtask fuzz` builds it with counters in every branch.
#![no_main]

use std::sync::OnceLock;

use fuzz::{TARGETS, Target};

/// The environment variable that names the target: libFuzzer has the arguments.
const VARIABLE: &str = "FUZZ_TARGET";

static TARGET: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let named = || {
        let name = std::env::var(VARIABLE).unwrap_or_default();
        Target::named(&name).unwrap_or_else(|| {
            let names = TARGETS.map(|target| target.name);
            panic!("set {VARIABLE} to one of {names:?}, not {name:?}")
        })
    };
    (TARGET.get_or_init(named).check)(bytes);
});
