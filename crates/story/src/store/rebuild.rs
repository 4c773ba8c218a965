//! A store made anew, from the articles that were kept elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crawl::{Labels, UnixMicros};
use rusqlite::{Connection, params};

use super::Store;
use super::arrival::{Arrival, Place, Published, key};
use super::error::{Error, Fault};
use super::keeper::{Keeper, Taken};
use super::rows::Document;
use super::segments::Segment;
use crate::Config;

/// Articles of one transaction.
const BATCH: usize = 256;

/// Behind the name of an old store that is kept.
pub const KEPT: &str = ".before";

/// zstd's fastest: what is staged is read once.
const LEVEL: i32 = 1;

/// The place of an article in no order: behind those that have one.
const LAST: u64 = i64::MAX as u64;

/// Makes a store anew beside the old one, and puts it in its place at the end.
///
/// Articles may be handed in in any order; they wait on disk. What the old store has logged comes
/// in its order, the rest behind it by the time of its fetch.
pub struct Rebuild {
    path: PathBuf,
    config: Config,
    old: Option<Old>,
    /// Why the old store is of no use, where there is one.
    fault: Option<Error>,
    staged: Connection,
}

/// What is known of the store that is replaced.
struct Old {
    store: Store,
    /// By URL and text: the number, and which record it was.
    logged: HashMap<(i64, i64), (u64, i64)>,
    /// Whether it was handed in, by number.
    is_in: Vec<bool>,
    labels: HashMap<String, Option<Labels>>,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rebuilt {
    /// Articles in the new store.
    pub documents: u64,
    /// Those of them that came in the order of the old one.
    pub logged: u64,
    /// Those that only the old store had.
    pub from_store: u64,
    /// Articles of the old store that are nowhere any more: it is kept beside the new one then.
    pub missing: u64,
    /// The same by archive and segment, as [`Place`] names them.
    pub missing_in: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Rebuilt {
    /// Notes that an article is nowhere.
    fn miss(&mut self, place: Place) {
        let segments = self.missing_in.entry(place.archive).or_default();
        *segments.entry(place.segment).or_default() += 1;
        self.missing += 1;
    }
}

impl std::fmt::Debug for Rebuild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rebuild").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Rebuild {
    /// Looks at the old store, where there is one. Nobody may write to it meanwhile.
    pub fn begin(path: &Path, config: Config) -> Result<Self, Error> {
        for suffix in [".new", ".order"] {
            remove(&beside(path, suffix))?;
        }
        let (old, fault) = match Store::open(path).and_then(Old::of) {
            Ok(old) => (Some(old), None),
            Err(Error::Missing { .. }) => (None, None),
            Err(error) if error.is_lasting() => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let order = beside(path, ".order");
        let staged =
            stage(&order).map_err(|e| Fault::Sql(e).at("put articles in order", &order))?;
        Ok(Self { path: path.to_owned(), config, old, fault, staged })
    }

    /// Why the order of the old store is not to be had, although there is one.
    pub fn fault(&self) -> Option<&Error> {
        self.fault.as_ref()
    }

    /// Takes an article in.
    pub fn put(&mut self, arrival: &Arrival) -> Result<(), Error> {
        let rank = self.old.as_mut().map_or(LAST, |old| old.rank(arrival));
        self.stage(rank, arrival)
    }

    /// Makes the store of what was handed in, notes that all of these files is in it, each with the
    /// archive that it is of, and puts it in the place of the old one. `each` is told how many of
    /// all articles are done.
    pub fn finish(
        mut self,
        segments: &[(String, Segment)],
        each: &mut dyn FnMut(u64, u64),
    ) -> Result<Rebuilt, Error> {
        let mut rebuilt = self.put_what_only_the_old_store_has()?;
        let note = self.old.as_ref().map(|old| old.store.note()).transpose()?.flatten();
        let new = beside(&self.path, ".new");
        let mut keeper = Keeper::open(&new, self.config)?;
        rebuilt.logged = self.fill(&mut keeper, each)?;
        rebuilt.documents = keeper.documents()?;
        for (archive, segment) in segments {
            keeper.note_segment(archive, segment)?;
        }
        if let Some(text) = &note {
            keeper.take_with(&[], text)?;
        }
        keeper.checkpoint()?;
        keeper.close()?;
        let Self { path, old, staged, fault, .. } = self;
        drop((old, staged));
        remove(&beside(&path, ".order"))?;
        if rebuilt.missing > 0 || fault.is_some() {
            keep(&path)?;
        }
        replace(&new, &path)?;
        Ok(rebuilt)
    }

    /// The texts that are nowhere else, as long as they are in the window.
    fn put_what_only_the_old_store_has(&mut self) -> Result<Rebuilt, Error> {
        let mut rebuilt = Rebuilt::default();
        let count = self.old.as_ref().map_or(0, |old| old.is_in.len());
        for at in 0..count {
            let Some(old) = self.old.as_ref().filter(|old| !old.is_in[at]) else { continue };
            let number = at as u64 + 1;
            let document = old.store.document(number)?;
            let arrival = document.as_ref().map(|known| old.arrival(known)).transpose()?.flatten();
            let Some(arrival) = arrival else {
                rebuilt.miss(document.and_then(|known| known.place).unwrap_or_default());
                continue;
            };
            self.stage(2 * number, &arrival)?;
            rebuilt.from_store += 1;
        }
        Ok(rebuilt)
    }

    fn stage(&self, rank: u64, arrival: &Arrival) -> Result<(), Error> {
        let staged = || -> Result<(), Fault> {
            let json = serde_json::to_vec(arrival).map_err(Fault::damaged)?;
            let packed = zstd::bulk::compress(&json, LEVEL).map_err(Fault::damaged)?;
            let record = arrival.place.as_ref().map_or("", |place| &place.record);
            let sql = "INSERT INTO staged (rank, at, record, packed) VALUES (?, ?, ?, ?)";
            let row = params![rank, arrival.seen_at.0, record, packed];
            self.staged.prepare_cached(sql)?.execute(row)?;
            Ok(())
        };
        staged().map_err(|fault| fault.at("put articles in order", &beside(&self.path, ".order")))
    }

    /// Gives the keeper all that is staged; gives how many came in the old order.
    fn fill(&mut self, keeper: &mut Keeper, each: &mut dyn FnMut(u64, u64)) -> Result<u64, Error> {
        let order = beside(&self.path, ".order");
        let failed = |fault: Fault| fault.at("put articles in order", &order);
        let total = sort(&self.staged).map_err(failed)?;
        let sql = "SELECT rank, packed FROM staged ORDER BY rank, at, record";
        let mut statement = self.staged.prepare(sql).map_err(|e| failed(e.into()))?;
        let mut rows = statement.query([]).map_err(|e| failed(e.into()))?;
        let (mut done, mut logged) = (0, 0);
        loop {
            let (ranks, mut arrivals) = next_batch(&mut rows).map_err(failed)?;
            if arrivals.is_empty() {
                return Ok(logged);
            }
            for arrival in arrivals.iter_mut().filter(|arrival| arrival.labels.is_none()) {
                let old = self.old.as_mut();
                arrival.labels = old.map(|old| old.labels(&arrival.outlet)).transpose()?.flatten();
            }
            let taken = keeper.take(&arrivals)?;
            let is_new = |taken: &Taken| matches!(taken, Taken::New { .. });
            let new = ranks.iter().zip(&taken).filter(|(_, taken)| is_new(taken));
            logged += new.filter(|(rank, _)| **rank != LAST).count() as u64;
            done += arrivals.len() as u64;
            each(done, total);
        }
    }
}

/// Sorts what is staged; gives how much that is.
fn sort(staged: &Connection) -> Result<u64, Fault> {
    staged.execute("CREATE INDEX by_rank ON staged (rank, at, record)", [])?;
    Ok(staged.query_row("SELECT count(*) FROM staged", [], |row| row.get(0))?)
}

/// The next articles, with their places.
fn next_batch(rows: &mut rusqlite::Rows<'_>) -> Result<(Vec<u64>, Vec<Arrival>), Fault> {
    let (mut ranks, mut arrivals) = (Vec::new(), Vec::new());
    while arrivals.len() < BATCH
        && let Some(row) = rows.next()?
    {
        ranks.push(row.get(0)?);
        arrivals.push(unpack(row.get_ref(1)?.as_blob().map_err(Fault::damaged)?)?);
    }
    Ok((ranks, arrivals))
}

impl Old {
    fn of(store: Store) -> Result<Self, Error> {
        let sql = "SELECT number, url_key, text_key, record FROM document ORDER BY number";
        let mut logged = HashMap::new();
        let mut count = 0;
        let read = |row: &rusqlite::Row<'_>| -> Result<_, Fault> {
            let record: Option<String> = row.get(3)?;
            let number: u64 = row.get(0)?;
            Ok(((row.get(1)?, row.get(2)?), (number, key(&record.unwrap_or_default()))))
        };
        for (keys, place) in store.all(sql, [], read)? {
            count = usize::try_from(place.0).unwrap_or(count);
            logged.insert(keys, place);
        }
        Ok(Self { store, logged, is_in: vec![false; count], labels: HashMap::new() })
    }

    /// The place of an article in the order: behind others of the same URL and text where it was
    /// not the one that was taken.
    fn rank(&mut self, arrival: &Arrival) -> u64 {
        let keys = (arrival.url_key(), arrival.text_key());
        let Some((number, record)) = self.logged.get(&keys).copied() else { return LAST };
        if let Some(is_in) = usize::try_from(number - 1).ok().and_then(|n| self.is_in.get_mut(n)) {
            *is_in = true;
        }
        let own = arrival.place.as_ref().map_or("", |place| &place.record);
        2 * number + u64::from(key(own) != record)
    }

    fn labels(&mut self, outlet: &str) -> Result<Option<Labels>, Error> {
        if let Some(known) = self.labels.get(outlet) {
            return Ok(known.clone());
        }
        let rows = self.store.labels(outlet)?;
        let one = |name| rows.iter().find(|row| row.0 == name).map(|row| row.1.as_str());
        let tags = rows.iter().filter(|row| row.0 == "tag").map(|row| row.1.as_str());
        let tags = tags.collect::<Vec<_>>().join(",");
        let labels = Labels::new(one("country"), one("language"), &tags).ok();
        let labels = labels.filter(|labels| !labels.is_empty());
        self.labels.insert(outlet.to_owned(), labels.clone());
        Ok(labels)
    }

    /// A document as it was handed in; nothing where its text was given up.
    fn arrival(&self, known: &Document) -> Result<Option<Arrival>, Error> {
        let Some(text) = self.store.text(known.number)? else { return Ok(None) };
        let sql = "SELECT published_at, declared FROM document WHERE number = ?";
        let read = |row: &rusqlite::Row<'_>| -> Result<(Option<i64>, Option<String>), Fault> {
            Ok((row.get(0)?, row.get(1)?))
        };
        let (at, declared) = self.store.one(sql, [known.number], read)?.unwrap_or_default();
        let published = at.map(UnixMicros).zip(known.published.clone());
        let published = published.map(|(at, text)| Published { at, text });
        let Document { url, outlet, seen_at, headline, byline, language, .. } = known.clone();
        Ok(Some(Arrival {
            url,
            outlet,
            labels: None,
            text,
            seen_at,
            published,
            headline,
            byline,
            language,
            declared,
            noarchive: known.noarchive,
            partial: known.partial,
            digest: known.digest.clone(),
            place: known.place.clone(),
        }))
    }
}

