//! Reads one sidecar, also while it grows.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crawl::CanonicalUrl;
use serde::de::DeserializeOwned;

use super::folder::Filter;
use super::group::{End, Group, HEAD_BYTES, Head, unpack};
use super::line::{Header, Line, Peek, VERSION};
use crate::Error;

/// What a sidecar holds, as its heads tell: no line is read for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    /// Lines: snapshots that were read.
    pub lines: u64,
    /// Articles among them.
    pub articles: u64,
    /// Bytes of whole groups.
    pub bytes: u64,
    /// Whether a mark at its end says that every snapshot of the segment has a line.
    pub is_complete: bool,
}

/// Reads the lines of one sidecar in their order.
///
/// A last group that is not whole is no damage: it may be on its way, or a crash has torn it.
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    /// Where the next group begins.
    at: u64,
    header: Header,
    figures: Figures,
    end: Option<End>,
    filter: Filter,
    /// The lines of the present group, and how much of them is used.
    plain: Vec<u8>,
    used: usize,
    /// Where that group begins.
    group_at: u64,
}

impl Reader {
    /// Opens a sidecar; nothing where it has no whole header yet.
    pub fn open(path: &Path) -> Result<Option<Self>, Error> {
        let file = File::open(path).map_err(|e| Error::disk("open", path, e))?;
        let header = Header::new("", 0);
        let mut reader = Self {
            path: path.to_owned(),
            file: BufReader::new(file),
            at: 0,
            header,
            figures: Figures::default(),
            end: None,
            filter: Filter::default(),
            plain: Vec::new(),
            used: 0,
            group_at: 0,
        };
        let Some(Head::Group(group)) = reader.head()? else { return Ok(None) };
        let Some(plain) = reader.group(&group)? else { return Ok(None) };
        reader.header = reader.parse(&plain)?;
        if let Some(fault) = reader.header.fault() {
            return Err(reader.damaged(fault));
        }
        if reader.header.version > VERSION {
            let found = reader.header.version;
            return Err(Error::NewerSidecar { path: path.to_owned(), found, known: VERSION });
        }
        reader.passed(&group);
        Ok(Some(reader))
    }

    /// The same reader, which passes over what is not asked for.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The first line.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next line that the filter lets through.
    pub fn next_line<T: DeserializeOwned>(&mut self) -> Result<Option<Line<T>>, Error> {
        while let Some(line) = self.next_raw()? {
            if self.filter.is_of_lines() {
                let peek: Peek<'_> = self.parse(&line)?;
                if !self.is_wanted(&peek) {
                    continue;
                }
            }
            return self.parse(&line).map(Some);
        }
        Ok(None)
    }

    /// What is known of the next line without its article: where its snapshot is, and its record.
    pub(super) fn next_place(&mut self) -> Result<Option<Place>, Error> {
        let Some(line) = self.next_raw()? else { return Ok(None) };
        let peek: Peek<'_> = self.parse(&line)?;
        let (offset, reader) = (peek.offset, peek.reader);
        Ok(Some(Place { offset, reader, record: peek.record.into_owned() }))
    }

    fn is_wanted(&self, peek: &Peek<'_>) -> bool {
        let outlet = || CanonicalUrl::parse(&peek.url).ok().map(|url| url.host_key().outlet());
        self.filter.takes_time(peek.fetched)
            && self.filter.outlet.as_ref().is_none_or(|wanted| outlet().as_ref() == Some(wanted))
    }

    /// Goes to the end from head to head, and tells what there is.
    pub fn figures(mut self) -> Result<Figures, Error> {
        while let Some(head) = self.head()? {
            let Head::Group(group) = head else { break };
            if !self.skip(&group)? {
                break;
            }
        }
        Ok(Figures { is_complete: self.end.is_some(), ..self.figures })
    }

    /// The mark at the end, once all was read.
    pub(super) fn end(&self) -> Option<End> {
        self.end
    }

    /// Bytes of whole groups, once all was read: what stands behind them is torn.
    pub(super) fn whole_bytes(&self) -> u64 {
        self.at
    }

