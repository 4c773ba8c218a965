//! Tables of seeds: CSV with a header, whatever separates the cells.
//!
//! # Layout
//! - [`header`]: which column holds what
//! - [`record`]: the cells of a record, over several lines where they are quoted

mod header;
mod record;

use crawl::{Seed, SeedKind, SeedSpec};

use super::error::ReadError;
use super::input::Input;
use super::lines::Lines;
use super::txt::shorten;
use super::{Line, Refused};
use header::{Columns, find};
use record::{Record, Records};

pub(super) use header::{is_header, is_passed_over};

/// The seeds of a table.
pub(crate) struct Csv {
    records: Records,
    columns: Columns,
    notices: Vec<String>,
    is_over: bool,
}

impl Csv {
    /// Reads the header.
    pub(super) fn new(input: Input) -> Result<Self, ReadError> {
        let mut lines = Lines::new(input);
        let (columns, notice) = find(&mut lines)?;
        let records = Records::new(lines, columns.separator);
        Ok(Self { records, columns, notices: notice.into_iter().collect(), is_over: false })
    }

    pub(super) fn notices(&self) -> &[String] {
        &self.notices
    }

    fn read(&mut self) -> Result<Option<Line>, ReadError> {
        let columns = &self.columns;
        let is_seed = |cells: &[String]| columns.is_full(cells) && columns.seed_of(cells).is_ok();
        let Some(record) = self.records.next(&is_seed)? else { return Ok(None) };
        let Record { line, cells } = record;
        let read = cells.and_then(|cells| columns.spec_of(&cells));
        let place = || format!("{}:{line}", self.records.name());
        Ok(Some(read.map_err(|reason| Refused { place: place(), reason })))
    }
}

impl Iterator for Csv {
    type Item = Result<Line, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let read = self.read();
        self.is_over = !matches!(read, Ok(Some(_)));
        read.transpose()
    }
}

impl Columns {
    /// Whether there is a cell for every column.
    fn is_full(&self, cells: &[String]) -> bool {
        cells.len() >= self.count
    }

    fn seed_of(&self, cells: &[String]) -> Result<Seed, String> {
        let text = cell(cells, self.seed).ok_or("there is no seed on the line")?;
        let kind = match self.kind.and_then(|index| cell(cells, index)) {
            Some(name) => Some(SeedKind::named(name).ok_or_else(|| {
                format!("{:?} is no kind: write domain, page, feed or sitemap", shorten(name))
            })?),
            None => self.kind_of_all,
        };
        let seed = kind.map_or_else(|| Seed::parse(text), |kind| Seed::parse_as(kind, text));
        seed.map_err(|error| error.to_string())
    }

    fn spec_of(&self, cells: &[String]) -> Result<SeedSpec, String> {
        let beyond = cells.get(self.count..).unwrap_or_default();
        if beyond.iter().any(|cell| !cell.trim().is_empty()) {
            return Err(format!(
                "the line has {} cells, the header {}: put values that contain {:?} in quotes",
                cells.len(),
                self.count,
                char::from(self.separator)
            ));
        }
        let mut spec = SeedSpec::new(self.seed_of(cells)?);
        for (index, field) in &self.fields {
            if let Some(text) = cell(cells, *index) {
                spec.set(*field, text).map_err(|error| error.to_string())?;
            }
        }
        Ok(spec)
    }
}

/// A cell that says something.
fn cell(cells: &[String], index: usize) -> Option<&str> {
    cells.get(index).map(|text| text.trim()).filter(|text| !text.is_empty())
}
