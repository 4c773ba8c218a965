//! Pages with what is known of them: a folder with an `index.json`, as in `tests/fixtures/pages`.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

/// A page and what is known of it.
#[derive(Debug)]
pub(super) struct Sample {
    /// Its file, without folder and endings.
    pub(super) name: String,
    pub(super) url: String,
    pub(super) body: Vec<u8>,
    pub(super) expected: Expected,
}

/// An entry of the index.
#[derive(Debug, Deserialize)]
struct Entry {
    file: String,
    expected: String,
    url: Option<String>,
}

/// What is known of a page. What is missing is not known; it may be on the page all the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Expected {
    pub(super) title: Option<String>,
    pub(super) authors: Option<Vec<String>>,
    pub(super) date: Option<String>,
    pub(super) text: Option<String>,
    /// The article as HTML; its text counts where `text` is missing.
    #[serde(rename = "expected_html")]
    html: Option<String>,
    /// Phrases of the text.
    pub(super) with: Vec<String>,
    /// Phrases of what stands around it.
    pub(super) without: Vec<String>,
    /// The agency that the page credits; an empty text where it is known to credit none.
    pub(super) agency: Option<String>,
}

/// The pages of a folder, in the order of its index.
pub(super) fn samples(dir: &Path) -> Vec<Sample> {
    let index = dir.join("index.json");
    let read = fs::read(&index).unwrap_or_else(|error| panic!("{}: {error}", index.display()));
    let entries: Vec<Entry> = serde_json::from_slice(&read)
        .unwrap_or_else(|error| panic!("{}: {error}", index.display()));
    entries.into_iter().map(|entry| sample(dir, entry)).collect()
}

fn sample(dir: &Path, entry: Entry) -> Sample {
    let read = |name: &str| {
        let path = dir.join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let mut body = Vec::new();
    let packed = read(&entry.file);
    flate2::read::GzDecoder::new(&*packed).read_to_end(&mut body).expect("pages are gzipped");
    let mut expected: Expected =
        serde_json::from_slice(&read(&entry.expected)).expect("what is expected is JSON");
    if expected.text.is_none() {
        expected.text = expected.html.as_deref().map(plain);
    }
    let name = entry.file.rsplit('/').next().unwrap_or(&entry.file).trim_end_matches(".html.gz");
    // Pages of an unknown place stand where no template is told by its host.
    let url = entry.url.unwrap_or_else(|| "https://unknown.test/news/article".to_owned());
    Sample { name: name.to_owned(), url, body, expected }
}

/// The text of the clean HTML in which some articles are given.
fn plain(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push(' ');
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    for (reference, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(reference, character);
    }
    text
}
