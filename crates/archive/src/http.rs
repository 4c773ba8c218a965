//! A response as the HTTP message in its record: the form that every replay tool understands.

use crate::snapshot::StoredResponse;

/// Status line, header lines, empty line, body.
///
/// The body is stored without chunks and perhaps decoded, so the fields that spoke of that are kept
/// under other names (as Common Crawl does), and the length is that of what is stored.
pub(crate) fn response_block(response: &StoredResponse<'_>, body: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(512 + body.len());
    let reason = clean(response.reason.unwrap_or_default().as_bytes());
    block.extend_from_slice(format!("{} {} ", response.version, response.status).as_bytes());
    block.extend_from_slice(&reason);
    block.extend_from_slice(b"\r\n");
    let mut has_length = false;
    for (name, value) in response.headers {
        let kept = match name.to_ascii_lowercase().as_str() {
            "transfer-encoding" => "X-Crawler-Transfer-Encoding",
            "content-encoding" if response.decoded_from.is_some() => "X-Crawler-Content-Encoding",
            "content-length" if has_length || !is_true(value, response) => {
                "X-Crawler-Content-Length"
            }
            "content-length" => {
                has_length = true;
                name
            }
            _ => name,
        };
        line(&mut block, kept, value);
    }
    if !has_length && has_body(response) {
        line(&mut block, "Content-Length", response.body.len().to_string().as_bytes());
    }
    block.extend_from_slice(b"\r\n");
    block.extend_from_slice(body);
    block
}

/// Whether a length is that of the payload. Answers without a payload may tell the length of the
/// one
/// they stand for (RFC 9110, section 8.6).
fn is_true(value: &[u8], response: &StoredResponse<'_>) -> bool {
    let said = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
    !has_body(response) || said == Some(response.body.len())
}

fn has_body(response: &StoredResponse<'_>) -> bool {
    !matches!(response.status, 100..=199 | 204 | 304)
}

/// Whether the body is packed already: compressing it again is of no use.
pub(crate) fn is_coded(response: &StoredResponse<'_>) -> bool {
    // RFC 1952, section 2.3.1: sitemaps often are gzip files.
    let is_gzip = response.body.starts_with(&[0x1f, 0x8b, 8]);
    is_gzip
        || response.decoded_from.is_none()
            && response.headers.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("content-encoding")
                    && !value.trim_ascii().eq_ignore_ascii_case(b"identity")
            })
}

fn line(block: &mut Vec<u8>, name: &str, value: &[u8]) {
    // A name that begins with a space would continue the line before, one with a colon would end
    // early; real ones are tokens (RFC 9110, section 5.1).
    let name = if name.is_empty() { "_" } else { name };
    block.extend(name.bytes().map(|b| if b.is_ascii_graphic() && b != b':' { b } else { b'_' }));
    block.extend_from_slice(b": ");
    block.extend_from_slice(&clean(value));
    block.extend_from_slice(b"\r\n");
}

/// What would end the line or the header becomes a space.
fn clean(text: &[u8]) -> Vec<u8> {
    text.iter().map(|b| if matches!(b, b'\r' | b'\n' | 0) { b' ' } else { *b }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(headers: &[(&str, &str)], decoded_from: Option<&str>, status: u16) -> String {
        let headers: Vec<_> =
            headers.iter().map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec())).collect();
        let response = StoredResponse {
            version: "HTTP/1.1",
            status,
            reason: Some("OK"),
            headers: &headers,
            body: b"body",
            decoded_from,
            truncated: None,
            revisit_of: None,
        };
        String::from_utf8(response_block(&response, b"body")).unwrap()
    }

    #[test]
    fn repeated_and_strange_lines_are_kept() {
        assert_eq!(
            block(
                &[("set-cookie", "a"), ("set-cookie", "b\r\nx: y"), ("content-length", "4")],
                None,
                200
            ),
            "HTTP/1.1 200 OK\r\nset-cookie: a\r\nset-cookie: b  x: y\r\ncontent-length: \
                4\r\n\r\nbody"
        );
    }

    #[test]
    fn the_length_is_that_of_what_is_stored() {
        let chunked = block(&[("transfer-encoding", "chunked")], None, 200);
        assert!(
            chunked.contains("\r\nX-Crawler-Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")
        );
        let decoded =
            block(&[("content-encoding", "zstd"), ("content-length", "9")], Some("zstd"), 200);
        assert!(
            decoded.contains("X-Crawler-Content-Encoding: zstd\r\nX-Crawler-Content-Length: 9\r\n")
        );
        assert!(decoded.contains("\r\nContent-Length: 4\r\n"));
        assert!(!block(&[], None, 304).contains("Content-Length"));
    }
}
