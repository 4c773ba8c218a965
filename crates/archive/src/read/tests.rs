//! Whole files and every kind of damaged one.

use proptest::prelude::*;
use tempfile::TempDir;

use super::digest::{Check, Sha1Digest};
use super::*;
use crate::testing::warc::{Raw, file, gzip};

/// What a reader said of a file, in order: types of records and words for damages.
fn told(reader: &mut Reader) -> Vec<String> {
    let mut told = Vec::new();
    // Longer than any of these files: a reader that does not come to an end fails here.
    for _ in 0..2_000 {
        match reader.next_record() {
            Ok(None) => return told,
            Ok(Some(record)) => told.push(record.header.record_type().to_string()),
            Err(damage) => told.push(word(&damage.kind).to_owned()),
        }
    }
    panic!("no end: {told:?}");
}

fn word(kind: &DamageKind) -> &'static str {
    match kind {
        DamageKind::Torn => "TORN",
        DamageKind::Garbage { at_end: true, .. } => "TRAILING",
        DamageKind::Garbage { at_end: false, .. } => "GARBAGE",
        DamageKind::Corrupt(_) => "CORRUPT",
        DamageKind::Checksum => "CHECKSUM",
        DamageKind::MemberLength => "MEMBER-LENGTH",
        DamageKind::SeveralRecords => "SEVERAL",
        DamageKind::EmptyMember => "EMPTY",
        DamageKind::Header(_) => "HEADER",
        DamageKind::Length { .. } => "LENGTH",
        DamageKind::End => "END",
        DamageKind::Unreadable(_) => "UNREADABLE",
    }
}

fn read_as(name: &str, bytes: &[u8]) -> Vec<String> {
    let dir = TempDir::new().unwrap();
    told(&mut Reader::open(&file(dir.path(), name, bytes)).unwrap())
}

fn read_gzip(members: &[Vec<u8>]) -> Vec<String> {
    read_as("a.warc.gz", &members.concat())
}

fn read_plain(records: &[Vec<u8>]) -> Vec<String> {
    read_as("a.warc", &records.concat())
}

