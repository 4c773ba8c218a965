//! The engine's state as bytes: written beside the archive, read after a restart.
//!
//! Own format, little-endian: a magic word, the version, the state, and a checksum over all of it.
//! The table of hashes is written as it stands, so that a restart continues exactly.
#![allow(clippy::cast_possible_truncation, reason = "pieces of packed numbers are meant")]

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};

use crate::documents::{Document, Documents};
use crate::error::Error;
use crate::filter::{Filter, Sketch};
use crate::hash;
use crate::index::{Part, Table};
use crate::relate::{Frequencies, Words};
use crate::stories::{Config, Stories};

/// The first bytes, and the version of the format.
const MAGIC: u64 = u64::from_le_bytes(*b"NHSTORY\x01");

/// Longest list that is believed; what says more is damaged.
const LIST_MAX: u64 = 1 << 33;

impl Stories {
    /// Writes the state.
    pub fn checkpoint(&self, to: &mut impl Write) -> Result<(), Error> {
        let mut out = Out { to, sum: MAGIC };
        out.engine(self).map_err(|source| Error::Checkpoint { what: "write", source })
    }

    /// Reads a state that [`Stories::checkpoint`] wrote. The bounds are those given here.
    pub fn restore(config: Config, from: &mut impl Read) -> Result<Self, Error> {
        let mut input = In { from, sum: MAGIC };
        input.engine(config).map_err(|fault| match fault {
            Fault::Io(source) => Error::Checkpoint { what: "read", source },
            Fault::Format(why) => Error::NoCheckpoint { why },
        })
    }
}

/// Writes numbers and sums them.
struct Out<'a, W> {
    to: &'a mut W,
    sum: u64,
}

impl<W: Write> Out<'_, W> {
    fn engine(&mut self, engine: &Stories) -> io::Result<()> {
        self.number(MAGIC)?;
        self.number(u64::from(engine.next_story))?;
        self.number(u64::from(engine.newest))?;
        self.documents(&engine.documents)?;
        self.table(&engine.table)?;
        self.filter(&engine.filter)?;
        self.frequencies(&engine.frequencies)?;
        let sum = self.sum;
        self.to.write_all(&sum.to_le_bytes())?;
        self.to.flush()
    }

    fn number(&mut self, number: u64) -> io::Result<()> {
        self.sum = hash::add(self.sum, number);
        self.to.write_all(&number.to_le_bytes())
    }

    fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u64>) -> io::Result<()> {
        self.number(numbers.len() as u64)?;
        for number in numbers {
            self.number(number)?;
        }
        Ok(())
    }

    fn documents(&mut self, documents: &Documents) -> io::Result<()> {
        self.number(u64::from(documents.oldest))?;
        self.number(u64::from(documents.next))?;
        for seq in documents.oldest..documents.next {
            let Some(d) = documents.get(seq) else { continue };
            let small = u64::from(d.hashes)
                | u64::from(d.indexed) << 16
                | u64::from(d.is_digest) << 24
                | u64::from(d.language) << 32;
            let times = u64::from(d.seen_at) | u64::from(d.published) << 32;
            let places = u64::from(d.story) | u64::from(d.outlet) << 32;
            for number in [d.id, d.url, places, times, small] {
                self.number(number)?;
            }
        }
        let mut stories: Vec<u32> = documents.members.keys().copied().collect();
        stories.sort_unstable();
        self.number(stories.len() as u64)?;
        for story in stories {
            self.number(u64::from(story))?;
            self.numbers(documents.members[&story].iter().map(|seq| u64::from(*seq)))?;
        }
        Ok(())
    }

    fn table(&mut self, table: &Table) -> io::Result<()> {
        self.number(table.parts.len() as u64)?;
        for part in &table.parts {
            self.number(part.used as u64)?;
            self.numbers(part.cells.iter().copied())?;
        }
        Ok(())
    }

    fn filter(&mut self, filter: &Filter) -> io::Result<()> {
        self.number(filter.round)?;
        self.number(filter.outlets.len() as u64)?;
        for (name, round, sketch) in &filter.outlets {
            for number in [*name, *round, u64::from(sketch.articles)] {
                self.number(number)?;
            }
            self.numbers(sketch.cells.iter().map(|cell| u64::from(*cell)))?;
        }
        Ok(())
    }

    fn frequencies(&mut self, frequencies: &Frequencies) -> io::Result<()> {
        self.number(frequencies.tables.len() as u64)?;
        for words in &frequencies.tables {
            self.number(words.language)?;
            self.number(u64::from(words.documents))?;
            self.numbers(words.counts.iter().map(|count| u64::from(*count)))?;
            self.number(words.recent.len() as u64)?;
            for units in &words.recent {
                self.numbers(units.iter().copied())?;
            }
        }
        Ok(())
    }
}

