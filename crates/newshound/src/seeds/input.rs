//! A source of seeds as a stream of UTF-8, whatever encoding it came in.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::error::ReadError;
use super::format::{self, Format};

/// So much of a file is looked at before it is read.
const HEAD_BYTES: u64 = 1_024;

/// A piece that is decoded at once, in bytes.
const PIECE_BYTES: usize = 8 * 1_024;

/// A stream of bytes that readers take from.
pub(super) type Bytes = Box<dyn BufRead + Send>;

/// An opened source.
pub(super) struct Input {
    /// How it is called in messages.
    pub(super) name: String,
    pub(super) format: Format,
    /// UTF-8 without a byte order mark. In lists of lines a byte 0xFF stands where UTF-16 was
    /// damaged, so that the line is refused; in XML it is U+FFFD, as it matters in addresses only.
    pub(super) bytes: Bytes,
    /// What the file is written in, for messages.
    pub(super) encoding: &'static str,
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path, format: Option<Format>) -> Result<Input, ReadError> {
    if path.as_os_str() == "-" {
        return from_reader("standard input".to_owned(), Box::new(io::stdin()), format);
    }
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => {
            from_reader(name, Box::new(file), format.or_else(|| Format::of_extension(path)))
        }
        Err(source) => Err(ReadError::Open { name, source }),
    }
}

/// A source from its bytes; the format is sniffed where it is not known.
pub(super) fn from_reader(
    name: String,
    mut reader: Box<dyn Read + Send>,
    format: Option<Format>,
) -> Result<Input, ReadError> {
    let mut head = Vec::new();
    if let Err(source) = reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head) {
        return Err(ReadError::Read { name, line: 0, source });
    }
    let marked = Encoding::for_bom(&head);
    let (encoding, mark_bytes) = marked.unwrap_or((UTF_8, 0));
    if encoding == UTF_8
        && let Some((what, remedy)) = format::not_text(&head)
    {
        return Err(ReadError::NotText { name, what, remedy });
    }
    let (text, _) = encoding.decode_without_bom_handling(&head[mark_bytes..]);
    let format = format.unwrap_or_else(|| Format::sniffed(&text));
    let declared = (format == Format::Opml && marked.is_none()).then(|| declared(&text)).flatten();
    let encoding = declared.unwrap_or(encoding);
    let mut head = Cursor::new(head);
    head.set_position(mark_bytes as u64);
    let raw = BufReader::new(head.chain(reader));
    let bytes: Bytes = match (format, encoding == UTF_8) {
        (Format::Opml, _) => Box::new(Transcoded::new(raw, encoding, "\u{fffd}".as_bytes())),
        (_, true) => Box::new(raw),
        (_, false) => Box::new(Transcoded::new(raw, encoding, b"\xff")),
    };
    Ok(Input { name, format, bytes, encoding: encoding.name() })
}

/// The encoding that an XML declaration names, where the declaration could be read so.
fn declared(head: &str) -> Option<&'static Encoding> {
    let declaration = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?;
    let value = value.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    // What reads as ASCII here cannot be UTF-16, whatever it says of itself.
    Encoding::for_label(label.as_bytes()).filter(|e| *e != UTF_16LE && *e != UTF_16BE)
}

/// A stream of UTF-8 from one in another encoding.
struct Transcoded<R> {
    inner: R,
    decoder: Decoder,
    /// What stands in for damaged bytes.
    bad: &'static [u8],
    piece: Vec<u8>,
    at: usize,
    is_over: bool,
}

impl<R: BufRead> Transcoded<R> {
    fn new(inner: R, encoding: &'static Encoding, bad: &'static [u8]) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { inner, decoder, bad, piece: Vec::new(), at: 0, is_over: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let from = self.inner.fill_buf()?;
        let is_last = from.is_empty();
        self.at = 0;
        self.piece.resize(PIECE_BYTES, 0);
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(from, &mut self.piece, is_last);
        self.inner.consume(read);
        self.piece.truncate(written);
        match result {
            DecoderResult::InputEmpty => self.is_over = is_last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => self.piece.extend_from_slice(self.bad),
        }
        Ok(())
    }
}

impl<R: BufRead> BufRead for Transcoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.piece.len() && !self.is_over {
            self.refill()?;
        }
        Ok(&self.piece[self.at..])
    }

    fn consume(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.piece.len());
    }
}

impl<R: BufRead> Read for Transcoded<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let bytes = from.len().min(to.len());
        to[..bytes].copy_from_slice(&from[..bytes]);
        self.consume(bytes);
        Ok(bytes)
    }
}
