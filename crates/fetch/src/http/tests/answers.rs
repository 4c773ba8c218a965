//! What is sent, and what is made of what comes.

use crawl::Validators;

use super::server::{Server, Then};
use super::*;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews";

#[tokio::test]
async fn the_head_that_is_kept_is_the_head_that_was_sent() {
    let server = Server::once(OK).await;
    let mut asked = request(&server.url("/a%20b?x={1|2}&y=%C3%A4^'"));
    let plain = session(&loopback()).exchange(&asked).await;
    asked.validators = Some(Validators {
        etag: Some("W/\"caf\u{e9}\"".into()),
        last_modified: Some("Wed, 21 Oct 2015 07:28:00 GMT".into()),
        ..Validators::default()
    });
    let conditional = session(&loopback()).exchange(&asked).await;
    assert_eq!(server.heads(), [plain.request_head.clone(), conditional.request_head.clone()]);
    let text = String::from_utf8(conditional.request_head).unwrap();
    let port = server.address.port();
    let expected = format!(
        "GET /a%20b?x={{1|2}}&y=%C3%A4^%27 HTTP/1.1\r\nHost: a.test:{port}\r\n\
         User-Agent: newshound/1.0 (+tests@example.org)\r\nAccept: text/html,"
    );
    assert!(text.starts_with(&expected), "{text}");
    assert!(text.contains("\r\nAccept-Encoding: gzip, br\r\nIf-None-Match: W/\"caf\u{e9}\"\r\n"));
    assert!(text.ends_with("\r\nIf-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\n"));
}

#[tokio::test]
async fn a_validator_that_would_break_the_head_is_left_out() {
    let server = Server::once(OK).await;
    let mut asked = request(&server.url("/"));
    let etag = Some("\"a\"\r\nX-Injected: 1".into());
    asked.validators = Some(Validators { etag, ..Validators::default() });
    let exchange = session(&loopback()).exchange(&asked).await;
    assert_eq!(server.heads(), [exchange.request_head]);
    assert!(!String::from_utf8_lossy(&server.heads()[0]).contains("X-Injected"));
}

#[tokio::test]
async fn headers_keep_repeats_bytes_and_the_phrase() {
    let server = Server::once(
        b"HTTP/1.1 404 Nix da\r\nSet-Cookie: a=1\r\nX-Town: M\xfcnchen\r\nSet-Cookie: b=2\r\n\
          no header line\r\nX-Spaced : 1\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let response = response(get(&loopback(), names(&["127.0.0.1"]), &server.url("/")).await);
    assert_eq!((response.status, response.reason.as_deref()), (404, Some("Nix da")));
    assert_eq!(response.version, "HTTP/1.1");
    let cookies: Vec<_> = response.header_values("set-cookie").collect();
    assert_eq!(cookies, [b"a=1", b"b=2"]);
    assert_eq!(response.header_values("x-town").next(), Some(&b"M\xfcnchen"[..]));
    assert_eq!(response.header("x-town"), None);
    assert_eq!(response.header("x-spaced"), Some("1"));
    assert_eq!(response.truncated, None);
}

#[tokio::test]
async fn reason_phrases() {
    for (line, reason) in [
        ("HTTP/1.1 200 OK", Some("OK")),
        ("HTTP/1.1 200 Fine", Some("Fine")),
        ("HTTP/1.1 200 ", None),
        ("HTTP/1.1 200", None),
        ("HTTP/1.1 799 Odd", Some("Odd")),
    ] {
        let answer = format!("{line}\r\nContent-Length: 0\r\n\r\n");
        let server = Server::once(answer.as_bytes()).await;
        let got = response(get(&loopback(), names(&["127.0.0.1"]), &server.url("/")).await);
        assert_eq!(got.reason.as_deref(), reason, "{line}");
    }
}

#[tokio::test]
async fn bodies_of_every_framing_are_whole() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nHello news"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
          6;x=y\r\nHello \r\n4\r\nnews\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nHello news",
        b"HTTP/1.0 200 OK\r\n\r\nHello news",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
          HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nHello news",
    ] {
        let server = Server::once(answer).await;
        let got = response(get(&loopback(), names(&["127.0.0.1"]), &server.url("/")).await);
        assert_eq!((got.status, &got.body[..]), (200, &b"Hello news"[..]));
        assert_eq!(got.truncated, None);
        assert_eq!(got.version.as_bytes(), &answer[..8]);
    }
}

#[tokio::test]
async fn a_coded_body_is_handed_on_as_received() {
    let server = Server::once(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    )
    .await;
    let got = response(get(&loopback(), names(&["127.0.0.1"]), &server.url("/")).await);
    assert_eq!(got.body[..], b"\x1f\x8b\x08\x00"[..]);
    assert_eq!(got.header("content-encoding"), Some("gzip"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server =
        Server::once(b"HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n").await;
    let got = response(get(&loopback(), names(&["127.0.0.1"]), &server.url("/a")).await);
    assert_eq!((got.status, got.header("location")), (301, Some("/b")));
    assert_eq!(server.heads().len(), 1);
}

#[tokio::test]
async fn moments_are_in_order() {
    let server = Server::once(OK).await;
    let got = get(&loopback(), names(&["127.0.0.1"]), &server.url("/")).await;
    let first = got.first_byte.unwrap();
    assert!(got.started.wall < first.wall && first.wall < got.ended.wall);
    assert!(got.started.elapsed < first.elapsed && first.elapsed < got.ended.elapsed);
    assert_eq!(got.remote, Some(server.address));
}

// One thread: a connection is handed back to its pool by a task of its own, and with several
// threads and no delay at all the next request may be faster.
#[tokio::test]
async fn a_session_keeps_its_connection_until_told() {
    let server = Server::answering(&[OK; 4], Then::Wait).await;
    let mut session = session(&loopback());
    for _ in 0..3 {
        assert_eq!(response(session.exchange(&request(&server.url("/"))).await).status, 200);
    }
    assert_eq!((server.connections(), server.heads().len()), (1, 3));
    session.close_idle();
    server.closed(1).await;
    assert_eq!(response(session.exchange(&request(&server.url("/"))).await).status, 200);
    assert_eq!(server.connections(), 2);
    drop(session);
    server.closed(2).await;
}

#[tokio::test]
async fn a_request_that_a_kept_connection_swallowed_is_not_sent_again() {
    let server = Server::answering(&[OK], Then::CloseAfter(1)).await;
    let mut session = session(&loopback());
    response(session.exchange(&request(&server.url("/"))).await);
    let second = failure(session.exchange(&request(&server.url("/"))).await);
    assert_eq!(second.kind(), "disconnect");
    assert_eq!((server.connections(), server.heads().len()), (1, 2));
    // The next attempt is the caller's, and makes a new connection.
    response(session.exchange(&request(&server.url("/"))).await);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_not_taken_for_the_next() {
    let twice = [OK, OK].concat();
    let server = Server::answering(&[&twice, OK], Then::Wait).await;
    let mut session = session(&loopback());
    assert_eq!(response(session.exchange(&request(&server.url("/1"))).await).body[..], b"news"[..]);
    let second = session.exchange(&request(&server.url("/2"))).await;
    if let Outcome::Response(_) = second.outcome {
        assert_eq!(server.connections(), 2);
    }
}