fn unpack(packed: &[u8]) -> Result<Arrival, Fault> {
    let json = zstd::decode_all(packed).map_err(Fault::damaged)?;
    serde_json::from_slice(&json).map_err(Fault::damaged)
}

/// A file of articles that wait. It need not outlive a crash.
fn stage(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.execute_batch(
        "PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE;
         CREATE TABLE staged (rank INTEGER, at INTEGER, record TEXT, packed BLOB) STRICT;
         BEGIN",
    )?;
    Ok(conn)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes a database with all that stands beside it.
fn remove(path: &Path) -> Result<(), Error> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let file = beside(path, suffix);
        match fs::remove_file(&file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(Error::Io { operation: "remove", path: file, source: e });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Keeps a store, which nobody has open, under another name as well.
fn keep(path: &Path) -> Result<(), Error> {
    let kept = beside(path, KEPT);
    remove(&kept)?;
    // Its log goes by the name of its file.
    for suffix in ["", "-wal"] {
        let (from, to) = (beside(path, suffix), beside(&kept, suffix));
        // Not every file system has links.
        let done = fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop));
        match done {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                return Err(Error::Io { operation: "keep", path: from, source: e });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts a new file, which nobody has open, in the place of the old one.
fn replace(new: &Path, old: &Path) -> Result<(), Error> {
    let folder = old.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |source| Error::Io { operation: "replace", path: old.to_owned(), source };
    File::open(new).and_then(|file| file.sync_all()).map_err(failed)?;
    // What the old one has not taken in of its log must not be taken for the new one's.
    for suffix in ["-wal", "-shm"] {
        match fs::remove_file(beside(old, suffix)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
    }
    fs::rename(new, old).map_err(failed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
