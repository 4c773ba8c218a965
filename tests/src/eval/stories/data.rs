//! Labelled texts.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::Value;

/// A labelled text.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Labelled {
    /// Its name.
    pub id: Value,
    /// Its text, by line.
    pub text: String,
    /// Its story; null when it is alone.
    #[serde(default)]
    pub cluster: Option<Value>,
    /// Its outlet.
    #[serde(default)]
    pub site: Option<String>,
    /// Its address.
    #[serde(default)]
    pub url: Option<String>,
    /// Its day.
    #[serde(default)]
    pub date: Option<String>,
    /// What was done to it, in stress sets.
    #[serde(skip)]
    pub made: &'static str,
}

/// A set of labelled texts.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// What it is called.
    pub name: String,
    /// Its texts, in the order of arrival.
    pub texts: Vec<Labelled>,
    /// The label of each: equal numbers are one story.
    pub labels: Vec<usize>,
    /// Pairs that the labels leave open, the smaller number first.
    pub unsure: HashSet<(usize, usize)>,
}

#[derive(Deserialize)]
struct Pair {
    a: Value,
    b: Value,
}

impl Set {
    /// A set from its texts.
    pub fn new(name: &str, texts: Vec<Labelled>) -> Self {
        let mut known: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
        let mut labels = Vec::with_capacity(texts.len());
        for (n, text) in texts.iter().enumerate() {
            let label = text.cluster.as_ref().filter(|cluster| !cluster.is_null());
            let number = label.map_or(n, |label| *known.entry(label.to_string()).or_insert(n));
            labels.push(number);
        }
        Self { name: name.to_owned(), texts, labels, unsure: HashSet::new() }
    }

    /// Reads a file of JSON lines, and one of unsure pairs.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn read(path: &Path, unsure: Option<&Path>) -> Self {
        let name = path.file_stem().map_or("texts".into(), |name| name.to_string_lossy());
        let texts = lines(path).map(|line| parse(&line, path)).collect();
        let mut set = Self::new(&name, texts);
        if let Some(path) = unsure {
            let ids: std::collections::HashMap<String, usize> =
                set.texts.iter().enumerate().map(|(n, text)| (text.id.to_string(), n)).collect();
            for line in lines(path) {
                let pair: Pair = parse(&line, path);
                let number = |id: &Value| ids.get(&id.to_string()).copied();
                if let (Some(a), Some(b)) = (number(&pair.a), number(&pair.b)) {
                    set.unsure.insert((a.min(b), a.max(b)));
                }
            }
        }
        set
    }
}

fn parse<T: serde::de::DeserializeOwned>(line: &str, path: &Path) -> T {
    serde_json::from_str(line).unwrap_or_else(|error| {
        panic!("{}: a line is not as it should be: {error}", path.display())
    })
}

fn lines(path: &Path) -> impl Iterator<Item = String> {
    let fail = |error| panic!("cannot read {}: {error}", path.display());
    let file = File::open(path).unwrap_or_else(fail);
    let reader: Box<dyn Read> = if path.extension().is_some_and(|ext| ext == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let lines = BufReader::new(reader).lines().map(|line| line.expect("the file can be read"));
    lines.filter(|line| !line.trim().is_empty())
}
