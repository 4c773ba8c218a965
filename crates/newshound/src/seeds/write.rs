//! Writing lists of seeds, so that reading them gives the same seeds again.

use std::io::{self, Write};

use crawl::{Seed, SeedKind, SeedSpec, SpecField};

use super::Format;
use super::opml::NAMESPACE;

/// Writes seeds one after the other.
pub(crate) struct Writer<W> {
    format: Format,
    out: W,
}

impl<W: Write> Writer<W> {
    /// Begins a list.
    pub(crate) fn new(format: Format, mut out: W) -> io::Result<Self> {
        match format {
            Format::Txt => {}
            Format::Csv => {
                let fields = SpecField::ALL.map(SpecField::name).join(",");
                writeln!(out, "seed,kind,{fields}")?;
            }
            Format::Opml => writeln!(
                out,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                    <opml version=\"2.0\" xmlns:nh=\"{NAMESPACE}\">\n\
                    <head><title>Seeds</title></head>\n<body>"
            )?,
        }
        Ok(Self { format, out })
    }

    /// Writes one seed.
    pub(crate) fn write(&mut self, spec: &SeedSpec) -> io::Result<()> {
        match self.format {
            Format::Txt => txt(spec, &mut self.out),
            Format::Csv => csv(spec, &mut self.out),
            Format::Opml => opml(spec, &mut self.out),
        }
    }

    /// Ends the list and gives back what it was written to.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        if self.format == Format::Opml {
            writeln!(self.out, "</body>\n</opml>")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

fn txt(spec: &SeedSpec, out: &mut impl Write) -> io::Result<()> {
    let text = spec.seed.to_string();
    // The kind is written only where the text alone would be understood otherwise.
    match Seed::parse(&text) {
        Ok(seed) if seed == spec.seed => write!(out, "{text}")?,
        _ => write!(out, "{} {text}", spec.seed.kind())?,
    }
    for field in SpecField::ALL {
        if let Some(value) = spec.get(field) {
            write!(out, " {}={value}", field.name())?;
        }
    }
    writeln!(out)
}

fn csv(spec: &SeedSpec, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{},{}", quoted(&spec.seed.to_string()), spec.seed.kind())?;
    for field in SpecField::ALL {
        write!(out, ",{}", quoted(&spec.get(field).unwrap_or_default()))?;
    }
    writeln!(out)
}

/// A cell (RFC 4180, section 2.5 to 2.7).
fn quoted(text: &str) -> String {
    if text.contains([',', '"', ';', '\t', '|']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

fn opml(spec: &SeedSpec, out: &mut impl Write) -> io::Result<()> {
    let url = escaped(spec.seed.url().as_str());
    let kind = spec.seed.kind();
    write!(out, "<outline text=\"{}\"", escaped(&spec.seed.to_string()))?;
    match kind {
        SeedKind::Feed => write!(out, " type=\"rss\" xmlUrl=\"{url}\"")?,
        SeedKind::Page => write!(out, " type=\"link\" url=\"{url}\"")?,
        _ => write!(out, " type=\"link\" url=\"{url}\" nh:kind=\"{kind}\"")?,
    }
    for field in SpecField::ALL {
        let Some(value) = spec.get(field) else { continue };
        let value = escaped(&value);
        // What other readers know by a name of its own is written with that as well.
        match field {
            SpecField::Language => write!(out, " language=\"{value}\"")?,
            SpecField::Tags => write!(out, " category=\"{value}\"")?,
            _ => {}
        }
        write!(out, " nh:{}=\"{value}\"", field.name())?;
    }
    writeln!(out, "/>")
}

fn escaped(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace('\'', "&apos;")
}
