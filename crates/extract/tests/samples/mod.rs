//! The files of a fixture folder with what its index expects of each.

use std::fs;
use std::path::Path;

use crawl::UnixMicros;
use serde_json::Value;

/// A file of the folder.
pub(crate) struct Sample {
    pub(crate) file: String,
    pub(crate) body: Vec<u8>,
    pub(crate) expected: Value,
}

/// All files that the index of a folder names.
pub(crate) fn samples(folder: &str) -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let index = fs::read(folder.join("index.json")).unwrap();
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    let sample = |entry: Value| {
        let file = entry["file"].as_str().unwrap().to_owned();
        let body = fs::read(folder.join(&file)).unwrap();
        Sample { file, body, expected: entry["expected"].clone() }
    };
    index.into_iter().map(sample).collect()
}

/// A time in the form of the index.
pub(crate) fn date(at: Option<UnixMicros>) -> Option<String> {
    at.map(|at| jiff::Timestamp::from_microsecond(at.0).unwrap().to_string())
}
