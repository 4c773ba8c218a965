//! Charsets: every body has one, and can be read in it.

use extract::CharsetSource;
use extract::charset;

use crate::target::url;

/// What servers say of it.
const TYPES: [Option<&str>; 4] = [
    None,
    Some("text/html; charset=utf-8"),
    Some("text/html;charset=\"Shift_JIS\""),
    Some("charset=; charset"),
];

pub(crate) fn check(body: &[u8]) {
    let url = url();
    for content_type in TYPES {
        let charset = charset::detect(body, content_type, &url);
        let text = charset::decode(body, charset);
        // No encoding makes more than three bytes of one, or four of a lone one at the end.
        assert!(text.len() <= body.len() * 3 + 4, "{} of {}", text.len(), body.len());
        match charset.source {
            CharsetSource::ValidUtf8 => assert!(std::str::from_utf8(body).is_ok()),
            CharsetSource::Header => assert!(content_type.is_some()),
            _ => {}
        }
        // What is decoded is UTF-8, and read as such says the same.
        let as_utf8 = Some("text/html; charset=utf-8");
        let again = charset::detect(text.as_bytes(), as_utf8, &url);
        if again.source == CharsetSource::Header {
            assert_eq!(charset::decode(text.as_bytes(), again), text);
        }
    }
}
