//! Tests of the module that declares this one.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const MAX: u64 = 1 << 20;

fn page() -> Vec<u8> {
    (0..12_000)
        .flat_map(|i| format!("<p>Paragraph {i} of {}.</p>\n", i * 7_919).into_bytes())
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut to = GzEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut to = ZlibEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut to = DeflateEncoder::new(Vec::new(), Compression::default());
    to.write_all(bytes).unwrap();
    to.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut to = Vec::new();
    ::brotli::CompressorWriter::new(&mut to, 4_096, 5, 22).write_all(bytes).unwrap();
    to
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 3).unwrap()
}

/// Each coding's name and a body in it.
fn coded(bytes: &[u8]) -> [(&'static str, Vec<u8>); 6] {
    [
        ("gzip", gzip(bytes)),
        ("x-gzip", gzip(bytes)),
        ("deflate", zlib(bytes)),
        ("deflate", raw_deflate(bytes)),
        ("br", brotli(bytes)),
        ("zstd", zstd(bytes)),
    ]
}

#[test]
fn every_coding_is_undone() {
    let page = page();
    for (coding, body) in coded(&page) {
        let decoded = decode(&[coding], &body, MAX).unwrap();
        assert!(decoded.complete && decoded.bytes[..] == page[..], "{coding}");
    }
}

#[test]
fn without_a_coding_nothing_is_copied() {
    let decoded = decode::<&str>(&[], b"abc", MAX).unwrap();
    assert_eq!(decoded, Decoded { bytes: Cow::Borrowed(b"abc"), complete: true });
    let decoded = decode(&["identity"], b"abc", 2).unwrap();
    assert_eq!(decoded, Decoded { bytes: Cow::Borrowed(b"ab"), complete: false });
    assert!(matches!(decoded.bytes, Cow::Borrowed(_)));
}

#[test]
fn an_empty_body_is_complete_in_any_coding() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let decoded = decode(&[coding], b"", MAX).unwrap();
        assert!(decoded.complete && decoded.bytes.is_empty(), "{coding}");
    }
}

#[test]
fn codings_are_undone_from_the_last_to_the_first() {
    let body = brotli(&gzip(b"news"));
    assert_eq!(decode(&["gzip", "br"], &body, MAX).unwrap().bytes[..], b"news"[..]);
    let many = ["gzip"; 4];
    assert_eq!(decode(&many, &body, MAX), Err(CodingError::TooMany(4)));
    assert_eq!(decode(&["rot13"], b"x", MAX), Err(CodingError::Unknown("rot13".into())));
}

#[test]
fn a_cut_body_gives_what_can_be_read() {
    let page = page();
    for (coding, body) in coded(&page) {
        let decoded = decode(&[coding], &body[..body.len() * 3 / 4], MAX).unwrap();
        let got = decoded.bytes.len();
        assert!(!decoded.complete, "{coding}");
        assert!(page.starts_with(&decoded.bytes), "{coding}");
        assert!(got > page.len() / 10, "{coding}: {got} of {}", page.len());
    }
}

#[test]
fn bombs_end_at_the_limit() {
    let zeros = vec![0; 30 << 20];
    for (coding, body) in coded(&zeros) {
        let decoded = decode(&[coding], &body, MAX).unwrap();
        assert!(!decoded.complete && decoded.bytes.len() as u64 == MAX, "{coding}");
    }
    // One over the other: each step is bounded.
    let twice = gzip(&gzip(&zeros));
    let decoded = decode(&["gzip", "gzip"], &twice, MAX).unwrap();
    assert!(decoded.bytes.len() as u64 <= MAX);
}

#[test]
fn a_body_of_just_the_limit_is_complete() {
    let page = page();
    let size = page.len() as u64;
    for (coding, body) in coded(&page) {
        assert!(decode(&[coding], &body, size).unwrap().complete, "{coding}");
        let less = decode(&[coding], &body, size - 1).unwrap();
        assert!(!less.complete && less.bytes.len() as u64 == size - 1, "{coding}");
    }
}

#[test]
fn gzip_of_several_members_is_read_to_the_end() {
    let mut body = gzip(b"first ");
    body.extend(gzip(b"second"));
    let decoded = decode(&["gzip"], &body, MAX).unwrap();
    assert!(decoded.complete);
    assert_eq!(decoded.bytes[..], b"first second"[..]);
}

#[test]
fn the_size_in_a_gzip_trailer_is_not_believed() {
    let mut body = gzip(&page());
    let at = body.len() - 4;
    body[at..].copy_from_slice(&u32::MAX.to_le_bytes());
    let decoded = decode(&["gzip"], &body, MAX).unwrap();
    assert!(!decoded.complete && decoded.bytes[..] == page()[..]);
}

#[test]
fn what_is_not_in_its_coding_is_an_error() {
    for coding in ["gzip", "zstd", "deflate"] {
        let html = b"<!doctype html><title>plain after all</title>";
        let error = decode(&[coding], html, MAX).unwrap_err();
        assert!(matches!(error, CodingError::Malformed(_)), "{coding}");
    }
}

#[test]
fn a_zstd_window_beyond_eight_mib_is_refused() {
    let mut to = ::zstd::Encoder::new(Vec::new(), 1).unwrap();
    to.window_log(27).unwrap();
    to.write_all(&vec![7; 20 << 20]).unwrap();
    let body = to.finish().unwrap();
    assert_eq!(decode(&["zstd"], &body, MAX), Err(CodingError::Malformed("zstd")));
}

#[test]
fn any_bytes_are_decoded_or_refused() {
    let page = page();
    let mut seed = 1_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap()
    };
    for (coding, body) in coded(&page[..5_000]) {
        for _ in 0..100 {
            let mut broken = body.clone();
            for _ in 0..=random() % 4 {
                let at = random() % broken.len();
                broken[at] = u8::try_from(random() % 256).unwrap();
            }
            broken.truncate(1 + random() % broken.len());
            if let Ok(decoded) = decode(&[coding], &broken, 10_000) {
                assert!(decoded.bytes.len() <= 10_000);
            }
        }
    }
}

#[test]
fn codings_of_header_lines() {
    let headers = |values: &[&str]| -> Vec<(String, Vec<u8>)> {
        values.iter().map(|v| ("Content-Encoding".to_owned(), v.as_bytes().to_vec())).collect()
    };
    for (values, tokens, as_received) in [
        (&[][..], &[][..], true),
        (&["identity"], &[], true),
        (&["GZip"], &["gzip"], true),
        (&["br"], &["br"], true),
        (&["x-gzip"], &["x-gzip"], false),
        (&["zstd"], &["zstd"], false),
        (&["deflate"], &["deflate"], false),
        (&["gzip, br"], &["gzip", "br"], false),
        (&["gzip", " br ,"], &["gzip", "br"], false),
    ] {
        let codings = codings(&headers(values));
        assert_eq!(codings, tokens);
        assert_eq!(is_stored_as_received(&codings), as_received, "{values:?}");
    }
}
