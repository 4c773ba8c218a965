//! Reads the pages of an archive again, from their snapshots alone.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use archive::articles::{Filling, Found, Line};
use archive::read::{RecordType, http};
use archive::{Attempt, Kept};
use crawl::{CanonicalUrl, identity};
use extract::{Article, Input, Kind, Limits};
use fetch::coding;
use tokio::task::{JoinError, JoinHandle};

use crate::Stop;
use crate::reader::seen::{Seen, marked};
use crate::reader::{ReadOutcome, Reader, ToRead, Unreadable, VERSION};

/// Why pages could not be read again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RereadError {
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// Reading panicked: a fault of this program.
    #[error("reading a page ended in a panic, please report it")]
    Panicked(#[source] JoinError),
}

/// What came of reading snapshots again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Reread {
    /// Snapshots that were read.
    pub read: u64,
    /// Articles among them.
    pub articles: u64,
    /// Those that hold none.
    pub none: u64,
    /// Walls.
    pub walls: u64,
    /// Those that cannot be read.
    pub unreadable: u64,
    /// Snapshots that no reader was to be had for: they are still missing.
    pub unread: u64,
}

impl Reread {
    fn count(&mut self, line: Option<&Line<Article>>) {
        let Some(line) = line else {
            self.unread += 1;
            return;
        };
        self.read += 1;
        *match line.found {
            Found::Article(_) => &mut self.articles,
            Found::Nothing(_) => &mut self.none,
            Found::Wall(_) => &mut self.walls,
            Found::Unreadable(_) => &mut self.unreadable,
        } += 1;
    }

    /// Adds what came of others.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.articles += other.articles;
        self.none += other.none;
        self.walls += other.walls;
        self.unreadable += other.unreadable;
        self.unread += other.unread;
    }
}

/// How one sidecar was filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentReread {
    /// What was read.
    pub reread: Reread,
    /// Damaged places of the segment.
    pub damages: u64,
    /// Nothing is missing any more.
    pub is_complete: bool,
}

/// Fills sidecars, by whatever reads articles.
pub struct Rereader {
    /// The readers.
    pub reader: Arc<dyn Reader>,
    /// Bytes of a body once decoded, as the crawl limits them.
    pub decoded_bytes_max: u64,
    /// Pages that are read at the same time.
    pub at_once: usize,
}

type Reading = JoinHandle<Option<Line<Article>>>;

impl Rereader {
    /// Reads what has no line yet, in the order of the segment, until all is read or somebody asks
    /// to stop: what is done then is kept. `each` is told how far it has come, in bytes.
    pub async fn fill(
        &self,
        mut filling: Filling,
        stop: &Stop,
        each: &mut dyn FnMut(u64),
    ) -> Result<SegmentReread, RereadError> {
        let mut reread = Reread::default();
        let mut readings: VecDeque<Reading> = VecDeque::new();
        let mut is_all = false;
        while !is_all && !stop.is_asked() {
            match filling.next_snapshot()? {
                Some(kept) => {
                    each(kept.location.offset);
                    readings.push_back(self.begin(kept));
                }
                None => is_all = true,
            }
            while !readings.is_empty() && (is_all || readings.len() >= self.at_once.max(1)) {
                take(&mut readings, &mut filling, &mut reread).await?;
            }
        }
        while !readings.is_empty() {
            take(&mut readings, &mut filling, &mut reread).await?;
        }
        if !is_all || reread.unread > 0 {
            filling.pause()?;
            return Ok(SegmentReread { reread, damages: 0, is_complete: false });
        }
        let damages = filling.finish()?.damages;
        Ok(SegmentReread { reread, damages, is_complete: true })
    }

    fn begin(&self, kept: Kept) -> Reading {
        let (reader, bytes_max) = (Arc::clone(&self.reader), self.decoded_bytes_max);
        tokio::spawn(async move {
            let attempt = kept.attempt.as_ref();
            let marked = attempt.and_then(|a| marked(&a.flags, &a.extra));
            let found = match marked {
                Some(found) => Some(found),
                // As in a crawl, no page may take the others down with it.
                None => match catch_unwind(AssertUnwindSafe(|| look(&kept, bytes_max, &*reader))) {
                    Ok((seen, Some(page))) => {
                        let read = reader.read(&page).await;
                        read.warn_of(&page.url);
                        seen.found(Some(read))
                    }
                    Ok((seen, None)) => seen.found(None::<ReadOutcome>),
                    Err(_) => Some(Found::Unreadable(Unreadable::Crashed.word().into())),
                },
            };
            found.map(|found| line(&kept, found))
        })
    }
}

/// Takes in the line that is due next.
async fn take(
    readings: &mut VecDeque<Reading>,
    filling: &mut Filling,
    reread: &mut Reread,
) -> Result<(), RereadError> {
    let Some(reading) = readings.pop_front() else { return Ok(()) };
    let line = reading.await.map_err(RereadError::Panicked)?;
    reread.count(line.as_ref());
    if let Some(line) = line {
        filling.put(&line)?;
    }
    Ok(())
}

fn line(kept: &Kept, found: Found<Article>) -> Line<Article> {
    let header = kept.response.as_ref().map(|response| &response.header);
    let uri = |name| header.and_then(|h| h.uri(name)).unwrap_or_default().to_owned();
    let flags = kept.attempt.as_ref().map(|a: &Attempt| &a.flags[..]).unwrap_or_default();
    Line {
        record: uri("WARC-Record-ID"),
        url: uri("WARC-Target-URI"),
        fetched: kept.location.date,
        offset: kept.location.offset,
        digest: header.and_then(|h| h.get("WARC-Payload-Digest")).map(str::to_owned),
        reader: VERSION,
        noarchive: flags.iter().any(|flag| flag == "noarchive"),
        found,
    }
}

/// What a snapshot is, and the page in it where its article is to be read.
fn look(kept: &Kept, bytes_max: u64, reader: &dyn Reader) -> (Seen, Option<ToRead>) {
    let nothing = |seen| (seen, None);
    let Some(record) = &kept.response else { return nothing(Seen::Other) };
    let Ok(head) = http::parse_response(&record.block) else { return nothing(Seen::Other) };
    if record.header.record_type() == RecordType::Revisit || head.status == 304 {
        return nothing(Seen::Unchanged);
    }
    if !matches!(head.status, 200..=299) {
        return nothing(Seen::Status(head.status));
    }
    let url = record.header.uri("WARC-Target-URI").map(CanonicalUrl::parse);
    let Some(Ok(url)) = url else { return nothing(Seen::Other) };
    let codings = head.headers.list("content-encoding");
    let Ok(decoded) = coding::decode(&codings, &record.block[head.body_at..], bytes_max) else {
        return nothing(Seen::Undecodable);
    };
    let tags = head.headers.all("x-robots-tag").map(|tag| String::from_utf8_lossy(tag).into());
    let robots_tags: Vec<String> = tags.collect();
    let content_type = head.headers.get("content-type");
    let input = Input {
        url: url.as_url(),
        content_type: content_type.and_then(|value| std::str::from_utf8(value).ok()),
        robots_tags: &robots_tags,
        body: &decoded.bytes,
    };
    let kind = extract::kind_of(&input);
    if kind != Kind::Page {
        return nothing(Seen::of_kind(kind));
    }
    let page = extract::read_page(&input, identity::TOKEN, &Limits::default());
    let seen = Seen::of_page(&url, &page, reader);
    (seen, (seen == Seen::Page).then(|| ToRead::of(&input)))
}