    /// Where the group of the line that was given last begins.
    pub(super) fn group_at(&self) -> u64 {
        self.group_at
    }

    /// The next line as it stands, without its line break.
    fn next_raw(&mut self) -> Result<Option<Vec<u8>>, Error> {
        while self.used >= self.plain.len() {
            if !self.next_group()? {
                return Ok(None);
            }
        }
        let rest = &self.plain[self.used..];
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let line = rest[..length].to_vec();
        self.used += length + 1;
        Ok(Some(line))
    }

    /// Takes in the next group that the filter does not pass over; whether there was one.
    fn next_group(&mut self) -> Result<bool, Error> {
        loop {
            let group = match self.head()? {
                Some(Head::Group(group)) => group,
                Some(Head::End(_)) | None => return Ok(false),
            };
            if !self.filter.overlaps(group.first, group.last) {
                if self.skip(&group)? {
                    continue;
                }
                return Ok(false);
            }
            let Some(plain) = self.group(&group)? else { return Ok(false) };
            (self.plain, self.used, self.group_at) = (plain, 0, self.at);
            self.passed(&group);
            return Ok(true);
        }
    }

    /// The head at the present place; nothing at the end, whole or torn.
    fn head(&mut self) -> Result<Option<Head>, Error> {
        let mut bytes = [0; HEAD_BYTES];
        let is_whole = self.fill(&mut bytes)?;
        if !is_whole {
            return Ok(None);
        }
        let head = Head::decode(&bytes).map_err(|what| self.damaged(what.into()))?;
        if let Head::End(end) = head {
            self.at += HEAD_BYTES as u64;
            self.end = Some(end);
            // Nothing may follow it.
            let mut more = [0];
            if self.fill(&mut more)? {
                return Err(self.damaged("something stands behind its end mark".into()));
            }
        }
        Ok(Some(head))
    }

    /// The lines of the group whose head was read; nothing where it is torn.
    fn group(&mut self, group: &Group) -> Result<Option<Vec<u8>>, Error> {
        // A file that ends sooner must not make us ask for what its head claims.
        let mut packed = Vec::new();
        let limit = u64::from(group.packed_bytes);
        let read = self.file.by_ref().take(limit).read_to_end(&mut packed);
        read.map_err(|e| Error::disk("read", &self.path, e))?;
        if (packed.len() as u64) < limit {
            return Ok(None);
        }
        unpack(group, &packed).map(Some).map_err(|what| self.damaged(what))
    }

    /// Passes over the group whose head was read; false where it is torn.
    fn skip(&mut self, group: &Group) -> Result<bool, Error> {
        let failed = |e| Error::disk("read", &self.path, e);
        let length = self.file.get_ref().metadata().map_err(failed)?.len();
        let behind = self.at + HEAD_BYTES as u64 + u64::from(group.packed_bytes);
        if behind > length {
            return Ok(false);
        }
        self.file.seek_relative(i64::from(group.packed_bytes)).map_err(failed)?;
        self.passed(group);
        Ok(true)
    }

    fn passed(&mut self, group: &Group) {
        self.at += HEAD_BYTES as u64 + u64::from(group.packed_bytes);
        self.figures.lines += u64::from(group.lines);
        self.figures.articles += u64::from(group.articles);
        self.figures.bytes = self.at;
    }

    /// Reads as many bytes as fit; false where the file ends before.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<bool, Error> {
        match self.file.read_exact(bytes) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(e) => Err(Error::disk("read", &self.path, e)),
        }
    }

    fn parse<'a, V: serde::Deserialize<'a>>(&self, line: &'a [u8]) -> Result<V, Error> {
        serde_json::from_slice(line).map_err(|error| Error::Sidecar {
            path: self.path.clone(),
            offset: self.group_at,
            what: format!("a line is not what it should be ({error})"),
        })
    }

    fn damaged(&self, what: String) -> Error {
        Error::Sidecar { path: self.path.clone(), offset: self.at, what }
    }
}

/// Of which snapshot a line is.
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) reader: u32,
    pub(super) record: String,
}
