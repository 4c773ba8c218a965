//! Answers of our own on loopback, for what the simulated web does not have.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Bytes of a request that are read.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

/// A host, or several, that serve until the tests end.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What is answered with status 200.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The `Content-Encoding`, where it has one.
    pub coding: Option<&'static str>,
    /// The body as it is sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// A page in UTF-8.
    pub fn page(html: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "text/html; charset=utf-8", coding: None, body: html.into() }
    }

    fn head(&self) -> String {
        let coding = self.coding.map(|coding| format!("Content-Encoding: {coding}\r\n"));
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{}Content-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.content_type,
            coding.unwrap_or_default(),
            self.body.len()
        )
    }
}

/// What is said of all other paths.
const MISSING: &[u8] =
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\
    Connection: close\r\n\r\n";

impl Site {
    /// Serves answers by host and path (`a.test/x`).
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn serve(answers: HashMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let answers = Arc::new(answers);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, seen) = (Arc::clone(&answers), Arc::clone(&seen));
                // A crawler that is killed leaves its connections; one that says nothing keeps no
                // other waiting.
                thread::spawn(move || serve(&stream, &answers, &seen).ok());
            }
        });
        Self { address, asked }
    }

    /// Serves pages by host and path. A host's front page links to all of its pages.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub fn of_pages(pages: &[(&str, &str, &str)]) -> Self {
        let mut by_url: HashMap<String, String> = HashMap::new();
        for (host, path, html) in pages {
            by_url.insert(format!("{host}{path}"), (*html).to_owned());
            let front = by_url.entry(format!("{host}/")).or_default();
            front.extend(["<p><a href=\"", path, "\">read what happened on this day</a>\n"]);
        }
        Self::serve(by_url.into_iter().map(|(url, html)| (url, Answer::page(html))).collect())
    }

    /// The flags that bring a crawler here for every host of `.test`.
    pub fn flags(&self) -> [String; 4] {
        let rule = format!("*.test:80={}", self.address);
        ["--allow-network".into(), "127.0.0.0/8".into(), "--connect-to".into(), rule]
    }

    /// The paths that were asked for, in order, whatever their hosts.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers one request, and closes the connection.
fn serve(
    mut stream: &TcpStream,
    answers: &HashMap<String, Answer>,
    seen: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let (mut path, mut host) = (String::new(), String::new());
    // A head ends with an empty line; the requests of a crawler have no body.
    for line in BufReader::new(stream).take(REQUEST_BYTES_MAX).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if path.is_empty() {
            line.split(' ').nth(1).unwrap_or("/").clone_into(&mut path);
        } else if let Some(("host", name)) = line.to_ascii_lowercase().split_once(':') {
            name.trim().clone_into(&mut host);
        }
    }
    let answer = answers.get(&format!("{host}{path}"));
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let Some(answer) = answer else { return stream.write_all(MISSING) };
    stream.write_all(answer.head().as_bytes())?;
    stream.write_all(&answer.body)
}
