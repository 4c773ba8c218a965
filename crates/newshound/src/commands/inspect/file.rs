//! A file as the body of a URL.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use anyhow::{Context, Result};
use fetch::coding;

use super::DECODED_BYTES_MAX;
use crate::exit::usage;

/// What a file holds, its gzip taken off.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Its gzip is broken or without its end.
    pub(super) is_damaged: bool,
    /// There is more than is read.
    pub(super) is_cut: bool,
}

/// Reads a file, or standard input for `-`.
pub(super) fn read(path: &Path) -> Result<Body> {
    let failed = || format!("cannot read the file {}; name one with --file", path.display());
    let bytes = if path == Path::new("-") {
        up_to_the_limit(stdin().lock()).context("cannot read standard input")?
    } else {
        if path.is_dir() {
            return Err(usage(format!("{} is a folder, not a file", path.display())));
        }
        let file = File::open(path).with_context(failed)?;
        up_to_the_limit(file).with_context(failed)?
    };
    Ok(unpack(bytes))
}

/// One byte more than the limit shows that there is more.
fn up_to_the_limit(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(DECODED_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unpack(mut bytes: Vec<u8>) -> Body {
    let bytes_max = usize::try_from(DECODED_BYTES_MAX).unwrap_or(usize::MAX);
    let is_cut = bytes.len() > bytes_max;
    bytes.truncate(bytes_max);
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Body { bytes, is_damaged: false, is_cut };
    }
    match coding::decode(&["gzip"], &bytes, DECODED_BYTES_MAX) {
        Ok(decoded) => {
            let is_full = decoded.bytes.len() >= bytes_max;
            Body {
                is_damaged: !decoded.complete && !is_full && !is_cut,
                is_cut: is_cut || (!decoded.complete && is_full),
                bytes: decoded.bytes.into_owned(),
            }
        }
        // It only begins like gzip: it is what it is.
        Err(_) => Body { bytes, is_damaged: true, is_cut },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf hello | gzip -n`.
    const HELLO: [u8; 25] = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 7, 0, 0x86, 0xA6, 0x10,
        0x36, 5, 0, 0, 0,
    ];

    #[test]
    fn packed_plain_and_damaged() {
        for (given, bytes, is_damaged) in [
            (&HELLO[..], &b"hello"[..], false),
            (b"hello", b"hello", false),
            (&HELLO[..20], b"hello", true),
            (&[0x1F, 0x8B, 9], b"", true),
            (b"", b"", false),
        ] {
            let body = unpack(given.to_vec());
            assert_eq!((&body.bytes[..], body.is_damaged, body.is_cut), (bytes, is_damaged, false));
        }
    }
}
