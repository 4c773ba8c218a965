//! Pages for throughput: put together from parts that were rendered and compressed at the start,
//! with nothing but the links made for each.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use crate::dice::Dice;
use crate::html::{Filler, escape};
use crate::site::{Link, Page};
use crate::text::Writer;

/// How many different texts there are.
const VARIANTS: u64 = 8;

/// What pages are put together from.
pub(super) struct Pool {
    variants: Vec<Variant>,
    gzip: bool,
}

struct Variant {
    before: Part,
    after: Part,
}

/// Bytes as they are, and as deflate blocks that end on a byte and refer to nothing before them.
struct Part {
    plain: Bytes,
    deflated: Bytes,
    crc: Crc,
}

impl Pool {
    /// Pages of about `page_bytes`, which can be had as gzip if `gzip`.
    pub(super) fn new(seed: u64, page_bytes: usize, gzip: bool) -> io::Result<Self> {
        let filler = Filler::new(seed);
        let variants = (0..VARIANTS).map(|number| {
            let mut writer = Writer::new(Dice::new(seed, "bench", "", number));
            let mut before = format!(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}\
                 </title>\n",
                escape(&writer.headline())
            );
            filler.styles(page_bytes / 3, &mut before);
            before.push_str("</head>\n<body>\n<article>\n");
            for _ in 0..8 {
                before.push_str("<p>");
                before.push_str(&escape(&writer.paragraph()));
                before.push_str("</p>\n");
            }
            before.push_str("</article>\n");
            let mut after = String::new();
            // The links take about 1,500 bytes.
            let left = page_bytes.saturating_sub(before.len() + 1_500);
            filler.scripts(left, number * 7_919, &mut after);
            after.push_str("</body>\n</html>\n");
            Ok(Variant { before: Part::new(before)?, after: Part::new(after)? })
        });
        Ok(Self { variants: variants.collect::<io::Result<_>>()?, gzip })
    }

    /// The body of a page, and its coding.
    pub(super) fn body(&self, page: &Page, number: u64, gzip: bool) -> (Vec<Bytes>, bool) {
        let variant = &self.variants[usize::try_from(number % VARIANTS).unwrap_or(0)];
        let links = links(page);
        let (before, after) = (&variant.before, &variant.after);
        if !(self.gzip && gzip) {
            return (vec![before.plain.clone(), links.into(), after.plain.clone()], false);
        }
        let mut crc = Crc::new();
        crc.combine(&before.crc);
        let mut own = Crc::new();
        own.update(&links);
        crc.combine(&own);
        crc.combine(&after.crc);
        let mut ending = Vec::with_capacity(10);
        // An empty last block, then the trailer (RFC 1951, section 3.2.3; RFC 1952, section 2.3).
        ending.extend_from_slice(&[3, 0]);
        ending.extend_from_slice(&crc.sum().to_le_bytes());
        ending.extend_from_slice(&crc.amount().to_le_bytes());
        let body = vec![
            Bytes::from_static(&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 0xFF]),
            before.deflated.clone(),
            stored(&links).into(),
            after.deflated.clone(),
            ending.into(),
        ];
        (body, true)
    }
}

impl Part {
    fn new(text: String) -> io::Result<Self> {
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        let mut deflate = Compress::new(Compression::new(6), false);
        let mut deflated = Vec::with_capacity(text.len() + 1_024);
        let status = deflate.compress_vec(text.as_bytes(), &mut deflated, FlushCompress::Full)?;
        if status != Status::Ok || deflate.total_in() != text.len() as u64 {
            return Err(io::Error::other("a page could not be compressed in one go"));
        }
        Ok(Self { plain: text.into(), deflated: deflated.into(), crc })
    }
}

fn links(page: &Page) -> Vec<u8> {
    let mut out = Vec::with_capacity(2_048);
    // The host makes pages of different hosts differ; writing into a Vec cannot fail.
    let _ = writeln!(out, "<p>{}</p>\n<ul>", page.at);
    for Link { href, .. } in &page.links {
        let _ = writeln!(out, "<li><a href=\"{href}\">An article to read next</a></li>");
    }
    out.extend_from_slice(b"</ul>\n");
    out
}

/// Stored deflate blocks (RFC 1951, section 3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    for block in bytes.chunks(usize::from(u16::MAX)) {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(0);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::plan::{Address, Plan};
    use crate::site::Answer;

    #[test]
    fn the_gzip_form_holds_the_plain_one() {
        let plan = Plan::new(crate::Config::bench(2, 100, 60_000, crate::Coding::Gzip));
        let pool = Pool::new(1, 60_000, true).unwrap();
        for number in [1, 2, 99] {
            let at = Address::parse(&format!("http://outlet-002.test/p/{number}.html")).unwrap();
            let Some(Answer::Page(page)) = plan.answer(&at, None) else { panic!("{at}") };
            let (whole, _) = pool.body(&page, number, false);
            let (gzip, coded) = pool.body(&page, number, true);
            let mut decoded = Vec::new();
            flate2::read::GzDecoder::new(&gzip.concat()[..]).read_to_end(&mut decoded).unwrap();
            assert!(coded && decoded == whole.concat());
            assert!((58_000..63_000).contains(&decoded.len()), "{}", decoded.len());
        }
    }
}
