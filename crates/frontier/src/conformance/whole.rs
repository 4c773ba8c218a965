//! Dumps as a whole: read to their end, and put into an order in which two can be compared.

use std::collections::BTreeMap;

use crawl::{Fingerprint, Share};

use crate::{Control, Cursor, Record};

/// All records of a frontier.
pub async fn all_of(frontier: &impl Control) -> Vec<Record> {
    all_from(frontier, Cursor::default()).await
}

/// The same in pieces of so many records.
pub(super) async fn all_in_pieces(frontier: &impl Control, chunk: usize) -> Vec<Record> {
    all_from(frontier, Cursor { chunk, ..Cursor::default() }).await
}

async fn all_from(frontier: &impl Control, first: Cursor) -> Vec<Record> {
    let mut records = Vec::new();
    let mut next = Some(first);
    while let Some(from) = next {
        let dumped = frontier.dump(from).await.expect("dump");
        records.extend(dumped.records);
        next = dumped.next;
    }
    records
}

/// Records as lines that are the same when as much is kept: the order among URLs of a band of a
/// host counts, all other order does not.
pub fn in_order(records: &[Record]) -> Vec<String> {
    let mut seen: BTreeMap<Share, Vec<Fingerprint>> = BTreeMap::new();
    let mut places: BTreeMap<_, u64> = BTreeMap::new();
    let mut lines = Vec::new();
    for record in records {
        let json = || serde_json::to_string(record).expect("a record can be written");
        match record {
            Record::Seen { share, urls } => seen.entry(*share).or_default().extend(urls),
            Record::Url { entry } => {
                let place = places.entry((entry.url.host_key(), entry.band)).or_default();
                *place += 1;
                lines.push(format!(
                    "{} {} {place} {}",
                    entry.url.host_key(),
                    entry.band.name(),
                    json()
                ));
            }
            _ => lines.push(json()),
        }
    }
    for (share, mut urls) in seen {
        urls.sort_unstable();
        lines.push(format!("{share:?} {urls:?}"));
    }
    lines.sort();
    // What stands twice in a dump is loaded once.
    lines.dedup();
    lines
}
