//! Outlines of feeds as feed readers export them (OPML 1.0 and 2.0), damaged ones as far as they
//! can be read.
//!
//! # Layout
//! - [`outline`]: what one outline says
//! - [`xml`]: a stream of XML with places and limits

mod outline;
mod xml;

use quick_xml::events::{BytesStart, Event};

use super::error::ReadError;
use super::input::Input;
use super::{Line, Refused};
use outline::Outline;
use xml::{Damage, Place, Xml};

pub(super) use outline::NAMESPACE;

/// The deepest nesting that is read. Readers nest folders two or three deep.
const DEPTH_MAX: usize = 64;

/// The seeds of an OPML file.
pub(crate) struct Opml {
    xml: Xml,
    /// The elements that are open, from the outside in.
    open: Vec<Open>,
    is_begun: bool,
    is_over: bool,
    /// The first damage of the file; it is told when all is read.
    damage: Option<(Place, String)>,
    /// Outlines without an address, which are no folders either.
    bare: u64,
    /// Outlines that stand for another file.
    included: u64,
}

/// An open element.
struct Open {
    element: String,
    /// The name of the folder, where it is one.
    folder: Option<String>,
}

/// What an event comes to.
enum Came {
    Nothing,
    Line(Line),
    /// Nothing can be read any more.
    End,
}

impl Opml {
    pub(super) fn new(input: Input) -> Self {
        Self {
            xml: Xml::new(input.name, input.bytes),
            open: Vec::new(),
            is_begun: false,
            is_over: false,
            damage: None,
            bare: 0,
            included: 0,
        }
    }

    pub(super) fn notices(&self) -> Vec<String> {
        let name = &self.xml.name;
        let told = [
            (self.bare, "outlines passed over, because they have no address"),
            (self.included, "outlines that stand for other OPML files (give those as well)"),
        ];
        let told = told.iter().filter(|(count, _)| *count > 0);
        told.map(|(count, what)| format!("{name}: {what}: {count}")).collect()
    }

    fn read(&mut self) -> Result<Option<Line>, ReadError> {
        while !self.is_over {
            match self.step()? {
                Came::Nothing => {}
                Came::Line(line) => return Ok(Some(line)),
                Came::End => self.is_over = true,
            }
        }
        Ok(self.damage.take().map(|damage| Err(self.refused(damage))))
    }

    fn step(&mut self) -> Result<Came, ReadError> {
        let (place, event) = match self.xml.next()? {
            Ok(event) => event,
            Err(Damage { place, reason, is_end }) => {
                self.note(place, reason);
                return Ok(if is_end { Came::End } else { Came::Nothing });
            }
        };
        match event {
            Event::Start(start) => self.starts(&start, place, false),
            Event::Empty(start) => self.starts(&start, place, true),
            Event::End(end) => {
                self.ends(end.local_name().as_ref(), place);
                Ok(Came::Nothing)
            }
            Event::Eof => {
                self.ends_file(place);
                Ok(Came::End)
            }
            _ => Ok(Came::Nothing),
        }
    }

    fn starts(
        &mut self,
        start: &BytesStart<'_>,
        place: Place,
        is_empty: bool,
    ) -> Result<Came, ReadError> {
        let element = start.local_name().as_ref().to_owned();
        if !std::mem::replace(&mut self.is_begun, true) {
            self.check_root(&element)?;
        }
        if self.open.len() >= DEPTH_MAX {
            self.note(place, format!("elements are nested more than {DEPTH_MAX} deep"));
            return Ok(Came::End);
        }
        let is_outline = element.eq_ignore_ascii_case("outline");
        let outline = is_outline.then(|| Outline::of(start));
        let came = match &outline {
            Some(outline) => self.outline(outline, place, is_empty),
            None => Came::Nothing,
        };
        if !is_empty {
            let folder = outline.and_then(Outline::into_folder);
            self.open.push(Open { element, folder });
        }
        Ok(came)
    }

    fn check_root(&self, found: &str) -> Result<(), ReadError> {
        let remedy = match found.to_ascii_lowercase().as_str() {
            "opml" => return Ok(()),
            "rss" | "feed" | "rdf" => {
                "it is a feed itself: give its address as a seed, as in `feed https://…`"
            }
            "urlset" | "sitemapindex" => {
                "it is a sitemap: give its address as a seed, as in `sitemap https://…`"
            }
            "html" => "it is a web page: give its address as a seed",
            _ => "export the list as OPML, or write it as text, one seed a line",
        };
        let name = self.xml.name.clone();
        Err(ReadError::Root { name, found: found.chars().take(40).collect(), remedy })
    }

    fn outline(&mut self, outline: &Outline, place: Place, is_empty: bool) -> Came {
        let folders = self.open.iter().filter_map(|open| open.folder.as_deref());
        match outline.spec(folders) {
            Some(Ok(spec)) => Came::Line(Ok(spec)),
            Some(Err(reason)) => {
                let place = format!("{}:{}", self.xml.name, place.line);
                Came::Line(Err(Refused { place, reason }))
            }
            None => {
                self.included += u64::from(outline.is_include());
                self.bare += u64::from(is_empty && !outline.is_include());
                Came::Nothing
            }
        }
    }

    /// Closes an element, and those inside it that nobody closed.
    fn ends(&mut self, element: &str, place: Place) {
        match self.open.iter().rposition(|open| open.element == element) {
            Some(index) => {
                if let Some(inner) = self.open.get(index + 1) {
                    let reason = format!("<{}> is not closed before </{element}>", inner.element);
                    self.note(place, reason);
                }
                self.open.truncate(index);
            }
            None => self.note(place, format!("</{element}> closes what was never opened")),
        }
    }

    fn ends_file(&mut self, place: Place) {
        match self.open.last() {
            Some(open) => {
                let reason = format!("the file ends and <{}> is not closed", open.element);
                self.note(place, reason);
            }
            None if !self.is_begun => self.note(place, "there is no element in it".to_owned()),
            None => {}
        }
    }

    fn note(&mut self, place: Place, reason: String) {
        self.damage.get_or_insert((place, reason));
    }

    fn refused(&self, (place, reason): (Place, String)) -> Refused {
        let Place { line, column } = place;
        Refused {
            place: format!("{}:{line}", self.xml.name),
            reason: format!(
                "damaged XML at line {line}, column {column}: {reason}; the outlines that could \
                    be read are kept, so export the file again, or mend that place, and read it \
                    once more"
            ),
        }
    }
}

impl Iterator for Opml {
    type Item = Result<Line, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        self.is_over |= read.is_err();
        read.transpose()
    }
}
