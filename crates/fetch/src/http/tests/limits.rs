//! Every limit, and every way in which a server fails.

use tokio::io::AsyncWriteExt;

use super::server::{Server, Then, read_head};
use super::*;
use crate::{Phase, Truncation};

const SHORT: Duration = Duration::from_millis(80);

fn home() -> Names {
    names(&["127.0.0.1"])
}

#[tokio::test]
async fn many_headers_are_taken_and_too_many_are_not() {
    let answer = |count| {
        let lines: Vec<_> = (0..count).map(|i| format!("X-{i}: {i}\r\n")).collect();
        let lines = lines.concat();
        format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n").into_bytes()
    };
    let server = Server::once(&answer(300)).await;
    let got = response(get(&loopback(), home(), &server.url("/")).await);
    assert_eq!(got.headers.len(), 301);
    assert_eq!(got.headers[299], ("x-299".into(), b"299".to_vec()));
    let server = Server::once(&answer(401)).await;
    let got = failure(get(&loopback(), home(), &server.url("/")).await);
    assert_eq!(got.kind(), "headers-too-large");
}

#[tokio::test]
async fn a_head_of_too_many_bytes_is_refused() {
    for size in [300 * 1024, 2_000 * 1024] {
        let answer = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\nbody", "x".repeat(size));
        let server = Server::once(answer.as_bytes()).await;
        let got = failure(get(&loopback(), home(), &server.url("/")).await);
        assert_eq!(got.kind(), "headers-too-large", "{size}: {got}");
    }
}

#[tokio::test]
async fn a_body_is_cut_at_its_cap() {
    for (size, body, truncated) in
        [(3, "abc", None), (4, "abcd", None), (5, "abcd", Some(Truncation::Length))]
    {
        for framing in ["", &format!("Content-Length: {size}\r\n")] {
            let answer = format!("HTTP/1.1 200 OK\r\n{framing}\r\n{}", &"abcdefgh"[..size]);
            let server = Server::once(answer.as_bytes()).await;
            let config = with_limits(|limits| limits.body_bytes_max = 4);
            let got = response(get(&config, home(), &server.url("/")).await);
            assert_eq!((&got.body[..], got.truncated), (body.as_bytes(), truncated));
        }
    }
}

#[tokio::test]
async fn a_request_may_bring_its_own_cap() {
    let server = Server::once(b"HTTP/1.1 200 OK\r\n\r\nabcdefgh").await;
    let asked = Request { body_bytes_max: Some(6), ..request(&server.url("/")) };
    let config = with_limits(|limits| limits.body_bytes_max = 4);
    let got = response(session(&config).exchange(&asked).await);
    assert_eq!((&got.body[..], got.truncated), (&b"abcdef"[..], Some(Truncation::Length)));
}

#[tokio::test]
async fn a_large_body_in_many_pieces_is_whole() {
    let body: Vec<u8> = (0..3_000_000_u32).map(|i| i.to_le_bytes()[1]).collect();
    let mut answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(&body);
    let server = Server::once(&answer).await;
    let got = response(get(&loopback(), home(), &server.url("/")).await);
    assert!(got.body[..] == body[..] && got.truncated.is_none());
}

#[tokio::test]
async fn a_broken_connection_keeps_what_came() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let server = Server::once(answer).await;
        let got = response(get(&loopback(), home(), &server.url("/")).await);
        assert_eq!((&got.body[..], got.truncated), (&b"half"[..], Some(Truncation::Disconnect)));
    }
}

#[tokio::test]
async fn the_total_time_keeps_what_came() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    let server = Server::answering(&[answer], Then::Wait).await;
    let config = with_limits(|limits| limits.total = SHORT);
    let got = response(get(&config, home(), &server.url("/")).await);
    assert_eq!((&got.body[..], got.truncated), (&b"half"[..], Some(Truncation::Time)));
    // The connection went with it: no second request on a half-read one.
    server.closed(1).await;
}