fn three() -> [Raw; 3] {
    [
        Raw::new("warcinfo", b"software: x\r\n"),
        Raw::new("request", b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
        Raw::new("response", b"HTTP/1.1 200 OK\r\n\r\nbody of some length, body, body"),
    ]
}

#[test]
fn a_whole_file_is_read_to_its_last_byte() {
    let dir = TempDir::new().unwrap();
    let packed: Vec<u8> = three().iter().flat_map(Raw::member).collect();
    let plain: Vec<u8> = three().iter().flat_map(Raw::plain).collect();
    for (name, bytes) in [("a.warc.gz", packed), ("a.warc", plain)] {
        let path = file(dir.path(), name, &bytes);
        let mut reader = Reader::open(&path).unwrap();
        let mut at = 0;
        for raw in three() {
            let record = reader.next_record().unwrap().unwrap();
            assert_eq!((record.offset, &record.block), (at, &raw.block), "{name}");
            assert_eq!(record.check_block_digest(), Check::Right);
            at += record.member_bytes;
            let alone = Reader::at(&path, record.offset).unwrap().next_record().unwrap().unwrap();
            assert_eq!(alone.block, record.block);
        }
        assert!(reader.next_record().unwrap().is_none());
        assert!(reader.next_record().unwrap().is_none());
        assert_eq!(at, bytes.len() as u64);
    }
}

#[test]
fn an_empty_file_holds_no_record() {
    assert!(read_as("a.warc.gz", b"").is_empty());
    assert!(read_as("a.warc", b"").is_empty());
}

/// The formats of WARC that we do not read, and files that are something else.
#[test]
fn other_formats_are_refused_by_name() {
    let dir = TempDir::new().unwrap();
    for (bytes, named) in [(&b"\x28\xb5\x2f\xfd\0\0"[..], "Zstandard"), (b"<html>", "<html")] {
        let error = Reader::open(&file(dir.path(), "x", bytes)).err().unwrap();
        assert!(error.to_string().contains(named), "{error}");
    }
    assert!(matches!(Reader::open(&dir.path().join("none")), Err(ReadError::Open { .. })));
}

#[test]
fn fields_are_read_as_the_standard_writes_them() {
    let head = b"WARC/1.0\r\nWARC-Type: Response\r\nwarc-concurrent-to: <urn:a>\r\n\
        WARC-Concurrent-To:<urn:b>\r\nX: one\r\n \t two\r\nWARC-Target-URI: <http://a.test/>\r\n\
        Content-Type: Application/HTTP; msgtype=response\r\nContent-Length: 12\r\n";
    let header = Header::parse(head).unwrap();
    assert_eq!((header.version, header.record_type()), (Version::V1_0, RecordType::Response));
    assert_eq!(header.all("WARC-CONCURRENT-TO").collect::<Vec<_>>(), ["<urn:a>", "<urn:b>"]);
    assert_eq!(header.get("x"), Some("one two"));
    assert_eq!(header.uri("WARC-Target-URI"), Some("http://a.test/"));
    assert_eq!(header.media_type().as_deref(), Some("application/http"));
    assert_eq!(header.content_length(), Ok(12));
    assert_eq!(header.get("none"), None);
}

#[test]
fn wrong_headers_are_refused() {
    for wrong in [
        &b"WARC/2.0\r\nContent-Length: 1\r\n"[..],
        b"WARC/1.1\nContent-Length: 1\n",
        b"WARC/1.1\r\nno colon\r\n",
        b"WARC/1.1\r\nna me: x\r\n",
        b"WARC/1.1\r\n: x\r\n",
        b"",
    ] {
        assert!(Header::parse(wrong).is_err(), "{}", wrong.escape_ascii());
    }
    for length in ["", "-1", "+1", "1x", "99999999999999999999999"] {
        let head = format!("WARC/1.1\r\nContent-Length: {length}\r\n");
        assert!(Header::parse(head.as_bytes()).unwrap().content_length().is_err(), "{length}");
    }
    let twice = Header::parse(b"WARC/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n").unwrap();
    assert!(twice.content_length().is_err());
    assert!(Header::parse(b"WARC/1.1\r\n").unwrap().content_length().is_err());
}

#[test]
fn a_file_cut_anywhere_is_torn_or_shorter() {
    let dir = TempDir::new().unwrap();
    let members: Vec<_> = three().iter().map(Raw::member).collect();
    let plain: Vec<_> = three().iter().map(Raw::plain).collect();
    for (name, parts) in [("a.warc.gz", members), ("a.warc", plain)] {
        let whole = parts.concat();
        let mut ends = vec![0];
        for part in &parts {
            ends.push(ends.last().unwrap() + part.len());
        }
        for cut in 0..whole.len() {
            let path = file(dir.path(), name, &whole[..cut]);
            let told = told(&mut Reader::open(&path).unwrap());
            let records = ends.iter().filter(|end| **end <= cut).count() - 1;
            let is_torn = !ends.contains(&cut);
            assert_eq!(told.len(), records + usize::from(is_torn), "{name} cut at {cut}: {told:?}");
            assert_eq!(told.last().is_some_and(|w| w == "TORN"), is_torn, "{name} at {cut}");
        }
    }
}

#[test]
fn a_flipped_bit_is_seen_wherever_it_is() {
    let dir = TempDir::new().unwrap();
    let whole: Vec<u8> = three().iter().flat_map(Raw::member).collect();
    let second = three()[0].member().len();
    let end = second + three()[1].member().len();
    for at in second..end {
        for bit in 0..8 {
            // Time, level and system of a member mean nothing, and nothing protects them; nor does
            // the flag for text (RFC 1952, section 2.3.1).
            if (4..10).contains(&(at - second)) || (at - second == 3 && bit == 0) {
                continue;
            }
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            let path = file(dir.path(), "a.warc.gz", &bytes);
            let told = told(&mut Reader::open(&path).unwrap());
            assert_eq!(told.first().unwrap(), "warcinfo");
            assert_eq!(told.last().unwrap(), "response", "{at} {bit}: {told:?}");
            if told == ["warcinfo", "request", "response"] {
                // The last byte of deflated data may have bits that stand for nothing.
                assert_eq!(at, end - 9, "{bit}");
                let record = Reader::at(&path, second as u64).unwrap().next_record();
                assert_eq!(record.unwrap().unwrap().block, three()[1].block);
            }
        }
    }
}

#[test]
fn bytes_that_belong_to_no_record_are_counted() {
    let [a, b, _] = three();
    assert_eq!(read_gzip(&[a.member(), vec![0; 512]]), ["warcinfo", "TRAILING"]);
    assert_eq!(
        read_gzip(&[a.member(), b"junk".to_vec(), b.member()]),
        ["warcinfo", "GARBAGE", "request"]
    );
    assert_eq!(read_gzip(&[b"junk".to_vec(), b.member()]), ["GARBAGE", "request"]);
    assert_eq!(read_plain(&[a.plain(), vec![0; 512]]), ["warcinfo", "HEADER"]);
    assert_eq!(
        read_plain(&[a.plain(), b"junk\r\n".to_vec(), b.plain()]),
        ["warcinfo", "HEADER", "request"]
    );
    let dir = TempDir::new().unwrap();
    let path = file(dir.path(), "a.warc.gz", &[a.member(), vec![0; 7]].concat());
    let mut reader = Reader::open(&path).unwrap();
    reader.next_record().unwrap();
    let damage = reader.next_record().unwrap_err();
    assert_eq!(damage.offset, a.member().len() as u64);
    assert!(damage.to_string().contains("7 bytes at the end"), "{damage}");
}

#[test]
fn members_hold_one_record() {
    let [a, b, c] = three();
    let both = gzip(&[a.plain(), b.plain()].concat());
    assert_eq!(read_gzip(&[both, c.member()]), ["SEVERAL", "response"]);
    assert_eq!(read_gzip(&[a.member(), gzip(b""), c.member()]), ["warcinfo", "EMPTY", "response"]);
}

#[test]
fn a_wrong_length_is_seen_and_the_true_one_named() {
    let [a, b, c] = three();
    let dir = TempDir::new().unwrap();
    let true_length = b.block.len() as u64;
    for said in [0, 1, true_length - 1, true_length + 1, true_length + 5, 1 << 40] {
        let wrong = b.clone().with("Content-Length", &said.to_string());
        let bytes = [a.member(), wrong.member(), c.member()].concat();
        let mut reader = Reader::open(&file(dir.path(), "a.warc.gz", &bytes)).unwrap();
        reader.next_record().unwrap();
        let kind = reader.next_record().unwrap_err().kind;
        match kind {
            DamageKind::Length { said: s, found } => assert_eq!((s, found), (said, true_length)),
            other => panic!("{said}: {other}"),
        }
        assert!(reader.next_record().unwrap().is_some());
        assert!(reader.next_record().unwrap().is_none());
        let told = read_plain(&[a.plain(), wrong.plain(), c.plain()]);
        assert_eq!(told.first().unwrap(), "warcinfo");
        assert!(["END", "TORN"].contains(&told[1].as_str()), "{said}: {told:?}");
        assert_eq!(told.last().unwrap(), "response", "{said}: {told:?}");
    }
}

#[test]
fn two_crlf_end_a_record() {
    let [a, b, c] = three();
    for end in [&b""[..], b"\r\n"] {
        let wrong = Raw { end: end.to_vec(), ..b.clone() };
        assert_eq!(
            read_gzip(&[a.member(), wrong.member(), c.member()]),
            ["warcinfo", "END", "response"]
        );
        assert_eq!(
            read_plain(&[a.plain(), wrong.plain(), c.plain()]),
            ["warcinfo", "END", "response"]
        );
    }
}

#[test]
fn wrong_headers_are_passed_over() {
    let [a, b, c] = three();
    let no_version = Raw { version: "WORC/1.1".into(), ..b.clone() };
    for wrong in [no_version, b.clone().without("Content-Length"), b.with("a b", "c")] {
        assert_eq!(
            read_gzip(&[a.member(), wrong.member(), c.member()]),
            ["warcinfo", "HEADER", "response"]
        );
        let told = read_plain(&[a.plain(), wrong.plain(), c.plain()]);
        assert_eq!(told, ["warcinfo", "HEADER", "response"]);
    }
    let endless = [b"WARC/1.1\r\nX: ".to_vec(), vec![b'x'; HEADER_BYTES_MAX + 1]].concat();
    assert_eq!(read_gzip(&[gzip(&endless), c.member()]), ["HEADER", "response"]);
    assert_eq!(read_plain(&[endless, c.plain()]), ["HEADER", "response"]);
}

#[test]
fn a_block_too_large_to_keep_is_digested_as_it_goes_by() {
    let body: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let block = [b"HTTP/1.1 200 OK\r\n\r\n", &body[..]].concat();
    let raw = Raw::new("response", &block)
        .with("Content-Type", "application/http; msgtype=response")
        .with("WARC-Payload-Digest", &Sha1Digest::of(&body).to_string());
    let dir = TempDir::new().unwrap();
    for (name, bytes) in [("a.warc.gz", raw.member()), ("a.warc", raw.plain())] {
        let path = file(dir.path(), name, &bytes);
        let mut reader = Reader::open(&path).unwrap().with_block_bytes_max(1_000);
        let record = reader.next_record().unwrap().unwrap();
        assert_eq!((record.block.len(), record.is_whole()), (1_000, false));
        assert_eq!(record.block_bytes, block.len() as u64);
        assert_eq!(record.check_block_digest(), Check::Right);
        assert_eq!(record.check_payload_digest(), Check::Right);
        assert!(reader.next_record().unwrap().is_none());
    }
}

#[test]
fn digests_are_compared_in_every_form() {
    let raw = Raw::new("response", b"HTTP/1.1 200 OK\r\n\r\n4\r\nbody\r\n0\r\n\r\n")
        .with("Content-Type", "application/http");
    let check = |said: &str| {
        let dir = TempDir::new().unwrap();
        let path =
            file(dir.path(), "a.warc", &raw.clone().with("WARC-Payload-Digest", said).plain());
        let record = Reader::open(&path).unwrap().next_record().unwrap().unwrap();
        record.check_payload_digest()
    };
    let stored = Sha1Digest::of(b"4\r\nbody\r\n0\r\n\r\n");
    assert_eq!(check(&stored.to_string()), Check::Right);
    assert_eq!(check(&stored.to_string().to_lowercase()), Check::Right);
    let hex = data_encoding::HEXUPPER.encode(&stored.0);
    assert_eq!(check(&format!("SHA1:{hex}")), Check::Right);
    assert_eq!(check(&Sha1Digest::of(b"body").to_string()), Check::RightWithoutChunks);
    let wrong = Sha1Digest::of(b"other").to_string();
    assert_eq!(check(&wrong), Check::Wrong { said: wrong.clone(), found: stored });
    for unknown in ["md5:00", "sha1:short", "nothing"] {
        assert_eq!(check(unknown), Check::Unknown(unknown.into()));
    }
}

#[test]
fn http_heads_are_read_as_servers_write_them() {
    let block = b"HTTP/1.1 200 \r\nSet-Cookie: a\r\nset-cookie:b \r\nX: one\r\n  two\r\n\r\nbody";
    let head = http::parse_response(block).unwrap();
    assert_eq!((head.version.as_str(), head.status, head.reason.as_str()), ("HTTP/1.1", 200, ""));
    assert_eq!(head.headers.all("SET-COOKIE").collect::<Vec<_>>(), [b"a", b"b"]);
    assert_eq!(head.headers.text("x").unwrap(), "one two");
    assert_eq!(&block[head.body_at..], b"body");
    let bare = http::parse_response(b"HTTP/1.0 404 Not Found\nA: b\n\nx").unwrap();
    assert_eq!((bare.status, bare.reason.as_str(), bare.body_at), (404, "Not Found", 29));
    let request = http::parse_request(b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/a?b"));
    let lists = http::parse_response(b"HTTP/1.1 200 OK\r\nA: x, Y\r\na: z,,\r\n\r\n").unwrap();
    assert_eq!(lists.headers.list("a"), ["x", "y", "z"]);
    for wrong in
        [&b"HTTP/1.1 200 OK\r\nA: b\r\n"[..], b"HTTP/1.1 2000 OK\r\n\r\n", b"\r\n\r\n", b""]
    {
        assert!(http::parse_response(wrong).is_err(), "{}", wrong.escape_ascii());
        assert!(http::parse_request(wrong).is_err(), "{}", wrong.escape_ascii());
    }
    assert!(http::parse_response(b"HTTP/1.1 200 OK\r\nno field\r\n\r\n").is_err());
}

/// RFC 9112, section 7.1.
#[test]
fn chunks_are_taken_off_only_where_they_are_whole() {
    let parts = |text: &str| http::without_chunks(text.as_bytes());
    assert_eq!(parts("4\r\nbody\r\n0\r\n\r\n").unwrap(), b"body");
    assert_eq!(parts("2;x=y\r\nbo\r\n2 \r\ndy\r\n0\r\nT: u\r\n\r\n").unwrap(), b"body");
    for wrong in
        ["", "body", "5\r\nbody\r\n0\r\n\r\n", "4\r\nbody", "4\r\nbody\r\n0\r\n", "0\r\n\r\nmore"]
    {
        assert_eq!(parts(wrong), None, "{wrong:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_read_to_an_end(
        name in prop_oneof![Just("a.warc.gz"), Just("a.warc")],
        begin in prop_oneof![
            Just(Vec::new()),
            Just(super::gunzip::MAGIC.to_vec()),
            Just(b"WARC/1.1\r\nContent-Length: 3\r\n".to_vec()),
            Just(three()[0].member()),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        read_as(name, &[begin, rest].concat());
    }

    #[test]
    fn some_wrong_bytes_in_a_file_do_no_harm(
        is_gzip in any::<bool>(),
        wrong in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes: Vec<u8> = three()
            .iter()
            .flat_map(|raw| if is_gzip { raw.member() } else { raw.plain() })
            .collect();
        for (at, byte) in wrong {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_as(if is_gzip { "a.warc.gz" } else { "a.warc" }, &bytes);
    }

    #[test]
    fn any_http_head_is_read_or_refused(block in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = http::parse_response(&[b"HTTP/1.1 200 OK\r\n", &block[..]].concat());
        let _ = http::parse_request(&block);
        let _ = http::without_chunks(&block);
    }
}
