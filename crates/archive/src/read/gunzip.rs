//! Unpacks a file of gzip members (RFC 1952) one by one, and knows where each ends.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::damage::DamageKind;
use super::input::Input;

/// How every gzip member that can be read begins: magic and method (RFC 1952, section 2.3.1).
pub(super) const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// Unpacked bytes that lie ready at a time.
const OUTPUT_BYTES: usize = 64 * 1024;

/// Longest name, comment or extra field in a member's header. Nobody needs more; a lost zero byte
/// must not make us search through the whole file.
const HEADER_TEXT_BYTES_MAX: usize = 64 * 1024;

/// The members of a file, one after another.
pub(super) struct Gunzip {
    pub(super) input: Input,
    inflate: Decompress,
    crc: Crc,
    output: Vec<u8>,
    ready: std::ops::Range<usize>,
    ended: bool,
}

/// How a member begins, or why none does.
pub(super) enum Begin {
    /// A member was begun.
    Member,
    /// The file ends here.
    End,
    /// There are bytes, but they are not the beginning of a member.
    Foreign,
}

impl Gunzip {
    pub(super) fn new(input: Input) -> Self {
        Self {
            input,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            output: vec![0; OUTPUT_BYTES],
            ready: 0..0,
            ended: true,
        }
    }

    /// Reads the header of the member that begins at the present offset.
    pub(super) fn begin(&mut self) -> Result<Begin, DamageKind> {
        self.inflate.reset(false);
        self.crc.reset();
        self.ready = 0..0;
        self.ended = true;
        for (place, expected) in MAGIC.into_iter().enumerate() {
            match self.input.byte()? {
                Some(byte) if byte == expected => {}
                None if place == 0 => return Ok(Begin::End),
                None => return Err(DamageKind::Torn),
                Some(_) => return Ok(Begin::Foreign),
            }
        }
        self.rest_of_header()?;
        self.ended = false;
        Ok(Begin::Member)
    }

    fn rest_of_header(&mut self) -> Result<(), DamageKind> {
        const HAS_CRC: u8 = 2;
        const EXTRA: u8 = 4;
        const NAME: u8 = 8;
        const COMMENT: u8 = 16;
        const RESERVED: u8 = 0xe0;
        let [flags, _, _, _, _, _, _] = self.bytes()?;
        if flags & RESERVED != 0 {
            return Err(DamageKind::Corrupt("reserved flags are set"));
        }
        if flags & EXTRA != 0 {
            for _ in 0..u16::from_le_bytes(self.bytes()?) {
                let [_] = self.bytes()?;
            }
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                self.skip_text()?;
            }
        }
        if flags & HAS_CRC != 0 {
            let [_, _] = self.bytes()?;
        }
        Ok(())
    }

    fn skip_text(&mut self) -> Result<(), DamageKind> {
        for _ in 0..HEADER_TEXT_BYTES_MAX {
            if self.bytes()? == [0] {
                return Ok(());
            }
        }
        Err(DamageKind::Corrupt("a name without end"))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], DamageKind> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.input.byte()?.ok_or(DamageKind::Torn)?;
        }
        Ok(bytes)
    }

    /// Unpacked bytes that lie ready; none once the member has ended and its trailer was right.
    pub(super) fn fill(&mut self) -> Result<&[u8], DamageKind> {
        while self.ready.is_empty() && !self.ended {
            self.inflate_some()?;
        }
        Ok(&self.output[self.ready.clone()])
    }

    /// Steps over bytes that [`Self::fill`] gave.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.ready.start += bytes;
    }

    fn inflate_some(&mut self) -> Result<(), DamageKind> {
        let packed = self.input.fill()?;
        if packed.is_empty() {
            return Err(DamageKind::Torn);
        }
        let before = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(packed, &mut self.output, FlushDecompress::None)
            .map_err(|_| DamageKind::Corrupt("not deflated data"))?;
        let taken = usize_of(self.inflate.total_in() - before.0);
        let given = usize_of(self.inflate.total_out() - before.1);
        self.input.consume(taken);
        self.ready = 0..given;
        self.crc.update(&self.output[..given]);
        match status {
            Status::StreamEnd => self.trailer(),
            _ if taken == 0 && given == 0 => Err(DamageKind::Corrupt("no progress")),
            _ => Ok(()),
        }
    }

    fn trailer(&mut self) -> Result<(), DamageKind> {
        self.ended = true;
        let crc = u32::from_le_bytes(self.bytes()?);
        let length = u32::from_le_bytes(self.bytes()?);
        if crc != self.crc.sum() {
            return Err(DamageKind::Checksum);
        }
        if length != self.crc.amount() {
            return Err(DamageKind::MemberLength);
        }
        Ok(())
    }
}

/// A number of bytes in a buffer, which is never larger than the buffer.
fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