#[tokio::test]
async fn a_body_that_drips_is_cut_long_before_the_total_time() {
    let server = Server::start(|mut stream, _| async move {
        read_head(&mut stream).await;
        let mut answer: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";
        let mut pause = tokio::time::interval(Duration::from_millis(5));
        while stream.write_all(answer).await.is_ok() {
            answer = b".";
            pause.tick().await;
        }
    })
    .await;
    let config = with_limits(|limits| {
        limits.rate_bytes_per_s_min = 1_000;
        limits.rate_grace = SHORT;
        limits.total = Duration::from_hours(1);
    });
    let got = response(get(&config, home(), &server.url("/")).await);
    assert_eq!(got.truncated, Some(Truncation::Time));
    assert!(!got.body.is_empty() && got.body.len() < 1_000);
}

#[tokio::test]
async fn silence_ends_with_the_first_byte_limit() {
    // Nothing at all; half a head; hints without end.
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 103 Early Hints\r\n\r\n"] {
        let server = Server::answering(&[answer], Then::Wait).await;
        let config = with_limits(|limits| limits.first_byte = SHORT);
        let got = get(&config, home(), &server.url("/")).await;
        assert_eq!((got.first_byte, got.remote), (None, None));
        assert_eq!(failure(got), Failure::Timeout(Phase::FirstByte));
        server.closed(1).await;
    }
}

#[tokio::test]
async fn the_total_time_holds_for_the_head_too() {
    let server = Server::answering(&[], Then::Wait).await;
    let config = with_limits(|limits| limits.total = SHORT);
    assert_eq!(failure(get(&config, home(), &server.url("/")).await).kind(), "timeout");
}

#[tokio::test]
async fn a_tls_handshake_that_never_comes_ends_with_the_connect_limit() {
    let server = Server::start(|mut stream, _| async move {
        // Reads the greeting and all that follows, and says nothing.
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await;
    let config = with_limits(|limits| limits.connect = SHORT);
    let url = server.url("/").replace("http:", "https:");
    let got = failure(get(&config, home(), &url).await);
    assert_eq!(got, Failure::Timeout(Phase::Connect));
    assert!(got.may_be_https_only());
}

#[tokio::test]
async fn names_that_are_not_found_or_never_come() {
    let got = failure(get(&loopback(), Names::AreUnknown, "http://a.test/").await);
    assert_eq!((got.kind(), got.is_transient()), ("dns", true));
    assert!(got.to_string().contains("no such name"));
    assert_eq!(failure(get(&loopback(), names(&[]), "http://a.test/").await).kind(), "dns");
    let config = with_limits(|limits| limits.lookup = SHORT);
    let got = failure(get(&config, Names::NeverCome, "http://a.test/").await);
    assert_eq!(got, Failure::Timeout(Phase::Lookup));
}

#[tokio::test]
async fn a_refused_connection() {
    let server = Server::once(b"").await;
    let url = server.url("/");
    drop(server);
    // The listener is closed once its task has ended.
    let mut last = String::new();
    for _ in 0..50 {
        let got = get(&loopback(), home(), &url).await;
        let Outcome::Failed(failure) = got.outcome else { continue };
        last = failure.kind().to_owned();
        if last == "connect" {
            break;
        }
    }
    assert_eq!(last, "connect");
}

#[tokio::test]
async fn what_is_not_http_is_a_bad_response() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..],
        b"<html>no head</html>\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
    ] {
        let server = Server::once(answer).await;
        let got = failure(get(&loopback(), home(), &server.url("/")).await);
        assert_eq!(got.kind(), "bad-response", "{}: {got}", String::from_utf8_lossy(answer));
    }
}

#[tokio::test]
async fn a_connection_closed_without_a_word_is_a_disconnect() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\nX-Half"] {
        let server = Server::once(answer).await;
        let got = failure(get(&loopback(), home(), &server.url("/")).await);
        assert_eq!((got.kind(), got.is_transient()), ("disconnect", true));
        assert_eq!((server.connections(), server.heads().len()), (1, 1));
    }
}
