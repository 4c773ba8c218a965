//! What the stories of a fleet are compared with: its archives, and one process.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use archive::articles::{Found, Reader, sidecars};
use extract::{Article, ArticleKind};
use serde_json::Value;
use story::store::{Document, FILE, Store};

use crate::scenario::LIMIT;
use crate::scenario::fleet::crew::Ended;
use crate::{DataDir, newshound, process};

/// More documents than any web here has.
const MANY: usize = 1_000_000;

/// All documents of a store, in their order.
pub(super) fn documents(store: &Path) -> Vec<Document> {
    let store = Store::open(store).expect("there are stories");
    store.documents_after(0, MANY).expect("stories can be read")
}

/// Articles by URL and headline.
pub(super) type Keys = BTreeSet<(String, Option<String>)>;

/// Those of a store.
pub(super) fn keys(documents: &[Document]) -> Keys {
    documents.iter().map(|one| (one.url.clone(), one.headline.clone())).collect()
}

/// What workers have kept beside their archives and belongs into stories.
pub(super) fn beside(workers: &[Ended]) -> Keys {
    let mut keys = Keys::new();
    for path in workers.iter().flat_map(|worker| sidecars(&worker.data.path()).expect("a folder")) {
        let mut reader = Reader::open(&path).expect("it can be read").expect("it has a header");
        while let Some(line) = reader.next_line::<Article>().expect("lines can be read") {
            let Found::Article(article) = line.found else { continue };
            if article.kind != ArticleKind::Hub && !article.text().trim().is_empty() {
                keys.insert((line.url, article.headline));
            }
        }
    }
    keys
}

/// Makes up what kills have cost beside the archives.
#[track_caller]
pub(super) fn read_archives(workers: &[Ended]) {
    for worker in workers {
        let mut command = newshound();
        command.args(["archive", "read", "--json", "--data"]).arg(worker.data.path());
        process::run(&mut command, LIMIT).expect_code(0);
    }
}

/// Makes stories anew from archives, where something of them may be missing.
#[track_caller]
pub(super) fn rebuild(store: &DataDir, archives: &[String], code: i32) -> Value {
    let mut command = newshound();
    command.args(["stories", "rebuild", "--json", "--data"]).arg(store.path()).args(archives);
    let done = process::run(&mut command, LIMIT).expect_code(code);
    serde_json::from_str(&done.stdout).expect("--json writes JSON")
}

/// One process makes stories of the articles of archives, in the order of a store: the same.
#[track_caller]
pub(super) fn assert_same_as_of_one_process(store: &DataDir, archives: &[String]) {
    let found = documents(&store.path().join(FILE));
    let copy = DataDir::new();
    fs::create_dir_all(copy.path()).expect("a folder can be made");
    fs::copy(store.path().join(FILE), copy.path().join(FILE)).expect("it can be copied");
    let made = rebuild(&copy, archives, 0);
    let all = Value::from(found.len());
    assert_eq!((&made["documents"], &made["logged"]), (&all, &all), "{made}");
    assert_eq!((&made["from_store"], &made["missing"]), (&0.into(), &0.into()), "{made}");
    for (one, other) in found.iter().zip(&documents(&copy.path().join(FILE))) {
        assert_eq!(one, other);
    }
}
