//! The formats of seed lists, and how a file shows which one it has.

use std::path::Path;

use super::csv;

/// How a list of seeds is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One seed a line, `#` before comments
    Txt,
    /// A table with a header, with `,`, `;`, `|` or tabs between its cells
    Csv,
    /// Outlines, as feed readers export them
    Opml,
}

impl Format {
    /// The format by the extension of a file.
    pub(crate) fn of_extension(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "txt" | "text" | "list" | "lst" => Some(Self::Txt),
            "csv" | "tsv" | "tab" => Some(Self::Csv),
            "opml" | "xml" => Some(Self::Opml),
            _ => None,
        }
    }

    /// The format by the beginning of a file, as text without a byte order mark.
    pub(super) fn sniffed(head: &str) -> Self {
        if head.trim_start().starts_with('<') {
            return Self::Opml;
        }
        match head.split(['\r', '\n']).find(|line| !csv::is_passed_over(line)) {
            Some(line) if csv::is_header(line) => Self::Csv,
            _ => Self::Txt,
        }
    }
}

/// First bytes of what is given by mistake, what it is, and what to do about it.
const PACKED: [(&[u8], &str, &str); 10] = [
    (b"\x1f\x8b", "packed with gzip", "unpack it first (gunzip), or pipe it: gzip -dc FILE | … -"),
    (
        b"PK\x03\x04",
        "a zip archive or an Excel workbook",
        "unpack it, or save the sheet as CSV (UTF-8), and give that file",
    ),
    (b"PK\x05\x06", "an empty zip archive", "give the list itself"),
    (
        b"\xd0\xcf\x11\xe0",
        "an Excel or Word file",
        "save the sheet as CSV (UTF-8) and give that file",
    ),
    (b"(\xb5/\xfd", "packed with zstd", "unpack it first (unzstd), or pipe it: zstdcat FILE | … -"),
    (b"BZh", "packed with bzip2", "unpack it first (bunzip2), or pipe it: bzcat FILE | … -"),
    (b"\xfd7zXZ\0", "packed with xz", "unpack it first (unxz), or pipe it: xzcat FILE | … -"),
    (b"%PDF-", "a PDF", "copy the addresses into a text file, one a line"),
    (b"SQLite format 3\0", "a SQLite database", "export the addresses as CSV or text"),
    (b"WARC/1.", "a WARC file", "seeds are domains and URLs, one a line"),
];

/// What a file is that is no text, with a remedy; none where it may be text.
pub(super) fn not_text(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some((_, what, remedy)) = PACKED.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some((what, remedy));
    }
    // A stray NUL is the fault of its line; many of them are another encoding or no text at all.
    let nul_share = |offset: usize, step: usize| {
        let bytes = head.iter().skip(offset).step_by(step);
        let total = bytes.clone().count().max(1);
        bytes.filter(|b| **b == 0).count() * 100 / total
    };
    if head.len() < 8 || nul_share(0, 1) < 10 {
        return None;
    }
    if nul_share(0, 2).abs_diff(nul_share(1, 2)) > 40 {
        return Some(("UTF-16 without a byte order mark", "save it as UTF-8"));
    }
    Some(("binary data", "give a text, CSV or OPML file"))
}
