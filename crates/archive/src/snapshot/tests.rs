//! Record kinds in the order of the standard (WARC 1.1, section 6), read back.

use proptest::prelude::*;

use super::*;
use crate::read::digest::Check;
use crate::read::{Reader, Record, RecordType, http as message};
use crate::testing::{NOW, REQUEST, Seeded, attempt, headers, page, response};

const WARCINFO: &str = "<urn:uuid:00000000-0000-4000-8000-000000000000>";
const PLACE: &str = "http://a.test/x";

/// Packs a snapshot and reads its records back.
fn written(snapshot: &Snapshot<'_>) -> (Packed, Vec<Record>) {
    let packed = snapshot.pack(WARCINFO, &Seeded::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.warc.gz");
    std::fs::write(&path, &packed.bytes).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    let next = || reader.next_record().unwrap();
    let records: Vec<_> = std::iter::from_fn(next).collect();
    assert_eq!(records.len() as u64, packed.records);
    (packed, records)
}

fn names(record: &Record) -> Vec<&str> {
    record.header.fields.iter().map(|(name, _)| name.as_str()).collect()
}

fn kinds(records: &[Record]) -> Vec<RecordType> {
    records.iter().map(|record| record.header.record_type()).collect()
}

fn revisit<'a>(kind: RevisitKind) -> RevisitOf<'a> {
    let date = UnixMicros(NOW.0 - 3_600_000_000);
    RevisitOf { kind, uri: "http://a.test/first", date, payload_digest: Some("sha1:OLD") }
}

/// Section 6.3: a response.
#[test]
fn a_response_says_where_from_when_and_with_what_digest() {
    let (packed, records) = written(&page(PLACE, b"hello"));
    let record = &records[1];
    assert_eq!(
        names(record),
        [
            "WARC-Type",
            "WARC-Record-ID",
            "WARC-Date",
            "WARC-Target-URI",
            "WARC-Warcinfo-ID",
            "Content-Type",
            "WARC-IP-Address",
            "WARC-Protocol",
            "WARC-Concurrent-To",
            "WARC-Payload-Digest",
            "WARC-Block-Digest",
            "Content-Length",
        ]
    );
    let get = |name| record.header.get(name).unwrap();
    assert_eq!(get("WARC-Target-URI"), PLACE, "no brackets");
    assert_eq!(get("WARC-Date"), "2026-11-25T04:22:23.000120Z");
    assert_eq!(get("WARC-IP-Address"), "192.0.2.1");
    assert_eq!(get("WARC-Protocol"), "http/1.1");
    assert_eq!(get("Content-Type"), "application/http; msgtype=response");
    assert_eq!(get("WARC-Warcinfo-ID"), WARCINFO);
    assert_eq!(Some(get("WARC-Payload-Digest")), packed.payload_digest.as_deref());
    assert_eq!(packed.payload_digest, Some(crate::payload_digest(b"hello")));
    assert_eq!(record.block, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

/// Section 6.5: a request, as it was sent.
#[test]
fn a_request_is_kept_as_sent_and_names_its_response() {
    let (_, records) = written(&page(PLACE, b"hello"));
    let request = &records[0];
    assert_eq!(request.header.record_type(), RecordType::Request);
    assert_eq!(request.header.get("Content-Type"), Some("application/http; msgtype=request"));
    assert_eq!(request.block, REQUEST);
    let id = |index: usize| records[index].header.get("WARC-Record-ID");
    assert_eq!(request.header.get("WARC-Concurrent-To"), id(1));
    assert_eq!(records[1].header.get("WARC-Concurrent-To"), id(0));
}

/// Section 6.6: metadata about the attempt.
#[test]
fn the_metadata_record_ends_the_group_and_tells_the_attempt() {
    let (_, records) = written(&page(PLACE, b"hello"));
    assert_eq!(kinds(&records), [RecordType::Request, RecordType::Response, RecordType::Metadata]);
    let metadata = &records[2];
    assert_eq!(Attempt::parse(&metadata.block).unwrap(), attempt());
    assert_eq!(metadata.header.get("Content-Type"), Some("application/warc-fields"));
    assert_eq!(metadata.header.get("WARC-Concurrent-To"), records[1].header.get("WARC-Record-ID"));
    let dates: Vec<_> = records.iter().map(|record| record.header.get("WARC-Date")).collect();
    assert!(dates.iter().all(|date| *date == dates[0]), "one date for the group: {dates:?}");
}

/// Section 6.7.2: the same payload came again.
#[test]
fn an_identical_payload_is_a_revisit_with_the_new_header() {
    let lines = headers(&[("content-encoding", "gzip"), ("x-new", "1")]);
    let mut snapshot = page(PLACE, b"");
    let revisit_of = Some(revisit(RevisitKind::IdenticalPayload));
    snapshot.response = Some(StoredResponse { revisit_of, ..response(&lines, b"payload") });
    let (packed, records) = written(&snapshot);
    let record = &records[1];
    let get = |name| record.header.get(name);
    assert_eq!(record.header.record_type(), RecordType::Revisit);
    assert_eq!(get("WARC-Profile"), Some(SAME_PAYLOAD));
    assert_eq!(get("WARC-Refers-To-Target-URI"), Some("http://a.test/first"));
    assert_eq!(get("WARC-Refers-To-Date"), Some("2026-11-25T03:22:23.000120Z"));
    assert_eq!(get("WARC-Payload-Digest"), Some(&*crate::payload_digest(b"payload")));
    assert_eq!(packed.payload_digest, Some(crate::payload_digest(b"payload")));
    assert_eq!(
        record.block.escape_ascii().to_string(),
        "HTTP/1.1 200 OK\\r\\ncontent-encoding: gzip\\r\\nx-new: 1\\r\\nContent-Length: \
            7\\r\\n\\r\\n"
    );
}

/// Section 6.7.3: the server said that nothing has changed.
#[test]
fn not_modified_is_a_revisit_with_the_digest_of_what_it_refers_to() {
    let lines = headers(&[("etag", "\"1\"")]);
    let mut snapshot = page(PLACE, b"");
    snapshot.response = Some(StoredResponse {
        status: 304,
        reason: Some("Not Modified"),
        revisit_of: Some(revisit(RevisitKind::NotModified)),
        ..response(&lines, b"")
    });
    let (packed, records) = written(&snapshot);
    let record = &records[1];
    assert_eq!(record.header.record_type(), RecordType::Revisit);
    assert_eq!(record.header.get("WARC-Profile"), Some(NOT_MODIFIED));
    assert_eq!(record.header.get("WARC-Payload-Digest"), Some("sha1:OLD"));
    assert_eq!(packed.payload_digest.as_deref(), Some("sha1:OLD"), "the next visit refers to it");
    assert_eq!(record.block, b"HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n\r\n");
}

#[test]
fn a_failed_attempt_leaves_its_request_and_its_metadata() {
    let mut snapshot = page(PLACE, b"");
    snapshot.response = None;
    let (packed, records) = written(&snapshot);
    assert_eq!(kinds(&records), [RecordType::Request, RecordType::Metadata]);
    assert_eq!(records[0].header.get("WARC-Concurrent-To"), None);
    assert_eq!(
        records[1].header.get("WARC-Concurrent-To"),
        records[0].header.get("WARC-Record-ID")
    );
    assert_eq!((packed.payload_digest, packed.row), (None, None));
}

#[test]
fn an_attempt_that_sent_nothing_leaves_its_metadata() {
    let mut snapshot = page(PLACE, b"");
    (snapshot.response, snapshot.request_head, snapshot.remote) = (None, b"", None);
    let (_, records) = written(&snapshot);
    assert_eq!(kinds(&records), [RecordType::Metadata]);
    assert_eq!(records[0].header.get("WARC-Concurrent-To"), None);
}

/// Section 5.13.
#[test]
fn what_was_cut_is_marked() {
    for (cut, word) in [
        (Truncated::Length, "length"),
        (Truncated::Time, "time"),
        (Truncated::Disconnect, "disconnect"),
    ] {
        let mut snapshot = page(PLACE, b"");
        snapshot.response = Some(StoredResponse { truncated: Some(cut), ..response(&[], b"ab") });
        assert_eq!(written(&snapshot).1[1].header.get("WARC-Truncated"), Some(word));
    }
}

/// RFC 4291, section 2.5.5.2: an IPv4 address in the clothes of IPv6.
#[test]
fn addresses_are_canonical() {
    let mut snapshot = page(PLACE, b"");
    for (given, written_as) in
        [("::ffff:192.0.2.7", "192.0.2.7"), ("2001:DB8:0:0::1", "2001:db8::1")]
    {
        snapshot.remote = Some(given.parse().unwrap());
        let (_, records) = written(&snapshot);
        assert_eq!(records[0].header.get("WARC-IP-Address"), Some(written_as));
    }
}

#[test]
fn a_coded_body_is_not_packed_twice_and_a_plain_one_is() {
    let (coded, body) = (headers(&[("content-encoding", "br")]), vec![b'a'; 20_000]);
    let stored_bytes = |lines: &[_], decoded_from| {
        let mut snapshot = page(PLACE, b"");
        snapshot.response = Some(StoredResponse { decoded_from, ..response(lines, &body) });
        written(&snapshot).1[1].member_bytes
    };
    assert!(stored_bytes(&coded, None) > 20_000);
    assert!(stored_bytes(&coded, Some("br")) < 2_000, "it was decoded before");
    assert!(stored_bytes(&[], None) < 2_000);
}

#[test]
fn a_url_never_breaks_out_of_its_line() {
    let (_, records) = written(&page("http://a.test/\r\nWARC-Type: warcinfo", b"x"));
    let target = records[0].header.get("WARC-Target-URI");
    assert_eq!(target, Some("http://a.test/  WARC-Type: warcinfo"));
}

fn any_headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = prop_oneof![
        "[A-Za-z][A-Za-z0-9-]{0,12}",
        Just("Content-Length".to_owned()),
        Just("content-encoding".to_owned()),
        Just("Transfer-Encoding".to_owned()),
        "\\PC{0,6}",
        "[ :\r\n\t]{0,3}"
    ];
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        "[0-9]{1,4}".prop_map(String::into_bytes),
    ];
    prop::collection::vec((name, value), 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a server sends, the record is whole: one line a field, true lengths and digests,
    /// and the body to the byte.
    #[test]
    fn any_response_is_read_back(
        lines in any_headers(),
        body in prop::collection::vec(any::<u8>(), 0..2_000),
        reason in "\\PC{0,20}|[\r\n]{0,4}",
        decoded in any::<bool>(),
        status in 200u16..600,
    ) {
        let mut snapshot = page(PLACE, b"");
        snapshot.response = Some(StoredResponse {
            status,
            reason: Some(&reason),
            decoded_from: decoded.then_some("zstd"),
            ..response(&lines, &body)
        });
        let (_, records) = written(&snapshot);
        let record = &records[1];
        prop_assert_eq!(record.check_block_digest(), Check::Right);
        prop_assert_eq!(record.check_payload_digest(), Check::Right);
        let head = message::parse_response(&record.block).unwrap();
        prop_assert_eq!(&record.block[head.body_at..], &body[..]);
        prop_assert_eq!(head.status, status);
        let lengths: Vec<_> = head.headers.all("content-length").collect();
        if !matches!(status, 204 | 304) {
            let length = body.len().to_string();
            prop_assert_eq!(lengths, [length.as_bytes()]);
        }
        prop_assert_eq!(head.headers.get("transfer-encoding"), None);
        if decoded {
            prop_assert_eq!(head.headers.get("content-encoding"), None);
        }
        let added = head.headers.iter().count() - lines.len();
        prop_assert!(added <= 1, "a line for a line, and perhaps the length");
    }
}