/// Why a checkpoint cannot be used.
enum Fault {
    Io(io::Error),
    Format(&'static str),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Format("it ends early; rebuild the index"),
            _ => Self::Io(error),
        }
    }
}

/// A number that is out of its range.
const DAMAGED: Fault = Fault::Format("it is damaged; rebuild the index");

/// Reads numbers and sums them.
struct In<'a, R> {
    from: &'a mut R,
    sum: u64,
}

impl<R: Read> In<'_, R> {
    fn engine(&mut self, config: Config) -> Result<Stories, Fault> {
        if self.number()? != MAGIC {
            return Err(Fault::Format("it is of another kind or version; rebuild the index"));
        }
        let mut engine = Stories::new(config);
        engine.next_story = self.small()?;
        engine.newest = self.small()?;
        engine.documents = self.documents()?;
        engine.table = self.table()?;
        engine.filter = self.filter()?;
        engine.frequencies = self.frequencies()?;
        let sum = self.sum;
        if self.number()? == sum { Ok(engine) } else { Err(DAMAGED) }
    }

    fn number(&mut self) -> Result<u64, Fault> {
        let mut bytes = [0; 8];
        self.from.read_exact(&mut bytes)?;
        let number = u64::from_le_bytes(bytes);
        self.sum = hash::add(self.sum, number);
        Ok(number)
    }

    /// A number of fewer bits.
    fn small<T: TryFrom<u64>>(&mut self) -> Result<T, Fault> {
        T::try_from(self.number()?).map_err(|_| DAMAGED)
    }

    /// The length of a list. It is only a claim: nothing is set aside for it beforehand.
    fn length(&mut self) -> Result<u64, Fault> {
        let length = self.number()?;
        if length > LIST_MAX { Err(DAMAGED) } else { Ok(length) }
    }

    fn list<T: TryFrom<u64>>(&mut self) -> Result<Vec<T>, Fault> {
        let mut list: Vec<T> =
            (0..self.length()?).map(|_| self.small()).collect::<Result<_, _>>()?;
        list.shrink_to_fit();
        Ok(list)
    }

    fn documents(&mut self) -> Result<Documents, Fault> {
        let oldest: u32 = self.small()?;
        let next: u32 = self.small()?;
        if oldest == 0 || next < oldest {
            return Err(DAMAGED);
        }
        let mut documents = Documents::starting_at(oldest);
        for _ in oldest..next {
            let (id, url) = (self.number()?, self.number()?);
            let (places, times, small) = (self.number()?, self.number()?, self.number()?);
            documents.push(Document {
                id,
                url,
                story: places as u32,
                outlet: (places >> 32) as u32,
                seen_at: times as u32,
                published: (times >> 32) as u32,
                hashes: small as u16,
                indexed: (small >> 16) as u8,
                is_digest: small >> 24 & 1 == 1,
                language: (small >> 32) as u8,
            });
        }
        for _ in 0..self.length()? {
            let story = self.small()?;
            let members: Vec<u32> = self.list()?;
            documents.members.insert(story, members);
        }
        Ok(documents)
    }

    fn table(&mut self) -> Result<Table, Fault> {
        let mut table = Table::default();
        if self.length()? != table.parts.len() as u64 {
            return Err(DAMAGED);
        }
        for part in &mut table.parts {
            let used = self.small()?;
            let cells: Vec<u64> = self.list()?;
            // A part without a free cell would be searched for ever.
            let taken = cells.iter().filter(|cell| **cell != 0).count();
            if taken != used || (used > 0 && used >= cells.len()) {
                return Err(DAMAGED);
            }
            *part = Part { cells, used };
        }
        Ok(table)
    }

    fn filter(&mut self) -> Result<Filter, Fault> {
        let mut filter = Filter { round: self.number()?, ..Filter::default() };
        for number in 0..self.length()? {
            let (name, round) = (self.number()?, self.number()?);
            let articles = self.small()?;
            let cells: Vec<u32> = self.list()?;
            if !Sketch::is_size(cells.len()) {
                return Err(DAMAGED);
            }
            filter.outlets.push((name, round, Sketch { cells, articles }));
            filter.names.insert(name, u32::try_from(number).map_err(|_| DAMAGED)?);
        }
        Ok(filter)
    }

    fn frequencies(&mut self) -> Result<Frequencies, Fault> {
        let mut frequencies = Frequencies { tables: Vec::new(), numbers: HashMap::new() };
        for number in 0..self.length()? {
            let language = self.number()?;
            let documents = self.small()?;
            let counts: Vec<u32> = self.list()?;
            if !Words::is_size(counts.len()) {
                return Err(DAMAGED);
            }
            let texts = self.length()?;
            let recent: VecDeque<Vec<u64>> =
                (0..texts).map(|_| self.list()).collect::<Result<_, _>>()?;
            frequencies.numbers.insert(language, number as usize);
            frequencies.tables.push(Words { language, counts, documents, recent });
        }
        Ok(frequencies)
    }
}
